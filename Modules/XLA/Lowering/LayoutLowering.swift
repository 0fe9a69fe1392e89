import Tensor

extension BroadcastInDim: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    [writer.broadcast(operands[0], to: shape, dimensions: dimensions)]
  }
}

extension Reshape: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    [writer.reshape(operands[0], to: shape)]
  }
}

extension Transpose: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    [writer.transpose(operands[0], permutation)]
  }
}

extension Reverse: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    [writer.reverse(operands[0], dimensions)]
  }
}

extension Concatenate: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    [writer.operation("stablehlo.concatenate", operands, [HLOAttribute("dimension", dimension)], result: results[0])]
  }
}

extension Pad: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    [writer.pad(operands[0], with: operands[1], low: low, high: high, interior: interior)]
  }
}

extension Slice: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    [writer.slice(operands[0], start: start, limit: limit, strides: stride)]
  }
}

extension DynamicSlice: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    [
      writer.operation(
        "stablehlo.dynamic_slice", [operands[0]] + writer.starts(operands.dropFirst()),
        [HLOAttribute("slice_sizes", sizes)], result: results[0])
    ]
  }
}

extension DynamicUpdateSlice: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    [
      writer.operation(
        "stablehlo.dynamic_update_slice", operands[..<2] + writer.starts(operands.dropFirst(2)), result: results[0])
    ]
  }
}

extension FunctionWriter {
  /// Starts in one type, which has room for them and for the size of any dimension.
  fileprivate func starts(_ starts: ArraySlice<HLOValue>) -> [HLOValue] {
    let types = Set(starts.map(\.dtype.ofPositions))
    let common = types.count == 1 ? types.first! : .int64
    return starts.map { convert($0, to: common) }
  }
}

extension Iota: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    [writer.iota(results[0], dimension: dimension)]
  }
}
