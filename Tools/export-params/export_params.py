#!/usr/bin/env python3
"""Writes a tree of parameters from Python as a safetensors file that the Swift library loads.

    export_params.py params.pkl model.safetensors          a pickled tree: stax, Haiku, JAXnet, Flax
    export_params.py params.msgpack model.safetensors      what flax.serialization wrote
    export_params.py variables.pkl state.safetensors --collection batch_stats

or, where the parameters are in memory, with this file beside the program:

    from export_params import export_params
    export_params(params, "model.safetensors")

A tensor is named by its path: keys of dictionaries and fields of named tuples joined by dots, positions in brackets. A slash in
a key, as in Haiku's, is a dot:

    stax     [(W, b), (), (W, b)]                             [0][0], [0][1], [2][0], [2][1]
    JAXnet   sequential(layers=(dense(kernel, bias), …))      layers[0].kernel, layers[0].bias, …
    Flax     {"params": {"Dense_0": {"kernel", "bias"}}}      Dense_0.kernel, Dense_0.bias
    Haiku    {"mlp/~/linear_0": {"w", "b"}}                   mlp.~.linear_0.w, mlp.~.linear_0.b

Of Flax's variables it writes one collection, `params` unless told otherwise. The structure of a tree of tuples and lists is in the
file's metadata, so that stax's `()` are not lost.

Needs numpy and safetensors; jax for trees that hold its arrays, flax for its files. A pickle can run any program: open none that
you do not trust.
"""

import argparse
import json
import pathlib
import pickle
import sys
from collections.abc import Mapping

import numpy as np
from safetensors.numpy import save_file

# Characters with a meaning in paths.
RESERVED = set('.[]"')


class ExportError(Exception):
    """What is wrong with a tree, for the person who exports it."""


def is_named_tuple(tree):
    return isinstance(tree, tuple) and hasattr(tree, "_fields")


def named_parts(tree):
    """The parts of a mapping or a named tuple with their names; None for other trees."""
    if isinstance(tree, Mapping):
        return [(str(key), part) for key, part in tree.items()]
    if is_named_tuple(tree):
        return list(zip(tree._fields, tree, strict=True))
    return None


def flatten(tree, path=""):
    """Pairs of a path and an array, in the order of the tree."""
    named = named_parts(tree)
    if named is not None:
        for key, part in named:
            names = key.split("/")
            if any(not name or RESERVED & set(name) for name in names):
                raise ExportError(f"the key {key!r} in {path or 'the tree'} cannot be part of a path")
            yield from flatten(part, ".".join(([path] if path else []) + names))
    elif isinstance(tree, (tuple, list)):
        for index, part in enumerate(tree):
            yield from flatten(part, f"{path}[{index}]")
    elif tree is not None:
        array = np.ascontiguousarray(tree)
        if array.dtype.kind in "OUS":
            raise ExportError(f"{path or 'the tree'} is a {type(tree).__name__}, not an array")
        # Scalars stay scalars.
        yield path, array.reshape(np.shape(tree))


def structure(tree):
    """A tree of tuples and lists as JSON: "*" for an array, [...] for a tuple, {"list": [...]} for a list; None for others."""
    if named_parts(tree) is not None or tree is None:
        return None
    if not isinstance(tree, (tuple, list)):
        return "*"
    parts = [structure(part) for part in tree]
    if None in parts:
        return None
    return {"list": parts} if isinstance(tree, list) else parts


def collection_of(tree, collection):
    """One collection of Flax's variables; trees that are none stay as they are."""
    if not isinstance(tree, Mapping) or not {"params", collection} & set(tree):
        return tree
    if collection not in tree:
        raise ExportError(f"there is no collection {collection!r}; there is: {', '.join(map(str, tree))}")
    others = [str(key) for key in tree if key != collection]
    if others:
        print(f"left out: {', '.join(others)} (see --collection)", file=sys.stderr)
    return tree[collection]


def export_params(tree, path, collection="params"):
    """Writes a tree; returns the names of its arrays."""
    tree = collection_of(tree, collection)
    arrays = {}
    for name, array in flatten(tree):
        if not name:
            raise ExportError("the tree is one array, which has no path: put it into a dictionary or a list")
        if name in arrays:
            raise ExportError(f"two arrays have the path {name!r}")
        arrays[name] = array
    if not arrays:
        raise ExportError("the tree has no arrays")
    shape = structure(tree)
    save_file(arrays, path, metadata=None if shape is None else {"pytree": json.dumps(shape)})
    return list(arrays)


def read_tree(path):
    if path.suffix == ".msgpack":
        from flax import serialization

        return serialization.msgpack_restore(path.read_bytes())
    with path.open("rb") as file:
        return pickle.load(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=pathlib.Path, help="a pickle, or a .msgpack of Flax")
    parser.add_argument("out", type=pathlib.Path, help="the safetensors file to write")
    parser.add_argument("--collection", default="params", help="which of Flax's collections (default: params)")
    arguments = parser.parse_args()
    try:
        names = export_params(read_tree(arguments.tree), arguments.out, arguments.collection)
    except (ExportError, OSError, pickle.UnpicklingError) as error:
        sys.exit(f"{arguments.tree}: {error}")
    print(f"{arguments.out}: {len(names)} arrays", *names, sep="\n  ")


if __name__ == "__main__":
    main()
