import Tensor

/// The functions of the topic `elementwise`.
let elementwiseTable: [String: Maker] = [
  "abs": unary(abs), "acos": unary(acos), "acosh": unary(acosh), "add": binary(+), "asin": unary(asin),
  "asinh": unary(asinh), "atan": unary(atan), "atan2": binary(atan2), "atanh": unary(atanh), "cbrt": unary(cbrt),
  "ceil": unary(ceil), "cos": unary(cos), "cosh": unary(cosh), "digamma": unary(digamma), "div": binary(/),
  "erf": unary(erf), "erfInv": unary(erfInv), "erfc": unary(erfc), "exp": unary(exp), "expm1": unary(expm1),
  "floor": unary(floor), "lgamma": unary(lgamma), "log": unary(log), "log1p": unary(log1p),
  "logaddexp": binary(logAddExp), "logistic": unary { Primitive.unary(.logistic)($0) }, "max": binary(maximum),
  "min": binary(minimum), "mul": binary(*), "neg": unary { -$0 }, "pow": binary(pow), "reciprocal": unary(reciprocal),
  "rsqrt": unary(rsqrt), "select": ternary(select), "sign": unary(sign), "sin": unary(sin), "sinh": unary(sinh),
  "sqrt": unary(sqrt), "square": unary(square), "sub": binary(-), "tan": unary(tan), "tanh": unary(tanh),
  "where": ternary(select),

  "clamp": ternary { clip($1, min: $0, max: $2) }, "clamp.scalar": bounded, "clip": bounded,
  "copysign": binary(copySign), "degrees": unary(degrees), "entr": unary(entr), "exp2": unary(exp2),
  "floorDivide": binary(floorDivide), "fmod": binary(fmod), "hypot": binary(hypot),
  "integerPow": many { row, x in pow(x[0], row.int("exponent")!) }, "log10": unary(log10), "log2": unary(log2),
  "logaddexp2": binary(logAddExp2), "logit": unary(logit), "mod": binary(remainder), "ndtr": unary(ndtr),
  "ndtri": unary(ndtri), "radians": unary(radians), "rem": binary { Binary.remainder($0, $1, "rem") },
  "round": unary { round($0) }, "round.awayFromZero": unary { round($0, .toNearestOrAwayFromZero) },
  "round.decimals": many { row, x in round(x[0], decimals: row.int("decimals")!) },
  "select.functions": many { _, x in select([x[0], x[1]], [x[2], x[3]], default: x[4]) },
  "selectN": many { _, x in choose(x[0], Array(x[1...])) }, "sinc": unary(sinc),
  "squaredDifference": binary { square($0 - $1) }, "trunc": unary(trunc),
  "where.scalar": binary { select($0, $1, 0) }, "xlog1py": binary(xlog1py), "xlogy": binary(xlogy),
]

private let bounded = many { row, x in
  clip(x[0], min: row.double("min").map { Tensor($0) }, max: row.double("max").map { Tensor($0) })
}
