import Tensor

extension Graph {
  /// The same program with operations on constants done now, where the results are small.
  func withConstantsFolded() -> Graph {
    Rewriter.rewrite(self) { rewriter, equation in
      if case .iota(let iota) = equation.primitive, iota.type.shape[iota.dimension] == 1 {
        return [rewriter.constant(Tensor(ConcreteValue.splat(iota.type, integer: 0)))]
      }
      guard !equation.operands.isEmpty, equation.primitive.graphs.isEmpty else { return nil }
      switch equation.primitive {
      case .customLinear, .collective: return nil
      default: break
      }
      var operands: [ConcreteValue] = []
      for id in equation.operands {
        guard let value = rewriter.known(id) else { return nil }
        operands.append(value)
      }
      let types = orFail { () throws(TensorError) in
        try equation.primitive.resultTypes(of: equation.operands.map(rewriter.type))
      }
      // Splats stay splats through elementwise operations and take no memory, however many elements they stand for.
      let staysUniform =
        operands.allSatisfy(\.isSplat) && (equation.primitive.isElementwise || equation.primitive.arranges)
      guard
        staysUniform
          || types.allSatisfy({ $0.elementCount <= Self.mostFolded })
            && operands.allSatisfy({ $0.type.elementCount <= Self.mostFolded })
      else {
        if case .broadcastInDim = equation.primitive, operands[0].type.elementCount == 1 {
          return equation.primitive.evaluate(operands, types).map { rewriter.constant(Tensor($0)) }
        }
        return nil
      }
      return equation.primitive.evaluate(operands, types).map { rewriter.constant(Tensor($0)) }
    }
  }

  private static let mostFolded = 1024
}
