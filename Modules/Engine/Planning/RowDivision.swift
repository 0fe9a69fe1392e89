import Tensor

/// The body of a loop, for some of its rows.
///
/// Where each row of the carry, the first dimension, depends on that row of what came before alone, as the examples of a batch do in
/// a recurrent network, the whole loop is done for some rows after the other. Parts need not wait for each other in each round, and
/// what a part works on stays in one processor's caches. Products of all rows would read large matrices once instead of once for
/// each part, so that loops with such are left whole.
struct RowDivision {
  /// How many parts of equally many rows there are; a matter of shapes alone, so that results are the same whatever the threads.
  let parts: Int
  /// The body for the rows of one part.
  let body: Graph
  /// For each input of the body, whether a part is given its rows, the others being for all.
  let divides: [Bool]

  private static let mostParts = 8
  /// Bytes of what all parts read that are still near when the next round reads them again.
  private static let mostSharedBytes = 1 << 20
  /// Multiplications of a round with so many are shared by the threads well enough.
  private static let mostWorkOfRound = 1 << 24
  private static let leastWork = 1 << 17

  /// nil if the loop is better left whole.
  init?(_ scan: Scan) {
    let body = scan.body
    guard scan.carryCount > 0, let rows = body.types[body.outputs[0]].shape.first, let parts = Self.parts(of: rows),
      let dimensions = DividedDimensions(body, scan, rows: rows)
    else { return nil }
    let work = body.equations.reduce(0) { $0 + body.work($1) }
    let shared = body.inputs.filter { dimensions[$0] == nil }.reduce(0) { $0 + body.types[$1].byteCount }
    guard work <= Self.mostWorkOfRound, work * scan.length >= Self.leastWork, shared <= Self.mostSharedBytes else {
      return nil
    }
    self.parts = parts
    self.body = body.divided(dimensions, rows: rows / parts)
    divides = body.inputs.map { dimensions[$0] != nil }
  }

  /// As many as there are threads on most machines, unless a part had few rows then.
  private static func parts(of rows: Int) -> Int? {
    let fewestRows = rows < 16 ? 4 : 8
    return [mostParts, 4, 2].first { rows % $0 == 0 && rows / $0 >= fewestRows }
  }
}

/// The dimension of each value along which rows lie, of those that have rows.
private struct DividedDimensions {
  private let graph: Graph
  private let rows: Int
  private var known: [Graph.ValueID: Int] = [:]
  private var isConsistent = true

  subscript(id: Graph.ValueID) -> Int? { known[id] }

  /// nil if rows depend on each other, or if the carry or a result is not made of rows.
  init?(_ body: Graph, _ scan: Scan, rows: Int) {
    (graph, self.rows) = (body, rows)
    for id in body.inputs[scan.constantCount...].prefix(scan.carryCount) + body.outputs { set(id, 0) }
    var count = 0
    while isConsistent && count < known.count {
      count = known.count
      for equation in body.equations { carryOn(equation) }
    }
    guard isConsistent, body.equations.allSatisfy(isMet),
      body.constants.allSatisfy({ known[$0.id] == nil || $0.tensor.concrete?.isSplat == true }),
      body.inputs.allSatisfy({ known[$0] ?? 0 == 0 })
    else { return nil }
  }

  private mutating func set(_ id: Graph.ValueID, _ dimension: Int) {
    let shape = graph.types[id].shape
    if dimension >= shape.count || shape[dimension] != rows || known[id] ?? dimension != dimension {
      isConsistent = false
    } else {
      known[id] = dimension
    }
  }

  /// From one value of an equation to the others.
  private mutating func carryOn(_ equation: Graph.Equation) {
    let (results, operands) = (equation.results.compactMap { known[$0] }, equation.operands.map { known[$0] })
    guard let operand = operands.firstIndex(where: { $0 != nil }) ?? (results.isEmpty ? nil : 0) else { return }
    let (graph, shape) = (graph, graph.types[equation.results[0]].shape)
    let own =
      results.first
      ?? shape.indices.first {
        shape[$0] == rows && graph.dimensions(ofOperandsOf: equation, along: $0)?[operand] == operands[operand]
      }
    guard let own, let wanted = graph.dimensions(ofOperandsOf: equation, along: own) else {
      isConsistent = false
      return
    }
    for id in equation.results { set(id, own) }
    for (id, dimension) in zip(equation.operands, wanted) {
      if let dimension { set(id, dimension) }
    }
  }

  /// Whether rows of the results are made of what the parts have.
  private func isMet(_ equation: Graph.Equation) -> Bool {
    guard let own = known[equation.results[0]] else { return equation.operands.allSatisfy { known[$0] == nil } }
    return graph.dimensions(ofOperandsOf: equation, along: own).map { $0 == equation.operands.map { known[$0] } }
      ?? false
  }
}

extension Graph {
  /// For each operand, the dimension that goes with this one of the result, or nil if all of the operand is needed for each part of
  /// the result; nil if the operation cannot be done in parts along it.
  fileprivate func dimensions(ofOperandsOf equation: Equation, along own: Int) -> [Int?]? {
    let operands = equation.operands.map { types[$0].shape }
    let result = types[equation.results[0]].shape
    switch equation.primitive {
    case .unary, .binary, .multiplyAdd, .compare, .isFinite, .select, .convert:
      return operands.map { $0.count == result.count ? own : nil }
    case .broadcastInDim(let broadcast):
      let from = broadcast.dimensions.firstIndex(of: own)
      return [from.flatMap { operands[0][$0] == result[own] ? $0 : nil }]
    case .reshape:
      let before = Array(result[..<own]).product
      let from = operands[0].indices.first {
        operands[0][$0] == result[own] && Array(operands[0][..<$0]).product == before
      }
      return from.map { [$0] }
    case .transpose(let transpose): return [transpose.permutation[own]]
    case .reverse(let reverse): return reverse.dimensions.contains(own) ? nil : [own]
    case .concatenate(let concatenate): return own == concatenate.dimension ? nil : operands.map { _ in own }
    case .slice(let slice):
      let isWhole = slice.start[own] == 0 && slice.stride[own] == 1 && slice.limit[own] == operands[0][own]
      return isWhole ? [own] : nil
    case .reduce(let reduce): return [operands[0].indices.filter { !reduce.axes.contains($0) }[own]]
    case .dot(let dot) where dot.lhsBatch.isEmpty:
      let (left, right) = (dot.lhsFree(rank: operands[0].count), dot.rhsFree(rank: operands[1].count))
      return own < left.count ? [left[own], nil] : [nil, right[own - left.count]]
    default: return nil
    }
  }

  /// About how long an equation takes, in multiplications.
  fileprivate func work(_ equation: Equation) -> Int {
    let size = equation.results.reduce(0) { $0 + types[$1].elementCount }
    guard case .dot(let dot) = equation.primitive else { return size }
    return size * dot.lhsContracting.map { types[equation.operands[0]].shape[$0] }.product
  }

  /// The same program for fewer rows.
  fileprivate func divided(_ dimensions: DividedDimensions, rows: Int) -> Graph {
    func divided(_ shape: [Int], _ id: ValueID) -> [Int] {
      var shape = shape
      if let dimension = dimensions[id] { shape[dimension] = rows }
      return shape
    }
    return Rewriter.rewrite(self, given: { self.types[$0].with(shape: divided(self.types[$0].shape, $0)) }) {
      rewriter, equation in
      let result = rewriter.currentEquation!.results[0]
      var primitive = equation.primitive
      switch primitive {
      case .broadcastInDim(var broadcast):
        broadcast.shape = divided(broadcast.shape, result)
        primitive = .broadcastInDim(broadcast)
      case .reshape(var reshape):
        reshape.shape = divided(reshape.shape, result)
        primitive = .reshape(reshape)
      case .slice(var slice):
        slice.limit = divided(slice.limit, result)
        primitive = .slice(slice)
      default: return nil
      }
      return rewriter.add(primitive, equation.operands)
    }
  }
}
