#!/usr/bin/env python3
"""Writes the fixtures of parameters from Python, Tests/Golden/exported: exported_params.py [DIR]

`<library>.safetensors` is what Tools/export-params writes of a network's parameters; `<library>.expected.safetensors` holds inputs
`in` and outputs `out` of that network. The networks of Haiku's and JAXnet's conventions are written here, in JAX alone.
"""

import pathlib
import pickle
import subprocess
import sys
import tempfile
from collections import namedtuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from flax import serialization
from jax.example_libraries import stax
from safetensors.numpy import load_file, save_file

from golden_file import generator

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = REPOSITORY / "Tools" / "export-params" / "export_params.py"
sys.path.insert(0, str(SCRIPT.parent))

from export_params import ExportError, export_params


class FlaxNetwork(nn.Module):
    @nn.compact
    def __call__(self, x):
        x = nn.relu(nn.Conv(3, (3, 3))(x))
        x = nn.LayerNorm()(x)
        x = x.reshape((x.shape[0], -1))
        x = nn.relu(nn.Dense(4)(x))
        return nn.Dense(2)(x)


def flax_case(images):
    network = FlaxNetwork()
    variables = network.init(jax.random.PRNGKey(0), images)
    return variables, network.apply(variables, images)


def stax_case(images):
    init, apply = stax.serial(
        stax.Conv(3, (3, 3)), stax.BatchNorm(), stax.Relu, stax.Flatten, stax.FanOut(2),
        stax.parallel(stax.Dense(2), stax.serial(stax.Dense(2), stax.Tanh)), stax.FanInSum,
    )  # fmt: skip
    _, params = init(jax.random.PRNGKey(0), images.shape)
    return params, apply(params, images)


def dense_layers(seed, sizes):
    keys = jax.random.split(jax.random.PRNGKey(seed), len(sizes) - 1)
    for key, size, next_size in zip(keys, sizes, sizes[1:], strict=False):
        kernel = 0.3 * jax.random.normal(key, (size, next_size))
        yield kernel, jnp.linspace(-0.1, 0.1, next_size)


def network(layers, inputs):
    (W0, b0), (W1, b1) = layers
    return jax.nn.relu(inputs @ W0 + b0) @ W1 + b1


def haiku_case(images):
    inputs = images.reshape(images.shape[0], -1)
    layers = list(dense_layers(1, [inputs.shape[1], 5, 2]))
    params = {f"mlp/~/linear_{i}": {"w": W, "b": b} for i, (W, b) in enumerate(layers)}
    return params, network(layers, inputs)


Sequential = namedtuple("Sequential", ["layers"])
DenseParams = namedtuple("DenseParams", ["kernel", "bias"])


def jaxnet_case(images):
    inputs = images.reshape(images.shape[0], -1)
    layers = list(dense_layers(2, [inputs.shape[1], 5, 2]))
    first, second = (DenseParams(W, b) for W, b in layers)
    return Sequential((None, first, None, second)), network(layers, inputs)


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "Tests" / "Golden" / "exported"
    folder.mkdir(parents=True, exist_ok=True)
    images = generator("exported").standard_normal((2, 5, 5, 2)).astype(np.float32)
    cases = {"flax": flax_case, "stax": stax_case, "haiku": haiku_case, "jaxnet": jaxnet_case}
    for name, case in cases.items():
        params, outputs = case(images)
        path = folder / f"{name}.safetensors"
        with tempfile.TemporaryDirectory() as temporary:
            if name == "jaxnet":
                # The classes of this script are unknown to another.
                export_params(params, path)
            else:
                file = "params.msgpack" if name == "flax" else "params.pkl"
                tree = pathlib.Path(temporary) / file
                tree.write_bytes(serialization.to_bytes(params) if name == "flax" else pickle.dumps(params))
                subprocess.run([sys.executable, SCRIPT, tree, path], check=True)
        written = sorted(load_file(path).values(), key=lambda array: (array.shape, array.tobytes()))
        expected = sorted(map(np.asarray, jax.tree.leaves(params)), key=lambda array: (array.shape, array.tobytes()))
        assert all(np.array_equal(a, b) for a, b in zip(written, expected, strict=True)), name
        save_file({"in": images, "out": np.asarray(outputs)}, folder / f"{name}.expected.safetensors")
    for mistake in ({"a.b": 1.0}, {"a": "text"}, {"a/b": 1.0, "a": {"b": 2.0}}, [], 1.0):
        try:
            export_params(mistake, folder / "none.safetensors")
        except ExportError:
            continue
        raise AssertionError(f"{mistake} was written")


if __name__ == "__main__":
    main()
