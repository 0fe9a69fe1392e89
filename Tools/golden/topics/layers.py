"""The layers of flax.linen: outputs, gradients and running statistics.

`<layer>`: parameters `param.<path>`, random numbers, not what the layer would start with; inputs `in0`, all float32; the
  output `out0` (float64) and `out0_f32`, the cotangent `cotangent0`, gradients by parameters `paramGrad.<path>` and by the
  inputs `grad0`, computed in float64. With running statistics before, `state.<path>`, and after the call, `newState.<path>`
  (float64), where the layer keeps some.
Attributes: `python`, the layer in Flax's terms; `inputShape`.
"""

import flax.linen as nn
import flax.traverse_util
import jax
import jax.numpy as jnp
import numpy as np

from golden_file import generator
from operations import uniform

LINE, IMAGE, VOLUME = (2, 7, 4), (2, 7, 6, 4), (2, 4, 5, 3, 2)

# name: (source, input shape)
LAYERS = {
    "dense": ("nn.Dense(3)", (4, 5)),
    "conv": ("nn.Conv(6, (3, 2), padding='VALID')", IMAGE),
    "conv.strided": ("nn.Conv(6, (3, 3), strides=(2, 1), padding='SAME')", IMAGE),
    "conv.dilated": ("nn.Conv(3, (2, 3), kernel_dilation=(2, 1), padding='SAME')", IMAGE),
    "conv.grouped": ("nn.Conv(6, (3, 3), feature_group_count=2, padding='VALID')", IMAGE),
    "conv.padded": ("nn.Conv(3, (3, 3), padding=((2, 0), (0, 1)))", IMAGE),
    "conv.unbiased": ("nn.Conv(3, (1, 1), use_bias=False)", IMAGE),
    "conv.line": ("nn.Conv(3, (3,), strides=(2,), kernel_dilation=(2,), padding='VALID')", LINE),
    "conv.volume": ("nn.Conv(3, (2, 3, 2), strides=(1, 2, 1), padding='SAME')", VOLUME),
    "depthwiseConv": ("nn.Conv(8, (3, 3), feature_group_count=4, padding='SAME')", IMAGE),
    "convTranspose": ("nn.ConvTranspose(3, (3, 2), strides=(2, 2), padding='VALID')", IMAGE),
    "convTranspose.same": ("nn.ConvTranspose(3, (3, 3), strides=(2, 1), padding='SAME')", IMAGE),
    "convTranspose.dilated": ("nn.ConvTranspose(3, (2, 2), strides=(2, 2), kernel_dilation=(2, 1))", IMAGE),
    "convTranspose.line": ("nn.ConvTranspose(3, (3,), strides=(2,), padding='VALID')", LINE),
    "maxPool": ("pool(nn.max_pool, (2, 3), strides=(2, 1))", IMAGE),
    "maxPool.same": ("pool(nn.max_pool, (3, 3), strides=(2, 2), padding='SAME')", IMAGE),
    "maxPool.line": ("pool(nn.max_pool, (3,), strides=(2,))", LINE),
    "maxPool.volume": ("pool(nn.max_pool, (2, 2, 2), strides=(2, 1, 1))", VOLUME),
    "avgPool": ("pool(nn.avg_pool, (2, 3), strides=(2, 1))", IMAGE),
    "avgPool.padded": ("pool(nn.avg_pool, (3, 3), strides=(2, 2), padding='SAME')", IMAGE),
    "avgPool.same": ("pool(nn.avg_pool, (3, 3), strides=(2, 2), padding='SAME', count_include_pad=False)", IMAGE),
    "avgPool.explicit": (
        "pool(nn.avg_pool, (3, 2), strides=(1, 2), padding=((1, 1), (0, 1)), count_include_pad=False)",
        IMAGE,
    ),
    "layerNorm": ("nn.LayerNorm()", (4, 6)),
    "layerNorm.axes": ("nn.LayerNorm(epsilon=0.001, reduction_axes=(-2, -1), feature_axes=(-2, -1))", (3, 4, 5)),
    "rmsNorm": ("nn.RMSNorm()", (4, 6)),
    "rmsNorm.unscaled": ("nn.RMSNorm(epsilon=0.01, use_scale=False)", (4, 6)),
    "groupNorm": ("nn.GroupNorm(num_groups=2)", IMAGE),
    "groupNorm.epsilon": ("nn.GroupNorm(num_groups=3, epsilon=0.01)", (4, 6)),
    "groupNorm.unscaled": ("nn.GroupNorm(num_groups=4, use_bias=False, use_scale=False)", IMAGE),
    "instanceNorm": ("nn.InstanceNorm()", IMAGE),
    "batchNorm.training": ("nn.BatchNorm(use_running_average=False, momentum=0.9)", IMAGE),
    "batchNorm.evaluation": ("nn.BatchNorm(use_running_average=True)", IMAGE),
    "batchNorm.features": ("nn.BatchNorm(use_running_average=False, epsilon=0.001)", (6, 5)),
    "batchNorm.unscaled": ("nn.BatchNorm(use_running_average=False, use_scale=False, use_bias=False)", IMAGE),
}


class Pool(nn.Module):
    """A function of Flax as a module without parameters."""

    function: object
    window: tuple
    options: dict

    @nn.compact
    def __call__(self, x):
        return self.function(x, self.window, **self.options)


def pool(function, window, **options):
    return Pool(function, window, options)


def add_layer(file, name, source, shape):
    layer = eval(source)
    inputs = uniform(f"layers {name}", shape, apart=0.05)
    variables = layer.init(jax.random.PRNGKey(0), jnp.asarray(inputs))

    def randomized(tree, kind):
        flat = flax.traverse_util.flatten_dict(tree, sep=".")
        # Positive where they scale or are variances.
        low = {path: 0.5 if path.endswith(("scale", "var")) else -1.0 for path in flat}
        return {
            path: uniform(f"layers {name} {kind} {path}", leaf.shape, low[path], 1.5) for path, leaf in flat.items()
        }

    params = randomized(variables.get("params", {}), "param")
    state = randomized(variables.get("batch_stats", {}), "state")
    parts = {f"param.{path}": array for path, array in params.items()} | {"in0": inputs}
    parts |= {f"state.{path}": array for path, array in state.items()}

    def apply(params, state, x):
        tree = lambda flat: flax.traverse_util.unflatten_dict(flat, sep=".")
        output, changed = layer.apply({"params": tree(params), "batch_stats": tree(state)}, x, mutable=["batch_stats"])
        return output, flax.traverse_util.flatten_dict(changed.get("batch_stats", {}), sep=".")

    parts["out0_f32"] = apply(params, state, jnp.asarray(inputs))[0]
    cotangent = generator(f"layers {name} cotangents").standard_normal(parts["out0_f32"].shape).astype(np.float32)
    parts["cotangent0"] = cotangent
    with jax.enable_x64(True):
        wide = lambda tree: jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), tree)
        output, pullback, changed = jax.vjp(
            lambda params, x: apply(params, wide(state), x), wide(params), wide(inputs), has_aux=True
        )
        assert output.dtype == np.float64
        gradients, input_gradient = pullback(wide(cotangent))
        parts |= {"out0": output, "grad0": input_gradient}
        parts |= {f"paramGrad.{path}": gradient for path, gradient in gradients.items()}
        parts |= {f"newState.{path}": array for path, array in changed.items() if state}
    file.add(name, parts, python=source, inputShape=shape)


def add_cases(file):
    for name, (source, shape) in LAYERS.items():
        add_layer(file, name, source, shape)
