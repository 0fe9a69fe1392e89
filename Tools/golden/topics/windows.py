"""reduceWindow with max, min, add and its gradients; selectAndScatterAdd itself; pooling.

`padding` is a pair, low and high, for each dimension.
"""

import jax.numpy as jnp
import numpy as np
from jax import lax
from jax._src.lax import windowed_reductions

from operations import distinct, exact, integers, operation, uniform

# name: (shape, window, strides, padding, base dilation, window dilation)
WINDOWS = {
    "vector": ((9,), (3,), (1,), [(0, 0)], (1,), (1,)),
    "strided": ((9,), (3,), (2,), [(0, 0)], (1,), (1,)),
    "padded": ((7,), (3,), (2,), [(1, 2)], (1,), (1,)),
    "gaps": ((9,), (2,), (3,), [(0, 0)], (1,), (1,)),
    "windowDilation": ((9,), (3,), (1,), [(0, 1)], (1,), (2,)),
    "baseDilation": ((6,), (3,), (1,), [(1, 1)], (2,), (1,)),
    "bothDilations": ((6,), (2,), (2,), [(2, 1)], (3,), (2,)),
    "image": ((1, 6, 7, 2), (1, 2, 2, 1), (1, 2, 2, 1), [(0, 0)] * 4, (1,) * 4, (1,) * 4),
    "imageOverlapping": (
        (1, 6, 7, 2),
        (1, 3, 3, 1),
        (1, 2, 2, 1),
        [(0, 0), (1, 1), (0, 2), (0, 0)],
        (1,) * 4,
        (1,) * 4,
    ),
    "imageDilated": (
        (1, 5, 6, 1),
        (1, 2, 2, 1),
        (1, 1, 2, 1),
        [(0, 0), (1, 0), (0, 1), (0, 0)],
        (1,) * 4,
        (1, 2, 2, 1),
    ),
    "everyDimension": ((4, 5, 3), (2, 3, 2), (1, 2, 1), [(1, 0), (0, 1), (1, 1)], (1,) * 3, (1,) * 3),
    "negativePadding": ((8,), (3,), (1,), [(-1, -2)], (1,), (1,)),
    "whole": ((3, 4), (3, 4), (1, 1), [(0, 0), (0, 0)], (1, 1), (1, 1)),
    "single": ((3, 4), (1, 1), (1, 1), [(0, 0), (0, 0)], (1, 1), (1, 1)),
}


def add_windows(file):
    kinds = {"max": (-np.inf, lax.max), "min": (np.inf, lax.min), "add": (0.0, lax.add)}
    for kind, (initial, function) in kinds.items():
        for name, (shape, window, strides, padding, base, dilation) in WINDOWS.items():
            # A window that sees nothing but padding or holes gives the initial value, infinite for max and min.
            if kind != "add" and name == "bothDilations":
                continue
            case = f"reduceWindow.{kind}.{name}"
            # JAX has no gradient of a maximum with dilation or negative padding.
            smooth = kind == "add" or set(base + dilation) == {1} and name != "negativePadding"
            operand = uniform(case, shape) if kind == "add" else distinct(case, shape)
            operation(
                file,
                case,
                lambda x: lax.reduce_window(x, initial, function, window, strides, padding, base, dilation),
                [operand],
                smooth=smooth,
                window=window,
                strides=strides,
                padding=padding,
                baseDilation=base,
                windowDilation=dilation,
            )
        for padding in ("SAME", "VALID"):
            case = f"reduceWindow.{kind}.{padding}"
            operation(
                file,
                case,
                lambda x: lax.reduce_window(x, initial, function, (1, 3, 2, 1), (1, 2, 2, 1), padding),
                [distinct(case, (2, 5, 6, 1))],
                window=(1, 3, 2, 1),
                strides=(1, 2, 2, 1),
                padding=padding,
            )
    positive = uniform("reduceWindow.multiply", (3, 6), 0.5, 1.5)
    operation(
        file,
        "reduceWindow.multiply",
        lambda x: lax.reduce_window(x, 1.0, lax.mul, (2, 2), (1, 2), "VALID"),
        [positive],
        smooth=False,
        window=(2, 2),
        strides=(1, 2),
        padding="VALID",
    )
    for dtype in ("int32", "uint8", "bfloat16", "float16"):
        x = integers(f"reduceWindow {dtype}", (4, 6), 0, 20).astype(jnp.dtype(dtype))
        exact(
            file,
            f"reduceWindow.max.{dtype}",
            lambda x: lax.reduce_window(x, np.asarray(0, x.dtype), lax.max, (2, 2), (2, 2), "VALID"),
            [x],
            window=(2, 2),
            strides=(2, 2),
            padding="VALID",
        )
        exact(
            file,
            f"reduceWindow.add.{dtype}",
            lambda x: lax.reduce_window(x, np.asarray(0, x.dtype), lax.add, (2, 2), (2, 2), "VALID"),
            [x],
            window=(2, 2),
            strides=(2, 2),
            padding="VALID",
        )


def add_scatter(file):
    for select, primitive in (("greaterEqual", lax.ge_p), ("lessEqual", lax.le_p)):
        for name in ("vector", "strided", "padded", "gaps", "image", "imageOverlapping", "everyDimension"):
            shape, window, strides, padding, _, _ = WINDOWS[name]
            case = f"selectAndScatterAdd.{select}.{name}"
            operand = distinct(case, shape)
            source_shape = lax.reduce_window(operand, 0.0, lax.add, window, strides, padding).shape
            source = uniform(f"{case} source", source_shape)
            operation(
                file,
                case,
                lambda source, operand: windowed_reductions._select_and_scatter_add(
                    source, operand, primitive, window, strides, padding
                ),
                [source, operand],
                smooth=False,
                window=window,
                strides=strides,
                padding=padding,
                order="source, operand",
            )
    # Of equal elements the first in the window is selected.
    ties = integers("selectAndScatterAdd.ties", (1, 6, 6, 1), 0, 2).astype(np.float32)
    source = uniform("selectAndScatterAdd.ties source", (1, 2, 2, 1))
    operation(
        file,
        "selectAndScatterAdd.greaterEqual.ties",
        lambda source, operand: windowed_reductions._select_and_scatter_add(
            source, operand, lax.ge_p, (1, 3, 3, 1), (1, 3, 3, 1), [(0, 0)] * 4
        ),
        [source, ties],
        smooth=False,
        window=(1, 3, 3, 1),
        strides=(1, 3, 3, 1),
        padding=[(0, 0)] * 4,
        order="source, operand",
    )


def add_pooling(file):
    def average(x, padding, count_padding):
        total = lax.reduce_window(x, 0.0, lax.add, (1, 3, 3, 1), (1, 2, 2, 1), padding)
        if count_padding:
            return total / 9
        return total / lax.reduce_window(jnp.ones_like(x), 0.0, lax.add, (1, 3, 3, 1), (1, 2, 2, 1), padding)

    for padding in ("SAME", "VALID"):
        for count_padding in (True, False):
            case = f"averagePool.{padding}.{'counted' if count_padding else 'uncounted'}"
            operation(
                file,
                case,
                lambda x: average(x, padding, count_padding),
                [uniform(case, (1, 5, 6, 2))],
                window=(3, 3),
                strides=(2, 2),
                padding=padding,
                countPadding=count_padding,
            )


def add_extrema(file):
    """The largest elements as layers take them, and of windows with few elements; derivatives where some are equal."""
    for name, shape, window, strides, padding in (
        ("channelsLast", (2, 6, 8, 16), (1, 2, 2, 1), (1, 2, 2, 1), [(0, 0)] * 4),
        ("channelsLastOdd", (2, 7, 5, 11), (1, 2, 2, 1), (1, 2, 2, 1), [(0, 0)] * 4),
        ("channelsLastOverlapping", (2, 6, 8, 9), (1, 3, 3, 1), (1, 2, 2, 1), [(0, 0), (1, 1), (1, 1), (0, 0)]),
        ("channelsFirst", (3, 7, 6, 6), (1, 1, 2, 3), (1, 1, 2, 2), [(0, 0)] * 4),
        ("channelsFirstOverlapping", (3, 7, 5, 6), (1, 1, 3, 3), (1, 1, 1, 2), [(0, 0), (0, 0), (1, 0), (0, 1)]),
        ("gapped", (2, 7, 3), (1, 2, 1), (1, 3, 1), [(0, 0)] * 3),
    ):
        for ties in (False, True):
            # A name of their own: where elements are equal finite differences say nothing.
            case = f"{'maxWithTies' if ties else 'reduceWindow.max'}.{name}"
            operand = integers(case, shape, 0, 3).astype(np.float32) if ties else distinct(case, shape)
            operation(
                file,
                case,
                lambda x: lax.reduce_window(x, -np.inf, lax.max, window, strides, padding),
                [operand],
                window=window,
                strides=strides,
                padding=padding,
            )


def add_cases(file):
    add_windows(file)
    add_extrema(file)
    add_scatter(file)
    add_pooling(file)
