#!/usr/bin/env python3
"""The recurrent network of the example ocr-rnn in JAX, to compare its letter error with.

    Tools/references/ocr_rnn.py letter.data.gz --seeds 0 1 2 --epochs 10

The model, the loss, the optimizer, the split and all random keys are those of Tools/Examples/OCRRNN: for one seed both begin
with the same parameters and learn from the same words.
"""

import argparse
import gzip
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax, random
from jax.example_libraries import optimizers

BATCH_SIZE = 10
BATCH_COUNT = 100
HIDDEN_SIZE = 200
CLASS_COUNT = 26
PIXEL_COUNT = 128


def read_words(path):
    """Images [words, longest, 128], labels and mask [words, longest], and the fold of each word."""
    words, letters = [], []
    for line in gzip.open(path, "rt"):
        columns = line.split()
        letters.append((ord(columns[1]) - ord("a"), [int(pixel) for pixel in columns[6:]]))
        if columns[2] == "-1":
            words.append((int(columns[5]), letters))
            letters = []
    longest = max(len(letters) for _, letters in words)
    images = np.zeros((len(words), longest, PIXEL_COUNT), np.float32)
    labels = np.zeros((len(words), longest), np.int32)
    mask = np.zeros((len(words), longest), np.float32)
    for w, (_, letters) in enumerate(words):
        for i, (label, pixels) in enumerate(letters):
            images[w, i], labels[w, i], mask[w, i] = pixels, label, 1
    return images, labels, mask, np.array([fold for fold, _ in words])


def init_params(key):
    """Three cells of kernels on an input and the state, for three gates; a dense layer. Each array has its own key."""
    glorot = jax.nn.initializers.glorot_normal()

    def gates(i, size):
        keys = random.split(random.fold_in(key, i), 3)
        return jnp.concatenate([glorot(k, (size, HIDDEN_SIZE)) for k in keys], axis=1)

    sizes = [PIXEL_COUNT, HIDDEN_SIZE, HIDDEN_SIZE]
    layers = [(gates(2 * i, size), gates(2 * i + 1, HIDDEN_SIZE)) for i, size in enumerate(sizes)]
    kernel = glorot(random.fold_in(key, 6), (HIDDEN_SIZE, CLASS_COUNT))
    return layers, (kernel, 1e-2 * random.normal(random.fold_in(key, 7), (CLASS_COUNT,)))


def recurrent(params, inputs):
    """The outputs of a GRU that resets its state before the product: time first."""
    input_kernel, state_kernel = params

    def step(h, x):
        inputs = jnp.split(x @ input_kernel, 3, axis=1)
        kernels = jnp.split(state_kernel, 3, axis=1)
        reset, keep = jax.nn.sigmoid(inputs[0] + h @ kernels[0]), jax.nn.sigmoid(inputs[1] + h @ kernels[1])
        h = (1 - keep) * jnp.tanh(inputs[2] + (reset * h) @ kernels[2]) + keep * h
        return h, h

    return lax.scan(step, jnp.zeros((inputs.shape[1], HIDDEN_SIZE)), inputs)[1]


def log_probabilities(params, images):
    layers, (kernel, bias) = params
    states = jnp.swapaxes(images, 0, 1)
    for layer in layers:
        states = recurrent(layer, states)
    return jnp.swapaxes(jax.nn.log_softmax(states @ kernel + bias), 0, 1)


def loss(params, images, labels, mask):
    """The mean over words of the sum of -log of the right letter's probability."""
    right = jnp.take_along_axis(log_probabilities(params, images), labels[..., None], axis=2)[..., 0]
    return -jnp.mean(jnp.sum(right * mask, axis=1))


def train(words, seed, epochs):
    images, labels, mask, folds = words
    train_set = [jnp.asarray(array[folds <= 6]) for array in (images, labels, mask)]
    test_set = [jnp.asarray(array[folds >= 7]) for array in (images, labels, mask)]
    optimizer_init, update, get_params = optimizers.rmsprop(0.003)
    init_key, epoch_key = random.split(random.PRNGKey(seed))

    @jax.jit
    def run_epoch(state, key):
        def step(i, state):
            chosen = random.randint(random.fold_in(key, i), (BATCH_SIZE,), 0, train_set[0].shape[0])
            batch = [array[chosen] for array in train_set]
            return update(i, jax.grad(loss)(get_params(state), *batch), state)

        return lax.fori_loop(0, BATCH_COUNT, step, state)

    @jax.jit
    def errors(params):
        """The shares of wrong letters: of the real ones, and of all with the padding, whose label is 0."""
        images, labels, mask = test_set
        wrong = jnp.argmax(log_probabilities(params, images), axis=2) != labels
        return jnp.sum(wrong * mask) / jnp.sum(mask), jnp.mean(wrong)

    state = optimizer_init(init_params(init_key))
    for epoch in range(epochs):
        state = run_epoch(state, random.fold_in(epoch_key, epoch))
        if (epoch + 1) % 10 == 0 or epoch + 1 == epochs:
            error, padded_error = errors(get_params(state))
            print(f"seed {seed}, epoch {epoch + 1}: letter error {error:.2%}, with padding {padded_error:.2%}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=10)
    arguments = parser.parse_args()
    words = read_words(arguments.file)
    for seed in arguments.seeds:
        train(words, seed, arguments.epochs)


if __name__ == "__main__":
    main()
