import CKernels

/// A change of element type that keeps the value as well as the new type can.
///
/// Floats to integers: toward zero, saturating, NaN to 0. Integers to integers: modulo 2ⁿ. To `bool`: whether it is not zero.
public struct Convert: Hashable, Sendable {
  /// The new element type.
  public var dtype: DType
  /// Whether the new type is weak.
  public var isWeak: Bool

  /// A conversion to an element type.
  public init(_ dtype: DType, isWeak: Bool = false) {
    self.dtype = dtype
    self.isWeak = isWeak
  }
}

extension Convert: PrimitiveFamily {
  package var name: String { "convert" }
  package var attributes: [(name: String, value: String)] { [("dtype", "\(dtype)\(isWeak ? "*" : "")")] }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(1, operands)
    return [TensorType(dtype, operands[0].shape, isWeak: isWeak)]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let operand = operands[0]
    if operand.type.dtype == dtype { return [operand.retyped(results[0])] }
    if dtype.isFloating, let literal = operand.literal { return [.splat(results[0], literal)] }
    if dtype.isFloating && operand.type.isWeak && operand.type.shape.isEmpty {
      return [.splat(results[0], operand.firstElement)]
    }
    let count = operand.isSplat ? 1 : results[0].elementCount
    let result = ConcreteValue(results[0], Storage(byteCount: count * dtype.itemSize), isSplat: operand.isSplat)
    jn_convert(dtype.kernelType, result.pointer, operand.type.dtype.kernelType, operand.pointer, count)
    return [result]
  }
}

/// A change of element type that keeps the bits, between types of one size.
public struct Bitcast: Hashable, Sendable {
  /// The new element type.
  public var dtype: DType

  /// A reinterpretation as an element type.
  public init(_ dtype: DType) { self.dtype = dtype }
}

extension Bitcast: PrimitiveFamily {
  package var name: String { "bitcast" }
  package var attributes: [(name: String, value: String)] { [("dtype", "\(dtype)")] }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(1, operands)
    try require(
      operands[0].dtype.itemSize == dtype.itemSize && (operands[0].dtype == .bool) == (dtype == .bool), operands,
      "\(dtype) has elements of another size")
    return [TensorType(dtype, operands[0].shape)]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    [operands[0].retyped(results[0])]
  }
}
