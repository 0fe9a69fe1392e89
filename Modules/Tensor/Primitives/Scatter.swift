import CKernels

/// An operand with windows combined with it: where they go the index vectors in the second operand say, of integers; the
/// windows themselves are the third.
///
/// Windows that fall on one another are combined one after the other, in their order; of those that replace, the last one
/// stays. Sums and products of `float16` and `bfloat16` are made in `float32`.
public struct Scatter: Hashable, Sendable {
  /// How an element of a window is combined with the one in its place.
  public enum Operation: UInt32, Hashable, Sendable, CaseIterable {
    // The order is that of `jn_scatter_op` in the kernels.
    case set, add, multiply, minimum, maximum
  }

  /// How elements are combined.
  public var operation: Operation
  /// How windows relate to index vectors.
  public var dimensions: GatherDimensions
  /// What an index outside means.
  public var mode: GatherScatterMode
  /// Whether the program promises that no two windows overlap: derivatives are then simpler. Wrong derivatives follow if they do.
  public var hasUniqueIndices: Bool

  /// A combination with windows.
  public init(
    _ operation: Operation, _ dimensions: GatherDimensions, mode: GatherScatterMode, hasUniqueIndices: Bool = false
  ) {
    self.operation = operation
    self.dimensions = dimensions
    self.mode = mode
    self.hasUniqueIndices = hasUniqueIndices
  }
}

extension Scatter: PrimitiveFamily {
  package var name: String { "scatter" + "\(operation)".prefix(1).uppercased() + "\(operation)".dropFirst() }
  package var attributes: [(name: String, value: String)] {
    dimensions.attributes + [("mode", "\(mode)")] + (hasUniqueIndices ? [("uniqueIndices", "true")] : [])
  }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(3, operands)
    let (operand, indices, updates) = (operands[0], operands[1], operands[2])
    try require(operand.dtype == updates.dtype, operands, "the windows must have the operand's element type")
    try requireDimensions(dimensions, operands)
    let rank = indices.rank - 1 + dimensions.offsetDims.count
    try require(updates.rank == rank, operands, "the windows must have \(rank) dimensions, not \(updates.rank)")
    let batchShape = dimensions.batchDims(rank: rank).map { updates.shape[$0] }
    try require(
      batchShape == Array(indices.shape.dropLast()), operands,
      "the windows are \(batchShape), the index vectors \(indices.shape.dropLast())")
    for (i, dimension) in zip(dimensions.offsetDims, dimensions.windowDims(rank: operand.rank)) {
      try require(
        updates.shape[i] <= operand.shape[dimension], operands,
        "a window of size \(updates.shape[i]) does not fit into dimension \(dimension) of size \(operand.shape[dimension])"
      )
    }
    return [operand]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let type = results[0]
    // An operand without room for a window has none inside.
    if type.elementCount == 0 { return [operands[0]] }
    let isHalf = operation != .set && (type.dtype == .float16 || type.dtype == .bfloat16)
    let computed = isHalf ? DType.float32 : type.dtype
    let (indices, updates) = (operands[1].dense, operands[2].converted(to: computed).dense)
    let result = ConcreteValue(uninitialized: type.with(dtype: computed))
    let strides = type.shape.rowMajorStrides
    operands[0].converted(to: computed).copy(shape: type.shape, strides: strides, to: result, targetStrides: strides)
    let sliceSizes = dimensions.sliceSizes(operand: type.shape, windows: updates.type.shape)
    let windows = WindowLayout(
      dimensions, operand: type.shape, windows: updates.type.shape, indices: indices.type.shape, sliceSizes: sliceSizes)
    jn_scatter(
      jn_scatter_op(rawValue: operation.rawValue), computed.kernelType, result.pointer, updates.pointer, mode == .clip,
      indices.type.dtype.kernelType, indices.pointer, windows.components.count, windows.components,
      windows.batch.count, windows.batch, windows.window.count, windows.window)
    withExtendedLifetime((indices, updates)) {}
    return [result.converted(to: type.dtype)]
  }
}
