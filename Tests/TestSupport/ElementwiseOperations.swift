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
]
