import Tensor

extension Graph {
  /// The same program in which `whileLoop` bodies are given what never changes in them, instead of computing it in each round.
  func withInvariantsHoisted() -> Graph {
    Rewriter.rewrite(self) { rewriter, equation in
      guard case .whileLoop(let loop) = equation.primitive else { return nil }
      return rewriter.hoisted(loop, equation.operands)
    }
  }
}

extension Rewriter {
  fileprivate mutating func hoisted(_ loop: WhileLoop, _ operands: [Graph.ValueID]) -> [Graph.ValueID]? {
    let body = loop.body
    let constants = Array(body.inputs[..<loop.bodyConstantCount])
    let carry = Array(body.inputs[loop.bodyConstantCount...])
    var varies = [Bool](repeating: false, count: body.types.count)
    for id in carry { varies[id] = true }
    for equation in body.equations where equation.operands.contains(where: { varies[$0] }) {
      for id in equation.results { varies[id] = true }
    }
    // Rearrangements cost nothing where they are, unless something that moves out needs them.
    var chosen: Set<Int> = []
    for (index, equation) in body.equations.enumerated().reversed()
    where !equation.results.contains(where: { varies[$0] }) {
      let isNeeded = chosen.contains { body.equations[$0].operands.contains { equation.results.contains($0) } }
      if isNeeded || !(equation.primitive.arranges || equation.operands.isEmpty) { chosen.insert(index) }
    }
    if chosen.isEmpty { return nil }
    let rest = body.equations.indices.filter { !chosen.contains($0) }.map { body.equations[$0] }
    let moved = chosen.sorted().flatMap { body.equations[$0].results }.filter { id in
      body.outputs.contains(id) || rest.contains { $0.operands.contains(id) }
    }
    let given = loop.parts(operands)
    let once = Graph(
      name: body.name, types: body.types, inputs: constants, constants: body.constants,
      equations: chosen.sorted().map { body.equations[$0] }, outputs: moved)
    let values = inline(once, given.bodyConstants) { _, _ in nil }
    let shorter = Graph(
      name: body.name, types: body.types, inputs: constants + moved + carry, constants: body.constants, equations: rest,
      outputs: body.outputs)
    let result = WhileLoop(
      condition: loop.condition, body: shorter, conditionConstantCount: loop.conditionConstantCount,
      bodyConstantCount: loop.bodyConstantCount + moved.count)
    return add(.whileLoop(result), given.conditionConstants + given.bodyConstants + values + given.carry)
  }
}
