import Tensor

/// What this layer must know of a family of primitives: its form in StableHLO.
protocol StableHLOFamily {
  /// Writes the operation on operands whose types are those of the graph, and answers the values of its results.
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue]
}

extension Primitive {
  /// The family's rules in this layer.
  var stableHLO: any StableHLOFamily {
    switch self {
    case .unary(let family): family
    case .binary(let family): family
    case .multiplyAdd(let family): family
    case .compare(let family): family
    case .isFinite(let family): family
    case .select(let family): family
    case .convert(let family): family
    case .bitcast(let family): family
    case .broadcastInDim(let family): family
    case .reshape(let family): family
    case .transpose(let family): family
    case .reverse(let family): family
    case .concatenate(let family): family
    case .pad(let family): family
    case .slice(let family): family
    case .dynamicSlice(let family): family
    case .dynamicUpdateSlice(let family): family
    case .gather(let family): family
    case .scatter(let family): family
    case .reduce(let family): family
    case .argReduce(let family): family
    case .cumulative(let family): family
    case .sort(let family): family
    case .topK(let family): family
    case .iota(let family): family
    case .dot(let family): family
    case .convolution(let family): family
    case .reduceWindow(let family): family
    case .selectAndGather(let family): family
    case .selectAndScatter(let family): family
    case .factorization(let family): family
    case .triangularSolve(let family): family
    case .linearSolve(let family): family
    case .fourier(let family): family
    case .threefry2x32(let family): family
    case .marker(let family): family
    case .partition(let family): family
    case .collective(let family): family
    case .call(let family): family
    case .switch(let family): family
    case .whileLoop(let family): family
    case .scan(let family): family
    case .customDerivative(let family): family
    case .customLinear(let family): family
    }
  }
}
