import Tensor

/// True with probability `p`: a `bool` tensor of shape `shape`.
///
/// - Parameters:
///   - key: where the numbers come from.
///   - p: the probability, compared as `float32`.
///   - shape: the shape of the result.
///   - resolution: the high one is right for probabilities below 10⁻⁷, at twice the cost.
///
/// The same as `jax.random.bernoulli` with a Python number.
public func bernoulli(
  _ key: PRNGKey, _ p: Double = 0.5, _ shape: [Int] = [], resolution: RandomResolution = .low
) -> Tensor {
  bernoulli(key, scalar(p, .float32), shape, resolution: resolution)
}

/// True with probability `p`: a `bool` tensor.
///
/// - Parameters:
///   - key: where the numbers come from.
///   - p: the probabilities, floating-point; the numbers that they are compared with have their type, on which the result
///     depends.
///   - shape: the shape of the result, to which `p` broadcasts; that of `p` if it is nil.
///   - resolution: the high one is right for probabilities below 10⁻⁷, at twice the cost.
///
/// The same as `jax.random.bernoulli`.
@_disfavoredOverload
public func bernoulli(
  _ key: PRNGKey, _ p: Tensor, _ shape: [Int]? = nil, resolution: RandomResolution = .low
) -> Tensor {
  if !p.dtype.isFloating { fail("bernoulli", [p.type], "the probability must be floating-point") }
  let shape = drawShape("bernoulli", shape, [p])
  switch resolution {
  case .low: return uniform(key, shape, dtype: p.dtype) .< p
  case .high:
    let fractions = uniform(key, [2] + shape, dtype: p.dtype)
    let step = FloatFormat(p.dtype, for: "bernoulli").epsilon
    return fractions[1] * scalar(step, p.dtype) .< p - fractions[0]
  }
}

/// -1 and 1, equally likely: shape `shape`, of any signed type. Source: `jax.random.rademacher`.
///
/// Types of 64 bits are drawn with 64 bits for each number, as by JAX with such types enabled.
public func rademacher(_ key: PRNGKey, _ shape: [Int] = [], dtype: DType = .int32) -> Tensor {
  if !dtype.isFloating && !dtype.isSignedInteger {
    fail("rademacher", [], "draws -1 and 1, which \(dtype) does not have")
  }
  let half = scalar(0.5, dtype.bitWidth == 64 ? .float64 : .float32)
  return 2 * bernoulli(key, half, shape).asType(dtype) - 1
}

/// Numbers of classes, drawn with the probabilities softmax(logits): `int32`.
///
/// - Parameters:
///   - key: where they come from.
///   - logits: the logarithms of the probabilities, up to a constant; one along `axis` for each class.
///   - axis: the dimension of the classes.
///   - shape: the shape of the result; its last dimensions are those of `logits` without `axis`, which is the shape if it is nil. What
///     comes before counts independent draws.
///   - replace: whether a class may be drawn again; if not, the draws of one distribution are different classes, and there
///     must be enough of them.
///   - resolution: the high one is right for probabilities below 10⁻⁷, at twice the cost.
///
/// The class whose logit plus a Gumbel number is largest: the same as `jax.random.categorical`, but where two are equal up to
/// rounding.
public func categorical(
  _ key: PRNGKey, _ logits: Tensor, axis: Int = -1, shape: [Int]? = nil, replace: Bool = true,
  resolution: RandomResolution = .low
) -> Tensor {
  let axis = logits.normalizedAxis(axis, "categorical")
  if !logits.dtype.isFloating { fail("categorical", [logits.type], "the logits must be floating-point") }
  var batchShape = logits.shape
  let classes = batchShape.remove(at: axis)
  let shape = shape ?? batchShape
  if broadcastShape(shape, batchShape) != shape {
    fail(
      "categorical", [logits.type], "the shape \(shape) does not end in a shape that \(batchShape) broadcasts to",
      hint: "draws come first: [draws] + \(batchShape)")
  }
  let draws = Array(shape.dropLast(batchShape.count))
  if replace {
    let drawn = Array(shape.suffix(batchShape.count))
    let noise = gumbel(
      key, draws + drawn[..<axis] + [classes] + drawn[axis...], dtype: logits.dtype, resolution: resolution)
    return argMax(noise + logits, axis: draws.count + axis)
  }
  if draws.product > classes || shape != draws + batchShape {
    fail(
      "categorical", [logits.type], "cannot draw \(draws.product) different classes of \(classes) in the shape \(shape)"
    )
  }
  let noisy = logits + gumbel(key, logits.shape, dtype: logits.dtype, resolution: resolution)
  let best = largest(draws.product, of: noisy.movingAxis(axis, to: -1))
  return best.movingAxis(-1, to: 0).reshaped(to: shape)
}

/// The indices of the `count` largest elements along the last dimension, the largest first: `int32`.
private func largest(_ count: Int, of x: Tensor) -> Tensor { argSort(-x, axis: -1)[..., 0..<count] }

/// Numbers of trials up to the first success, each with probability `p`: 1, 2, …. Source: `jax.random.geometric`.
///
/// - Parameters:
///   - key: where they come from.
///   - p: the probability of success; the uniform numbers are drawn in its type.
///   - shape: the shape of the result, to which `p` broadcasts; that of `p` if it is nil.
///   - dtype: the type of the result.
public func geometric(_ key: PRNGKey, _ p: Tensor, _ shape: [Int]? = nil, dtype: DType = .int32) -> Tensor {
  let shape = drawShape("geometric", shape, [p])
  let p = p.asFloating
  let fractions = uniform(key, shape, dtype: p.dtype)
  // 0 has no logarithm.
  let positive = select(fractions .== 0, onesLike(fractions), fractions)
  return (floor(log(positive) / log1p(-p)) + 1).asType(dtype)
}
