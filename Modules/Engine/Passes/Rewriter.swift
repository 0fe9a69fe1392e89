import Tensor

/// A graph made anew from another one, equation by equation: what passes are written with.
struct Rewriter {
  var builder = GraphBuilder()
  /// The new value of each old one.
  private(set) var renamed = ValueTable<Graph.ValueID>()
  /// For each new value, the equation that defines it.
  private var definitions = ValueTable<Int>()
  private var constants = ValueTable<Tensor>()
  private var numbers: [Number: Graph.ValueID] = [:]
  /// The equation at hand, in terms of old values.
  private(set) var currentEquation: Graph.Equation?

  /// The same program with each equation replaced by what `rule` makes of it: the new values of its results, or nil to keep it.
  /// Its inputs, and constants whose elements are all the same, are of the types that `given` answers for the old values.
  static func rewrite(
    _ graph: Graph, given: ((Graph.ValueID) -> TensorType)? = nil,
    _ rule: (inout Rewriter, Graph.Equation) -> [Graph.ValueID]?
  ) -> Graph {
    var rewriter = Rewriter()
    func type(_ id: Graph.ValueID) -> TensorType { given?(id) ?? graph.types[id] }
    for id in graph.inputs { rewriter.renamed[id] = rewriter.builder.addInput(type(id).strong) }
    for constant in graph.constants {
      let tensor = constant.tensor.concrete?.splat(ofType: type(constant.id)) ?? constant.tensor
      rewriter.renamed[constant.id] = rewriter.constant(tensor)
    }
    for equation in graph.equations { rewriter.copy(equation, rule) }
    return rewriter.builder.graph(name: graph.name, outputs: graph.outputs.map { rewriter.renamed[$0]! })
  }

  /// Adds what `rule` makes of an equation of the old graph.
  mutating func copy(_ equation: Graph.Equation, _ rule: (inout Rewriter, Graph.Equation) -> [Graph.ValueID]?) {
    currentEquation = equation
    let moved = Graph.Equation(equation.primitive, equation.operands.map { renamed[$0]! }, [], path: equation.path)
    let results = rule(&self, moved) ?? add(moved.primitive, moved.operands)
    for (old, new) in zip(equation.results, results) { renamed[old] = new }
  }

  /// Adds the equations of a whole graph, with these inputs; its outputs' values.
  mutating func inline(
    _ graph: Graph, _ inputs: [Graph.ValueID], _ rule: (inout Rewriter, Graph.Equation) -> [Graph.ValueID]?
  ) -> [Graph.ValueID] {
    let outer = renamed
    renamed = ValueTable()
    for (old, new) in zip(graph.inputs, inputs) { renamed[old] = new }
    for constant in graph.constants { renamed[constant.id] = self.constant(constant.tensor) }
    for equation in graph.equations { copy(equation, rule) }
    let outputs = graph.outputs.map { renamed[$0]! }
    renamed = outer
    return outputs
  }

  mutating func add(_ primitive: Primitive, _ operands: [Graph.ValueID]) -> [Graph.ValueID] {
    let results = builder.add(primitive, operands, path: currentEquation?.path)
    for id in results { definitions[id] = builder.equations.count - 1 }
    return results
  }

  mutating func constant(_ tensor: Tensor) -> Graph.ValueID {
    // Equal numbers are one value, wherever they were written down.
    let number = tensor.concrete.flatMap(Number.init)
    if let number, let id = numbers[number] { return id }
    let id = builder.addConstant(tensor)
    constants[id] = tensor
    if let number { numbers[number] = id }
    return id
  }

  /// A constant whose elements are all the same.
  private struct Number: Hashable {
    var type: TensorType
    var bits: [UInt8]

    init?(_ value: ConcreteValue) {
      guard value.isSplat || value.type.elementCount == 1 else { return nil }
      type = value.type
      bits = Array(UnsafeRawBufferPointer(start: value.pointer, count: value.type.dtype.itemSize))
      withExtendedLifetime(value) {}
    }
  }

  func type(_ id: Graph.ValueID) -> TensorType { builder.types[id] }

  /// The elements of a constant.
  func known(_ id: Graph.ValueID) -> ConcreteValue? { constants[id]?.concrete }

  /// The equation that defines a value.
  func definition(_ id: Graph.ValueID) -> Graph.Equation? { definitions[id].map { builder.equations[$0] } }

  /// The one number that all elements of a floating-point or integer constant are.
  func uniform(_ id: Graph.ValueID) -> Double? {
    guard let value = known(id), value.isSplat || value.type.elementCount == 1 else { return nil }
    return value.firstElement
  }
}

extension ConcreteValue {
  /// A tensor of this type with the one element that all elements are, if they are the same.
  func splat(ofType type: TensorType) -> Tensor? {
    isSplat ? Tensor(ConcreteValue(type, storage, isSplat: type.elementCount != 1)) : nil
  }
}
