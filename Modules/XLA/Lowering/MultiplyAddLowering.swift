import Tensor

extension MultiplyAdd: StableHLOFamily {
  /// A product and a sum: StableHLO has no operation that rounds once, but XLA makes one of the two where the processor
  /// has the instruction.
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    [writer.binary("add", writer.binary("multiply", operands[0], operands[1]), operands[2])]
  }
}
