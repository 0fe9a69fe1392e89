import Tensor

extension TriangularSolve: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    [
      writer.operation(
        "stablehlo.triangular_solve", operands,
        [
          HLOAttribute("left_side", leftSide), HLOAttribute("lower", lower),
          HLOAttribute("unit_diagonal", unitDiagonal),
          HLOAttribute("transpose_a", kind: "transpose", transposed ? "TRANSPOSE" : "NO_TRANSPOSE"),
        ], result: results[0])
    ]
  }
}

extension LinearSolve: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let (factors, order, b) = (operands[1], operands[2], operands[3])
    func solve(lower: Bool, _ b: HLOValue) throws(LoweringError) -> HLOValue {
      try TriangularSolve(leftSide: true, lower: lower, transposed: transposed, unitDiagonal: lower)
        .write([factors, b], results, writer)[0]
    }
    // Rows in the order of the factors, or back.
    let batch = Array(0..<b.rank - 2)
    let rows = GatherDimensions(
      offsetDims: [b.rank - 1], collapsedSliceDims: [b.rank - 2], startIndexMap: [b.rank - 2],
      operandBatchingDims: batch, startIndicesBatchingDims: batch)
    let indices = writer.reshape(order, to: order.shape + [1])
    if !transposed {
      let sliceSizes = b.shape.dropLast().map { _ in 1 } + b.shape.suffix(1)
      let permuted = try Gather(rows, sliceSizes: sliceSizes, mode: .clip).write([b, indices], results, writer)[0]
      return [try solve(lower: false, solve(lower: true, permuted))]
    }
    let solved = try solve(lower: true, solve(lower: false, b))
    return try Scatter(.set, rows, mode: .clip, hasUniqueIndices: true).write(
      [solved, indices, solved], results, writer)
  }
}
