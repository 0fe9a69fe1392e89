import Tensor

/// Numbers spread evenly over `min` ..< `max`: shape `shape`.
///
/// - Parameters:
///   - key: where they come from.
///   - shape: the shape of the result.
///   - dtype: a floating-point type; another stops the program.
///   - min: the smallest number, rounded to the type.
///   - max: the number that all are below, but for rounding.
///
/// The bits are those of `jax.random.uniform` on a processor with fused multiply-add.
public func uniform(
  _ key: PRNGKey, _ shape: [Int] = [], dtype: DType = .float32, min: Double = 0, max: Double = 1
) -> Tensor {
  let fractions = uniformFractions("uniform", key, shape, dtype)
  if min == 0 && max == 1 { return fractions }
  let (lower, upper) = (scalar(min, dtype), scalar(max, dtype))
  let range = Trace.with(nil) { upper - lower }
  let values = multiplyAdd(fractions, range, lower)
  // Rounding keeps the order, so that no number is below the minimum unless the bounds are exchanged.
  return min <= max ? values : maximum(lower, values)
}

/// Numbers spread evenly between bounds that are tensors, which broadcast to the shape: `min` ..< `max`.
///
/// Differentiable with respect to the bounds.
@_disfavoredOverload
public func uniform(
  _ key: PRNGKey, _ shape: [Int] = [], dtype: DType = .float32, min: Tensor = 0, max: Tensor = 1
) -> Tensor {
  let shape = drawShape("uniform", shape, [min, max])
  let (lower, upper) = (min.asType(dtype), max.asType(dtype))
  return maximum(lower, multiplyAdd(uniformFractions("uniform", key, shape, dtype), upper - lower, lower))
}

/// Numbers spread evenly over 0 ..< 1: random mantissas under the exponent of 1, minus 1.
func uniformFractions(_ operation: String, _ key: PRNGKey, _ shape: [Int], _ dtype: DType) -> Tensor {
  let format = FloatFormat(dtype, for: operation)
  let word = dtype.unsignedOfSameSize
  // A mantissa of less than 8 bits is made of one byte.
  let source = format.mantissaBits < 8 ? DType.uint8 : word
  let random = randomBits(operation, key, shape, source).asType(word)
  let mantissa = random >> scalar(Double(source.bitWidth - format.mantissaBits), word)
  let one = Tensor.splat(integer: format.one, TensorType(word))
  return (mantissa | one).bitcast(to: dtype) - scalar(1, dtype)
}

/// The shape of a draw: `shape`, to which the parameters must broadcast, or if it is nil the one that they broadcast to.
func drawShape(_ operation: String, _ shape: [Int]?, _ parameters: [Tensor]) -> [Int] {
  var joined = shape ?? []
  for parameter in parameters {
    guard let next = broadcastShape(joined, parameter.shape), shape == nil || next == shape else {
      fail(
        operation, parameters.map(\.type),
        shape.map { "the parameters do not broadcast to the shape \($0)" }
          ?? "the parameters do not broadcast together",
        hint: "sizes must be equal, or 1, matched from the last dimension")
    }
    joined = next
  }
  return joined
}

/// Integers spread evenly over `min` ..< `max`: shape `shape`. Where `max` is not above `min`, all are `min`.
///
/// - Parameters:
///   - key: where they come from.
///   - shape: the shape of the result.
///   - min: the smallest integer.
///   - max: the integer that all are below; one more than the type's largest is allowed.
///   - dtype: an integer type, to whose range the bounds are clipped; another type stops the program.
///
/// Numbers in a range that is no power of two are not quite equally likely, by at most 2⁻³². The bits are those of
/// `jax.random.randint`.
public func randint(_ key: PRNGKey, _ shape: [Int], min: Int, max: Int, dtype: DType = .int32) -> Tensor {
  randint(key, shape, min: Tensor(min, dtype: .int64), max: Tensor(max, dtype: .int64), dtype: dtype)
}

/// Integers spread evenly between integer bounds that are tensors, which broadcast to the shape: `min` ..< `max`.
@_disfavoredOverload
public func randint(_ key: PRNGKey, _ shape: [Int], min: Tensor, max: Tensor, dtype: DType = .int32) -> Tensor {
  if !dtype.isInteger { fail("randint", [min.type, max.type], "draws integers, not \(dtype)") }
  if !min.dtype.isInteger || !max.dtype.isInteger {
    fail("randint", [min.type, max.type], "the bounds must be integers")
  }
  let shape = drawShape("randint", shape, [min, max])
  // Narrow integers are drawn as wider ones, which favours some of them less.
  let drawn = dtype.bitWidth < 32 ? DType.int32 : dtype
  let range = integerRange(dtype)
  let upperLimit = drawn == dtype ? range.upperBound : range.upperBound + 1
  let lower = clipped(min, to: range, as: drawn)
  let upper = clipped(max, to: range.lowerBound...upperLimit, as: drawn)
  let largest = Swift.min(integerRange(drawn).upperBound, integerRange(max.dtype).upperBound)
  let isUpperOutside = drawn == dtype ? max .> integerScalar(largest, max.dtype) : zeros([], dtype: .bool)

  let word = drawn.unsignedOfSameSize
  let (higherKey, lowerKey) = split(key)
  let (higher, lowest) = (
    randomBits("randint", higherKey, shape, word), randomBits("randint", lowerKey, shape, word)
  )
  let one = scalar(1, word)
  var span = select(upper .<= lower, one, (upper - lower).asType(word))
  // One more than the largest span wraps to 0, by which the remainders below leave everything as it is.
  span = select(isUpperOutside & (upper .> lower), span + one, span)
  span = span.broadcast(to: shape)
  func remainder(_ a: Tensor) -> Tensor { Binary.remainder(a, span, "randint") }
  // 2ⁿ modulo the span, for words of n bits: twice as many random bits as the type has are reduced to it.
  let root = remainder(Tensor.splat(integer: 1 << Int64(word.bitWidth / 2), TensorType(word)))
  let multiplier = remainder(root * root)
  let offset = remainder(remainder(higher) * multiplier + remainder(lowest))
  return (lower + offset.asType(drawn)).asType(dtype)
}

private func integerRange(_ dtype: DType) -> ClosedRange<Int128> {
  let size = Int128(1) << Int128(dtype.bitWidth)
  return dtype.isSignedInteger ? -size / 2...size / 2 - 1 : 0...size - 1
}

private func integerScalar(_ value: Int128, _ dtype: DType) -> Tensor {
  .splat(integer: Int64(truncatingIfNeeded: value), TensorType(dtype))
}

/// Integers clipped to a range, as far as their own type can tell, and converted.
private func clipped(_ x: Tensor, to range: ClosedRange<Int128>, as dtype: DType) -> Tensor {
  let limits = range.clamped(to: integerRange(x.dtype))
  let lower = integerScalar(limits.lowerBound, x.dtype)
  return clip(x, min: lower, max: integerScalar(limits.upperBound, x.dtype)).asType(dtype)
}
