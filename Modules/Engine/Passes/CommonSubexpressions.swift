import Tensor

extension Graph {
  /// The same program with equal operations on equal values done once.
  func withoutRepetitions() -> Graph {
    // By the latest of the operands, which few operations share; those without operands apart.
    var known = ValueTable<[Equation]>()
    var sources: [Equation] = []
    return Rewriter.rewrite(self) { rewriter, equation in
      let latest = equation.operands.max()
      let candidates = latest.map { known[$0] ?? [] } ?? sources
      let same = candidates.first { $0.operands == equation.operands && $0.primitive == equation.primitive }
      if let same { return same.results }
      var equation = equation
      equation.results = rewriter.add(equation.primitive, equation.operands)
      if let latest { known[latest, default: []].append(equation) } else { sources.append(equation) }
      return equation.results
    }
  }
}
