import Foundation

/// A traced program: a list of equations over typed values, in an order in which each value is computed before it is used.
///
/// A graph has no effects and no captured state but its constants. It is immutable; passes make new ones.
public final class Graph: Sendable {
  /// The number by which equations refer to a value: an index into `types`.
  public typealias ValueID = Int

  /// One operation: the values it reads, the values it defines, and where in the modules it was recorded.
  public struct Equation: Sendable {
    /// The operation.
    public var primitive: Primitive
    /// The values it reads.
    public var operands: [ValueID]
    /// The values it defines.
    public var results: [ValueID]
    /// The modules it was recorded in, outermost first, such as `sequential.layers[3].dense`; nil outside of any.
    public var path: String?

    /// An operation on values.
    public init(_ primitive: Primitive, _ operands: [ValueID], _ results: [ValueID], path: String? = nil) {
      self.primitive = primitive
      self.operands = operands
      self.results = results
      self.path = path
    }
  }

  /// A value known before the program runs.
  public struct Constant: Sendable {
    /// The value it defines.
    public var id: ValueID
    /// Its elements; never a tracer.
    public var tensor: Tensor

    /// A known value.
    public init(id: ValueID, tensor: Tensor) {
      self.id = id
      self.tensor = tensor
    }
  }

  /// What printed graphs call it.
  public let name: String
  /// The type of every value.
  public let types: [TensorType]
  /// The values that the caller gives, in order.
  public let inputs: [ValueID]
  /// The values that are known.
  public let constants: [Constant]
  /// The operations, in order.
  public let equations: [Equation]
  /// The values that the caller gets, in order; a value may appear more than once, and may be an input or a constant.
  public let outputs: [ValueID]

  /// What transformations have derived from this graph, kept so that it is derived once.
  package let derived = DerivedCache()

  /// A graph of these parts.
  public init(
    name: String, types: [TensorType], inputs: [ValueID], constants: [Constant], equations: [Equation],
    outputs: [ValueID]
  ) {
    self.name = name
    self.types = types
    self.inputs = inputs
    self.constants = constants
    self.equations = equations
    self.outputs = outputs
  }

  /// The types of the inputs.
  public var inputTypes: [TensorType] { inputs.map { types[$0] } }
  /// The types of the outputs.
  public var outputTypes: [TensorType] { outputs.map { types[$0] } }

  /// Performs the program's operations one by one on tensors, which may be tracers: how a transformation looks into a graph.
  public func perform(_ operands: [Tensor]) -> [Tensor] {
    precondition(operands.count == inputs.count, "\(name) takes \(inputs.count) inputs, not \(operands.count)")
    var values = [Tensor?](repeating: nil, count: types.count)
    for (id, operand) in zip(inputs, operands) { values[id] = operand }
    for constant in constants { values[constant.id] = constant.tensor }
    for equation in equations {
      let results = equation.inItsPlace { equation.primitive(equation.operands.map { values[$0]! }) }
      for (id, result) in zip(equation.results, results) { values[id] = result }
    }
    return outputs.map { values[$0]! }
  }

  /// The same program with only the outputs that `keep` marks, and without what only the others needed.
  public func keepingOutputs(_ keep: [Bool]) -> Graph {
    if keep.allSatisfy({ $0 }) { return self }
    return Graph(
      name: name, types: types, inputs: inputs, constants: constants, equations: equations,
      outputs: zip(outputs, keep).filter(\.1).map(\.0)
    ).withoutDeadCode()
  }

  /// The same program without the equations and constants that no output depends on.
  public func withoutDeadCode() -> Graph {
    var needed = [Bool](repeating: false, count: types.count)
    for output in outputs { needed[output] = true }
    var isKept = [Bool](repeating: true, count: equations.count)
    for index in equations.indices.reversed() {
      isKept[index] = equations[index].results.contains { needed[$0] }
      if isKept[index] { for operand in equations[index].operands { needed[operand] = true } }
    }
    let keepsAll = isKept.allSatisfy { $0 }
    if keepsAll && constants.allSatisfy({ needed[$0.id] }) { return self }
    return Graph(
      name: name, types: types, inputs: inputs, constants: constants.filter { needed[$0.id] },
      equations: keepsAll ? equations : zip(equations, isKept).filter(\.1).map(\.0), outputs: outputs)
  }
}

extension Graph: Hashable {
  /// Whether both are the same object.
  public static func == (a: Graph, b: Graph) -> Bool { a === b }
  /// Hashes the identity.
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// Values by key, made once each; safe to use from several threads.
package final class DerivedCache: @unchecked Sendable {  // the lock guards the dictionary
  private let lock = NSRecursiveLock()
  private var values: [AnyHashable: Any] = [:]

  /// The value for a key, made on first use.
  package func value<Key: Hashable, Value>(for key: Key, _ make: () -> Value) -> Value {
    lock.lock()
    defer { lock.unlock() }
    if let value = values[AnyHashable(key)] as? Value { return value }
    let value = make()
    values[AnyHashable(key)] = value
    return value
  }
}
