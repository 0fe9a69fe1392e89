extension Graph: CustomStringConvertible {
  /// The program, an equation a line:
  ///
  ///     graph loss(a: float32[3, 5], b: float32[5]) {
  ///       c: float32[3] = dot(a, b) contracting: [1]·[0]
  ///       return c
  ///     }
  public var description: String {
    var names: [ValueID: String] = [:]
    var letterCount = 0
    func name(_ id: ValueID) -> String {
      if let name = names[id] { return name }
      let name = Self.letters(letterCount)
      letterCount += 1
      names[id] = name
      return name
    }
    func declared(_ id: ValueID) -> String { "\(name(id)): \(types[id])" }
    let parameters = inputs.map(declared).joined(separator: ", ")
    var lines = ["graph \(self.name)(\(parameters)) {"]
    for constant in constants {
      if let text = constant.tensor.inlineDescription {
        names[constant.id] = text
      } else {
        lines.append("  \(declared(constant.id)) = constant")
      }
    }
    for equation in equations {
      let operands = equation.operands.map(name).joined(separator: ", ")
      let results = equation.results.map(declared).joined(separator: ", ")
      let attributes = equation.primitive.family.attributes.map { " \($0.name): \($0.value)" }.joined(separator: ",")
      lines.append("  \(results) = \(equation.primitive.name)(\(operands))\(attributes)")
      for inner in equation.primitive.graphs {
        lines += inner.description.split(separator: "\n").map { "    " + $0 }
      }
    }
    lines.append("  return \(outputs.map(name).joined(separator: ", "))")
    lines.append("}")
    return lines.joined(separator: "\n")
  }

  /// a, b, …, z, aa, ab, …
  private static func letters(_ index: Int) -> String {
    let letter = String(UnicodeScalar(UInt8(97 + index % 26)))
    return index < 26 ? letter : letters(index / 26 - 1) + letter
  }
}

extension Primitive {
  /// The graphs that the operation holds.
  public var graphs: [Graph] {
    switch self {
    case .call(let call): [call.graph]
    case .customDerivative(let custom): [custom.graph]
    case .switch(let choice): choice.branches
    case .whileLoop(let loop): [loop.condition, loop.body]
    case .scan(let scan): [scan.body]
    default: []
    }
  }
}
