#!/usr/bin/env python3
"""Times the workloads of Tools/bench in JAX on the CPU: a JSON object a line.

    jax_peer.py [--only NAME ...] [--seconds 2]
    jax_peer.py --expected > expected.json      the numbers that Tools/bench compares its results with

Parameters start with the very values that the Swift workloads start with: initialiser number i draws from fold_in(key, i).
"""

import functools
import itertools
import json

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax, random
from jax.example_libraries import optimizers
from jax.nn import initializers

from measure import parse_arguments, run_all

KEY = random.PRNGKey(0)
workloads = {}
# For each workload the numbers to compare, computed by a function of no arguments.
expected = {}


# MARK: Layers


def dense_params(key, sizes, first=0):
    """Kernels and biases of dense layers, as the Swift library makes them; `first` is the number of the first parameter."""
    params = []
    for i, shape in enumerate(itertools.pairwise(sizes)):
        kernel = initializers.glorot_normal()(random.fold_in(key, first + 2 * i), shape)
        bias = initializers.normal()(random.fold_in(key, first + 2 * i + 1), shape[1:])
        params.append((kernel, bias))
    return params


def dense(params, x):
    return jnp.dot(x, params[0]) + params[1]


def dense_network(params, x):
    for layer in params[:-1]:
        x = jax.nn.relu(dense(layer, x))
    return dense(params[-1], x)


class Parameters:
    """Makes parameters one after the other, as the Swift library does: number i draws from fold_in(key, i)."""

    def __init__(self, key):
        self.key, self.count = key, 0

    def __call__(self, initializer, shape):
        self.count += 1
        return initializer(random.fold_in(self.key, self.count - 1), shape)

    def weights(self, shape):
        """The kernel and the bias of a layer."""
        return self(initializers.glorot_normal(), shape), self(initializers.normal(), shape[-1:])


def conv(params, x, stride=1, padding="VALID"):
    products = lax.conv_general_dilated(
        x, params[0], (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    return products + params[1]


def pool(x, initial, operation, window, stride, padding="VALID"):
    return lax.reduce_window(x, initial, operation, (1, window, window, 1), (1, stride, stride, 1), padding)


def cross_entropy(log_probabilities, y):
    return -jnp.mean(jnp.sum(log_probabilities * y, axis=1))


# MARK: Training


def in_float64(tree):
    return jax.tree.map(lambda x: x.astype(jnp.float64) if jnp.issubdtype(x.dtype, jnp.floating) else x, tree)


def add_training(name, make, rounds):
    """A workload from a function that returns a step (from a state and data to the next state), the first state, the data and the
    loss of a state and data."""

    def run():
        step, state, data, _ = make()
        states = [state]

        def once():
            states[0] = step(states[0], *data)
            return states[0]

        return once

    def check():
        # In float64, from float32's state and data: what rounding makes of steps of training differs from program to program.
        step, state, data, loss = make()
        with jax.enable_x64(True):
            state, data = in_float64((state, data))
            for _ in range(rounds):
                state = step(state, *data)
            return [float(loss(state, *data))]

    workloads[name] = run
    expected[name] = check


def classifier(network, params, shape, classes, optimizer):
    x = random.uniform(KEY, shape)
    y = jnp.eye(classes)[np.arange(shape[0]) % classes]
    initialize, update, get_params = optimizer

    def loss(params, x, y):
        return cross_entropy(jax.nn.log_softmax(network(params, x)), y)

    @functools.partial(jax.jit, donate_argnums=(1,))
    def step(i, state, x, y):
        return i + 1, update(i, jax.grad(loss)(get_params(state), x, y), state)

    return (
        lambda state, x, y: step(*state, x, y),
        (jnp.int32(0), initialize(params)),
        (x, y),
        lambda state, x, y: loss(get_params(state[1]), x, y),
    )


def mlp_train():
    params = dense_params(KEY, [784, 1024, 1024, 10])
    return classifier(dense_network, params, (128, 784), 10, optimizers.momentum(1e-3, 0.9))


def mlp_tiny_train():
    params = dense_params(KEY, [4, 64, 2])
    return classifier(dense_network, params, (32, 4), 2, optimizers.adam(1e-3))


def cnn_train():
    make = Parameters(KEY)
    params = [make.weights(shape) for shape in ((3, 3, 1, 32), (3, 3, 32, 64), (9216, 128), (128, 10))]

    def network(params, x):
        for layer in params[:2]:
            x = jax.nn.relu(conv(layer, x))
        x = pool(x, -jnp.inf, lax.max, 2, 2)
        return dense_network(params[2:], x.reshape(x.shape[0], -1))

    return classifier(network, params, (64, 28, 28, 1), 10, optimizers.adam(1e-3))


def vae_epoch():
    batch_size, batch_count = 32, 100
    encoder = dense_params(KEY, [784, 512, 512])
    means, variances = dense_params(KEY, [512, 10], first=4), dense_params(KEY, [512, 10], first=6)
    decoder = dense_params(KEY, [10, 512, 512, 784], first=8)

    def loss(params, x, key):
        encoder, means, variances, decoder = params
        hidden = jax.nn.relu(dense_network(encoder, x))
        mean, variance = dense(means[0], hidden), jax.nn.softplus(dense(variances[0], hidden))
        logits = dense_network(decoder, mean + jnp.sqrt(variance) * random.normal(key, mean.shape, jnp.float32))
        log_likelihood = -jnp.sum(jnp.logaddexp(0.0, jnp.where(x, -1.0, 1.0) * logits))
        divergence = -0.5 * jnp.sum(1.0 + jnp.log(variance) - mean**2 - variance)
        return -(log_likelihood - divergence) / batch_size

    initialize, update, get_params = optimizers.momentum(1e-3, 0.9)
    images = random.uniform(KEY, (batch_size * batch_count, 784))

    @functools.partial(jax.jit, donate_argnums=(1,))
    def epoch(key, state):
        def body(i, state):
            loss_key, data_key = random.split(random.fold_in(key, i))
            batch = random.bernoulli(data_key, lax.dynamic_slice_in_dim(images, i * batch_size, batch_size))
            return update(i, jax.grad(loss)(get_params(state), batch, loss_key), state)

        return lax.fori_loop(0, batch_count, body, state)

    def final_loss(state):
        return loss(get_params(state), random.bernoulli(KEY, images[:batch_size]), KEY)

    # The images are no data that may be widened: what is drawn with them depends on their type.
    return lambda state: epoch(KEY, state), initialize((encoder, means, variances, decoder)), (), final_loss


def ocr_train():
    batch_size, length, inputs, hidden, classes = 10, 14, 128, 200, 26

    def kernels(inputs):
        return [random.normal(key, (inputs + hidden, hidden)) * 0.01 for key in random.split(KEY, 3)]

    params = [kernels(inputs), kernels(hidden), kernels(hidden)]
    params.append([random.normal(KEY, (hidden, classes)) * 0.01, jnp.zeros(classes)])
    x = random.uniform(KEY, (batch_size, length, inputs))
    y = jnp.eye(classes)[np.arange(batch_size * length) % classes].reshape(batch_size, length, classes)

    def layer(p, xs):
        def cell(h, x):
            both = jnp.concatenate((x, h), axis=1)
            update, reset = jax.nn.sigmoid(both @ p[0]), jax.nn.sigmoid(both @ p[1])
            candidate = jnp.tanh(jnp.concatenate((x, reset * h), axis=1) @ p[2])
            h = update * candidate + (1 - update) * h
            return h, h

        return lax.scan(cell, jnp.zeros((batch_size, hidden)), xs)[1]

    def loss(params, x, y):
        states = jnp.swapaxes(x, 0, 1)
        for p in params[:3]:
            states = layer(p, states)
        features = jnp.swapaxes(states, 0, 1).reshape(-1, hidden)
        predictions = jax.nn.softmax(features @ params[3][0] + params[3][1]).reshape(y.shape)
        return jnp.mean(-jnp.sum(y * jnp.log(predictions), axis=(1, 2)))

    initialize, update, get_params = optimizers.rmsprop(3e-3)

    @functools.partial(jax.jit, donate_argnums=(0,))
    def step(state, x, y):
        return update(0, jax.grad(loss)(get_params(state), x, y), state)

    return step, initialize(params), (x, y), lambda state, x, y: loss(get_params(state), x, y)


add_training("mlp_train", mlp_train, rounds=10)
add_training("mlp_tiny_train", mlp_tiny_train, rounds=10)
add_training("cnn_train", cnn_train, rounds=3)
add_training("vae_epoch", vae_epoch, rounds=1)
add_training("ocr_train", ocr_train, rounds=10)


# MARK: Single operations


def fingerprint(x):
    """Two numbers that tell arrays apart: a mean with weights that depend on the position, and the root of the mean square."""
    values = np.asarray(x, np.float64).ravel()
    weights = np.arange(values.size) * 37 % 101 / 101
    return [float(np.mean(weights * values)), float(np.sqrt(np.mean(values**2)))]


def add_operation(name, function, make_input):
    def run():
        x = make_input()
        return lambda: function(x)

    workloads[name] = run
    expected[name] = lambda: [number for x in jax.tree.leaves(function(make_input())) for number in fingerprint(x)]


def square_matrix():
    return random.uniform(KEY, (1024, 1024))


add_operation("jit_call", jax.jit(lambda x: x + 1), lambda: jnp.ones(8))
add_operation("eager_add", lambda x: x + 1.0, lambda: jnp.ones(8))
add_operation("elementwise_1m", jax.jit(lambda x: jnp.tanh(x) * x + jnp.exp(-x * x)), square_matrix)
add_operation("matmul_1024", jax.jit(lambda x: x @ x), square_matrix)
add_operation("normal_1m", jax.jit(lambda key: random.normal(key, (1000000,))), lambda: KEY)
add_operation("softmax_8k", jax.jit(jax.nn.softmax), lambda: random.uniform(KEY, (1024, 8192)))
add_operation("reduce_1m", jax.jit(lambda x: (x.mean(0), x.mean(1))), square_matrix)


def main():
    parser = parse_arguments(__doc__.splitlines()[0])
    parser.add_argument("--expected", action="store_true", help="print the numbers to compare results with")
    arguments = parser.parse_args()
    if arguments.expected:
        print(json.dumps({name: check() for name, check in expected.items()}, indent=2))
    else:
        run_all("jax", workloads, arguments, jax.block_until_ready)


main()
