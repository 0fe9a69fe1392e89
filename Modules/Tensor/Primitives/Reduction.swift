import CKernels

/// A combination of the elements along some dimensions, which disappear.
///
/// Over no elements: 0, 1, the lowest value, the highest, true, false. Sums of `float16` and `bfloat16` are made in `float32`.
public struct Reduce: Hashable, Sendable {
  /// How elements are combined.
  public enum Operation: UInt32, Hashable, Sendable, CaseIterable {
    // The order is that of `jn_reduce_op` in the kernels.
    case sum, product, maximum, minimum, and, or
  }

  /// How elements are combined.
  public var operation: Operation
  /// The dimensions that disappear, in increasing order.
  public var axes: [Int]

  /// A reduction over dimensions.
  public init(_ operation: Operation, axes: [Int]) {
    self.operation = operation
    self.axes = axes.sorted()
  }
}

extension Reduce: PrimitiveFamily {
  package var name: String { "reduce" + "\(operation)".prefix(1).uppercased() + "\(operation)".dropFirst() }
  package var attributes: [(name: String, value: String)] { [("axes", "\(axes)")] }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(1, operands)
    try requireAxes(axes, operands)
    if operation == .and || operation == .or {
      try require(!operands[0].dtype.isFloating, operands, "needs an integer or bool operand")
    }
    let kept = operands[0].shape.indices.filter { !axes.contains($0) }
    return [operands[0].with(shape: kept.map { operands[0].shape[$0] })]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    if axes.isEmpty { return operands }
    let (operand, outer, size, inner) = operands[0].dense.groupedForReduction(axes)
    let result = ConcreteValue(uninitialized: results[0])
    jn_reduce(
      jn_reduce_op(rawValue: operation.rawValue), results[0].dtype.kernelType, result.pointer, operand.pointer, outer,
      size,
      inner)
    return [result]
  }
}

extension ConcreteValue {
  /// The elements as an array outer × size × inner whose middle dimension holds `axes`, which are in increasing order:
  /// itself where the axes are neighbours, otherwise with the reduced dimensions moved to the end.
  fileprivate func groupedForReduction(_ axes: [Int]) -> (ConcreteValue, outer: Int, size: Int, inner: Int) {
    let shape = type.shape
    // Dimensions of size 1 between the axes do not separate them.
    let between = (axes[0]...axes[axes.count - 1]).filter { !axes.contains($0) }
    if between.allSatisfy({ shape[$0] == 1 }) {
      let size = axes.map { shape[$0] }.product
      return (self, Array(shape[..<axes[0]]).product, size, Array(shape[(axes[axes.count - 1] + 1)...]).product)
    }
    let kept = shape.indices.filter { !axes.contains($0) }
    let permutation = kept + axes
    let moved = Transpose(permutation)
    let value = moved.evaluate([self], [type.with(shape: permutation.map { shape[$0] })])[0]
    return (value, kept.map { shape[$0] }.product, axes.map { shape[$0] }.product, 1)
  }
}

/// The index of the largest or smallest element along a dimension, which disappears; the first of equals, and NaN before all.
public struct ArgReduce: Hashable, Sendable {
  /// Whether the largest is sought, not the smallest.
  public var largest: Bool
  /// The dimension that disappears.
  public var axis: Int
  /// The element type of the result, an integer.
  public var indexType: DType

  /// A search for an extremum along a dimension.
  public init(largest: Bool, axis: Int, indexType: DType = .int32) {
    self.largest = largest
    self.axis = axis
    self.indexType = indexType
  }
}

extension ArgReduce: PrimitiveFamily {
  package var name: String { largest ? "argMax" : "argMin" }
  package var attributes: [(name: String, value: String)] { [("axis", "\(axis)"), ("indexType", "\(indexType)")] }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(1, operands)
    try requireAxes([axis], operands)
    try require(indexType.isInteger, operands, "the index type \(indexType) is not an integer")
    try require(operands[0].shape[axis] > 0, operands, "dimension \(axis) is empty, so it has no extremum")
    var shape = operands[0].shape
    shape.remove(at: axis)
    return [TensorType(indexType, shape)]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let operand = operands[0].dense
    let result = ConcreteValue(uninitialized: results[0])
    let (outer, size, inner) = operand.type.shape.split(around: axis)
    jn_arg_reduce(
      largest, operand.type.dtype.kernelType, indexType.kernelType, result.pointer, operand.pointer, outer, size, inner)
    return [result]
  }
}

/// A running combination along a dimension: element `i` combines the elements `0...i`, or from the end those from `i` on.
public struct Cumulative: Hashable, Sendable {
  /// How elements are combined: a sum, product, maximum or minimum.
  public var operation: Reduce.Operation
  /// The dimension along which it runs.
  public var axis: Int
  /// Whether it runs from the end.
  public var isReversed: Bool

  /// A running combination along a dimension.
  public init(_ operation: Reduce.Operation, axis: Int, isReversed: Bool = false) {
    self.operation = operation
    self.axis = axis
    self.isReversed = isReversed
  }
}

extension Cumulative: PrimitiveFamily {
  package var name: String { "cumulative" + "\(operation)".prefix(1).uppercased() + "\(operation)".dropFirst() }
  package var attributes: [(name: String, value: String)] {
    [("axis", "\(axis)")] + (isReversed ? [("reversed", "true")] : [])
  }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(1, operands)
    try requireAxes([axis], operands)
    try require(operands[0].dtype != .bool, operands, "needs numbers")
    try require(operation != .and && operation != .or, operands, "combines by sum, product, maximum or minimum only")
    return operands
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let operand = operands[0].dense
    let result = ConcreteValue(uninitialized: results[0])
    let (outer, size, inner) = results[0].shape.split(around: axis)
    jn_cumulative(
      jn_reduce_op(rawValue: operation.rawValue), results[0].dtype.kernelType, isReversed, result.pointer,
      operand.pointer, outer, size, inner)
    return [result]
  }
}
