extension Graph {
  /// Runs the program on elements in memory, equation by equation; a value is freed after its last use.
  package func evaluate(_ operands: [ConcreteValue]) -> [ConcreteValue] {
    var values = [ConcreteValue?](repeating: nil, count: types.count)
    for (id, operand) in zip(inputs, operands) { values[id] = operand }
    for constant in constants { values[constant.id] = constant.tensor.fetched }
    let lastUses = self.lastUses
    for (index, equation) in equations.enumerated() {
      let results = equation.primitive.evaluate(
        equation.operands.map { values[$0]! }, equation.results.map { types[$0] })
      for (id, result) in zip(equation.results, results) { values[id] = result }
      for id in lastUses[index] { values[id] = nil }
    }
    return outputs.map { values[$0]! }
  }

  /// For each equation, the values that nothing later reads.
  private var lastUses: [[ValueID]] {
    derived.value(for: "lastUses") {
      var isRead = [Bool](repeating: false, count: types.count)
      for output in outputs { isRead[output] = true }
      var result = [[ValueID]](repeating: [], count: equations.count)
      for (index, equation) in equations.enumerated().reversed() {
        for id in equation.operands + equation.results where !isRead[id] {
          isRead[id] = true
          result[index].append(id)
        }
      }
      return result
    }
  }
}
