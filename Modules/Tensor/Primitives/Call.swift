/// A call of a traced function: the operands are the inputs of its graph, the results the outputs.
public struct Call: Hashable, Sendable {
  /// The function.
  public var graph: Graph
  /// Whether reverse mode computes the function's intermediate values again instead of keeping them.
  public var recomputes: Bool

  /// A call of a graph.
  public init(_ graph: Graph, recomputes: Bool = false) {
    self.graph = graph
    self.recomputes = recomputes
  }
}

extension Call: PrimitiveFamily {
  package var name: String { "call" }
  package var attributes: [(name: String, value: String)] {
    [("graph", graph.name)] + (recomputes ? [("recomputes", "true")] : [])
  }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try require(
      operands.map(\.strong) == graph.inputTypes.map(\.strong), operands,
      "\(graph.name) was traced for \(graph.inputTypes)")
    return graph.outputTypes
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    graph.evaluate(operands)
  }
}

/// A call of a function that brings its own derivative.
public struct CustomDerivative: Hashable, Sendable {
  /// How the function is differentiated, in tensors one after the other.
  public enum Rule: Sendable {
    /// From primal inputs and their tangents (nil for zero): the tangents of the outputs, nil for zero.
    case jvp(@Sendable (_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]))
    /// From primal inputs: the outputs and what the backward pass needs; and from that and the cotangents of the outputs
    /// (nil for zero), the cotangents of the inputs, nil for zero.
    case vjp(
      forward: @Sendable (_ primals: [Tensor]) -> (outputs: [Tensor], residuals: [Tensor]),
      backward: @Sendable (_ residuals: [Tensor], _ cotangents: [Tensor?]) -> [Tensor?])
  }

  /// The function.
  public var graph: Graph
  /// Its derivative.
  public var rule: Rule

  /// A function with its derivative.
  public init(_ graph: Graph, _ rule: Rule) {
    self.graph = graph
    self.rule = rule
  }

  /// Whether both call the same graph; a graph has one derivative.
  public static func == (a: CustomDerivative, b: CustomDerivative) -> Bool { a.graph == b.graph }
  /// Hashes the graph.
  public func hash(into hasher: inout Hasher) { hasher.combine(graph) }
}

extension CustomDerivative: PrimitiveFamily {
  package var name: String { "customDerivative" }
  package var attributes: [(name: String, value: String)] { [("graph", graph.name)] }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try Call(graph).resultTypes(of: operands)
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    graph.evaluate(operands)
  }
}

/// A linear function known by its transpose alone: how a custom backward pass takes part in reverse mode.
///
/// The operands are residuals, then tangents of the inputs; the results are tangents of the outputs, which are never
/// computed: only the transpose is.
public struct CustomLinear: Hashable, Sendable {
  /// From residuals and cotangents of the outputs (nil for zero) to cotangents of the inputs, nil for zero.
  public typealias Backward = @Sendable (_ residuals: [Tensor], _ cotangents: [Tensor?]) -> [Tensor?]

  /// What printed graphs call the function.
  public var functionName: String
  /// How many of the operands are residuals.
  public var residualCount: Int
  /// The types of the results.
  public var outputTypes: [TensorType]
  /// The transpose.
  public var backward: Backward
  private let identity = Identity()

  /// A linear function with this transpose.
  public init(
    functionName: String, residualCount: Int, outputTypes: [TensorType], backward: @escaping Backward
  ) {
    self.functionName = functionName
    self.residualCount = residualCount
    self.outputTypes = outputTypes
    self.backward = backward
  }

  private final class Identity: Sendable {}

  /// Whether both are the same use of the same function.
  public static func == (a: CustomLinear, b: CustomLinear) -> Bool { a.identity === b.identity }
  /// Hashes the identity.
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(identity)) }
}

extension CustomLinear: PrimitiveFamily {
  package var name: String { "customLinear" }
  package var attributes: [(name: String, value: String)] { [("function", functionName)] }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] { outputTypes }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] { forwardModeError() }

  /// Stops the program: a function with a custom backward pass was differentiated forward.
  package func forwardModeError() -> Never {
    fail(
      functionName, outputTypes, "has a custom backward pass only, so that forward mode cannot differentiate it",
      hint: "give it a customJVP instead, from which reverse mode follows")
  }
}
