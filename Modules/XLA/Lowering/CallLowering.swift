import Tensor

extension Call: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    // What is computed again in a backward pass must not be found to be the same as what was computed here, and be
    // kept.
    let isBarred = recomputes && !operands.isEmpty
    let inputs =
      isBarred
      ? writer.operation("stablehlo.optimization_barrier", operands, results: operands.map(\.type)) : operands
    return try writer.call(graph, inputs)
  }
}

extension CustomDerivative: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    try writer.call(graph, operands)
  }
}

extension CustomLinear: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    throw LoweringError(
      functionName, operands.map(\.type.tensorType),
      "has a custom backward pass only, so that forward mode cannot differentiate it",
      hint: "give it a customJVP instead, from which reverse mode follows")
  }
}
