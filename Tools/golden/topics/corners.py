"""Kinks, ties, NaN, infinities, empty arrays, rank 0, overflow: JAX's float32 values where the other topics look away.

Parts: `in<i>`, `out<i>`, and for float operands the VJP `grad<i>` and the JVP `jvp<i>`, all in the operands' dtypes
(float32 as a rule). Every cotangent and tangent counts 1, 2, 3, … in row-major order, so that the elements of a tie can
be told apart; those of `<function>.special`, the functions at special numbers, are ones. NaN and infinity, zeros and
signs are what these cases are about. `.subnormal` and `.underflow`: XLA on the CPU takes subnormal operands as zero and
flushes subnormal results, in comparisons and sorts too.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax, nn

from operations import exact, flat, is_float
from topics import elementwise

TINY, HUGE = np.finfo(np.float32).tiny, np.finfo(np.float32).max
SPECIAL = np.array(
    [
        np.nan,
        np.inf,
        -np.inf,
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        -0.5,
        2.0,
        -2.0,
        TINY,
        -TINY,
        HUGE,
        -HUGE,
        88.8,
        -104.0,
        1e-20,
        171.0,
        -3.0,
    ],
    np.float32,
)


def counting(x):
    return jnp.arange(1, x.size + 1, dtype=x.dtype).reshape(x.shape)


def corner(file, name, function, operands, smooth=True, direction=counting, **attributes):
    """Adds values and, with `smooth`, derivatives in one direction; NaN is welcome."""
    function = flat(function)
    operands = [np.asarray(operand) for operand in operands]
    places = [i for i, operand in enumerate(operands) if is_float(operand)]

    def of_floats(*floats):
        arrays = [jnp.asarray(operand) for operand in operands]
        for place, value in zip(places, floats):
            arrays[place] = value
        return function(*arrays)

    floats = [jnp.asarray(operands[i]) for i in places]
    parts = {f"in{i}": operand for i, operand in enumerate(operands)}
    outputs = of_floats(*floats)
    parts |= {f"out{i}": output for i, output in enumerate(outputs)}
    if smooth and places and any(map(is_float, outputs)):
        kept = [i for i, output in enumerate(outputs) if is_float(output)]
        only_floats = lambda *floats: tuple(of_floats(*floats)[i] for i in kept)
        primals, pullback = jax.vjp(only_floats, *floats)
        gradients = pullback(tuple(map(direction, primals)))
        _, pushed = jax.jvp(only_floats, floats, list(map(direction, floats)))
        parts |= {f"grad{i}": gradient for i, gradient in zip(places, gradients)}
        parts |= {f"jvp{i}": tangent for i, tangent in zip(kept, pushed)}
    file.add(name, parts, **attributes)


def f32(*numbers):
    return np.array(numbers, np.float32)


def add_special(file):
    functions = {name: row[0] for name, row in elementwise.UNARY.items() if "." not in name}
    functions |= {name: row[0] for name, row in elementwise.STEPS.items()}
    functions |= {
        "relu": nn.relu,
        "relu6": nn.relu6,
        "elu": nn.elu,
        "celu": nn.celu,
        "selu": nn.selu,
        "gelu.tanh": nn.gelu,
        "gelu.exact": lambda x: nn.gelu(x, approximate=False),
        "silu": nn.silu,
        "mish": nn.mish,
        "softplus": nn.softplus,
        "softsign": nn.soft_sign,
        "hardSigmoid": nn.hard_sigmoid,
        "hardTanh": nn.hard_tanh,
        "hardSilu": nn.hard_silu,
        "leakyRelu": nn.leaky_relu,
        "logSigmoid": nn.log_sigmoid,
    }
    for name, function in functions.items():
        corner(file, f"{name}.special", function, [SPECIAL], direction=jnp.ones_like)
    for name, function in (
        ("isFinite", lax.is_finite),
        ("isNaN", jnp.isnan),
        ("isInf", jnp.isinf),
        ("signbit", jnp.signbit),
        ("nanToNum", jnp.nan_to_num),
    ):
        corner(file, f"{name}.special", function, [SPECIAL], smooth=False)

    values = f32(np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -2.5)
    x, y = (grid.ravel() for grid in np.meshgrid(values, values, indexing="ij"))
    for name, function in (
        ("add", lax.add),
        ("sub", lax.sub),
        ("mul", lax.mul),
        ("div", lax.div),
        ("rem", lax.rem),
        ("mod", jnp.mod),
        ("floorDivide", jnp.floor_divide),
        ("max", lax.max),
        ("min", lax.min),
        ("pow", lax.pow),
        ("atan2", lax.atan2),
        ("hypot", jnp.hypot),
        ("logaddexp", jnp.logaddexp),
        ("copysign", jnp.copysign),
        ("xlogy", jax.scipy.special.xlogy),
    ):
        corner(file, f"{name}.special", function, [x, y], direction=jnp.ones_like)
    corner(file, "nextAfter.special", lax.nextafter, [x, y], smooth=False)
    corner(
        file,
        "nextAfter",
        lax.nextafter,
        [f32(1, 1, 0, 0, TINY, HUGE, -1), f32(2, 0, 1, -1, 0, np.inf, -2)],
        smooth=False,
    )


def add_kinks(file):
    for name, function, operands in (
        ("max.ties", lax.max, (f32(1, -2, 0), f32(1, -2, 0))),
        ("min.ties", lax.min, (f32(1, -2, 0), f32(1, -2, 0))),
        ("max.sameOperand", lambda x: lax.max(x, x), (f32(1, -2, 0),)),
        ("relu.zero", nn.relu, (f32(0, -0.0),)),
        ("max.withZero", lambda x: jnp.maximum(x, 0), (f32(0, 1, -1),)),
        ("relu6.ends", nn.relu6, (f32(0, 6),)),
        ("clip.ends", lambda x: jnp.clip(x, -1, 1), (f32(-1, 1, 0),)),
        ("clamp.ends", lambda x: lax.clamp(-1.0, x, 1.0), (f32(-1, 1, 0),)),
        ("clamp.operands", lax.clamp, (f32(0, 0, 1), f32(0, 1, 2), f32(1, 1, 1))),
        ("clip.nan", lambda x: jnp.clip(x, -1, 1), (f32(np.nan, np.inf, -np.inf),)),
        ("clip.reversed", lambda x: jnp.clip(x, 1, -1), (f32(-3, 0, 3),)),
        ("hardTanh.ends", nn.hard_tanh, (f32(-1, 1),)),
        ("hardSigmoid.ends", nn.hard_sigmoid, (f32(-3, 3),)),
        ("round.ties", jnp.round, (f32(0.5, 1.5, 2.5, -0.5, -1.5),)),
        (
            "round.awayFromZero.ties",
            lambda x: lax.round(x, lax.RoundingMethod.AWAY_FROM_ZERO),
            (f32(0.5, 1.5, 2.5, -0.5, -1.5),),
        ),
        ("floor.integers", jnp.floor, (f32(-1, 0, 2),)),
        ("mod.multiples", jnp.mod, (f32(4, -4, 6, 0), f32(2, 2, -3, 5))),
        ("pow.zeroBase", lax.pow, (f32(0, 0, 0, 0, 0), f32(0, 1, 2, 0.5, -1))),
        ("pow.zeroExponent", lax.pow, (f32(0, 1, -2, np.inf, np.nan), f32(0, 0, 0, 0, 0))),
        ("pow.negativeBase", lax.pow, (f32(-2, -2, -2, -0.5), f32(2, 3, 0.5, -1))),
        ("integerPow.zero", lambda x: (x**2, x**3, x**1, x**0), (f32(0, -0.0),)),
        ("integerPow.negative.zero", lambda x: x**-2, (f32(0, -0.0),)),
        ("pow.intExponent", lambda x, n: x**n, (f32(-2, 0, 3, 0), np.array([3, 2, -1, 0], np.int32))),
        ("atan2.axes", lax.atan2, (f32(0, 0, 0, -0.0, 1, -1), f32(0, 1, -1, -1, 0, 0))),
        ("hypot.zero", jnp.hypot, (f32(0, 3), f32(0, 0))),
        ("sinc.zero", jnp.sinc, (f32(0, 1),)),
        ("xlogy.zero", jax.scipy.special.xlogy, (f32(0, 0, 1), f32(0, 2, 0))),
        ("norm.zero", jnp.linalg.norm, (f32(0, 0, 0),)),
        ("norm.1.zero", lambda x: jnp.linalg.norm(x, 1), (f32(0, -2, 3),)),
        ("norm.infinity.ties", lambda x: jnp.linalg.norm(x, np.inf), (f32(2, -2, 1),)),
        ("standardDeviation.constant", jnp.std, (f32(1, 1, 1),)),
        ("variance.constant", jnp.var, (f32(1, 1, 1),)),
        ("sqrt.zeroTimesZero", lambda x: jnp.sqrt(x * x), (f32(0, 1, -1),)),
        ("where.untaken", lambda x: jnp.where(x > 0, jnp.log(x), 0.0), (f32(-1, 0, 2),)),
        ("where.safe", lambda x: jnp.where(x > 0, jnp.log(jnp.where(x > 0, x, 1.0)), 0.0), (f32(-1, 0, 2),)),
        ("reduceMax.ties", jnp.max, (f32(3, 1, 3, 3),)),
        ("reduceMin.ties", jnp.min, (f32(1, 2, 1),)),
        ("reduceMax.tiesByRow", lambda x: jnp.max(x, 1), (f32(1, 1, 0, 2, 3, 3).reshape(2, 3),)),
        ("cummax.ties", lambda x: lax.cummax(x), (f32(1, 3, 3, 2, 3),)),
        ("cummin.ties", lambda x: lax.cummin(x), (f32(3, 1, 1, 2, 1),)),
        ("cumprod.zero", lambda x: lax.cumprod(x), (f32(2, 0, 3, 4),)),
        ("prod.oneZero", jnp.prod, (f32(2, 0, 3),)),
        ("prod.twoZeros", jnp.prod, (f32(0, 0, 3),)),
        ("sort.ties", jnp.sort, (f32(2, 1, 2, 1),)),
        ("median.ties", jnp.median, (f32(2, 1, 2, 5),)),
        ("topK.ties", lambda x: lax.top_k(x, 2)[0], (f32(2, 3, 2, 3),)),
        (
            "maxPool.ties",
            lambda x: lax.reduce_window(x, -jnp.inf, lax.max, (2,), (2,), "VALID"),
            (f32(1, 1, 2, 3, 0, 0),),
        ),
        (
            "minPool.ties",
            lambda x: lax.reduce_window(x, jnp.inf, lax.min, (2,), (2,), "VALID"),
            (f32(1, 1, 2, 3, 0, 0),),
        ),
        (
            "maxPool.overlappingTies",
            lambda x: lax.reduce_window(x, -jnp.inf, lax.max, (3,), (1,), "SAME"),
            (f32(1, 1, 1, 1),),
        ),
        ("ptp.ties", jnp.ptp, (f32(1, 3, 3, 1),)),
        ("abs.sum", lambda x: jnp.sum(jnp.abs(x)), (f32(0, -1, 2),)),
        ("quantile.ends", lambda x: jnp.quantile(x, jnp.array([0.0, 1.0])), (f32(3, 1, 2),)),
        ("segmentMax.ties", lambda x: jax.ops.segment_max(x, jnp.array([0, 0, 1, 1]), 3), (f32(1, 1, 2, 0),)),
        ("scatter.max.ties", lambda x, u: x.at[jnp.array([0, 1, 1])].max(u), (f32(1, 2, 3), f32(1, 5, 5))),
        ("sparsePlus.ends", nn.sparse_plus, (f32(-1, 1),)),
    ):
        corner(file, name, function, operands)


def add_nan_and_infinity(file):
    nan, inf = np.nan, np.inf
    for name, function, operands in (
        ("reduceMax.nan", jnp.max, (f32(1, nan, 3),)),
        ("reduceMin.nan", jnp.min, (f32(1, nan, 3),)),
        ("sum.nan", jnp.sum, (f32(1, nan),)),
        ("sum.infinities", jnp.sum, (f32(inf, -inf),)),
        ("mean.infinity", jnp.mean, (f32(inf, 1),)),
        ("variance.infinity", jnp.var, (f32(inf, 1),)),
        ("reduceMax.negativeInfinity", jnp.max, (f32(-inf, -inf),)),
        ("cummax.nan", lambda x: lax.cummax(x), (f32(1, nan, 3),)),
        ("softmax.infinity", nn.softmax, (f32(inf, 1, 2),)),
        ("softmax.negativeInfinity", nn.softmax, (f32(-inf, 1, 2),)),
        ("softmax.allNegativeInfinity", nn.softmax, (f32(-inf, -inf),)),
        ("softmax.huge", nn.softmax, (f32(1000, 1001, -1000),)),
        ("logSoftmax.negativeInfinity", nn.log_softmax, (f32(-inf, 1, 2),)),
        ("logSoftmax.huge", nn.log_softmax, (f32(1000, 1001, -1000),)),
        ("logsumexp.huge", nn.logsumexp, (f32(1000, 1001, -1000),)),
        ("logsumexp.negativeInfinity", nn.logsumexp, (f32(-inf, -inf),)),
        ("logsumexp.infinity", nn.logsumexp, (f32(inf, 1),)),
        ("logsumexp.nan", nn.logsumexp, (f32(nan, 1),)),
        ("cumlogsumexp.negativeInfinity", lambda x: lax.cumlogsumexp(x), (f32(-inf, -inf, 1),)),
        ("logaddexp.infinities", jnp.logaddexp, (f32(-inf, inf, inf), f32(-inf, inf, -inf))),
        ("dot.infinity", jnp.dot, (f32(inf, 0), f32(0, 1))),
        ("median.nan", jnp.median, (f32(1, nan, 3),)),
        ("sort.nan", jnp.sort, (f32(2, nan, 1),)),
        ("standardize.constant", nn.standardize, (f32(2, 2, 2),)),
        ("maxPool.nan", lambda x: lax.reduce_window(x, -jnp.inf, lax.max, (2,), (1,), "VALID"), (f32(1, nan, 3, 2),)),
        ("where.nan", lambda x: jnp.where(jnp.isnan(x), 0.0, x), (f32(nan, 1, inf),)),
        ("nansum", jnp.nansum, (f32(1, nan, 2),)),
        ("det.singular", jnp.linalg.det, (f32(1, 2, 2, 4).reshape(2, 2),)),
        ("inv.singular", jnp.linalg.inv, (f32(1, 2, 2, 4).reshape(2, 2),)),
        ("slogdet.singular", jnp.linalg.slogdet, (f32(1, 2, 2, 4).reshape(2, 2),)),
        ("cholesky.indefinite", jnp.linalg.cholesky, (f32(1, 2, 2, 1).reshape(2, 2),)),
        ("det.zero", jnp.linalg.det, (np.zeros((2, 2), np.float32),)),
    ):
        corner(file, name, function, operands)
    for name, function in (("argmax", jnp.argmax), ("argmin", jnp.argmin)):
        corner(file, f"{name}.nan", function, [f32(1, nan, 3, nan)])
        corner(file, f"{name}.infinities", function, [f32(-inf, -inf)])
        corner(file, f"{name}.zeros", function, [f32(-0.0, 0.0, -0.0)])


def add_empty(file):
    empty, wide, tall = np.zeros((0,), np.float32), np.zeros((0, 3), np.float32), np.zeros((3, 0), np.float32)
    for name, function, operands in (
        ("sum", jnp.sum, (empty,)),
        ("prod", jnp.prod, (empty,)),
        ("mean", jnp.mean, (empty,)),
        ("sum.axis0", lambda x: jnp.sum(x, 0), (wide,)),
        ("sum.axis1", lambda x: jnp.sum(x, 1), (wide,)),
        ("max.axis1", lambda x: jnp.max(x, 1), (wide,)),
        ("exp", jnp.exp, (wide,)),
        ("add.broadcast", jnp.add, (wide, f32(1, 2, 3))),
        ("add.scalar", jnp.add, (empty, np.float32(1))),
        ("matmul.inner", jnp.matmul, (tall, wide)),
        ("matmul.outer", jnp.matmul, (wide, tall)),
        ("matmul.vector", jnp.matmul, (wide, f32(1, 2, 3))),
        ("dot", jnp.dot, (empty, empty)),
        ("concatenate", lambda x, y: jnp.concatenate([x, y]), (wide, np.ones((2, 3), np.float32))),
        ("transpose", jnp.transpose, (wide,)),
        ("reshape", lambda x: jnp.reshape(x, (3, 0, 5)), (wide,)),
        ("sort", jnp.sort, (empty,)),
        ("cumsum", jnp.cumsum, (empty,)),
        ("reverse", jnp.flip, (wide,)),
        ("pad", lambda x: jnp.pad(x, ((1, 1), (0, 0))), (wide,)),
        ("slice", lambda x: x[2:2], (f32(1, 2, 3),)),
        ("broadcastTo", lambda x: jnp.broadcast_to(x, (2, 0)), (np.ones((2, 1), np.float32),)),
        ("take", lambda x: x[np.zeros((0,), np.int32)], (f32(1, 2),)),
        ("scatterAdd", lambda x, u: x.at[np.zeros((0,), np.int32)].add(u), (f32(1, 2), empty)),
        ("softmax", lambda x: nn.softmax(x, 1), (wide,)),
        ("stack", lambda x: jnp.stack([x, x]), (empty,)),
        ("where", lambda x: jnp.where(x > 0, x, -x), (wide,)),
        ("logsumexp", nn.logsumexp, (empty,)),
        ("vmap", jax.vmap(jnp.sin), (empty,)),
        ("scan", lambda x: lax.scan(lambda h, x: (h + x, h * x), jnp.float32(2), x), (empty,)),
        (
            "conv",
            lambda x, w: lax.conv_general_dilated(x, w, (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC")),
            (np.zeros((0, 4, 2), np.float32), np.ones((3, 2, 1), np.float32)),
        ),
        ("norm", jnp.linalg.norm, (empty,)),
        ("einsum", lambda x, y: jnp.einsum("ij,jk->ik", x, y), (tall, wide)),
    ):
        corner(file, f"{name}.empty", function, operands)
    corner(file, "all.empty", jnp.all, [np.zeros((0,), bool)])
    corner(file, "any.empty", jnp.any, [np.zeros((0,), bool)])
    exact(file, "arange.empty", lambda: jnp.arange(0), [])


def add_rank_zero(file):
    s = np.float32(-1.5)
    for name, function, operands in (
        ("sum", jnp.sum, (s,)),
        ("max", jnp.max, (s,)),
        ("mean", jnp.mean, (s,)),
        ("variance", jnp.var, (s,)),
        ("transpose", jnp.transpose, (s,)),
        ("reshape", lambda x: jnp.reshape(x, (1, 1)), (s,)),
        ("add", jnp.add, (s, np.float32(2))),
        ("dot", jnp.dot, (s, f32(1, 2))),
        ("outer", jnp.outer, (s, f32(1, 2))),
        ("stack", lambda x: jnp.stack([x, x]), (s,)),
        ("broadcastTo", lambda x: jnp.broadcast_to(x, (2, 3)), (s,)),
        ("einsum", lambda x, y: jnp.einsum(",i->i", x, y), (s, f32(1, 2))),
        ("softmax", lambda x: nn.softmax(x, None), (s,)),
        ("cumsum", jnp.cumsum, (s,)),
        ("sort", lambda x: jnp.sort(x, None), (s,)),
        ("squeeze", jnp.squeeze, (s,)),
        ("ravel", jnp.ravel, (s,)),
        ("expandDims", lambda x: jnp.expand_dims(x, 0), (s,)),
        ("norm", jnp.linalg.norm, (s,)),
        ("where", lambda x: jnp.where(x > 0, x, 2 * x), (s,)),
        ("cond", lambda x: lax.cond(x > 0, jnp.sin, jnp.cos, x), (s,)),
        ("logsumexp", nn.logsumexp, (s,)),
        ("tile", lambda x: jnp.tile(x, 3), (s,)),
        ("repeat", lambda x: jnp.repeat(x, 3), (s,)),
    ):
        corner(file, f"{name}.scalar", function, operands)
    corner(file, "argmax.scalar", jnp.argmax, [s])


def add_overflow(file):
    """Conversions that do not fit, sums that wrap or round, numbers too large and too small."""
    numbers = np.array(
        [
            np.nan,
            np.inf,
            -np.inf,
            1e10,
            -1e10,
            3e38,
            127.9,
            128.5,
            -128.9,
            -129.5,
            255.9,
            256.5,
            -0.9,
            -1.5,
            2147483520.0,
            2147483648.0,
            -2147483648.0,
            4294967296.0,
            9.3e18,
            -9.3e18,
            1.9e19,
            32767.9,
            65535.9,
            70000.0,
        ],
        np.float32,
    )
    integers = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
    for source in ("float32", "float64", "float16", "bfloat16"):
        with np.errstate(over="ignore"):
            x = numbers.astype(jnp.dtype(source))
        for target in integers + ("bool",):
            exact(
                file,
                f"convert.outside.{source}.{target}",
                lambda x: lax.convert_element_type(x, target),
                [x],
                dtype=target,
            )
    for source in ("int64", "int32", "uint64", "int16"):
        info = np.iinfo(source)
        x = np.array([info.min, info.max, 0, info.max // 3, info.min // 3 + 1], source)
        for target in integers:
            exact(
                file,
                f"convert.wrap.{source}.{target}",
                lambda x: lax.convert_element_type(x, target),
                [x],
                dtype=target,
            )
    exact(file, "sum.wrap.int32", jnp.sum, [np.full(3, 2**30, np.int32)])
    exact(file, "prod.wrap.int32", jnp.prod, [np.full(5, 1000, np.int32)])
    exact(file, "cumsum.wrap.int8", lambda x: lax.cumsum(x), [np.full(5, 100, np.int8)])
    exact(file, "pow.wrap.int32", jnp.power, [np.array([10, -7, 2], np.int32), np.array([12, 20, 31], np.int32)])
    exact(
        file,
        "pow.negativeExponent.int32",
        jnp.power,
        [np.array([1, -1, 2, 0], np.int32), np.array([-1, -3, -1, -1], np.int32)],
    )
    half = np.array([60000, 60000, -60000], np.float16)
    exact(file, "add.overflow.float16", jnp.add, [half, half])
    exact(file, "sum.float16", jnp.sum, [np.full(4096, 0.1, np.float16)])
    exact(file, "sum.bfloat16", jnp.sum, [np.full(4096, 0.1, jnp.bfloat16)])
    exact(file, "mean.overflow.float16", jnp.mean, [half[:2]])
    small = np.array([1e-40, -1e-40, 1e-38, 1.2e-38, 1e-45, 2e-38], np.float32)
    for name, function in (
        ("add", lambda x: x + 0),
        ("mul", lambda x: x * 0.5),
        ("square", jnp.square),
        ("sqrt", jnp.sqrt),
        ("exp", jnp.exp),
        ("abs", jnp.abs),
        ("log", jnp.log),
        ("double", lambda x: x * 2),
        ("sum", jnp.sum),
        ("max", lambda x: jnp.maximum(x, 0)),
        ("sort", jnp.sort),
        ("equal", lambda x: x == 0),
        ("sign", jnp.sign),
        ("tanh", jnp.tanh),
    ):
        corner(file, f"{name}.subnormal", function, [small], smooth=False)
    corner(file, "mul.underflow", jnp.multiply, [f32(1e-30, 1e-38, -1e-38), f32(1e-10, 0.01, 0.5)], smooth=False)
    corner(file, "exp.underflow", jnp.exp, [f32(-87, -87.5, -88, -90, -100, -103, -104)], smooth=False)
    corner(file, "exp.overflow", jnp.exp, [f32(88, 88.7, 88.73, 89)], smooth=False)


def add_cases(file):
    with np.errstate(all="ignore"):
        add_special(file)
        add_kinks(file)
        add_nan_and_infinity(file)
        add_empty(file)
        add_rank_zero(file)
        add_overflow(file)
