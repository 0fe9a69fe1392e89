"""Compositions of grad, jit, vmap, scan, while, cond and custom rules, most of them three deep or more.

Each case's attributes have the Python source of its function under `python` and the names of its operands; the source
uses helpers, whose source is in the case `helpers`, without arrays. Parts: `in<i>` (float32, or int32), `out<i>` (the
results' leaves, float64, computed from the same operands) and `out<i>_f32`.
"""

import inspect
import textwrap

import jax
import jax.numpy as jnp
import numpy as np

from golden_file import generator
from operations import flat, is_float
from transformation_cases import CASES, HELPER_TEXT, HELPERS

# By name, a scalar or the shape of an array.
OPERANDS = {
    "s": np.float32(0.7),
    "n": np.int32(3),
    "v": (3,),
    "w": (3,),
    "m": (3, 3),
    "a": (4, 3),
    "b": (5, 4),
    "c": (2, 4, 3),
    "k": (3, 2),
}


def operand(name):
    value = OPERANDS[name]
    if isinstance(value, tuple):
        return generator(f"transformations {name}").uniform(-1, 1, value).astype(np.float32)
    return value


def source(function):
    return textwrap.dedent(inspect.getsource(function)).replace("@case\n", "")


def add_cases(file):
    file.add("helpers", {}, python="\n\n".join(map(source, HELPERS)) + HELPER_TEXT)
    for function in CASES:
        names = list(inspect.signature(function).parameters)
        operands = [operand(name) for name in names]
        parts = {f"in{i}": array for i, array in enumerate(operands)}
        for suffix, dtype in (("", np.float64), ("_f32", np.float32)):
            with jax.enable_x64(dtype == np.float64):
                arrays = [jnp.asarray(x, dtype if is_float(np.asarray(x)) else np.int32) for x in operands]
                for i, output in enumerate(flat(function)(*arrays)):
                    # Counters are 64 bits wide in JAX's 64-bit mode: theirs is the 32-bit run's dtype.
                    if is_float(output):
                        assert output.dtype == dtype and np.isfinite(output).all(), function.__name__
                        parts[f"out{i}{suffix}"] = output
                    elif suffix:
                        parts[f"out{i}"] = output
        words = function.__name__.split("_")
        file.add(
            words[0] + "".join(word.capitalize() for word in words[1:]), parts, operands=names, python=source(function)
        )
