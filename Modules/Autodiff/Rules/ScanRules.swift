import Tensor

/// A scan split into one that computes values and one that is linear in tangents.
private struct LinearizedScan {
  /// From constants, carry and slices to the next carry, the results, and the residuals that differ between rounds.
  var known: Graph
  /// From constants (and unused carry and slices) to the residuals that are the same in every round.
  var invariant: Graph
  /// From invariant residuals and tangents of constants, tangents of the carry, residuals and tangents of slices to tangents of
  /// the carry and of those results that change.
  var linear: Graph
  /// Which parts of the carry have tangents.
  var carryMarks: [Bool]
  /// Which results have tangents.
  var resultMarks: [Bool]
}

extension Scan: FamilyRules, LinearFamily {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    if !(Trace.current is LinearTrace) { return pushForward(primals, tangents) }
    let split = linearized(tangents.map { $0 != nil })
    let resultCount = body.outputs.count - carryCount
    let given = parts(tangents)

    var known = self
    known.body = split.known
    let outputs = Primitive.scan(known)(primals)
    let residuals = outputs[(carryCount + resultCount)...]
    let unused = split.invariant.inputTypes.dropFirst(constantCount).map { Tensor.zero($0) }
    let invariant = split.invariant.perform(Array(primals[..<constantCount]) + unused)

    let constants = invariant + given.constants.compactMap { $0 }
    let carry = zip(zip(given.carry, parts(primals).carry), split.carryMarks).filter(\.1).map { pair, _ in
      pair.0 ?? .zero(pair.1.type.strong)
    }
    let linear = Scan(
      body: split.linear, length: length, isReversed: isReversed, constantCount: constants.count,
      carryCount: carry.count)
    var changes = Primitive.scan(linear)(constants + carry + residuals + given.sliced.compactMap { $0 })[...]
    return (
      Array(outputs[..<(carryCount + resultCount)]),
      (split.carryMarks + split.resultMarks).map { $0 ? changes.removeFirst() : nil }
    )
  }

  /// Forward mode: tangents are carried along, and nothing is kept.
  private func pushForward(
    _ primals: [Tensor], _ tangents: [Tensor?]
  ) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let given = parts(tangents)
    let (constantMarks, slicedMarks) = (given.constants.map { $0 != nil }, given.sliced.map { $0 != nil })
    var carryMarks = given.carry.map { $0 != nil }
    // What the carry depends on in one round it has a tangent for in the next.
    var (forward, depends) = body.pushedForward(constantMarks + carryMarks + slicedMarks)
    while true {
      let joined = zip(carryMarks, depends).map { $0 || $1 }
      if joined == carryMarks { break }
      carryMarks = joined
      (forward, depends) = body.pushedForward(constantMarks + carryMarks + slicedMarks)
    }
    func marked<Element>(_ elements: [Element], _ marks: [Bool]) -> [Element] {
      zip(elements, marks).filter(\.1).map(\.0)
    }
    let types = parts(body.inputTypes.map(\.strong))
    let changingTypes = (
      constants: marked(types.constants, constantMarks), carry: marked(types.carry, carryMarks),
      sliced: marked(types.sliced, slicedMarks)
    )
    let outputCount = body.outputs.count
    let groups = [
      types.constants, changingTypes.constants, types.carry, changingTypes.carry, types.sliced, changingTypes.sliced,
    ]
    let both = Graph.closed(name: forward.name, groups.flatMap { $0 }) { inputs in
      var rest = inputs[...]
      let values = groups.map { group in
        defer { rest = rest.dropFirst(group.count) }
        return Array(rest.prefix(group.count))
      }
      let results = forward.perform(values[0] + values[2] + values[4] + values[1] + values[3] + values[5])
      var changes = results[outputCount...]
      let given = depends.map { $0 ? changes.removeFirst() : nil }
      let carryChanges = marked(zip(given, types.carry).map { $0 ?? .zero($1) }, carryMarks)
      return results[..<carryCount] + carryChanges + results[carryCount..<outputCount]
        + given[carryCount...].compactMap { $0 }
    }
    let values = parts(primals)
    let carryChanges = marked(zip(given.carry, types.carry).map { $0 ?? .zero($1) }, carryMarks)
    let scan = Scan(
      body: both, length: length, isReversed: isReversed, constantCount: groups[0].count + groups[1].count,
      carryCount: carryCount + carryChanges.count)
    let results = Primitive.scan(scan)(
      values.constants + given.constants.compactMap { $0 } + values.carry + carryChanges + values.sliced
        + given.sliced.compactMap { $0 })
    let resultStart = carryCount + carryChanges.count
    let changeStart = resultStart + outputCount - carryCount
    var changes = (results[carryCount..<resultStart] + results[changeStart...])[...]
    return (
      Array(results[..<carryCount] + results[resultStart..<changeStart]),
      (carryMarks + depends[carryCount...]).map { $0 ? changes.removeFirst() : nil }
    )
  }

  private func linearized(_ marks: [Bool]) -> LinearizedScan {
    let key = DerivedKey(derivation: "linearizedScan \(constantCount) \(carryCount)", marks: marks.map { $0 ? 1 : 0 })
    return body.derived.value(for: key) { linearize(marks) }
  }

  private func linearize(_ marks: [Bool]) -> LinearizedScan {
    var (constantMarks, carryMarks, slicedMarks) = parts(marks)
    // What the carry depends on in one round it has a tangent for in the next.
    var split = body.linearized(constantMarks + carryMarks + slicedMarks)
    while true {
      let joined = zip(carryMarks, split.depends).map { $0 || $1 }
      if joined == carryMarks { break }
      carryMarks = joined
      split = body.linearized(constantMarks + carryMarks + slicedMarks)
    }
    let known = split.known
    let outputCount = body.outputs.count
    let residuals = Array(known.outputs[outputCount...])

    // What depends on constants alone is the same in every round, and is not stacked.
    var isInvariant = [Bool](repeating: false, count: known.types.count)
    for id in known.inputs[..<constantCount] { isInvariant[id] = true }
    for constant in known.constants { isInvariant[constant.id] = true }
    for equation in known.equations where equation.operands.allSatisfy({ isInvariant[$0] }) {
      for id in equation.results { isInvariant[id] = true }
    }
    let residualIsInvariant = residuals.map { isInvariant[$0] }
    let residualTypes = residuals.map { known.types[$0].strong }
    func typesOfResiduals(invariant: Bool) -> [TensorType] {
      zip(residualTypes, residualIsInvariant).filter { $0.1 == invariant }.map(\.0)
    }

    let types = parts(body.inputTypes.map(\.strong))
    func marked<Element>(_ elements: [Element], _ marks: [Bool]) -> [Element] {
      zip(elements, marks).filter(\.1).map(\.0)
    }
    let carryTypes = marked(types.carry, carryMarks)
    let linearTypes =
      typesOfResiduals(invariant: true) + marked(types.constants, constantMarks) + carryTypes
      + typesOfResiduals(invariant: false)
      + marked(types.sliced, slicedMarks)
    let counts = (
      invariant: typesOfResiduals(invariant: true).count, constants: constantMarks.count(where: { $0 }),
      varying: typesOfResiduals(invariant: false).count
    )
    let linear = Graph.closed(name: body.name + "Linear", linearTypes) { inputs in
      var rest = inputs[...]
      func take(_ count: Int) -> ArraySlice<Tensor> {
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
      }
      var invariant = take(counts.invariant)
      let constants = take(counts.constants)
      let carry = take(carryTypes.count)
      var varying = take(counts.varying)
      let inOrder = residualIsInvariant.map { $0 ? invariant.removeFirst() : varying.removeFirst() }
      var changes = split.linear.perform(inOrder + constants + carry + rest)[...]
      let given = split.depends.map { $0 ? changes.removeFirst() : nil }
      return zip(zip(given, types.carry), carryMarks).filter(\.1).map { pair, _ in pair.0 ?? .zero(pair.1) }
        + given[self.carryCount...].compactMap { $0 }
    }
    return LinearizedScan(
      known: known.keepingOutputs(
        known.outputs.indices.map { $0 < outputCount || !residualIsInvariant[$0 - outputCount] }),
      invariant: known.keepingOutputs(
        known.outputs.indices.map { $0 >= outputCount && residualIsInvariant[$0 - outputCount] }),
      linear: linear, carryMarks: carryMarks, resultMarks: Array(split.depends[carryCount...]))
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    let given = parts(operands)
    // A carry that starts from a known zero is linear all the same.
    let constantIsLinear = given.constants.map(\.isLinear)
    let slicedIsLinear = given.sliced.map(\.isLinear)
    let body = transposedBody(constantIsLinear, slicedIsLinear)
    let constants = given.constants.compactMap(\.known)
    let sums = given.constants.filter(\.isLinear).map { Tensor.zero($0.type.strong) }
    let resultTypes = orFail { () throws(TensorError) in try Primitive.scan(self).resultTypes(of: operands.map(\.type))
    }
    let filled = zip(cotangents, resultTypes).map { $0 ?? .zero($1) }
    let scan = Scan(
      body: body, length: length, isReversed: !isReversed, constantCount: constants.count,
      carryCount: carryCount + sums.count)
    let results = Primitive.scan(scan)(
      constants + filled[..<carryCount] + sums + given.sliced.compactMap(\.known) + filled[carryCount...])
    var constantResults = results[carryCount..<carryCount + sums.count]
    var slicedResults = results[(carryCount + sums.count)...]
    return constantIsLinear.map { $0 ? constantResults.removeFirst() : nil }
      + zip(results, given.carry).map { $1.isLinear ? $0 : nil }
      + slicedIsLinear.map { $0 ? slicedResults.removeFirst() : nil }
  }

  /// One round backwards: from known constants, cotangents of the carry and sums for the linear constants, known slices and cotangents
  /// of the results to the cotangents of the carry before, the sums, and cotangents of the linear slices.
  private func transposedBody(_ constantIsLinear: [Bool], _ slicedIsLinear: [Bool]) -> Graph {
    let key = DerivedKey(
      derivation: "transposedScan \(carryCount)", marks: (constantIsLinear + slicedIsLinear).map { $0 ? 1 : 0 })
    return body.derived.value(for: key) {
      let types = parts(body.inputTypes.map(\.strong))
      func of(_ types: [TensorType], _ marks: [Bool], _ wanted: Bool) -> [TensorType] {
        zip(types, marks).filter { $0.1 == wanted }.map(\.0)
      }
      let sumTypes = of(types.constants, constantIsLinear, true)
      let groups = [
        of(types.constants, constantIsLinear, false), types.carry, sumTypes, of(types.sliced, slicedIsLinear, false),
        body.outputTypes.dropFirst(carryCount).map(\.strong),
      ]
      return Graph.closed(name: body.name + "Transposed", groups.flatMap { $0 }) { inputs in
        var rest = inputs[...]
        let values = groups.map { group in
          defer { rest = rest.dropFirst(group.count) }
          return Array(rest.prefix(group.count))
        }
        var (constants, sliced) = (values[0][...], values[3][...])
        let operands =
          zip(types.constants, constantIsLinear).map { $1 ? .linear($0) : LinearOperand.known(constants.removeFirst()) }
          + types.carry.map { .linear($0) }
          + zip(types.sliced, slicedIsLinear).map { $1 ? .linear($0) : LinearOperand.known(sliced.removeFirst()) }
        let results = parts(Autodiff.transpose(body, operands, values[1] + values[4]))
        let added = zip(zip(results.constants, constantIsLinear).filter(\.1).map(\.0), values[2]).map {
          addTangents($0, $1)!
        }
        return zip(results.carry, types.carry).map { $0 ?? .zero($1) } + added
          + zip(zip(results.sliced, types.sliced), slicedIsLinear).filter(\.1).map { pair, _ in pair.0 ?? .zero(pair.1)
          }
      }
    }
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let (constantAxes, firstAxes, slicedAxes) = parts(axes)
    let (constants, carry, sliced) = parts(operands)
    // The rounds stay on the first axis of what is gone through, and the batch goes behind them.
    let moved = zip(sliced, slicedAxes).map { $1 == nil ? $0 : $0.withBatch(from: $1, to: 1, size: size) }
    let sliceAxes = slicedAxes.map { $0 == nil ? nil : Int?(0) }
    let resultCount = body.outputs.count - carryCount
    var isBatched = firstAxes.map { $0 != nil }
    var batched: (graph: Graph, isBatched: [Bool])
    repeat {
      batched = body.vectorized(
        constantAxes + isBatched.map { $0 ? 0 : nil } + sliceAxes, size: size,
        forced: isBatched + [Bool](repeating: false, count: resultCount))
      let next = Array(batched.isBatched[..<carryCount])
      if next == isBatched { break }
      isBatched = next
    } while true
    var scan = self
    scan.body = batched.graph
    let first = zip(zip(carry, firstAxes), isBatched).map { pair, isBatched in
      isBatched ? pair.0.withBatch(from: pair.1, to: 0, size: size) : pair.0
    }
    let results = Primitive.scan(scan)(constants + first + moved)
    let resultAxes = batched.isBatched.enumerated().map { index, isBatched in
      isBatched ? (index < carryCount ? 0 : 1) : Int?.none
    }
    return (results, resultAxes)
  }
}
