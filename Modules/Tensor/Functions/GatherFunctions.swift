// Gather and scatter in StableHLO's terms, and along one axis. Indexing with brackets is made of them.

/// Windows of a tensor, one for each index vector: shape as `dimensions` lays them out.
///
/// - Parameters:
///   - x: what the windows are taken from.
///   - indices: where they start, integers; the last dimension holds the index vectors.
///   - dimensions: how windows relate to index vectors.
///   - sliceSizes: the size of a window along each dimension of `x`.
///   - mode: what an index outside means.
///   - fillValue: what windows outside are filled with by `fillOrDrop`; by default NaN, the lowest signed integer, the highest
///     unsigned one, or true.
///
/// Source: `jax.lax.gather`, StableHLO's `gather`.
public func gather(
  _ x: Tensor, _ indices: Tensor, _ dimensions: GatherDimensions, sliceSizes: [Int],
  mode: GatherScatterMode = .promiseInBounds, fillValue: Double? = nil
) -> Tensor {
  Primitive.gather(Gather(dimensions, sliceSizes: sliceSizes, mode: mode, fillValue: fillValue))(x, indices)
}

/// A tensor with windows combined with it at the places that index vectors say.
///
/// - Parameters:
///   - operation: how elements are combined: one replaces the other, or their sum, product, minimum or maximum does.
///   - x: what the windows are combined with.
///   - indices: where they start, integers; the last dimension holds the index vectors.
///   - updates: the windows, of the element type of `x`, in the shape in which a gather would take them.
///   - dimensions: how windows relate to index vectors.
///   - mode: what an index outside means.
///   - uniqueIndices: whether the program promises that no two windows overlap.
///
/// Of windows that replace one another the last stays, and the derivative is that of the one that stays. A product has a
/// derivative by the windows only with `uniqueIndices`. Source: `jax.lax.scatter` and its kin, StableHLO's `scatter`.
public func scatter(
  _ operation: Scatter.Operation = .set, _ x: Tensor, _ indices: Tensor, _ updates: Tensor,
  _ dimensions: GatherDimensions, mode: GatherScatterMode = .fillOrDrop, uniqueIndices: Bool = false
) -> Tensor {
  Primitive.scatter(Scatter(operation, dimensions, mode: mode, hasUniqueIndices: uniqueIndices))(x, indices, updates)
}

/// Slices of `x` at indices into an axis: for axis 1, `result[i, …, k] = x[i, indices[…], k]`.
///
/// - Parameters:
///   - x: shape [a.., n, b..].
///   - indices: integers of any shape.
///   - axis: the dimension of n; by default the elements of `x` in one row.
///   - mode: what an index outside means: `fill` (-n..<n is inside) gives NaN, the lowest integer, or what `fillValue` says;
///     with `clip` negative indices are outside.
///   - fillValue: what to fill with.
///
/// Shape [a.., shape of the indices.., b..]. Source: `jax.numpy.take`.
public func take(
  _ x: Tensor, _ indices: Tensor, axis: Int? = nil, mode: IndexMode = .fill, fillValue: Double? = nil
) -> Tensor {
  guard let axis else { return take(ravel(x), indices, axis: 0, mode: mode, fillValue: fillValue) }
  let position = x.normalizedAxis(axis, "take")
  let indices = mode == .clip ? indices : mode.normalized(indices, of: x, axis: position, "take")
  if x.shape[position] == 0 && indices.count > 0 {
    fail("take", [x.type, indices.type], "axis \(axis) is empty, so it has nothing to take")
  }
  var sliceSizes = x.shape
  sliceSizes[position] = 1
  let behind = position + indices.rank
  let dimensions = GatherDimensions(
    offsetDims: Array(0..<position) + Array(behind..<behind + x.rank - position - 1), collapsedSliceDims: [position],
    startIndexMap: [position])
  return gather(
    x, indices.expandingDims(-1), dimensions, sliceSizes: sliceSizes, mode: mode.primitiveMode, fillValue: fillValue)
}

/// The element of `x` that `indices` names in each place along an axis: `result[i, j, k] = x[i, indices[i, j, k], k]` for
/// axis 1.
///
/// - Parameters:
///   - x: shape [.., n, ..].
///   - indices: integers, shape [.., m, ..] with as many dimensions as `x`; the other dimensions broadcast.
///   - axis: the dimension of n and m.
///   - mode: what an index outside -n..<n means; `fill` gives NaN, the lowest integer, or what `fillValue` says.
///   - fillValue: what to fill with.
///
/// Shape [.., m, ..]. Source: `jax.numpy.take_along_axis`.
public func takeAlong(
  _ x: Tensor, _ indices: Tensor, axis: Int, mode: IndexMode = .fill, fillValue: Double? = nil
) -> Tensor {
  let along = AlongAxis(x, mode.normalized(indices, of: x, axis: axis, "takeAlong"), axis, "takeAlong")
  return gather(
    x, along.indices, along.dimensions, sliceSizes: along.sliceSizes, mode: mode.primitiveMode, fillValue: fillValue)
}

/// `x` with the elements that `indices` names along an axis replaced: the counterpart of `takeAlong`.
///
/// - Parameters:
///   - x: shape [.., n, ..].
///   - indices: integers, shape [.., m, ..] with as many dimensions as `x`; the other dimensions broadcast.
///   - values: what goes there, broadcast to the shape of `takeAlong`'s result.
///   - axis: the dimension of n and m.
///   - mode: what an index outside -n..<n means; `fill` drops its value.
///
/// Where an index repeats, the last of its values stays. Source: `jax.numpy.put_along_axis`.
public func putAlong(
  _ x: Tensor, _ indices: Tensor, _ values: Tensor, axis: Int, mode: IndexMode = .fill
) -> Tensor {
  let along = AlongAxis(x, mode.normalized(indices, of: x, axis: axis, "putAlong"), axis, "putAlong")
  let updates = x.update(with: values, "putAlong").broadcast(to: along.resultShape)
  return scatter(.set, x, along.indices, updates, along.dimensions, mode: mode.primitiveMode)
}

/// The gather that takes elements along an axis: dimensions in which the indices repeat go through a window.
private struct AlongAxis {
  var indices: Tensor
  var dimensions = GatherDimensions(offsetDims: [], collapsedSliceDims: [], startIndexMap: [])
  var sliceSizes: [Int] = []
  var resultShape: [Int] = []

  init(_ x: Tensor, _ indices: Tensor, _ axis: Int, _ operation: String) {
    let axis = x.normalizedAxis(axis, operation)
    if indices.rank != x.rank {
      fail(
        operation, [x.type, indices.type], "the indices must have as many dimensions as the tensor",
        hint: "`take` takes whole slices at indices of any shape")
    }
    dimensions.startIndexMap = [axis]
    var kept: [Int] = []
    for (d, (size, count)) in zip(x.shape, indices.shape).enumerated() {
      resultShape.append(d == axis || size == 1 ? count : size)
      sliceSizes.append(1)
      if d == axis || size == 1 && count != 1 {
        dimensions.collapsedSliceDims.append(d)
      } else if size == count {
        dimensions.operandBatchingDims.append(d)
        dimensions.startIndicesBatchingDims.append(kept.count)
      } else if count == 1 {
        dimensions.offsetDims.append(d)
        sliceSizes[d] = size
        continue
      } else {
        fail(operation, [x.type, indices.type], "the sizes \(size) and \(count) of dimension \(d) do not broadcast")
      }
      kept.append(count)
    }
    self.indices = indices.reshaped(to: kept + [1])
  }
}

/// The elements of `x` along an axis at positions that are known to be inside.
package func takingAlong(_ x: Tensor, _ positions: Tensor, axis: Int) -> Tensor {
  let along = AlongAxis(x, positions, axis, "takeAlong")
  return gather(x, along.indices, along.dimensions, sliceSizes: along.sliceSizes)
}
