"""Twenty steps of every optimizer on three problems, schedules and gradient clipping.

`problem.<name>`: the data of a problem and its start, `start0`, `start1`, …, one for each parameter, in the order of
the tree:
  rosenbrock  x [2]; (1 - x0)^2 + 10 (x1 - x0^2)^2
  regression  w [3, 2], b [2]; mean((inputs @ w + b - targets)^2) over all elements
  network     w0 [3, 4], b0, w1 [4, 2], b1;
              -mean(sum(logSoftmax(tanh(inputs @ w0 + b0) @ w1 + b1) * targets, axis 1))
`<optimizer>.<problem>`: `params<p>` [21, …], the parameter before step 0 and after each step; `grads<p>` [20, …], the
  gradient that each step was given; `state<p>.<j>`, the optimizer's final state of parameter p (without the parameter
  itself). Optimizers whose name begins with `optax.` keep their state in a tree; its arrays are `state<path>`.
`schedule.<name>`: `steps` (int32) and the step size at each, `out`.
`clipGrads.<bound>`, `l2Norm`: `in<i>`, a tree of three leaves, and `out<i>`.
All in float64 from float32 starts and data. Attributes hold the optimizer's or schedule's arguments.
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.example_libraries import optimizers

from golden_file import generator

STEPS = 20


def rosenbrock(params, data):
    (x,) = params
    return (1 - x[0]) ** 2 + 10 * (x[1] - x[0] ** 2) ** 2


def regression(params, data):
    w, b = params
    inputs, targets = data
    return jnp.mean((inputs @ w + b - targets) ** 2)


def network(params, data):
    w0, b0, w1, b1 = params
    inputs, targets = data
    outputs = jax.nn.log_softmax(jnp.tanh(inputs @ w0 + b0) @ w1 + b1)
    return -jnp.mean(jnp.sum(outputs * targets, axis=1))


def problems():
    """(name, loss, start, data) of each problem, the arrays float32."""
    rng = generator("optimizers")
    normal = lambda *shape: rng.standard_normal(shape).astype(np.float32)
    yield "rosenbrock", rosenbrock, [np.array([-0.5, 0.8], np.float32)], []
    yield "regression", regression, [normal(3, 2), normal(2)], [normal(8, 3), normal(8, 2)]
    targets = np.eye(2, dtype=np.float32)[[0, 1, 1, 0, 1, 0]]
    yield "network", network, [normal(3, 4), normal(4), normal(4, 2), normal(2)], [normal(6, 3), targets]


OPTIMIZERS = {
    "sgd": (optimizers.sgd, {"step_size": 0.02}),
    "momentum": (optimizers.momentum, {"step_size": 0.01, "mass": 0.9}),
    "nesterov": (optimizers.nesterov, {"step_size": 0.01, "mass": 0.9}),
    "adagrad": (optimizers.adagrad, {"step_size": 0.1, "momentum": 0.9}),
    "rmsprop": (optimizers.rmsprop, {"step_size": 0.01, "gamma": 0.9, "eps": 1e-8}),
    "rmspropMomentum": (optimizers.rmsprop_momentum, {"step_size": 0.005, "gamma": 0.9, "eps": 1e-8, "momentum": 0.9}),
    "adam": (optimizers.adam, {"step_size": 0.05, "b1": 0.9, "b2": 0.999, "eps": 1e-8}),
    "adamax": (optimizers.adamax, {"step_size": 0.05, "b1": 0.9, "b2": 0.999, "eps": 1e-8}),
    "sm3": (optimizers.sm3, {"step_size": 0.1, "momentum": 0.9}),
}

OPTAX = {
    "adamw": (optax.adamw, {"learning_rate": 0.05, "weight_decay": 0.01}),
    "adam": (optax.adam, {"learning_rate": 0.05}),
    "nadam": (optax.nadam, {"learning_rate": 0.05}),
    "radam": (optax.radam, {"learning_rate": 0.05}),
    "amsgrad": (optax.amsgrad, {"learning_rate": 0.05}),
    "adabelief": (optax.adabelief, {"learning_rate": 0.05}),
    "adadelta": (optax.adadelta, {"learning_rate": 1.0}),
    "lamb": (optax.lamb, {"learning_rate": 0.05, "weight_decay": 0.01}),
    "lars": (optax.lars, {"learning_rate": 0.1}),
    "lion": (optax.lion, {"learning_rate": 0.01, "weight_decay": 0.01}),
    "sgd": (optax.sgd, {"learning_rate": 0.01, "momentum": 0.9, "nesterov": True}),
    "rmsprop": (optax.rmsprop, {"learning_rate": 0.01, "centered": True, "momentum": 0.9}),
}


KERNELS = "lambda params: [p % 2 == 0 for p in range(len(params))]"


def composed():
    """Chains of gradient transformations, with their Python source."""
    sources = {
        "clipThenAdam": "optax.chain(optax.clip_by_global_norm(0.5), optax.adam(0.05))",
        "decayThenMomentum": (
            "optax.chain(optax.add_decayed_weights(0.1), optax.trace(0.9), optax.scale_by_learning_rate(0.01))"
        ),
        "scheduledAdamw": "optax.adamw(optax.warmup_cosine_decay_schedule(0.0, 0.1, 5, 20, 0.01), weight_decay=0.02)",
        "clipByValue": "optax.chain(optax.clip(0.3), optax.sgd(0.05))",
        "accumulate": "optax.MultiSteps(optax.sgd(0.05), 3)",
        # The first parameter decays, the third, and so on: the kernels.
        "maskedAdamw": f"optax.adamw(0.05, weight_decay=0.1, mask={KERNELS})",
        "maskedDecayThenRmsprop": (
            f"optax.chain(optax.add_decayed_weights(0.1, {KERNELS}), optax.rmsprop(0.01, eps_in_sqrt=True))"
        ),
    }
    for name, source in sources.items():
        yield name, eval(source), source


def add_optimizer(file, name, init, step, params_of, add_state, attributes):
    """Runs one optimizer on each problem; `step(i, gradients, state)` gives the next state."""
    for problem, loss, start, data in problems():
        start, data = jax.tree.map(lambda array: jnp.asarray(array, jnp.float64), (start, data))
        state = init(start)
        trajectory, gradients_seen = [params_of(state)], []
        for i in range(STEPS):
            gradients = jax.grad(loss)(params_of(state), data)
            state = step(i, gradients, state)
            trajectory.append(params_of(state))
            gradients_seen.append(gradients)
        parts = {}
        for p in range(len(start)):
            parts[f"params{p}"] = np.stack([params[p] for params in trajectory])
            parts[f"grads{p}"] = np.stack([gradients[p] for gradients in gradients_seen])
        add_state(parts, state)
        file.add(f"{name}.{problem}", parts, **attributes)


def add_optimizers(file):
    def add_state(parts, state):
        for p, leaves in enumerate(state.packed_state):
            arrays = [leaf for leaf in leaves[1:] if isinstance(leaf, jax.Array)]
            for j, array in enumerate(arrays):
                parts[f"state{p}.{j}"] = array

    for name, (maker, keywords) in OPTIMIZERS.items():
        init, update, get_params = maker(**keywords)
        add_optimizer(file, name, init, update, get_params, add_state, keywords)


def add_optax(file):
    def add(name, optimizer, attributes):
        def step(i, gradients, state):
            params, state = state
            updates, state = optimizer.update(gradients, state, params)
            return optax.apply_updates(params, updates), state

        def add_state(parts, state):
            for path, array in jax.tree_util.tree_flatten_with_path(state[1])[0]:
                parts["state" + jax.tree_util.keystr(path).replace("'", "")] = array

        init = lambda start: (start, optimizer.init(start))
        add_optimizer(file, f"optax.{name}", init, step, lambda state: state[0], add_state, attributes)

    for name, (maker, keywords) in OPTAX.items():
        add(name, maker(**keywords), keywords)
    for name, optimizer, source in composed():
        add(name, optimizer, {"python": source})


SCHEDULES = {
    "constant": "optimizers.constant(0.3)",
    "exponentialDecay": "optimizers.exponential_decay(0.5, 10, 0.7)",
    "inverseTimeDecay": "optimizers.inverse_time_decay(0.5, 7, 0.6)",
    "inverseTimeDecay.staircase": "optimizers.inverse_time_decay(0.5, 7, 0.6, staircase=True)",
    "polynomialDecay": "optimizers.polynomial_decay(0.5, 25, 0.1)",
    "polynomialDecay.power2": "optimizers.polynomial_decay(0.5, 25, 0.1, power=2.0)",
    "piecewiseConstant": "optimizers.piecewise_constant([5, 12, 30], [1.0, 0.5, 0.25, 0.1])",
    "optax.linear": "optax.linear_schedule(0.1, 0.9, 20, 5)",
    "optax.polynomial": "optax.polynomial_schedule(0.9, 0.1, 3, 20, 4)",
    "optax.exponentialDecay": "optax.exponential_decay(0.5, 10, 0.7, transition_begin=4)",
    "optax.exponentialDecay.staircase": "optax.exponential_decay(0.5, 10, 0.7, staircase=True, end_value=0.3)",
    "optax.cosineDecay": "optax.cosine_decay_schedule(0.5, 25, 0.1)",
    "optax.cosineDecay.exponent": "optax.cosine_decay_schedule(0.5, 25, 0.1, exponent=2.0)",
    "optax.warmupCosineDecay": "optax.warmup_cosine_decay_schedule(0.0, 1.0, 8, 32, 0.1)",
    "optax.warmupConstant": "optax.warmup_constant_schedule(0.1, 1.0, 8)",
    "optax.warmupExponentialDecay": "optax.warmup_exponential_decay_schedule(0.0, 1.0, 8, 6, 0.5)",
    "optax.piecewiseConstant": "optax.piecewise_constant_schedule(1.0, {5: 0.5, 12: 0.1})",
    "optax.linearOnecycle": "optax.linear_onecycle_schedule(30, 1.0)",
    "optax.cosineOnecycle": "optax.cosine_onecycle_schedule(30, 1.0)",
    "optax.join": "optax.join_schedules([optax.linear_schedule(0, 1, 6), optax.constant_schedule(0.5)], [10])",
    "optax.sgdr": "optax.sgdr_schedule([dict(init_value=0.0, peak_value=1.0, warmup_steps=3, decay_steps=10), "
    "dict(init_value=0.1, peak_value=0.5, warmup_steps=5, decay_steps=15)])",
}


def add_schedules(file):
    steps = np.arange(41, dtype=np.int32)
    for name, source in SCHEDULES.items():
        schedule = eval(source)
        out = np.asarray([schedule(jnp.asarray(step)) for step in steps], np.float64)
        file.add(f"schedule.{name}", {"steps": steps, "out": out}, python=source)


def add_clipping(file):
    rng = generator("clipGrads")
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in ((3, 2), (4,), ())]
    grads = [jnp.asarray(array, jnp.float64) for array in arrays]
    parts = {f"in{i}": array for i, array in enumerate(arrays)}
    for bound in (0.5, 100.0):
        clipped = optimizers.clip_grads(grads, bound)
        file.add(f"clipGrads.{bound}", parts | {f"out{i}": array for i, array in enumerate(clipped)}, maxNorm=bound)
    file.add("l2Norm", parts | {"out0": optimizers.l2_norm(grads)})


def add_cases(file):
    with jax.enable_x64(True):
        for problem, _, start, data in problems():
            parts = {f"start{p}": array for p, array in enumerate(start)}
            file.add(f"problem.{problem}", parts | dict(zip(("inputs", "targets"), data)))
        add_optimizers(file)
        add_optax(file)
        add_schedules(file)
        add_clipping(file)
