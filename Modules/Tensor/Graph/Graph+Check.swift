extension Graph {
  /// Verifies that every value is defined once and before its use, and has the type that its operation's shape rule answers.
  public func check() throws(TensorError) {
    var defined = [Bool](repeating: false, count: types.count)
    func broken(_ problem: String) -> TensorError { TensorError("graph \(name)", [], problem) }
    func define(_ id: ValueID) throws(TensorError) {
      guard types.indices.contains(id) else { throw broken("value \(id) has no type") }
      if defined[id] { throw broken("value \(id) is defined twice") }
      defined[id] = true
    }
    for id in inputs { try define(id) }
    for constant in constants {
      try define(constant.id)
      if constant.tensor.type != types[constant.id] { throw broken("constant \(constant.id) has another type") }
    }
    for (index, equation) in equations.enumerated() {
      for operand in equation.operands where !types.indices.contains(operand) || !defined[operand] {
        throw broken("equation \(index), \(equation.primitive.name), reads value \(operand) before it is defined")
      }
      let results = try equation.primitive.resultTypes(of: equation.operands.map { types[$0] })
      for result in equation.results { try define(result) }
      if results.map(\.strong) != equation.results.map({ types[$0].strong }) {
        throw broken(
          "equation \(index), \(equation.primitive.name), defines \(equation.results.map { types[$0] }), "
            + "but its rule answers \(results)")
      }
    }
    for output in outputs where !types.indices.contains(output) || !defined[output] {
      throw broken("output \(output) is not defined")
    }
  }
}
