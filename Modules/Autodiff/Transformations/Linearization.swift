import Tensor

/// Records the operations on values that depend on tangents, which are linear in them; performs all others at once.
final class LinearTrace: Trace {
  private var builder = GraphBuilder()
  private var residuals: [Tensor] = []
  private var residualIDs: [ObjectIdentifier: Graph.ValueID] = [:]
  private var tangentCount = 0

  override var name: String { "grad or another reverse-mode derivative" }

  /// A tracer for the tangent of a value of this type.
  func tangent(_ type: TensorType) -> Tensor {
    tangentCount += 1
    return Tensor(GraphTracer(type, id: builder.addInput(type), self))
  }

  private func id(_ tensor: Tensor) -> Graph.ValueID? {
    guard let tracer = tensor.tracer, tracer.trace === self else { return nil }
    return unsafeDowncast(tracer, to: GraphTracer.self).id
  }

  /// The value by which the graph knows a tensor that it does not compute: an input of its own.
  private func residual(_ tensor: Tensor) -> Graph.ValueID {
    if let id = residualIDs[tensor.identity] { return id }
    let id = builder.newValue(tensor.type)
    residuals.append(tensor)
    residualIDs[tensor.identity] = id
    return id
  }

  override func process(_ primitive: Primitive, _ operands: [Tensor]) -> [Tensor] {
    let ids = operands.map(id)
    if ids.allSatisfy({ $0 == nil }) { return Trace.with(parent) { primitive(operands) } }
    let results = builder.add(primitive, zip(ids, operands).map { $0 ?? residual($1) })
    return results.map { Tensor(GraphTracer(builder.types[$0], id: $0, self)) }
  }

  /// The function from tangents of inputs to tangents of outputs, nil for an output that does not change.
  func linearFunction(_ outputs: [Tensor?]) -> LinearFunction {
    let ids = outputs.map { $0.flatMap(id) }
    let graph = Graph(
      name: "linear", types: builder.types, inputs: residuals.map { residualIDs[$0.identity]! } + builder.inputs,
      constants: [], equations: builder.equations, outputs: ids.compactMap { $0 })
    return LinearFunction(
      graph: graph.withoutDeadCode(), residuals: residuals, tangentCount: tangentCount, depends: ids.map { $0 != nil })
  }
}

/// A tracer that stands for a value of a graph in the making.
final class GraphTracer: Tracer, @unchecked Sendable {
  let id: Graph.ValueID

  init(_ type: TensorType, id: Graph.ValueID, _ trace: Trace) {
    self.id = id
    super.init(type, trace)
  }
}

/// The derivative of a function at a point: a linear function, as a graph with the values that it needs.
struct LinearFunction {
  /// From residuals and tangents of the inputs to tangents of those outputs that depend on them.
  var graph: Graph
  /// The values from the function's computation that the graph needs.
  var residuals: [Tensor]
  /// The number of inputs.
  var tangentCount: Int
  /// For each output, whether it depends on the inputs.
  var depends: [Bool]

  /// The tangents of the outputs, nil for zero.
  func callAsFunction(_ tangents: [Tensor]) -> [Tensor?] {
    var results = graph.perform(residuals + tangents)[...]
    return depends.map { $0 ? results.removeFirst() : nil }
  }

  /// The cotangents of the inputs, nil for zero, given those of the outputs.
  func transposed(_ cotangents: [Tensor?]) -> [Tensor?] {
    let needed = zip(depends, cotangents).filter(\.0).map(\.1)
    let operands = residuals.map { LinearOperand.known($0) } + graph.inputTypes.suffix(tangentCount).map { .linear($0) }
    return Array(transpose(graph, operands, needed).suffix(tangentCount))
  }
}

/// The results of a function at `primals`, and its derivative there.
///
/// The function is run once, on values; what is linear in the inputs' changes is recorded for later.
///
/// - Parameter differentiatedCount: of how many results, the first ones, the derivative is asked for; of all by default.
func linearize(
  _ function: ([Tensor]) -> [Tensor], _ primals: [Tensor], differentiatedCount: Int? = nil
) -> (outputs: [Tensor], linear: LinearFunction) {
  linearize(
    function, primals, depending: primals.map(\.dtype.isFloating), differentiatedCount: differentiatedCount)
}

/// As `linearize`, with regard to some of the inputs only, of which tangents are asked.
func linearize(
  _ function: ([Tensor]) -> [Tensor], _ primals: [Tensor], depending: [Bool], differentiatedCount: Int? = nil
) -> (outputs: [Tensor], linear: LinearFunction) {
  let linear = LinearTrace()
  let trace = JVPTrace(rulesUnder: linear)
  let duals = zip(primals, depending).map { primal, depends in
    trace.dual(primal, depends ? linear.tangent(primal.type) : nil)
  }
  let outputs = Trace.with(trace) { function(duals) }.map(trace.parts)
  trace.finish()
  linear.finish()
  let differentiated = outputs.prefix(differentiatedCount ?? outputs.count)
  return (outputs.map(\.primal), linear.linearFunction(differentiated.map(\.tangent)))
}

extension Graph {
  /// The first operation that is not linear in what depends on some inputs, nil if there is none.
  func firstNonlinear(from inputs: some Sequence<ValueID>) -> Primitive? {
    var depends = [Bool](repeating: false, count: types.count)
    for input in inputs { depends[input] = true }
    for equation in equations {
      let linear = equation.operands.map { depends[$0] }
      if !linear.contains(true) { continue }
      if !equation.primitive.isLinear(in: linear) { return equation.primitive }
      for result in equation.results { depends[result] = true }
    }
    return nil
  }
}

extension Primitive {
  /// Whether the operation is linear in the marked operands together, so that it has a transpose.
  fileprivate func isLinear(in marks: [Bool]) -> Bool {
    switch self {
    case .unary(let function): function == .negate
    case .binary(.add), .binary(.subtract): marks == [true, true]
    case .binary(.multiply), .dot: marks != [true, true]
    case .binary(.divide): marks == [true, false]
    case .binary: false
    case .triangularSolve: !marks[0]
    case .linearSolve: !marks[0]
    case .multiplyAdd: marks[0] != marks[1] && marks[2]
    case .select: !marks[0]
    case .reduce(let reduce): reduce.operation == .sum
    case .cumulative(let cumulative): cumulative.operation == .sum
    case .call(let call):
      call.graph.firstNonlinear(from: zip(call.graph.inputs, marks).filter(\.1).map(\.0)) == nil
    default: linearFamily != nil
    }
  }
}
