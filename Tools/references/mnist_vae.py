#!/usr/bin/env python3
"""The variational autoencoder of the example mnist-vae in JAX, to compare its test ELBO with.

    Tools/references/mnist_vae.py Datasets/mnist-10k --seeds 0 1 2

The model, the loss, the optimizer, the schedule and all random keys are those of Tools/Examples/MNISTVAE: for one seed both
begin with the same parameters and draw the same pixels, so that at first their test ELBO is the same to the digits printed,
and then drifts apart by rounding. After 10 epochs on mnist-10k it is here -122.06, -122.24 and -121.73 nats per image for
the seeds 0, 1 and 2.
"""

import argparse
import gzip
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax, random
from jax.example_libraries import optimizers
from jax.nn import relu, softplus

LATENT_SIZE = 10


def read_images(path):
    """The images of an IDX file as rows of float32 from 0 to 1."""
    data = gzip.open(path).read()
    count, height, width = np.frombuffer(data, ">u4", 3, 4)
    pixels = np.frombuffer(data, np.uint8, offset=16)
    return jnp.asarray(pixels.reshape(count, height * width), jnp.float32) / 255


def init_params(key):
    """For each layer a kernel after Glorot and Bengio, and a bias of small random numbers, each from its own key."""
    sizes = [(784, 512), (512, 512), (512, LATENT_SIZE), (512, LATENT_SIZE), (LATENT_SIZE, 512), (512, 512), (512, 784)]
    kernel_init, bias_init = jax.nn.initializers.glorot_normal(), jax.nn.initializers.normal(1e-2)
    return [
        (kernel_init(random.fold_in(key, 2 * i), size), bias_init(random.fold_in(key, 2 * i + 1), size[1:]))
        for i, size in enumerate(sizes)
    ]


def dense(params, x):
    kernel, bias = params
    return x @ kernel + bias


def negative_elbo(params, images, key):
    """A Monte Carlo estimate, in nats per image."""
    hidden = relu(dense(params[1], relu(dense(params[0], images))))
    mean, variance = dense(params[2], hidden), softplus(dense(params[3], hidden))
    code = mean + jnp.sqrt(variance) * random.normal(key, mean.shape)
    logits = dense(params[6], relu(dense(params[5], relu(dense(params[4], code)))))
    log_likelihood = -jnp.sum(jnp.logaddexp(0.0, jnp.where(images, -1.0, 1.0) * logits))
    divergence = -0.5 * jnp.sum(1.0 + jnp.log(variance) - mean**2 - variance)
    return (divergence - log_likelihood) / images.shape[0]


def train(train_images, test_images, seed, epochs, batch_size):
    optimizer_init, update, get_params = optimizers.momentum(0.001, mass=0.9)
    batch_count = -(-train_images.shape[0] // batch_size)
    init_key, epoch_key, test_key = random.split(random.PRNGKey(seed), 3)

    @jax.jit
    def run_epoch(state, key):
        def step(i, state):
            loss_key, data_key = random.split(random.fold_in(key, i))
            batch = lax.dynamic_slice_in_dim(train_images, i * batch_size, batch_size)
            images = random.bernoulli(data_key, batch)
            gradient = jax.grad(negative_elbo)(get_params(state), images, loss_key)
            return update(i, gradient, state)

        return lax.fori_loop(0, batch_count, step, state)

    @jax.jit
    def test_elbo(params):
        data_key, loss_key = random.split(test_key)
        return -negative_elbo(params, random.bernoulli(data_key, test_images), loss_key)

    state = optimizer_init(init_params(init_key))
    for epoch in range(epochs):
        state = run_epoch(state, random.fold_in(epoch_key, epoch))
        print(f"seed {seed}, epoch {epoch + 1}: test ELBO {test_elbo(get_params(state)):.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=32)
    arguments = parser.parse_args()
    train_images = read_images(arguments.folder / "train-images-idx3-ubyte.gz")
    test_images = read_images(arguments.folder / "t10k-images-idx3-ubyte.gz")
    for seed in arguments.seeds:
        train(train_images, test_images, seed, arguments.epochs, arguments.batch_size)


if __name__ == "__main__":
    main()
