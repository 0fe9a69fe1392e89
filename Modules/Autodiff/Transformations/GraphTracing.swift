import Tensor

/// Records every operation in a graph, on types alone.
final class GraphTrace: Trace {
  private(set) var builder = GraphBuilder()
  private(set) var captured: [Tensor] = []
  private var capturedIDs: [ObjectIdentifier: Graph.ValueID] = [:]
  private let transformation: String

  init(_ transformation: String) { self.transformation = transformation }

  override var name: String { transformation }

  func input(_ type: TensorType) -> Tensor { Tensor(GraphTracer(type, id: builder.addInput(type), self)) }

  /// The value by which the graph knows a tensor: its own tracer, a constant, or a value captured from an enclosing trace.
  func id(_ tensor: Tensor) -> Graph.ValueID {
    guard let tracer = tensor.tracer else { return builder.addConstant(tensor) }
    if tracer.trace === self { return unsafeDowncast(tracer, to: GraphTracer.self).id }
    if !tracer.trace.isActive {
      fail(
        transformation, [tensor.type],
        "the function uses a value traced by \(tracer.trace.name), whose function has already returned",
        hint: "return the value from the traced function instead of storing it outside")
    }
    if let id = capturedIDs[tensor.identity] { return id }
    let id = builder.newValue(tensor.type)
    captured.append(tensor)
    capturedIDs[tensor.identity] = id
    return id
  }

  override func process(_ primitive: Primitive, _ operands: [Tensor]) -> [Tensor] {
    let results = builder.add(primitive, operands.map(id))
    return results.map { Tensor(GraphTracer(builder.types[$0], id: $0, self)) }
  }

  /// The graph with these outputs; the captured values are its last inputs.
  func graph(name: String, outputs: [Tensor]) -> Graph {
    let ids = outputs.map(id)
    let graph = builder.graph(name: name, outputs: ids)
    return Graph(
      name: name, types: graph.types, inputs: graph.inputs + captured.map { capturedIDs[$0.identity]! },
      constants: graph.constants, equations: graph.equations, outputs: graph.outputs)
  }
}

extension Graph {
  /// The graph of a function on tensors of these types, and the values from enclosing traces that it uses: those are the graph's
  /// inputs after the declared ones.
  package static func trace(
    name: String, _ types: [TensorType], transformation: String = "jit", _ body: ([Tensor]) -> [Tensor]
  ) -> (graph: Graph, captured: [Tensor]) {
    let trace = GraphTrace(transformation)
    let outputs = Trace.with(trace) { body(types.map(trace.input)) }
    let graph = trace.graph(name: name, outputs: outputs)
    trace.finish()
    return (graph, trace.captured)
  }

  /// The graph of a function of these types that is known to capture nothing.
  static func closed(name: String, _ types: [TensorType], _ body: ([Tensor]) -> [Tensor]) -> Graph {
    let (graph, captured) = trace(name: name, types, body)
    precondition(captured.isEmpty, "\(name) captured a tracer")
    return graph
  }
}
