import Tensor

/// Numbers with the standard normal distribution, exp(-x²/2) / √(2π): shape `shape`.
///
/// - Parameters:
///   - key: where they come from.
///   - shape: the shape of the result.
///   - dtype: a floating-point type; another stops the program.
///
/// √2 times the inverse error function of a uniform number in -1 ..< 1, by the same steps as `jax.random.normal`, whose bits these
/// are.
public func normal(_ key: PRNGKey, _ shape: [Int] = [], dtype: DType = .float32) -> Tensor {
  let lowest = -FloatFormat(dtype, for: "normal").belowOne
  return erfInv(uniform(key, shape, dtype: dtype, min: lowest, max: 1)) * rootOfTwo(dtype)
}

private func rootOfTwo(_ dtype: DType) -> Tensor { scalar(2.0.squareRoot(), dtype) }

/// Numbers with the standard normal distribution between two bounds: all are above `lower` and below `upper`.
///
/// - Parameters:
///   - key: where they come from.
///   - lower: the lower bound.
///   - upper: the upper bound.
///   - shape: the shape of the result, to which the bounds broadcast; theirs if it is nil.
///   - dtype: a floating-point type; another stops the program.
///
/// Source: `jax.random.truncated_normal`.
public func truncatedNormal(
  _ key: PRNGKey, _ lower: Tensor, _ upper: Tensor, _ shape: [Int]? = nil, dtype: DType = .float32
) -> Tensor {
  _ = FloatFormat(dtype, for: "truncatedNormal")
  let shape = drawShape("truncatedNormal", shape, [lower, upper])
  let (lower, upper, root) = (lower.asType(dtype), upper.asType(dtype), rootOfTwo(dtype))
  let fractions = uniform(key, shape, dtype: dtype, min: erf(lower / root), max: erf(upper / root))
  // Rounding must not put a number on a bound.
  return clip(
    erfInv(fractions) * root, min: nextAfter(stopGradient(lower), scalar(.infinity, dtype)),
    max: nextAfter(stopGradient(upper), scalar(-.infinity, dtype)))
}

/// Positive numbers whose logarithm is normal with mean 0 and standard deviation `sigma`. Source: `jax.random.lognormal`.
///
/// The shape is `shape`, to which `sigma` broadcasts; that of `sigma` if it is nil.
public func lognormal(
  _ key: PRNGKey, _ sigma: Tensor = 1, _ shape: [Int]? = nil, dtype: DType = .float32
) -> Tensor {
  let shape = drawShape("lognormal", shape, [sigma])
  return exp(normal(key, shape, dtype: dtype) * sigma.asType(dtype))
}

/// Lengths of vectors of three standard normal numbers: the Maxwell distribution, of shape `shape`. Source: `jax.random.maxwell`.
public func maxwell(_ key: PRNGKey, _ shape: [Int] = [], dtype: DType = .float32) -> Tensor {
  sqrt(sum(square(normal(key, shape + [3], dtype: dtype)), axis: -1))
}

/// Numbers with the Maxwell distribution and either sign, times `scale`, plus `loc`. Source: `jax.random.double_sided_maxwell`.
///
/// The shape of the result is `shape` and then the shape that `loc` and `scale` broadcast to; where `shape` is empty, that
/// shape twice.
public func doubleSidedMaxwell(
  _ key: PRNGKey, loc: Tensor, scale: Tensor, _ shape: [Int] = [], dtype: DType = .float32
) -> Tensor {
  let parameterShape = drawShape("doubleSidedMaxwell", nil, [loc, scale])
  let shape = (shape.isEmpty ? parameterShape : shape) + parameterShape
  let (sizeKey, signKey) = split(key)
  let sizes = maxwell(sizeKey, shape, dtype: dtype)
  return rademacher(signKey, shape, dtype: dtype) * sizes * scale.asType(dtype) + loc.asType(dtype)
}

/// Lengths of vectors of two normal numbers with standard deviation `scale`: the Rayleigh distribution.
///
/// The shape is `shape`, to which `scale` broadcasts; that of `scale` if it is nil. Source: `jax.random.rayleigh`.
public func rayleigh(
  _ key: PRNGKey, _ scale: Tensor = 1, _ shape: [Int]? = nil, dtype: DType = .float32
) -> Tensor {
  let shape = drawShape("rayleigh", shape, [scale])
  return scale.asType(dtype) * sqrt(log(uniform(key, shape, dtype: dtype)) * -2)
}

/// First passage times of a random walk with drift: the inverse Gaussian distribution of scale 1.
///
/// The shape is `shape`, to which `mean` broadcasts; that of `mean` if it is nil. Source: `jax.random.wald`.
public func wald(_ key: PRNGKey, _ mean: Tensor, _ shape: [Int]? = nil, dtype: DType = .float32) -> Tensor {
  let shape = drawShape("wald", shape, [mean])
  let mean = mean.asType(dtype)
  let (normalKey, uniformKey) = split(key)
  let y = square(normal(normalKey, shape, dtype: dtype))
  let fractions = uniform(uniformKey, shape, dtype: dtype)
  // The terms nearly cancel, so the result depends on where they are rounded: where XLA does.
  let root = sqrt(multiplyAdd(4 * mean, y, square(mean) * square(y)))
  let x = multiplyAdd(mean * -0.5, root, mean + square(mean) * y * 0.5)
  return select(fractions .<= mean / (mean + x), x, square(mean) / x)
}
