import Autodiff
import Tensor

/// Numbers drawn from 0..<count: shape `shape`.
///
/// - Parameters:
///   - key: the random key.
///   - count: how many numbers there are.
///   - shape: the shape of the result.
///   - replacing: whether a number can be drawn more than once. Without, there must be at least as many as are drawn.
///   - p: the probability of each number, shape [count]; all the same if left out. With `replacing` only their proportions matter.
///
/// `int32`, with JAX's values. Source: `jax.random.choice` of an integer.
public func choice(
  _ key: PRNGKey, _ count: Int, _ shape: [Int] = [], replacing: Bool = true, p: Tensor? = nil
) -> Tensor {
  key.check("choice")
  let drawn = shape.reduce(1, *)
  if drawn == 0 { return zeros(shape, dtype: .int32) }
  if count <= 0 { fail("choice", [], "there is nothing to draw from") }
  if !replacing && drawn > count {
    fail("choice", [], "\(drawn) different ones cannot be drawn from \(count)", hint: "pass replacing: true")
  }
  guard let p = p?.asFloating else {
    if replacing { return randint(key, shape, min: 0, max: count) }
    return permutation(key, count)[..<drawn].reshaped(to: shape)
  }
  if p.shape != [count] { fail("choice", [p.type], "needs a probability for each of \(count)") }
  if replacing {
    let sums = cumulativeSum(p, axis: 0)
    let places = sums[-1] * (1 - uniform(key, shape, dtype: p.dtype))
    return searchSorted(sums, places)
  }
  // The largest of log p with Gumbel noise are a sample without replacement.
  let scores = gumbel(key, [count], dtype: p.dtype) + log(p)
  return topK(scores, drawn).indices.reshaped(to: shape)
}

/// Slices drawn from a tensor along a dimension, which `shape` takes the place of.
///
/// Shape [.., n, ..] → [.., shape.., ..]. The other parameters are those of `choice` of a count. Source: `jax.random.choice`.
public func choice(
  _ key: PRNGKey, _ x: Tensor, _ shape: [Int] = [], replacing: Bool = true, p: Tensor? = nil, axis: Int = 0
) -> Tensor {
  let dimension = x.normalizedAxis(axis, "choice")
  let drawn = shape.reduce(1, *)
  let resultShape = Array(x.shape[..<dimension]) + shape + Array(x.shape[(dimension + 1)...])
  if drawn == 0 { return zeros(resultShape, dtype: x.dtype) }
  if !replacing && p == nil && drawn <= x.shape[dimension] {
    let shuffled = permutation(key, x, axis: dimension)
    return take(shuffled, arange(drawn), axis: dimension, mode: .clip).reshaped(to: resultShape)
  }
  let places = choice(key, x.shape[dimension], shape, replacing: replacing, p: p)
  return take(x, places, axis: dimension, mode: .clip)
}
