import Tensor

/// Writes a module: the function `main`, and a private one for each graph that it calls, in the order of the first
/// calls.
final class ModuleWriter {
  /// Whether the module is for processors, of whose convolutions XLA computes only those of one order of dimensions
  /// fast.
  let isForProcessors: Bool
  private var functions: [String] = []
  private var names: [ObjectIdentifier: String] = [:]
  private var helpers: [String: String] = [:]
  private var graphs: [String: Graph] = [:]
  private var usedNames: Set<String> = ["main"]
  private var constants: [ObjectIdentifier: [Tensor]] = [:]

  init(isForProcessors: Bool = false) { self.isForProcessors = isForProcessors }

  /// The module of a graph; `header` makes the first line of its main function of the values that it takes and the
  /// types that it answers.
  func module(
    _ graph: Graph, attributes: String,
    header: (_ arguments: [HLOValue], _ results: [HLOType]) -> String
  ) throws(LoweringError) -> String {
    functions.append("")
    functions[0] = try function(of: graph, header)
    let name = Self.symbol(graph.name)
    return "module @\(name) attributes {\(attributes)} {\n\(functions.joined(separator: "\n"))\n}\n"
  }

  /// The name of the private function for a graph.
  func function(for graph: Graph) throws(LoweringError) -> String {
    if let name = names[ObjectIdentifier(graph)] { return name }
    let name = unusedName(graph.name)
    names[ObjectIdentifier(graph)] = name
    let place = functions.count
    functions.append("")
    functions[place] = try function(of: graph) { Self.privateHeader(name, $0, $1) }
    return name
  }

  /// The name of a private function that is no graph's, written once for each key.
  func helper(
    _ key: String, _ name: String, _ types: [HLOType],
    _ body: (FunctionWriter, [HLOValue]) throws(LoweringError) -> [HLOValue]
  ) throws(LoweringError) -> String {
    if let name = helpers[key] { return name }
    let name = unusedName(name)
    helpers[key] = name
    let place = functions.count
    functions.append("")
    let writer = FunctionWriter(self)
    let arguments = types.map(writer.newValue)
    let results = try body(writer, arguments)
    functions[place] = writer.function(Self.privateHeader(name, arguments, results.map(\.type)), returning: results)
    return name
  }

  /// A graph that is not the program's, made once for each key.
  func graph(_ key: String, _ make: () -> Graph) -> Graph {
    if let graph = graphs[key] { return graph }
    let graph = make()
    graphs[key] = graph
    return graph
  }

  /// The constants of a graph, and of the graphs that it calls, that are too large to be written, each once.
  func largeConstants(of graph: Graph) -> [Tensor] {
    if let known = constants[ObjectIdentifier(graph)] { return known }
    var result: [Tensor] = []
    var seen: Set<ObjectIdentifier> = []
    func add(_ tensor: Tensor) { if seen.insert(tensor.identity).inserted { result.append(tensor) } }
    for constant in graph.constants where constant.tensor.isTooLargeForText { add(constant.tensor) }
    for equation in graph.equations {
      for inner in equation.primitive.graphs { largeConstants(of: inner).forEach(add) }
    }
    constants[ObjectIdentifier(graph)] = result
    return result
  }

  private func function(
    of graph: Graph, _ header: ([HLOValue], [HLOType]) -> String
  ) throws(LoweringError) -> String {
    let writer = FunctionWriter(self)
    let inputs = graph.inputTypes.map { writer.newValue(HLOType($0)) }
    let large = largeConstants(of: graph)
    let added = large.map { writer.newValue(HLOType($0.type)) }
    for (tensor, value) in zip(large, added) { writer.arguments[tensor.identity] = value }
    let results = try writer.write(graph, inputs)
    return writer.function(header(inputs + added, results.map(\.type)), returning: results)
  }

  private static func privateHeader(_ name: String, _ arguments: [HLOValue], _ results: [HLOType]) -> String {
    let parameters = arguments.map { "\($0.name): \($0.type.text)" }.joined(separator: ", ")
    return "func.func private @\(name)(\(parameters)) -> (\(results.map(\.text).joined(separator: ", ")))"
  }

  private func unusedName(_ name: String) -> String {
    let symbol = Self.symbol(name)
    var candidate = symbol
    var number = 1
    while !usedNames.insert(candidate).inserted {
      candidate = "\(symbol)_\(number)"
      number += 1
    }
    return candidate
  }

  /// A name as MLIR's symbols are written.
  private static func symbol(_ name: String) -> String {
    let letters = name.unicodeScalars.map { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_")
        ? Character(scalar) : "_"
    }
    guard let first = letters.first else { return "graph" }
    return first.isNumber ? "_" + String(letters) : String(letters)
  }
}

extension Tensor {
  /// Whether it becomes an argument: its elements differ, and are many.
  fileprivate var isTooLargeForText: Bool {
    concrete?.isSplat != true && type.byteCount > ConstantText.mostBytes
  }
}
