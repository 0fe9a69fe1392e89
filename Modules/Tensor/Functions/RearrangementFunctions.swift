// The same elements at other places.

extension Tensor {
  /// Dimensions moved to other places, the others in their order. Source: `jax.numpy.moveaxis` with lists.
  public func movingAxes(_ sources: [Int], to destinations: [Int]) -> Tensor {
    let from = sources.map { normalizedAxis($0, "movingAxes") }
    let to = destinations.map { normalizedAxis($0, "movingAxes") }
    if from.count != to.count || Set(from).count != from.count || Set(to).count != to.count {
      fail("movingAxes", [type], "needs as many different destinations as sources, not \(sources) to \(destinations)")
    }
    var axes = (0..<rank).filter { !from.contains($0) }
    for (destination, source) in zip(to, from).sorted(by: { $0.0 < $1.0 }) { axes.insert(source, at: destination) }
    return transposed(axes)
  }

  /// New dimensions of size 1 at places in the result. Source: `jax.numpy.expand_dims` with several axes.
  public func expandingDims(_ axes: [Int]) -> Tensor {
    let newRank = rank + axes.count
    let places = Set(axes.map { $0 < 0 ? $0 + newRank : $0 })
    if places.count != axes.count || !places.allSatisfy({ 0..<newRank ~= $0 }) {
      fail("expandingDims", [type], "the places \(axes) must be different and in 0..<\(newRank)")
    }
    var rest = shape[...]
    return reshaped(to: (0..<newRank).map { places.contains($0) ? 1 : rest.removeFirst() })
  }
}

/// The last two dimensions exchanged: the transposes of matrices. Source: `jax.numpy.matrix_transpose`.
public func matrixTranspose(_ x: Tensor) -> Tensor {
  if x.rank < 2 { fail("matrixTranspose", [x.type], "needs at least two dimensions") }
  return x.swappingAxes(-1, -2)
}

/// The elements moved on by `shift` places along a dimension, or all of them as a vector in the old shape if none is given; those
/// that leave at one end enter at the other.
///
/// Source: `jax.numpy.roll`.
public func roll(_ x: Tensor, _ shift: Int, axis: Int? = nil) -> Tensor {
  guard let axis else { return roll(ravel(x), shift, axis: 0).reshaped(to: x.shape) }
  let dimension = x.normalizedAxis(axis, "roll")
  let size = x.shape[dimension]
  if size == 0 { return x }
  let start = ((-shift % size) + size) % size
  if start == 0 { return x }
  return concatenate(
    [x.sliced(start, size, axis: dimension), x.sliced(0, start, axis: dimension)], axis: dimension)
}

/// The elements moved on along several dimensions, by a number of places each.
public func roll(_ x: Tensor, _ shifts: [Int], axes: [Int]) -> Tensor {
  if shifts.count != axes.count { fail("roll", [x.type], "\(shifts.count) shifts for \(axes.count) axes") }
  return zip(shifts, axes).reduce(x) { roll($0, $1.0, axis: $1.1) }
}

/// A tensor turned by `quarters` right angles in the plane of two dimensions, from the first to the second.
///
/// Source: `jax.numpy.rot90`.
public func rot90(_ x: Tensor, _ quarters: Int = 1, axes: (first: Int, second: Int) = (0, 1)) -> Tensor {
  let (a, b) = (x.normalizedAxis(axes.first, "rot90"), x.normalizedAxis(axes.second, "rot90"))
  if a == b { fail("rot90", [x.type], "the two axes are the same") }
  switch ((quarters % 4) + 4) % 4 {
  case 1: return x.reversed([b]).swappingAxes(a, b)
  case 2: return x.reversed([a, b])
  case 3: return x.swappingAxes(a, b).reversed([b])
  default: return x
  }
}

// MARK: Padding with what is there

/// What padding is made of.
public enum PadMode: Hashable, Sendable {
  /// The element at the edge.
  case edge
  /// The mirror image, the element at the edge not repeated.
  case reflect
  /// The mirror image, the element at the edge repeated.
  case symmetric
  /// The elements from the other end.
  case wrap
  /// Numbers on a line from the element at the edge to one at the end.
  case linearRamp(end: Double)
  /// The largest element along the dimension.
  case maximum
  /// The smallest element along the dimension.
  case minimum
  /// The mean along the dimension.
  case mean
}

/// Padding made of the elements: `widths` has, for each dimension, how many go before and after, none negative.
///
/// Dimensions are padded one after the other. Any width will do, except around no elements. Source: `jax.numpy.pad`.
public func pad(_ x: Tensor, _ widths: [(before: Int, after: Int)], mode: PadMode) -> Tensor {
  if widths.count != x.rank || widths.contains(where: { $0.before < 0 || $0.after < 0 }) {
    fail("pad", [x.type], "needs two widths that are not negative for each of \(x.rank) dimensions")
  }
  var result = x
  for (axis, (before, after)) in widths.enumerated() where before > 0 || after > 0 {
    if x.shape[axis] == 0 { fail("pad", [x.type], "there is nothing to pad dimension \(axis) with") }
    result = padded(result, before, after, mode, axis: axis)
  }
  return result
}

private func padded(_ x: Tensor, _ before: Int, _ after: Int, _ mode: PadMode, axis: Int) -> Tensor {
  let size = x.shape[axis]
  func repeated(_ part: Tensor, _ count: Int) -> Tensor {
    var shape = part.shape
    shape[axis] = count
    return part.broadcast(to: shape)
  }
  func around(_ part: Tensor) -> Tensor {
    concatenate([repeated(part, before), x, repeated(part, after)], axis: axis)
  }
  switch mode {
  case .maximum: return around(max(x, axis: axis, keepDims: true))
  case .minimum: return around(min(x, axis: axis, keepDims: true))
  case .mean:
    let average = mean(x, axis: axis, keepDims: true)
    return around(x.dtype.isFloating ? average : round(average).asType(x.dtype))
  case .linearRamp(let end):
    func ramp(_ edge: Tensor, _ count: Int) -> Tensor {
      let shares = arange(count, dtype: x.dtype.isFloating ? x.dtype : .float32) / Double(max(count, 1))
      let column = shares.reshaped(to: x.shape.indices.map { $0 == axis ? count : 1 })
      let edge = edge.asFloating
      return ((edge - end) * column + end).asType(x.dtype)
    }
    return concatenate(
      [
        ramp(x.sliced(0, 1, axis: axis), before), x,
        ramp(x.sliced(size - 1, size, axis: axis), after).reversed([axis]),
      ], axis: axis)
  case .edge:
    return concatenate(
      [
        repeated(x.sliced(0, 1, axis: axis), before), x, repeated(x.sliced(size - 1, size, axis: axis), after),
      ], axis: axis)
  case .reflect, .symmetric, .wrap:
    let positions = (-before..<size + after).map { source($0, size, mode) }
    return take(x, Tensor(positions, shape: [positions.count], dtype: .int32), axis: axis, mode: .clip)
  }
}

/// The position among `size` elements that the one at `position`, inside or outside, repeats.
private func source(_ position: Int, _ size: Int, _ mode: PadMode) -> Int {
  func modulo(_ a: Int, _ b: Int) -> Int { ((a % b) + b) % b }
  switch mode {
  case .wrap: return modulo(position, size)
  case .symmetric:
    let place = modulo(position, 2 * size)
    return place < size ? place : 2 * size - 1 - place
  default:
    if size == 1 { return 0 }
    let place = modulo(position, 2 * size - 2)
    return place < size ? place : 2 * size - 2 - place
  }
}
