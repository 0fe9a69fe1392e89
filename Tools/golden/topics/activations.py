"""jax.nn's functions: activations, softmax and its kin, normalization, one-hot, attention."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import nn

from golden_file import generator
from operations import exact, integers, operation, uniform

# name: (function, points to keep away from)
ACTIVATIONS = {
    "relu": (nn.relu, (0,)),
    "relu6": (nn.relu6, (0, 6)),
    "elu": (nn.elu, (0,)),
    "celu": (nn.celu, (0,)),
    "selu": (nn.selu, (0,)),
    "gelu.tanh": (lambda x: nn.gelu(x, approximate=True), ()),
    "gelu.exact": (lambda x: nn.gelu(x, approximate=False), ()),
    "silu": (nn.silu, ()),
    "mish": (nn.mish, ()),
    "softplus": (nn.softplus, ()),
    "softsign": (nn.soft_sign, (0,)),
    "hardSigmoid": (nn.hard_sigmoid, (-3, 3)),
    "hardTanh": (nn.hard_tanh, (-1, 1)),
    "hardSilu": (nn.hard_silu, (-3, 3)),
    "leakyRelu": (nn.leaky_relu, (0,)),
    "logSigmoid": (nn.log_sigmoid, ()),
    "sigmoid": (nn.sigmoid, ()),
    "tanh": (jnp.tanh, ()),
    "squareplus": (nn.squareplus, ()),
    "sparsePlus": (nn.sparse_plus, (-1, 1)),
    "sparseSigmoid": (nn.sparse_sigmoid, (-1, 1)),
    "identity": (nn.identity, ()),
    "logMish": (lambda x: nn.mish(nn.log_sigmoid(x)), ()),
}


def away_from(name, shape, points, low=-7.0, high=7.0):
    """Uniform numbers none of which lies within 0.05 of a kink."""
    x = generator(name).uniform(low, high, shape)
    for point in points:
        x = np.where(np.abs(x - point) < 0.05, point + 0.1, x)
    return x.astype(np.float32)


def add_activations(file):
    for name, (function, kinks) in ACTIVATIONS.items():
        operation(file, name, function, [away_from(name, (6, 8), kinks)])
        if name not in ("logMish", "softsign"):
            operation(file, f"{name}.far", function, [away_from(f"{name}.far", (12,), kinks, -60, 60)])
    x = away_from("parametric", (4, 6), (0,))
    for alpha in (0.3, 2.0):
        operation(file, f"elu.{alpha}", lambda x: nn.elu(x, alpha), [x], alpha=alpha)
        operation(file, f"celu.{alpha}", lambda x: nn.celu(x, alpha), [x], alpha=alpha)
    operation(file, "leakyRelu.0.2", lambda x: nn.leaky_relu(x, 0.2), [x], negativeSlope=0.2)
    for axis in (0, 1, -1):
        operation(file, f"glu.{axis}", lambda x: nn.glu(x, axis), [x], axis=axis)


def add_softmax(file):
    x = uniform("softmax", (2, 4, 5), -4, 4)
    for name, function in (("softmax", nn.softmax), ("logSoftmax", nn.log_softmax)):
        for axis in (0, 1, -1, (1, 2), None):
            case = f"{name}.{axis}".replace(" ", "")
            operation(file, case, lambda x: function(x, axis), [x], axis=axis)
        operation(file, f"{name}.large", lambda x: function(40 * x, -1), [x], axis=-1, scale=40)
        mask = integers("softmax mask", (2, 4, 5), 0, 3) > 0
        operation(
            file, f"{name}.masked", lambda x, mask: jnp.where(mask, function(x, -1, where=mask), 0), [x, mask], axis=-1
        )
    for axis in (-1, (0, 2)):
        operation(
            file,
            f"standardize.{axis}".replace(" ", ""),
            lambda x: nn.standardize(x, axis),
            [x],
            axis=axis,
            epsilon=1e-5,
        )
    operation(file, "standardize.epsilon", lambda x: nn.standardize(x, -1, epsilon=0.1), [x], axis=-1, epsilon=0.1)

    indices = np.array([[0, 3, -1], [2, 4, 7]], np.int32)
    for axis in (-1, 0, 1):
        exact(
            file,
            f"oneHot.{axis}",
            lambda i: nn.one_hot(i, 5, dtype="float32", axis=axis),
            [indices],
            classes=5,
            axis=axis,
        )
    exact(file, "oneHot.int32", lambda i: nn.one_hot(i, 5, dtype="int32"), [indices], classes=5, axis=-1, dtype="int32")
    exact(
        file,
        "oneHot.uint8",
        lambda i: nn.one_hot(i, 5, dtype="float32"),
        [np.array([1, 4, 200], np.uint8)],
        classes=5,
        axis=-1,
    )


def attention(query, key, value, bias=None, mask=None, scale=None, is_causal=False, window=None):
    """nn.dot_product_attention without its softmax in float32, so that float64 stays float64; checked against it."""
    options = {"bias": bias, "mask": mask, "scale": scale, "is_causal": is_causal, "local_window_size": window}
    heads, width, length, keys = query.shape[2], query.shape[3], query.shape[1], key.shape[1]
    shared = [jnp.repeat(x, heads // x.shape[2], axis=2) for x in (key, value)]
    logits = jnp.einsum("btnh,bsnh->bnts", query, shared[0]) * (width**-0.5 if scale is None else scale)
    logits = logits if bias is None else logits + bias
    seen = np.ones((length, keys), bool) if mask is None else mask
    distance = np.arange(keys) - np.arange(length)[:, None]
    if is_causal:
        seen = seen & (distance <= 0)
    if window:
        seen = seen & (distance >= -window[0]) & (distance <= window[1])
    result = jnp.einsum("bnts,bsnh->btnh", nn.softmax(jnp.where(seen, logits, -1e30)), shared[1])
    if not isinstance(result, jax.core.Tracer):
        np.testing.assert_allclose(result, nn.dot_product_attention(query, key, value, **options), atol=1e-6)
    return result


def add_attention(file):
    query, key, value = (uniform(f"attention {i}", (2, 3, 2, 4)) for i in range(3))
    operation(file, "attention", attention, [query, key, value], layout="batch, length, heads, width")
    operation(file, "attention.causal", lambda q, k, v: attention(q, k, v, is_causal=True), [query, key, value])
    operation(file, "attention.scale", lambda q, k, v: attention(q, k, v, scale=0.3), [query, key, value], scale=0.3)
    bias = uniform("attention bias", (2, 2, 3, 3))
    operation(file, "attention.bias", lambda q, k, v, b: attention(q, k, v, bias=b), [query, key, value, bias])
    mask = np.tri(3, dtype=bool)[None, None] | (integers("attention mask", (2, 2, 3, 3), 0, 1) > 0)
    operation(file, "attention.mask", lambda q, k, v, m: attention(q, k, v, mask=m), [query, key, value, mask])
    wide = uniform("attention heads", (2, 5, 4, 4))
    few = [uniform(f"attention few {i}", (2, 6, 2, 4)) for i in range(2)]
    operation(file, "attention.grouped", attention, [wide, *few])
    operation(
        file, "attention.window", lambda q, k, v: attention(q, k, v, window=(2, 1)), [wide, *few], window=(2, 1)
    )


def add_half(file):
    for dtype in ("float16", "bfloat16"):
        x = uniform(f"activations {dtype}", (3, 8), -4, 4).astype(jnp.dtype(dtype))
        for name in ("relu", "elu", "gelu.tanh", "silu", "softplus", "leakyRelu"):
            exact(file, f"{name}.{dtype}", ACTIVATIONS[name][0], [x])
        exact(file, f"softmax.{dtype}", nn.softmax, [x], axis=-1)
        exact(file, f"logSoftmax.{dtype}", nn.log_softmax, [x], axis=-1)


def add_cases(file):
    add_activations(file)
    add_softmax(file)
    add_attention(file)
    add_half(file)
