// Sorting and searching. Sorts are stable, -0 equals 0, and NaN counts as larger than every number.

/// The elements sorted along a dimension, the smallest first, or the largest.
public func sort(_ x: Tensor, axis: Int = -1, descending: Bool = false) -> Tensor {
  Primitive.sort(Sort(axis: x.normalizedAxis(axis, "sort"), isDescending: descending))(x)
}

/// Tensors of one shape reordered together along a dimension so that the first `keyCount` of them are sorted, the first the
/// most significant.
///
/// Source: `jax.lax.sort` with several operands.
public func sort(_ tensors: [Tensor], axis: Int = -1, keyCount: Int = 1, descending: Bool = false) -> [Tensor] {
  guard let first = tensors.first else { fail("sort", [], "needs at least one tensor") }
  let axis = first.normalizedAxis(axis, "sort")
  return Primitive.sort(Sort(axis: axis, keyCount: keyCount, isDescending: descending))(tensors)
}

/// The positions that sort a tensor along a dimension: `int32`. Equal elements keep their order, descending too.
public func argSort(_ x: Tensor, axis: Int = -1, descending: Bool = false) -> Tensor {
  sort([x, positions(x.shape, axis: x.normalizedAxis(axis, "argSort"))], axis: axis, descending: descending)[1]
}

/// The positions that sort several keys of one shape along a dimension, the last key the most significant: `int32`.
///
/// Source: `jax.numpy.lexsort`.
public func lexSort(_ keys: [Tensor], axis: Int = -1) -> Tensor {
  guard let first = keys.first else { fail("lexSort", [], "needs at least one key") }
  let positions = positions(first.shape, axis: first.normalizedAxis(axis, "lexSort"))
  return sort(keys.reversed() + [positions], axis: axis, keyCount: keys.count)[keys.count]
}

/// The position along a dimension, in each place of a shape.
private func positions(_ shape: [Int], axis: Int) -> Tensor {
  Primitive.iota(Iota(TensorType(.defaultInt, shape), dimension: axis))()
}

/// The `count` largest elements along a dimension, the largest first, and their positions, `int32`; of equals the first first.
///
/// Shape [.., n, ..] → [.., count, ..]. Source: `jax.lax.top_k`.
public func topK(_ x: Tensor, _ count: Int, axis: Int = -1) -> (values: Tensor, indices: Tensor) {
  let axis = x.normalizedAxis(axis, "topK")
  let results = Primitive.topK(TopK(count))([x.movingAxis(axis, to: -1)])
  return (results[0].movingAxis(-1, to: axis), results[1].movingAxis(-1, to: axis))
}

/// The elements with the `k` smallest along a dimension in front, the next at position `k`, and the larger ones behind.
///
/// All are sorted in fact. A negative `k` counts from the end. Source: `jax.numpy.partition`.
public func partition(_ x: Tensor, _ k: Int, axis: Int = -1) -> Tensor {
  checkPartition(x, k, axis, "partition")
  return sort(x, axis: axis)
}

/// The positions that `partition` takes the elements from: `int32`. Source: `jax.numpy.argpartition`.
public func argPartition(_ x: Tensor, _ k: Int, axis: Int = -1) -> Tensor {
  checkPartition(x, k, axis, "argPartition")
  return argSort(x, axis: axis)
}

private func checkPartition(_ x: Tensor, _ k: Int, _ axis: Int, _ operation: String) {
  let size = x.shape[x.normalizedAxis(axis, operation)]
  if !(-size..<size ~= k) { fail(operation, [x.type], "there is no position \(k) among \(size)") }
}

/// Which of equal elements a place is sought at.
public enum SearchSide: Hashable, Sendable {
  /// Before them.
  case left
  /// Behind them.
  case right
}

/// Where each number would go into a sorted vector so that it stays sorted: how many elements are smaller, or with
/// `side: .right` smaller or equal.
///
/// - Parameters:
///   - sorted: shape [n], in increasing order.
///   - values: any shape.
///   - side: where a number goes that equals elements.
///
/// The shape of `values`; `int32`. Source: `jax.numpy.searchsorted`.
public func searchSorted(_ sorted: Tensor, _ values: Tensor, side: SearchSide = .left) -> Tensor {
  if sorted.rank != 1 { fail("searchSorted", [sorted.type, values.type], "the sorted operand must be a vector") }
  let operands = promote("searchSorted", [sorted, values])
  let (sorted, values) = (operands[0], operands[1])
  // The answer is in low...high, and each round halves what is left.
  var low = zeros(values.shape, dtype: .int32)
  var high = full(values.shape, Double(sorted.shape[0]), dtype: .int32)
  var rest = sorted.shape[0]
  while rest > 0 {
    let middle = (low + high) >> 1
    let element = take(sorted, middle, axis: 0, mode: .clip)
    let isBefore = comesBefore(element, values, side)
    let isOpen = low .< high
    (low, high) = (select(isOpen & isBefore, middle + 1, low), select(isOpen & ~isBefore, middle, high))
    rest /= 2
  }
  return low
}

/// Whether a sorted element stands before the place of a value.
private func comesBefore(_ element: Tensor, _ value: Tensor, _ side: SearchSide) -> Tensor {
  let isBefore = side == .left ? element .< value : element .<= value
  if !value.dtype.isFloating { return isBefore }
  return isBefore | (side == .left ? isNaN(value) & ~isNaN(element) : isNaN(value))
}

/// The number of the bin that each element belongs to: bin `i` goes from `bins[i - 1]` to `bins[i]`, not included;
/// with `right: true`, `bins[i]` is part and `bins[i - 1]` is not. 0 and n are what lies before and behind all.
///
/// - Parameters:
///   - x: any shape.
///   - bins: shape [n], in increasing or in decreasing order.
///   - right: which end of a bin is part of it.
///
/// The shape of `x`; `int32`. Source: `jax.numpy.digitize`.
public func digitize(_ x: Tensor, _ bins: Tensor, right: Bool = false) -> Tensor {
  if bins.rank != 1 { fail("digitize", [x.type, bins.type], "the bins must have one dimension") }
  if bins.count == 0 { return zeros(x.shape, dtype: .int32) }
  let side: SearchSide = right ? .left : .right
  let increasing = searchSorted(bins, x, side: side)
  let decreasing = Tensor(bins.count) - searchSorted(bins.reversed(), x, side: side)
  return select(bins[-1] .>= bins[0], increasing, decreasing)
}
