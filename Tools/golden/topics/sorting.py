"""Sorting, top-k, searching, sets, histograms, interpolation and integration."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from golden_file import generator
from operations import distinct, exact, integers, operation, uniform


def add_sort(file):
    x = distinct("sort", (3, 4, 5))
    for axis in (0, 1, 2):
        operation(file, f"sort.{axis}", lambda x: lax.sort(x, axis), [x], axis=axis)
        exact(file, f"argsort.{axis}", lambda x: jnp.argsort(x, axis), [x], axis=axis)
    operation(file, "sort.descending", lambda x: jnp.sort(x, 1, descending=True), [x], axis=1, descending=True)
    operation(file, "sort.flat", lambda x: jnp.sort(x, None), [x[0]])
    exact(file, "argsort.descending", lambda x: jnp.argsort(x, 1, descending=True), [x], axis=1, descending=True)

    # Many ties: a stable sort keeps the order of their companions.
    keys = integers("sort keys", (4, 12), 0, 3)
    second = integers("sort second", (4, 12), 0, 2)
    order = np.broadcast_to(np.arange(12, dtype=np.int32), (4, 12)).copy()
    values = uniform("sort values", (4, 12))
    for axis in (0, 1):
        operation(
            file,
            f"sort.pairs.{axis}",
            lambda k, v, i: lax.sort((k, v, i), axis, num_keys=1),
            [keys, values, order],
            axis=axis,
            keys=1,
        )
        operation(
            file,
            f"sort.twoKeys.{axis}",
            lambda k, l, v, i: lax.sort((k, l, v, i), axis, num_keys=2),
            [keys, second, values, order],
            axis=axis,
            keys=2,
        )
    exact(file, "argsort.ties", lambda x: jnp.argsort(x, 1), [keys], axis=1)
    exact(
        file, "argsort.ties.descending", lambda x: jnp.argsort(x, 1, descending=True), [keys], axis=1, descending=True
    )
    exact(file, "lexsort", lambda k, l: jnp.lexsort((k, l), axis=1), [keys, second], axis=1)
    for dtype in ("bool", "int8", "int64", "uint8", "uint64", "float16", "bfloat16", "float64"):
        low, high = (0, 1) if dtype == "bool" else (0, 50) if dtype.startswith("u") else (-50, 50)
        exact(
            file,
            f"sort.{dtype}",
            lambda x: lax.sort(x, 1),
            [integers(f"sort {dtype}", (3, 20), low, high).astype(jnp.dtype(dtype))],
            axis=1,
        )
    # NaN last, -0 and 0 as equals.
    special = np.array([3, np.nan, -np.inf, 0.0, -0.0, np.inf, -1, -np.nan, 0.0, -0.0], np.float32)
    exact(
        file,
        "sort.special",
        lambda x, i: lax.sort((x, i), 0, num_keys=1),
        [special, np.arange(10, dtype=np.int32)],
        axis=0,
        keys=1,
    )
    operation(file, "sort.long", lambda x: lax.sort(x, 0), [distinct("sort.long", (1000,))], smooth=False, axis=0)


def add_top(file):
    x = distinct("topK", (3, 8))
    for k in (1, 3, 8):
        operation(file, f"topK.{k}", lambda x: lax.top_k(x, k), [x], k=k)
    exact(file, "topK.ties", lambda x: lax.top_k(x, 5), [integers("topK.ties", (3, 10), 0, 3)], k=5)
    special = np.array([1, np.nan, 3, np.inf, -np.inf, 2], np.float32)
    exact(file, "topK.special", lambda x: lax.top_k(x, 4), [special], k=4)
    operation(
        file,
        "partition",
        lambda x: jnp.sort(jnp.partition(x, 3, axis=1)[:, :3], 1),
        [x],
        k=3,
        python="sort(partition(x, 3)[:, :3])",
    )


def add_search(file):
    edges = np.array([-1, 0, 0, 0.5, 2, 2, 3], np.float32)
    x = np.array([[-2, -1, 0, 0.25], [0.5, 1.5, 2, 4]], np.float32)
    for side in ("left", "right"):
        exact(file, f"searchSorted.{side}", lambda e, x: jnp.searchsorted(e, x, side=side), [edges, x], side=side)
        exact(
            file,
            f"digitize.{side}",
            lambda x, e: jnp.digitize(x, e, right=side == "right"),
            [x, edges],
            right=side == "right",
        )
    exact(
        file,
        "searchSorted.nan",
        jnp.searchsorted,
        [edges, np.array([np.nan, np.inf, -np.inf], np.float32)],
        side="left",
    )
    exact(
        file,
        "searchSorted.int32",
        jnp.searchsorted,
        [np.array([1, 3, 3, 7], np.int32), np.arange(9, dtype=np.int32)],
        side="left",
    )

    values = np.array([3, 1, 2, 3, 1, 7, 3], np.int32)
    for size in (3, 4, 6):
        exact(file, f"unique.{size}", lambda x: jnp.unique(x, size=size), [values], size=size)
    exact(file, "unique.fill", lambda x: jnp.unique(x, size=6, fill_value=-1), [values], size=6, fillValue=-1)
    exact(
        file,
        "unique.everything",
        lambda x: jnp.unique(x, return_index=True, return_inverse=True, return_counts=True, size=4),
        [values],
        size=4,
        results="values, index, inverse, counts",
    )
    exact(file, "bincount", lambda x: jnp.bincount(x, length=9), [values], length=9)
    operation(
        file,
        "bincount.weights",
        lambda x, w: jnp.bincount(x, w, length=9),
        [values, uniform("bincount.weights", (7,))],
        length=9,
    )
    exact(
        file,
        "histogram",
        lambda x, e: jnp.histogram(x, e)[0].astype("int32"),
        [uniform("histogram", (50,)), np.linspace(-2, 2, 6).astype(np.float32)],
    )
    exact(file, "isin", jnp.isin, [values, np.array([1, 7], np.int32)])
    exact(
        file, "intersect1d", lambda x, y: jnp.intersect1d(x, y, size=2), [values, np.array([1, 7, 9], np.int32)], size=2
    )


def add_numeric(file):
    nodes = np.array([-1, -0.3, 0.5, 1.2, 3], np.float32)
    heights = uniform("interp heights", (5,))
    inside = generator("interp").uniform(-2, 4, 20).astype(np.float32)
    operation(file, "interp", jnp.interp, [inside, nodes, heights])
    operation(
        file,
        "interp.ends",
        lambda x, n, h: jnp.interp(x, n, h, left=-5, right=7),
        [inside, nodes, heights],
        left=-5,
        right=7,
    )
    operation(file, "interp.period", lambda x, n, h: jnp.interp(x, n, h, period=5), [inside, nodes, heights], period=5)
    y = uniform("trapezoid", (3, 6))
    operation(file, "trapezoid", lambda y: jnp.trapezoid(y, dx=0.5), [y], dx=0.5, axis=-1)
    operation(
        file, "trapezoid.x", lambda y, x: jnp.trapezoid(y, x), [y, np.sort(uniform("trapezoid.x", (6,)))], axis=-1
    )
    operation(file, "trapezoid.axis0", lambda y: jnp.trapezoid(y, axis=0), [y], dx=1, axis=0)
    operation(file, "polyval", jnp.polyval, [uniform("polyval", (4,)), y])
    operation(file, "convolve.full", jnp.convolve, [y[0], uniform("convolve", (4,))], mode="full")
    operation(
        file, "convolve.same", lambda x, k: jnp.convolve(x, k, "same"), [y[0], uniform("convolve", (4,))], mode="same"
    )
    operation(file, "correlate.valid", jnp.correlate, [y[0], uniform("convolve", (4,))], mode="valid")
    operation(file, "cov", jnp.cov, [y])
    operation(file, "corrcoef", jnp.corrcoef, [y])
    operation(file, "gradient", jnp.gradient, [y[0]])
    operation(
        file,
        "nanmean",
        lambda x, m: jnp.nanmean(jnp.where(m, jnp.nan, x), 1),
        [y, integers("nanmean", (3, 6), 0, 2) == 0],
        axis=1,
        python="nanmean(where(mask, nan, x), axis=1)",
    )
    exact(file, "linspace", lambda: jnp.linspace(-1, 2, 7, dtype="float32"), [], start=-1, stop=2, count=7)
    exact(
        file,
        "linspace.open",
        lambda: jnp.linspace(0, 1, 8, endpoint=False, dtype="float32"),
        [],
        start=0,
        stop=1,
        count=8,
        endpoint=False,
    )
    exact(file, "logspace", lambda: jnp.logspace(-1, 2, 5, dtype="float32"), [], start=-1, stop=2, count=5)
    exact(file, "geomspace", lambda: jnp.geomspace(0.5, 32, 7, dtype="float32"), [], start=0.5, stop=32, count=7)
    for start, stop, step in ((0, 5, 1), (2, 9, 3), (5, -4, -2), (0, 1, 0.3), (3, 3, 1)):
        exact(
            file,
            f"arange.{start}:{stop}:{step}",
            lambda: jnp.arange(start, stop, step),
            [],
            start=start,
            stop=stop,
            step=step,
        )


def add_segments(file):
    data, ids = uniform("segments", (8, 3)), np.array([0, 2, 2, 1, 0, 5, 2, 1], np.int32)
    operation(file, "segment.sum", lambda d, i: jax.ops.segment_sum(d, i, 4), [data, ids], segments=4)
    # JAX has no gradient of a product scattered to indices that repeat.
    operation(file, "segment.prod", lambda d, i: jax.ops.segment_prod(d, i, 4), [data, ids], smooth=False, segments=4)
    for name, function in (("max", jax.ops.segment_max), ("min", jax.ops.segment_min)):
        operation(
            file, f"segment.{name}", lambda d, i: function(d, i, 3), [distinct("segment max", (8, 3)), ids], segments=3
        )


def add_cases(file):
    add_sort(file)
    add_top(file)
    add_search(file)
    add_numeric(file)
    add_segments(file)
