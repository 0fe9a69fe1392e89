extension Tensor {
  /// The same elements, row by row, in another shape; one size may be -1, for what is left.
  public func reshaped(to shape: [Int]) -> Tensor {
    var shape = shape
    if let free = shape.firstIndex(of: -1), shape.count(where: { $0 == -1 }) == 1 {
      let known = shape.enumerated().filter { $0.offset != free }.map(\.element)
      guard known.allSatisfy({ $0 > 0 }), let rest = self.shape.product(dividedBy: known) else {
        fail("reshaped(to:)", [type], "\(count) elements do not fit the shape \(shape)")
      }
      shape[free] = rest
    }
    return shape == self.shape ? self : Primitive.reshape(Reshape(shape))(self)
  }

  /// The dimensions in another order: dimension `i` of the result is dimension `axes[i]`; reversed if none are given.
  public func transposed(_ axes: [Int]? = nil) -> Tensor {
    let permutation = axes.map { $0.map { normalizedAxis($0, "transposed") } } ?? (0..<rank).reversed()
    return permutation == Array(0..<rank) ? self : Primitive.transpose(Transpose(permutation))(self)
  }

  /// The dimensions in the opposite order: the transpose of a matrix.
  public var T: Tensor { transposed() }

  /// Two dimensions exchanged.
  public func swappingAxes(_ a: Int, _ b: Int) -> Tensor {
    var axes = Array(0..<rank)
    axes.swapAt(normalizedAxis(a, "swappingAxes"), normalizedAxis(b, "swappingAxes"))
    return transposed(axes)
  }

  /// A dimension moved to another place, the others in their order.
  public func movingAxis(_ source: Int, to destination: Int) -> Tensor {
    let (from, to) = (normalizedAxis(source, "movingAxis"), normalizedAxis(destination, "movingAxis"))
    var axes = Array(0..<rank)
    axes.insert(axes.remove(at: from), at: to)
    return transposed(axes)
  }

  /// A new dimension of size 1, before the present dimension `axis`; -1 adds one at the end.
  public func expandingDims(_ axis: Int) -> Tensor {
    let position = axis < 0 ? axis + rank + 1 : axis
    if !(0...rank ~= position) { fail("expandingDims", [type], "there is no place \(axis) for a new axis") }
    var shape = shape
    shape.insert(1, at: position)
    return reshaped(to: shape)
  }

  /// Without dimensions of size 1: those given, or all.
  public func squeezed(_ axes: [Int]? = nil) -> Tensor {
    let axes = axes.map { normalizedAxes($0, "squeezed") } ?? shape.indices.filter { shape[$0] == 1 }
    for axis in axes where shape[axis] != 1 {
      fail("squeezed", [type], "axis \(axis) has size \(shape[axis]), not 1")
    }
    return reshaped(to: shape.indices.filter { !axes.contains($0) }.map { shape[$0] })
  }

  /// The same bits as another element type of the same size.
  public func bitcast(to dtype: DType) -> Tensor { Primitive.bitcast(Bitcast(dtype))(self) }

  /// The opposite order along dimensions; all if none are given.
  public func reversed(_ axes: [Int]? = nil) -> Tensor {
    Primitive.reverse(Reverse(normalizedAxes(axes, "reversed")))(self)
  }
}

/// All dimensions but the first as one: shape [n, …] becomes [n, m].
public func flatten(_ x: Tensor) -> Tensor {
  if x.rank == 0 { fail("flatten", [x.type], "needs at least one dimension") }
  return x.reshaped(to: [x.shape[0], x.shape.dropFirst().reduce(1, *)])
}

/// All elements in one dimension, row by row.
public func ravel(_ x: Tensor) -> Tensor { x.reshaped(to: [x.count]) }

/// Tensors one after the other along a dimension; the other dimensions agree, element types are promoted.
public func concatenate(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
  guard let first = tensors.first else { fail("concatenate", [], "needs at least one tensor") }
  let axis = first.normalizedAxis(axis, "concatenate")
  return Primitive.concatenate(Concatenate(axis))(promote("concatenate", tensors))[0]
}

/// Tensors of one shape side by side along a new dimension.
public func stack(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
  guard let first = tensors.first else { fail("stack", [], "needs at least one tensor") }
  if !tensors.allSatisfy({ $0.shape == first.shape }) {
    fail("stack", tensors.map(\.type), "the tensors must have one shape")
  }
  let position = axis < 0 ? axis + first.rank + 1 : axis
  return concatenate(tensors.map { $0.expandingDims(position) }, axis: position)
}

/// The parts of a tensor along a dimension, of equal size.
public func split(_ x: Tensor, into count: Int, axis: Int = 0) -> [Tensor] {
  let axis = x.normalizedAxis(axis, "split")
  if count <= 0 || x.shape[axis] % count != 0 {
    fail("split", [x.type], "axis \(axis) of size \(x.shape[axis]) does not divide into \(count) equal parts")
  }
  let size = x.shape[axis] / count
  return (0..<count).map { index in
    var slice = Slice(start: x.shape.map { _ in 0 }, limit: x.shape, stride: x.shape.map { _ in 1 })
    slice.start[axis] = index * size
    slice.limit[axis] = (index + 1) * size
    return Primitive.slice(slice)(x)
  }
}

/// Padding with a number: `widths` has, for each dimension, how many elements go before and after.
public func pad(_ x: Tensor, _ widths: [(before: Int, after: Int)], value: Tensor = 0) -> Tensor {
  if widths.count != x.rank { fail("pad", [x.type], "\(widths.count) widths for \(x.rank) dimensions") }
  return Primitive.pad(
    Pad(low: widths.map(\.before), high: widths.map(\.after), interior: widths.map { _ in 0 }))(
      x, value.converted(to: x.dtype, isWeak: false))
}

/// The part of a tensor of the given sizes that starts at `starts`, integer scalars, one a dimension.
///
/// A negative start counts from the end; one outside is moved so that the part lies inside.
public func dynamicSlice(_ x: Tensor, _ starts: [Tensor], sizes: [Int]) -> Tensor {
  Primitive.dynamicSlice(DynamicSlice(sizes))([x] + fromFront(starts, x))[0]
}

/// A tensor with the part that starts at `starts`, integer scalars, one a dimension, replaced by `update`.
///
/// A negative start counts from the end; one outside is moved so that the part lies inside.
public func dynamicUpdateSlice(_ x: Tensor, _ update: Tensor, _ starts: [Tensor]) -> Tensor {
  Primitive.dynamicUpdateSlice(DynamicUpdateSlice())([x, update] + fromFront(starts, x))[0]
}

/// Starts of a part, with those that are negative counted from the end.
private func fromFront(_ starts: [Tensor], _ x: Tensor) -> [Tensor] {
  // The starts may have a type that does not reach the end.
  let isTooNarrow = zip(starts, x.shape).contains { start, size in
    start.dtype.isSignedInteger && size >> (8 * start.dtype.itemSize - 1) > 0
  }
  let starts = isTooNarrow ? starts.map { $0.asType(.int64) } : starts
  return zip(starts, x.shape).map { start, size in
    start.dtype.isSignedInteger ? select(start .< 0, start + Tensor(size, dtype: start.dtype), start) : start
  }
}
