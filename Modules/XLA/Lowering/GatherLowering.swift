import Tensor

extension FunctionWriter {
  /// The last starts, one a component of the index vectors, at which a window lies inside.
  fileprivate func lastStarts(
    _ dimensions: GatherDimensions, _ operand: [Int], _ sliceSizes: [Int], like indices: HLOValue
  ) -> HLOValue {
    let most = indices.dtype == .uint32 ? Int(UInt32.max) : indices.dtype.itemSize == 4 ? Int(Int32.max) : Int.max
    let starts = dimensions.startIndexMap.map {
      constant(integer: min(operand[$0] - sliceSizes[$0], most), HLOType(indices.dtype, [1]))
    }
    let row = operation(
      "stablehlo.concatenate", starts, [HLOAttribute("dimension", 0)], result: HLOType(indices.dtype, [starts.count]))
    return broadcast(row, to: indices.shape, dimensions: [indices.rank - 1])
  }

  /// Whether each index vector's window lies inside.
  func areInside(
    _ indices: HLOValue, _ dimensions: GatherDimensions, operand: [Int], sliceSizes: [Int]
  ) throws(LoweringError) -> HLOValue {
    let last = lastStarts(dimensions, operand, sliceSizes, like: indices)
    let areInside = binary(
      "and", compare("GE", indices, constant(integer: 0, indices.type)), compare("LE", indices, last))
    return try Reduce(.and, axes: [indices.rank - 1]).write(
      [areInside], [HLOType(.bool, Array(indices.shape.dropLast()))], self)[0]
  }

  /// The index vectors moved so that their windows lie inside.
  func clipped(
    _ indices: HLOValue, _ dimensions: GatherDimensions, operand: [Int], sliceSizes: [Int]
  ) -> HLOValue {
    let last = lastStarts(dimensions, operand, sliceSizes, like: indices)
    return binary("minimum", binary("maximum", indices, constant(integer: 0, indices.type)), last)
  }
}

extension Gather: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let (operand, result) = (operands[0], results[0])
    let indices = writer.convert(operands[1], to: operands[1].dtype.ofPositions)
    // StableHLO moves windows inside.
    let windows = writer.operation(
      "stablehlo.gather", [operand, indices],
      [
        HLOAttribute(
          "dimension_numbers", kind: "gather",
          [
            ("offset_dims", dimensions.offsetDims), ("collapsed_slice_dims", dimensions.collapsedSliceDims),
            ("operand_batching_dims", dimensions.operandBatchingDims),
            ("start_indices_batching_dims", dimensions.startIndicesBatchingDims),
            ("start_index_map", dimensions.startIndexMap),
          ], index: ("index_vector_dim", indices.rank - 1)),
        HLOAttribute("slice_sizes", sliceSizes), HLOAttribute("indices_are_sorted", false),
      ], result: result)
    if mode != .fillOrDrop || dimensions.startIndexMap.isEmpty { return [windows] }
    let areInside = try writer.areInside(indices, dimensions, operand: operand.shape, sliceSizes: sliceSizes)
    let condition = writer.broadcast(
      areInside, to: result.shape, dimensions: dimensions.batchDims(rank: result.rank))
    return [writer.select(condition, windows, fill(result, writer))]
  }

  /// What takes the place of elements outside.
  private func fill(_ type: HLOType, _ writer: FunctionWriter) -> HLOValue {
    if let fillValue { return writer.constant(fillValue, type) }
    if type.dtype.isFloating { return writer.constant(.nan, type) }
    return type.dtype.isSignedInteger ? writer.lowest(type) : writer.highest(type)
  }
}
