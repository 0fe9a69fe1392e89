import Tensor

/// Writes the body of a function in StableHLO's generic form, an operation a line: the form that changes least from
/// version to version.
final class FunctionWriter {
  let module: ModuleWriter
  private var lines: [String] = []
  private var indentation = 2
  private var valueCount = 0
  /// Where the operations at hand come from, as they are written; empty for nowhere.
  private var location = ""
  /// The constants written so far in this region, by their text.
  private var written: [String: HLOValue] = [:]
  /// The values of the constants too large to be written, by the tensors' identities.
  var arguments: [ObjectIdentifier: HLOValue] = [:]

  init(_ module: ModuleWriter) { self.module = module }

  /// A value with a name of its own, for an argument.
  func newValue(_ type: HLOType) -> HLOValue {
    defer { valueCount += 1 }
    return HLOValue(name: "%\(valueCount)", type: type)
  }

  /// A part of an operation with values of its own.
  struct Region {
    fileprivate var lines: [String]
  }

  /// Writes a region whose arguments have these types; `body` answers what it returns.
  func region(
    _ argumentTypes: [HLOType] = [], _ body: ([HLOValue]) throws(LoweringError) -> [HLOValue]
  ) throws(LoweringError) -> Region {
    let (outerLines, outerWritten, outerArguments) = (lines, written, arguments)
    lines = []
    written = [:]
    indentation += 1
    defer {
      (lines, written, arguments) = (outerLines, outerWritten, outerArguments)
      indentation -= 1
    }
    let values = argumentTypes.map(newValue)
    let results = try body(values)
    var text = lines
    let header = values.map { "\($0.name): \($0.type.text)" }.joined(separator: ", ")
    if !values.isEmpty { text.insert(String(repeating: "  ", count: indentation - 1) + "^bb0(\(header)):", at: 0) }
    text.append(line("\"stablehlo.return\"(\(names(results))) : (\(types(results))) -> ()"))
    return Region(lines: text)
  }

  /// Writes an operation and answers its results.
  func operation(
    _ name: String, _ operands: [HLOValue], _ attributes: [HLOAttribute] = [], regions: [Region] = [],
    results: [HLOType]
  ) -> [HLOValue] {
    let id = valueCount
    valueCount += 1
    var text = results.isEmpty ? "" : results.count == 1 ? "%\(id) = " : "%\(id):\(results.count) = "
    text += "\"\(name)\"(\(names(operands)))"
    for (index, region) in regions.enumerated() {
      lines.append(line(index == 0 ? text + " ({" : "}, {"))
      lines += region.lines
    }
    if !regions.isEmpty { text = "})" }
    if !attributes.isEmpty {
      text += " {" + attributes.map { "\($0.name) = \($0.value)" }.joined(separator: ", ") + "}"
    }
    let answered = results.count == 1 ? results[0].text : "(\(results.map(\.text).joined(separator: ", ")))"
    lines.append(line(text + " : (\(types(operands))) -> \(answered)\(location)"))
    return results.indices.map { index in
      HLOValue(name: results.count == 1 ? "%\(id)" : "%\(id)#\(index)", type: results[index])
    }
  }

  /// Writes an operation with one result.
  func operation(
    _ name: String, _ operands: [HLOValue], _ attributes: [HLOAttribute] = [], regions: [Region] = [],
    result: HLOType
  ) -> HLOValue {
    operation(name, operands, attributes, regions: regions, results: [result])[0]
  }

  /// A constant by the text of its elements, written once in a region.
  func constant(_ elements: String, _ type: HLOType) -> HLOValue {
    let text = "dense<\(elements)> : \(type.text)"
    if let value = written[text] { return value }
    let value = operation("stablehlo.constant", [], [HLOAttribute("value", text)], result: type)
    written[text] = value
    return value
  }

  /// The whole function, given its first line.
  func function(_ header: String, returning results: [HLOValue]) -> String {
    let end = results.isEmpty ? "return" : "return \(names(results)) : \(types(results))"
    return (["  \(header) {"] + lines + [line(end), "  }"]).joined(separator: "\n")
  }

  private func line(_ text: String) -> String { String(repeating: "  ", count: indentation) + text }
  private func names(_ values: [HLOValue]) -> String { values.map(\.name).joined(separator: ", ") }
  private func types(_ values: [HLOValue]) -> String { values.map(\.type.text).joined(separator: ", ") }
}

// MARK: Graphs

extension FunctionWriter {
  /// Writes the operations of a graph on its inputs, and answers its outputs.
  func write(_ graph: Graph, _ inputs: [HLOValue]) throws(LoweringError) -> [HLOValue] {
    var values: [Graph.ValueID: HLOValue] = [:]
    for (id, input) in zip(graph.inputs, inputs) { values[id] = input }
    for constant in graph.constants {
      values[constant.id] =
        arguments[constant.tensor.identity]
        ?? self.constant(ConstantText.elements(constant.tensor), HLOType(constant.tensor.type))
    }
    for equation in graph.equations {
      let operands = equation.operands.map { values[$0]! }
      let types = equation.results.map { HLOType(graph.types[$0]) }
      let results = try inPlace(of: equation) { () throws(LoweringError) in
        !types.isEmpty && types.allSatisfy { $0.elementCount == 0 }
          ? types.map { constant("", $0) } : try equation.primitive.stableHLO.write(operands, types, self)
      }
      for (id, result) in zip(equation.results, results) { values[id] = result }
    }
    return graph.outputs.map { values[$0]! }
  }

  /// Writes operations with the place in the modules where an equation was recorded, by which a compiler's errors and
  /// profiles call them, and errors of `body`.
  private func inPlace<Result>(
    of equation: Graph.Equation, _ body: () throws(LoweringError) -> Result
  ) throws(LoweringError) -> Result {
    guard let path = equation.path else { return try body() }
    let outer = location
    location = " loc(\"\(path.escaped)/\(equation.primitive.name)\")"
    defer { location = outer }
    do { return try body() } catch {
      var placed = error
      placed.path = error.path ?? path
      throw placed
    }
  }

  /// Calls the function that a graph becomes.
  func call(_ graph: Graph, _ operands: [HLOValue]) throws(LoweringError) -> [HLOValue] {
    let callee = try module.function(for: graph)
    return operation(
      "func.call", operands + module.largeConstants(of: graph).map { arguments[$0.identity]! },
      [HLOAttribute("callee", "@\(callee)")], results: graph.outputTypes.map { HLOType($0) })
  }
}

extension String {
  /// As it is written between the quotation marks of MLIR's strings.
  fileprivate var escaped: String {
    var result = ""
    for byte in utf8 {
      let isPlain = (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
      result +=
        isPlain ? String(UnicodeScalar(byte)) : "\\" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
    return result
  }
}
