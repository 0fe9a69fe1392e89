"""Computes all parts of one operation's case: values, JAX's float32 values, and derivatives both ways."""

import jax
import jax.numpy as jnp
import numpy as np
from jax._src import config

from golden_file import generator


def is_float(array):
    return jnp.issubdtype(array.dtype, jnp.floating)


def flat(function):
    """`function` with its results as a tuple of arrays, whatever tree they come in."""
    return lambda *operands: tuple(jnp.asarray(leaf) for leaf in jax.tree.leaves(function(*operands)))


def uniform(name, shape, low=-2.0, high=2.0, apart=0.0):
    """Float32 numbers between `low` and `high`, none closer to zero than `apart`."""
    x = generator(name).uniform(low, high, shape)
    return (np.where(np.abs(x) < apart, np.copysign(apart + np.abs(x), x), x)).astype(np.float32)


def distinct(name, shape, low=-2.0, high=2.0):
    """Float32 numbers between `low` and `high`, no two of them close: a kink where two meet is far."""
    count = int(np.prod(shape))
    x = (np.arange(count) + 0.5) / max(count, 1) * (high - low) + low
    return generator(name).permutation(x).reshape(shape).astype(np.float32)


def integers(name, shape, low, high, dtype="int32"):
    """Integers from `low` to `high`, both included."""
    return generator(name).integers(low, high, shape, dtype, endpoint=True)


def operation(file, name, function, operands, smooth=True, **attributes):
    """Adds a case with float operands: README.md lists the parts. `smooth=False` leaves out the derivatives."""
    rng = generator(f"{name} directions")
    normal = lambda shape: rng.standard_normal(shape).astype(np.float32)
    function = flat(function)
    operands = [np.asarray(operand) for operand in operands]
    parts = {f"in{i}": operand for i, operand in enumerate(operands)}
    places = [i for i, operand in enumerate(operands) if is_float(operand)]

    outputs_f32 = function(*map(jnp.asarray, operands))
    for i, output in enumerate(outputs_f32):
        parts[f"out{i}_f32" if is_float(output) else f"out{i}"] = output

    floats_out = [i for i, output in enumerate(outputs_f32) if is_float(output)]
    cotangents = {i: normal(outputs_f32[i].shape) for i in floats_out}
    tangents = {i: normal(operands[i].shape) for i in places}

    with jax.enable_x64(True):

        def of_floats(*floats):
            all_operands = [jnp.asarray(operand) for operand in operands]
            for place, value in zip(places, floats):
                all_operands[place] = value
            outputs = function(*all_operands)
            return tuple(outputs[i] for i in floats_out)

        def everything(floats, cotangents, tangents):
            outputs = of_floats(*floats)
            if not (smooth and places and floats_out):
                return outputs, (), ()
            _, pullback = jax.vjp(of_floats, *floats)
            _, pushed = jax.jvp(of_floats, floats, tangents)
            return outputs, pullback(cotangents), pushed

        wide = lambda arrays: tuple(jnp.asarray(array, jnp.float64) for array in arrays)
        outputs, gradients, pushed = jax.jit(everything)(
            wide(operands[i] for i in places), wide(cotangents.values()), wide(tangents.values())
        )
        for i, output in zip(floats_out, outputs):
            assert output.dtype == jnp.float64, (name, i, output.dtype)
            parts[f"out{i}"] = output
        if gradients:
            parts |= {f"cotangent{i}": array for i, array in cotangents.items()}
            parts |= {f"tangent{i}": array for i, array in tangents.items()}
            parts |= {f"grad{i}": array for i, array in zip(places, gradients)}
            parts |= {f"jvp{i}": array for i, array in zip(floats_out, pushed)}
    for part, array in parts.items():
        array = np.asarray(array)
        if is_float(array) and not np.isfinite(array).all():
            raise ValueError(f"{name}/{part} is not finite: such a case belongs to corners")
    file.add(name, parts, **attributes)


def exact(file, name, function, operands, **attributes):
    """Adds a case of exact results in the operands' own dtypes: 64-bit types allowed, 32-bit ones the default."""
    parts = {f"in{i}": operand for i, operand in enumerate(operands)}
    with config.explicit_x64_dtypes(config.ExplicitX64Mode.ALLOW):
        arrays = [jnp.asarray(operand, np.asarray(operand).dtype) for operand in operands]
        for array, operand in zip(arrays, operands):
            assert array.dtype == np.asarray(operand).dtype, (name, array.dtype)
        parts |= {f"out{i}": output for i, output in enumerate(flat(function)(*arrays))}
    file.add(name, parts, **attributes)
