"""Compositions of grad, jit, vmap, scan, while, cond and custom rules, most of them three deep or more.

Each case's attributes have the Python source of its function under `python` and the names of its operands; the source
uses helpers, whose source is in the case `helpers`, without arrays. Parts: `in<i>` (float32, or int32), `out<i>` (the
results' leaves, float64, computed from the same operands) and `out<i>_f32`. The attribute `depth` says how many
transformations are around the innermost function, loops and branches included.
"""

import functools
import inspect
import textwrap

import jax
import jax.numpy as jnp
import numpy as np

from golden_file import generator
from operations import flat, is_float
from deeper_cases import CASES as DEEPER_CASES
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


class Depth:
    """Counts, while it is entered, how deep transformations nest around the functions that they call."""

    # How deep each is by itself.
    MODULES = {
        jax: {
            "grad": 1, "value_and_grad": 1, "jit": 1, "vmap": 1, "jvp": 1, "vjp": 1, "linearize": 1, "jacfwd": 1,
            "jacrev": 1, "jacobian": 1, "hessian": 2, "checkpoint": 1, "linear_transpose": 1,
        },
        jax.lax: {"scan": 1, "while_loop": 1, "fori_loop": 1, "cond": 1, "switch": 1, "map": 1, "associative_scan": 1},
    }

    def __init__(self):
        self.now = self.most = 0

    def counted(self, function, levels):
        @functools.wraps(function)
        def call(*args, **keywords):
            self.now += levels
            self.most = max(self.most, self.now)
            try:
                return function(*args, **keywords)
            finally:
                self.now -= levels

        return call

    def transformation(self, original, levels):
        def wrap(argument):
            if callable(argument) and not isinstance(argument, type):
                return self.counted(argument, levels)
            if isinstance(argument, tuple) and argument and all(map(callable, argument)):
                return tuple(map(wrap, argument))
            return argument

        return lambda *args, **keywords: original(*map(wrap, args), **keywords)

    def __enter__(self):
        self.originals = [(module, name, getattr(module, name)) for module in self.MODULES for name in self.MODULES[module]]
        for module, name, original in self.originals:
            setattr(module, name, self.transformation(original, self.MODULES[module][name]))
        return self

    def __exit__(self, *_):
        for module, name, original in self.originals:
            setattr(module, name, original)


def source(function):
    return textwrap.dedent(inspect.getsource(function)).replace("@case\n", "")


def add_cases(file):
    file.add("helpers", {}, python="\n\n".join(map(source, HELPERS)) + HELPER_TEXT)
    for function in CASES + DEEPER_CASES:
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
        with Depth() as depth:
            function(*map(jnp.asarray, operands))
        words = function.__name__.split("_")
        file.add(
            words[0] + "".join(word.capitalize() for word in words[1:]), parts, operands=names, python=source(function), depth=depth.most
        )
