"""Recurrent cells over sequences: Flax's, and a GRU that resets before the product.

`<cell>.<case>`: inputs `in` [batch, time, features], `mask` where there is one, initial state `start<i>`; parameters
with their gates side by side, `param.inputKernel` and so on (for both directions `param.forward.…` and
`param.backward.…`); results `out` (0 where masked) and last state `state<i>`; cotangents `cotangent.out` and
`cotangent.state<i>`; gradients `grad.<parameter>`, `grad.in`, `grad.start<i>`. All in float64.
Attributes: `cell`, `isReversed`.
The state of `lstm` is memory and hidden state. `original` is a GRU with kernels on concat(x, h), whose update gate is 1
minus the gate z here: its kernels of z have the other sign.
"""

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import lax

from golden_file import generator

BATCH, TIME, FEATURES, SIZE = 3, 5, 4, 3
LENGTHS = np.array([5, 2, 4])

# name: (cell, names of its input layers, names of its layers of the state), gates in our order
CELLS = {
    "simple": (nn.SimpleCell, ["i"], ["h"]),
    "gru": (nn.GRUCell, ["ir", "iz", "in"], ["hr", "hz", "hn"]),
    "lstm": (nn.LSTMCell, ["ii", "if", "ig", "io"], ["hi", "hf", "hg", "ho"]),
}


def packed(name, params):
    """Flax's parameters of a cell, or their gradients, with the gates side by side."""
    _, inputs, states = CELLS[name]
    biased = states if name == "lstm" else inputs
    arrays = {
        "inputKernel": jnp.concatenate([params[layer]["kernel"] for layer in inputs], axis=1),
        "stateKernel": jnp.concatenate([params[layer]["kernel"] for layer in states], axis=1),
        "bias": jnp.concatenate([params[layer]["bias"] for layer in biased]),
    }
    if name == "gru":
        arrays["stateBias"] = params["hn"]["bias"]
    return arrays


def add_case(file, case, run, pack, params, start, attributes, mask=None):
    """Adds a case of `run(params, start, inputs)`, which gives the outputs and the leaves of the last state."""
    rng = generator(case)
    normal = lambda shape: jnp.asarray(rng.standard_normal(shape).astype(np.float32), jnp.float64)
    params, start = jax.tree.map(lambda array: normal(array.shape), (params, start))
    inputs = normal((BATCH, TIME, FEATURES))
    (out, states), pullback = jax.vjp(run, params, start, inputs)
    cotangents = normal(out.shape), [normal(state.shape) for state in states]
    gradients = pullback(cotangents)
    parts = {"in": inputs, "out": out, "cotangent.out": cotangents[0], "grad.in": gradients[2]}
    if mask is not None:
        parts["mask"] = mask
    for i, array in enumerate(start):
        parts[f"start{i}"], parts[f"grad.start{i}"] = array, gradients[1][i]
    for i, state in enumerate(states):
        parts[f"state{i}"], parts[f"cotangent.state{i}"] = state, cotangents[1][i]
    parts |= {f"param.{part}": array for part, array in pack(params).items()}
    parts |= {f"grad.{part}": array for part, array in pack(gradients[0]).items()}
    file.add(case, parts, **attributes)


def add_cell(file, name):
    cell = CELLS[name][0](SIZE, param_dtype=jnp.float64, dtype=jnp.float64)
    carry = cell.initialize_carry(jax.random.key(0), (BATCH, FEATURES))
    params = cell.init(jax.random.key(0), carry, jnp.zeros((BATCH, FEATURES)))["params"]
    structure = jax.tree.structure(carry)
    mask = (np.arange(TIME) < LENGTHS[:, None]).astype(np.float32)
    for variant, lengths, is_reversed in (
        ("plain", None, False),
        ("reversed", None, True),
        ("masked", LENGTHS, False),
        ("masked.reversed", LENGTHS, True),
    ):
        rnn = nn.RNN(cell, return_carry=True, reverse=is_reversed, keep_order=True)

        def run(params, start, inputs):
            start = jax.tree.unflatten(structure, start)
            state, out = rnn.apply(
                {"params": {"cell": params}}, inputs, initial_carry=start, seq_lengths=lengths
            )
            return out if lengths is None else out * mask[..., None], jax.tree.leaves(state)

        add_case(
            file,
            f"{name}.{variant}",
            run,
            lambda params: packed(name, params),
            params,
            jax.tree.leaves(carry),
            {"cell": name, "isReversed": is_reversed},
            None if lengths is None else mask,
        )
    rnn = nn.Bidirectional(*(nn.RNN(CELLS[name][0](SIZE, param_dtype=jnp.float64)) for _ in range(2)))
    both = rnn.init(jax.random.key(0), jnp.zeros((BATCH, TIME, FEATURES)))["params"]
    add_case(
        file,
        f"{name}.bidirectional",
        lambda params, start, inputs: (rnn.apply({"params": params}, inputs), []),
        lambda params: {
            f"{direction}.{part}": array
            for direction in ("forward", "backward")
            for part, array in packed(name, params[f"{direction}_rnn"]["cell"]).items()
        },
        both,
        [],
        {"cell": name},
    )


def original(params, start, inputs):
    """The GRU of JAXnet's demo of handwritten words."""
    update_kernel, reset_kernel, candidate_kernel = params

    def cell(h, x):
        both = jnp.concatenate((x, h), 1)
        update, reset = jax.nn.sigmoid(both @ update_kernel), jax.nn.sigmoid(both @ reset_kernel)
        candidate = jnp.tanh(jnp.concatenate((x, reset * h), 1) @ candidate_kernel)
        h = update * candidate + (1 - update) * h
        return h, h

    last, outs = lax.scan(cell, start[0], jnp.swapaxes(inputs, 0, 1))
    return jnp.swapaxes(outs, 0, 1), [last]


def packed_original(params):
    update, reset, candidate = params
    kernels = jnp.concatenate([reset, -update, candidate], axis=1)
    return {"inputKernel": kernels[:FEATURES], "stateKernel": kernels[FEATURES:]}


def add_cases(file):
    with jax.enable_x64(True):
        for name in CELLS:
            add_cell(file, name)
        kernel = jnp.zeros((FEATURES + SIZE, SIZE))
        start = [jnp.zeros((BATCH, SIZE))]
        add_case(file, "original", original, packed_original, [kernel] * 3, start, {"cell": "original"})
