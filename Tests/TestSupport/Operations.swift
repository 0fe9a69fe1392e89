import Tensor

/// A golden case together with the function of this library that it is a case of.
public struct OperationCase: Sendable, CustomStringConvertible {
  /// The reference values.
  public let golden: GoldenCase
  /// The topic of the reference values.
  public let topic: String
  /// The function, of the operands `in0`, `in1`, …
  public let function: @Sendable ([Tensor]) -> [Tensor]

  /// The case's name.
  public var description: String { golden.description }
  /// The operands, floats in float64: the type in which the references were computed.
  public var operands: [Tensor] { golden.numbered("in").map { $0.dtype.isFloating ? $0.asType(.float64) : $0 } }
  /// The same, floats in float32.
  public var float32Operands: [Tensor] { operands.map { $0.dtype.isFloating ? $0.asType(.float32) : $0 } }
  /// Which operands have a derivative.
  public var isDifferentiable: [Bool] { operands.indices.map { golden.has("grad\($0)") } }
  /// Whether the results are those of the operands' own element types, to be compared bit by bit.
  public var isExact: Bool { !golden.parts.contains { $0.hasSuffix("_f32") } }
}

/// The rows of a topic: its cases whose functions are in its table, by their names or the longest part before a full stop.
public func operationCases(_ topic: String) -> [OperationCase] {
  let golden = Golden(topic)
  guard let table = operationTables[topic] else { return [] }
  return golden.caseNames.compactMap { name in
    guard let part = deciding(name, topic), let make = table[part] else { return nil }
    let row = golden(name)
    return OperationCase(golden: row, topic: topic, function: make(row))
  }
}

/// The topics whose cases are rows.
public let operationTopics = [
  "elementwise", "reductions", "dot", "shapes", "indexing", "sorting", "convolution", "windows", "activations",
  "functions", "linalg", "fft",
]

/// What is wrong with the rows of a topic: cases that are neither in its table nor named as missing, and names of no case.
public func problemsOfRows(_ topic: String) -> [String] {
  let (table, missing) = (operationTables[topic] ?? [:], missingOperations[topic] ?? [])
  let names = Golden(topic).caseNames
  let known = Set(names.flatMap(parts))
  return names.filter { deciding($0, topic) == nil }.map { "\($0) has no row" }
    + missing.filter { !known.contains($0) }.map { "\($0), named as missing, is no case" }
    + missing.filter { table[$0] != nil }.map { "\($0), named as missing, has a row" }
    + table.keys.filter { !known.contains($0) }.map { "the row \($0) has no case" }
}

/// The name of a case and its parts before full stops, the longest first.
private func parts(_ name: String) -> [String] {
  [name] + name.indices.filter { name[$0] == "." }.reversed().map { String(name[..<$0]) }
}

/// The longest part of a case's name that is in the table of its topic, is named as missing, or has a test of its own.
private func deciding(_ name: String, _ topic: String) -> String? {
  parts(name).first { part in
    operationTables[topic]?[part] != nil || missingOperations[topic]?.contains(part) == true
      || casesWithTestsOfTheirOwn[topic]?.contains(part) == true
  }
}

typealias Maker = @Sendable (GoldenCase) -> @Sendable ([Tensor]) -> [Tensor]

func unary(_ function: @escaping @Sendable (Tensor) -> Tensor) -> Maker { { _ in { [function($0[0])] } } }
func binary(_ function: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> Maker {
  { _ in { [function($0[0], $0[1])] } }
}
func ternary(_ function: @escaping @Sendable (Tensor, Tensor, Tensor) -> Tensor) -> Maker {
  { _ in { [function($0[0], $0[1], $0[2])] } }
}
func many(_ function: @escaping @Sendable (GoldenCase, [Tensor]) -> Tensor) -> Maker {
  { row in { [function(row, $0)] } }
}
/// The functions of each topic, by the names of its cases or their first parts.
private let operationTables: [String: [String: Maker]] = [
  "elementwise": elementwiseTable, "reductions": reductionTable, "dot": dotTable, "shapes": shapeTable,
  "convolution": convolutionTable, "windows": windowTable, "indexing": indexingTable, "sorting": sortingTable,
  "linalg": linearAlgebraTable, "fft": fourierTable,
  "activations": activationTable, "functions": functionTable, "corners": cornerTable,
]
