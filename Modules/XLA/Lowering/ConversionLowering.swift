import Tensor

extension Convert: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    [writer.convert(operands[0], to: dtype)]
  }
}

extension Bitcast: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    if operands[0].dtype == dtype { return operands }
    return [writer.operation("stablehlo.bitcast_convert", operands, result: results[0])]
  }
}
