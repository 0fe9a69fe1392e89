import Tensor

extension Graph {
  /// The same program in which products of one matrix with several that never vary are one product with these side by side.
  ///
  /// For loop bodies, where putting them side by side is done once: the gates of a recurrent cell are such products. Only those
  /// are packed that `isWorthwhile` holds for.
  func withProductsPacked(varies: [Bool], where isWorthwhile: (Equation) -> Bool) -> Graph {
    var groups: [Key: [Int]] = [:]
    for (index, equation) in equations.enumerated() {
      guard case .dot(let dot) = equation.primitive, dot.lhsBatch.isEmpty, dot.rhsContracting.count == 1,
        !varies[equation.operands[1]], types[equation.operands[1]].rank == 2, isWorthwhile(equation)
      else { continue }
      groups[Key(dot: dot, lhs: equation.operands[0]), default: []].append(index)
    }
    let packs = groups.values.filter { $0.count > 1 }
    if packs.isEmpty { return self }
    let packOf = Dictionary(packs.flatMap { pack in pack.map { ($0, pack) } }, uniquingKeysWith: { first, _ in first })
    var done: [Int: ValueID] = [:]
    var position = -1
    let ordered = withInvariantsFirst(varies)
    return Rewriter.rewrite(ordered.graph) { rewriter, equation in
      position += 1
      let original = ordered.order[position]
      guard let pack = packOf[original], case .dot(let dot) = equation.primitive else { return nil }
      let free = 1 - dot.rhsContracting[0]
      if done[pack[0]] == nil {
        let matrices = pack.map { rewriter.renamed[self.equations[$0].operands[1]]! }
        let joined = rewriter.add(.concatenate(Concatenate(free)), matrices)[0]
        done[pack[0]] = rewriter.add(equation.primitive, [equation.operands[0], joined])[0]
      }
      let whole = done[pack[0]]!
      let shape = rewriter.type(whole).shape
      let sizes = pack.map { types[self.equations[$0].operands[1]].shape[free] }
      let place = pack.firstIndex(of: original)!
      let start = sizes[..<place].reduce(0, +)
      var slice = Slice(start: shape.map { _ in 0 }, limit: shape, stride: shape.map { _ in 1 })
      (slice.start[shape.count - 1], slice.limit[shape.count - 1]) = (start, start + sizes[place])
      return rewriter.add(.slice(slice), [whole])
    }
  }

  private struct Key: Hashable {
    var dot: Dot
    var lhs: ValueID
  }

  /// The same program with what does not vary computed first, and for each of its equations the position here.
  private func withInvariantsFirst(_ varies: [Bool]) -> (graph: Graph, order: [Int]) {
    func isFirst(_ index: Int) -> Bool { !equations[index].results.contains { varies[$0] } }
    let order = equations.indices.filter(isFirst) + equations.indices.filter { !isFirst($0) }
    let graph = Graph(
      name: name, types: types, inputs: inputs, constants: constants, equations: order.map { equations[$0] },
      outputs: outputs)
    return (graph, order)
  }
}
