"""convGeneralDilated: sixty configurations drawn at random, layouts that networks use, and transposed convolution.

Attributes, in StableHLO's terms: `strides`, `padding` (pairs, low and high, for each spatial dimension),
`lhsDilation`, `rhsDilation`, `featureGroupCount`, `batchGroupCount`; `lhsSpec` and `outSpec` give the dimensions of
batch, feature and each spatial dimension, `rhsSpec` those of output feature, input feature and each spatial dimension.
"""

import jax.numpy as jnp
import numpy as np
from jax import lax

from golden_file import generator
from operations import exact, integers, operation, uniform

COUNT = 60


def configuration(rng):
    """Shapes and attributes at random, with at least one element in the result."""
    while True:
        spatial = int(rng.choice([1, 2, 3], p=[0.35, 0.5, 0.15]))
        draw = lambda low, high: rng.integers(low, high, spatial, endpoint=True).tolist()
        plain = rng.random() < 0.3
        strides = draw(1, 3)
        lhs_dilation = [1] * spatial if plain or rng.random() < 0.5 else draw(1, 3)
        rhs_dilation = [1] * spatial if plain or rng.random() < 0.5 else draw(1, 2)
        low = -1 if rng.random() < 0.25 else 0
        padding = [list(pair) for pair in zip(draw(low, 2), draw(low, 3))]
        size, kernel = draw(2, 6 if spatial < 3 else 4), draw(1, 3)
        groups, kind = (
            int(rng.integers(2, 3, endpoint=True)),
            rng.choice(["none", "feature", "batch"], p=[0.55, 0.25, 0.2]),
        )
        features, out_features, batch = (int(rng.integers(1, 3, endpoint=True)) for _ in range(3))
        feature_groups = groups if kind == "feature" else 1
        batch_groups = groups if kind == "batch" else 1
        features *= feature_groups
        out_features *= feature_groups * batch_groups
        batch *= batch_groups

        out = []
        for i in range(spatial):
            dilated = (size[i] - 1) * lhs_dilation[i] + 1 + sum(padding[i])
            window = (kernel[i] - 1) * rhs_dilation[i] + 1
            out.append((dilated - window) // strides[i] + 1)
        if min(out) < 1 or np.prod(out) > 40:
            continue

        rank = spatial + 2
        choice = rng.integers(0, 3)
        if choice == 0:  # channels last: NHWC, HWIO
            specs = [
                (0, rank - 1, *range(1, rank - 1)),
                (rank - 1, rank - 2, *range(rank - 2)),
                (0, rank - 1, *range(1, rank - 1)),
            ]
        elif choice == 1:  # channels first: NCHW, OIHW
            specs = [tuple(range(rank))] * 3
        else:
            specs = [tuple(rng.permutation(rank).tolist()) for _ in range(3)]

        def arrange(sizes, spec):
            shape = [0] * rank
            for size, dimension in zip(sizes, spec):
                shape[dimension] = size
            return tuple(shape)

        lhs = arrange((batch, features, *size), specs[0])
        rhs = arrange((out_features, features // feature_groups, *kernel), specs[1])
        attributes = {
            "strides": strides,
            "padding": padding,
            "lhsDilation": lhs_dilation,
            "rhsDilation": rhs_dilation,
            "featureGroupCount": feature_groups,
            "batchGroupCount": batch_groups,
            "lhsSpec": specs[0],
            "rhsSpec": specs[1],
            "outSpec": specs[2],
        }
        # Padding and holes alone would test nothing.
        if convolution(attributes)(jnp.ones(lhs), jnp.ones(rhs)).any():
            return lhs, rhs, attributes


def convolution(attributes):
    numbers = lax.ConvDimensionNumbers(*(tuple(attributes[key]) for key in ("lhsSpec", "rhsSpec", "outSpec")))
    return lambda x, w: lax.conv_general_dilated(
        x,
        w,
        attributes["strides"],
        attributes["padding"],
        attributes["lhsDilation"],
        attributes["rhsDilation"],
        numbers,
        attributes["featureGroupCount"],
        attributes["batchGroupCount"],
    )


def add_random(file):
    rng = generator("convolution")
    for i in range(COUNT):
        lhs, rhs, attributes = configuration(rng)
        case = f"convGeneralDilated.{i}"
        operation(
            file, case, convolution(attributes), [uniform(f"{case} x", lhs), uniform(f"{case} w", rhs)], **attributes
        )


def add_named(file):
    """The calls that layers make, with padding by name."""
    for name, lhs, rhs, strides, padding, numbers, groups in (
        ("same", (2, 5, 6, 2), (3, 3, 2, 3), (1, 1), "SAME", ("NHWC", "HWIO", "NHWC"), 1),
        ("sameStrided", (1, 7, 6, 2), (3, 3, 2, 2), (2, 2), "SAME", ("NHWC", "HWIO", "NHWC"), 1),
        ("sameEven", (1, 5, 5, 1), (2, 4, 1, 2), (1, 2), "SAME", ("NHWC", "HWIO", "NHWC"), 1),
        ("valid", (2, 5, 6, 2), (3, 2, 2, 3), (1, 1), "VALID", ("NHWC", "HWIO", "NHWC"), 1),
        ("validStrided", (1, 7, 6, 2), (2, 3, 2, 2), (2, 3), "VALID", ("NHWC", "HWIO", "NHWC"), 1),
        ("depthwise", (1, 5, 5, 3), (3, 3, 1, 6), (1, 1), "SAME", ("NHWC", "HWIO", "NHWC"), 3),
        ("pointwise", (2, 3, 3, 4), (1, 1, 4, 3), (1, 1), "VALID", ("NHWC", "HWIO", "NHWC"), 1),
        ("channelsFirst", (2, 3, 5, 4), (2, 3, 3, 3), (1, 1), "SAME", ("NCHW", "OIHW", "NCHW"), 1),
        ("line", (2, 8, 3), (3, 3, 4), (2,), "SAME", ("NWC", "WIO", "NWC"), 1),
        ("volume", (1, 4, 3, 4, 2), (2, 2, 2, 2, 2), (1, 1, 1), "VALID", ("NDHWC", "DHWIO", "NDHWC"), 1),
    ):
        case = f"conv.{name}"
        operation(
            file,
            case,
            lambda x, w: lax.conv_general_dilated(
                x, w, strides, padding, dimension_numbers=numbers, feature_group_count=groups
            ),
            [uniform(f"{case} x", lhs), uniform(f"{case} w", rhs)],
            strides=strides,
            padding=padding,
            dimensionNumbers=numbers,
            featureGroupCount=groups,
        )
    for name, lhs, rhs, strides, padding, transposed in (
        ("valid", (1, 3, 4, 2), (3, 3, 2, 3), (2, 2), "VALID", False),
        ("same", (1, 3, 4, 2), (3, 3, 2, 3), (2, 2), "SAME", False),
        ("sameOdd", (1, 3, 3, 1), (2, 5, 1, 2), (3, 2), "SAME", False),
        ("unit", (2, 3, 4, 2), (3, 2, 2, 3), (1, 1), "VALID", False),
        ("kernelTransposed", (1, 3, 4, 2), (3, 3, 3, 2), (2, 2), "SAME", True),
    ):
        case = f"convTranspose.{name}"
        operation(
            file,
            case,
            lambda x, w: lax.conv_transpose(
                x, w, strides, padding, dimension_numbers=("NHWC", "HWIO", "NHWC"), transpose_kernel=transposed
            ),
            [uniform(f"{case} x", lhs), uniform(f"{case} w", rhs)],
            strides=strides,
            padding=padding,
            transposeKernel=transposed,
            dimensionNumbers=("NHWC", "HWIO", "NHWC"),
        )
    operation(
        file,
        "convPatches",
        lambda x: lax.conv_general_dilated_patches(
            x, (2, 3), (1, 2), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
        ),
        [uniform("convPatches", (1, 4, 5, 2))],
        filterShape=(2, 3),
        strides=(1, 2),
        padding="VALID",
        dimensionNumbers=("NHWC", "HWIO", "NHWC"),
    )
    for dtype in ("float16", "bfloat16", "int32", "float64"):
        x, w = (
            integers(f"conv {dtype} {i}", shape, -3, 3).astype(jnp.dtype(dtype))
            for i, shape in enumerate(((1, 4, 5, 2), (2, 3, 2, 2)))
        )
        exact(
            file,
            f"conv.{dtype}",
            lambda x, w: lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")),
            [x, w],
            strides=(1, 1),
            padding="SAME",
            dimensionNumbers=("NHWC", "HWIO", "NHWC"),
            featureGroupCount=1,
        )


def add_corners(file):
    """Configurations at the edge of what there is."""
    plain = {"lhsDilation": [1], "rhsDilation": [1], "featureGroupCount": 1, "batchGroupCount": 1}
    line = {"lhsSpec": (0, 2, 1), "rhsSpec": (2, 1, 0), "outSpec": (0, 2, 1)}
    for name, lhs, rhs, attributes in (
        ("noExamples", (0, 4, 2), (3, 2, 3), {"strides": [1], "padding": [[1, 1]]}),
        ("noFeatures", (2, 4, 0), (3, 0, 3), {"strides": [1], "padding": [[1, 1]]}),
        ("noOutputFeatures", (2, 4, 2), (3, 2, 0), {"strides": [1], "padding": [[1, 1]]}),
        ("noSpace", (2, 0, 2), (3, 2, 2), {"strides": [1], "padding": [[2, 2]]}),
        ("kernelTooLarge", (1, 3, 2), (5, 2, 2), {"strides": [1], "padding": [[0, 1]]}),
        ("mostlyPadding", (1, 2, 2), (3, 2, 2), {"strides": [2], "padding": [[7, 9]]}),
        ("cutToNothing", (1, 4, 2), (1, 2, 2), {"strides": [1], "padding": [[-3, -1]]}),
        ("cutBoth", (1, 7, 2), (2, 2, 2), {"strides": [2], "padding": [[-2, -1]]}),
        ("cutHoles", (1, 4, 2), (3, 2, 2), {"strides": [2], "padding": [[-2, -3]], "lhsDilation": [3]}),
        ("onlyHoles", (1, 3, 2), (2, 2, 2), {"strides": [3], "padding": [[-1, 0]], "lhsDilation": [3]}),
        ("allDilated", (1, 5, 2), (3, 2, 2), {"strides": [3], "padding": [[4, 5]], "lhsDilation": [4], "rhsDilation": [6]}),
        ("depthwiseMany", (1, 5, 9), (3, 1, 9), {"strides": [1], "padding": [[1, 1]], "featureGroupCount": 9}),
        ("multiplied", (2, 5, 3), (3, 1, 12), {"strides": [2], "padding": [[1, 1]], "featureGroupCount": 3}),
        ("groupedWide", (2, 6, 16), (3, 8, 10), {"strides": [1], "padding": [[1, 1]], "featureGroupCount": 2}),
        ("batchGroupedWide", (6, 9, 8), (4, 8, 12), {"strides": [1], "padding": [[1, 2]], "batchGroupCount": 3}),
    ):
        attributes = plain | attributes | line
        case = f"convGeneralDilated.corner.{name}"
        operands = [uniform(f"{case} x", lhs), uniform(f"{case} w", rhs)]
        operation(file, case, convolution(attributes), operands, **attributes)
    for rank, lhs, rhs in ((0, (3, 4), (2, 4)), (4, (1, 2, 3, 2, 3, 2), (2, 2, 2, 2, 2, 1))):
        numbers = tuple(range(rank + 2))
        attributes = {
            "strides": [1] * rank,
            "padding": [[0, 1]] * rank,
            "lhsDilation": [1] * rank,
            "rhsDilation": [1] * rank,
            "featureGroupCount": 1,
            "batchGroupCount": 1,
            "lhsSpec": numbers,
            "rhsSpec": numbers,
            "outSpec": numbers,
        }
        case = f"convGeneralDilated.corner.rank{rank}"
        operands = [uniform(f"{case} x", lhs), uniform(f"{case} w", rhs)]
        operation(file, case, convolution(attributes), operands, **attributes)


def add_cases(file):
    add_random(file)
    add_named(file)
    add_corners(file)
