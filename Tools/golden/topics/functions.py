"""Functions of NumPy's and SciPy's kind that are compositions, those that the other topics do not have.

Attributes have the names of JAX's parameters, in the spelling of the other topics.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy import special

from golden_file import generator
from operations import distinct, exact, integers, operation, uniform


def add_elementwise(file):
    for name, function, low, high, apart in (
        ("logNdtr", special.log_ndtr, -6, 6, 0),
        ("exp2", jnp.exp2, -4, 4, 0),
        ("fraction", lambda x: jnp.modf(x)[0], -4, 4, 0.3),
        ("nanToNum", jnp.nan_to_num, -4, 4, 0),
    ):
        x = uniform(f"functions {name}", (5, 6), low, high, apart)
        if name == "fraction":
            rng = generator(name)
            x = (rng.integers(-4, 4, (5, 6)) + rng.uniform(0.1, 0.9, (5, 6))).astype(np.float32)
        operation(file, name, function, [x])
    for name, function, first, second in (
        ("heaviside", jnp.heaviside, (-3, 3), (-1, 1)),
        ("fmax", jnp.fmax, (-3, 0), (0.1, 3)),
        ("fmin", jnp.fmin, (-3, 0), (0.1, 3)),
        ("relEntr", special.rel_entr, (0.1, 3), (0.1, 3)),
        ("klDiv", special.kl_div, (0.1, 3), (0.1, 3)),
    ):
        operands = [uniform(f"{name} {i}", (4, 5), *bounds, 0.1) for i, bounds in enumerate((first, second))]
        operation(file, name, function, operands)
    x = uniform("ldexp", (4, 5))
    n = integers("ldexp n", (4, 5), -8, 8)
    operation(file, "ldexp", jnp.ldexp, [x, n])
    mixed = np.array([0.0, -0.0, 1.0, -3.5, 1e-30, 6e30, 0.5, np.inf, -np.inf], np.float32)
    exact(file, "frexp", jnp.frexp, [mixed])
    exact(file, "ldexp.exact", jnp.ldexp, [mixed, np.array([3, 3, -120, 5, 90, -90, 127, 3, 3], np.int32)])
    close = np.array([1, 1 + 1e-6, 1 + 1e-4, np.nan, np.inf, -np.inf, 0, 1e-9], np.float32)
    other = np.array([1, 1, 1, np.nan, np.inf, np.inf, 1e-9, 0], np.float32)
    exact(file, "isClose", jnp.isclose, [close, other])
    exact(file, "isClose.equalNaN", lambda a, b: jnp.isclose(a, b, equal_nan=True), [close, other], equalNaN=True)
    exact(file, "isClose.loose", lambda a, b: jnp.isclose(a, b, 1e-3, 1e-3), [close, other], rtol=1e-3, atol=1e-3)
    exact(file, "allClose", jnp.allclose, [close[:2], other[:2]])
    exact(file, "arrayEqual", jnp.array_equal, [close[:3], other[:3]])
    exact(file, "isPositiveInfinity", jnp.isposinf, [close])
    exact(file, "isNegativeInfinity", jnp.isneginf, [close])
    exact(
        file,
        "divmod",
        jnp.divmod,
        [np.array([7, -7, 7, -7, 6], np.int32), np.array([3, 3, -3, -3, 3], np.int32)],
    )


def add_selection(file):
    x = uniform("piecewise", (4, 6))
    operation(
        file,
        "piecewise",
        lambda x: jnp.piecewise(x, [x < -0.5, x > 0.5], [lambda x: -x, lambda x: x * x, lambda x: 3 * x]),
        [x],
    )
    operation(file, "piecewise.default", lambda x: jnp.piecewise(x, [x > 0.5], [jnp.exp]), [x])
    operation(file, "select.default", lambda c, x: jnp.select([c], [x]), [x > 0, x])


def add_shapes(file):
    x, y = uniform("functions shapes", (2, 3)), uniform("functions shapes 1", (2, 2))
    z, w = uniform("functions shapes 2", (1, 3)), uniform("functions shapes 3", (1, 2))
    operation(file, "block", lambda *b: jnp.block([[b[0], b[1]], [b[2], b[3]]]), [x, y, z, w])
    for shape in ((2, 2), (3, 5), (7,)):
        operation(file, f"resize.{'x'.join(map(str, shape))}", lambda x: jnp.resize(x, shape), [x], shape=shape)
    for axis in (0, 1):
        operation(file, f"unstack.{axis}", lambda x: jnp.unstack(x, axis=axis), [x], axis=axis)
    for name, function, operand in (
        ("atLeast1D", jnp.atleast_1d, np.float32(1.5)),
        ("atLeast2D", jnp.atleast_2d, x[0]),
        ("atLeast3D", jnp.atleast_3d, x),
        ("atLeast3D.vector", jnp.atleast_3d, x[0]),
        ("matrixTranspose", jnp.matrix_transpose, uniform("matrixTranspose", (2, 3, 4))),
    ):
        operation(file, name, function, [operand])
    operation(file, "append.flat", jnp.append, [x, y])
    operation(file, "delete.flat", lambda x: jnp.delete(x, np.array([0, 4])), [x], positions=(0, 4))
    operation(file, "delete.several", lambda x: jnp.delete(x, np.array([-1, 0]), 1), [x], positions=(-1, 0), axis=1)
    operation(file, "insert.slices", lambda x, y: jnp.insert(x, np.array([1, 1]), y, axis=1), [x, y], position=1, axis=1)
    operation(file, "insert.flat", lambda x: jnp.insert(x, -1, 2.5), [x], position=-1, value=2.5)
    operation(
        file,
        "repeat.traced",
        lambda x, n: jnp.repeat(x, n, axis=1, total_repeat_length=6),
        [x, np.array([2, 0, 2], np.int32)],
        total=6,
        axis=1,
    )
    widths = ((1, 2), (4, 3))
    for mode in ("linear_ramp", "maximum", "minimum", "mean"):
        options = {"end_values": 0.5} if mode == "linear_ramp" else {}
        operand = distinct(f"pad {mode}", (2, 3))
        operation(file, f"pad.{mode}", lambda x: jnp.pad(x, widths, mode, **options), [operand], mode=mode, widths=widths)
    for mode in ("reflect", "symmetric", "wrap", "edge"):
        operation(file, f"pad.{mode}", lambda x: jnp.pad(x, widths, mode), [x], mode=mode, widths=widths)
    operation(file, "meshgrid.sparse", lambda a, b: jnp.meshgrid(a, b, sparse=True), [x[0], y[0]])
    exact(file, "indices", lambda: jnp.indices((2, 3)), [], shape=(2, 3))
    exact(file, "trilIndices", lambda: jnp.tril_indices(3, 1, 4), [], rows=3, columns=4, offset=1)
    exact(file, "triuIndices", lambda: jnp.triu_indices(3, -1, 4), [], rows=3, columns=4, offset=-1)
    exact(file, "diagIndices", lambda: jnp.diag_indices(3, 3), [], n=3, rank=3)
    operation(file, "vander", jnp.vander, [x[0]])
    operation(file, "vander.increasing", lambda x: jnp.vander(x, 4, increasing=True), [x[0]], columns=4)


def add_calculus(file):
    y, x = uniform("calculus", (4, 6)), np.sort(uniform("calculus points", (6,)))
    operation(file, "ediff1d", lambda x, a, b: jnp.ediff1d(x, b, a), [y, y[0, :2], y[1, :1]])
    for axis in (0, 1):
        operation(file, f"diff.axis{axis}", lambda x: jnp.diff(x, 1, axis), [y], axis=axis, n=1)
        operation(file, f"gradient.axis{axis}", lambda x: jnp.gradient(x, 0.5, axis=axis), [y], spacing=0.5, axis=axis)
    operation(file, "gradient.all", jnp.gradient, [y])
    operation(file, "gradient.points", lambda y, x: jnp.gradient(y, x, axis=1), [y, x], axis=1)
    operation(file, "trapezoid.points", lambda y, x: jnp.trapezoid(y, x, axis=0), [y, np.sort(y, 0)], axis=0)
    angles = np.cumsum(uniform("unwrap", (3, 8), -2.5, 2.5), 1)
    operation(file, "unwrap", jnp.unwrap, [((angles + np.pi) % (2 * np.pi) - np.pi).astype(np.float32)])
    operation(file, "polyval.several", jnp.polyval, [uniform("polyval several", (3, 4, 6)), y])
    a, b = uniform("convolve a", (5,)), uniform("convolve b", (3,))
    for mode in ("full", "same", "valid"):
        operation(file, f"convolve.{mode}", lambda a, b: jnp.convolve(a, b, mode), [a, b], mode=mode)
        operation(file, f"convolve.swapped.{mode}", lambda a, b: jnp.convolve(b, a, mode), [b, a][::-1], mode=mode)
        operation(file, f"correlate.{mode}", lambda a, b: jnp.correlate(a, b, mode), [a, b], mode=mode)
        operation(file, f"correlate.swapped.{mode}", lambda a, b: jnp.correlate(b, a, mode), [a, b], mode=mode)
    operation(file, "cov.columns", lambda x: jnp.cov(x, rowvar=False, ddof=0), [y])
    operation(file, "cov.two", jnp.cov, [y[0], y[1]])
    operation(file, "cov.vector", jnp.cov, [y[0]])
    operation(file, "cov.weights", lambda x, w: jnp.cov(x, aweights=w), [y, uniform("cov weights", (6,), 0.5, 2)])
    operation(file, "corrcoef.two", jnp.corrcoef, [y[0], y[1]])
    operation(file, "average.vector", lambda x, w: jnp.average(x, 1, w), [y, uniform("average", (6,), 0.5, 2)], axis=1)


def add_products(file):
    for spec, shapes in (
        ("abc,cd,de,ef->abf", ((2, 3, 4), (4, 5), (5, 2), (2, 3))),
        ("...a,a...->...", ((2, 3, 4), (4, 2, 3))),
        ("i...,j...->ij...", ((2, 3, 4), (3, 3, 4))),
        ("...ij,...kj->...ik", ((3, 2, 4), (2, 1, 5, 4))),
        ("ab,ab,ab->a", ((3, 4), (3, 4), (3, 4))),
        ("iijj->ij", ((3, 3, 2, 2),)),
        ("ba", ((3, 4),)),
        ("i,->i", ((3,), ())),
        ("abcd,efcd->abef", ((2, 3, 2, 2), (2, 2, 2, 2))),
        ("ij,jk,kj->", ((3, 4), (4, 5), (5, 4))),
    ):
        operation(
            file,
            f"einsum.{spec}",
            lambda *xs: jnp.einsum(spec, *xs),
            [uniform(f"einsum {spec} {i}", shape) for i, shape in enumerate(shapes)],
            spec=spec,
        )
    plane = [uniform(f"cross plane {i}", (4, 2)) for i in range(2)]
    operation(file, "cross.plane", jnp.cross, plane)
    first = [uniform(f"cross first {i}", (3, 4)) for i in range(2)]
    operation(file, "cross.axis0", lambda a, b: jnp.cross(a, b, axis=0), first, axis=0)
    operation(file, "kron.ranks", jnp.kron, [uniform("kron 0", (2, 3)), uniform("kron 1", (2, 1, 2))])
    operation(file, "vecdot.axis0", lambda a, b: jnp.vecdot(a, b, axis=0), first, axis=0)


def add_cases(file):
    add_elementwise(file)
    add_selection(file)
    add_shapes(file)
    add_calculus(file)
    add_products(file)
