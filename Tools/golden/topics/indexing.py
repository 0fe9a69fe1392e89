"""gather and scatter in StableHLO's terms, and NumPy's indexing, take and `at` on top of them.

Attributes of `gather.*`: `offsetDims`, `collapsedSliceDims`, `startIndexMap`, `operandBatchingDims`,
`startIndicesBatchingDims`, `sliceSizes`, `mode` (clip: starts are moved inside; fill: what is outside becomes
`fillValue`); the last dimension of the indices is the index vector. Of `scatter.*`: `updateWindowDims`,
`insertedWindowDims`, `scatterDimsToOperandDims`, `operandBatchingDims`, `scatterIndicesBatchingDims`, `mode` (clip;
fill: an update outside is dropped). `python` is a NumPy expression.
"""

import jax.numpy as jnp
import numpy as np
from jax import lax

from operations import distinct, exact, integers, operation, uniform

# name: (operand shape, index shape with the index vector last, highest index,
#        offset dims, collapsed dims, start index map, slice sizes, operand batching dims, indices batching dims)
GATHERS = {
    "rows": ((5, 3), (4, 1), (4,), (1,), (0,), (0,), (1, 3), (), ()),
    "columns": ((3, 5), (4, 1), (4,), (0,), (1,), (1,), (3, 1), (), ()),
    "elements": ((4, 5), (6, 2), (3, 4), (), (0, 1), (0, 1), (1, 1), (), ()),
    "elementsSwapped": ((4, 5), (6, 2), (4, 3), (), (0, 1), (1, 0), (1, 1), (), ()),
    "windows": ((5, 6), (3, 2), (3, 3), (1, 2), (), (0, 1), (2, 3), (), ()),
    "windowsFirst": ((5, 6), (3, 2), (3, 3), (0, 1), (), (0, 1), (2, 3), (), ()),
    "slab": ((4, 5, 3), (2, 1), (3,), (1, 2), (1,), (1,), (4, 1, 3), (), ()),
    "matrixOfRows": ((7, 3), (2, 3, 1), (6,), (2,), (0,), (0,), (1, 3), (), ()),
    "scalarIndex": ((5, 3), (1,), (4,), (0,), (0,), (0,), (1, 3), (), ()),
    "vector": ((7,), (4, 1), (6,), (), (0,), (0,), (1,), (), ()),
    "partOfRow": ((4, 6), (5, 2), (3, 4), (1,), (0,), (0, 1), (1, 2), (), ()),
    "batched": ((2, 5, 3), (2, 4, 1), (4,), (2,), (1,), (1,), (1, 1, 3), (0,), (0,)),
    "batchedElements": ((3, 4, 5), (3, 4, 1), (4,), (2,), (2,), (2,), (1, 4, 1), (0,), (0,)),
    "batchedLast": ((5, 3, 2), (2, 4, 1), (4,), (1,), (0,), (0,), (1, 3, 1), (2,), (0,)),
}


def index(name, shape, highest, outside=False):
    """Index vectors inside the operand, or some of them below and above."""
    vectors = [
        integers(f"{name} {i}", shape[:-1], -2 if outside else 0, limit + (3 if outside else 0))
        for i, limit in enumerate(highest)
    ]
    return np.stack(vectors, -1).reshape(shape)


def add_gather(file):
    for name, (
        shape,
        index_shape,
        highest,
        offset,
        collapsed,
        start_map,
        sizes,
        operand_batch,
        index_batch,
    ) in GATHERS.items():
        numbers = lax.GatherDimensionNumbers(offset, collapsed, start_map, operand_batch, index_batch)
        attributes = {
            "offsetDims": offset,
            "collapsedSliceDims": collapsed,
            "startIndexMap": start_map,
            "operandBatchingDims": operand_batch,
            "startIndicesBatchingDims": index_batch,
            "sliceSizes": sizes,
        }
        x = uniform(f"gather.{name}", shape)
        for mode, outside in (("clip", False), ("clip", True), ("fill", True)):
            case = f"gather.{name}.{mode}{'.outside' if outside else ''}"
            fill = {"fill_value": 0.5} if mode == "fill" else {}
            operation(
                file,
                case,
                lambda x, i: lax.gather(x, i, numbers, sizes, mode=mode, **fill),
                [x, index(case, index_shape, highest, outside)],
                mode=mode,
                fillValue=fill.get("fill_value"),
                **attributes,
            )


def add_scatter(file):
    functions = {
        "set": lax.scatter,
        "add": lax.scatter_add,
        "mul": lax.scatter_mul,
        "min": lax.scatter_min,
        "max": lax.scatter_max,
    }
    for name, (
        shape,
        index_shape,
        highest,
        offset,
        collapsed,
        start_map,
        sizes,
        operand_batch,
        index_batch,
    ) in GATHERS.items():
        numbers = lax.ScatterDimensionNumbers(offset, collapsed, start_map, operand_batch, index_batch)
        attributes = {
            "updateWindowDims": offset,
            "insertedWindowDims": collapsed,
            "scatterDimsToOperandDims": start_map,
            "operandBatchingDims": operand_batch,
            "scatterIndicesBatchingDims": index_batch,
        }
        gathered = lax.GatherDimensionNumbers(offset, collapsed, start_map, operand_batch, index_batch)
        update_shape = lax.gather(np.zeros(shape), np.zeros(index_shape, np.int32), gathered, sizes).shape
        for kind, function in functions.items():
            if kind not in ("set", "add") and name not in ("rows", "elements", "windows", "batched"):
                continue
            for mode, outside in (("clip", False), ("clip", True), ("fill", True)):
                case = f"scatter.{kind}.{name}.{mode}{'.outside' if outside else ''}"
                # JAX's gradient of min and max is NaN where an index is outside.
                # Distinct values, and for `set` and `mul` distinct indices, so that no order of the updates matters.
                unique = kind in ("set", "mul")
                indices = index(case, index_shape, highest, outside)
                if unique:
                    if outside and mode == "clip" or name in ("windows", "windowsFirst", "partOfRow"):
                        continue
                    indices = unique_index(case, index_shape, highest, bool(operand_batch), outside)
                both = distinct(case, (int(np.prod(shape) + np.prod(update_shape)),), 0.5, 3.5)
                x, updates = (
                    both[: int(np.prod(shape))].reshape(shape),
                    both[int(np.prod(shape)) :].reshape(update_shape),
                )
                operation(
                    file,
                    case,
                    lambda x, i, u: function(x, i, u, numbers, mode=mode, unique_indices=unique),
                    [x, indices, updates],
                    smooth=not (outside and kind in ("min", "max")),
                    mode=mode,
                    uniqueIndices=unique,
                    **attributes,
                )


def unique_index(name, shape, highest, batched, outside):
    """Index vectors of which no two are equal (within a batch); the last lies outside if so asked."""
    total = int(np.prod([limit + 1 for limit in highest]))
    count = int(np.prod(shape[1 if batched else 0 : -1]))
    batches = shape[0] if batched else 1
    rows = [integers(f"{name} {b}", (total,), 0, 10**6).argsort()[:count] for b in range(batches)]
    if count > total:
        raise ValueError(f"{name}: {count} different indices of {total}")
    flat = np.stack(rows).reshape(-1)
    vectors = np.stack(np.unravel_index(flat, [limit + 1 for limit in highest]), -1).astype(np.int32)
    if outside:
        vectors[-1, 0] = -1 if len(vectors) % 2 else highest[0] + 2
    return vectors.reshape(shape)


def add_numpy_indexing(file):
    x = uniform("indexing", (4, 5, 3))
    i, j = np.array([3, 0, -1, 2], np.int32), np.array([[1], [4], [-2]], np.int32)
    mask = integers("indexing mask", (4,), 0, 1) > 0
    for expression in (
        "x[1]",
        "x[-1]",
        "x[1, 2]",
        "x[1, 2, 0]",
        "x[:, 2]",
        "x[..., -1]",
        "x[1:3]",
        "x[::-1]",
        "x[:, ::2]",
        "x[:, 4:0:-2, 1]",
        "x[None, :, 1]",
        "x[:, None]",
        "x[1:, :-1, 1:]",
        "x[5:]",
        "x[-2:, ..., ::-1]",
        "x[i]",
        "x[:, i]",
        "x[i, 1]",
        "x[i, :, 2]",
        "x[i, j]",
        "x[j, i]",
        "x[i[0], j]",
        "x[:, i, 0]",
        "x[i, :, i % 3]",
        "x[1:3, i]",
        "x[i, 1:3]",
        "x[j % 4, :, [2]]",
        "x[j]",
    ):
        function = eval(f"lambda x, i, j: {expression}")
        name = expression.replace(" ", "")
        operation(file, f"index.{name}", function, [x, i, j], python=expression)
    operation(file, "index.mask", lambda x: x[mask], [x], python="x[mask]", mask=mask.tolist())
    exact(file, "index.int32", lambda x, i: x[i], [integers("indexing int32", (6, 2), 0, 99), i], python="x[i]")
    exact(
        file,
        "index.outside.int32",
        lambda x, i: x[i],
        [np.arange(5, dtype=np.int32), np.array([0, 5, 9, -5, -6], np.int32)],
        python="x[i]",
    )

    u, row = uniform("indexing updates", (4, 3)), uniform("indexing row", (3,))
    for expression in (
        "x.at[1].set(0.5)",
        "x.at[:, 2].set(u)",
        "x.at[1:3, ::2].set(row)",
        "x.at[1, 2].add(row)",
        "x.at[i].add(1.5)",
        "x.at[:, i].add(u)",
        "x.at[i, 1].add(u)",
        "x.at[2].multiply(row)",
        "x.at[:, 1].divide(1 + u * u)",
        "x.at[i % 2].add(u[:, None])",
        "x.at[0, 1].min(row)",
        "x.at[0, 1].max(row)",
        "x.at[::-1].set(x)",
        "x.at[i].get()",
        "x.at[i, 0].subtract(u)",
    ):
        function = eval(f"lambda x, u, row, i: {expression}")
        operation(file, f"at.{expression[4:]}".replace(" ", ""), function, [x, u, row, i], python=expression)

    outside = np.array([[0, 4, 7], [-1, -4, -9]], np.int32)
    for mode in ("clip", "fill", "wrap"):
        fill = {"fill_value": 9.0} if mode == "fill" else {}
        for axis in (0, 1, None):
            operation(
                file,
                f"take.{mode}.{axis}",
                lambda x, i: jnp.take(x, i, axis, mode=mode, **fill),
                [x, outside],
                axis=axis,
                mode=mode,
                fillValue=fill.get("fill_value"),
            )
    for mode in ("clip", "drop"):
        operation(
            file,
            f"at.mode.{mode}",
            lambda x, i: x.at[i].add(1.0, mode=mode),
            [uniform("at.mode", (5,)), np.array([0, 4, 7, -1, -9], np.int32)],
            python=f'x.at[i].add(1.0, mode="{mode}")',
        )
    exact(file, "take.fill.default", lambda x, i: jnp.take(x, i, 0), [x[:, 0, 0], outside], axis=0)
    for axis in (0, 1, 2):
        along = integers(f"takeAlong {axis}", (4, 5, 3), 0, (4, 5, 3)[axis] - 1)
        operation(file, f"takeAlong.{axis}", lambda x, i: jnp.take_along_axis(x, i, axis), [x, along], axis=axis)
    operation(
        file,
        "takeAlong.broadcast",
        lambda x, i: jnp.take_along_axis(x, i, 1),
        [x, integers("takeAlong", (1, 2, 3), -5, 4)],
        axis=1,
    )
    operation(file, "dynamicIndexInDim", lambda x, i: lax.dynamic_index_in_dim(x, i, 1), [x, np.int32(3)], axis=1)
    operation(
        file,
        "dynamicIndexInDim.dropped",
        lambda x, i: lax.dynamic_index_in_dim(x, i, 1, False),
        [x, np.int32(-2)],
        axis=1,
        keepDimensions=False,
    )
    choices = uniform("choose", (3, 4))
    operation(
        file, "choose", lambda i, c: jnp.choose(i, list(c), mode="clip"), [np.array([2, 0, 1, 1], np.int32), choices]
    )
    exact(
        file,
        "unravelIndex",
        lambda i: jnp.unravel_index(i, (4, 5, 3)),
        [np.array([0, 17, 59], np.int32)],
        shape=(4, 5, 3),
    )
    exact(
        file,
        "ravelMultiIndex",
        lambda i, j: jnp.ravel_multi_index((i, j), (4, 5), mode="clip"),
        [np.array([0, 3, 9], np.int32), np.array([4, 2, 1], np.int32)],
        shape=(4, 5),
        mode="clip",
    )


def add_cases(file):
    add_gather(file)
    add_scatter(file)
    add_numpy_indexing(file)
