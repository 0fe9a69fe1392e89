"""A golden file: named cases, each with arrays and attributes, written as one safetensors file.

The writer is our own thirty lines because the file must be the same bytes on every run
(the safetensors package writes metadata in hash order) and must hold bfloat16.
"""

import json
import zlib

import ml_dtypes
import numpy as np

# safetensors' name of a dtype, by NumPy's.
DTYPE_NAMES = {
    "bool": "BOOL",
    "int8": "I8",
    "int16": "I16",
    "int32": "I32",
    "int64": "I64",
    "uint8": "U8",
    "uint16": "U16",
    "uint32": "U32",
    "uint64": "U64",
    "float16": "F16",
    "bfloat16": "BF16",
    "float32": "F32",
    "float64": "F64",
}
_DTYPES = {code: np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name) for name, code in DTYPE_NAMES.items()}


def generator(name):
    """A NumPy generator whose stream depends on nothing but `name`."""
    return np.random.default_rng(zlib.crc32(name.encode()))


class GoldenFile:
    """The cases of one topic, in memory."""

    def __init__(self):
        self.arrays = {}
        self.attributes = {}

    def add(self, case, arrays, **attributes):
        """Adds a case: its arrays by part name, and whatever else a reader must know of it."""
        if case in self.attributes:
            raise ValueError(f"two cases are named {case!r}")
        if "/" in case:
            raise ValueError(f"a case's name has no slash: {case!r}")
        self.attributes[case] = attributes
        for part, array in arrays.items():
            array = np.asarray(array)
            if array.dtype.name not in DTYPE_NAMES:
                raise TypeError(f"{case}/{part}: no golden file holds dtype {array.dtype}")
            self.arrays[f"{case}/{part}"] = array.copy(order="C")

    def to_bytes(self):
        """The safetensors file: widest elements first, so that every array is aligned."""
        header = {
            "__metadata__": {
                case: json.dumps(self.attributes[case], sort_keys=True) for case in sorted(self.attributes)
            }
        }
        names = sorted(self.arrays, key=lambda name: (-self.arrays[name].itemsize, name))
        offset = 0
        for name in names:
            array = self.arrays[name]
            header[name] = {
                "dtype": DTYPE_NAMES[array.dtype.name],
                "shape": list(array.shape),
                "data_offsets": [offset, offset + array.nbytes],
            }
            offset += array.nbytes
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        return b"".join([len(text).to_bytes(8, "little"), text] + [self.arrays[name].tobytes() for name in names])

    @classmethod
    def from_bytes(cls, data):
        """Reads what `to_bytes` wrote."""
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + length])
        file = cls()
        file.attributes = {case: json.loads(text) for case, text in header.pop("__metadata__", {}).items()}
        for name, entry in header.items():
            first, last = (8 + length + offset for offset in entry["data_offsets"])
            array = np.frombuffer(data[first:last], dtype=_DTYPES[entry["dtype"]])
            file.arrays[name] = array.reshape(entry["shape"])
        return file


def differences(old, new, tolerance):
    """Lines saying where two golden files differ; floats may differ by `tolerance`, relative to the largest element."""
    lines = []
    for name in sorted(old.arrays.keys() | new.arrays.keys()):
        if name not in new.arrays or name not in old.arrays:
            lines.append(f"{name}: only in the {'file' if name in old.arrays else 'new run'}")
            continue
        a, b = old.arrays[name], new.arrays[name]
        if a.dtype != b.dtype or a.shape != b.shape:
            lines.append(f"{name}: {a.dtype}{list(a.shape)} became {b.dtype}{list(b.shape)}")
        elif a.tobytes() != b.tobytes():
            exact = a.dtype.kind in "biu"
            a, b = a.astype(np.float64), b.astype(np.float64)
            finite = a[np.isfinite(a)]
            scale = tolerance * (np.abs(finite).max() if finite.size else 1)
            if exact or not np.allclose(a, b, rtol=0, atol=scale, equal_nan=True):
                with np.errstate(invalid="ignore"):
                    lines.append(f"{name}: differs by up to {np.nanmax(np.abs(a - b)):.3g}")
    for case in sorted(old.attributes.keys() | new.attributes.keys()):
        # Through JSON, as the file has been: a tuple there is a list here.
        rerun = json.loads(json.dumps(new.attributes.get(case)))
        if old.attributes.get(case) != rerun:
            lines.append(f"{case}: attributes {old.attributes.get(case)} became {rerun}")
    return lines
