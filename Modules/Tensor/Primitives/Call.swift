/// A call of a traced function: the operands are the inputs of its graph, the results the outputs.
public struct Call: Hashable, Sendable {
  /// The function.
  public var graph: Graph

  /// A call of a graph.
  public init(_ graph: Graph) { self.graph = graph }
}

extension Call: PrimitiveFamily {
  package var name: String { "call" }
  package var attributes: [(name: String, value: String)] { [("graph", graph.name)] }

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
