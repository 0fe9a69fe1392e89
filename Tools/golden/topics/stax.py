"""The layers of jax.example_libraries.stax: initial parameters, outputs and gradients.

`init.<layer>.<seed>`: `key` and the parameters' leaves in the order of the tree, `param<i>`, from PRNGKey(0), (1), (2).
`apply.<layer>`: parameters `param<i>` (those of PRNGKey(0), float32), inputs `in0`, outputs `out<i>` and
  `out<i>_f32`, cotangents `cotangent<i>`, gradients by parameters `paramGrad<i>` and by the inputs `grad0`; float64 as
  in the operations' cases. With `key` where the layer draws random numbers.
`train.<layer>`: ten steps of `optimizers.momentum(0.05, 0.9)` from the parameters and inputs of `apply.<layer>`, both of which
  are trained, so that layers without parameters have something to train: `losses`, before each step and after the last;
  `final<i>`, the parameters and the inputs at the end. The loss is the sum of mean((output - cotangent)^2) over the outputs. A
  random layer has fold_in(key, i) in step i, and in step 10 for the last loss.
Attributes: `python`, the layer in stax's terms; `inputShape`; `outputShape` that init found; `tree`, the parameters'
structure as JAX prints it.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.example_libraries import optimizers, stax

from golden_file import generator
from operations import uniform

LINE, IMAGE = (2, 6, 3), (2, 5, 6, 3)

# name: (source, input shape)
LAYERS = {
    "dense": ("Dense(4)", (3, 5)),
    "dense.batch": ("Dense(4)", (2, 3, 5)),
    "dense.initializers": ("Dense(4, jax.nn.initializers.he_normal(), jax.nn.initializers.zeros)", (3, 5)),
    "conv": ("Conv(4, (3, 2))", IMAGE),
    "conv.same": ("Conv(4, (3, 3), (2, 2), 'SAME')", IMAGE),
    "conv.line": ("GeneralConv(('NWC', 'WIO', 'NWC'), 4, (3,), padding='SAME')", LINE),
    "conv.channelsFirst": ("GeneralConv(('NCHW', 'OIHW', 'NCHW'), 2, (2, 3), (1, 2))", (1, 3, 5, 6)),
    "convTranspose": ("ConvTranspose(2, (3, 3), (2, 2))", (1, 3, 4, 2)),
    "convTranspose.same": ("ConvTranspose(2, (3, 2), (2, 1), 'SAME')", (1, 3, 4, 2)),
    "convTranspose.line": ("Conv1DTranspose(4, (3,), (2,))", LINE),
    "convTranspose.channelsFirst": ("GeneralConvTranspose(('NCHW', 'OIHW', 'NCHW'), 2, (2, 3), (1, 2))", (1, 3, 4, 5)),
    "batchNorm": ("BatchNorm()", IMAGE),
    "batchNorm.features": ("BatchNorm(axis=0, epsilon=0.001)", (5, 4)),
    "batchNorm.uncentered": ("BatchNorm(center=False)", IMAGE),
    "batchNorm.unscaled": ("BatchNorm(scale=False)", IMAGE),
    "batchNorm.plain": ("BatchNorm(center=False, scale=False)", IMAGE),
    "batchNorm.randomInitializers": (
        "BatchNorm(beta_init=jax.nn.initializers.normal(1.0), gamma_init=jax.nn.initializers.uniform(1.0))",
        IMAGE,
    ),
    "maxPool": ("MaxPool((2, 3), (2, 1))", IMAGE),
    "maxPool.same": ("MaxPool((3, 3), (2, 2), 'SAME')", IMAGE),
    "maxPool.spec": ("MaxPool((2, 2), (2, 2), spec='NCHW')", (1, 2, 4, 6)),
    "sumPool": ("SumPool((2, 2))", IMAGE),
    "sumPool.same": ("SumPool((3, 3), (2, 2), 'SAME')", IMAGE),
    "sumPool.spec": ("SumPool((2, 3), (1, 2), spec='NCHW')", (1, 2, 4, 6)),
    "avgPool": ("AvgPool((2, 3), (2, 1))", IMAGE),
    "avgPool.spec": ("AvgPool((3, 2), (2, 1), 'SAME', spec='NCHW')", (1, 2, 4, 6)),
    "avgPool.same": ("AvgPool((3, 3), (2, 2), 'SAME')", IMAGE),
    "flatten": ("Flatten", IMAGE),
    "identity": ("Identity", (2, 3)),
    "elementwise": ("elementwise(jax.numpy.sin)", (2, 3)),
    "fanOut": ("FanOut(3)", (2, 3)),
    "fanInSum": ("serial(FanOut(2), parallel(Dense(4), Dense(4)), FanInSum)", (2, 3)),
    "fanInConcat": ("serial(FanOut(2), parallel(Dense(4), Tanh), FanInConcat())", (2, 3)),
    "fanInConcat.axis": ("serial(FanOut(2), parallel(Identity, Tanh), FanInConcat(0))", (2, 3)),
    "dropout": ("Dropout(0.7)", (4, 10)),
    "dropout.test": ("Dropout(0.7, mode='test')", (4, 10)),
    "dropout.serial": ("serial(Dense(8), Dropout(0.6), Tanh, Dropout(0.8), Dense(3))", (4, 5)),
    "dropout.parallel": ("serial(FanOut(2), parallel(Dropout(0.5), serial(Dense(5), Dropout(0.5))), FanInSum)", (4, 5)),
    "shapeDependent": ("shape_dependent(lambda shape: Dense(2 * shape[-1]))", (3, 5)),
    "network": ("serial(Dense(8), Relu, Dense(3), LogSoftmax)", (4, 5)),
    "network.nested": ("serial(Dense(4), serial(Tanh, Dense(4), serial(Dense(2))), Sigmoid)", (3, 5)),
    "network.image": (
        (
            "serial(Conv(4, (3, 3), padding='SAME'), BatchNorm(), Relu, MaxPool((2, 2), (2, 2)), Conv(3, (2, 2)), Tanh, "
            "Flatten, Dense(3), Softmax)"
        ),
        (2, 6, 6, 2),
    ),
    "network.residual": (
        (
            "serial(Conv(2, (3, 3), padding='SAME'), FanOut(2), parallel(serial(BatchNorm(), Relu, "
            "Conv(2, (3, 3), padding='SAME')), Identity), FanInSum, Relu, AvgPool((2, 2)), Flatten, Dense(2))"
        ),
        (2, 4, 4, 1),
    ),
}
for activation in (
    "Tanh",
    "Relu",
    "Exp",
    "LogSoftmax",
    "Softmax",
    "Softplus",
    "Sigmoid",
    "Elu",
    "LeakyRelu",
    "Selu",
    "Gelu",
):
    LAYERS[activation[0].lower() + activation[1:]] = (activation, (3, 5))


def add_layer(file, name, layer, source, shape):
    init, apply = layer
    for seed in range(3):
        key = jax.random.PRNGKey(seed)
        out_shape, params = init(key, shape)
        out_shape = jax.tree.map(int, out_shape)
        leaves, tree = jax.tree.flatten(params)
        arrays = {f"param{i}": leaf for i, leaf in enumerate(leaves)}
        if leaves:
            file.add(
                f"init.{name}.{seed}",
                {"key": key} | arrays,
                python=source,
                inputShape=shape,
                outputShape=out_shape,
                tree=str(tree),
            )
        if seed == 0:
            start, start_arrays = params, arrays

    inputs = uniform(f"stax {name}", shape, apart=0.05)
    leaves, tree = jax.tree.flatten(start)
    key = np.asarray(jax.random.PRNGKey(7))
    random = "Dropout" in source
    keywords = {"rng": key} if random else {}
    parts = start_arrays | {"in0": inputs} | ({"key": key} if random else {})
    rng = generator(f"stax {name} cotangents")

    outputs = jax.tree.leaves(apply(start, inputs, **keywords))
    cotangents = [rng.standard_normal(output.shape).astype(np.float32) for output in outputs]
    for i, output in enumerate(outputs):
        parts |= {f"out{i}_f32": output, f"cotangent{i}": cotangents[i]}
    # The keep probability is a Python number, whose draws would be 64 bits wide in JAX's 64-bit mode: dropout stays in
    # float32.
    if random:
        outputs, pullback = jax.vjp(lambda params, x: jax.tree.leaves(apply(params, x, **keywords)), start, inputs)
        gradients, input_gradient = pullback([jnp.asarray(c) for c in cotangents])
        for i, output in enumerate(outputs):
            parts[f"out{i}"] = np.asarray(output, np.float64)
    else:
        with jax.enable_x64(True):
            wide = jax.tree.unflatten(tree, [jnp.asarray(np.asarray(leaf), jnp.float64) for leaf in leaves])
            outputs, pullback = jax.vjp(
                lambda params, x: jax.tree.leaves(apply(params, x)), wide, jnp.asarray(inputs, jnp.float64)
            )
            for i, output in enumerate(outputs):
                assert output.dtype == np.float64
                parts[f"out{i}"] = output
            gradients, input_gradient = pullback([jnp.asarray(c, jnp.float64) for c in cotangents])
    for i, gradient in enumerate(jax.tree.leaves(gradients)):
        parts[f"paramGrad{i}"] = np.asarray(gradient, np.float64)
    parts["grad0"] = np.asarray(input_gradient, np.float64)
    file.add(
        f"apply.{name}", parts, python=source, inputShape=shape, outputShape=out_shape, tree=str(tree), random=random
    )
    # As above, random layers stay in float32.
    with jax.enable_x64(not random):
        dtype = np.float32 if random else np.float64
        wide = jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf), dtype), (start, inputs))
        losses, final = train(apply, wide, [jnp.asarray(c, dtype) for c in cotangents], key if random else None)
        parts = {f"final{i}": np.asarray(leaf, np.float64) for i, leaf in enumerate(jax.tree.leaves(final))}
        file.add(f"train.{name}", parts | {"losses": np.asarray(losses, np.float64)}, python=source)


def train(apply, trained, targets, key):
    def loss(trained, step):
        keywords = {} if key is None else {"rng": jax.random.fold_in(key, step)}
        outputs = jax.tree.leaves(apply(*trained, **keywords))
        return sum(jnp.mean((output - target) ** 2) for output, target in zip(outputs, targets, strict=True))

    init, update, get_params = optimizers.momentum(0.05, 0.9)
    state, losses = init(trained), []
    for step in range(10):
        value, gradients = jax.value_and_grad(loss)(get_params(state), step)
        losses.append(value)
        state = update(step, gradients, state)
    return [*losses, loss(get_params(state), 10)], get_params(state)


def add_cases(file):
    for name, (source, shape) in LAYERS.items():
        add_layer(file, name, eval(source, {"jax": jax} | vars(stax)), source, shape)
