"""Sums, products, maxima and the statistics made of them; arg-reductions; cumulative operations."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from operations import distinct, exact, integers, operation, uniform

AXES = {"all": None, "0": 0, "1": 1, "2": 2, "01": (0, 1), "02": (0, 2), "12": (1, 2)}


def add_reductions(file):
    x = uniform("sum", (3, 4, 5))
    factors = uniform("prod", (3, 4, 5), 0.5, 1.5)
    apart = distinct("max", (3, 4, 5))
    for name, function, operand in (
        ("sum", jnp.sum, x),
        ("prod", jnp.prod, factors),
        ("max", jnp.max, apart),
        ("min", jnp.min, apart),
        ("mean", jnp.mean, x),
    ):
        for suffix, axis in AXES.items():
            operation(file, f"{name}.{suffix}", lambda x: function(x, axis), [operand], axes=axis)
        operation(
            file,
            f"{name}.keepDimensions",
            lambda x: function(x, (0, 2), keepdims=True),
            [operand],
            axes=(0, 2),
            keepDimensions=True,
        )
        operation(file, f"{name}.none", lambda x: function(x, ()), [operand], axes=())
    # A factor that is zero: the gradient must not divide by it.
    zeros = factors[0].copy()
    zeros[0, 0] = zeros[1, 1] = zeros[1, 3] = 0
    operation(file, "prod.zeros", lambda x: jnp.prod(x, 1), [zeros], axes=1)
    operation(file, "sum.large", jnp.sum, [uniform("sum.large", (5000,), 0, 1)], smooth=False)
    operation(file, "mean.large", jnp.mean, [uniform("mean.large", (3, 700), 0, 1)], smooth=False)

    for suffix, axis in (("all", None), ("0", 0), ("1", 1), ("02", (0, 2))):
        for name, function in (
            ("variance", jnp.var),
            ("standardDeviation", jnp.std),
            ("ptp", jnp.ptp),
            ("logsumexp", jax.nn.logsumexp),
            ("logmeanexp", jax.nn.logmeanexp),
        ):
            operand = apart if name == "ptp" else x
            operation(file, f"{name}.{suffix}", lambda x: function(x, axis), [operand], axes=axis)
    operation(file, "variance.ddof1", lambda x: jnp.var(x, 1, ddof=1), [x], axes=1, ddof=1)
    operation(file, "standardDeviation.ddof1", lambda x: jnp.std(x, 1, ddof=1), [x], axes=1, ddof=1)
    operation(file, "logsumexp.weighted", lambda x, b: jax.nn.logsumexp(x, 1, b), [x, factors], axes=1)
    operation(file, "logsumexp.large", lambda x: jax.nn.logsumexp(50 * x, 1), [x], axes=1, scale=50)
    operation(file, "average.weighted", lambda x, w: jnp.average(x, 1, w), [x, factors], axes=1)
    for name, axis in (("all", None), ("1", 1)):
        operation(file, f"median.{name}", lambda x: jnp.median(x, axis), [apart], axes=axis)
    operation(file, "median.odd", lambda x: jnp.median(x, 0), [apart[:, 0]], axes=0)
    for method in ("linear", "lower", "higher", "midpoint", "nearest"):
        for q in (0.25, 0.6):
            operation(
                file,
                f"quantile.{method}.{q}",
                lambda x: jnp.quantile(x, q, axis=2, method=method),
                [apart],
                q=q,
                axis=2,
                method=method,
            )
    operation(
        file,
        "quantile.several",
        lambda x: jnp.quantile(x, jnp.array([0.1, 0.5, 0.95]), axis=1),
        [apart],
        q=(0.1, 0.5, 0.95),
        axis=1,
    )
    operation(file, "percentile.30", lambda x: jnp.percentile(x, 30, axis=0), [apart], q=30, axis=0)

    signed = np.where(np.abs(apart) < 0.05, 0.3, apart).astype(np.float32)
    for name, order in (("2", None), ("1", 1), ("infinity", np.inf), ("-infinity", -np.inf), ("3", 3), ("0.5", 0.5)):
        operation(file, f"norm.{name}", lambda x: jnp.linalg.norm(x, order, axis=1), [signed], axis=1, order=name)
    operation(file, "norm.frobenius", lambda x: jnp.linalg.norm(x, axis=(1, 2)), [signed], axes=(1, 2))
    operation(file, "norm.all", jnp.linalg.norm, [signed[0]])

    flags = integers("all", (3, 4, 5), 0, 4) > 0
    for name, function, operand in (("all", jnp.all, flags), ("any", jnp.any, ~flags)):
        for suffix, axis in AXES.items():
            exact(file, f"{name}.{suffix}", lambda x: function(x, axis), [operand], axes=axis)
    exact(file, "countNonzero", lambda x: jnp.count_nonzero(x, 1), [flags], axes=1)
    for dtype in ("int8", "int32", "int64", "uint8", "uint64", "bool", "float16", "bfloat16"):
        low, high = (0, 1) if dtype == "bool" else (0, 5) if dtype.startswith("u") else (-5, 5)
        operand = integers(f"sum {dtype}", (3, 40), low, high).astype(jnp.dtype(dtype))
        for name, function in (
            ("sum", jnp.sum),
            ("prod", jnp.prod),
            ("mean", jnp.mean),
            ("variance", jnp.var),
            ("max", lambda x, axis: lax.reduce_max(x, (axis,))),
            ("min", lambda x, axis: lax.reduce_min(x, (axis,))),
        ):
            if name == "prod" and dtype in ("float16", "bfloat16"):
                continue
            exact(file, f"{name}.{dtype}", lambda x: function(x, 1), [operand], axes=1)
    # The reduction primitive keeps its operand's dtype, where NumPy's sum widens it.
    small = integers("reduce.int8", (3, 40), -100, 100, "int8")
    exact(file, "reduceSum.int8", lambda x: lax.reduce(x, np.int8(0), lax.add, (1,)), [small], axes=1)
    exact(
        file,
        "reduceXor.int32",
        lambda x: lax.reduce(x, np.int32(0), lax.bitwise_xor, (1,)),
        [integers("xor", (3, 8), 0, 99)],
        axes=1,
    )


def add_argument_reductions(file):
    x = distinct("argmax", (3, 4, 5))
    ties = integers("argmax ties", (6, 10), -2, 2).astype(np.float32)
    for name, function in (("argmax", jnp.argmax), ("argmin", jnp.argmin)):
        for axis in (None, 0, 1, 2):
            exact(file, f"{name}.{axis}", lambda x: function(x, axis), [x], axis=axis)
        exact(file, f"{name}.keepDimensions", lambda x: function(x, 1, keepdims=True), [x], axis=1, keepDimensions=True)
        exact(file, f"{name}.ties", lambda x: function(x, 1), [ties], axis=1)
        nan = ties.copy()
        nan[0, 3] = nan[0, 7] = nan[2, 9] = np.nan
        nan[3, 2], nan[3, 5], nan[4, 1] = np.inf, np.inf, -np.inf
        exact(file, f"{name}.nan", lambda x: function(x, 1), [nan], axis=1)
        for dtype in ("int32", "uint8", "bool", "int16"):
            exact(
                file,
                f"{name}.{dtype}",
                lambda x: function(x, 1),
                [(ties > 0 if dtype == "bool" else ties + 2).astype(dtype)],
                axis=1,
            )
    exact(
        file,
        "nonzero",
        lambda x: jnp.nonzero(x, size=12, fill_value=-1),
        [integers("nonzero", (4, 5), 0, 1)],
        size=12,
        fillValue=-1,
    )


def add_cumulative(file):
    functions = {
        "cumsum": lax.cumsum,
        "cumprod": lax.cumprod,
        "cummax": lax.cummax,
        "cummin": lax.cummin,
        "cumlogsumexp": lax.cumlogsumexp,
    }
    for name, function in functions.items():
        for axis in (0, 1, 2):
            for reverse in (False, True):
                case = f"{name}.{axis}{'.reverse' if reverse else ''}"
                x = uniform(case, (3, 4, 5), 0.5, 1.5) if name == "cumprod" else distinct(case, (3, 4, 5))
                operation(file, case, lambda x: function(x, axis, reverse), [x], axis=axis, reverse=reverse)
        if name != "cumlogsumexp":
            for dtype in ("int32", "uint8", "int64"):
                x = integers(f"{name} {dtype}", (3, 10), 0, 4, dtype)
                exact(file, f"{name}.{dtype}", lambda x: function(x, 1), [x], axis=1, reverse=False)
    exact(
        file, "cumsum.bool", lambda x: jnp.cumsum(x, 1), [integers("cumsum bool", (3, 10), 0, 1).astype(bool)], axis=1
    )
    operation(file, "cumsum.flat", jnp.cumsum, [uniform("cumsum.flat", (3, 4))])
    operation(
        file,
        "cumprod.zero",
        lambda x: lax.cumprod(x, 0),
        [np.array([1.5, 0, 2, -1.25], np.float32)],
        smooth=False,
        axis=0,
        reverse=False,
    )
    operation(
        file,
        "cumsum.long",
        lambda x: lax.cumsum(x, 0),
        [uniform("cumsum.long", (1500,), 0, 1)],
        smooth=False,
        axis=0,
        reverse=False,
    )


def add_cases(file):
    add_reductions(file)
    add_argument_reductions(file)
    add_cumulative(file)
