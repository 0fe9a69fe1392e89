/// The derivative of `digamma`; infinite at 0 and the negative integers.
///
/// Source: the recurrence ψ′(x) = ψ′(x + 1) + 1/x² up to where the asymptotic series is exact to rounding, and the reflection
/// ψ′(1 - x) + ψ′(x) = π²/sin²(πx) for x below a half.
public func trigamma(_ x: Tensor) -> Tensor {
  let x = x.asFloating
  let isReflected = x .< 0.5
  var z = select(isReflected, 1 - x, x)
  var result = zerosLike(z)
  for _ in 0..<12 {
    result += reciprocal(z * z)
    z += 1
  }
  // 1/z + 1/(2z²) + Σ B₂ₖ/z²ᵏ⁺¹
  let bernoulli: [Double] = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6]
  let inverse = reciprocal(z)
  let inverseSquare = inverse * inverse
  var series = zerosLike(z)
  for coefficient in bernoulli.reversed() { series = (series + coefficient) * inverseSquare }
  result += inverse * (1 + 0.5 * inverse + series)
  // The sine is taken of a harmless number where it is not used, so that its derivative is finite there.
  let sine = sin(Double.pi * select(isReflected, x, full(x.shape, 0.5, dtype: x.dtype)))
  return select(isReflected, Double.pi * Double.pi / (sine * sine) - result, result)
}
