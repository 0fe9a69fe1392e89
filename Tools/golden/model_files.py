#!/usr/bin/env python3
"""Writes Tests/Golden/models: parameters as Python's safetensors and NumPy write them, to be loaded; Tests/ParamsTests/LoadingTests.swift.

Needs the package `safetensors` besides those of requirements.txt.
"""

import json
from pathlib import Path

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

FOLDER = Path(__file__).parents[2] / "Tests" / "Golden" / "models"


def main():
    FOLDER.mkdir(exist_ok=True)
    params = {
        "layers[0].kernel": np.arange(15, dtype=np.float32).reshape(5, 3) / 8,
        "layers[0].bias": np.array([0.5, -1, 2], np.float32),
        "layers[2].kernel": np.arange(6, dtype=np.float32).reshape(3, 2) - 2,
        "layers[2].bias": np.array([1, -1], np.float32),
    }
    save_file(params, FOLDER / "network.safetensors")
    np.savez(FOLDER / "network.npz", **params)
    np.savez_compressed(FOLDER / "compressed.npz", **params)
    types = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"]
    arrays = {name: (np.arange(6) % 2 if name == "bool" else np.arange(6)).astype(name).reshape(2, 3) for name in types}
    arrays["bfloat16"] = np.arange(6).astype(ml_dtypes.bfloat16).reshape(2, 3)
    arrays |= {"scalar": np.array(7.5, np.float32), "empty": np.zeros((0, 4), np.float32)}
    save_file(arrays, FOLDER / "types.safetensors", metadata={"made by": "Python", "text": json.dumps(["ä", "\n"])})


if __name__ == "__main__":
    main()
