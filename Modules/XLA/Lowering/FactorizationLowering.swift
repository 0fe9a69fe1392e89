import Tensor

extension Factorization: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let a = operands[0]
    switch self {
    case .cholesky:
      let factor = writer.operation("stablehlo.cholesky", [a], [HLOAttribute("lower", true)], result: a.type)
      return [writer.triangle(factor, lower: true)]
    case .qr: return orthogonal(a, results, writer)
    case .eigh:
      // XLA's own: both triangles are read, so that the lower one is copied.
      let outputs = writer.operation(
        "stablehlo.custom_call", [a],
        [
          HLOAttribute("call_target_name", "\"Eigh\""),
          HLOAttribute("backend_config", "\"1,1,100,\(a.dtype == .float64 ? "1e-15" : "1e-7")\""),
        ], results: [results[1], results[0]])
      return [outputs[1], outputs[0]]
    case .lu, .svd, .singularValues:
      throw LoweringError(
        name, [a.type.tensorType], "neither StableHLO nor XLA's compilers have it",
        hint: "compute it outside of the function that is lowered")
    }
  }

  /// By XLA's own operations: reflections, and their product.
  private func orthogonal(_ a: HLOValue, _ results: [HLOType], _ writer: FunctionWriter) -> [HLOValue] {
    let (q, r) = (results[0], results[1])
    let (m, n) = (a.shape[a.rank - 2], a.shape[a.rank - 1])
    let batch = Array(a.shape.dropLast(2))
    let count = min(m, n)
    let reflections = writer.operation(
      "stablehlo.custom_call", [a], [HLOAttribute("call_target_name", "\"Qr\"")],
      results: [a.type, a.type.with(shape: batch + [count])])
    let start = a.shape.map { _ in 0 }
    let columns = q.shape[q.rank - 1]
    // One column for each of the product's, those beyond the reflections zero.
    let kept = writer.slice(reflections[0], start: start, limit: batch + [m, min(n, columns)])
    let missing = start.dropLast() + [columns - min(n, columns)]
    let vectors =
      columns <= n
      ? kept
      : writer.pad(
        kept, with: writer.constant(integer: 0, HLOType(a.dtype)), low: start, high: Array(missing), interior: start)
    let product = writer.operation(
      "stablehlo.custom_call", [vectors, reflections[1]],
      [HLOAttribute("call_target_name", "\"ProductOfElementaryHouseholderReflectors\"")], result: q)
    let upper = writer.slice(reflections[0], start: start, limit: r.shape)
    return [product, writer.triangle(upper, lower: false)]
  }
}

extension FunctionWriter {
  /// Matrices with zeros above the diagonal, or below it.
  fileprivate func triangle(_ x: HLOValue, lower: Bool) -> HLOValue {
    let place = x.type.with(dtype: .int32)
    let (row, column) = (iota(place, dimension: x.rank - 2), iota(place, dimension: x.rank - 1))
    return select(compare(lower ? "GE" : "LE", row, column), x, constant(integer: 0, x.type))
  }
}
