import Tensor

extension Scatter: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    if operands[2].type.elementCount == 0 { return [operands[0]] }
    let computed = operation == .set ? results[0].dtype : results[0].dtype.accumulated
    let (operand, updates) = (writer.convert(operands[0], to: computed), writer.convert(operands[2], to: computed))
    var indices = writer.convert(operands[1], to: operands[1].dtype.ofPositions)
    if mode == .clip && !dimensions.startIndexMap.isEmpty {
      let sliceSizes = dimensions.sliceSizes(operand: operand.shape, windows: updates.shape)
      indices = writer.clipped(indices, dimensions, operand: operand.shape, sliceSizes: sliceSizes)
    }
    let scalar = HLOType(computed)
    let region = try writer.region([scalar, scalar]) { [operation] in
      switch operation {
      case .set: [$0[1]]
      case .add: [writer.binary("add", $0[0], $0[1])]
      case .multiply: [writer.binary("multiply", $0[0], $0[1])]
      case .minimum: [writer.binary("minimum", $0[0], $0[1])]
      case .maximum: [writer.binary("maximum", $0[0], $0[1])]
      }
    }
    // StableHLO leaves windows outside out.
    let result = writer.operation(
      "stablehlo.scatter", [operand, indices, updates],
      [
        HLOAttribute(
          "scatter_dimension_numbers", kind: "scatter",
          [
            ("update_window_dims", dimensions.offsetDims), ("inserted_window_dims", dimensions.collapsedSliceDims),
            ("input_batching_dims", dimensions.operandBatchingDims),
            ("scatter_indices_batching_dims", dimensions.startIndicesBatchingDims),
            ("scatter_dims_to_operand_dims", dimensions.startIndexMap),
          ], index: ("index_vector_dim", indices.rank - 1)),
        HLOAttribute("indices_are_sorted", false), HLOAttribute("unique_indices", hasUniqueIndices),
      ], regions: [region], result: operand.type)
    return [writer.convert(result, to: results[0].dtype)]
  }
}
