import CKernels

/// A function of each element; the result has the operand's type.
public enum Unary: UInt32, Hashable, Sendable, CaseIterable {
  // The order is that of `jn_unary_op` in the kernels.
  case negate, abs, sign
  case not, popcount, countLeadingZeros
  case floor, ceil, round, roundEven
  case exp, expm1, log, log1p, sqrt, rsqrt, cbrt
  case sin, cos, tan, asin, acos, atan
  case sinh, cosh, tanh, asinh, acosh, atanh
  case logistic, erf, erfc, erfInv, lgamma, digamma

  /// Whether it is defined for floating-point elements only.
  public var needsFloat: Bool { rawValue >= Unary.floor.rawValue }
}

extension Unary: PrimitiveFamily {
  package var name: String { "\(self)" }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(1, operands)
    try require(
      jn_unary_supports(kernel, operands[0].dtype.kernelType), operands, "is not defined for \(operands[0].dtype)")
    return operands
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let operand = operands[0]
    if self == .negate, let literal = operand.literal { return [.splat(results[0], -literal)] }
    let count = operand.isSplat ? 1 : results[0].elementCount
    let result = ConcreteValue(
      results[0], Storage(byteCount: count * results[0].dtype.itemSize), isSplat: operand.isSplat)
    jn_unary(kernel, results[0].dtype.kernelType, result.pointer, operand.pointer, count)
    return [result]
  }

  private var kernel: jn_unary_op { jn_unary_op(rawValue: rawValue) }
}

/// A function of each pair of elements; operands and result have one type.
public enum Binary: UInt32, Hashable, Sendable, CaseIterable {
  // The order is that of `jn_binary_op` in the kernels.
  case add, subtract, multiply, divide, remainder
  case maximum, minimum
  case power, atan2, nextAfter
  case and, or, xor
  case shiftLeft, shiftRightLogical, shiftRightArithmetic
}

extension Binary: PrimitiveFamily {
  package var name: String { "\(self)" }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(2, operands)
    try requireSameType(operands)
    try require(supports(operands[0].dtype), operands, "is not defined for \(operands[0].dtype)")
    return [TensorType(operands[0].dtype, operands[0].shape, isWeak: operands[0].isWeak && operands[1].isWeak)]
  }

  /// Whether it is defined for elements of this type.
  package func supports(_ dtype: DType) -> Bool { jn_binary_supports(kernel, dtype.kernelType) }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    [evaluate(operands[0], operands[1], results[0])]
  }

  /// The values for one result type; an operand may be a single element that stands for all.
  package func evaluate(_ a: ConcreteValue, _ b: ConcreteValue, _ type: TensorType) -> ConcreteValue {
    if type.isWeak, let a = a.literal, let b = b.literal, let literal = ofNumbers(a, b) { return .splat(type, literal) }
    // A scalar in the place of a tensor stands for all of its elements.
    let (aRepeats, bRepeats) = (a.isSplat || a.type.shape.isEmpty, b.isSplat || b.type.shape.isEmpty)
    let isSplat = aRepeats && bRepeats && !type.shape.isEmpty
    let count = isSplat ? 1 : type.elementCount
    let result = ConcreteValue(type, Storage(byteCount: count * type.dtype.itemSize), isSplat: isSplat)
    jn_binary(kernel, type.dtype.kernelType, result.pointer, a.pointer, aRepeats, b.pointer, bRepeats, count)
    return result
  }

  /// What Swift makes of two numbers: `2 * Double.pi * x`, in which Swift takes the 2 for a tensor, is to be exact for a wide x.
  private func ofNumbers(_ a: Double, _ b: Double) -> Double? {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    default: nil
    }
  }

  private var kernel: jn_binary_op { jn_binary_op(rawValue: rawValue) }
}

/// Whether each element is neither infinite nor NaN: a `bool` tensor of the operand's shape.
public struct IsFinite: Hashable, Sendable {
  /// The operation.
  public init() {}
}

extension IsFinite: PrimitiveFamily {
  package var name: String { "isFinite" }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(1, operands)
    try require(operands[0].dtype.isFloating, operands, "needs a floating-point operand")
    return [TensorType(.bool, operands[0].shape)]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let operand = operands[0].dense
    let result = ConcreteValue(uninitialized: results[0])
    jn_is_finite(operand.type.dtype.kernelType, result.bytes, operand.pointer, results[0].elementCount)
    return [result]
  }
}

/// The Threefry-2x32 hash with 20 rounds, element by element: two words of key and two of counter to two words of bits.
///
/// Four operands of type `uint32` and one shape; two results of that type. Source: Salmon et al., "Parallel random numbers:
/// as easy as 1, 2, 3"; JAX's `threefry2x32_p`.
public struct Threefry2x32: Hashable, Sendable {
  /// The operation.
  public init() {}
}

extension Threefry2x32: PrimitiveFamily {
  package var name: String { "threefry2x32" }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(4, operands)
    try requireSameType(operands)
    try require(operands[0].dtype == .uint32, operands, "the operands must be uint32")
    return [operands[0].strong, operands[0].strong]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let isSplat = operands.allSatisfy(\.isSplat)
    let count = isSplat ? 1 : results[0].elementCount
    let outputs = results.map { ConcreteValue($0, Storage(byteCount: count * 4), isSplat: isSplat) }
    let words = operands.map { $0.pointer.assumingMemoryBound(to: UInt32.self) }
    jn_threefry2x32(
      outputs[0].pointer.assumingMemoryBound(to: UInt32.self), outputs[1].pointer.assumingMemoryBound(to: UInt32.self),
      words[0], operands[0].isSplat, words[1], operands[1].isSplat, words[2], operands[2].isSplat, words[3],
      operands[3].isSplat, count)
    return outputs
  }
}

/// The identity on one operand of any type, with a meaning for transformations.
public enum Marker: Hashable, Sendable, CaseIterable {
  /// The result counts as constant: its derivative is zero.
  case stopGradient
}

extension Marker: PrimitiveFamily {
  package var name: String { "\(self)" }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(1, operands)
    return operands
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] { operands }
}

extension ConcreteValue {
  /// The elements as bytes, for those that are `bool`.
  package var bytes: UnsafeMutablePointer<UInt8> { pointer.assumingMemoryBound(to: UInt8.self) }
}
