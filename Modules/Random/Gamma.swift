import Tensor

/// Numbers with the density x^(a - 1) e⁻ˣ / Γ(a), x ≥ 0: the gamma distribution. Source: `jax.random.gamma`.
///
/// - Parameters:
///   - key: where they come from.
///   - a: the shape parameter, above 0.
///   - shape: the shape of the result, to which `a` broadcasts; that of `a` if it is nil.
///   - dtype: a floating-point type; another stops the program.
///
/// Differentiable with respect to `a`. Multiply by a scale for other scales.
public func gamma(_ key: PRNGKey, _ a: Tensor, _ shape: [Int]? = nil, dtype: DType = .float32) -> Tensor {
  gammaSamples(key, parameter("gamma", a, shape, dtype), inLogSpace: false)
}

/// Logarithms of numbers with the gamma distribution, which are exact where the numbers themselves would underflow, for `a` much below 1.
///
/// The parameters are those of `gamma`. Source: `jax.random.loggamma`.
public func loggamma(_ key: PRNGKey, _ a: Tensor, _ shape: [Int]? = nil, dtype: DType = .float32) -> Tensor {
  gammaSamples(key, parameter("loggamma", a, shape, dtype), inLogSpace: true)
}

/// A parameter of each element of a draw.
private func parameter(_ operation: String, _ a: Tensor, _ shape: [Int]?, _ dtype: DType) -> Tensor {
  _ = FloatFormat(dtype, for: operation)
  return a.asType(dtype).broadcast(to: drawShape(operation, shape, [a]))
}

/// Numbers with a density proportional to x^(a - 1) (1 - x)^(b - 1), 0 ≤ x ≤ 1: the beta distribution. Source: `jax.random.beta`.
///
/// The shape is `shape`, to which `a` and `b`, both above 0, broadcast; the one that they broadcast to if it is nil.
public func beta(
  _ key: PRNGKey, _ a: Tensor, _ b: Tensor, _ shape: [Int]? = nil, dtype: DType = .float32
) -> Tensor {
  let shape = drawShape("beta", shape, [a, b])
  let (keyA, keyB) = split(key)
  let (logA, logB) = (loggamma(keyA, a, shape, dtype: dtype), loggamma(keyB, b, shape, dtype: dtype))
  // Before the exponential, to lose no small numbers.
  let larger = maximum(logA, logB)
  let (gammaA, gammaB) = (exp(logA - larger), exp(logB - larger))
  return gammaA / (gammaA + gammaB)
}

/// Vectors of positive numbers that sum to 1, with a density proportional to Π xᵢ^(αᵢ - 1): the Dirichlet distribution.
///
/// - Parameters:
///   - key: where they come from.
///   - alpha: the parameters, above 0: shape [.., n].
///   - shape: the shape of the result without its last dimension n, to which that of `alpha` without its last broadcasts, and which it
///     is by default.
///   - dtype: a floating-point type; another stops the program.
///
/// Source: `jax.random.dirichlet`.
public func dirichlet(
  _ key: PRNGKey, _ alpha: Tensor, _ shape: [Int]? = nil, dtype: DType = .float32
) -> Tensor {
  guard let n = alpha.shape.last else { fail("dirichlet", [alpha.type], "alpha needs a dimension") }
  let logs = loggamma(key, alpha, shape.map { $0 + [n] }, dtype: dtype)
  let scaled = exp(logs - stopGradient(max(logs, axis: -1, keepDims: true)))
  return scaled / sum(scaled, axis: -1, keepDims: true)
}

/// Sums of squares of `df` standard normal numbers: the chi-square distribution. Source: `jax.random.chisquare`.
///
/// The shape is `shape`, to which `df`, the degrees of freedom, broadcasts; that of `df` if it is nil.
public func chisquare(_ key: PRNGKey, _ df: Tensor, _ shape: [Int]? = nil, dtype: DType = .float32) -> Tensor {
  exp(loggamma(key, df.asType(dtype) / 2, shape, dtype: dtype)) * 2
}

/// Ratios of two chi-square numbers, each divided by its degrees of freedom: Fisher's F distribution. Source: `jax.random.f`.
///
/// The shape is `shape`, to which the degrees of freedom broadcast; the one that they broadcast to if it is nil.
public func fisherF(
  _ key: PRNGKey, numerator: Tensor, denominator: Tensor, _ shape: [Int]? = nil, dtype: DType = .float32
) -> Tensor {
  let shape = drawShape("fisherF", shape, [numerator, denominator])
  let (denominatorKey, numeratorKey) = split(key)
  let above = chisquare(numeratorKey, numerator, shape, dtype: dtype) / numerator.asType(dtype)
  return above / (chisquare(denominatorKey, denominator, shape, dtype: dtype) / denominator.asType(dtype))
}

/// Normal numbers divided by independent estimates of their standard deviation from `df` others: Student's t distribution.
///
/// The shape is `shape`, to which `df`, the degrees of freedom, broadcasts; that of `df` if it is nil. Source: `jax.random.t`.
public func studentT(_ key: PRNGKey, _ df: Tensor, _ shape: [Int]? = nil, dtype: DType = .float32) -> Tensor {
  let shape = drawShape("studentT", shape, [df])
  let (normalKey, gammaKey) = split(key)
  let half = df.asType(dtype) / 2
  return normal(normalKey, shape, dtype: dtype) * sqrt(half / gamma(gammaKey, half, shape, dtype: dtype))
}

/// Numbers with a density proportional to exp(-|x|ᵖ): shape `shape`. Source: `jax.random.generalized_normal`.
public func generalizedNormal(
  _ key: PRNGKey, _ p: Double, _ shape: [Int] = [], dtype: DType = .float32
) -> Tensor {
  let (sizeKey, signKey) = split(key)
  let power = scalar(1 / p, dtype)
  let sizes = pow(gamma(sizeKey, power, shape, dtype: dtype), power)
  return rademacher(signKey, shape, dtype: dtype) * sizes
}

/// Points spread evenly over the unit ball of `dimensions` dimensions by the p-norm: shape `shape` + [dimensions].
///
/// Source: `jax.random.ball`.
public func ball(
  _ key: PRNGKey, _ dimensions: Int, p: Double = 2, _ shape: [Int] = [], dtype: DType = .float32
) -> Tensor {
  let (pointKey, radiusKey) = split(key)
  let points = generalizedNormal(pointKey, p, shape + [dimensions], dtype: dtype)
  let excess = exponential(radiusKey, shape, dtype: dtype)
  let size = pow(sum(pow(abs(points), scalar(p, dtype)), axis: -1) + excess, scalar(1 / p, dtype))
  return points / size.expandingDims(-1)
}
