import CKernels

/// Tensors of one shape, reordered together along a dimension so that the first `keyCount` of them are in increasing order.
///
/// Stable. NaN comes last; -0 and 0 are equal.
public struct Sort: Hashable, Sendable {
  /// The dimension along which elements are reordered.
  public var axis: Int
  /// How many of the operands decide the order, the first the most significant.
  public var keyCount: Int

  /// A sort along a dimension.
  public init(axis: Int, keyCount: Int = 1) {
    self.axis = axis
    self.keyCount = keyCount
  }
}

extension Sort: PrimitiveFamily {
  package var name: String { "sort" }
  package var attributes: [(name: String, value: String)] {
    [("axis", "\(axis)")] + (keyCount == 1 ? [] : [("keyCount", "\(keyCount)")])
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
      keyCount, operands[..<keyCount].map(\.type.dtype.kernelType), keys, indices, outer, size, inner)
    return zip(operands, results).map { operand, type in
      let result = ConcreteValue(uninitialized: type)
      jn_take_along(type.dtype.itemSize, result.pointer, operand.pointer, indices, outer, size, inner)
      return result
    }
  }
}
