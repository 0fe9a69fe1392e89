"""Operations that move elements: reshape, transpose, pad, slice, concatenate and their NumPy forms.

Everything here is exact: an element of the result is an element of an operand.
"""

import jax.numpy as jnp
import numpy as np
from jax import lax

from operations import exact, integers, operation, uniform


def add_lax(file):
    x = uniform("shapes", (2, 3, 4))
    for name, operand, shape, dimensions in (
        ("scalar", (), (3, 4), ()),
        ("row", (4,), (3, 4), (1,)),
        ("column", (3,), (3, 4), (0,)),
        ("stretch", (3, 1), (2, 3, 4), (1, 2)),
        ("middle", (2, 4), (2, 3, 4), (0, 2)),
        ("same", (3, 4), (3, 4), (0, 1)),
        ("ones", (1, 1), (5, 1, 1, 2), (1, 3)),
    ):
        operation(
            file,
            f"broadcastInDim.{name}",
            lambda x: lax.broadcast_in_dim(x, shape, dimensions),
            [uniform(f"broadcastInDim.{name}", operand)],
            shape=shape,
            dimensions=dimensions,
        )
    for shape in ((24,), (4, 6), (6, 1, 4), (2, 2, 2, 3), (1, 24)):
        name = "x".join(map(str, shape))
        operation(file, f"reshape.{name}", lambda x: lax.reshape(x, shape), [x], shape=shape)
    operation(file, "reshape.scalar", lambda x: lax.reshape(x, (1, 1)), [np.float32(1.5)], shape=(1, 1))
    operation(file, "reshape.toScalar", lambda x: lax.reshape(x, ()), [np.full((1, 1), 1.5, np.float32)], shape=())
    for permutation in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
        name = "".join(map(str, permutation))
        operation(file, f"transpose.{name}", lambda x: lax.transpose(x, permutation), [x], permutation=permutation)
    four = uniform("transpose.4", (2, 3, 4, 2))
    for permutation in ((3, 1, 0, 2), (0, 3, 1, 2), (0, 2, 3, 1), (3, 2, 1, 0)):
        name = "".join(map(str, permutation))
        operation(file, f"transpose.{name}", lambda x: lax.transpose(x, permutation), [four], permutation=permutation)
    for dimensions in ((0,), (2,), (0, 2), (0, 1, 2), ()):
        name = "".join(map(str, dimensions)) or "none"
        operation(file, f"reverse.{name}", lambda x: lax.rev(x, dimensions), [x], dimensions=dimensions)
    for axis in range(3):
        shapes = [[2, 3, 4] for _ in range(3)]
        for shape, size in zip(shapes, (1, 3, 2)):
            shape[axis] = size
        operands = [uniform(f"concatenate.{axis} {i}", shape) for i, shape in enumerate(shapes)]
        operation(file, f"concatenate.{axis}", lambda *xs: lax.concatenate(xs, axis), operands, axis=axis)
    operation(file, "concatenate.single", lambda x: lax.concatenate([x], 1), [x], axis=1)

    m = uniform("pad", (3, 4))
    for name, config in (
        ("edges", ((1, 2, 0), (0, 3, 0))),
        ("negative", ((-1, 0, 0), (1, -2, 0))),
        ("interior", ((0, 0, 2), (1, 1, 1))),
        ("negativeInterior", ((-1, 2, 1), (-2, -1, 2))),
        ("none", ((0, 0, 0), (0, 0, 0))),
        ("crop", ((-1, -1, 0), (-1, -1, 0))),
    ):
        operation(file, f"pad.{name}", lambda x, value: lax.pad(x, value, config), [m, np.float32(0.75)], config=config)
    for name, start, limit, strides in (
        ("plain", (0, 1, 1), (2, 3, 3), None),
        ("strided", (0, 0, 1), (2, 3, 4), (1, 2, 2)),
        ("one", (1, 2, 3), (2, 3, 4), None),
        ("all", (0, 0, 0), (2, 3, 4), None),
        ("longStride", (0, 0, 0), (2, 3, 4), (2, 3, 3)),
    ):
        operation(
            file,
            f"slice.{name}",
            lambda x: lax.slice(x, start, limit, strides),
            [x],
            start=start,
            limit=limit,
            strides=strides,
        )
    y = uniform("dynamicSlice", (4, 5))
    for name, start in (
        ("inside", (1, 2)),
        ("zero", (0, 0)),
        ("beyond", (3, 4)),
        ("negative", (-3, -1)),
        ("far", (100, -100)),
    ):
        start = np.asarray(start, np.int32)
        operation(
            file,
            f"dynamicSlice.{name}",
            lambda x, i, j: lax.dynamic_slice(x, (i, j), (2, 3)),
            [y, *start],
            sizes=(2, 3),
        )
        update = uniform(f"dynamicUpdateSlice.{name}", (2, 3))
        operation(
            file,
            f"dynamicUpdateSlice.{name}",
            lambda x, u, i, j: lax.dynamic_update_slice(x, u, (i, j)),
            [y, update, *start],
        )
    for shape, dimension in (((5,), 0), ((3, 4), 0), ((3, 4), 1), ((2, 3, 4), 1)):
        for dtype in ("int32", "float32", "uint8", "int64", "bfloat16"):
            name = f"iota.{'x'.join(map(str, shape))}.{dimension}.{dtype}"
            exact(
                file,
                name,
                lambda: lax.broadcasted_iota(dtype, shape, dimension),
                [],
                shape=shape,
                dimension=dimension,
                dtype=dtype,
            )
    operation(file, "expandDims", lambda x: lax.expand_dims(x, (0, 2)), [m], dimensions=(0, 2))
    operation(file, "squeeze", lambda x: lax.squeeze(x, (1, 3)), [uniform("squeeze", (3, 1, 4, 1))], dimensions=(1, 3))


def add_numpy(file):
    x, y, z = (uniform(f"numpy {i}", (3, 4)) for i in range(3))
    cube = uniform("numpy cube", (2, 3, 4))
    for axis in (0, 1, 2, -1):
        operation(file, f"stack.{axis}", lambda *xs: jnp.stack(xs, axis), [x, y, z], axis=axis)
    for name, function in (
        ("hstack", jnp.hstack),
        ("vstack", jnp.vstack),
        ("dstack", jnp.dstack),
        ("columnStack", jnp.column_stack),
    ):
        operation(file, name, lambda *xs: function(xs), [x, y, z])
        operation(file, f"{name}.vectors", lambda *xs: function(xs), [x[0], y[0], z[0]])
    wide = uniform("split", (3, 6))
    operation(file, "split.sections", lambda x: jnp.split(x, 3, 1), [wide], sections=3, axis=1)
    operation(file, "split.indices", lambda x: jnp.split(x, (1, 4), 1), [wide], indices=(1, 4), axis=1)
    operation(file, "arraySplit", lambda x: jnp.array_split(x, 4, 1), [wide], sections=4, axis=1)
    for name, shift, axis in (("1", 1, None), ("-2.axis1", -2, 1), ("7.axis0", 7, 0), ("axes", (1, -1), (0, 1))):
        operation(file, f"roll.{name}", lambda x: jnp.roll(x, shift, axis), [x], shift=shift, axis=axis)
    for reps in ((2,), (2, 1), (1, 3), (2, 1, 2), (0, 1)):
        name = "x".join(map(str, reps))
        operation(file, f"tile.{name}", lambda x: jnp.tile(x, reps), [x], repetitions=reps)
    operation(file, "repeat.flat", lambda x: jnp.repeat(x, 2), [x], repeats=2)
    operation(file, "repeat.axis", lambda x: jnp.repeat(x, 3, axis=0), [x], repeats=3, axis=0)
    counts = np.array([0, 2, 1, 3], np.int32)
    operation(
        file,
        "repeat.counts",
        lambda x: jnp.repeat(x, counts, axis=1, total_repeat_length=6),
        [x],
        repeats=counts.tolist(),
        axis=1,
    )
    for indexing in ("xy", "ij"):
        operation(
            file,
            f"meshgrid.{indexing}",
            lambda a, b: jnp.meshgrid(a, b, indexing=indexing),
            [x[0], y[:, 0]],
            indexing=indexing,
        )
    operation(file, "meshgrid.three", lambda a, b, c: jnp.meshgrid(a, b, c), [x[0], y[:, 0], z[0, :2]], indexing="xy")
    operation(file, "moveaxis", lambda x: jnp.moveaxis(x, 0, -1), [cube], source=0, destination=-1)
    operation(
        file, "moveaxis.several", lambda x: jnp.moveaxis(x, (0, 1), (2, 0)), [cube], source=(0, 1), destination=(2, 0)
    )
    operation(file, "swapaxes", lambda x: jnp.swapaxes(x, 0, 2), [cube], axes=(0, 2))
    operation(file, "ravel", jnp.ravel, [cube])
    for axis in (None, 0, 1, (0, 1)):
        operation(file, f"flip.{axis}".replace(" ", ""), lambda x: jnp.flip(x, axis), [x], axis=axis)
    for k in (1, 2, 3, -1):
        operation(file, f"rot90.{k}", lambda x: jnp.rot90(x, k), [x], k=k)
    for offset in (0, 1, -2):
        operation(file, f"diagonal.{offset}", lambda x: jnp.diagonal(x, offset), [x], offset=offset)
        operation(file, f"diag.{offset}", lambda x: jnp.diag(x, offset), [x[0]], offset=offset)
        operation(file, f"tril.{offset}", lambda x: jnp.tril(x, offset), [x], offset=offset)
        operation(file, f"triu.{offset}", lambda x: jnp.triu(x, offset), [x], offset=offset)
        operation(file, f"trace.{offset}", lambda x: jnp.trace(x, offset), [x], offset=offset)
        exact(
            file, f"eye.{offset}", lambda: jnp.eye(3, 4, offset, dtype="float32"), [], rows=3, columns=4, offset=offset
        )
        exact(
            file, f"tri.{offset}", lambda: jnp.tri(3, 4, offset, dtype="float32"), [], rows=3, columns=4, offset=offset
        )
    for mode in ("constant", "edge", "reflect", "symmetric", "wrap"):
        operation(
            file,
            f"numpyPad.{mode}",
            lambda x: jnp.pad(x, ((1, 2), (0, 3)), mode=mode),
            [x],
            widths=((1, 2), (0, 3)),
            mode=mode,
        )
    for n in (1, 2):
        operation(file, f"diff.{n}", lambda x: jnp.diff(x, n), [x], n=n)
    operation(file, "broadcastTo", lambda x: jnp.broadcast_to(x, (2, 3, 4)), [x], shape=(2, 3, 4))
    operation(file, "delete", lambda x: jnp.delete(x, 1, axis=1), [x], index=1, axis=1)
    operation(file, "insert", lambda x: jnp.insert(x, 1, 0.5, axis=1), [x], index=1, value=0.5, axis=1)
    operation(file, "append", lambda x, y: jnp.append(x, y, axis=0), [x, y], axis=0)


def add_other_dtypes(file):
    """The same movements of integers, booleans and 16-bit floats: one of each kind is enough."""
    for dtype in ("bool", "int8", "int64", "uint16", "float16", "bfloat16", "float64"):
        x = integers(f"moves {dtype}", (2, 3, 4), 0, 1 if dtype == "bool" else 100).astype(jnp.dtype(dtype))
        exact(file, f"transpose.201.{dtype}", lambda x: lax.transpose(x, (2, 0, 1)), [x], permutation=(2, 0, 1))
        exact(file, f"reverse.02.{dtype}", lambda x: lax.rev(x, (0, 2)), [x], dimensions=(0, 2))
        exact(file, f"concatenate.1.{dtype}", lambda x, y: lax.concatenate([x, y], 1), [x, x[:, :1]], axis=1)
        exact(
            file,
            f"slice.strided.{dtype}",
            lambda x: lax.slice(x, (0, 0, 1), (2, 3, 4), (1, 2, 2)),
            [x],
            start=(0, 0, 1),
            limit=(2, 3, 4),
            strides=(1, 2, 2),
        )
        config = ((0, 0, 0), (1, -1, 0), (1, 0, 1))
        exact(file, f"pad.{dtype}", lambda x, value: lax.pad(x, value, config), [x, x[0, 0, 0]], config=config)


def add_cases(file):
    add_lax(file)
    add_numpy(file)
    add_other_dtypes(file)
