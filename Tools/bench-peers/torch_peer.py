#!/usr/bin/env python3
"""Times the workloads of Tools/bench in PyTorch on the CPU, not compiled: a JSON object a line.

torch_peer.py [--only NAME ...] [--seconds 2]
"""

import warnings

from measure import parse_arguments, run_all

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import torch
    import torch.nn.functional as F
    from torch import nn

workloads = {}


def workload(make):
    workloads[make.__name__] = make
    return make


# MARK: Training


def classifier(network, x, classes, optimizer):
    y = torch.eye(classes)[torch.arange(x.shape[0]) % classes]

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = -(y * F.log_softmax(network(x), 1)).sum(1).mean()
        loss.backward()
        optimizer.step()

    return step


def momentum(parameters):
    return torch.optim.SGD(parameters, lr=1e-3, momentum=0.9)


def adam(parameters):
    return torch.optim.Adam(parameters, lr=1e-3)


@workload
def mlp_train():
    network = nn.Sequential(nn.Linear(784, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 10))
    return classifier(network, torch.rand(128, 784), 10, momentum(network.parameters()))


@workload
def mlp_tiny_train():
    network = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 2))
    return classifier(network, torch.rand(32, 4), 2, adam(network.parameters()))


@workload
def cnn_train():
    network = nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(12 * 12 * 64, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    ).to(memory_format=torch.channels_last)
    x = torch.rand(64, 1, 28, 28).to(memory_format=torch.channels_last)
    return classifier(network, x, 10, adam(network.parameters()))


@workload
def vae_epoch():
    batch_size, batch_count = 32, 100
    encoder = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU())
    means, variances = nn.Linear(512, 10), nn.Linear(512, 10)
    decoder = nn.Sequential(nn.Linear(10, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 784))
    modules = nn.ModuleList([encoder, means, variances, decoder])
    optimizer = momentum(modules.parameters())
    images = torch.rand(batch_size * batch_count, 784)

    def epoch():
        for batch in images.split(batch_size):
            x = torch.bernoulli(batch)
            optimizer.zero_grad(set_to_none=True)
            hidden = encoder(x)
            mean, variance = means(hidden), F.softplus(variances(hidden))
            logits = decoder(mean + variance.sqrt() * torch.randn_like(mean))
            log_likelihood = -torch.logaddexp(torch.zeros(()), torch.where(x > 0, -1.0, 1.0) * logits).sum()
            divergence = -0.5 * (1 + variance.log() - mean**2 - variance).sum()
            (-(log_likelihood - divergence) / batch_size).backward()
            optimizer.step()

    return epoch


@workload
def ocr_train():
    batch_size, length, inputs, hidden, classes = 10, 14, 128, 200, 26

    class Layer(nn.Module):
        def __init__(self, inputs):
            super().__init__()
            self.update = nn.Linear(inputs + hidden, hidden, bias=False)
            self.reset = nn.Linear(inputs + hidden, hidden, bias=False)
            self.candidate = nn.Linear(inputs + hidden, hidden, bias=False)

        def forward(self, xs):
            h = torch.zeros(batch_size, hidden)
            states = []
            for x in xs:
                both = torch.cat((x, h), 1)
                update, reset = torch.sigmoid(self.update(both)), torch.sigmoid(self.reset(both))
                candidate = torch.tanh(self.candidate(torch.cat((x, reset * h), 1)))
                h = update * candidate + (1 - update) * h
                states.append(h)
            return torch.stack(states)

    network = nn.Sequential(Layer(inputs), Layer(hidden), Layer(hidden), nn.Linear(hidden, classes))
    optimizer = torch.optim.RMSprop(network.parameters(), lr=3e-3)
    x = torch.rand(length, batch_size, inputs)
    y = torch.eye(classes)[torch.arange(batch_size * length) % classes].reshape(length, batch_size, classes)

    def step():
        optimizer.zero_grad(set_to_none=True)
        (-(y * F.log_softmax(network(x), -1)).sum((0, 2)).mean()).backward()
        optimizer.step()

    return step


# MARK: Single operations


def add_operation(name, function, make_input):
    def run():
        x = make_input()
        return lambda: function(x)

    workloads[name] = run


def square_matrix():
    return torch.rand(1024, 1024)


add_operation("eager_add", lambda x: x + 1.0, lambda: torch.ones(8))
add_operation("elementwise_1m", lambda x: torch.tanh(x) * x + torch.exp(-x * x), square_matrix)
add_operation("matmul_1024", lambda x: x @ x, square_matrix)
add_operation("normal_1m", lambda _: torch.randn(1000000), lambda: None)
add_operation("softmax_8k", lambda x: torch.softmax(x, -1), lambda: torch.rand(1024, 8192))
add_operation("reduce_1m", lambda x: (x.mean(0), x.mean(1)), square_matrix)


def main():
    torch.manual_seed(0)
    run_all("torch", workloads, parse_arguments(__doc__.splitlines()[0]).parse_args(), wait=lambda _: None)


main()
