import Tensor

extension Switch: FamilyRules, LinearFamily {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let marks = tangents.dropFirst().map { $0 != nil }
    if !(Trace.current is LinearTrace) { return pushForward(primals, tangents.dropFirst().compactMap { $0 }, marks) }
    let splits = branches.map { $0.linearized(marks) }
    let outputCount = branches[0].outputs.count
    let depends = (0..<outputCount).map { index in splits.contains { $0.depends[index] } }
    // Every branch answers the residuals of all, its own computed and the others' zero.
    let residualTypes = splits.map { $0.known.outputTypes[outputCount...].map(\.strong) }
    let known = zip(splits.indices, splits).map { position, split in
      Graph.closed(name: split.known.name, split.known.inputTypes) { inputs in
        let results = split.known.perform(inputs)
        let residuals = residualTypes.indices.flatMap { index in
          index == position ? Array(results[outputCount...]) : residualTypes[index].map { .zero($0) }
        }
        return results[..<outputCount] + residuals
      }
    }
    let results = Primitive.switch(Switch(known))(primals)
    let changing = tangents.dropFirst().compactMap { $0 }
    let allResidualTypes = residualTypes.flatMap { $0 }
    let outputTypes = branches[0].outputTypes.map(\.strong)
    let linear = zip(splits.indices, splits).map { position, split in
      Graph.closed(name: split.linear.name, allResidualTypes + changing.map(\.type.strong)) { inputs in
        let offset = residualTypes[..<position].reduce(0) { $0 + $1.count }
        let residuals = Array(inputs[offset..<offset + residualTypes[position].count])
        var changes = split.linear.perform(residuals + inputs[allResidualTypes.count...])[...]
        let given = split.depends.map { $0 ? changes.removeFirst() : nil }
        return outputTypes.indices.filter { depends[$0] }.map { given[$0] ?? .zero(outputTypes[$0]) }
      }
    }
    var changes = Primitive.switch(Switch(linear))([primals[0]] + results[outputCount...] + changing)[...]
    return (Array(results[..<outputCount]), depends.map { $0 ? changes.removeFirst() : nil })
  }

  /// Forward mode: each branch computes its tangents beside its values.
  private func pushForward(
    _ primals: [Tensor], _ changing: [Tensor], _ marks: [Bool]
  ) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let outputTypes = branches[0].outputTypes.map(\.strong)
    let parts = branches.map { $0.pushedForward(marks) }
    let depends = outputTypes.indices.map { index in parts.contains { $0.depends[index] } }
    let forward = parts.map { part in
      Graph.closed(name: part.graph.name, part.graph.inputTypes.map(\.strong)) { inputs in
        let results = part.graph.perform(inputs)
        var changes = results[outputTypes.count...]
        let given = part.depends.map { $0 ? changes.removeFirst() : nil }
        return results[..<outputTypes.count]
          + outputTypes.indices.filter { depends[$0] }.map { given[$0] ?? .zero(outputTypes[$0]) }
      }
    }
    let results = Primitive.switch(Switch(forward))(primals + changing)
    var changes = results[outputTypes.count...]
    return (Array(results[..<outputTypes.count]), depends.map { $0 ? changes.removeFirst() : nil })
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    let inputs = operands.dropFirst()
    let isLinear = inputs.map(\.isLinear)
    let outputTypes = branches[0].outputTypes.map(\.strong)
    let knownTypes = inputs.filter { !$0.isLinear }.map(\.type.strong)
    let linearTypes = inputs.filter(\.isLinear).map(\.type.strong)
    let transposed = branches.map { branch in
      Graph.closed(name: branch.name + "Transposed", knownTypes + outputTypes) { values in
        var known = values[..<knownTypes.count]
        var types = linearTypes[...]
        let operands = isLinear.map { $0 ? .linear(types.removeFirst()) : LinearOperand.known(known.removeFirst()) }
        let results = Autodiff.transpose(branch, operands, Array(values[knownTypes.count...]))
        return zip(zip(results, isLinear).filter(\.1).map(\.0), linearTypes).map { $0 ?? .zero($1) }
      }
    }
    let filled = zip(cotangents, outputTypes).map { $0 ?? .zero($1) }
    var results = Primitive.switch(Switch(transposed))([operands[0].known!] + inputs.compactMap(\.known) + filled)[...]
    return [nil] + isLinear.map { $0 ? results.removeFirst() : nil }
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let inputs = Array(operands.dropFirst())
    let inputAxes = Array(axes.dropFirst())
    if axes[0] == nil {
      let free = branches.map { $0.vectorized(inputAxes, size: size, forced: $0.outputs.map { _ in false }).isBatched }
      let isBatched = branches[0].outputs.indices.map { index in free.contains { $0[index] } }
      let batched = branches.map { $0.vectorized(inputAxes, size: size, forced: isBatched).graph }
      return (Primitive.switch(Switch(batched))(operands), isBatched.map { $0 ? 0 : nil })
    }
    // The examples choose different branches: all are computed, and each example takes its own.
    let index = clip(operands[0], min: 0, max: Tensor(branches.count - 1))
    let all = branches.map { $0.batched(inputAxes, size: size).perform(inputs) }
    let results = branches[0].outputs.indices.map { output in
      all.indices.dropFirst().reduce(all[0][output]) { chosen, branch in
        let candidate = all[branch][output]
        let isChosen = (index .== Tensor(branch)).broadcastInDim(candidate.shape, dimensions: [0])
        return select(isChosen, candidate, chosen)
      }
    }
    return (results, results.map { _ in 0 })
  }
}

extension WhileLoop: FamilyRules {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    if Trace.current is LinearTrace {
      fail(
        "whileLoop", primals.map(\.type),
        "reverse mode cannot differentiate a loop whose number of rounds is not known: it would have to keep every round's values",
        hint: "use `foriLoop` with integer bounds, `scan`, or forward mode (`jvp`, `jacfwd`)")
    }
    let types = parts(primals.map(\.type.strong))
    let given = parts(tangents)
    let constantMarks = given.bodyConstants.map { $0 != nil }
    var carryMarks = given.carry.map { $0 != nil }
    // What the carry depends on in one round it has a tangent for in the next.
    var (forward, depends) = body.pushedForward(constantMarks + carryMarks)
    while true {
      let joined = zip(carryMarks, depends).map { $0 || $1 }
      if joined == carryMarks { break }
      carryMarks = joined
      (forward, depends) = body.pushedForward(constantMarks + carryMarks)
    }
    let constantTangents = given.bodyConstants.compactMap { $0 }
    let carryTypes = zip(types.carry, carryMarks).filter(\.1).map(\.0)
    let (carryCount, constantCount) = (types.carry.count, types.bodyConstants.count)
    let both = Graph.closed(
      name: forward.name, types.bodyConstants + constantTangents.map(\.type.strong) + types.carry + carryTypes
    ) { inputs in
      let carryStart = constantCount + constantTangents.count
      let values = Array(inputs[..<constantCount]) + inputs[carryStart..<carryStart + carryCount]
      let changing = Array(inputs[constantCount..<carryStart]) + inputs[(carryStart + carryCount)...]
      let results = forward.perform(values + changing)
      var changes = results[carryCount...]
      let given = depends.map { $0 ? changes.removeFirst() : nil }
      return results[..<carryCount]
        + zip(zip(given, types.carry), carryMarks).filter(\.1).map { pair, _ in pair.0 ?? .zero(pair.1) }
    }
    let first = zip(zip(given.carry, types.carry), carryMarks).filter(\.1).map { pair, _ in pair.0 ?? .zero(pair.1) }
    let condition = Graph.closed(name: self.condition.name, types.conditionConstants + types.carry + carryTypes) {
      self.condition.perform(Array($0.dropLast(carryTypes.count)))
    }
    let values = parts(primals)
    let results = Primitive.whileLoop(
      WhileLoop(
        condition: condition, body: both, conditionConstantCount: conditionConstantCount,
        bodyConstantCount: bodyConstantCount + constantTangents.count))(
        values.conditionConstants + values.bodyConstants + constantTangents + values.carry + first)
    var changes = results[carryCount...]
    return (Array(results[..<carryCount]), carryMarks.map { $0 ? changes.removeFirst() : nil })
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let (conditionAxes, bodyAxes, firstAxes) = parts(axes)
    let (conditionConstants, bodyConstants, carry) = parts(operands)
    var isBatched = firstAxes.map { $0 != nil }
    var predicateIsBatched = false
    while true {
      let carryAxes = isBatched.map { $0 ? Int?(0) : nil }
      predicateIsBatched = condition.vectorized(conditionAxes + carryAxes, size: size, forced: [false]).isBatched[0]
      var next = body.vectorized(bodyAxes + carryAxes, size: size, forced: isBatched).isBatched
      // Examples that stop at different times all need a carry of their own.
      if predicateIsBatched { next = next.map { _ in true } }
      if next == isBatched { break }
      isBatched = next
    }
    let carryAxes = isBatched.map { $0 ? Int?(0) : nil }
    let first = zip(zip(carry, firstAxes), isBatched).map { pair, isBatched in
      isBatched ? pair.0.withBatch(from: pair.1, to: 0, size: size) : pair.0
    }
    let predicate = condition.vectorized(conditionAxes + carryAxes, size: size, forced: [predicateIsBatched]).graph
    let step = body.vectorized(bodyAxes + carryAxes, size: size, forced: isBatched).graph
    var loop = self
    loop.condition = predicate
    loop.body = step
    guard predicateIsBatched else {
      return (Primitive.whileLoop(loop)(conditionConstants + bodyConstants + first), carryAxes)
    }
    // The loop goes on while any example does; an example that is done keeps its carry.
    let types = parts(operands.map(\.type.strong))
    let firstTypes = first.map(\.type.strong)
    loop.condition = Graph.closed(name: condition.name, types.conditionConstants + firstTypes) {
      [any(predicate.perform($0)[0])]
    }
    loop.body = Graph.closed(name: body.name, types.conditionConstants + types.bodyConstants + firstTypes) { inputs in
      let constants = Array(inputs[..<conditionConstantCount])
      let old = inputs[(conditionConstantCount + bodyConstantCount)...]
      let goesOn = predicate.perform(constants + old)[0]
      return zip(step.perform(Array(inputs[conditionConstantCount...])), old).map { new, old in
        select(goesOn.broadcastInDim(new.shape, dimensions: [0]), new, old)
      }
    }
    loop.bodyConstantCount += conditionConstantCount
    return (Primitive.whileLoop(loop)(conditionConstants + conditionConstants + bodyConstants + first), carryAxes)
  }
}
