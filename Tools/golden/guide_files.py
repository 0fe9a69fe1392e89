#!/usr/bin/env python3
"""Writes the files that the guides in docs/ load, Tests/Golden/guides: guide_files.py [DIR]

Each is what the Python of its guide saves, of a small trained network; what it prints, rounded, is in the guide. The networks of Haiku
and PyTorch are written here by their definitions, in JAX alone.
"""

import pathlib
import sys

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jax.example_libraries import stax
from safetensors.numpy import save_file

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "Tools" / "export-params"))

from export_params import export_params


def dense(seed, inputs, outputs):
    """A kernel and a bias, as a network may have after training."""
    key, bias_key = jax.random.split(jax.random.PRNGKey(seed))
    return 0.5 * jax.random.normal(key, (inputs, outputs)), 0.1 * jax.random.normal(bias_key, (outputs,))


def stax_file(path):
    _, apply_fun = stax.serial(stax.Dense(8), stax.Tanh, stax.Dense(2))
    params = [dense(0, 4, 8), (), dense(1, 8, 2)]
    export_params(params, path)
    return apply_fun(params, jnp.ones((1, 4)))


def dictionary_file(path):
    """Parameters of stax in a dictionary."""
    _, apply_fun = stax.serial(stax.Dense(8), stax.Tanh, stax.Dense(2))
    params, (table, _) = [dense(0, 4, 8), (), dense(1, 8, 2)], dense(8, 10, 4)
    export_params({"nn": params, "table": table}, path)
    return apply_fun(params, jnp.ones((1, 4)) + table[3])


class MLP(nn.Module):
    @nn.compact
    def __call__(self, x):
        x = nn.relu(nn.Dense(16)(x))
        return nn.Dense(3)(x)


def flax_file(path):
    (kernel0, bias0), (kernel1, bias1) = dense(2, 5, 16), dense(3, 16, 3)
    layers = {"Dense_0": {"kernel": kernel0, "bias": bias0}, "Dense_1": {"kernel": kernel1, "bias": bias1}}
    variables = {"params": layers}
    export_params(variables, path)
    return MLP().apply(variables, jnp.ones((1, 5)))


def haiku_file(path):
    (w0, b0), (w1, b1) = dense(4, 5, 16), dense(5, 16, 3)
    export_params({"mlp/~/linear_0": {"w": w0, "b": b0}, "mlp/~/linear_1": {"w": w1, "b": b1}}, path)
    return jax.nn.relu(jnp.ones((1, 5)) @ w0 + b0) @ w1 + b1


def pytorch_file(path):
    """nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3)) for images of 6 x 6."""
    kernel, _ = dense(6, 9, 2)
    weight = kernel.T.reshape(2, 1, 3, 3)
    (linear, bias) = dense(7, 32, 3)
    state = {"0.weight": weight, "0.bias": jnp.array([0.1, -0.2]), "3.weight": linear.T, "3.bias": bias}
    # A `state_dict` is saved as it is, without further metadata than PyTorch's own.
    arrays = {name: np.ascontiguousarray(array, np.float32) for name, array in state.items()}
    save_file(arrays, path, metadata={"format": "pt"})
    images = jnp.arange(36.0).reshape(1, 1, 6, 6) / 36
    hidden = jax.lax.conv_general_dilated(images, weight, (1, 1), "VALID", dimension_numbers=("NCHW", "OIHW", "NCHW"))
    hidden = jax.nn.relu(hidden + state["0.bias"][:, None, None]).reshape(1, 32)
    return hidden @ state["3.weight"].T + bias


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "Tests" / "Golden" / "guides"
    folder.mkdir(parents=True, exist_ok=True)
    files = {"stax": stax_file, "dictionary": dictionary_file, "flax": flax_file, "haiku": haiku_file, "pytorch": pytorch_file}
    for name, write in files.items():
        print(name, write(folder / f"{name}.safetensors"))


if __name__ == "__main__":
    main()
