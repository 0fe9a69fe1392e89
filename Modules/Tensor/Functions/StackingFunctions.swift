// Tensors put together and taken apart along a dimension, as NumPy has it.

extension Tensor {
  /// The part from `start` to `stop`, not included, along a dimension.
  func sliced(_ start: Int, _ stop: Int, axis: Int) -> Tensor {
    var slice = Slice(start: shape.map { _ in 0 }, limit: shape, stride: shape.map { _ in 1 })
    (slice.start[axis], slice.limit[axis]) = (start, max(start, stop))
    return Primitive.slice(slice)(self)
  }

  /// With dimensions of size 1 in front, so that there are at least `rank`.
  fileprivate func withLeadingDimensions(_ rank: Int) -> Tensor {
    self.rank >= rank ? self : reshaped(to: [Int](repeating: 1, count: rank - self.rank) + shape)
  }
}

/// A tensor of at least one dimension: a scalar becomes shape [1]. Source: `jax.numpy.atleast_1d`.
public func atLeast1D(_ x: Tensor) -> Tensor { x.withLeadingDimensions(1) }

/// A tensor of at least two dimensions: shape [n] becomes [1, n]. Source: `jax.numpy.atleast_2d`.
public func atLeast2D(_ x: Tensor) -> Tensor { x.withLeadingDimensions(2) }

/// A tensor of at least three dimensions: shape [n] becomes [1, n, 1], [m, n] becomes [m, n, 1]. Source: `jax.numpy.atleast_3d`.
public func atLeast3D(_ x: Tensor) -> Tensor { x.rank < 3 ? atLeast2D(x).expandingDims(-1) : x }

/// Tensors one after the other along the second dimension; vectors and scalars along the first. Source: `jax.numpy.hstack`.
public func hstack(_ tensors: [Tensor]) -> Tensor {
  let tensors = tensors.map(atLeast1D)
  return concatenate(tensors, axis: tensors.first?.rank == 1 ? 0 : 1)
}

/// Tensors one after the other along the first dimension; vectors count as rows. Source: `jax.numpy.vstack`.
public func vstack(_ tensors: [Tensor]) -> Tensor { concatenate(tensors.map(atLeast2D), axis: 0) }

/// Tensors one after the other along the third dimension, which those of fewer dimensions get. Source: `jax.numpy.dstack`.
public func dstack(_ tensors: [Tensor]) -> Tensor { concatenate(tensors.map(atLeast3D), axis: 2) }

/// Vectors as the columns of a matrix; matrices side by side. Source: `jax.numpy.column_stack`.
public func columnStack(_ tensors: [Tensor]) -> Tensor {
  concatenate(tensors.map { $0.rank < 2 ? $0.reshaped(to: [$0.count, 1]) : $0 }, axis: 1)
}

/// A matrix of tensors as one: rows of tensors side by side along the last dimension, one below the other along the last but one.
///
/// Source: `jax.numpy.block` of lists of lists.
public func block(_ rows: [[Tensor]]) -> Tensor {
  let rank = max(2, rows.joined().map(\.rank).max() ?? 2)
  let joined = rows.map { row in concatenate(row.map { $0.withLeadingDimensions(rank) }, axis: -1) }
  return concatenate(joined, axis: -2)
}

/// The elements of `values` behind those of `x`: along a dimension, or as vectors if none is given. Source: `jax.numpy.append`.
public func append(_ x: Tensor, _ values: Tensor, axis: Int? = nil) -> Tensor {
  axis.map { concatenate([x, values], axis: $0) } ?? concatenate([ravel(x), ravel(values)])
}

/// The slices along a dimension, without it: n tensors for size n. Source: `jax.numpy.unstack`.
public func unstack(_ x: Tensor, axis: Int = 0) -> [Tensor] {
  let axis = x.normalizedAxis(axis, "unstack")
  return (0..<x.shape[axis]).map { x.sliced($0, $0 + 1, axis: axis).squeezed([axis]) }
}

/// The parts of a tensor between positions along a dimension: n + 1 for n positions. A negative position counts from the end,
/// one outside is moved to the end.
///
/// Source: `jax.numpy.split` with positions.
public func split(_ x: Tensor, at positions: [Int], axis: Int = 0) -> [Tensor] {
  let axis = x.normalizedAxis(axis, "split")
  let size = x.shape[axis]
  let edges = [0] + positions.map { min(max($0 < 0 ? $0 + size : $0, 0), size) } + [size]
  return zip(edges, edges.dropFirst()).map { x.sliced($0, $1, axis: axis) }
}

/// A number of parts of a tensor along a dimension, the first ones larger by one if the size does not divide.
///
/// Source: `jax.numpy.array_split`.
public func arraySplit(_ x: Tensor, into count: Int, axis: Int = 0) -> [Tensor] {
  let axis = x.normalizedAxis(axis, "arraySplit")
  if count <= 0 { fail("arraySplit", [x.type], "there must be at least one part, not \(count)") }
  let (size, rest) = x.shape[axis].quotientAndRemainder(dividingBy: count)
  return split(x, at: (1..<max(count, 1)).map { $0 * size + min($0, rest) }, axis: axis)
}

/// A tensor without the slices at some positions along a dimension; of all elements as a vector if none is given. Negative
/// positions count from the end.
///
/// Source: `jax.numpy.delete` with positions that are known.
public func delete(_ x: Tensor, _ positions: [Int], axis: Int? = nil) -> Tensor {
  guard let axis else { return delete(ravel(x), positions, axis: 0) }
  let dimension = x.normalizedAxis(axis, "delete")
  let size = x.shape[dimension]
  let dropped = Set(positions.map { checkedPosition($0, size, x, "delete") })
  return joinedParts(x, (0..<size).filter { !dropped.contains($0) }, axis: dimension)
}

/// A tensor with `values` in front of the slice at a position along a dimension, or of all elements as a vector if none is given.
/// A negative position counts from the end; that of the size puts them behind all.
///
/// - Parameters:
///   - x: shape [.., n, ..].
///   - position: in -n...n.
///   - values: broadcast to the shape of x with any size m along the dimension, 1 if they have fewer dimensions.
///   - axis: the dimension.
///
/// Shape [.., n + m, ..]. Source: `jax.numpy.insert` with a position that is known.
public func insert(_ x: Tensor, _ position: Int, _ values: Tensor, axis: Int? = nil) -> Tensor {
  guard let axis else {
    let vector = ravel(x)
    return insert(vector, position, ravel(values), axis: 0)
  }
  let dimension = x.normalizedAxis(axis, "insert")
  let size = x.shape[dimension]
  let place = position < 0 ? position + size : position
  if !(0...size ~= place) { fail("insert", [x.type], "there is no position \(position) in 0...\(size)") }
  var shape = x.shape
  shape[dimension] = values.rank == x.rank ? values.shape[dimension] : 1
  let new = values.converted(to: x.dtype, isWeak: false).broadcast(to: shape)
  return concatenate(
    [x.sliced(0, place, axis: dimension), new, x.sliced(place, size, axis: dimension)], axis: dimension)
}

private func checkedPosition(_ position: Int, _ size: Int, _ x: Tensor, _ name: String) -> Int {
  if !(-size..<size ~= position) { fail(name, [x.type], "there is no position \(position) among \(size)") }
  return position < 0 ? position + size : position
}

/// The slices at increasing positions along a dimension, neighbours as one part.
private func joinedParts(_ x: Tensor, _ positions: [Int], axis: Int) -> Tensor {
  var parts: [Tensor] = []
  var start = 0
  for index in positions.indices where index + 1 == positions.count || positions[index + 1] != positions[index] + 1 {
    parts.append(x.sliced(positions[start], positions[index] + 1, axis: axis))
    start = index + 1
  }
  return parts.isEmpty ? x.sliced(0, 0, axis: axis) : concatenate(parts, axis: axis)
}

// MARK: Repetition

/// A tensor put side by side with itself: `repetitions[d]` times along dimension d, matched from the last one.
///
/// Shape [.., n] → [.., n · r]. Source: `jax.numpy.tile`.
public func tile(_ x: Tensor, _ repetitions: [Int]) -> Tensor {
  if repetitions.contains(where: { $0 < 0 }) {
    fail("tile", [x.type], "the repetitions \(repetitions) must not be negative")
  }
  let rank = max(x.rank, repetitions.count)
  let shape = [Int](repeating: 1, count: rank - x.rank) + x.shape
  let counts = [Int](repeating: 1, count: rank - repetitions.count) + repetitions
  let between = zip(counts, shape).flatMap { [$0, $1] }
  let expanded = x.reshaped(to: shape.flatMap { [1, $0] }).broadcast(to: between)
  return expanded.reshaped(to: zip(counts, shape).map { $0 * $1 })
}

/// Each slice along a dimension, or each element as a vector if none is given, `count` times in a row.
///
/// Shape [.., n, ..] → [.., n · count, ..]. Source: `jax.numpy.repeat`.
public func repeatElements(_ x: Tensor, _ count: Int, axis: Int? = nil) -> Tensor {
  guard let axis else { return repeatElements(ravel(x), count, axis: 0) }
  let dimension = x.normalizedAxis(axis, "repeatElements")
  if count < 0 { fail("repeatElements", [x.type], "the count \(count) is negative") }
  var shape = x.shape
  shape.insert(count, at: dimension + 1)
  let repeated = x.expandingDims(dimension + 1).broadcast(to: shape)
  shape[dimension] *= shape.remove(at: dimension + 1)
  return repeated.reshaped(to: shape)
}

/// Each slice along a dimension, or each element as a vector if none is given, as often as `counts` says for it.
///
/// Shape [.., n, ..] → [.., Σ counts, ..]. Source: `jax.numpy.repeat` with an array of counts.
public func repeatElements(_ x: Tensor, counts: [Int], axis: Int? = nil) -> Tensor {
  guard let axis else { return repeatElements(ravel(x), counts: counts, axis: 0) }
  let dimension = x.normalizedAxis(axis, "repeatElements")
  if counts.count != x.shape[dimension] || counts.contains(where: { $0 < 0 }) {
    fail("repeatElements", [x.type], "needs \(x.shape[dimension]) counts that are not negative, not \(counts)")
  }
  let positions = counts.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element) }
  return take(x, Tensor(positions, shape: [positions.count], dtype: .int32), axis: dimension, mode: .clip)
}

/// Each slice along a dimension as often as a tensor says, cut or filled with the last one to `totalCount` slices.
///
/// Shape [.., n, ..] → [.., totalCount, ..]. Source: `jax.numpy.repeat` with `total_repeat_length`.
public func repeatElements(_ x: Tensor, counts: Tensor, axis: Int, totalCount: Int) -> Tensor {
  let dimension = x.normalizedAxis(axis, "repeatElements")
  if counts.rank != 1 || counts.shape[0] != x.shape[dimension] || !counts.dtype.isInteger {
    fail("repeatElements", [x.type, counts.type], "needs an integer count for each of \(x.shape[dimension]) slices")
  }
  let ends = cumulativeSum(counts.asType(.int32), axis: 0)
  return take(x, searchSorted(ends, arange(totalCount), side: .right), axis: dimension, mode: .clip)
}

/// The elements row by row, repeated from the first as often as the new shape needs. Zeros if there are none.
///
/// Source: `jax.numpy.resize`.
public func resize(_ x: Tensor, _ shape: [Int]) -> Tensor {
  let count = shape.product
  if x.count == 0 || count == 0 { return zeros(shape, dtype: x.dtype) }
  let repeated = tile(ravel(x), [(count + x.count - 1) / x.count])
  return repeated.sliced(0, count, axis: 0).reshaped(to: shape)
}
