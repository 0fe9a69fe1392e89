import CKernels

/// Tensors of one shape, reordered together along a dimension so that the first `keyCount` of them are in increasing order,
/// or in decreasing order.
///
/// Stable. NaN counts as largest; -0 and 0 are equal.
public struct Sort: Hashable, Sendable {
  /// The dimension along which elements are reordered.
  public var axis: Int
  /// How many of the operands decide the order, the first the most significant.
  public var keyCount: Int
  /// Whether the largest come first.
  public var isDescending: Bool

  /// A sort along a dimension.
  public init(axis: Int, keyCount: Int = 1, isDescending: Bool = false) {
    self.axis = axis
    self.keyCount = keyCount
    self.isDescending = isDescending
  }
}

extension Sort: PrimitiveFamily {
  package var name: String { "sort" }
  package var attributes: [(name: String, value: String)] {
    [("axis", "\(axis)")] + (keyCount == 1 ? [] : [("keyCount", "\(keyCount)")])
      + (isDescending ? [("descending", "true")] : [])
  }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try require(
      keyCount >= 1 && operands.count >= keyCount, operands, "needs at least \(max(keyCount, 1)) operands, the keys")
    try require(operands.allSatisfy { $0.shape == operands[0].shape }, operands, "the operands must have one shape")
    try requireAxes([axis], operands)
    return operands
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let (outer, size, inner) = results[0].shape.split(around: axis)
    let operands = operands.map(\.dense)
    let order = ConcreteValue(uninitialized: TensorType(.int64, results[0].shape))
    let indices = order.pointer.assumingMemoryBound(to: Int64.self)
    let keys = operands[..<keyCount].map { UnsafeRawPointer($0.pointer) as UnsafeRawPointer? }
    jn_argsort_by(
      keyCount, operands[..<keyCount].map(\.type.dtype.kernelType), keys, isDescending, indices, outer, size, inner)
    return zip(operands, results).map { operand, type in
      let result = ConcreteValue(uninitialized: type)
      jn_take_along(type.dtype.itemSize, result.pointer, operand.pointer, indices, outer, size, inner)
      return result
    }
  }
}

/// The largest elements along the last dimension, the largest first, and their positions, `int32`; the first of equals first.
///
/// NaN counts as largest.
public struct TopK: Hashable, Sendable {
  /// How many elements.
  public var count: Int

  /// The largest elements.
  public init(_ count: Int) { self.count = count }
}

extension TopK: PrimitiveFamily {
  package var name: String { "topK" }
  package var attributes: [(name: String, value: String)] { [("count", "\(count)")] }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(1, operands)
    guard let size = operands[0].shape.last else { throw broken(operands, "needs at least one dimension") }
    try require(0 <= count && count <= size, operands, "there are no \(count) largest of \(size) elements")
    let shape = Array(operands[0].shape.dropLast()) + [count]
    return [operands[0].with(shape: shape), TensorType(.int32, shape)]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let operand = operands[0].dense
    let outputs = results.map { ConcreteValue(uninitialized: $0) }
    let size = operand.type.shape[operand.type.rank - 1]
    jn_top_k(
      operand.type.dtype.kernelType, outputs[0].pointer, outputs[1].pointer.assumingMemoryBound(to: Int32.self),
      operand.pointer, results[0].shape.dropLast().reduce(1, *), size, count)
    withExtendedLifetime(operand) {}
    return outputs
  }
}
