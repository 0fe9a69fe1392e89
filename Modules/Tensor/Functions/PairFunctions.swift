// Functions of pairs of elements, which are promoted and broadcast, as NumPy has them.

/// √(a² + b²), without overflow. Its derivatives at (0, 0) are ½ for both. Source: `jax.numpy.hypot`.
public func hypot(_ a: Tensor, _ b: Tensor) -> Tensor {
  let operands = promoteAndBroadcast("hypot", [a, b]).map { abs($0.asFloating) }
  let (larger, smaller) = (maximum(operands[0], operands[1]), minimum(operands[0], operands[1]))
  let isZero = larger .== 0
  let ratio = smaller / select(isZero, onesLike(larger), larger)
  let length = select(isZero, larger, larger * sqrt(1 + ratio * ratio))
  let infinite = isInfinite(operands[0]) | isInfinite(operands[1])
  return select(infinite, full(length.shape, .infinity, dtype: length.dtype), length)
}

/// log₂(2ᵃ + 2ᵇ), without overflow. Source: `jax.numpy.logaddexp2`.
public func logAddExp2(_ a: Tensor, _ b: Tensor) -> Tensor {
  let operands = promoteAndBroadcast("logAddExp2", [a, b]).map(\.asFloating)
  let (larger, smaller) = (maximum(operands[0], operands[1]), minimum(operands[0], operands[1]))
  let difference = smaller - larger
  // Two equal infinities have no difference.
  let isUndefined = isNaN(difference)
  let safe = select(isUndefined, zerosLike(difference), difference)
  let sum = larger + log1p(exp2(safe)) / 0.693147180559945309417
  return select(isUndefined, operands[0] + operands[1], sum)
}

/// |a| with the sign of b, that of -0 too. Source: `jax.numpy.copysign`.
public func copySign(_ a: Tensor, _ b: Tensor) -> Tensor {
  let operands = promoteAndBroadcast("copySign", [a, b]).map(\.asFloating)
  let size = abs(operands[0])
  return select(signBit(operands[1]), -size, size)
}

/// 0 where x < 0, 1 where x > 0, and `value` at 0. Source: `jax.numpy.heaviside`.
public func heaviside(_ x: Tensor, _ value: Tensor) -> Tensor {
  let operands = promoteAndBroadcast("heaviside", [x, value]).map(\.asFloating)
  let x = operands[0]
  return select(x .< 0, zerosLike(x), select(x .> 0, onesLike(x), select(isNaN(x), x, operands[1])))
}

/// The larger of each pair; of a number and NaN the number. Source: `jax.numpy.fmax`.
public func fmax(_ a: Tensor, _ b: Tensor) -> Tensor {
  let operands = promoteAndBroadcast("fmax", [a, b])
  let (a, b) = (operands[0], operands[1])
  return select((a .> b) | isNaN(b), a, b)
}

/// The smaller of each pair; of a number and NaN the number. Source: `jax.numpy.fmin`.
public func fmin(_ a: Tensor, _ b: Tensor) -> Tensor {
  let operands = promoteAndBroadcast("fmin", [a, b])
  let (a, b) = (operands[0], operands[1])
  return select((a .< b) | isNaN(b), a, b)
}

// MARK: Division with remainder

/// The remainder of a / b with the sign of a: a - b · trunc(a / b). Of integers by 0 it is 0.
///
/// Source: `jax.numpy.fmod`.
public func fmod(_ a: Tensor, _ b: Tensor) -> Tensor { divisionRemainder(a, b, "fmod").remainder }

/// The remainder of a / b with the sign of b: a - b · floor(a / b). Of integers by 0 it is 0.
///
/// Source: `jax.numpy.remainder`.
public func remainder(_ a: Tensor, _ b: Tensor) -> Tensor {
  let (rest, b) = divisionRemainder(a, b, "remainder")
  return select((rest .!= 0) & ((rest .< 0) .!= (b .< 0)), rest + b, rest)
}

private func divisionRemainder(_ a: Tensor, _ b: Tensor, _ name: String) -> (remainder: Tensor, divisor: Tensor) {
  let operands = promoteAndBroadcast(name, [a, b])
  var b = operands[1]
  if !b.dtype.isFloating { b = select(b .== 0, onesLike(b), b) }
  return (Binary.remainder(operands[0], b, name), b)
}

/// a / b rounded down. Its derivative is 0. Source: `jax.numpy.floor_divide`.
public func floorDivide(_ a: Tensor, _ b: Tensor) -> Tensor {
  let operands = promoteAndBroadcast("floorDivide", [a, b])
  let (a, b) = (operands[0], operands[1])
  if !a.dtype.isFloating {
    let quotient = Binary.divide(a, b, "floorDivide")
    if !a.dtype.isSignedInteger { return quotient }
    let isUneven = (sign(a) .!= sign(b)) & (Binary.remainder(a, b, "floorDivide") .!= 0)
    return select(isUneven, quotient - 1, quotient)
  }
  // The remainder is exact, and so is the division of what it leaves, up to the last step.
  let rest = Binary.remainder(a, b, "floorDivide")
  let quotient = select(b .== 0, a, a - rest) / b
  let isUneven = (rest .!= 0) & (sign(b) .!= sign(rest))
  return Primitive.unary(.round)(select(isUneven, quotient - 1, quotient))
}

/// The quotient rounded down and the remainder: `floorDivide` and `remainder`. Source: `jax.numpy.divmod`.
public func divmod(_ a: Tensor, _ b: Tensor) -> (quotient: Tensor, remainder: Tensor) {
  (floorDivide(a, b), remainder(a, b))
}

// MARK: Bits

/// The bits of a moved to the right by b places, zeros entering, signed integers too. Shifts by the width and more give 0.
///
/// Source: `jax.lax.shift_right_logical`.
public func shiftRightLogical(_ a: Tensor, _ b: Tensor) -> Tensor {
  Binary.shiftRightLogical(a, b, "shiftRightLogical")
}

/// The bits of a moved to the right by b places, copies of the highest bit entering, of unsigned integers too.
///
/// Source: `jax.lax.shift_right_arithmetic`.
public func shiftRightArithmetic(_ a: Tensor, _ b: Tensor) -> Tensor {
  Binary.shiftRightArithmetic(a, b, "shiftRightArithmetic")
}

// MARK: Equality within a tolerance

/// Whether |a - b| ≤ atol + rtol · |b|, or a and b are one infinity: a `bool` tensor.
///
/// - Parameters:
///   - rtol: the relative tolerance.
///   - atol: the absolute tolerance.
///   - equalNaN: whether two NaNs are close.
///
/// Source: `jax.numpy.isclose`.
public func isClose(
  _ a: Tensor, _ b: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNaN: Bool = false
) -> Tensor {
  let operands = promoteAndBroadcast("isClose", [a, b]).map(\.asFloating)
  let (a, b) = (operands[0], operands[1])
  let isNear = (abs(a - b) .<= abs(b) * rtol + atol) & isFinite(a) & isFinite(b)
  let isClose = isNear | (a .== b)
  return equalNaN ? isClose | (isNaN(a) & isNaN(b)) : isClose
}

/// Whether all pairs of elements are close by `isClose`: a `bool` scalar. Source: `jax.numpy.allclose`.
public func allClose(
  _ a: Tensor, _ b: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNaN: Bool = false
) -> Tensor {
  all(isClose(a, b, rtol: rtol, atol: atol, equalNaN: equalNaN))
}

/// Whether two tensors have one shape and equal elements: a `bool` scalar. Source: `jax.numpy.array_equal`.
public func arrayEqual(_ a: Tensor, _ b: Tensor, equalNaN: Bool = false) -> Tensor {
  if a.shape != b.shape { return zeros([], dtype: .bool) }
  let isEqual = a .== b
  return all(equalNaN ? isEqual | (isNaN(a) & isNaN(b)) : isEqual)
}
