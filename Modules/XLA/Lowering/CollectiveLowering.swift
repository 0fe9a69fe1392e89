import Tensor

extension Collective: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    throw LoweringError(
      name, operands.map(\.type.tensorType),
      "there is no vmap whose axis is named \"\(axisName)\" inside of the lowered function",
      hint: "lower the function that calls vmap(f, axisName: \"\(axisName)\")")
  }
}
