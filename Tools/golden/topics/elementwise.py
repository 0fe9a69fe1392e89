"""Float functions of one, two or three operands, element by element, with broadcasting."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from golden_file import generator
from operations import distinct, exact, operation, uniform

# name: (function, low, high, distance kept from zero)
UNARY = {
    "neg": (lax.neg, -3, 3, 0),
    "abs": (lax.abs, -3, 3, 0.1),
    "sign": (lax.sign, -3, 3, 0.1),
    "exp": (lax.exp, -4, 4, 0),
    "exp2": (lax.exp2, -4, 4, 0),
    "expm1": (lax.expm1, -3, 3, 0),
    "log": (lax.log, 0.01, 10, 0),
    "log2": (jnp.log2, 0.01, 10, 0),
    "log10": (jnp.log10, 0.01, 10, 0),
    "log1p": (lax.log1p, -0.9, 5, 0),
    "sqrt": (lax.sqrt, 0.01, 10, 0),
    "rsqrt": (lax.rsqrt, 0.01, 10, 0),
    "cbrt": (lax.cbrt, -10, 10, 0.1),
    "sin": (lax.sin, -7, 7, 0),
    "cos": (lax.cos, -7, 7, 0),
    "tan": (lax.tan, -1.4, 1.4, 0),
    "asin": (lax.asin, -0.95, 0.95, 0),
    "acos": (lax.acos, -0.95, 0.95, 0),
    "atan": (lax.atan, -5, 5, 0),
    "sinh": (lax.sinh, -4, 4, 0),
    "cosh": (lax.cosh, -4, 4, 0),
    "tanh": (lax.tanh, -4, 4, 0),
    "asinh": (lax.asinh, -10, 10, 0),
    "acosh": (lax.acosh, 1.05, 10, 0),
    "atanh": (lax.atanh, -0.95, 0.95, 0),
    "logistic": (lax.logistic, -8, 8, 0),
    "erf": (lax.erf, -3, 3, 0),
    "erfc": (lax.erfc, -3, 3, 0),
    "erfInv": (lax.erf_inv, -0.99, 0.99, 0),
    "lgamma": (lax.lgamma, 0.1, 10, 0),
    "digamma": (lax.digamma, 0.1, 10, 0),
    "square": (lax.square, -3, 3, 0),
    "reciprocal": (lax.reciprocal, -3, 3, 0.1),
    "sinc": (jnp.sinc, -3, 3, 0.1),
    "degrees": (jnp.degrees, -7, 7, 0),
    "radians": (jnp.radians, -180, 180, 0),
    "logit": (jax.scipy.special.logit, 0.02, 0.98, 0),
    "entr": (jax.scipy.special.entr, 0.05, 3, 0),
    "ndtr": (jax.scipy.special.ndtr, -3, 3, 0),
    "ndtri": (jax.scipy.special.ndtri, 0.02, 0.98, 0),
    # The ends of the range, where a formula can lose all of its digits.
    "exp.wide": (lax.exp, -85, 85, 0),
    "expm1.small": (lax.expm1, -1e-3, 1e-3, 0),
    "expm1.wide": (lax.expm1, -85, 85, 0),
    "log1p.small": (lax.log1p, -1e-3, 1e-3, 0),
    "log1p.wide": (lax.log1p, 1, 1e6, 0),
    "sin.wide": (lax.sin, -1000, 1000, 0),
    "cos.wide": (lax.cos, -1000, 1000, 0),
    "tan.wide": (lax.tan, -30, 30, 0),
    "sinh.wide": (lax.sinh, -85, 85, 0),
    "cosh.wide": (lax.cosh, -85, 85, 0),
    "tanh.wide": (lax.tanh, -15, 15, 0),
    "tanh.small": (lax.tanh, -1e-3, 1e-3, 0),
    "asinh.wide": (lax.asinh, -1e6, 1e6, 0),
    "acosh.wide": (lax.acosh, 2, 1e6, 0),
    "atan.wide": (lax.atan, -1e4, 1e4, 0),
    "logistic.wide": (lax.logistic, -80, 80, 0),
    "erfc.wide": (lax.erfc, 3, 8, 0),
    "lgamma.negative": (lax.lgamma, -4.9, -4.1, 0),
    "digamma.negative": (lax.digamma, -2.9, -2.1, 0),
    "lgamma.wide": (lax.lgamma, 10, 1e4, 0),
    "digamma.wide": (lax.digamma, 10, 1e4, 0),
    "cbrt.wide": (lax.cbrt, -1e6, 1e6, 0.1),
    "erfInv.tails": (lax.erf_inv, 0.99, 0.999999, 0),
}

# Functions with steps: (function, the fraction's range inside each unit, where no step is).
STEPS = {
    "floor": (lax.floor, 0.1, 0.9),
    "ceil": (lax.ceil, 0.1, 0.9),
    "trunc": (jnp.trunc, 0.1, 0.9),
    "round": (lambda x: lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN), -0.4, 0.4),
    "round.awayFromZero": (lambda x: lax.round(x, lax.RoundingMethod.AWAY_FROM_ZERO), -0.4, 0.4),
}

# name: (function, operands' ranges, distance from zero)
BINARY = {
    "add": (jnp.add, (-3, 3), (-3, 3), 0),
    "sub": (jnp.subtract, (-3, 3), (-3, 3), 0),
    "mul": (jnp.multiply, (-3, 3), (-3, 3), 0),
    "div": (jnp.divide, (-3, 3), (-3, 3), 0.2),
    "pow": (jnp.power, (0.1, 4), (-3, 3), 0),
    "atan2": (jnp.arctan2, (-3, 3), (-3, 3), 0.1),
    "hypot": (jnp.hypot, (-3, 3), (-3, 3), 0.1),
    "logaddexp": (jnp.logaddexp, (-3, 3), (-3, 3), 0),
    "logaddexp2": (jnp.logaddexp2, (-3, 3), (-3, 3), 0),
    "xlogy": (jax.scipy.special.xlogy, (0.1, 3), (0.1, 3), 0),
    "xlog1py": (jax.scipy.special.xlog1py, (0.1, 3), (0.1, 3), 0),
    "copysign": (jnp.copysign, (-3, 3), (-3, 3), 0.1),
    "squaredDifference": (lambda x, y: jnp.square(x - y), (-3, 3), (-3, 3), 0),
}

BROADCASTS = {
    "": ((4, 5), (4, 5)),
    ".row": ((4, 5), (5,)),
    ".outer": ((4, 1), (1, 5)),
    ".scalar": ((3, 4), ()),
    ".leading": ((1,), (3, 4)),
    ".cube": ((2, 1, 4), (3, 1)),
}


def add_unary(file):
    for name, (function, low, high, apart) in UNARY.items():
        operation(file, name, function, [uniform(name, (6, 8), low, high, apart)])
    for name, (function, low, high) in STEPS.items():
        rng = generator(name)
        x = rng.integers(-5, 5, (6, 8)) + rng.uniform(low, high, (6, 8))
        operation(file, name, function, [x.astype(np.float32)])
    for exponent in (-3, -1, 0, 1, 2, 3, 4, 7):
        name = f"integerPow.{exponent}"
        operation(
            file, name, lambda x: lax.integer_pow(x, exponent), [uniform(name, (3, 4), apart=0.2)], exponent=exponent
        )
    decimals = uniform("round.decimals", (6, 8), -10, 10)
    operation(file, "round.decimals", lambda x: jnp.round(x, 2), [decimals], smooth=False, decimals=2)


def add_binary(file):
    for name, (function, first, second, apart) in BINARY.items():
        for suffix, (shape0, shape1) in BROADCASTS.items():
            case = name + suffix
            operands = [uniform(f"{case} 0", shape0, *first, apart), uniform(f"{case} 1", shape1, *second, apart)]
            operation(file, case, function, operands)
    for name, function in (("max", jnp.maximum), ("min", jnp.minimum)):
        for suffix, (shape0, shape1) in BROADCASTS.items():
            case = name + suffix
            # Multiples of 1/8 against odd multiples of 1/16: never closer than 1/16.
            x = generator(f"{case} 0").integers(-24, 24, shape0) / 8
            y = (generator(f"{case} 1").integers(-24, 24, shape1) + 0.5) / 8
            operation(file, case, function, [x.astype(np.float32), y.astype(np.float32)])
    for name, function in (("rem", lax.rem), ("mod", jnp.mod), ("floorDivide", jnp.floor_divide), ("fmod", jnp.fmod)):
        # x = (whole + fraction) * y with the fraction away from 0 and 1, where these functions jump.
        rng = generator(name)
        y = uniform(f"{name} 1", (6, 8), -3, 3, 0.3)
        x = (rng.integers(-5, 5, (6, 8)) + rng.uniform(0.15, 0.85, (6, 8))) * y
        operation(file, name, function, [x.astype(np.float32), y])


def add_selection(file):
    x, y = uniform("select 0", (4, 5)), uniform("select 1", (4, 5))
    which = generator("select").integers(0, 2, (4, 5)).astype(bool)
    operation(file, "select", lax.select, [which, x, y])
    operation(file, "where", jnp.where, [which, x, y])
    operation(file, "where.broadcast", jnp.where, [which[:, :1], x[:1], y])
    operation(file, "where.scalar", lambda w, x: jnp.where(w, x, 0.0), [which, x])
    z = uniform("select 2", (4, 5))
    index = generator("selectN").integers(0, 3, (4, 5)).astype(np.int32)
    operation(file, "selectN", lax.select_n, [index, x, y, z])
    operation(
        file, "select.functions", lambda c, d, x, y, z: jnp.select([c, d], [x, y], z), [which, index == 1, x, y, z]
    )

    wide = distinct("clamp", (4, 5), -3, 3)
    operation(file, "clamp", lax.clamp, [np.full((4, 5), -1.01, np.float32), wide, np.full((4, 5), 1.01, np.float32)])
    operation(file, "clamp.scalar", lambda x: lax.clamp(-1.01, x, 1.01), [wide], min=-1.01, max=1.01)
    operation(file, "clip", lambda x: jnp.clip(x, -1.01, 1.01), [wide], min=-1.01, max=1.01)
    operation(file, "clip.min", lambda x: jnp.clip(x, -1.01), [wide], min=-1.01)
    operation(file, "clip.max", lambda x: jnp.clip(x, None, 1.01), [wide], max=1.01)


def add_half(file):
    """JAX's own results in 16 bits, for the functions that a network uses in them."""
    for dtype in ("float16", "bfloat16"):
        dtype = jnp.dtype(dtype)
        for name in (
            "neg",
            "abs",
            "exp",
            "log",
            "log1p",
            "sqrt",
            "rsqrt",
            "sin",
            "cos",
            "tanh",
            "logistic",
            "erf",
            "square",
        ):
            function, low, high, apart = UNARY[name]
            x = uniform(f"{name} {dtype}", (24,), max(low, -4), min(high, 4), apart).astype(dtype)
            exact(file, f"{name}.{dtype}", function, [x])
        for name in ("add", "sub", "mul", "div", "pow"):
            function, first, second, apart = BINARY[name]
            operands = [
                uniform(f"{name} {dtype} {i}", (24,), *bounds, apart).astype(dtype)
                for i, bounds in enumerate((first, second))
            ]
            exact(file, f"{name}.{dtype}", function, operands)


def add_cases(file):
    add_unary(file)
    add_binary(file)
    add_selection(file)
    add_half(file)
