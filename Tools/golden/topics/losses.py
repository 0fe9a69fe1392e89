"""The losses of optax: values and derivatives, as of any operation.

Attributes: `loss`, the name in optax, and its options. Cases `ctc…` have logits `in0`, labels `in1`, and the numbers of steps
and of labels `in2` and `in3`, from which optax's paddings are made.
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from golden_file import generator
from operations import integers, operation, uniform


def probabilities(name, shape):
    return np.asarray(jax.nn.softmax(uniform(name, shape)))


def ctc(blank):
    def loss(logits, labels, steps, counts):
        padding = lambda length, counts: (jnp.arange(length) >= counts[:, None]).astype(logits.dtype)
        paddings = padding(logits.shape[1], steps), padding(labels.shape[1], counts)
        return optax.ctc_loss(logits, paddings[0], labels, paddings[1], blank_id=blank)

    return loss


def add_cases(file):
    logits, labels = uniform("losses logits", (6, 5), -4, 4), integers("losses labels", (6,), 0, 4)
    targets = probabilities("losses targets", (6, 5))
    operation(
        file, "crossEntropy", optax.softmax_cross_entropy_with_integer_labels, [logits, labels], loss="cross entropy"
    )
    operation(file, "crossEntropy.targets", optax.softmax_cross_entropy, [logits, targets])
    for share in (0.1, 0.35):
        smoothed = lambda x, y, share=share: optax.softmax_cross_entropy(
            x, optax.smooth_labels(jax.nn.one_hot(y, 5, dtype=x.dtype), share)
        )
        operation(file, f"crossEntropy.smoothed.{share}", smoothed, [logits, labels], labelSmoothing=share)
    shares = np.abs(uniform("losses shares", (6, 5), -1, 1))
    operation(file, "binaryCrossEntropy", optax.sigmoid_binary_cross_entropy, [logits, shares])
    operation(file, "focalLoss", optax.sigmoid_focal_loss, [logits, shares])
    weighted = lambda x, y: optax.sigmoid_focal_loss(x, y, alpha=0.3, gamma=1.5)
    operation(file, "focalLoss.weighted", weighted, [logits, shares], alpha=0.3, gamma=1.5)

    a, b = uniform("losses a", (4, 7), -3, 3), uniform("losses b", (4, 7), -3, 3)
    operation(file, "squaredError", optax.squared_error, [a, b])
    for delta in (1.0, 0.4, 2.5):
        operation(file, f"huber.{delta}", lambda a, b, d=delta: optax.huber_loss(a, b, delta=d), [a, b], delta=delta)
    operation(file, "logCosh", optax.log_cosh, [a, b])
    signs = np.sign(b)
    operation(file, "hinge", lambda a: optax.hinge_loss(a, jnp.asarray(signs, a.dtype)), [a], targets=signs.tolist())
    logs = np.log(probabilities("losses logs", (6, 5)))
    operation(file, "klDivergence", optax.kl_divergence, [logs, targets])
    operation(file, "klDivergence.log", optax.losses.kl_divergence_with_log_targets, [logs, np.log(targets)])
    operation(file, "cosineSimilarity", optax.cosine_similarity, [a, b])
    operation(file, "cosineDistance", optax.cosine_distance, [a, b])
    operation(file, "cosineDistance.epsilon", lambda a, b: optax.cosine_distance(a, b, epsilon=30.0), [a, b], epsilon=30.0)

    logits = uniform("losses ctc", (5, 8, 6), -3, 3)
    labels = np.array([[1, 2, 3], [1, 1, 2], [4, 4, 4], [5, 2, 0], [3, 0, 0]], np.int32)
    steps, counts = np.array([8, 8, 7, 5, 2], np.int32), np.array([3, 3, 3, 2, 1], np.int32)
    operation(file, "ctc", ctc(0), [logits, labels, steps, counts], blank=0)
    full = [np.full(5, 8, np.int32), np.full(5, 3, np.int32)]
    labels = generator("losses ctc labels").integers(0, 5, (5, 3), np.int32)
    operation(file, "ctc.lastBlank", ctc(5), [logits, labels, *full], blank=5)
    # Fewer steps than labels: the value is that of optax's stand-in for log 0.
    operation(file, "ctc.impossible", ctc(5), [logits[:, :2], labels, np.full(5, 2, np.int32), full[1]], blank=5)
    operation(file, "ctc.noLabels", ctc(0), [logits, labels, steps, np.zeros(5, np.int32)], blank=0)
