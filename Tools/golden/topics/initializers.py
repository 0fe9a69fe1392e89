"""jax.nn.initializers, every one of them, with several shapes and axes, from PRNGKey(0), PRNGKey(1) and PRNGKey(2).

Parts: `key` (uint32[2]) and `out` (float32). Attributes: `shape`, the initializer and its arguments under their JAX
names.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.nn import initializers

# An initializer's arguments are written out, so that the reader needs none of JAX's defaults.
PLAIN = (
    ("zeros", {}),
    ("ones", {}),
    ("constant", {"value": 0.25}),
    ("uniform", {"scale": 0.01}),
    ("uniform", {"scale": 2.0}),
    ("normal", {"stddev": 0.01}),
    ("normal", {"stddev": 1.5}),
    ("truncated_normal", {"stddev": 0.01, "lower": -2.0, "upper": 2.0}),
    ("truncated_normal", {"stddev": 0.5, "lower": -1.0, "upper": 3.0}),
)
SCALED = ("glorot_uniform", "glorot_normal", "lecun_uniform", "lecun_normal", "he_uniform", "he_normal")
SHAPES = ((7, 5), (3, 3, 4, 2), (1, 9))


def make(name, arguments):
    if name in ("zeros", "ones"):
        return getattr(initializers, name)
    return getattr(initializers, name)(**arguments)


def add(file, name, arguments, shape, seed, label=""):
    key = np.asarray(jax.random.PRNGKey(seed))
    case = ".".join(filter(None, [name, label, "x".join(map(str, shape)) or "scalar", str(seed)]))
    file.add(
        case,
        {"key": key, "out": make(name, arguments)(jnp.asarray(key), shape, jnp.float32)},
        initializer=name,
        shape=shape,
        **arguments,
    )


def add_cases(file):
    for seed in range(3):
        for index, (name, arguments) in enumerate(PLAIN):
            # The arguments' values tell two uses of one initializer apart.
            label = ":".join(str(value) for value in arguments.values())
            for shape in SHAPES[:2] if arguments else SHAPES[:1]:
                add(file, name, arguments, shape, seed, label)
        for name in SCALED:
            for shape in SHAPES:
                add(file, name, {"in_axis": -2, "out_axis": -1}, shape, seed)
        for mode in ("fan_in", "fan_out", "fan_avg", "fan_geo_avg"):
            for distribution in ("normal", "uniform", "truncated_normal"):
                add(
                    file,
                    "variance_scaling",
                    {"scale": 1.5, "mode": mode, "distribution": distribution, "in_axis": -2, "out_axis": -1},
                    (4, 6),
                    seed,
                    f"{mode}.{distribution}",
                )
        for shape in ((4, 4), (3, 5), (5, 3), (2, 3, 4)):
            add(file, "orthogonal", {"scale": 1.0, "column_axis": -1}, shape, seed)
        add(file, "orthogonal", {"scale": 0.5, "column_axis": 0}, (3, 5), seed, "column0")
        for shape in ((3, 2, 4), (3, 3, 2, 2), (3, 3, 3, 2, 3)):
            add(file, "delta_orthogonal", {"scale": 1.0, "column_axis": -1}, shape, seed)

    axes = (
        ("axes01", {"in_axis": 0, "out_axis": 1}, (3, 4, 5)),
        ("axes10", {"in_axis": 1, "out_axis": 0}, (4, 3, 2, 2)),
        ("pairs", {"in_axis": (0, 1), "out_axis": 2}, (2, 3, 4)),
        ("pairsOut", {"in_axis": 0, "out_axis": (1, 2)}, (4, 2, 3)),
        ("batch", {"in_axis": -2, "out_axis": -1, "batch_axis": 0}, (3, 4, 5)),
        ("batches", {"in_axis": -2, "out_axis": -1, "batch_axis": (0, 1)}, (2, 3, 4, 2)),
    )
    for label, arguments, shape in axes:
        for name in ("glorot_normal", "he_uniform", "lecun_normal"):
            add(file, name, arguments, shape, 0, label)
