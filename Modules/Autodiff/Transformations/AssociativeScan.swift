import Tensor

/// The running combination of slices along an axis by an associative function: element i combines the slices 0...i.
///
/// - Parameters:
///   - xs: a tree of tensors with the same size along `axis`.
///   - axis: the axis along which it runs.
///   - isReversed: whether it runs from the end.
///   - combine: from two trees of slices, each of any size along `axis`, to their combinations, slice by slice; associative.
///
/// A logarithmic number of calls of `combine`, each on many slices at once, where `scan` performs one round for each slice.
/// Source: `jax.lax.associative_scan`.
public func associativeScan<X: Tree>(
  _ xs: X, axis: Int = 0, reversed isReversed: Bool = false, _ combine: (X, X) -> X
) -> X {
  let leaves = xs.leaves
  guard let first = leaves.first else { return xs }
  let axes = leaves.map { $0.normalizedAxis(axis, "associativeScan") }
  if !zip(leaves, axes).allSatisfy({ $0.shape[$1] == first.shape[axes[0]] }) {
    fail("associativeScan", leaves.map(\.type), "the tensors differ in size along axis \(axis)")
  }
  func reversed(_ x: [Tensor]) -> [Tensor] { isReversed ? zip(x, axes).map { $0.reversed([$1]) } : x }
  let results = runningCombinations(reversed(leaves), axes) { a, b in
    combine(xs.replacingLeaves(with: a), xs.replacingLeaves(with: b)).leaves
  }
  return xs.replacingLeaves(with: reversed(results))
}

/// Neighbours are combined, their combinations scanned, which gives every other result, and the ones between follow from those.
private func runningCombinations(
  _ x: [Tensor], _ axes: [Int], _ combine: ([Tensor], [Tensor]) -> [Tensor]
) -> [Tensor] {
  let count = x[0].shape[axes[0]]
  if count < 2 { return x }
  func part(_ x: [Tensor], from start: Int, to stop: Int, by step: Int) -> [Tensor] {
    zip(x, axes).map { x, axis in
      var slice = Slice(start: x.shape.map { _ in 0 }, limit: x.shape, stride: x.shape.map { _ in 1 })
      (slice.start[axis], slice.limit[axis], slice.stride[axis]) = (start, max(start, stop), step)
      return Primitive.slice(slice)(x)
    }
  }
  let pairs = combine(part(x, from: 0, to: count - 1, by: 2), part(x, from: 1, to: count, by: 2))
  let odd = runningCombinations(pairs, axes, combine)
  let between = part(x, from: 2, to: count, by: 2)
  let even: [Tensor]
  if count == 2 {
    even = part(x, from: 0, to: 1, by: 1)
  } else {
    let combined = combine(count % 2 == 0 ? part(odd, from: 0, to: odd[0].shape[axes[0]] - 1, by: 1) : odd, between)
    even = zip(zip(part(x, from: 0, to: 1, by: 1), combined), axes).map { concatenate([$0.0, $0.1], axis: $1) }
  }
  return zip(zip(even, odd), axes).map { interleaved($0.0, $0.1, axis: $1, count) }
}

/// Slices in turns, the first from `even`.
private func interleaved(_ even: Tensor, _ odd: Tensor, axis: Int, _ count: Int) -> Tensor {
  var odd = odd
  if count % 2 == 1 {
    // A last slice, which is dropped below.
    var shape = odd.shape
    shape[axis] = 1
    odd = concatenate([odd, zeros(shape, dtype: odd.dtype)], axis: axis)
  }
  var shape = even.shape
  shape[axis] *= 2
  let both = stack([even, odd], axis: axis + 1).reshaped(to: shape)
  var slice = Slice(start: shape.map { _ in 0 }, limit: shape, stride: shape.map { _ in 1 })
  slice.limit[axis] = count
  return Primitive.slice(slice)(both)
}
