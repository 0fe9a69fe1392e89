"""Integer and boolean functions: arithmetic with its rules for division and overflow, bits, comparisons, conversions.

Results are exact. Division by zero and the division of the most negative number by -1 are here too: JAX on the CPU
gives -1 (all ones) as the quotient by zero, the dividend as the remainder, and the most negative number itself for the
other.
"""

import jax.numpy as jnp
import numpy as np
from jax import lax

from golden_file import generator
from operations import exact, uniform

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
DTYPES = ("bool", *INTEGERS, "float16", "bfloat16", "float32", "float64")


def operands(name, dtype, count=24):
    """Two vectors of mixed magnitudes, the first few the special ones."""
    info = np.iinfo(dtype)
    rng = generator(name)
    small = rng.integers(max(info.min, -20), 20, (2, count), dtype, endpoint=True)
    large = rng.integers(info.min, info.max, (2, count), dtype, endpoint=True)
    x, y = np.where(rng.integers(0, 2, (2, count)), small, large).astype(dtype)
    special = np.array([info.min, info.max, 0, 1, info.max], dtype)
    x[:5], y[:5] = special, np.array([1, 2, 5, info.max, info.max], dtype)
    return x, np.where(y == 0, 3, y).astype(dtype)


def add_arithmetic(file):
    binary = {
        "add": lax.add,
        "sub": lax.sub,
        "mul": lax.mul,
        "max": lax.max,
        "min": lax.min,
        "div": lax.div,
        "rem": lax.rem,
        "floorDivide": jnp.floor_divide,
        "mod": jnp.mod,
        "fmod": jnp.fmod,
        "bitwiseAnd": lax.bitwise_and,
        "bitwiseOr": lax.bitwise_or,
        "bitwiseXor": lax.bitwise_xor,
        "gcd": jnp.gcd,
        "lcm": jnp.lcm,
    }
    unary = {
        "bitwiseNot": lax.bitwise_not,
        "popcount": lax.population_count,
        "clz": lax.clz,
        "abs": lax.abs,
        "sign": lax.sign,
        "neg": lax.neg,
        "square": jnp.square,
    }
    for dtype in INTEGERS:
        x, y = operands(f"integers {dtype}", dtype)
        for name, function in binary.items():
            if name in ("gcd", "lcm"):
                if dtype == "int32":
                    exact(file, f"{name}.{dtype}", function, [x % 100, y % 36])
                continue
            exact(file, f"{name}.{dtype}", function, [x, y])
        for name, function in unary.items():
            if name == "abs" and dtype.startswith("u"):
                continue
            exact(file, f"{name}.{dtype}", function, [x])

        bits = np.iinfo(dtype).bits
        shift = np.array([0, 1, 2, bits // 2, bits - 1, bits, bits + 3] + [3] * 17, dtype)
        for name, function in (
            ("shiftLeft", lax.shift_left),
            ("shiftRightLogical", lax.shift_right_logical),
            ("shiftRightArithmetic", lax.shift_right_arithmetic),
        ):
            exact(file, f"{name}.{dtype}", function, [x, shift])

        info = np.iinfo(dtype)
        x = np.array([info.min, info.max, 0, 7, info.min], dtype)
        exact(file, f"div.byZero.{dtype}", lax.div, [x, np.zeros(5, dtype)])
        exact(file, f"rem.byZero.{dtype}", lax.rem, [x, np.zeros(5, dtype)])
        if dtype.startswith("i"):
            exact(file, f"div.overflow.{dtype}", lax.div, [x, np.full(5, -1, dtype)])
            exact(file, f"rem.overflow.{dtype}", lax.rem, [x, np.full(5, -1, dtype)])
    for dtype in ("int32", "uint8", "int64"):
        base = generator(f"pow {dtype}").integers(0 if dtype == "uint8" else -5, 5, 16).astype(dtype)
        power = generator(f"pow {dtype} exponent").integers(0, 6, 16).astype(dtype)
        exact(file, f"pow.{dtype}", jnp.power, [base, power])
    x, y = operands("integers true division", "int32")
    exact(file, "trueDivide.int32", jnp.true_divide, [x, y])
    row, column = np.arange(-3, 3, dtype=np.int32), np.arange(1, 5, dtype=np.int32)[:, None]
    for name, function in (
        ("add", jnp.add),
        ("floorDivide", jnp.floor_divide),
        ("mod", jnp.mod),
        ("rem", lambda x, y: lax.rem(*jnp.broadcast_arrays(x, y))),
    ):
        exact(file, f"{name}.broadcast", function, [row, column])


def add_booleans(file):
    x, y = np.array([[0, 0, 1, 1], [0, 1, 0, 1]], bool)
    for name, function in (
        ("and", jnp.logical_and),
        ("or", jnp.logical_or),
        ("xor", jnp.logical_xor),
        ("add", jnp.add),
        ("mul", jnp.multiply),
        ("max", jnp.maximum),
        ("min", jnp.minimum),
    ):
        exact(file, f"{name}.bool", function, [x, y])
    exact(file, "not.bool", jnp.logical_not, [x])
    numbers = np.array([0, 1, -2, 0], np.int32)
    exact(file, "logicalAnd.int32", jnp.logical_and, [numbers, numbers[::-1].copy()])
    exact(file, "logicalNot.int32", jnp.logical_not, [numbers])


def add_comparisons(file):
    functions = {
        "equal": lax.eq,
        "notEqual": lax.ne,
        "less": lax.lt,
        "lessEqual": lax.le,
        "greater": lax.gt,
        "greaterEqual": lax.ge,
    }
    for dtype in ("bool", "int8", "int32", "int64", "uint8", "uint64", "float16", "bfloat16", "float32", "float64"):
        rng = generator(f"compare {dtype}")
        low, high = (0, 2) if dtype == "bool" else (0, 5) if dtype.startswith("u") else (-3, 3)
        x, y = (rng.integers(low, high, 20).astype(jnp.dtype(dtype)) for _ in range(2))
        if "float" in dtype:
            special = [np.nan, np.inf, -np.inf, 0.0, np.nan, np.inf]
            x[:6], y[:6] = special, [np.nan, np.inf, np.inf, -0.0, 1.0, -np.inf]
        elif dtype not in ("bool",):
            x[0], y[0] = np.iinfo(dtype).max, np.iinfo(dtype).min
        for name, function in functions.items():
            exact(file, f"{name}.{dtype}", function, [x, y])


def add_conversions(file):
    """Every dtype to every dtype; values that the target cannot hold are in corners."""
    for source in DTYPES:
        rng = generator(f"convert {source}")
        if source == "bool":
            x = rng.integers(0, 2, 12)
        elif source in INTEGERS:
            # What fits each integer type; large magnitudes lose digits in the floats, which is part of the case.
            x = rng.integers(0, 127, 12)
        else:
            x = rng.uniform(0, 120, 12)
        x = x.astype(jnp.dtype(source))
        for target in DTYPES:
            exact(file, f"convert.{source}.{target}", lambda x: lax.convert_element_type(x, target), [x], dtype=target)
    for source in ("int32", "int64", "uint32", "uint64"):
        info = np.iinfo(source)
        x = generator(f"convert large {source}").integers(info.min, info.max, 12, source, endpoint=True)
        x[:2] = info.min, info.max
        for target in DTYPES:
            if target != "float16":
                exact(
                    file,
                    f"convert.large.{source}.{target}",
                    lambda x: lax.convert_element_type(x, target),
                    [x],
                    dtype=target,
                )
    negative = np.array([-1, -2, -100, -128], np.int8)
    for target in DTYPES:
        exact(
            file,
            f"convert.negative.int8.{target}",
            lambda x: lax.convert_element_type(x, target),
            [negative],
            dtype=target,
        )
    fractions = uniform("convert fractions", (16,), -100, 100)
    for source in ("float16", "bfloat16", "float32", "float64"):
        x = fractions.astype(jnp.dtype(source))
        for target in ("bool", "int8", "int32", "int64", "float16", "bfloat16", "float32", "float64"):
            exact(
                file,
                f"convert.fractions.{source}.{target}",
                lambda x: lax.convert_element_type(x, target),
                [x],
                dtype=target,
            )
    # Ties, the largest 16-bit numbers and those that underflow: rounding is to nearest even.
    hard = np.array(
        [
            1 + 2**-11,
            1 + 3 * 2**-11,
            1 + 2**-8,
            1 + 3 * 2**-8,
            65504,
            65519.9,
            65520,
            3.3e38,
            1e-8,
            6e-8,
            1e-40,
            2**-25,
            2**-24,
        ],
        np.float32,
    )
    for target in ("float16", "bfloat16"):
        exact(
            file,
            f"convert.rounding.float32.{target}",
            lambda x: lax.convert_element_type(x, target),
            [hard],
            dtype=target,
        )
    double = np.array([1 + 2**-24, 1 + 3 * 2**-24, 1.1, -2.7, 1e39, 1e-46], np.float64)
    for target in ("float16", "bfloat16", "float32"):
        exact(
            file,
            f"convert.rounding.float64.{target}",
            lambda x: lax.convert_element_type(x, target),
            [double],
            dtype=target,
        )
    # Just above a tie: JAX on the CPU goes by way of float32, where the excess is lost, and so rounds twice.
    twice = np.array([1 + 2**-11 + 2**-40, 1 + 2**-8 + 2**-40], np.float64)
    for target in ("float16", "bfloat16"):
        exact(
            file,
            f"convert.doubleRounding.float64.{target}",
            lambda x: lax.convert_element_type(x, target),
            [twice],
            dtype=target,
        )
    for source, target in (
        ("float32", "int32"),
        ("int32", "float32"),
        ("float16", "uint16"),
        ("bfloat16", "int16"),
        ("float64", "uint64"),
        ("uint8", "int8"),
    ):
        x = generator(f"bitcast {source}").integers(0, 100, 8).astype(jnp.dtype(source))
        exact(file, f"bitcast.{source}.{target}", lambda x: lax.bitcast_convert_type(x, target), [x], dtype=target)


def add_cases(file):
    add_arithmetic(file)
    add_booleans(file)
    add_comparisons(file)
    add_conversions(file)
