import CKernels

/// a · b + c for each element of three floating-point tensors of one type.
///
/// `float32` and `float64` are rounded once, on every processor; `float16` and `bfloat16` after the product and after the sum. This
/// is what XLA makes of a product and a sum where the processor has the instruction, on which the bits of JAX's uniform numbers
/// depend.
public struct MultiplyAdd: Hashable, Sendable {
  /// The operation.
  public init() {}
}

extension MultiplyAdd: PrimitiveFamily {
  package var name: String { "multiplyAdd" }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(3, operands)
    try requireSameType(operands)
    try require(operands[0].dtype.isFloating, operands, "is not defined for \(operands[0].dtype)")
    return [TensorType(operands[0].dtype, operands[0].shape, isWeak: operands.allSatisfy(\.isWeak))]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let (a, b, c) = (operands[0], operands[1], operands[2])
    let type = results[0]
    let isSplat = operands.allSatisfy(\.isSplat)
    let count = isSplat ? 1 : type.elementCount
    let result = ConcreteValue(type, Storage(byteCount: count * type.dtype.itemSize), isSplat: isSplat)
    jn_fma(
      type.dtype.kernelType, result.pointer, a.pointer, a.isSplat, b.pointer, b.isSplat, c.pointer, c.isSplat, count)
    return [result]
  }
}

/// a · b + c, element by element, with promotion and broadcasting; of `float32` and `float64` rounded once, unlike `a * b + c`.
public func multiplyAdd(_ a: Tensor, _ b: Tensor, _ c: Tensor) -> Tensor {
  let operands = promoteAndBroadcast("multiplyAdd", [a, b, c])
  // Integers wrap, so that it makes no difference for them.
  guard operands[0].dtype.isFloating else { return operands[0] * operands[1] + operands[2] }
  return Primitive.multiplyAdd(MultiplyAdd())(operands)[0]
}
