import Tensor

extension Graph {
  /// The same program with operations that change nothing left out, chains of rearrangements made one, and transposes of products
  /// made by the products. No result changes by a bit.
  func simplified() -> Graph {
    Rewriter.rewrite(self) { rewriter, equation in
      guard let operand = equation.operands.first else { return nil }
      let type = rewriter.type(operand)
      switch equation.primitive {
      case .marker, .partition: return [operand]
      case .convert(let convert) where convert.dtype == type.dtype: return [operand]
      case .bitcast(let bitcast) where bitcast.dtype == type.dtype: return [operand]
      case .reshape(let reshape): return rewriter.simplifiedReshape(reshape, operand)
      case .broadcastInDim(let broadcast): return rewriter.simplifiedBroadcast(broadcast, operand)
      case .transpose(let transpose): return rewriter.simplifiedTranspose(transpose, operand)
      case .reverse(let reverse):
        return reverse.dimensions.allSatisfy { type.shape[$0] == 1 } ? [operand] : nil
      case .slice(let slice):
        let isWhole =
          slice.start.allSatisfy { $0 == 0 } && slice.limit == type.shape && slice.stride.allSatisfy { $0 == 1 }
        return isWhole ? [operand] : nil
      case .concatenate: return equation.operands.count == 1 ? [operand] : nil
      case .reduce(let reduce):
        if reduce.axes.isEmpty { return [operand] }
        guard type.elementCount > 0, reduce.axes.allSatisfy({ type.shape[$0] == 1 }) else { return nil }
        let shape = type.shape.indices.filter { !reduce.axes.contains($0) }.map { type.shape[$0] }
        return rewriter.add(.reshape(Reshape(shape)), [operand])
      case .binary(let binary): return rewriter.simplifiedBinary(binary, equation.operands)
      case .select:
        if let condition = rewriter.uniform(operand) { return [equation.operands[condition != 0 ? 1 : 2]] }
        return equation.operands[1] == equation.operands[2] ? [equation.operands[1]] : nil
      default: return nil
      }
    }
  }
}

extension Rewriter {
  fileprivate mutating func simplifiedReshape(_ reshape: Reshape, _ operand: Graph.ValueID) -> [Graph.ValueID]? {
    if type(operand).shape == reshape.shape { return [operand] }
    guard let inner = definition(operand), case .reshape = inner.primitive else { return nil }
    if type(inner.operands[0]).shape == reshape.shape { return [inner.operands[0]] }
    return add(.reshape(reshape), inner.operands)
  }

  fileprivate mutating func simplifiedBroadcast(
    _ broadcast: BroadcastInDim, _ operand: Graph.ValueID
  ) -> [Graph.ValueID]? {
    if type(operand).shape == broadcast.shape { return [operand] }
    guard let inner = definition(operand), case .broadcastInDim(let first) = inner.primitive else { return nil }
    let dimensions = first.dimensions.map { broadcast.dimensions[$0] }
    return add(.broadcastInDim(BroadcastInDim(shape: broadcast.shape, dimensions: dimensions)), inner.operands)
  }

  fileprivate mutating func simplifiedTranspose(_ transpose: Transpose, _ operand: Graph.ValueID) -> [Graph.ValueID]? {
    if transpose.permutation == Array(0..<transpose.permutation.count) { return [operand] }
    guard let inner = definition(operand) else { return nil }
    switch inner.primitive {
    case .transpose(let first):
      let permutation = transpose.permutation.map { first.permutation[$0] }
      if permutation == Array(0..<permutation.count) { return inner.operands }
      return add(.transpose(Transpose(permutation)), inner.operands)
    case .dot(let dot):
      // A product whose two sides trade places is the product in the other order.
      let batch = dot.lhsBatch.count
      let left = dot.lhsFree(rank: type(inner.operands[0]).rank).count
      let rank = transpose.permutation.count
      let swapped = Array(0..<batch) + Array(batch + left..<rank) + Array(batch..<batch + left)
      guard transpose.permutation == swapped else { return nil }
      let other = Dot(
        lhsContracting: dot.rhsContracting, rhsContracting: dot.lhsContracting, lhsBatch: dot.rhsBatch,
        rhsBatch: dot.lhsBatch)
      return add(.dot(other), [inner.operands[1], inner.operands[0]])
    default: return nil
    }
  }

  fileprivate mutating func simplifiedBinary(_ binary: Binary, _ operands: [Graph.ValueID]) -> [Graph.ValueID]? {
    let (a, b) = (operands[0], operands[1])
    let (left, right) = (uniform(a), uniform(b))
    switch binary {
    // x + 0 is x but for x = -0; x + (-0) and x - 0 are x.
    case .add:
      let isInteger = !type(a).dtype.isFloating
      if let right, right == 0, isInteger || right.sign == .minus { return [a] }
      if let left, left == 0, isInteger || left.sign == .minus { return [b] }
    case .subtract: if let right, right == 0, right.sign == .plus { return [a] }
    case .multiply:
      if right == 1 { return [a] }
      if left == 1 { return [b] }
    case .divide:
      if right == 1 { return [a] }
      // A division by a power of two is a product with its inverse.
      if let right, type(a).dtype.isFloating, let divisor = known(b), isPowerOfTwo(right) {
        let inverse = ConcreteValue.splat(divisor.type, 1 / right)
        return add(.binary(.multiply), [a, constant(Tensor(inverse))])
      }
    default: break
    }
    return nil
  }

  private func isPowerOfTwo(_ number: Double) -> Bool {
    number.isNormal && number.significand == 1 && abs(number.exponent) < 14
  }
}
