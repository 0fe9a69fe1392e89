import Tensor

/// eᴬ = Σ Aᵏ / k! for square matrices: shape [.., n, n].
///
/// - Parameters:
///   - a: the matrices.
///   - maxSquarings: how often the exponential of a fraction of a matrix is squared at most; where a matrix is so large that it would
///     take more, the result is NaN.
///
/// Integers become floats; for 16-bit floats it is computed in `float32`. Source: Higham, "The scaling and squaring method for the
/// matrix exponential revisited"; `jax.scipy.linalg.expm`.
public func expm(_ a: Tensor, maxSquarings: Int = 16) -> Tensor {
  let matrices = a.asMatrices("expm", square: true)
  let approximation = matrices.dtype == .float64 ? PadeApproximation.float64 : .float32
  let size = max(sum(abs(stopGradient(matrices)), axis: -2), axes: [-1])
  let limit = approximation.largestNorm
  let squarings = maximum(0, ceil(log(size / limit) / log(Tensor(2.0)))).expandingDims(-1).expandingDims(-1)
  let scaled = matrices * pow(Tensor(2.0).asType(matrices.dtype), -squarings)
  var result = approximation.exponential(scaled)
  result =
    scan(result, arange(maxSquarings)) { result, index in
      let isOpen = index.asType(squarings.dtype) .< squarings
      let next = cond(
        any(isOpen), result, then: { select(isOpen, matmul($0, $0), $0) }, else: { $0 })
      return (next, ())
    }.carry
  let isTooLarge = squarings .> Double(maxSquarings)
  return select(isTooLarge, full([], .nan, dtype: result.dtype), result).asType(a.asFloating.dtype)
}

/// eᴬ as P(A) / P(-A) for a polynomial P.
private struct PadeApproximation {
  /// Up to which column sum norm it is exact to rounding.
  let largestNorm: Double
  /// The coefficients of P, from that of 1 to that of the highest power, divided by the first.
  let coefficients: [Double]

  static let float32 = PadeApproximation(degree: 7, largestNorm: 3.925724783138660)
  static let float64 = PadeApproximation(degree: 13, largestNorm: 5.371920351148152)

  private init(degree: Int, largestNorm: Double) {
    self.largestNorm = largestNorm
    // cₖ = cₖ₋₁ · (q - k + 1) / (k · (2q - k + 1))
    coefficients = (1...degree).reduce(into: [1]) { list, k in
      list.append(list.last! * Double(degree - k + 1) / Double(k * (2 * degree - k + 1)))
    }
  }

  func exponential(_ a: Tensor) -> Tensor {
    let identity = eye(a.shape[a.rank - 1], dtype: a.dtype)
    let square = matmul(a, a)
    // The even and the odd part of P, by powers of the square.
    var (power, even, odd) = (identity, zerosLike(a), zerosLike(a))
    for k in stride(from: 0, to: coefficients.count, by: 2) {
      let (evenCoefficient, oddCoefficient) = (coefficients[k], coefficients[k + 1])
      even = even + evenCoefficient * power
      odd = odd + oddCoefficient * power
      if k + 2 < coefficients.count { power = k == 0 ? square : matmul(power, square) }
    }
    odd = matmul(a, odd)
    return solve(even - odd, even + odd)
  }
}
