/// A combination of the examples of an enclosing `vmap`, which is known by the name of its axis.
///
/// Only inside of that `vmap` has it a value, so that evaluating it is an error.
public struct Collective: Hashable, Sendable {
  /// How the examples are combined.
  public enum Operation: Hashable, Sendable, CaseIterable {
    /// The sum of all examples' values.
    case sum
    /// All examples' values along a new first axis.
    case gather
    /// The number of the example, an `int32` scalar, of no operands.
    case index
  }

  /// How the examples are combined.
  public var operation: Operation
  /// The name of the axis of examples.
  public var axisName: String
  /// The number of examples.
  public var size: Int

  /// A combination of the examples along a named axis.
  public init(_ operation: Operation, _ axisName: String, size: Int) {
    self.operation = operation
    self.axisName = axisName
    self.size = size
  }
}

extension Collective: PrimitiveFamily {
  package var name: String {
    switch operation {
    case .sum: "psum"
    case .gather: "allGather"
    case .index: "axisIndex"
    }
  }
  package var attributes: [(name: String, value: String)] { [("axisName", axisName), ("size", "\(size)")] }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(operation == .index ? 0 : 1, operands)
    switch operation {
    case .sum:
      try require(operands[0].dtype != .bool, operands, "needs numbers")
      return [operands[0].strong]
    case .gather: return [operands[0].strong.with(shape: [size] + operands[0].shape)]
    case .index: return [TensorType(.int32)]
    }
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    fail(
      name, operands.map(\.type), "there is no vmap whose axis is named \"\(axisName)\" around",
      hint: "name the axis: vmap(f, axisName: \"\(axisName)\")")
  }
}
