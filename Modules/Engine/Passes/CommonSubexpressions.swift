import Tensor

extension Graph {
  /// The same program with equal operations on equal values done once.
  func withoutRepetitions() -> Graph {
    var known: [Key: [ValueID]] = [:]
    return Rewriter.rewrite(self) { rewriter, equation in
      let key = Key(primitive: equation.primitive, operands: equation.operands)
      if let results = known[key] { return results }
      let results = rewriter.add(equation.primitive, equation.operands)
      known[key] = results
      return results
    }
  }

  private struct Key: Hashable {
    var primitive: Primitive
    var operands: [ValueID]
  }
}
