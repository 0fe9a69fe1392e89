"""A 5-7-4 network with relu and log-softmax: loss, gradients and ten momentum steps.

One case, `mlp`. Parts: `kernel0` [5, 7], `bias0`, `kernel1` [7, 4], `bias1`, `inputs` [6, 5], `targets` (one-hot,
[6, 4]), all float32; `logProbabilities`, `loss`, `grad.<parameter>` at the start; `step<i>.<parameter>` and `losses` of
the training: before step i the loss is losses[i]. Computed in float64; the parts ending in `_f32` are JAX's float32
values.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.example_libraries import optimizers

from golden_file import generator

STEPS = 10
STEP_SIZE, MASS = 0.1, 0.9


def network(params, inputs):
    hidden = jax.nn.relu(inputs @ params["kernel0"] + params["bias0"])
    return jax.nn.log_softmax(hidden @ params["kernel1"] + params["bias1"])


def loss(params, inputs, targets):
    return -jnp.mean(jnp.sum(network(params, inputs) * targets, axis=1))


def add_cases(file):
    rng = generator("mlp")
    params = {
        "kernel0": rng.normal(0, 0.5, (5, 7)),
        "bias0": rng.normal(0, 0.1, 7),
        "kernel1": rng.normal(0, 0.5, (7, 4)),
        "bias1": rng.normal(0, 0.1, 4),
    }
    params = {name: array.astype(np.float32) for name, array in params.items()}
    inputs = rng.standard_normal((6, 5)).astype(np.float32)
    targets = np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 1, 2]]
    parts = params | {"inputs": inputs, "targets": targets}

    for suffix, dtype in (("", np.float64), ("_f32", np.float32)):
        with jax.enable_x64(dtype == np.float64):
            start, x, y = jax.tree.map(lambda array: jnp.asarray(array, dtype), (params, inputs, targets))
            value, gradients = jax.value_and_grad(loss)(start, x, y)
            parts[f"logProbabilities{suffix}"] = network(start, x)
            parts[f"loss{suffix}"] = value
            for name, gradient in gradients.items():
                parts[f"grad.{name}{suffix}"] = gradient

            init, update, get_params = optimizers.momentum(STEP_SIZE, MASS)
            state, losses = init(start), []
            for step in range(STEPS):
                value, gradients = jax.value_and_grad(loss)(get_params(state), x, y)
                losses.append(value)
                state = update(step, gradients, state)
                for name, array in get_params(state).items():
                    parts[f"step{step}.{name}{suffix}"] = array
            losses.append(loss(get_params(state), x, y))
            parts[f"losses{suffix}"] = np.asarray(losses)
    file.add(
        "mlp",
        parts,
        steps=STEPS,
        stepSize=STEP_SIZE,
        mass=MASS,
        optimizer="momentum",
        loss="-mean(sum(network(inputs) * targets, axis 1))",
    )
