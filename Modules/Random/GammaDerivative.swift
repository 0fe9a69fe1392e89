import Autodiff
import Foundation
import Tensor

/// How samples of the gamma distribution of `a`, or their logarithms, change with `a` while the probability of a smaller number
/// stays the same: -(dP(a, x)/da) / (dP(a, x)/dx), with P the regularized lower incomplete gamma function.
///
/// Source: `jax.lax.random_gamma_grad`.
func gammaDerivative(_ samples: Tensor, _ a: Tensor, inLogSpace: Bool) -> Tensor {
  var x = samples
  if inLogSpace {
    x = exp(samples)
    let tiny = scalar(FloatFormat(a.dtype, for: "loggamma").smallestNormal, a.dtype)
    x = select(x .== 0, tiny, x)
  }
  let change = vmap(quantileDerivative)(a, x)
  return inLogSpace ? change / x : change
}

/// For one pair of scalars.
private func quantileDerivative(_ a: Tensor, _ x: Tensor) -> Tensor {
  let isTail = (x .> 1) & (x .> a)
  let isZero = x .== 0
  let isValid = (x .>= 0) & (a .> 0)
  // Far in either tail the density underflows, and nothing is to be computed.
  let logDensity = a * log(x) - x - lgamma(a)
  let lowest = -log(FloatFormat(a.dtype, for: "gamma").largest)
  let isEnabled = isValid & ~isZero & (logDensity .>= scalar(lowest, a.dtype))
  let result = select(
    isTail, -fractionDerivative(a, x, isEnabled & isTail), seriesDerivative(a, x, isEnabled & ~isTail))
  return select(isZero, zerosLike(x), select(isValid, result, full([], .nan, dtype: a.dtype)))
}

/// Values carried through a loop, and whether it goes on.
private struct Series: Tree {
  var isActive: Tensor
  var values: [Tensor]

  mutating func walk(_ walker: inout TreeWalker) {
    walker.visit(&isActive, "isActive")
    walker.visit(&values, "values")
  }
}

/// By the power series of P, for small x.
private func seriesDerivative(_ a: Tensor, _ x: Tensor, _ isEnabled: Tensor) -> Tensor {
  let epsilon = scalar(FloatFormat(a.dtype, for: "gamma").epsilon, a.dtype)
  let (zero, one) = (zerosLike(a), onesLike(a))
  // r = a + n, the n-th term and the sum, and the derivatives of both.
  let end = whileLoop(Series(isActive: isEnabled, values: [a, one, one, zero, zero])) {
    $0.isActive
  } _: { state in
    let r = state.values[0] + 1
    var (term, sum, termChange, sumChange) = (state.values[1], state.values[2], state.values[3], state.values[4])
    termChange = termChange * (x / r) - (term * x) / (r * r)
    sumChange = sumChange + termChange
    term = term * (x / r)
    sum = sum + term
    return Series(isActive: abs(termChange / sumChange) .> epsilon, values: [r, term, sum, termChange, sumChange])
  }
  let (sum, sumChange) = (end.values[2], end.values[4])
  return -(sumChange + sum * (log(x) - digamma(a + 1))) * x / a
}

/// By the continued fraction of 1 - P, for large x: numerators p and denominators q of its convergents, and their derivatives.
private func fractionDerivative(_ a: Tensor, _ x: Tensor, _ isEnabled: Tensor) -> Tensor {
  let epsilon = scalar(FloatFormat(a.dtype, for: "gamma").epsilon, a.dtype)
  let (zero, one) = (zerosLike(a), onesLike(a))
  let y = 1 - a
  let z = x + y + 1
  let (p, q) = (x + 1, z * x)
  let first = p / q
  let start = Series(
    isActive: isEnabled, values: [y, z, zero, first, first * x / q, p, q, one, x, zero, -x, zero, zero])
  let end = whileLoop(start) {
    $0.isActive & ($0.values[2] .< 2000)
  } _: { state in
    let old = state.values
    let (y, z, count) = (old[0] + 1, old[1] + 2, old[2] + 1)
    let (p1, q1, p2, q2) = (old[5], old[6], old[7], old[8])
    let (p1Change, q1Change, p2Change, q2Change) = (old[9], old[10], old[11], old[12])
    let yCount = y * count
    let (p, q) = (p1 * z - p2 * yCount, q1 * z - q2 * yCount)
    let isUsable = q .!= 0
    let ratio = select(isUsable, p / q, old[3])
    let pChange = p1Change * z - p1 - p2Change * yCount + p2 * count
    let qChange = q1Change * z - q1 - q2Change * yCount + q2 * count
    let change = select(isUsable, (pChange - ratio * qChange) / q, old[4])
    let step = select(isUsable, abs(change - old[4]), one)
    // Numerators and denominators grow together; only their ratio counts.
    let scale = select(abs(p) .> 1 / epsilon, epsilon, one)
    let scaled = [p, q, p1, q1, pChange, qChange, p1Change, q1Change].map { $0 * scale }
    return Series(isActive: step .> epsilon, values: [y, z, count, ratio, change] + scaled)
  }
  let (ratio, change) = (end.values[3], end.values[4])
  return -(change + ratio * (log(x) - digamma(a))) * x
}
