import CKernels

/// A comparison of each pair of elements of two tensors of one type: a `bool` tensor of their shape.
///
/// Everything compared with NaN is false, except `notEqual`.
public enum Comparison: UInt32, Hashable, Sendable, CaseIterable {
  // The order is that of `jn_compare_op` in the kernels.
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
}

extension Comparison: PrimitiveFamily {
  package var name: String { "\(self)" }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(2, operands)
    try requireSameType(operands)
    return [TensorType(.bool, operands[0].shape)]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let (a, b) = (operands[0], operands[1])
    let isSplat = a.isSplat && b.isSplat
    let count = isSplat ? 1 : results[0].elementCount
    let result = ConcreteValue(results[0], Storage(byteCount: count), isSplat: isSplat)
    jn_compare(
      jn_compare_op(rawValue: rawValue), a.type.dtype.kernelType, result.bytes, a.pointer, a.isSplat, b.pointer,
      b.isSplat,
      count)
    return [result]
  }
}

/// For each element of a `bool` tensor, an element of the second operand where it is true, of the third where it is false.
public struct Select: Hashable, Sendable {
  /// The operation.
  public init() {}
}

extension Select: PrimitiveFamily {
  package var name: String { "select" }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(3, operands)
    try require(operands[0].dtype == .bool, operands, "the condition must be bool")
    try require(
      operands[1].dtype == operands[2].dtype && operands[1].shape == operands[2].shape
        && operands[0].shape == operands[1].shape, operands,
      "the condition and both cases must have one shape, and the cases one element type")
    return [operands[1].isWeak ? operands[2] : operands[1]]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let (condition, a, b) = (operands[0], operands[1], operands[2])
    if condition.isSplat { return [(condition.bytes[0] != 0 ? a : b).retyped(results[0])] }
    let result = ConcreteValue(uninitialized: results[0])
    jn_select(
      results[0].dtype.itemSize, result.pointer, condition.bytes, false, a.pointer, a.isSplat, b.pointer, b.isSplat,
      results[0].elementCount)
    return [result]
  }
}
