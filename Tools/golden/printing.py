#!/usr/bin/env python3
"""Writes Tests/Golden/printing.json: arrays as exact bytes, and beside each the text that NumPy prints for it.

    printing.py             write the file
    printing.py --check     compare instead of writing; exit status 1 where it differs

Each array has `dtype`, `shape` and either `hex`, its memory (little-endian), or `arange`, for `numpy.arange`; then
`str`, NumPy's `str(array)`; `debug`, its `repr` under the name and with the types that Tensor prints; and with
`options` (precision, threshold, edgeItems, lineWidth) `formatted`, its `array2string`. `scalars` has lists of numbers,
with the `str` of each.
"""

import json
import pathlib
import sys

import ml_dtypes
import numpy as np

FILE = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Golden" / "printing.json"
LINE_WIDTH = 75

# NumPy's name of each option.
OPTIONS = {
    "precision": "precision", "threshold": "threshold", "edgeItems": "edgeitems", "lineWidth": "max_line_width",
}

f16, f32, f64, bf16 = np.float16, np.float32, np.float64, ml_dtypes.bfloat16


def shortest_bfloat16(x):
    """The float64 that reads as the fewest digits telling a bfloat16 from its neighbours: NumPy prints no bfloat16."""
    if not np.isfinite(x):
        return float(x)
    texts = (f"{float(x):.{digits}e}" for digits in range(8))
    return next(float(text) for text in texts if bf16(float(text)) == x)


def printable(array):
    if array.dtype != bf16:
        return array
    return np.array([shortest_bfloat16(x) for x in array.ravel()], f64).reshape(array.shape)


def debug(array):
    """NumPy's `array_repr`, with a Tensor's name and types."""
    elements = np.array2string(
        printable(array), max_line_width=LINE_WIDTH, separator=", ", prefix="Tensor(", suffix=")")
    start = f"Tensor({elements},"
    shows_shape = array.size <= 1000 and (array.size > 0 or array.ndim == 1)
    end = array.dtype.name + ("" if shows_shape else f"{list(array.shape)}") + ")"
    fits = len(start) - (start.rfind("\n") + 1) + 1 + len(end) <= LINE_WIDTH
    return start + (" " if fits else "\n" + " " * len("Tensor(")) + end


def row(name, array, **options):
    array = np.asarray(array)
    entry = {"name": name, "dtype": array.dtype.name, "shape": list(array.shape)}
    if array.size > 500:
        assert (array.ravel() == np.arange(array.size)).all(), f"{name}: too long for the file"
        entry["arange"] = True
    else:
        entry["hex"] = array.tobytes().hex()
    if options:
        entry["options"] = options
        entry["formatted"] = np.array2string(
            printable(array), **{OPTIONS[option]: value for option, value in options.items()})
    else:
        with np.printoptions(linewidth=LINE_WIDTH):
            entry["str"] = str(printable(array))
        entry["debug"] = debug(array)
    return entry


def arrays():
    rng = np.random.default_rng(0)
    nan, inf = np.nan, np.inf
    matrix = np.array([[1, -2.5, 3], [4.25, 5, 6]], f32)
    yield row("integers as floats", np.array([1, 2, 3], f32))
    yield row("different numbers of digits", np.array([1, 2.5, 3.125, -4], f32))
    yield row("matrix", matrix)
    yield row("matrix of float64", matrix.astype(f64))
    yield row("cube", np.arange(24, dtype=f32).reshape(2, 3, 4) / 4)
    yield row("four dimensions", np.arange(16, dtype=np.int32).reshape(2, 2, 2, 2))
    yield row("one element", np.array([0.1], f32))
    yield row("one element in three dimensions", np.array([[[0.1]]], f32))
    yield row("fewest digits of float32", np.array([0.1, 0.2, 0.3, 1 / 3], f32))
    yield row("fewest digits of float64", np.array([0.1, 0.2, 0.30000000000000004, 1 / 3], f64))
    yield row("fewest digits of float16", np.array([0.1, 0.2, 0.3, 1 / 3], f16))
    yield row("fewest digits of bfloat16", np.array([0.1, 0.2, 0.3, 1 / 3], bf16))
    yield row("bfloat16", np.array([[1, 2.5], [-100, 3.140625]], bf16))
    yield row("bfloat16, small", np.array([1e-5, 2e-6], bf16))
    yield row("zeros of either sign", np.array([0.0, -0.0], f32))
    yield row("only zeros", np.zeros((2, 3), f32))
    yield row("nan and infinity", np.array([1, nan, inf], f32))
    yield row("negative infinity", np.array([1.5, -inf, nan], f32))
    yield row("only nan", np.array([nan, nan], f32))
    yield row("only infinities", np.array([inf, -inf], f32))
    yield row("nan among exponents", np.array([nan, 1e-10, -inf], f32))
    yield row("infinity among long numbers", np.array([123.456, inf], f32))
    yield row("large float32", np.array([1, 1e6], f32))
    yield row("largest without exponent, float32", np.array([999999, 1000], f32))
    yield row("large float64", np.array([1e5, 1e8], f64))
    yield row("largest without exponent, float64", np.array([99999999, 1e6], f64))
    yield row("large float16", np.array([1000, 65504], f16))
    yield row("largest without exponent, float16", np.array([999.5, 1], f16))
    yield row("small", np.array([1e-5, 2.5e-5], f32))
    yield row("smallest without exponent", np.array([1e-4, 2.5e-4], f32))
    yield row("smallest without exponent, float64", np.array([1e-4, 2.5e-4], f64))
    yield row("ratio of 1000", np.array([0.001, 1], f64))
    yield row("ratio above 1000", np.array([0.001, 1.001], f64))
    yield row("ratio above 1000, float32", np.array([0.01, 10.5], f32))
    yield row("exponents with different digits", np.array([1e-10, 1.2345679e-10], f32))
    yield row("exponents of three digits", np.array([1e-100, 1, 1.5e200], f64))
    yield row("least numbers of float64", np.array([5e-324, 2.2250738585072014e-308], f64))
    yield row("least numbers of float32", np.array([1e-45, 1.1754944e-38], f32))
    yield row("negative exponents", np.array([-1e-7, 1], f32))
    yield row("a power of two with unequal neighbours", np.array([2.0 ** -44, 9007199254740992.0], f64))
    yield row("rounded to eight digits", np.array([1 / 3, 2 / 3, 1.000000001, 0.123456785], f64))
    yield row("rounded up to one", np.array([0.9999999999, 0.5], f64))
    yield row("pi and e", np.array([np.pi, np.e], f64))
    yield row("random float32", rng.standard_normal((4, 5)).astype(f32))
    yield row("random float64", rng.standard_normal((3, 4)))
    yield row("random float16", rng.standard_normal((4, 5)).astype(f16))
    yield row("random magnitudes", (10.0 ** rng.uniform(-12, 12, (6, 3))).astype(f32))
    yield row("random rows that wrap", rng.uniform(-10, 10, (3, 20)).astype(f32))
    yield row("integers", np.array([1, 20, -300], np.int32))
    yield row("integer matrix", np.array([[1, 200], [-3, 4]], np.int64))
    yield row("extreme int64", np.array([-2 ** 63, 2 ** 63 - 1], np.int64))
    yield row("extreme uint64", np.array([0, 2 ** 64 - 1], np.uint64))
    yield row("int8", np.array([[-128, 127], [0, 1]], np.int8))
    yield row("uint8", np.array([0, 255], np.uint8))
    yield row("uint16", np.array([[7], [65535]], np.uint16))
    yield row("bool", np.array([True, False]))
    yield row("bool matrix", np.array([[True, True], [False, True]]))
    yield row("only true", np.array([True, True]))
    yield row("a wrapped row", np.arange(40, dtype=np.int32))
    yield row("a row of 75 characters", np.arange(100, 119, dtype=np.int32))
    yield row("wrapped rows", np.arange(60, dtype=np.int32).reshape(2, 30) * 1000)
    yield row("wrapped floats", np.arange(20, dtype=f32) / 7)
    yield row("a type on a line of its own", np.arange(21, dtype=np.int32))
    for shape in ((0,), (0, 3), (3, 0), (2, 0, 4)):
        yield row(f"empty {shape}", np.zeros(shape, f32))
    yield row("no dimensions", np.array(2.5, f32))
    yield row("no dimensions, integer", np.array(-7, np.int32))
    yield row("no dimensions, bool", np.array(True))
    yield row("no dimensions, nan", np.array(nan, f32))
    yield row("no dimensions, large", np.array(1e6, f32))
    yield row("no dimensions, small", np.array(1e-4, f32))
    yield row("1000 elements", np.arange(1000, dtype=np.int32))
    yield row("1001 elements", np.arange(1001, dtype=np.int32))
    yield row("2000 floats", np.arange(2000, dtype=f32))
    yield row("abbreviated matrix", np.arange(3000, dtype=np.int32).reshape(50, 60))
    yield row("abbreviated in one dimension", np.arange(4000, dtype=np.int32).reshape(4, 1000))
    yield row("abbreviated cube", np.arange(2700, dtype=f32).reshape(20, 15, 9))
    yield row("abbreviated, nothing left out of a row", np.arange(1500, dtype=np.int32).reshape(250, 6))
    yield row("precision 3", np.array([1 / 3, 2, 1e-3], f64), precision=3)
    yield row("precision 0", np.array([0.5, 1.5, 2.5, 1.4], f64), precision=0)
    yield row("precision 2 with exponents", np.array([1.2345e-7, 9.999e3], f64), precision=2)
    yield row("precision 12", np.array([np.pi, 1 / 3], f64), precision=12)
    yield row("precision 20 of float32", np.array([0.1, 0.25], f32), precision=20)
    yield row("precision of a scalar", np.array(1 / 3, f64), precision=4)
    yield row("threshold 5", np.arange(10, dtype=np.int32), threshold=5)
    yield row("threshold 0", np.arange(6, dtype=np.int32), threshold=0)
    yield row("edge items 1", np.arange(36, dtype=f32).reshape(6, 6), threshold=10, edgeItems=1)
    yield row("edge items 2", np.arange(100, dtype=f32).reshape(4, 5, 5), threshold=10, edgeItems=2)
    yield row("threshold above", np.arange(1200, dtype=np.int32), threshold=2000)
    yield row("line width 40", np.arange(30, dtype=np.int32), lineWidth=40)
    yield row("line width 12", np.array([[1.5, 2.25, 3], [4, 5, 6]], f32), lineWidth=12)
    yield row("line width 1", np.array([10, 20, 30], np.int32), lineWidth=1)
    yield row("no line width", np.arange(60, dtype=np.int32), lineWidth=10000)


def scalars():
    rng = np.random.default_rng(1)
    # The least and greatest power of ten of each type.
    for dtype, bits, *bounds in ((f16, np.uint16, -8, 5), (f32, np.uint32, -46, 39), (f64, np.uint64, -324, 309)):
        random = rng.integers(0, np.iinfo(bits).max, 150, bits, endpoint=True).view(dtype)
        powers = np.array([10.0 ** e for e in np.linspace(*bounds, 40).round()[:-1]], dtype)
        powers_of_two = np.array([2.0 ** e for e in (np.linspace(*bounds, 60) * np.log2(10)).round()[:-1]], dtype)
        near = np.array([9.5, 99.95, 999.5, 0.001, 1e-4, 9.9e-5, 1e5, 999999, 1e6, 1e7, 16777216, 1 / 3, 100, 0], dtype)
        numbers = np.concatenate([random, powers, powers_of_two, near])
        yield {"dtype": dtype(0).dtype.name, "hex": numbers.tobytes().hex(), "texts": [str(x) for x in numbers]}


def main():
    with np.errstate(all="ignore"):
        lists = {"arrays": list(arrays()), "scalars": list(scalars())}
    blocks = (f' "{name}": [\n  ' + ",\n  ".join(map(json.dumps, rows)) + "\n ]" for name, rows in lists.items())
    text = "{\n" + ",\n".join(blocks) + "\n}\n"
    if "--check" in sys.argv[1:]:
        same = FILE.read_text() == text
        print("printing: " + ("as in the file" if same else "differs"))
        return 0 if same else 1
    FILE.write_text(text)
    print(f"printing: {len(lists['arrays'])} arrays, {len(text)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
