// Vectors as sets of numbers.

/// The different elements of a tensor, and where they stand.
public struct UniqueElements: Sendable {
  /// The elements, in increasing order.
  public var values: Tensor
  /// For each, the first position in the flat tensor: `int32`.
  public var indices: Tensor
  /// For each element of the tensor, in its shape, the position of its value: `int32`.
  public var inverse: Tensor
  /// For each, how often it occurs: `int32`.
  public var counts: Tensor
}

/// The different elements of a tensor, in increasing order; NaN counts once.
///
/// - Parameters:
///   - x: any shape.
///   - size: the number of elements to answer: of more the smallest, of fewer with `fillValue` behind them. Without it the
///     number is that of the elements, which a traced tensor does not know: the program stops.
///   - fillValue: what stands behind them; by default the smallest.
///
/// Source: `jax.numpy.unique`.
public func unique(_ x: Tensor, size: Int? = nil, fillValue: Tensor? = nil) -> Tensor {
  uniqueElements(x, size: size, fillValue: fillValue).values
}

/// The different elements of a tensor, in increasing order, with their first positions, how often they occur, and for each
/// element of the tensor the position of its value.
///
/// The parameters are those of `unique`; behind the last, the position is that of the smallest, which occurs 0 times.
/// Source: `jax.numpy.unique` with all that it can return.
public func uniqueElements(_ x: Tensor, size: Int? = nil, fillValue: Tensor? = nil) -> UniqueElements {
  let flat = ravel(x)
  if flat.count == 0 && (size ?? 0) > 0 && fillValue == nil {
    fail("unique", [x.type], "there is no smallest element to fill \(size!) places with", hint: "give a `fillValue`")
  }
  let sorted = sort([flat, arange(flat.count)])
  let (values, order) = (sorted[0], sorted[1])
  let isFirst = isFirstOfEquals(values)
  let rank = cumulativeSum(isFirst.asType(.int32), axis: 0) - 1
  let found = size ?? countOfTrue(isFirst.asType(.int32), x, "unique")
  let starts = nonZero(isFirst, size: found)[0]
  func taken(_ x: Tensor) -> Tensor {
    flat.count == 0 ? zeros([found], dtype: x.dtype) : take(x, starts, axis: 0, mode: .clip)
  }
  var unique = taken(values)
  if let fillValue {
    unique = select(arange(found) .< sum(isFirst), unique, fillValue.asType(x.dtype))
  }
  let inverse = zeros([flat.count], dtype: .int32).at[order].set(rank, uniqueIndices: true)
  return UniqueElements(
    values: unique, indices: taken(order), inverse: inverse.reshaped(to: x.shape),
    counts: bincount(rank, length: found))
}

/// Whether each element of a sorted vector differs from the one before.
private func isFirstOfEquals(_ sorted: Tensor) -> Tensor {
  if sorted.count == 0 { return zeros([0], dtype: .bool) }
  let (before, after) = (sorted[..<(-1)], sorted[1...])
  let differs = (before .!= after) & ~(isNaN(before) & isNaN(after))
  return concatenate([ones([1], dtype: .bool), differs])
}

/// Whether each element of `x` is among the elements of `values`: `bool`, in the shape of `x`. NaN is not.
///
/// Source: `jax.numpy.isin`.
public func isIn(_ x: Tensor, _ values: Tensor) -> Tensor {
  let operands = promote("isIn", [x, ravel(values)])
  if values.count == 0 { return zeros(x.shape, dtype: .bool) }
  let sorted = sort(operands[1])
  let position = searchSorted(sorted, operands[0])
  return take(sorted, position, axis: 0, mode: .clip) .== operands[0]
}

// MARK: Two sets

/// The elements that are in at least one of two tensors: each once, in increasing order.
///
/// `size` and `fillValue` are as for `unique`. Source: `jax.numpy.union1d`.
public func union(_ x: Tensor, _ y: Tensor, size: Int? = nil, fillValue: Tensor? = nil) -> Tensor {
  unique(concatenate(promote("union", [ravel(x), ravel(y)]), axis: 0), size: size, fillValue: fillValue)
}

/// The elements that are in both of two tensors: each once, in increasing order.
///
/// `size` and `fillValue` are as for `unique`. Source: `jax.numpy.intersect1d`.
public func intersection(_ x: Tensor, _ y: Tensor, size: Int? = nil, fillValue: Tensor? = nil) -> Tensor {
  let operands = promote("intersection", [ravel(x), ravel(y)])
  let sorted = sort(operands[0])
  return chosen(sorted, isFirstOfEquals(sorted) & isIn(sorted, operands[1]), size, fillValue, "intersection", x)
}

/// The elements of the first tensor that are not in the second: each once, in increasing order, in the first one's type.
///
/// `size` is as for `unique`; what is left over is filled with `fillValue`, by default 0. Source: `jax.numpy.setdiff1d`.
public func setDifference(_ x: Tensor, _ y: Tensor, size: Int? = nil, fillValue: Tensor? = nil) -> Tensor {
  let sorted = sort(ravel(x))
  return chosen(
    sorted, isFirstOfEquals(sorted) & ~isIn(sorted, y), size, fillValue ?? zeros([], dtype: sorted.dtype),
    "setDifference", x)
}

/// The elements that are in one of two tensors and not in the other: each once, in increasing order.
///
/// `size` and `fillValue` are as for `unique`. Source: `jax.numpy.setxor1d`.
public func symmetricDifference(_ x: Tensor, _ y: Tensor, size: Int? = nil, fillValue: Tensor? = nil) -> Tensor {
  let operands = promote("symmetricDifference", [ravel(x), ravel(y)])
  let sorted = sort(concatenate(operands, axis: 0))
  let isInOne = isIn(sorted, operands[0]) ^ isIn(sorted, operands[1])
  return chosen(sorted, isFirstOfEquals(sorted) & isInOne, size, fillValue, "symmetricDifference", x)
}

/// The elements of a sorted vector where a mask is true, and the smallest of them, or another one, in the places left over.
private func chosen(
  _ sorted: Tensor, _ mask: Tensor, _ size: Int?, _ fillValue: Tensor?, _ operation: String, _ x: Tensor
) -> Tensor {
  let count = size ?? countOfTrue(mask.asType(.int32), x, operation)
  if sorted.count == 0 { return full([count], 0, dtype: sorted.dtype) }
  let values = take(sorted, nonZero(mask, size: count)[0], axis: 0, mode: .clip)
  if count == 0 { return values }
  return select(arange(count) .< sum(mask), values, fillValue?.asType(sorted.dtype) ?? values[0])
}
