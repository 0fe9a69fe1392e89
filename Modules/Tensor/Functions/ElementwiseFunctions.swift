// Functions of each element. Those that need floating point convert integers to `float32` first, 64-bit ones to `float64`.

/// The absolute value; its derivative at 0 is 1, as in JAX.
public func abs(_ x: Tensor) -> Tensor { x.dtype == .bool ? x : unary(.abs, x, "abs") }
/// -1, 0 or 1 by the sign; NaN for NaN. Its derivative is 0.
public func sign(_ x: Tensor) -> Tensor { unary(.sign, x, "sign") }
/// The largest integer not above. Its derivative is 0.
public func floor(_ x: Tensor) -> Tensor { x.dtype.isFloating ? unary(.floor, x, "floor") : x }
/// The smallest integer not below. Its derivative is 0.
public func ceil(_ x: Tensor) -> Tensor { x.dtype.isFloating ? unary(.ceil, x, "ceil") : x }
/// The nearest integer, the even one of two equally near. Its derivative is 0.
public func round(_ x: Tensor) -> Tensor { x.dtype.isFloating ? unary(.roundEven, x, "round") : x }
/// eˣ.
public func exp(_ x: Tensor) -> Tensor { unary(.exp, x, "exp") }
/// eˣ - 1, accurate near 0.
public func expm1(_ x: Tensor) -> Tensor { unary(.expm1, x, "expm1") }
/// The natural logarithm.
public func log(_ x: Tensor) -> Tensor { unary(.log, x, "log") }
/// log(1 + x), accurate near 0.
public func log1p(_ x: Tensor) -> Tensor { unary(.log1p, x, "log1p") }
/// The square root; its derivative at 0 is infinite.
public func sqrt(_ x: Tensor) -> Tensor { unary(.sqrt, x, "sqrt") }
/// 1 / √x.
public func rsqrt(_ x: Tensor) -> Tensor { unary(.rsqrt, x, "rsqrt") }
/// The cube root.
public func cbrt(_ x: Tensor) -> Tensor { unary(.cbrt, x, "cbrt") }
/// The sine of an angle in radians.
public func sin(_ x: Tensor) -> Tensor { unary(.sin, x, "sin") }
/// The cosine of an angle in radians.
public func cos(_ x: Tensor) -> Tensor { unary(.cos, x, "cos") }
/// The tangent of an angle in radians.
public func tan(_ x: Tensor) -> Tensor { unary(.tan, x, "tan") }
/// The angle in radians, in -π/2...π/2, with this sine.
public func asin(_ x: Tensor) -> Tensor { unary(.asin, x, "asin") }
/// The angle in radians, in 0...π, with this cosine.
public func acos(_ x: Tensor) -> Tensor { unary(.acos, x, "acos") }
/// The angle in radians, in -π/2...π/2, with this tangent.
public func atan(_ x: Tensor) -> Tensor { unary(.atan, x, "atan") }
/// The hyperbolic sine.
public func sinh(_ x: Tensor) -> Tensor { unary(.sinh, x, "sinh") }
/// The hyperbolic cosine.
public func cosh(_ x: Tensor) -> Tensor { unary(.cosh, x, "cosh") }
/// The hyperbolic tangent.
public func tanh(_ x: Tensor) -> Tensor { unary(.tanh, x, "tanh") }
/// The inverse hyperbolic sine.
public func asinh(_ x: Tensor) -> Tensor { unary(.asinh, x, "asinh") }
/// The inverse hyperbolic cosine.
public func acosh(_ x: Tensor) -> Tensor { unary(.acosh, x, "acosh") }
/// The inverse hyperbolic tangent.
public func atanh(_ x: Tensor) -> Tensor { unary(.atanh, x, "atanh") }
/// The error function.
public func erf(_ x: Tensor) -> Tensor { unary(.erf, x, "erf") }
/// 1 - erf(x), accurate for large x.
public func erfc(_ x: Tensor) -> Tensor { unary(.erfc, x, "erfc") }
/// The inverse of the error function, for x in -1...1. Source: Giles, "Approximating the erfinv function".
public func erfInv(_ x: Tensor) -> Tensor { unary(.erfInv, x, "erfInv") }
/// The logarithm of the absolute value of the gamma function.
public func lgamma(_ x: Tensor) -> Tensor { unary(.lgamma, x, "lgamma") }
/// The derivative of `lgamma`.
public func digamma(_ x: Tensor) -> Tensor { unary(.digamma, x, "digamma") }
/// The number of bits set, of integers.
public func populationCount(_ x: Tensor) -> Tensor { unary(.popcount, x, "populationCount") }
/// The number of bits above the highest one set, of integers.
public func countLeadingZeros(_ x: Tensor) -> Tensor { unary(.countLeadingZeros, x, "countLeadingZeros") }

/// x².
public func square(_ x: Tensor) -> Tensor { x * x }
/// 1 / x.
public func reciprocal(_ x: Tensor) -> Tensor { 1 / x.asFloating }

/// Whether each element is neither infinite nor NaN: a `bool` tensor.
public func isFinite(_ x: Tensor) -> Tensor {
  x.dtype.isFloating ? Primitive.isFinite(IsFinite())(x) : ones(x.shape, dtype: .bool)
}
/// Whether each element is NaN: a `bool` tensor.
public func isNaN(_ x: Tensor) -> Tensor { x .!= x }
/// Whether each element is infinite, of either sign: a `bool` tensor.
public func isInfinite(_ x: Tensor) -> Tensor {
  x.dtype.isFloating ? abs(x) .== Tensor(Float.infinity).asType(x.dtype) : zeros(x.shape, dtype: .bool)
}

// MARK: Functions of pairs of elements, which are promoted and broadcast

/// The larger of each pair, NaN if either is; where both are equal each receives half of the derivative.
public func maximum(_ a: Tensor, _ b: Tensor) -> Tensor { Binary.maximum(a, b, "maximum") }
/// The smaller of each pair, NaN if either is; where both are equal each receives half of the derivative.
public func minimum(_ a: Tensor, _ b: Tensor) -> Tensor { Binary.minimum(a, b, "minimum") }
/// a to the power b. An integer power of integers stays integer.
public func pow(_ a: Tensor, _ b: Tensor) -> Tensor { Binary.power(a, b, "pow") }
/// x to a power that is an integer, by repeated multiplication: its derivative at 0 is that of the polynomial.
///
/// Source: `jax.lax.integer_pow`.
public func pow(_ x: Tensor, _ exponent: Int) -> Tensor {
  if exponent < 0 {
    // The powers of integers that are no integers are those of `pow` with a tensor.
    return x.dtype.isFloating ? pow(1 / x, -exponent) : Binary.power(x, Tensor(exponent), "pow")
  }
  if exponent == 0 { return onesLike(x) }
  var (result, square, rest) = (Tensor?.none, x, exponent)
  while true {
    if rest & 1 == 1 { result = result.map { $0 * square } ?? square }
    rest >>= 1
    if rest == 0 { return result! }
    square = square * square
  }
}
/// The angle in radians, in -π...π, of the point (x, y).
public func atan2(_ y: Tensor, _ x: Tensor) -> Tensor {
  let operands = promote("atan2", [y, x]).map(\.asFloating)
  return Binary.atan2(operands[0], operands[1], "atan2")
}
/// The next number after a in the direction of b. It has no derivative.
public func nextAfter(_ a: Tensor, _ b: Tensor) -> Tensor { Binary.nextAfter(a, b, "nextAfter") }
/// log(eᵃ + eᵇ), without overflow.
public func logAddExp(_ a: Tensor, _ b: Tensor) -> Tensor {
  let operands = promoteAndBroadcast("logAddExp", [a, b]).map(\.asFloating)
  let (larger, smaller) = (maximum(operands[0], operands[1]), minimum(operands[0], operands[1]))
  let difference = smaller - larger
  // Two equal infinities have no difference.
  let isUndefined = isNaN(difference)
  let sum = larger + log1p(exp(select(isUndefined, zerosLike(difference), difference)))
  return select(isUndefined, operands[0] + operands[1], sum)
}
/// Elements bounded from below and above; a bound may be left out.
public func clip(_ x: Tensor, min lower: Tensor? = nil, max upper: Tensor? = nil) -> Tensor {
  let raised = lower.map { maximum(x, $0) } ?? x
  return upper.map { minimum(raised, $0) } ?? raised
}

/// For each element of `condition`, one of `a` where it is true (not zero), of `b` elsewhere; all are broadcast together.
public func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
  let cases = promote("select", [a, b])
  let operands = broadcastShapes("select", [condition.asType(.bool), cases[0], cases[1]])
  return Primitive.select(Select())(operands)[0]
}

/// The same elements, as a constant to `grad` and the other derivatives.
public func stopGradient(_ x: Tensor) -> Tensor { Primitive.marker(.stopGradient)(x) }
