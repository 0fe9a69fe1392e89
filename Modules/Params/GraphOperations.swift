import Tensor

extension Graph {
  /// The number of arithmetic operations that the program does: each addition, multiplication, comparison or function of an
  /// element counts as one, a product and its sum as two. Moving elements counts nothing, sorting n elements n · log n.
  ///
  /// A loop of known length counts its body as often; one of unknown length counts it once; of several branches the one
  /// with the most operations counts. Larger numbers than `Int.max` are counted as that.
  public var operationCount: Int {
    equations.reduce(0) { total, equation in
      saturatingSum(
        total,
        equation.primitive.operationCount(equation.operands.map { types[$0] }, equation.results.map { types[$0] })
      )
    }
  }
}

extension Primitive {
  fileprivate func operationCount(_ operands: [TensorType], _ results: [TensorType]) -> Int {
    func elements(_ type: TensorType) -> Int { type.elementCount }
    let outputs = results.first.map(elements) ?? 0
    switch self {
    case .dot(let dot): return ([2, outputs] + dot.lhsContracting.map { operands[0].shape[$0] }).product
    case .convolution(let convolution):
      // For each output the kernel's elements but for its output features.
      let features = operands[1].shape[convolution.dimensionNumbers.rhs[0]]
      return features == 0 ? 0 : [2, outputs, elements(operands[1]) / features].product
    case .unary, .binary, .compare, .isFinite, .select, .threefry2x32: return outputs
    case .multiplyAdd: return [2, outputs].product
    case .reduce, .argReduce, .cumulative: return elements(operands[0])
    case .reduceWindow(let reduction): return ([outputs] + reduction.window.sizes).product
    case .selectAndGather, .selectAndScatter, .scatter: return operands.map(elements).max() ?? 0
    case .sort, .topK:
      let count = elements(operands[0])
      return [count, Swift.max(1, Int.bitWidth - count.leadingZeroBitCount)].product
    case .call(let call): return call.graph.operationCount
    case .customDerivative(let call): return call.graph.operationCount
    case .switch(let choice): return choice.branches.map(\.operationCount).max() ?? 0
    case .whileLoop(let loop): return saturatingSum(loop.condition.operationCount, loop.body.operationCount)
    case .scan(let scan): return [scan.length, scan.body.operationCount].product
    default: return 0
    }
  }
}

private func saturatingSum(_ a: Int, _ b: Int) -> Int {
  let (sum, overflows) = a.addingReportingOverflow(b)
  return overflows ? .max : sum
}
