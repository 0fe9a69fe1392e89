import Foundation
import Tensor

/// The numbers 0 ..< count in random order: `int32`, shape [count]. The same as `jax.random.permutation`.
public func permutation(_ key: PRNGKey, _ count: Int) -> Tensor {
  if count < 0 { fail("permutation", [key.data.type], "the count \(count) is negative") }
  return shuffled(key, arange(count), axis: 0)
}

/// A tensor with its slices along a dimension in random order. The same as `jax.random.permutation`.
///
/// - Parameters:
///   - key: where the order comes from.
///   - x: what is reordered.
///   - axis: the dimension along which it is.
///   - independent: whether each row along the dimension has an order of its own, instead of all the same.
@_disfavoredOverload
public func permutation(_ key: PRNGKey, _ x: Tensor, axis: Int = 0, independent: Bool = false) -> Tensor {
  let axis = x.normalizedAxis(axis, "permutation")
  if independent || x.rank == 1 { return shuffled(key, x, axis: axis) }
  let order = shuffled(key, arange(x.shape[axis]), axis: 0)
  // Sorted by where each slice goes to, every row takes the order.
  let places = argSort(order).broadcastInDim(x.shape, dimensions: [axis])
  return Primitive.sort(Sort(axis: axis))([places, x])[1]
}

/// Elements sorted along a dimension by random words, so often that words that are equal by chance do not matter.
private func shuffled(_ key: PRNGKey, _ x: Tensor, axis: Int) -> Tensor {
  key.check("permutation")
  let rounds = Int((3 * log(Double(max(1, x.count))) / log(Double(UInt32.max))).rounded(.up))
  var (key, x) = (key, x)
  for _ in 0..<rounds {
    let (next, sortKey) = split(key)
    x = Primitive.sort(Sort(axis: axis))([bits(sortKey, x.shape), x])[1]
    key = next
  }
  return x
}
