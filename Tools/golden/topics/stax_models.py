"""Models of JAX's examples in stax: the MNIST classifier, its variational autoencoder, ResNet-50, and private training.

`classifier`, `vae`, `resnet50`: the models of `examples/mnist_classifier.py`, `mnist_vae.py` and `resnet50.py` in JAX's repository,
from the keys that these use, on random images instead of their data. Parts: `images` (uint8, to be divided by 255) and `labels`;
`checksum` and `weightedChecksum` of each parameter's bits: the sum of its elements' bits as uint32, and of bits · (2 · position
+ 1), both modulo 2^32; `start`, the first elements of each parameter; `outputs` for the initial parameters (of the autoencoder its
encoder's two outputs, `outputs0` and `outputs1`); `gradientNorms` of each parameter; `losses` before each of ten training steps and
after the last; `finalNorms` of each parameter. Nearly all are JAX's float32 values. Two things are float64, from the same float32
parameters and random numbers: the autoencoder's training (`gradientNorms`, `losses`, `finalNorms`), since the float32 norm of a bias
after it is 1.01e-5 off; and all of ResNet-50, before whose training rounding errors grow by a factor of a million from its input to its
gradients, and whose step size is small. It has images of 32 x 32 pixels, which its last pooling sees as 1 x 1. Attributes: `tree`, the
parameters' structure as JAX prints it; `shapes`. `private`: the convolutional network of `examples/differentially_private_sgd.py`,
with `outputs` and `gradientNorms`, those of one private gradient: of examples' gradients clipped to 1.5, with noise of 0.25 from
PRNGKey(1).
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import random
from jax.example_libraries import optimizers
from jax.example_libraries.stax import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    FanInSum,
    FanOut,
    Flatten,
    GeneralConv,
    Identity,
    LogSoftmax,
    MaxPool,
    Relu,
    Softplus,
    parallel,
    serial,
    shape_dependent,
)

from golden_file import generator

STEPS = 10


def norms(tree):
    return np.asarray([np.linalg.norm(np.asarray(leaf, np.float64)) for leaf in jax.tree.leaves(tree)])


def checksums(tree):
    plain, weighted = [], []
    for leaf in jax.tree.leaves(tree):
        bits = np.asarray(leaf).view(np.uint32).reshape(-1)
        odd = 2 * np.arange(bits.size, dtype=np.uint32) + 1
        plain.append(np.sum(bits, dtype=np.uint32))
        weighted.append(np.sum(bits * odd, dtype=np.uint32))
    return {"checksum": np.asarray(plain), "weightedChecksum": np.asarray(weighted)}


def starts(tree):
    return np.concatenate([np.asarray(leaf).reshape(-1)[:3] for leaf in jax.tree.leaves(tree)])


def add_model(file, name, params, loss, optimizer, parts, start=None):
    """`loss(params, step)` is compiled; training starts with `start` if it is not the parameters themselves."""
    init, update, get_params = optimizer
    value_and_grad = jax.jit(jax.value_and_grad(loss))
    state, losses = init(params if start is None else start), []
    for step in range(STEPS):
        value, gradients = value_and_grad(get_params(state), step)
        if step == 0:
            parts |= {"gradientNorms": norms(gradients)}
        losses.append(value)
        state = jax.jit(update)(step, gradients, state)
    losses.append(value_and_grad(get_params(state), STEPS)[0])
    parts |= checksums(params) | {"start": starts(params), "losses": np.asarray(losses)}
    parts |= {"finalNorms": norms(get_params(state))}
    tree = jax.tree.structure(params)
    shapes = [list(leaf.shape) for leaf in jax.tree.leaves(params)]
    file.add(name, parts, tree=str(tree), shapes=shapes)


def in_float64(tree):
    return jax.tree.map(lambda array: jnp.asarray(np.asarray(array), jnp.float64), tree)


def pictures(name, shape, classes):
    rng = generator(f"stax model {name}")
    images = rng.integers(0, 256, shape).astype(np.uint8)
    labels = rng.integers(0, classes, 64).astype(np.int32)
    return images, labels, images.astype(np.float32) / np.float32(255)


def cross_entropy(predict, inputs, targets):
    return lambda params, step: -jnp.mean(jnp.sum(predict(params, inputs) * targets, axis=1))


def add_classifier(file):
    images, labels, inputs = pictures("classifier", (32, 784), 10)
    labels = labels[:32]
    init, predict = serial(Dense(1024), Relu, Dense(1024), Relu, Dense(10), LogSoftmax)
    _, params = init(random.PRNGKey(0), (-1, 28 * 28))
    loss = cross_entropy(predict, inputs, np.eye(10, dtype=np.float32)[labels])
    parts = {"images": images, "labels": labels, "outputs": predict(params, inputs)}
    add_model(file, "classifier", params, loss, optimizers.momentum(0.001, mass=0.9), parts)


def add_autoencoder(file):
    images, _, inputs = pictures("vae", (32, 784), 10)
    encoder_init, encode = serial(
        Dense(512),
        Relu,
        Dense(512),
        Relu,
        FanOut(2),
        parallel(Dense(10), serial(Dense(10), Softplus)),
    )
    decoder_init, decode = serial(Dense(512), Relu, Dense(512), Relu, Dense(28 * 28))

    def elbo(params, images, noise):
        encoder_params, decoder_params = params
        mu, sigmasq = encode(encoder_params, images)
        logits = decode(decoder_params, mu + jnp.sqrt(sigmasq) * noise)
        log_likelihood = -jnp.sum(jnp.logaddexp(0.0, jnp.where(images, -1.0, 1.0) * logits))
        return log_likelihood + 0.5 * jnp.sum(1.0 + jnp.log(sigmasq) - mu**2.0 - sigmasq)

    def draws(step):
        elbo_rng, data_rng = random.split(random.fold_in(random.PRNGKey(1), step))
        return random.bernoulli(data_rng, inputs), random.normal(elbo_rng, (32, 10))

    def loss(params, step):
        return -elbo(params, binary[step], noise[step]) / 32

    encoder_rng, decoder_rng = random.split(random.PRNGKey(2))
    _, encoder_params = encoder_init(encoder_rng, (32, 28 * 28))
    _, decoder_params = decoder_init(decoder_rng, (32, 10))
    params = (encoder_params, decoder_params)
    parts = {"images": images} | {f"outputs{i}": output for i, output in enumerate(encode(encoder_params, inputs))}
    binary, noise = jax.vmap(draws)(jnp.arange(STEPS + 1))
    with jax.enable_x64(True):
        wide, noise = in_float64((params, noise))
        add_model(file, "vae", params, loss, optimizers.momentum(0.001, mass=0.9), parts, start=wide)


def conv_block(kernel_size, filters, strides=(2, 2)):
    first, second, third = filters
    main = serial(
        Conv(first, (1, 1), strides),
        BatchNorm(),
        Relu,
        Conv(second, (kernel_size, kernel_size), padding="SAME"),
        BatchNorm(),
        Relu,
        Conv(third, (1, 1)),
        BatchNorm(),
    )
    shortcut = serial(Conv(third, (1, 1), strides), BatchNorm())
    return serial(FanOut(2), parallel(main, shortcut), FanInSum, Relu)


def identity_block(kernel_size, filters):
    def make_main(input_shape):
        return serial(
            Conv(filters[0], (1, 1)),
            BatchNorm(),
            Relu,
            Conv(filters[1], (kernel_size, kernel_size), padding="SAME"),
            BatchNorm(),
            Relu,
            Conv(input_shape[3], (1, 1)),
            BatchNorm(),
        )

    return serial(FanOut(2), parallel(shape_dependent(make_main), Identity), FanInSum, Relu)


def resnet50(num_classes, last_window):
    return serial(
        GeneralConv(("HWCN", "OIHW", "NHWC"), 64, (7, 7), (2, 2), "SAME"),
        BatchNorm(),
        Relu,
        MaxPool((3, 3), strides=(2, 2)),
        conv_block(3, [64, 64, 256], strides=(1, 1)),
        *[identity_block(3, [64, 64]) for _ in range(2)],
        conv_block(3, [128, 128, 512]),
        *[identity_block(3, [128, 128]) for _ in range(3)],
        conv_block(3, [256, 256, 1024]),
        *[identity_block(3, [256, 256]) for _ in range(5)],
        conv_block(3, [512, 512, 2048]),
        *[identity_block(3, [512, 512]) for _ in range(2)],
        AvgPool(last_window),
        Flatten,
        Dense(num_classes),
        LogSoftmax,
    )


def add_resnet(file):
    images, labels, inputs = pictures("resnet50", (32, 32, 3, 8), 10)
    labels = labels[:8]
    init, predict = resnet50(10, (1, 1))
    _, params = init(random.PRNGKey(0), inputs.shape)
    parts = {"images": images, "labels": labels}
    with jax.enable_x64(True):
        wide, inputs = in_float64((params, inputs))
        parts |= {"outputs": jax.jit(predict)(wide, inputs)}
        loss = cross_entropy(predict, inputs, np.eye(10)[labels])
        add_model(file, "resnet50", params, loss, optimizers.momentum(1e-7, mass=0.9), parts, start=wide)


def add_private_training(file):
    images, labels, inputs = pictures("private", (4, 28, 28, 1), 10)
    labels = labels[:4]
    targets = np.eye(10, dtype=np.float32)[labels]
    init, predict = serial(
        Conv(16, (8, 8), padding="SAME", strides=(2, 2)),
        Relu,
        MaxPool((2, 2), (1, 1)),
        Conv(32, (4, 4), padding="VALID", strides=(2, 2)),
        Relu,
        MaxPool((2, 2), (1, 1)),
        Flatten,
        Dense(32),
        Relu,
        Dense(10),
    )
    _, params = init(random.PRNGKey(0), (-1, 28, 28, 1))

    def loss(params, inputs, targets):
        return -jnp.mean(jnp.sum(jax.nn.log_softmax(predict(params, inputs)) * targets, axis=1))

    def clipped_gradient(params, inputs, targets):
        gradients = jax.grad(loss)(params, inputs, targets)
        norm = jnp.linalg.norm(jnp.array([jnp.linalg.norm(leaf.ravel()) for leaf in jax.tree.leaves(gradients)]))
        divisor = jnp.maximum(norm / 1.5, 1.0)
        return jax.tree.map(lambda gradient: gradient / divisor, gradients)

    clipped = jax.vmap(clipped_gradient, (None, 0, 0))(params, inputs[:, None], targets[:, None])
    leaves, tree = jax.tree.flatten(clipped)
    keys = random.split(random.PRNGKey(1), len(leaves))
    sums = [leaf.sum(0) for leaf in leaves]
    private = [(g + 1.5 * 0.25 * random.normal(key, g.shape)) / 4 for key, g in zip(keys, sums, strict=True)]
    parts = {"images": images, "labels": labels, "outputs": predict(params, inputs), "gradientNorms": norms(private)}
    shapes = [list(leaf.shape) for leaf in private]
    file.add("private", parts | checksums(params) | {"start": starts(params)}, tree=str(tree), shapes=shapes)


def add_cases(file):
    add_classifier(file)
    add_private_training(file)
    add_autoencoder(file)
    add_resnet(file)
