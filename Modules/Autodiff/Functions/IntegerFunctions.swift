import Tensor

/// The greatest common divisor of each pair of integers, not negative; of 0 and n it is |n|.
///
/// Euclid's algorithm on all elements together, in as many rounds as the slowest pair takes. Source: `jax.numpy.gcd`.
public func gcd(_ a: Tensor, _ b: Tensor) -> Tensor {
  let operands = promoteAndBroadcast("gcd", [a, b])
  if !operands[0].dtype.isInteger { fail("gcd", [a.type, b.type], "needs integers") }
  let start = operands.map { $0.dtype.isSignedInteger ? abs($0) : $0 }
  let result = whileLoop(start, while: { any($0[1] .!= 0) }) { pair in
    let isDone = pair[1] .== 0
    let rest = Primitive.binary(.remainder)(pair[0], select(isDone, onesLike(pair[1]), pair[1]))
    return [select(isDone, pair[0], pair[1]), select(isDone, zerosLike(rest), rest)]
  }
  return result[0]
}

/// The least common multiple of each pair of integers, not negative; 0 if one is 0. It wraps around where it does not fit.
///
/// Source: `jax.numpy.lcm`.
public func lcm(_ a: Tensor, _ b: Tensor) -> Tensor {
  let divisor = gcd(a, b)
  let operands = promoteAndBroadcast("lcm", [a, b]).map { $0.dtype.isSignedInteger ? abs($0) : $0 }
  let quotient = Primitive.binary(.divide)(operands[1], select(divisor .== 0, onesLike(divisor), divisor))
  return select(divisor .== 0, zerosLike(divisor), operands[0] * quotient)
}
