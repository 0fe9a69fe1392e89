"""The distributions of jax.random beyond uniform, normal, bernoulli and randint.

Parts: `key` (uint32[2]), the array parameters under their JAX names, `out`. Attributes: `shape`, `dtype` and the scalar
parameters, under their JAX names. Draws in float64 that are made of logarithms have a part `exact`, the same formula in
extended precision: JAX's own float64 `log1p` is up to 130 units in the last place off where its argument is near 0.4.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import random

from golden_file import generator

COUNT = 200


def key_of(seed):
    return np.asarray(random.PRNGKey(seed))


def draw(file, case, function, arrays=(), seed=42, **attributes):
    """Adds `function(key, **arrays)`, drawn with 64-bit types on only for float64."""
    arrays = dict(arrays)
    with jax.enable_x64(attributes.get("dtype") == "float64"):
        out = function(jnp.asarray(key_of(seed)), *map(jnp.asarray, arrays.values()))
    # A string, as JSON has no infinity.
    attributes = {
        name: str(value) if isinstance(value, float) and not np.isfinite(value) else value
        for name, value in attributes.items()
    }
    file.add(case, {"key": key_of(seed), "out": out} | arrays, **({"shape": np.shape(out)} | attributes))


# name: (function of key and shape and dtype, scalar parameters)
PLAIN = {
    "gumbel": (random.gumbel, {}),
    "gumbel.high": (random.gumbel, {"mode": "high"}),
    "exponential": (random.exponential, {}),
    "laplace": (random.laplace, {}),
    "logistic": (random.logistic, {}),
    "cauchy": (random.cauchy, {}),
    "maxwell": (random.maxwell, {}),
}

# name: function of key, parameters, shape and dtype; several sets of scalar parameters
PARAMETRIC = {
    "truncatedNormal": (random.truncated_normal, ("lower", "upper"), ((-2, 2), (-0.5, 3), (1, 1.5), (-np.inf, 0.0))),
    "gamma": (random.gamma, ("a",), ((0.3,), (1,), (2.5,), (20,))),
    "loggamma": (random.loggamma, ("a",), ((0.02,), (0.3,), (2.5,))),
    "beta": (random.beta, ("a", "b"), ((0.5, 0.7), (2, 3), (10, 1))),
    "chisquare": (random.chisquare, ("df",), ((1,), (5,))),
    "f": (random.f, ("dfnum", "dfden"), ((3, 5), (10, 2))),
    "t": (random.t, ("df",), ((1,), (3.5,), (30,))),
    "pareto": (random.pareto, ("b",), ((0.5,), (3,))),
    "rayleigh": (random.rayleigh, ("scale",), ((1,), (2.5,))),
    "weibullMin": (random.weibull_min, ("scale", "concentration"), ((1, 1.5), (2, 0.5))),
    "triangular": (random.triangular, ("left", "mode", "right"), ((0, 0.3, 1), (-2, 1, 1.5))),
    "lognormal": (random.lognormal, ("sigma",), ((1,), (0.25,))),
    "wald": (random.wald, ("mean",), ((0.5,), (3,))),
    "doubleSidedMaxwell": (random.double_sided_maxwell, ("loc", "scale"), ((0.5, 2),)),
}


# name: (lower bound of the uniform numbers, function of them and the parameters).
EXTENDED = {
    "gumbel": (np.finfo(float).tiny, lambda u: -np.log(-np.log(u))),
    "exponential": (0, lambda u: -np.log1p(-u)),
    "laplace": (-1 + np.finfo(float).epsneg, lambda u: np.sign(u) * np.log1p(-np.abs(u))),
    "logistic": (np.finfo(float).tiny, lambda u: np.log(u) - np.log1p(-u)),
    "pareto": (0, lambda u, b: np.exp(-np.log1p(-u) / b)),
    "weibullMin": (0, lambda u, scale, concentration: (-np.log1p(-u)) ** (1 / np.longdouble(concentration)) * scale),
}


def add_exact(file, case, values=()):
    """Adds the part `exact` to a case in float64."""
    lower, formula = EXTENDED[case.split(".")[0]]
    with jax.enable_x64(True):
        key = jnp.asarray(file.arrays[f"{case}/key"])
        if ".high." in case:
            high, low = random.uniform(key, (2, COUNT), "float64")
            fine = high + low * np.finfo(float).eps + np.finfo(float).tiny
            u = np.asarray(jnp.where(high >= 0.5, high, fine)).astype(np.longdouble)
            exact = -np.log(-np.log1p(-u))
        else:
            u = np.asarray(random.uniform(key, (COUNT,), "float64", lower, 1)).astype(np.longdouble)
            exact = formula(u, *values)
    file.arrays[f"{case}/exact"] = exact.astype(np.float64)


def add_gradients(file):
    """How samples of the gamma distribution move with its parameter."""
    rng = generator("gamma gradients")
    a = np.concatenate([rng.uniform(0.05, 1, 60), rng.uniform(1, 10, 60), rng.uniform(10, 1000, 40)])
    for name, function in (("gamma", random.gamma), ("loggamma", random.loggamma)):

        def slopes(k, a):
            return jax.grad(lambda a: function(k, a, dtype="float64").sum())(a)

        draw(file, f"gradient.{name}", slopes, {"a": a}, dtype="float64")


def add_continuous(file):
    for name, (function, keywords) in PLAIN.items():
        for dtype in ("float32", "float64", "float16", "bfloat16"):
            draw(file, f"{name}.{dtype}", lambda k: function(k, (COUNT,), dtype, **keywords), dtype=dtype, **keywords)
        if name.split(".")[0] in EXTENDED:
            add_exact(file, f"{name}.float64")
        for shape in ((), (3, 4)):
            draw(
                file,
                f"{name}.{'x'.join(map(str, shape)) or 'scalar'}",
                lambda k: function(k, shape, **keywords),
                seed=0,
                dtype="float32",
                **keywords,
            )
    for name, (function, parameters, settings) in PARAMETRIC.items():
        for values in settings:
            for dtype in ("float32", "float64"):
                # One float64 case each is enough. The Maxwell's signs are drawn as float64 in JAX's 64-bit mode only.
                if dtype == "float64" and (values is not settings[-1] or name == "doubleSidedMaxwell"):
                    continue

                def function_of(k):
                    arguments = [jnp.asarray(value, dtype) for value in values]
                    return function(k, *arguments, shape=(COUNT,), dtype=dtype)

                case = f"{name}.{':'.join(map(str, values))}.{dtype}"
                draw(file, case, function_of, dtype=dtype, **dict(zip(parameters, values)))
                if name in EXTENDED and dtype == "float64":
                    add_exact(file, case, values)
    a = generator("gamma a").uniform(0.2, 4, (3, 1)).astype(np.float32)
    for name, function in (("gamma", random.gamma), ("loggamma", random.loggamma)):
        draw(file, f"{name}.array", lambda k, a: function(k, a, (3, 5)), {"a": a}, dtype="float32")
    draw(file, "beta.array", lambda k, a, b: random.beta(k, a, b), {"a": a, "b": a.T + 1}, dtype="float32")
    alpha = generator("dirichlet").uniform(0.3, 3, (2, 4)).astype(np.float32)
    draw(file, "dirichlet", lambda k, alpha: random.dirichlet(k, alpha), {"alpha": alpha}, dtype="float32")
    draw(
        file, "dirichlet.shape", lambda k, alpha: random.dirichlet(k, alpha, (20, 2)), {"alpha": alpha}, dtype="float32"
    )
    for p in (1.0, 2.0, 3.5):
        draw(file, f"generalizedNormal.{p}", lambda k: random.generalized_normal(k, p, (COUNT,)), dtype="float32", p=p)
    for d, p in ((1, 2), (3, 2), (4, 1)):
        draw(file, f"ball.{d}.{p}", lambda k: random.ball(k, d, p, (20,)), dtype="float32", d=d, p=p, batchShape=(20,))
    for n, m, shape in ((1, None, ()), (4, None, ()), (3, None, (2,)), (3, 5, ()), (5, 3, ())):
        draw(
            file,
            f"orthogonal.{n}{f'x{m}' if m else ''}{'.batch' if shape else ''}",
            lambda k: random.orthogonal(k, n, shape, m=m),
            dtype="float32",
            n=n,
            m=m,
            batchShape=shape,
        )
    rng = generator("multivariateNormal")
    mean, factor = rng.standard_normal((3,)), rng.standard_normal((3, 3))
    arrays = {"mean": mean.astype(np.float32), "cov": (factor @ factor.T + np.eye(3)).astype(np.float32)}
    draw(
        file,
        "multivariateNormal",
        lambda k, mean, cov: random.multivariate_normal(k, mean, cov),
        arrays,
        dtype="float32",
    )
    draw(
        file,
        "multivariateNormal.shape",
        lambda k, mean, cov: random.multivariate_normal(k, mean, cov, (10, 2)),
        arrays,
        dtype="float32",
    )


def add_discrete(file):
    logits = generator("categorical").standard_normal((4, 5)).astype(np.float32)
    for axis in (-1, 0):
        draw(
            file,
            f"categorical.axis{axis}",
            lambda k, logits: random.categorical(k, logits, axis),
            {"logits": logits},
            axis=axis,
        )
    draw(file, "categorical.vector", lambda k, logits: random.categorical(k, logits), {"logits": logits[0]}, axis=-1)
    draw(
        file,
        "categorical.shape",
        lambda k, logits: random.categorical(k, logits, shape=(50, 4)),
        {"logits": logits},
        axis=-1,
    )
    draw(
        file,
        "categorical.axis0.shape",
        lambda k, logits: random.categorical(k, logits, 0, (20, 5)),
        {"logits": logits},
        axis=0,
    )
    draw(
        file,
        "categorical.many",
        lambda k, logits: random.categorical(k, logits, shape=(1000,)),
        {"logits": logits[0]},
        axis=-1,
    )
    draw(
        file,
        "categorical.noReplacement",
        lambda k, logits: random.categorical(k, logits, shape=(3, 4), replace=False),
        {"logits": logits},
        axis=-1,
        replace=False,
    )
    draw(
        file,
        "categorical.high",
        lambda k, logits: random.categorical(k, logits, shape=(50, 4), mode="high"),
        {"logits": logits},
        axis=-1,
        mode="high",
    )

    items = generator("choice").standard_normal((6, 4)).astype(np.float32)
    p = np.array([0.1, 0, 0.3, 0.05, 0.35, 0.2], np.float32)
    for replace in (True, False):
        suffix = "replacement" if replace else "noReplacement"
        for shape in ((), (5,), (2, 3)):
            name = "x".join(map(str, shape)) or "scalar"
            draw(file, f"choice.{suffix}.{name}", lambda k: random.choice(k, 10, shape, replace), a=10, replace=replace)
        draw(
            file,
            f"choice.{suffix}.p",
            lambda k, p: random.choice(k, 6, (5,), replace, p),
            {"p": p},
            a=6,
            replace=replace,
        )
        for axis in (0, 1):
            draw(
                file,
                f"choice.{suffix}.array.axis{axis}",
                lambda k, a: random.choice(k, a, (3,), replace, axis=axis),
                {"a": items},
                replace=replace,
                axis=axis,
            )
        draw(
            file,
            f"choice.{suffix}.array.p",
            lambda k, a, p: random.choice(k, a, (4,), replace, p),
            {"a": items, "p": p},
            replace=replace,
            axis=0,
        )
    draw(
        file,
        "choice.replacement.many.p",
        lambda k, p: random.choice(k, 6, (1000,), True, p),
        {"p": p},
        a=6,
        replace=True,
    )

    for dtype in ("int32", "float32", "int8"):
        draw(file, f"rademacher.{dtype}", lambda k: random.rademacher(k, (COUNT,), dtype), dtype=dtype)
    for chance in (0.05, 0.5, 0.99):
        draw(
            file,
            f"geometric.{chance}",
            lambda k: random.geometric(k, np.float32(chance), (COUNT,)),
            dtype="int32",
            p=chance,
        )
    for rate in (0.0, 0.3, 4.0, 9.9, 10.0, 50.0, 1e4):
        draw(file, f"poisson.{rate}", lambda k: random.poisson(k, rate, (COUNT,)), dtype="int32", lam=rate)
    rates = np.array([[0.5, 3, 12], [0, 200, 8]], np.float32)
    draw(file, "poisson.array", lambda k, lam: random.poisson(k, lam), {"lam": rates}, dtype="int32")
    for n, chance in ((5, 0.3), (20, 0.9), (100, 0.5), (1000, 0.02), (1000, 0.3)):
        draw(
            file,
            f"binomial.{n}.{chance}",
            lambda k: random.binomial(k, np.float32(n), np.float32(chance), (COUNT,)),
            dtype="float32",
            n=n,
            p=chance,
        )
    arrays = {"n": np.array([[3], [40], [400]], np.float32), "p": np.array([0.1, 0.5, 0.8], np.float32)}
    draw(file, "binomial.array", lambda k, n, p: random.binomial(k, n, p), arrays, dtype="float32")
    draw(
        file,
        "multinomial",
        lambda k, p: random.multinomial(k, np.float32(50), p),
        {"p": p[[0, 2, 3, 4, 5]]},
        dtype="float32",
        n=50,
    )


def add_cases(file):
    add_continuous(file)
    add_gradients(file)
    add_discrete(file)
