import Tensor

/// Takes out of a scan what need not be done round by round: products of slices with what never changes are made for all rounds at
/// once, before the loop or, of values that the loop computes but does not use, after it; sums of products over the rounds become
/// one product.
struct LoopSplitting {

  private let scan: Scan
  private let body: Graph
  private let inputs: (constants: [Graph.ValueID], carry: [Graph.ValueID], sliced: [Graph.ValueID])
  private let carryOutputs: [Graph.ValueID]
  private let sliceOutputs: [Graph.ValueID]
  /// What depends on the round before; what depends on the round at all; and what the next round depends on.
  private let dependsOnCarry: [Bool]
  private let varies: [Bool]
  private let feedsCarry: [Bool]
  private var definitions: [Graph.ValueID: Int] = [:]
  private var useCounts: [Int]

  /// Rows of a product from which on it gains nothing from being made together with those of other rounds.
  private static let mostRows = 256
  /// Elements that values of all rounds together may take, so that memory stays in bounds.
  private static let mostElements = 1 << 26

  private init(_ scan: Scan) {
    self.scan = scan
    body = scan.body
    inputs = scan.parts(body.inputs)
    carryOutputs = Array(body.outputs[..<scan.carryCount])
    sliceOutputs = Array(body.outputs[scan.carryCount...])
    (dependsOnCarry, varies) = Self.dependence(body, carry: inputs.carry, sliced: inputs.sliced)
    var feeds = [Bool](repeating: false, count: body.types.count)
    for id in carryOutputs { feeds[id] = true }
    useCounts = [Int](repeating: 0, count: body.types.count)
    for id in body.outputs { useCounts[id] += 1 }
    for (index, equation) in body.equations.enumerated().reversed() {
      for id in equation.operands { useCounts[id] += 1 }
      for id in equation.results { definitions[id] = index }
      if equation.results.contains(where: { feeds[$0] }) { for id in equation.operands { feeds[id] = true } }
    }
    feedsCarry = feeds
  }

  private static func dependence(
    _ body: Graph, carry: [Graph.ValueID], sliced: [Graph.ValueID]
  ) -> (carry: [Bool], varies: [Bool]) {
    var dependsOnCarry = [Bool](repeating: false, count: body.types.count)
    var varies = dependsOnCarry
    for id in carry { (dependsOnCarry[id], varies[id]) = (true, true) }
    for id in sliced { varies[id] = true }
    for equation in body.equations {
      let (depends, changes) = (
        equation.operands.contains { dependsOnCarry[$0] }, equation.operands.contains { varies[$0] }
      )
      for id in equation.results { (dependsOnCarry[id], varies[id]) = (depends, changes) }
    }
    return (dependsOnCarry, varies)
  }

  /// The results of a scan with these operands, computed with what can be taken out of the loop taken out; nil if that is nothing.
  static func split(
    _ scan: Scan, _ operands: [Graph.ValueID], _ rewriter: inout Rewriter, _ vectorize: CompilationContext.Vectorizer
  ) -> [Graph.ValueID]? {
    if scan.length < 2 { return nil }
    var scan = scan
    let parts = scan.parts(scan.body.inputs)
    let dependsOnCarry = dependence(scan.body, carry: parts.carry, sliced: parts.sliced).carry
    let body = scan.body.withConcatenationsSplit(dependsOnCarry).withSlicesPushed()
    if body !== scan.body { scan.body = body.withoutRepetitions() }
    // What the next round does not need is better made after the loop than packed.
    let splitting = LoopSplitting(scan)
    scan.body = scan.body.withProductsPacked(varies: splitting.varies) { equation in
      splitting.dependsOnCarry[equation.operands[0]] && splitting.feedsCarry[equation.results[0]]
    }
    return LoopSplitting(scan).apply(operands, &rewriter, vectorize)
  }

  // MARK: What to take out

  /// Whether an equation is a product of something that varies with something that never does, small enough to gain.
  private func isProductWithInvariant(_ equation: Graph.Equation) -> Bool {
    guard case .dot(let dot) = equation.primitive, dot.lhsBatch.isEmpty else { return false }
    let changes = equation.operands.map { varies[$0] }
    guard changes[0] != changes[1] else { return false }
    let side = changes[0] ? 0 : 1
    let type = body.types[equation.operands[side]]
    let contracted = side == 0 ? dot.lhsContracting : dot.rhsContracting
    return type.elementCount / max(1, contracted.map { type.shape[$0] }.product) < Self.mostRows
  }

  /// The equations to do before the loop for all rounds.
  private func early() -> Set<Int> {
    var chosen: Set<Int> = []
    for (index, equation) in body.equations.enumerated().reversed() {
      let isIndependent = !equation.results.contains { dependsOnCarry[$0] } && equation.results.contains { varies[$0] }
      guard isIndependent else { continue }
      let isNeeded = equation.results.contains { id in
        chosen.contains { body.equations[$0].operands.contains(id) }
      }
      if isNeeded || isProductWithInvariant(equation) { chosen.insert(index) }
    }
    return chosen
  }

  /// The equations to do once, before the loop: those that never vary, but for rearrangements that cost nothing where they are.
  private func invariant() -> Set<Int> {
    var chosen: Set<Int> = []
    for (index, equation) in body.equations.enumerated().reversed()
    where !equation.results.contains(where: { varies[$0] }) {
      let isNeeded = chosen.contains { body.equations[$0].operands.contains { equation.results.contains($0) } }
      if isNeeded || !(equation.primitive.arranges || equation.operands.isEmpty) { chosen.insert(index) }
    }
    return chosen
  }

  /// The equations to do after the loop for all rounds.
  private func late(without early: Set<Int>) -> Set<Int> {
    var chosen: Set<Int> = []
    var isLate = [Bool](repeating: false, count: body.types.count)
    for (index, equation) in body.equations.enumerated() where !early.contains(index) {
      if equation.results.contains(where: { feedsCarry[$0] }) { continue }
      if equation.operands.contains(where: { isLate[$0] }) || isProductWithInvariant(equation) {
        chosen.insert(index)
        for id in equation.results { isLate[id] = true }
      }
    }
    return chosen
  }

  /// A carried value to which each round adds a product of two values that vary.
  private struct Sum {
    var carry: Int
    var addition: Int
    var product: Int
  }

  private func sums() -> [Sum] {
    inputs.carry.enumerated().compactMap { position, input in
      guard useCounts[input] == 1, let addition = definitions[carryOutputs[position]],
        case .binary(.add) = body.equations[addition].primitive, useCounts[carryOutputs[position]] == 1
      else { return nil }
      let operands = body.equations[addition].operands
      guard let side = operands.firstIndex(of: input), let product = definitions[operands[1 - side]],
        case .dot = body.equations[product].primitive, useCounts[operands[1 - side]] == 1,
        body.equations[product].operands.allSatisfy({ varies[$0] })
      else { return nil }
      return Sum(carry: position, addition: addition, product: product)
    }
  }

  // MARK: Taking it out

  private func apply(
    _ operands: [Graph.ValueID], _ rewriter: inout Rewriter, _ vectorize: CompilationContext.Vectorizer
  ) -> [Graph.ValueID]? {
    let early = early()
    let late = late(without: early)
    let sums = sums().filter { !early.contains($0.product) && !late.contains($0.product) }
    let invariant = invariant()
    if early.isEmpty && late.isEmpty && sums.isEmpty && invariant.isEmpty { return nil }
    let given = scan.parts(operands)
    let removed = early.union(late).union(invariant).union(sums.flatMap { [$0.addition, $0.product] })

    // What is done early is read by the loop, by what is done late, or by the caller.
    var stacked: [Graph.ValueID: Graph.ValueID] = [:]
    for (id, operand) in zip(inputs.sliced, given.sliced) where stacked[id] == nil { stacked[id] = operand }
    var known = Dictionary(zip(inputs.constants, given.constants), uniquingKeysWith: { first, _ in first })
    let invariantResults = invariant.sorted().flatMap { body.equations[$0].results }
    let once = Graph(
      name: body.name, types: body.types, inputs: inputs.constants, constants: body.constants,
      equations: invariant.sorted().map { body.equations[$0] }, outputs: invariantResults)
    for (id, value) in zip(invariantResults, rewriter.inline(once, given.constants, { _, _ in nil })) {
      known[id] = value
    }
    let earlyResults = early.sorted().flatMap { body.equations[$0].results }.filter { id in
      body.outputs.contains(id)
        || body.equations.indices.contains { !early.contains($0) && body.equations[$0].operands.contains(id) }
    }
    if earlyResults.reduce(0, { $0 + body.types[$1].elementCount }) * scan.length > Self.mostElements { return nil }
    let done = inlineForAllRounds(
      early, earlyResults, stacked: stacked, known: known, &rewriter, vectorize)
    for (id, value) in zip(earlyResults, done) { stacked[id] = value }

    // The loop that is left.
    let summed = Set(sums.map(\.carry))
    let kept = inputs.carry.indices.filter { !summed.contains($0) }
    let keptEquations = body.equations.indices.filter { !removed.contains($0) }
    let readByRest = Set((late.map { $0 } + sums.map(\.product)).flatMap { body.equations[$0].operands })
    let lateResults = Set(late.flatMap { body.equations[$0].results })
    // Values of each round that are used after the loop: by what is done late, or as results.
    var wanted: [Graph.ValueID] = []
    for id in sliceOutputs + readByRest.sorted()
    where stacked[id] == nil && !lateResults.contains(id) && !wanted.contains(id) && varies[id] { wanted.append(id) }
    let invariantOutputs = sliceOutputs.filter { !varies[$0] }
    for id in invariantOutputs where !wanted.contains(id) { wanted.append(id) }
    let loopSlices = (inputs.sliced + earlyResults).filter { id in
      wanted.contains(id) || carryOutputs.contains(id)
        || keptEquations.contains { body.equations[$0].operands.contains(id) }
    }
    let loopConstants =
      inputs.constants
      + invariantResults.filter { id in
        wanted.contains(id) || carryOutputs.contains(id)
          || keptEquations.contains { body.equations[$0].operands.contains(id) }
      }
    let loopBody = Graph(
      name: body.name, types: body.types,
      inputs: loopConstants + kept.map { inputs.carry[$0] } + loopSlices, constants: body.constants,
      equations: keptEquations.map { body.equations[$0] }, outputs: kept.map { carryOutputs[$0] } + wanted
    ).withoutDeadCode()
    let loop = Scan(
      body: loopBody, length: scan.length, isReversed: scan.isReversed, constantCount: loopConstants.count,
      carryCount: kept.count)
    let loopOperands = loopConstants.map { known[$0]! } + kept.map { given.carry[$0] } + loopSlices.map { stacked[$0]! }
    var results = rewriter.add(.scan(loop), loopOperands)[...]
    var carryResults = [Graph.ValueID](repeating: 0, count: scan.carryCount)
    for position in kept { carryResults[position] = results.removeFirst() }
    for id in wanted { stacked[id] = results.removeFirst() }

    for sum in sums {
      let equation = body.equations[sum.product]
      guard case .dot(let dot) = equation.primitive else { continue }
      let all = Dot(
        lhsContracting: [0] + dot.lhsContracting.map { $0 + 1 },
        rhsContracting: [0] + dot.rhsContracting.map { $0 + 1 },
        lhsBatch: dot.lhsBatch.map { $0 + 1 }, rhsBatch: dot.rhsBatch.map { $0 + 1 })
      let product = rewriter.add(.dot(all), equation.operands.map { stacked[$0]! })[0]
      carryResults[sum.carry] = rewriter.add(.binary(.add), [product, given.carry[sum.carry]])[0]
    }
    let lateOutputs = sliceOutputs.filter(lateResults.contains)
    let lateDone = inlineForAllRounds(late, lateOutputs, stacked: stacked, known: known, &rewriter, vectorize)
    for (id, value) in zip(lateOutputs, lateDone) { stacked[id] = value }
    return carryResults + sliceOutputs.map { stacked[$0]! }
  }

  /// Adds equations of the body for all rounds at once; what they read is known or stacked. Answers the stacked results.
  private func inlineForAllRounds(
    _ equations: Set<Int>, _ results: [Graph.ValueID], stacked: [Graph.ValueID: Graph.ValueID],
    known: [Graph.ValueID: Graph.ValueID], _ rewriter: inout Rewriter, _ vectorize: CompilationContext.Vectorizer
  ) -> [Graph.ValueID] {
    if results.isEmpty { return [] }
    // What does not vary is computed along with it, once.
    var chosen = equations
    var waiting = equations.flatMap { body.equations[$0].operands }
    while let id = waiting.popLast() {
      guard !varies[id], known[id] == nil, let definition = definitions[id], chosen.insert(definition).inserted else {
        continue
      }
      waiting += body.equations[definition].operands
    }
    let computed = Set(chosen.flatMap { body.equations[$0].results })
    let constants = Set(body.constants.map(\.id))
    var inputs: [Graph.ValueID] = []
    for index in chosen.sorted() {
      for id in body.equations[index].operands
      where !computed.contains(id) && !constants.contains(id) && !inputs.contains(id) { inputs.append(id) }
    }
    let part = Graph(
      name: body.name, types: body.types, inputs: inputs, constants: body.constants,
      equations: chosen.sorted().map { body.equations[$0] }, outputs: results
    ).withoutDeadCode()
    let axes = inputs.map { varies[$0] ? Int?(0) : nil }
    let all = vectorize(part, axes, scan.length)
    return rewriter.inline(all, inputs.map { varies[$0] ? stacked[$0]! : known[$0]! }) { _, _ in nil }
  }
}
