"""JAX's type promotion: every dtype with every dtype and with Python scalars.

Made with 64-bit types allowed and 32-bit ones the default, as in this library. All is in the attributes:

`table`: `names` lists the 13 dtypes and the Python scalars; `dtypes[i][j]` is the dtype of names[i] + names[j] and
`weak[i][j]` says whether that is weakly typed.
`unary`: `dtypes[function][i]` is the dtype of function(names[i]) ("error" where JAX refuses).
`binary`: `dtypes[function][i][j]`, likewise, over the dtypes alone.
"""

import jax
import jax.numpy as jnp
from jax._src import config

DTYPES = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "bfloat16",
    "float32",
    "float64",
)
SCALARS = {"python bool": True, "python int": 1, "python float": 1.0}

UNARY = {
    "sum": jnp.sum,
    "prod": jnp.prod,
    "max": jnp.max,
    "mean": jnp.mean,
    "variance": jnp.var,
    "standardDeviation": jnp.std,
    "median": jnp.median,
    "cumsum": jnp.cumsum,
    "cumprod": jnp.cumprod,
    "sin": jnp.sin,
    "exp": jnp.exp,
    "sqrt": jnp.sqrt,
    "abs": jnp.abs,
    "neg": jnp.negative,
    "sign": jnp.sign,
    "floor": jnp.floor,
    "ceil": jnp.ceil,
    "round": jnp.round,
    "square": jnp.square,
    "reciprocal": jnp.reciprocal,
    "argmax": jnp.argmax,
    "argsort": jnp.argsort,
    "sort": jnp.sort,
    "isFinite": jnp.isfinite,
    "isNaN": jnp.isnan,
    "logicalNot": jnp.logical_not,
    "bitwiseNot": jnp.bitwise_not,
    "popcount": jnp.bitwise_count,
    "logistic": jax.nn.sigmoid,
    "relu": jax.nn.relu,
    "gelu": jax.nn.gelu,
    "softplus": jax.nn.softplus,
    "softmax": jax.nn.softmax,
    "logsumexp": jax.nn.logsumexp,
    "norm": jnp.linalg.norm,
    "any": jnp.any,
    "all": jnp.all,
}
BINARY = {
    "add": jnp.add,
    "sub": jnp.subtract,
    "mul": jnp.multiply,
    "div": jnp.true_divide,
    "floorDivide": jnp.floor_divide,
    "mod": jnp.mod,
    "remainder": jnp.remainder,
    "fmod": jnp.fmod,
    "pow": jnp.power,
    "max": jnp.maximum,
    "min": jnp.minimum,
    "atan2": jnp.arctan2,
    "hypot": jnp.hypot,
    "logaddexp": jnp.logaddexp,
    "equal": jnp.equal,
    "less": jnp.less,
    "logicalAnd": jnp.logical_and,
    "bitwiseAnd": jnp.bitwise_and,
    "shiftLeft": jnp.left_shift,
    "where": lambda a, b: jnp.where(jnp.isfinite(a), a, b),
    "concatenate": lambda a, b: jnp.concatenate([a, b]),
}


def dtype_of(function, *operands):
    try:
        return jax.eval_shape(function, *operands).dtype.name
    except (TypeError, ValueError):
        return "error"


def unary_dtype_of(function, operand):
    """As `dtype_of`; max and softmax of int64 fail only because JAX's "allow" mode is incomplete."""
    if (dtype := dtype_of(function, operand)) == "error" and operand.dtype == "int64":
        with jax.enable_x64(True):
            return dtype_of(function, operand)
    return dtype


def add_cases(file):
    with config.explicit_x64_dtypes(config.ExplicitX64Mode.ALLOW):
        operands = {name: jnp.ones((), name) for name in DTYPES} | SCALARS
        sums = [[jnp.add(a, b) for b in operands.values()] for a in operands.values()]
        file.add(
            "table",
            {},
            names=list(operands),
            dtypes=[[x.dtype.name for x in row] for row in sums],
            weak=[[bool(x.weak_type) for x in row] for row in sums],
        )

        vectors = [jnp.ones((3,), name) for name in DTYPES]
        file.add(
            "unary",
            {},
            names=DTYPES,
            dtypes={name: [unary_dtype_of(function, x) for x in vectors] for name, function in UNARY.items()},
        )
        file.add(
            "binary",
            {},
            names=DTYPES,
            dtypes={
                name: [[dtype_of(function, a, b) for b in vectors] for a in vectors]
                for name, function in BINARY.items()
            },
        )
