import Tensor

/// How finely the uniform numbers behind a draw are spaced.
public enum RandomResolution: Hashable, Sendable {
  /// As finely as one random word allows: events less likely than about 10⁻⁷ (of `float32`) do not happen as often as they should.
  case low
  /// As finely as two random words allow, at twice the cost: down to about 10⁻¹⁴ for `float32`.
  case high
}

/// Numbers with the density e⁻ˣ, x ≥ 0: shape `shape`. Source: `jax.random.exponential`.
public func exponential(_ key: PRNGKey, _ shape: [Int] = [], dtype: DType = .float32) -> Tensor {
  -log1p(-uniform(key, shape, dtype: dtype))
}

/// Numbers with the density e^(-|x|) / 2: shape `shape`. Source: `jax.random.laplace`.
public func laplace(_ key: PRNGKey, _ shape: [Int] = [], dtype: DType = .float32) -> Tensor {
  let x = uniform(key, shape, dtype: dtype, min: -FloatFormat(dtype, for: "laplace").belowOne, max: 1)
  return sign(x) * log1p(-abs(x))
}

/// Numbers with the density e⁻ˣ / (1 + e⁻ˣ)²: shape `shape`. Source: `jax.random.logistic`.
public func logistic(_ key: PRNGKey, _ shape: [Int] = [], dtype: DType = .float32) -> Tensor {
  let x = uniform(key, shape, dtype: dtype, min: FloatFormat(dtype, for: "logistic").smallestNormal, max: 1)
  return log(x) - log1p(-x)
}

/// Numbers with the density 1 / (π (1 + x²)): shape `shape`. Source: `jax.random.cauchy`.
public func cauchy(_ key: PRNGKey, _ shape: [Int] = [], dtype: DType = .float32) -> Tensor {
  let x = uniform(key, shape, dtype: dtype, min: FloatFormat(dtype, for: "cauchy").epsilon, max: 1)
  return tan((x - scalar(0.5, dtype)) * scalar(.pi, dtype))
}

/// Numbers with the density exp(-x - e⁻ˣ), the distribution of extreme values: shape `shape`. Source: `jax.random.gumbel`.
///
/// By the low resolution no `float32` is above about 16, by the high one about 32.
public func gumbel(
  _ key: PRNGKey, _ shape: [Int] = [], dtype: DType = .float32, resolution: RandomResolution = .low
) -> Tensor {
  let format = FloatFormat(dtype, for: "gumbel")
  switch resolution {
  case .low: return -log(-log(uniform(key, shape, dtype: dtype, min: format.smallestNormal, max: 1)))
  case .high:
    let fractions = uniform(key, [2] + shape, dtype: dtype)
    let (high, low) = (fractions[0], fractions[1])
    let fine = multiplyAdd(low, scalar(format.epsilon, dtype), high) + scalar(format.smallestNormal, dtype)
    return -log(-log1p(-select(high .>= 0.5, high, fine)))
  }
}

/// Numbers with the density b / x^(b + 1), x ≥ 1: the Pareto distribution. Source: `jax.random.pareto`.
///
/// The shape is `shape`, to which `b`, the positive exponent, broadcasts; that of `b` if it is nil.
public func pareto(_ key: PRNGKey, _ b: Tensor, _ shape: [Int]? = nil, dtype: DType = .float32) -> Tensor {
  let shape = drawShape("pareto", shape, [b])
  return exp(exponential(key, shape, dtype: dtype) / b.asType(dtype))
}

/// Numbers with the density c / s · (x / s)^(c - 1) · exp(-(x / s)^c), x ≥ 0, for the scale s and the concentration c: the Weibull
/// distribution of minima. Source: `jax.random.weibull_min`.
///
/// The shape is the one that `shape`, `scale` and `concentration` broadcast to.
public func weibullMin(
  _ key: PRNGKey, scale: Tensor, concentration: Tensor, _ shape: [Int] = [], dtype: DType = .float32
) -> Tensor {
  let exponent = scalar(1, dtype) / concentration.asType(dtype)
  return pow(exponential(key, shape, dtype: dtype), exponent) * scale.asType(dtype)
}

/// Numbers whose density rises linearly from `left` to `mode` and falls linearly to `right`. Source: `jax.random.triangular`.
///
/// The shape is `shape`, to which the parameters broadcast; the one that they broadcast to if it is nil.
public func triangular(
  _ key: PRNGKey, left: Tensor, mode: Tensor, right: Tensor, _ shape: [Int]? = nil, dtype: DType = .float32
) -> Tensor {
  let shape = drawShape("triangular", shape, [left, mode, right])
  let (left, mode, right) = (left.asType(dtype), mode.asType(dtype), right.asType(dtype))
  let fractions = uniform(key, shape, dtype: dtype)
  let rising = left + sqrt(fractions * (right - left) * (mode - left))
  let falling = right - sqrt((1 - fractions) * (right - left) * (right - mode))
  return select(fractions .< (mode - left) / (right - left), rising, falling)
}
