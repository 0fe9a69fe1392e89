#!/usr/bin/env python3
"""Writes Tests/Golden/numpy: files in NumPy's own formats, to be read and written byte by byte the same.

The elements count from 0, or from -2 where the type has a sign; see Tests/DataTests/NPYTests.swift.
"""

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[2] / "Tests" / "Golden" / "numpy"

TYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]


def counting(dtype, shape):
    """An array of this shape that counts."""
    count = int(np.prod(shape))
    if dtype == "?":
        return (np.arange(count) % 2 == 1).reshape(shape)
    start = 0 if dtype[0] == "u" else -2
    return np.arange(start, start + count).astype(dtype).reshape(shape)


def main():
    FOLDER.mkdir(exist_ok=True)
    for dtype in TYPES:
        name = "bool" if dtype == "?" else dtype
        np.save(FOLDER / f"{name}.npy", counting(dtype, (2, 3)))
    for name, shape in [("scalar", ()), ("row", (5,)), ("empty", (0, 7)), ("deep", (1, 2, 1, 2, 1, 2))]:
        np.save(FOLDER / f"{name}.npy", counting("f4", shape))
    np.save(FOLDER / "columns.npy", np.asfortranarray(counting("i4", (2, 3, 4))))
    np.save(FOLDER / "big_endian.npy", counting("i4", (2, 3)).astype(">i4"))
    for version in [(2, 0), (3, 0)]:
        with open(FOLDER / f"version_{version[0]}.npy", "wb") as file:
            np.lib.format.write_array(file, counting("f4", (2, 3)), version=version)
    np.save(FOLDER / "complex.npy", np.zeros(2, "c8"))
    np.save(FOLDER / "text.npy", np.array(["a", "bc"]))
    arrays = {"weights/0": counting("f4", (2, 3)), "labels": counting("u1", (100,))}
    np.savez(FOLDER / "stored.npz", **arrays)
    np.savez_compressed(FOLDER / "compressed.npz", **arrays)


if __name__ == "__main__":
    main()
