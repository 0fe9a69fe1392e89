// Functions of each element that are compositions of others, as NumPy has them. Integers become floats where only floats will do.

/// 2ˣ. Source: `jax.numpy.exp2`.
public func exp2(_ x: Tensor) -> Tensor {
  let x = x.asFloating
  return pow(full(x.shape, 2, dtype: x.dtype), x)
}

/// The logarithm to base 2. Source: `jax.numpy.log2`.
public func log2(_ x: Tensor) -> Tensor { log(x.asFloating) / 0.693147180559945309417 }

/// The logarithm to base 10. Source: `jax.numpy.log10`.
public func log10(_ x: Tensor) -> Tensor { log(x.asFloating) / 2.30258509299404568402 }

/// Angles in radians as degrees. Source: `jax.numpy.degrees`.
public func degrees(_ x: Tensor) -> Tensor { x.asFloating * 57.295779513082320876798 }

/// Angles in degrees as radians. Source: `jax.numpy.radians`.
public func radians(_ x: Tensor) -> Tensor { x.asFloating * 0.0174532925199432957692 }

/// sin(πx) / (πx), and 1 at 0, with its derivatives there. Source: `jax.numpy.sinc`.
public func sinc(_ x: Tensor) -> Tensor {
  let angle = x.asFloating * 3.14159265358979323846
  let isZero = angle .== 0
  let safe = select(isZero, 1, angle)
  // The series gives the derivatives at 0, up to the fourth.
  let squared = angle * angle
  let series = 1 - squared / 6 + squared * squared / 120
  return select(isZero, series, sin(safe) / safe)
}

/// Whether the sign of each element is negative, that of -0 and of NaN too: a `bool` tensor. Source: `jax.numpy.signbit`.
public func signBit(_ x: Tensor) -> Tensor {
  if !x.dtype.isFloating { return x.dtype.isSignedInteger ? x .< 0 : zeros(x.shape, dtype: .bool) }
  let bits: DType = x.dtype.itemSize == 2 ? .int16 : x.dtype.itemSize == 4 ? .int32 : .int64
  return x.bitcast(to: bits) .< 0
}

/// The number below in size: without what is behind the decimal point. Its derivative is 0. Source: `jax.numpy.trunc`.
public func trunc(_ x: Tensor) -> Tensor { x.dtype.isFloating ? select(x .< 0, ceil(x), floor(x)) : x }

/// The nearest multiple of 10 to the power -`decimals`; of two equally near the one with the even last digit, before rounding
/// errors. Its derivative is 0. Source: `jax.numpy.round`.
public func round(_ x: Tensor, decimals: Int) -> Tensor {
  if decimals == 0 { return round(x) }
  if !x.dtype.isFloating {
    if decimals < 0 {
      fail("round", [x.type], "integers are not rounded to tens", hint: "convert them with `asType(.float32)`")
    }
    return x
  }
  // Beyond the digits of the type there is nothing to round.
  let most: [DType: Int] = [.float16: 4, .bfloat16: 38, .float32: 38, .float64: 308]
  if decimals > most[x.dtype]! { return x }
  var factor = 1.0
  for _ in 0..<abs(decimals) { factor *= 10 }
  if decimals < 0 { factor = 1 / factor }
  let scale = Tensor(factor)
  let result = round((x.dtype == .float16 ? x.asType(.float32) : x) * scale) / scale
  return result.asType(x.dtype)
}

/// The nearest integer by a rule for which one, as Swift's `rounded(_:)` has it. Its derivative is 0.
///
/// Source: `jax.lax.round` with `RoundingMethod`.
public func round(_ x: Tensor, _ rule: FloatingPointRoundingRule) -> Tensor {
  if !x.dtype.isFloating { return x }
  switch rule {
  case .toNearestOrEven: return round(x)
  case .toNearestOrAwayFromZero: return Primitive.unary(.round)(x)
  case .up: return ceil(x)
  case .down: return floor(x)
  case .towardZero: return trunc(x)
  case .awayFromZero: return select(x .< 0, floor(x), ceil(x))
  @unknown default: fail("round", [x.type], "the rounding rule \(rule) is unknown")
  }
}

/// The part behind the decimal point and the part before it, both with the sign of x. The first has derivative 1.
///
/// Source: `jax.numpy.modf`.
public func modf(_ x: Tensor) -> (fraction: Tensor, whole: Tensor) {
  let x = x.asFloating
  let whole = trunc(x)
  return (x - whole, whole)
}

/// x · 2ⁿ for integers n, without overflow on the way. Source: `jax.numpy.ldexp`.
public func ldexp(_ x: Tensor, _ n: Tensor) -> Tensor {
  if n.dtype.isFloating { fail("ldexp", [x.type, n.type], "the exponents must be integers") }
  return inWiderFloats(x) { x in
    let limits: (low: Tensor, high: Tensor) = x.dtype == .float64 ? (-1022, 1023) : (-126, 127)
    var (result, rest) = (x, n.asType(x.dtype == .float64 ? .int64 : .int32))
    // Three powers that are numbers reach from the largest element to below the smallest, and back.
    for _ in 0..<3 {
      let part = clip(rest, min: limits.low, max: limits.high)
      result = result * powerOfTwo(part, x.dtype)
      rest = rest - part
    }
    return result
  }
}

/// 2ⁿ for n that are exponents of normal numbers, to the bit.
private func powerOfTwo(_ n: Tensor, _ dtype: DType) -> Tensor {
  dtype == .float64 ? ((n + 1023) << 52).bitcast(to: .float64) : ((n + 127) << 23).bitcast(to: .float32)
}

/// The mantissa m, in ½ ≤ |m| < 1, and the exponent n, `int32`, of x = m · 2ⁿ. 0, infinities and NaN have exponent 0.
///
/// The derivative of the mantissa is 2⁻ⁿ. Source: `jax.numpy.frexp`.
public func frexp(_ x: Tensor) -> (mantissa: Tensor, exponent: Tensor) {
  let x = x.asFloating
  let isDouble = x.dtype == .float64
  let wide = isDouble ? x : x.asType(.float32)
  let smallest = Tensor(isDouble ? 0x1p-1022 : 0x1p-126)
  let isSmall = abs(wide) .< smallest
  // Below the normal numbers the exponent is that of a multiple.
  let scale = Tensor(isDouble ? 0x1p64 : 0x1p32)
  let normal = stopGradient(select(isSmall, wide * scale, wide))
  let bits = normal.bitcast(to: isDouble ? .int64 : .int32)
  let field = isDouble ? ((bits >> 52) & 0x7ff) - 1022 : ((bits >> 23) & 0xff) - 126
  let exponent = select(isSmall, field - (isDouble ? 64 : 32), field).asType(.int32)
  let isPlain = isFinite(wide) & (wide .!= 0)
  let known = select(isPlain, exponent, 0)
  return (select(isPlain, ldexp(x, -known), x), known)
}

/// The elements with NaN and infinities replaced by numbers: those of integers, which have none, as they are.
///
/// - Parameters:
///   - x: any shape.
///   - nan: what stands for NaN.
///   - positiveInfinity: what stands for ∞; by default the largest number of the type.
///   - negativeInfinity: what stands for -∞; by default the lowest number of the type.
///
/// Source: `jax.numpy.nan_to_num`.
public func nanToNum(
  _ x: Tensor, nan: Double = 0, positiveInfinity: Double? = nil, negativeInfinity: Double? = nil
) -> Tensor {
  if !x.dtype.isFloating { return x }
  let largest: [DType: Double] = [
    .float16: 65504, .bfloat16: 0x1.fep127, .float32: Double(Float.greatestFiniteMagnitude),
    .float64: Double.greatestFiniteMagnitude,
  ]
  func number(_ value: Double) -> Tensor { full(x.shape, value, dtype: x.dtype) }
  let (high, low) = (positiveInfinity ?? largest[x.dtype]!, negativeInfinity ?? -largest[x.dtype]!)
  let infinite = isInfinite(x)
  let result = select(isNaN(x), number(nan), x)
  return select(infinite & (x .> 0), number(high), select(infinite & (x .< 0), number(low), result))
}

/// Whether each element is ∞: a `bool` tensor. Source: `jax.numpy.isposinf`.
public func isPositiveInfinity(_ x: Tensor) -> Tensor { isInfinite(x) & (x .> 0) }

/// Whether each element is -∞: a `bool` tensor. Source: `jax.numpy.isneginf`.
public func isNegativeInfinity(_ x: Tensor) -> Tensor { isInfinite(x) & (x .< 0) }
