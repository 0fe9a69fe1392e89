"""Attention, positions, embeddings and normalized weights: flax.linen and the papers' formulas; outputs, gradients.

`<layer>`: parameters `param.<path>`, random numbers; inputs `in<i>`, floats in float32; the output `out0` (float64) and
  `out0_f32`, the cotangent `cotangent0`, gradients by parameters `paramGrad.<path>` and by the float inputs `grad<i>`,
  computed in float64. `sinusoid`, `sinusoid.base`: `out0` alone. `spectralNorm`, `spectralNorm.training`: besides, `state`, the
  vector that the power iteration begins at, and in training `newState`, that after it, in float32.
"""

import flax.linen as nn
import flax.traverse_util
import jax
import jax.numpy as jnp
import numpy as np

from golden_file import generator
from operations import integers, is_float, uniform


def add_case(file, name, function, params, inputs, further_parts=None, **attributes):
    """Adds a case of `function(params, *inputs)`, where params are arrays by path."""
    inputs = [np.asarray(x) for x in inputs]
    floats = [i for i, x in enumerate(inputs) if is_float(x)]
    parts = {f"param.{path}": array for path, array in params.items()} | {f"in{i}": x for i, x in enumerate(inputs)}

    def apply(params, *values):
        whole = list(map(jnp.asarray, inputs))
        for i, value in zip(floats, values):
            whole[i] = value
        return function(params, *whole)

    parts["out0_f32"] = apply(params, *(jnp.asarray(inputs[i]) for i in floats))
    cotangent = generator(f"attention {name} cotangents").standard_normal(parts["out0_f32"].shape).astype(np.float32)
    parts["cotangent0"] = cotangent
    with jax.enable_x64(True):
        wide = lambda tree: jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), tree)
        output, pullback = jax.vjp(apply, wide(params), *(wide(inputs[i]) for i in floats))
        assert output.dtype == np.float64, name
        gradients, *input_gradients = pullback(wide(cotangent))
        parts |= {"out0": output} | {f"grad{i}": array for i, array in zip(floats, input_gradients)}
        parts |= {f"paramGrad.{path}": array for path, array in gradients.items()}
    file.add(name, parts | (further_parts or {}), **attributes)


def randomized(name, shapes):
    return {
        path: uniform(f"attention {name} {path}", shape, 0.5 if "scale" in path else -1.0, 1.5)
        for path, shape in shapes.items()
    }


def add_module(file, name, module, inputs, call=None, rename=lambda path: path, collections=None, **attributes):
    """Adds a case of a module of Flax, whose parameters' paths are renamed."""
    call = call or (lambda module, variables, *inputs: module.apply(variables, *inputs))
    arrays = [jnp.asarray(x) for x in inputs]
    variables = module.init(jax.random.PRNGKey(0), *arrays[: attributes.pop("init_inputs", len(arrays))])
    flat = flax.traverse_util.flatten_dict(variables["params"])
    paths = {rename(".".join(path)): path for path in flat}
    params = randomized(name, {new: flat[path].shape for new, path in paths.items()})

    def function(params, *inputs):
        tree = flax.traverse_util.unflatten_dict({paths[path]: leaf for path, leaf in params.items()})
        return call(module, {"params": tree}, *inputs)

    add_case(file, name, function, params, inputs, **attributes)


def grouped(params, x, mask, heads, groups, causal):
    """Grouped attention with the heads of keys and values repeated, and the projections written out."""
    projected = lambda name, heads: jnp.einsum("blf,fhd->blhd", x, params[f"{name}.kernel"]) + params[f"{name}.bias"]
    query, key, value = projected("query", heads), projected("key", groups), projected("value", groups)
    key, value = (jnp.repeat(array, heads // groups, axis=-2) for array in (key, value))
    if causal:
        mask = nn.make_causal_mask(x[..., 0])
    attended = nn.dot_product_attention(query, key, value, mask=mask)
    return jnp.einsum("blhd,hdo->blo", attended, params["out.kernel"]) + params["out.bias"]


def rotated(x, base, halves):
    """The formula of RoFormer: pairs of elements as complex numbers, turned."""
    length, features = x.shape[-3], x.shape[-1]
    angles = jnp.arange(length)[:, None] * base ** (-2 * jnp.arange(features // 2) / features)
    pairs = jnp.stack(jnp.split(x, 2, -1), -1) if halves else x.reshape(*x.shape[:-1], features // 2, 2)
    cosines, sines = jnp.cos(angles)[:, None], jnp.sin(angles)[:, None]
    first = pairs[..., 0] * cosines - pairs[..., 1] * sines
    second = pairs[..., 1] * cosines + pairs[..., 0] * sines
    return jnp.concatenate([first, second], -1) if halves else jnp.stack([first, second], -1).reshape(x.shape)


def sinusoid(length, features, base):
    table = np.zeros((length, features))
    for position in range(length):
        for i in range(features // 2):
            angle = position / base ** (2 * i / features)
            table[position, 2 * i : 2 * i + 2] = np.sin(angle), np.cos(angle)
    return table


class Block(nn.Module):
    """A block of a Transformer, of Flax's layers."""

    heads: int
    first: bool

    @nn.compact
    def __call__(self, x, mask):
        def hidden(x):
            x = nn.gelu(nn.Dense(4 * x.shape[-1], name="dense0")(x))
            return nn.Dense(x.shape[-1] // 4, name="dense1")(x)

        attention = nn.MultiHeadDotProductAttention(self.heads, name="attention")
        for name, function in (("attention", lambda x: attention(x, mask=mask)), ("hidden", hidden)):
            norm = nn.LayerNorm(name=f"{name}Norm")
            x = x + function(norm(x)) if self.first else norm(x + function(x))
        return x


def add_cases(file):
    x = uniform("attention x", (2, 5, 6))
    memory = uniform("attention memory", (2, 4, 3))
    Attention = nn.MultiHeadDotProductAttention
    add_module(file, "self", Attention(2), [x])
    add_module(file, "self.sizes", Attention(3, qkv_features=12, out_features=5, use_bias=False), [x])
    add_module(file, "cross", Attention(2), [x, memory])
    add_module(file, "cross.values", Attention(2), [x, memory, uniform("attention values", (2, 4, 7))])
    masked = lambda module, variables, x, mask: module.apply(variables, x, mask=mask)
    mask = generator("attention mask").random((2, 1, 5, 5)) < 0.6
    mask[..., 0] = True
    add_module(file, "masked", Attention(2), [x, mask], masked, init_inputs=1)
    add_module(file, "masked.heads", Attention(2), [x, np.concatenate([mask, ~mask], 1)], masked, init_inputs=1)
    causal = lambda module, variables, x: module.apply(variables, x, mask=nn.make_causal_mask(x[..., 0]))
    add_module(file, "causal", Attention(2), [x], causal)

    shapes = {"query": (6, 4, 2), "key": (6, 2, 2), "value": (6, 2, 2), "out": (4, 2, 6)}
    shapes = {f"{name}.kernel": shape for name, shape in shapes.items()} | {
        f"{name}.bias": shape[1:] if name != "out" else shape[2:] for name, shape in shapes.items()
    }
    params = randomized("grouped", shapes)
    add_case(file, "grouped", lambda p, x, mask: grouped(p, x, mask, 4, 2, False), params, [x, mask])
    add_case(file, "grouped.causal", lambda p, x: grouped(p, x, None, 4, 2, True), params, [x])

    heads = uniform("attention rotary", (2, 7, 3, 8))
    for name, halves in (("rotary", True), ("rotary.neighbours", False)):
        add_case(file, name, lambda _, x, halves=halves: rotated(x, 10_000.0, halves), {}, [heads])
    add_case(file, "rotary.base", lambda _, x: rotated(x, 500.0, True), {}, [heads])
    file.add("sinusoid", {"out0": sinusoid(50, 16, 10_000)}, base=10_000.0)
    file.add("sinusoid.base", {"out0": sinusoid(9, 6, 100)}, base=100.0)

    numbers = integers("attention numbers", (2, 5), 0, 6)
    add_module(file, "embedding", nn.Embed(7, 4), [numbers])
    tied = nn.Embed(7, 6)
    table = randomized("tied", {"embedding.embedding": (7, 6)})
    function = lambda p, x: tied.apply({"params": {"embedding": p["embedding.embedding"]}}, x, method="attend")
    add_case(file, "tiedLogits", function, table, [x])

    mask = generator("attention block mask").random((2, 1, 5, 5)) < 0.7
    mask[..., 1] = True
    path = lambda path: path if "Norm" in path or "attention" in path else f"hidden.{path}"
    add_module(file, "block", Block(2, True), [x, mask], rename=path)
    add_module(file, "block.normalizedLast", Block(3, False), [x, mask], rename=path)

    def normalized(path):
        return "scale." + path.split("/")[-2] if "scale" in path else "model." + path.split(".")[-1]

    class Weights(nn.Module):
        options: dict

        @nn.compact
        def __call__(self, x):
            return nn.WeightNorm(nn.Dense(4), variable_filter={"kernel"}, **self.options)(x)

    add_module(file, "weightNorm", Weights({}), [x], rename=normalized)
    add_module(file, "weightNorm.unscaled", Weights({"use_scale": False, "epsilon": 0.01}), [x], rename=normalized)

    def spectral(params, u, x, update):
        layer = nn.SpectralNorm(nn.Dense(4), n_steps=2)
        variables = {
            "params": {"layer_instance": {"kernel": params["model.kernel"], "bias": params["model.bias"]}},
            "batch_stats": {"layer_instance/kernel/u": u, "layer_instance/kernel/sigma": jnp.ones(())},
        }
        return layer.apply(variables, x, update_stats=update, mutable=["batch_stats"])

    weights = randomized("spectralNorm", {"model.kernel": (6, 4), "model.bias": (4,)})
    start = uniform("attention spectralNorm u", (1, 4))
    for name, update in (("spectralNorm", False), ("spectralNorm.training", True)):
        function = lambda p, x, update=update: spectral(p, jnp.asarray(start, x.dtype), x, update)[0]
        parts = {"state": start}
        if update:
            arrays = {path: jnp.asarray(array) for path, array in weights.items()}
            _, variables = spectral(arrays, jnp.asarray(start), jnp.asarray(x), True)
            parts["newState"] = variables["batch_stats"]["layer_instance/kernel/u"]
        add_case(file, name, function, weights, [x], parts)
