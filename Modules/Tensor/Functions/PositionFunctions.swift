// Positions of elements as numbers: where they are not zero, one number for a place in several dimensions, choices by number.

/// The positions of the elements that are not zero, row by row: an `int32` tensor of shape [count] for each dimension.
///
/// - Parameters:
///   - x: at least one dimension.
///   - size: the number of positions to answer: of more the first, of fewer with `fillValue` behind them. Without it the
///     number is that of the elements, which a traced tensor does not know: the program stops.
///   - fillValue: what stands behind the positions.
///
/// Source: `jax.numpy.nonzero`.
public func nonZero(_ x: Tensor, size: Int? = nil, fillValue: Int = 0) -> [Tensor] {
  if x.rank == 0 { fail("nonZero", [x.type], "needs at least one dimension") }
  // Without a size this is a matter of elements in memory, be there a transformation around it or not.
  if size == nil && !x.isTraced && Trace.current != nil { return Trace.with(nil) { nonZero(x, fillValue: fillValue) } }
  let mask = ravel(x.dtype == .bool ? x : x .!= 0).asType(.int32)
  let size = size ?? countOfTrue(mask, x, "nonZero")
  // As many elements as have a running count of at most k stand before the one that makes it k + 1.
  let running = cumulativeSum(mask, axis: 0)
  let flat = cumulativeSum(bincount(running, length: size), axis: 0)
  let isPosition = arange(size) .< sum(mask)
  let strides = x.shape.rowMajorStrides
  return zip(strides, x.shape).map { stride, size in
    select(isPosition, flat.quotient(max(stride, 1)).remainder(max(size, 1)), Tensor(fillValue))
  }
}

/// The positions of the elements that are not zero, a row for each: `int32`, shape [count, rank].
///
/// `size` and `fillValue` are as for `nonZero`. Source: `jax.numpy.argwhere`.
public func argWhere(_ x: Tensor, size: Int? = nil, fillValue: Int = 0) -> Tensor {
  stack(nonZero(x, size: size, fillValue: fillValue), axis: -1)
}

/// How many elements of a mask of 0 and 1 are set: a number that only elements in memory have.
func countOfTrue(_ mask: Tensor, _ x: Tensor, _ operation: String) -> Int {
  if mask.isTraced {
    fail(
      operation, [x.type],
      "inside a transformed function the shape of the result cannot depend on the elements",
      hint: "give the `size` of the result; what is left over is filled")
  }
  return Int(sum(mask))
}

/// The positions in an array of a shape that have these numbers, counted row by row: a tensor for each dimension.
///
/// Numbers from -count on count from the end; what is outside becomes the nearest place. Source: `jax.numpy.unravel_index`.
public func unravelIndex(_ indices: Tensor, _ shape: [Int]) -> [Tensor] {
  let count = shape.product
  let counted = IndexMode.fill.normalized(indices, size: count, [indices.type], "unravelIndex")
  let inside = clip(counted, min: Tensor(0), max: Tensor(max(count - 1, 0)))
  return zip(shape.rowMajorStrides, shape).map { stride, size in
    inside.quotient(max(stride, 1)).remainder(max(size, 1))
  }
}

/// The numbers, counted row by row, of positions in an array of a shape: the opposite of `unravelIndex`.
///
/// - Parameters:
///   - positions: a tensor of integers for each dimension; they are broadcast together.
///   - shape: the size of each dimension.
///   - mode: what a position outside a dimension means: `clip`, or `wrap`.
///
/// Source: `jax.numpy.ravel_multi_index`.
public func ravelMultiIndex(_ positions: [Tensor], _ shape: [Int], mode: IndexMode = .clip) -> Tensor {
  if positions.count != shape.count || positions.isEmpty || !(mode == .clip || mode == .wrap) {
    fail(
      "ravelMultiIndex", positions.map(\.type),
      "needs a tensor for each of \(shape.count) dimensions, and the mode clip or wrap")
  }
  let numbers = zip(positions, zip(shape, shape.rowMajorStrides)).map { position, dimension in
    let (size, stride) = dimension
    let inside =
      mode == .clip
      ? clip(position, min: Tensor(0), max: Tensor(max(size - 1, 0)))
      : mode.normalized(position, size: size, [position.type], "ravelMultiIndex")
    return inside * Tensor(stride)
  }
  return numbers.reduce(numbers[0] * 0, +)
}

/// For each number, the element in its place of the choice with that number; numbers and choices are broadcast together.
///
/// `mode` says what a number outside means: `clip`, or `wrap`. Source: `jax.numpy.choose`.
public func choose(_ numbers: Tensor, _ choices: [Tensor], mode: IndexMode = .clip) -> Tensor {
  if choices.isEmpty || !(mode == .clip || mode == .wrap) {
    fail("choose", [numbers.type], "needs at least one choice, and the mode clip or wrap")
  }
  let chosen = broadcastShapes("choose", [numbers] + promote("choose", choices))
  let counted =
    mode == .clip
    ? clip(chosen[0], min: Tensor(0), max: Tensor(choices.count - 1))
    : mode.normalized(chosen[0], size: choices.count, [numbers.type], "choose")
  return takingAlong(stack(Array(chosen.dropFirst())), counted.expandingDims(0), axis: 0).squeezed([0])
}

extension Tensor {
  /// The quotient of integers, cut off.
  func quotient(_ divisor: Int) -> Tensor {
    Primitive.binary(.divide)(self, full(shape, Double(divisor), dtype: dtype))
  }
  /// The remainder of integers, with the sign of this one.
  func remainder(_ divisor: Int) -> Tensor {
    Primitive.binary(.remainder)(self, full(shape, Double(divisor), dtype: dtype))
  }
}

// MARK: Sums by number

/// How often each of the numbers 0 ..< length occurs; or the sum of the weights in the places where it does.
///
/// - Parameters:
///   - x: integers; negative ones count as 0, those from `length` on are left out.
///   - weights: a number for each element of `x`.
///   - length: the number of sums; without it one more than the largest element, which a traced tensor does not know.
///
/// Shape [length]; `int32`, or the element type of the weights. Source: `jax.numpy.bincount`.
public func bincount(_ x: Tensor, weights: Tensor? = nil, length: Int? = nil) -> Tensor {
  if !x.dtype.isInteger { fail("bincount", [x.type], "the numbers must be integers") }
  if let weights, weights.shape != x.shape {
    fail("bincount", [x.type, weights.type], "needs a weight for each number")
  }
  if length == nil && x.isTraced {
    fail(
      "bincount", [x.type], "inside a transformed function the shape of the result cannot depend on the elements",
      hint: "give the `length`")
  }
  let length = length ?? (x.count == 0 ? 0 : max(0, Int(max(x)) + 1))
  let numbers = ravel(x.dtype.isUnsignedInteger ? x : maximum(x, 0))
  let values = weights.map(ravel) ?? ones([x.count], dtype: .int32)
  return addedBySegment(.add, values, numbers, zeros([length], dtype: values.dtype), mode: .fill)
}

/// The sum, for each number of a segment, of the slices of `data` that belong to it.
///
/// - Parameters:
///   - data: shape [n, …].
///   - segments: the number of the segment that each slice belongs to, integers, shape [n]; one outside 0 ..< count belongs
///     to none.
///   - count: the number of segments.
///
/// Shape [count, …]; 0 for a segment without slices. Source: `jax.ops.segment_sum`.
public func segmentSum(_ data: Tensor, _ segments: Tensor, count: Int) -> Tensor {
  segment(.add, data, segments, count, Reduce.Operation.sum, "segmentSum")
}
/// The product, for each number of a segment, of the slices of `data` that belong to it; 1 for a segment without slices.
///
/// Operands and shape are those of `segmentSum`. It has no derivative. Source: `jax.ops.segment_prod`.
public func segmentProduct(_ data: Tensor, _ segments: Tensor, count: Int) -> Tensor {
  segment(.multiply, data, segments, count, Reduce.Operation.product, "segmentProduct")
}
/// The largest element, for each number of a segment, of the slices of `data` that belong to it; the lowest number, or -∞,
/// for a segment without slices.
///
/// Operands and shape are those of `segmentSum`. Equal largest elements share the derivative. Source: `jax.ops.segment_max`.
public func segmentMax(_ data: Tensor, _ segments: Tensor, count: Int) -> Tensor {
  segment(.maximum, data, segments, count, Reduce.Operation.maximum, "segmentMax")
}
/// The smallest element, for each number of a segment, of the slices of `data` that belong to it; the highest number, or ∞,
/// for a segment without slices.
///
/// Operands and shape are those of `segmentSum`. Equal smallest elements share the derivative. Source: `jax.ops.segment_min`.
public func segmentMin(_ data: Tensor, _ segments: Tensor, count: Int) -> Tensor {
  segment(.minimum, data, segments, count, Reduce.Operation.minimum, "segmentMin")
}

private func segment(
  _ operation: Scatter.Operation, _ data: Tensor, _ segments: Tensor, _ count: Int, _ reduction: Reduce.Operation,
  _ name: String
) -> Tensor {
  if data.rank == 0 || segments.shape != [data.shape[0]] || !segments.dtype.isInteger || count < 0 {
    fail(
      name, [data.type, segments.type],
      "needs an integer for each slice along the first dimension, and a count of segments")
  }
  // What a reduction over no elements gives is neutral.
  let neutral = Primitive.reduce(Reduce(reduction, axes: [0]))(zeros([0], dtype: data.dtype))
  return addedBySegment(operation, data, segments, neutral.broadcast(to: [count] + data.shape.dropFirst()), mode: .fill)
}

/// `start` combined, along the first dimension, with the slices of `data` whose numbers name the places.
private func addedBySegment(
  _ operation: Scatter.Operation, _ data: Tensor, _ numbers: Tensor, _ start: Tensor, mode: IndexMode
) -> Tensor {
  let dimensions = GatherDimensions(
    offsetDims: Array(1..<data.rank), collapsedSliceDims: [0], startIndexMap: [0])
  return scatter(operation, start, numbers.expandingDims(-1), data, dimensions, mode: mode.primitiveMode)
}
