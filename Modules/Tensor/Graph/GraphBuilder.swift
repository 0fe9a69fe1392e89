/// A graph in the making.
public struct GraphBuilder {
  /// The type of every value so far.
  public private(set) var types: [TensorType] = []
  /// The inputs so far.
  public private(set) var inputs: [Graph.ValueID] = []
  /// The equations so far.
  public private(set) var equations: [Graph.Equation] = []
  private var constants: [Graph.Constant] = []
  private var constantIDs: [ObjectIdentifier: Graph.ValueID] = [:]

  /// An empty graph.
  public init() {}

  /// A new value of this type.
  public mutating func newValue(_ type: TensorType) -> Graph.ValueID {
    types.append(type)
    return types.count - 1
  }

  /// A new input of this type.
  public mutating func addInput(_ type: TensorType) -> Graph.ValueID {
    let id = newValue(type)
    inputs.append(id)
    return id
  }

  /// A value for a tensor that is known; one value for each tensor object.
  public mutating func addConstant(_ tensor: Tensor) -> Graph.ValueID {
    precondition(tensor.tracer == nil, "a tracer cannot be a constant of a graph")
    if let id = constantIDs[tensor.identity] { return id }
    let id = newValue(tensor.type)
    constants.append(Graph.Constant(id: id, tensor: tensor))
    constantIDs[tensor.identity] = id
    return id
  }

  /// Adds an operation, whose results have the types given or those that the shape rule answers. Its place in the
  /// modules is the one where the program is, if no other is given.
  public mutating func add(
    _ primitive: Primitive, _ operands: [Graph.ValueID], resultTypes: [TensorType]? = nil,
    path: String? = ModulePath.current
  ) -> [Graph.ValueID] {
    let results =
      resultTypes ?? orFail { () throws(TensorError) in try primitive.resultTypes(of: operands.map { types[$0] }) }
    let ids = results.map { newValue($0) }
    equations.append(Graph.Equation(primitive, operands, ids, path: path))
    return ids
  }

  /// The graph with these outputs, without what they do not need.
  public func graph(name: String, outputs: [Graph.ValueID]) -> Graph {
    Graph(
      name: name, types: types, inputs: inputs, constants: constants, equations: equations, outputs: outputs
    ).withoutDeadCode()
  }
}
