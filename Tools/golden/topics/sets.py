"""Vectors as sets, in the operands' own dtypes; and weights that fall towards both ends."""

import jax.numpy as jnp
import numpy as np

from operations import exact, integers

SETS = {
    "union": jnp.union1d,
    "intersection": jnp.intersect1d,
    "setDifference": jnp.setdiff1d,
    "symmetricDifference": jnp.setxor1d,
}
TAPERS = {"bartlett": jnp.bartlett, "blackman": jnp.blackman, "hamming": jnp.hamming, "hanning": jnp.hanning}


def add_cases(file):
    x = integers("sets x", (3, 5), -4, 9)
    y = integers("sets y", (8,), 0, 12)
    empty = np.zeros((0,), np.int32)
    for name, function in SETS.items():
        exact(file, name, function, [x, y])
        exact(file, f"{name}.floats", function, [x.astype(np.float32) / 2, y.astype(np.float32) / 2])
        exact(file, f"{name}.disjoint", function, [x, y + 100])
        exact(file, f"{name}.same", function, [y, y])
        exact(file, f"{name}.empty", function, [x, empty])
        exact(file, f"{name}.types", function, [x.astype(np.int8), y.astype(np.int16)])
        for size in (2, 25):
            exact(file, f"{name}.size{size}", lambda x, y: function(x, y, size=size), [x, y], size=size)
        exact(file, f"{name}.filled", lambda x, y: function(x, y, size=30, fill_value=-7), [x, y], size=30, fillValue=-7)
    for name, function in TAPERS.items():
        for count in (0, 1, 2, 7, 12):
            # Not by JAX in float32, which loses digits at the ends.
            reference = getattr(np, name)
            file.add(f"{name}.{count}", {"out0": reference(count)}, count=count)
            np.testing.assert_allclose(function(count), reference(count), atol=1e-6)
