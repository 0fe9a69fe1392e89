import Tensor

extension Graph {
  /// The same program with loops that neither compute what nobody reads, nor are given what they do not read, nor the same thing
  /// twice; constants become theirs.
  func withLoopsCleaned() -> Graph {
    var isRead = [Bool](repeating: false, count: types.count)
    for id in outputs + equations.flatMap(\.operands) { isRead[id] = true }
    return Rewriter.rewrite(self) { rewriter, equation in
      guard case .scan(let scan) = equation.primitive else { return nil }
      return rewriter.cleaned(scan, equation.operands, rewriter.currentEquation!.results.map { isRead[$0] })
    }
  }
}

extension Rewriter {
  fileprivate mutating func cleaned(
    _ scan: Scan, _ operands: [Graph.ValueID], _ isRead: [Bool]
  ) -> [Graph.ValueID]? {
    let body = scan.body
    let (constantInputs, carryInputs, slicedInputs) = scan.parts(body.inputs)
    let given = scan.parts(operands)
    var constants: [Graph.Constant] = body.constants
    var replaced: [Graph.ValueID: Graph.ValueID] = [:]

    /// The inputs that stay: each operand once, and none whose value is known.
    func kept(_ inputs: [Graph.ValueID], _ operands: [Graph.ValueID], known: (Graph.ValueID, TensorType) -> Tensor?)
      -> (inputs: [Graph.ValueID], operands: [Graph.ValueID])
    {
      var first: [Graph.ValueID: Graph.ValueID] = [:]
      var result: (inputs: [Graph.ValueID], operands: [Graph.ValueID]) = ([], [])
      for (input, operand) in zip(inputs, operands) {
        if let tensor = known(operand, body.types[input]) {
          constants.append(Graph.Constant(id: input, tensor: tensor))
        } else if let other = first[operand] {
          replaced[input] = other
        } else {
          first[operand] = input
          result.inputs.append(input)
          result.operands.append(operand)
        }
      }
      return result
    }
    var stay = kept(constantInputs, given.constants) { id, type in
      self.known(id).map { Tensor($0.retyped(type)) }
    }
    var slices = kept(slicedInputs, given.sliced) { id, type in
      // A slice of something uniform is uniform.
      self.known(id)?.splat(ofType: type)
    }
    func new(_ id: Graph.ValueID) -> Graph.ValueID { replaced[id] ?? id }
    let resultIsRead = Array(isRead[scan.carryCount...])
    let outputs =
      body.outputs[..<scan.carryCount].map(new)
      + zip(body.outputs[scan.carryCount...], resultIsRead).filter(\.1).map { new($0.0) }
    let equations = body.equations.map { Graph.Equation($0.primitive, $0.operands.map(new), $0.results, path: $0.path) }
    let pruned = Graph(
      name: body.name, types: body.types, inputs: [], constants: constants, equations: equations, outputs: outputs
    ).withoutDeadCode()
    var isUsed = Set(pruned.outputs)
    for equation in pruned.equations { isUsed.formUnion(equation.operands) }
    func filter(_ part: inout (inputs: [Graph.ValueID], operands: [Graph.ValueID])) {
      let used = part.inputs.map(isUsed.contains)
      part.inputs = zip(part.inputs, used).filter(\.1).map(\.0)
      part.operands = zip(part.operands, used).filter(\.1).map(\.0)
    }
    filter(&stay)
    filter(&slices)
    let isUnchanged =
      stay.inputs.count == constantInputs.count && slices.inputs.count == slicedInputs.count
      && resultIsRead.allSatisfy { $0 }
    if isUnchanged { return nil }
    let loop = Scan(
      body: Graph(
        name: body.name, types: body.types, inputs: stay.inputs + carryInputs + slices.inputs,
        constants: pruned.constants, equations: pruned.equations, outputs: outputs),
      length: scan.length, isReversed: scan.isReversed, constantCount: stay.inputs.count, carryCount: scan.carryCount)
    let results = add(.scan(loop), stay.operands + given.carry + slices.operands)
    // Nothing reads the results that are gone; any value stands in for them.
    var kept = results[scan.carryCount...]
    return Array(results[..<scan.carryCount]) + resultIsRead.map { $0 ? kept.removeFirst() : -1 }
  }
}
