"""Keys, bits, uniform, normal, bernoulli, randint and permutation, and the older Threefry scheme.

Every case holds its `key` (uint32[2]), so that one wrong function fails its own cases only.
"""

import jax
import numpy as np

SEEDS = (0, 1, 42, 2**31 - 1, 2**32 + 5, -1)
SHAPES = ((), (1,), (2,), (7,), (5, 6), (3, 5, 7))
LARGE = 10_007


def key_of(seed):
    """The key of a seed with 64-bit integers, so that no two of SEEDS have the same."""
    with jax.enable_x64(True):
        return jax.numpy.asarray(np.asarray(jax.random.PRNGKey(seed)))


def name_of(shape):
    return "x".join(map(str, shape)) or "scalar"


def draw(file, case, function, key, dtype=None, **attributes):
    """Adds `function(key)`, drawn with 64-bit types allowed only where the dtype needs them."""
    with jax.enable_x64(str(dtype) in ("float64", "int64", "uint64")):
        out = np.asarray(function(jax.numpy.asarray(np.asarray(key))))
    if dtype is not None:
        assert out.dtype.name == str(dtype), (case, out.dtype)
        attributes["dtype"] = str(dtype)
    file.add(case, {"key": key, "out": out}, shape=out.shape, **attributes)


def add_keys(file):
    for seed in SEEDS:
        parts = {}
        for part, x64 in (("key", False), ("key_x64", True)):
            with jax.enable_x64(x64):
                parts[part] = np.asarray(jax.random.PRNGKey(seed))
        file.add(f"key.{seed}", parts, seed=str(seed))

    data = np.array([0, 1, 2, 42, 1234567, 2**31 - 1, 2**31, 2**32 - 1], np.uint32)
    for seed in SEEDS:
        key = key_of(seed)
        for shape in ((1,), (2,), (3,), (5,), (2, 3)):
            out = jax.random.split(key, shape)
            file.add(f"split.{seed}.{name_of(shape)}", {"key": key, "out": out}, shape=shape)
        out = np.stack([jax.random.fold_in(key, item) for item in data])
        file.add(f"foldIn.{seed}", {"key": key, "data": data, "out": out})

    key = start = key_of(42)
    chain = []
    for step in range(10):
        key, subkey = jax.random.split(key)
        chain.append([key, jax.random.fold_in(subkey, step)])
    file.add(
        "chain.42",
        {"key": start, "out": np.asarray(chain)},
        what="ten times: (key, subkey) = split(key); row: key, fold_in(subkey, step)",
    )


def add_bits(file):
    for seed in (0, 42, -1):
        key = key_of(seed)
        for width in (8, 16, 32, 64):
            dtype = f"uint{width}"
            shapes = SHAPES if seed == 42 else ((7,), (3, 5, 7))
            for shape in shapes:
                draw(
                    file,
                    f"bits.{seed}.{dtype}.{name_of(shape)}",
                    lambda k: jax.random.bits(k, shape, dtype),
                    key,
                    dtype,
                )
    for width, count in ((8, 4099), (16, 2053), (32, LARGE), (64, 1031)):
        dtype = f"uint{width}"
        draw(file, f"bits.1.{dtype}.{count}", lambda k: jax.random.bits(k, (count,), dtype), key_of(1), dtype)


def add_uniform(file):
    ranges = ((-1.3, 2.7), (0.1, 0.3), (-1e-3, 1e3), (5.0, 5.0))
    for dtype in ("float32", "float64", "float16", "bfloat16"):
        for shape in SHAPES:
            draw(
                file,
                f"uniform.42.{dtype}.{name_of(shape)}",
                lambda k: jax.random.uniform(k, shape, dtype),
                key_of(42),
                dtype,
            )
        for low, high in ranges:
            draw(
                file,
                f"uniform.0.{dtype}.range{low}:{high}",
                lambda k: jax.random.uniform(k, (101,), dtype, low, high),
                key_of(0),
                dtype,
                minval=low,
                maxval=high,
            )
    draw(file, f"uniform.1.float32.{LARGE}", lambda k: jax.random.uniform(k, (LARGE,)), key_of(1), "float32")
    draw(file, "uniform.1.float64.1031", lambda k: jax.random.uniform(k, (1031,), "float64"), key_of(1), "float64")

    rng = np.random.default_rng(0)
    low = rng.uniform(-1, 0, (6,)).astype(np.float32)
    high = rng.uniform(0, 1, (5, 1)).astype(np.float32)
    out = jax.random.uniform(key_of(42), (5, 6), "float32", low, high)
    file.add(
        "uniform.42.float32.arrayRange",
        {"key": key_of(42), "minval": low, "maxval": high, "out": out},
        dtype="float32",
        shape=(5, 6),
    )


def add_normal(file):
    for dtype, count in (("float32", LARGE), ("float64", 2053), ("float16", 2053), ("bfloat16", 2053)):
        for shape in SHAPES:
            draw(
                file,
                f"normal.42.{dtype}.{name_of(shape)}",
                lambda k: jax.random.normal(k, shape, dtype),
                key_of(42),
                dtype,
            )
        draw(file, f"normal.0.{dtype}.{count}", lambda k: jax.random.normal(k, (count,), dtype), key_of(0), dtype)


def add_bernoulli(file):
    key = key_of(42)
    for p in (0.0, 0.1, 0.5, 0.9, 1.0):
        draw(file, f"bernoulli.p{p}", lambda k: jax.random.bernoulli(k, p, (1009,)), key, p=p)
        draw(
            file,
            f"bernoulli.high.p{p}",
            lambda k: jax.random.bernoulli(k, p, (101,), mode="high"),
            key,
            p=p,
            mode="high",
        )
    for shape in ((), (3, 5, 7)):
        draw(file, f"bernoulli.{name_of(shape)}", lambda k: jax.random.bernoulli(k, 0.3, shape), key, p=0.3)
    rng = np.random.default_rng(1)
    for dtype in ("float32", "float64", "float16", "bfloat16"):
        p = rng.uniform(0, 1, (5, 6)).astype(jax.numpy.dtype(dtype))
        for case, shape in (("", None), (".broadcast", (4, 5, 6))):
            with jax.enable_x64(dtype == "float64"):
                out = jax.random.bernoulli(jax.numpy.asarray(np.asarray(key)), p, shape)
            file.add(f"bernoulli.array.{dtype}{case}", {"key": key, "p": p, "out": out}, shape=shape or p.shape)


def add_integers(file):
    key = key_of(42)
    ranges = {
        "int32": ((0, 10), (-5, 6), (0, 2**31 - 1), (-(2**31), 2**31 - 1), (3, 3), (7, 2), (0, 1)),
        "int8": ((0, 10), (-128, 128), (-128, 127), (0, 300)),
        "uint8": ((0, 256), (5, 250)),
        "int16": ((-1000, 1000),),
        "uint16": ((0, 65536),),
        "uint32": ((0, 10), (0, 2**32 - 1)),
        "int64": ((0, 10), (-(2**62), 2**62), (0, 2**63 - 1)),
        "uint64": ((0, 10), (0, 2**64 - 1)),
    }
    for dtype, items in ranges.items():
        wide = np.uint64 if dtype == "uint64" else np.int64
        for low, high in items:

            def function(k):
                if dtype in ("uint32", "int64", "uint64"):
                    kind = wide if dtype != "uint32" else np.uint32
                    return jax.random.randint(k, (101,), np.asarray(low, kind), np.asarray(high, kind), dtype)
                return jax.random.randint(k, (101,), low, high, dtype)

            draw(file, f"randint.{dtype}.{low}:{high}", function, key, dtype, minval=low, maxval=high)
    for shape in ((), (3, 5, 7)):
        draw(
            file,
            f"randint.int32.{name_of(shape)}",
            lambda k: jax.random.randint(k, shape, 0, 1000),
            key,
            "int32",
            minval=0,
            maxval=1000,
        )
    low, high = np.array([-5, 0, 5, 100], np.int32), np.array([[0], [10], [1000]], np.int32)
    out = jax.random.randint(key, (3, 4), low, high)
    file.add(
        "randint.int32.arrayRange", {"key": key, "minval": low, "maxval": high, "out": out}, dtype="int32", shape=(3, 4)
    )


def add_permutations(file):
    for seed in (0, 42):
        for count in (1, 2, 10, 1625, 1626):
            draw(
                file,
                f"permutation.{seed}.{count}",
                lambda k: jax.random.permutation(k, count),
                key_of(seed),
                "int32",
                count=count,
            )
    draw(file, "permutation.1.10000", lambda k: jax.random.permutation(k, 10_000), key_of(1), "int32", count=10_000)
    x = np.random.default_rng(2).standard_normal((6, 5, 2)).astype(np.float32)
    arrays = {"vector": x[:, 0, 0], "matrix": x[:, :, 0], "cube": x}
    for kind, array in arrays.items():
        for axis in range(array.ndim):
            for independent in (False, True):
                out = jax.random.permutation(key_of(42), array, axis, independent)
                file.add(
                    f"permutation.{kind}.axis{axis}{'.independent' if independent else ''}",
                    {"key": key_of(42), "x": array, "out": out},
                    axis=axis,
                    independent=independent,
                )


def add_legacy(file):
    """The scheme before partitionable Threefry (`jax_threefry_partitionable=False`)."""
    with jax.threefry_partitionable(False):
        for seed in (0, 42, -1):
            key = key_of(seed)
            for shape in ((1,), (2,), (3,), (5,), (2, 3)):
                file.add(
                    f"legacy.split.{seed}.{name_of(shape)}",
                    {"key": key, "out": jax.random.split(key, shape)},
                    shape=shape,
                )
            for data in (0, 1, 2**32 - 1):
                file.add(f"legacy.foldIn.{seed}.{data}", {"key": key, "out": jax.random.fold_in(key, data)}, data=data)
        key = key_of(42)
        for width in (8, 16, 32, 64):
            dtype = f"uint{width}"
            for shape in SHAPES + ((1031,),):
                draw(
                    file,
                    f"legacy.bits.{dtype}.{name_of(shape)}",
                    lambda k: jax.random.bits(k, shape, dtype),
                    key,
                    dtype,
                )
        for dtype in ("float32", "float64", "float16", "bfloat16"):
            for shape in ((), (7,), (3, 5, 7)):
                draw(
                    file,
                    f"legacy.uniform.{dtype}.{name_of(shape)}",
                    lambda k: jax.random.uniform(k, shape, dtype),
                    key,
                    dtype,
                )
        draw(file, "legacy.normal.float32", lambda k: jax.random.normal(k, (101,)), key, "float32")
        draw(file, "legacy.permutation", lambda k: jax.random.permutation(k, 101), key, "int32", count=101)
        draw(
            file, "legacy.randint", lambda k: jax.random.randint(k, (101,), -7, 90), key, "int32", minval=-7, maxval=90
        )
        draw(file, "legacy.bernoulli", lambda k: jax.random.bernoulli(k, 0.3, (101,)), key, p=0.3)


def add_cases(file):
    add_keys(file)
    add_bits(file)
    add_uniform(file)
    add_normal(file)
    add_bernoulli(file)
    add_integers(file)
    add_permutations(file)
    add_legacy(file)
