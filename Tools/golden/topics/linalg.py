"""Linear algebra: factorizations, solves, determinants, each with a batch of two as well.

Where a factor is unique only up to signs (qr, svd, eigh), the case named `<function>.vectors` has JAX's own factors
without derivatives, to compare after fixing the signs, and the derivatives are those of a function that does not depend
on them; `python` says which.
"""

import jax.numpy as jnp
import jax.scipy.linalg as jsl
import numpy as np
from jax import lax

from golden_file import generator
from operations import distinct, operation, uniform


def positive(name, shape):
    """Symmetric positive definite, with eigenvalues well apart."""
    n = shape[-1]
    q, _ = np.linalg.qr(generator(name).standard_normal(shape))
    x = (q * (1 + np.arange(n))) @ np.swapaxes(q, -1, -2)
    return ((x + np.swapaxes(x, -1, -2)) / 2).astype(np.float32)


def general(name, shape):
    """Far from singular: noise on a diagonal."""
    n = min(shape[-2:])
    x = generator(name).standard_normal(shape)
    x[..., np.arange(n), np.arange(n)] += np.linspace(2, 4, n)
    return x.astype(np.float32)


def symmetric(x):
    return (x + x.mT) / 2


def add_factorizations(file):
    for suffix, shape in (("", (4, 4)), (".batch", (2, 3, 3)), (".one", (1, 1))):
        p = positive(f"positive{suffix}", shape)
        operation(file, f"cholesky{suffix}", jnp.linalg.cholesky, [p])
        operation(file, f"eigh{suffix}", jnp.linalg.eigvalsh, [p], python="eigvalsh(x)")
        operation(file, f"eigh.vectors{suffix}", jnp.linalg.eigh, [p], smooth=False, results="values, vectors")

        def sine(x):
            values, vectors = jnp.linalg.eigh(x)
            return (vectors * jnp.sin(values)[..., None, :]) @ vectors.mT

        operation(file, f"eigh.function{suffix}", sine, [p], python="w, v = eigh(x); (v * sin(w)) @ v.T")
    operation(
        file, "cholesky.upper", lambda x: jnp.linalg.cholesky(x, upper=True), [positive("cholesky.upper", (3, 3))]
    )
    for suffix, shape in (("", (4, 4)), (".batch", (2, 3, 3)), (".tall", (5, 3)), (".wide", (3, 5))):
        x = general(f"general{suffix}", shape)
        operation(file, f"qr.vectors{suffix}", jnp.linalg.qr, [x], smooth=False, results="q, r")

        def absolute(x):
            q, r = jnp.linalg.qr(x)
            signs = jnp.sign(jnp.diagonal(r, axis1=-2, axis2=-1))
            return q * signs[..., None, :], r * signs[..., :, None]

        operation(
            file,
            f"qr{suffix}",
            absolute,
            [x],
            python="q, r = qr(x); s = sign(diagonal(r)); (q * s, s[:, None] * r)",
        )
        operation(
            file, f"qr.complete{suffix}", lambda x: jnp.linalg.qr(x, "complete"), [x], smooth=False, mode="complete"
        )
        operation(file, f"qr.r{suffix}", lambda x: jnp.linalg.qr(x, "r"), [x], smooth=False, mode="r")
        operation(
            file,
            f"svd.values{suffix}",
            lambda x: jnp.linalg.svd(x, compute_uv=False),
            [x],
            python="svd(x, computeUV: false)",
        )
        operation(
            file,
            f"svd.vectors{suffix}",
            lambda x: jnp.linalg.svd(x, full_matrices=False),
            [x],
            smooth=False,
            results="u, s, vt",
            fullMatrices=False,
        )

        def sine(x):
            u, s, vt = jnp.linalg.svd(x, full_matrices=False)
            return (u * jnp.sin(s)[..., None, :]) @ vt

        operation(
            file, f"svd.function{suffix}", sine, [x], python="u, s, vt = svd(x, full_matrices=False); (u * sin(s)) @ vt"
        )
        operation(file, f"lu{suffix}", lambda x: lax.linalg.lu(x)[0], [x], results="the packed factors")
        operation(
            file, f"lu.pivots{suffix}", lambda x: lax.linalg.lu(x)[1:], [x], smooth=False, results="pivots, permutation"
        )
        operation(file, f"pinv{suffix}", jnp.linalg.pinv, [x])
    operation(
        file,
        "svd.full",
        lambda x: jnp.linalg.svd(x)[1],
        [general("svd.full", (3, 5))],
        smooth=False,
        fullMatrices=True,
        results="s",
    )
    operation(file, "lu.factors", lambda x: jsl.lu(x), [general("lu.factors", (4, 4))], results="p, l, u")
    operation(file, "lu.factors.tall", lambda x: jsl.lu(x), [general("lu.factors.tall", (5, 3))], results="p, l, u")
    operation(
        file,
        "qr.projection",
        lambda x: jnp.linalg.qr(x, "complete")[0] @ jnp.diag(jnp.arange(4.0)) @ jnp.linalg.qr(x, "complete")[0].T,
        [general("qr.projection", (4, 2))],
        python="q, _ = qr(x, 'complete'); q @ diag(arange(4)) @ q.T",
    )
    for lower in (True, False):
        p = positive(f"triangle.{lower}", (3, 3)) + np.triu(np.ones((3, 3), np.float32), 1)
        operation(
            file,
            f"cholesky.triangle.{'lower' if lower else 'upper'}",
            lambda x: jsl.cholesky(x, lower=lower),
            [p],
            lower=lower,
            python="scipy.linalg.cholesky",
        )


def add_solves(file):
    for name, shape_a, shape_b in (
        ("", (4, 4), (4, 2)),
        (".vector", (4, 4), (4,)),
        (".batch", (2, 3, 3), (2, 3, 2)),
        (".one", (1, 1), (1, 3)),
        (".broadcast", (2, 1, 3, 3), (4, 3, 2)),
        (".vectors", (2, 3, 3), (3,)),
    ):
        a, b = general(f"solve{name}", shape_a), uniform(f"solve{name} b", shape_b)
        operation(file, f"solve{name}", jnp.linalg.solve, [a, b])
    for suffix, shape in (("", (4, 4)), (".batch", (2, 3, 3)), (".one", (1, 1)), (".two", (2, 2)), (".five", (5, 5))):
        x = general(f"inverse{suffix}", shape)
        operation(file, f"inv{suffix}", jnp.linalg.inv, [x])
        operation(file, f"det{suffix}", jnp.linalg.det, [x])
        operation(file, f"slogdet{suffix}", jnp.linalg.slogdet, [x], results="sign, logarithm")
    negative = general("slogdet.negative", (3, 3))
    negative[[0, 1]] = negative[[1, 0]]
    operation(file, "slogdet.negative", jnp.linalg.slogdet, [negative], results="sign, logarithm")
    operation(file, "det.negative", jnp.linalg.det, [negative])

    a = general("triangularSolve", (2, 3, 3))
    for left in (True, False):
        b = uniform(f"triangularSolve {left}", (2, 3, 2) if left else (2, 2, 3))
        for lower in (True, False):
            for transpose in (False, True):
                for unit in (False, True):
                    name = ".".join(
                        ["triangularSolve", "left" if left else "right", "lower" if lower else "upper"]
                        + ["transposed"] * transpose
                        + ["unit"] * unit
                    )
                    operation(
                        file,
                        name,
                        lambda a, b: lax.linalg.triangular_solve(
                            a, b, left_side=left, lower=lower, transpose_a=transpose, unit_diagonal=unit
                        ),
                        [a, b],
                        leftSide=left,
                        lower=lower,
                        transposeA=transpose,
                        unitDiagonal=unit,
                    )
    a, b = general("triangularSolve.vector", (3, 3)), uniform("triangularSolve.vector b", (3,))
    operation(file, "triangularSolve.vector", jsl.solve_triangular, [a, b])
    p, b = positive("choSolve", (3, 3)), uniform("choSolve b", (3, 2))
    for lower in (False, True):
        operation(
            file,
            "choSolve.lower" if lower else "choSolve",
            lambda p, b: jsl.cho_solve(jsl.cho_factor(p, lower=lower), b),
            [p, b],
            lower=lower,
            python="cho_solve(cho_factor(p, lower), b)",
        )
    for transposed in (False, True):
        operation(
            file,
            "luSolve.transposed" if transposed else "luSolve",
            lambda a, b: jsl.lu_solve(jsl.lu_factor(a), b, trans=int(transposed)),
            [general("luSolve", (4, 4))[[2, 0, 3, 1]], uniform("luSolve b", (4, 2))],
            transposed=transposed,
        )
    operation(
        file, "lstsq", lambda a, b: jnp.linalg.lstsq(a, b)[0], [general("lstsq", (5, 3)), uniform("lstsq b", (5, 2))]
    )
    operation(
        file,
        "lstsq.all",
        lambda a, b: [part for i, part in enumerate(jnp.linalg.lstsq(a, b)) if i != 2],
        [general("lstsq.all", (6, 3)), uniform("lstsq.all b", (6,))],
        results="x, residuals, singular values",
    )
    operation(file, "expm", jsl.expm, [0.5 * uniform("expm", (3, 3))])
    operation(file, "expm.large", jsl.expm, [4 * uniform("expm.large", (3, 3))])
    operation(file, "expm.batch", jsl.expm, [uniform("expm.batch", (2, 4, 4)) * np.float32([[[0.01]], [[5]]])])
    singular = np.array([[1, 2, 3, 4], [2, 4, 6, 8.5], [0, 1, -1, 2], [1, 3, 2, 6]], np.float32)
    operation(file, "det.singular", jnp.linalg.det, [singular - np.outer([0, 1, 0, 0], singular[1] - 2 * singular[0])])
    for power in (0, 1, 3, 6, -2):
        x = general("matrixPower", (2, 3, 3))
        operation(file, f"matrixPower.{power}", lambda x: jnp.linalg.matrix_power(x, power), [x], power=power)
    operands = [uniform(f"multiDot {i}", shape) for i, shape in enumerate(((5,), (5, 2), (2, 6), (6, 3)))]
    operation(file, "multiDot", lambda *x: jnp.linalg.multi_dot(x), operands)
    operation(file, "multiDot.two", lambda *x: jnp.linalg.multi_dot(x), operands[2:])
    operation(
        file,
        "logdet",
        lambda p: 2 * jnp.sum(jnp.log(jnp.diagonal(jnp.linalg.cholesky(p)))),
        [p],
        python="2 * sum(log(diagonal(cholesky(p))))",
    )
    operation(
        file,
        "matrixRank",
        jnp.linalg.matrix_rank,
        [np.outer([1, 2, 3], [4, 5, 6]).astype(np.float32) + np.diag([1, 0, 0]).astype(np.float32)],
        smooth=False,
    )
    operation(file, "cond", jnp.linalg.cond, [general("cond", (3, 3))])
    for order in ("fro", 1, -1, "inf", -2):
        value = np.inf if order == "inf" else order
        operation(
            file, f"cond.{order}", lambda x: jnp.linalg.cond(x, value), [general("cond", (3, 3))], order=str(order)
        )
    for order in ("fro", "nuc", 1, -1, 2, -2, "inf", "-inf"):
        value = {"inf": np.inf, "-inf": -np.inf}.get(order, order)
        operation(
            file,
            f"matrixNorm.{order}",
            lambda x: jnp.linalg.matrix_norm(x, ord=value),
            [general("matrixNorm", (2, 3, 4))],
            order=str(order),
        )
    operation(
        file,
        "matrixNorm.axes",
        lambda x: jnp.linalg.norm(x, 1, (2, 0), keepdims=True),
        [general("matrixNorm", (2, 3, 4))],
        order="1",
        axes=(2, 0),
        keepDimensions=True,
    )
    x = distinct("vectorNorm", (3, 4), low=-1.8)
    for order in (2, 1, 0, 3, 0.5, -1, "inf", "-inf"):
        value = {"inf": np.inf, "-inf": -np.inf}.get(order, order)
        operation(
            file,
            f"vectorNorm.{order}",
            lambda x: jnp.linalg.vector_norm(x, ord=value, axis=1),
            [x],
            smooth=order != 0,
            order=float(value),
            axes=(1,),
        )
    operation(file, "vectorNorm.all", jnp.linalg.norm, [x], order=2)


def add_cases(file):
    add_factorizations(file)
    add_solves(file)
