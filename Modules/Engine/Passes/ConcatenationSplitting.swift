import Tensor

extension Graph {
  /// The same program in which products with a concatenation, summed along it, are sums of products with its parts, where `isKept`
  /// does not hold for all parts alike.
  ///
  /// In a loop's body this separates what depends on the round before from what does not.
  func withConcatenationsSplit(_ isKept: [Bool]) -> Graph {
    let concatenates = equations.contains { equation in
      if case .concatenate = equation.primitive { return true }
      return false
    }
    if !concatenates { return self }
    return Rewriter.rewrite(self) { rewriter, equation in
      guard case .dot(let dot) = equation.primitive, let old = rewriter.currentEquation else { return nil }
      for side in 0..<2 {
        let contracting = side == 0 ? dot.lhsContracting : dot.rhsContracting
        guard let parts = rewriter.definition(equation.operands[side]),
          case .concatenate(let concatenate) = parts.primitive,
          let position = contracting.firstIndex(of: concatenate.dimension),
          let definition = self.equations.first(where: { $0.results.contains(old.operands[side]) }),
          Set(definition.operands.map { isKept[$0] }).count == 2
        else { continue }
        let other = equation.operands[1 - side]
        let otherDimension = (side == 0 ? dot.rhsContracting : dot.lhsContracting)[position]
        var start = 0
        var sum: ValueID?
        for part in parts.operands {
          let size = rewriter.type(part).shape[concatenate.dimension]
          let shape = rewriter.type(other).shape
          var slice = Slice(start: shape.map { _ in 0 }, limit: shape, stride: shape.map { _ in 1 })
          (slice.start[otherDimension], slice.limit[otherDimension]) = (start, start + size)
          let factor = rewriter.add(.slice(slice), [other])[0]
          let product = rewriter.add(equation.primitive, side == 0 ? [part, factor] : [factor, part])[0]
          sum = sum.map { rewriter.add(.binary(.add), [$0, product])[0] } ?? product
          start += size
        }
        return sum.map { [$0] }
      }
      return nil
    }
  }
}
