import Autodiff
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
    case .qr:
      // XLA's own operation for the reflections, in blocks.
      let (m, n) = (a.shape[a.rank - 2], a.shape[a.rank - 1])
      let factors = a.type.with(shape: a.shape.dropLast(2) + [min(m, n)])
      let reflections = writer.operation(
        "stablehlo.custom_call", [a], [HLOAttribute("call_target_name", "\"Qr\"")], results: [a.type, factors])
      let columns = results[0].shape[results[0].rank - 1]
      return try write(reflections, writer) { FactorizationGraphs.product($0[0], $0[1], columns: columns) }
    case .lu: return try write(operands, writer) { FactorizationGraphs.lu($0[0]) }
    case .svd(let isFull): return try write(operands, writer) { FactorizationGraphs.svd($0[0], isFull: isFull) }
    case .singularValues: return try write(operands, writer) { FactorizationGraphs.singularValues($0[0]) }
    case .eigh: return try write(operands, writer) { FactorizationGraphs.eigh($0[0]) }
    }
  }

  /// Calls a function of other primitives, which is traced once in a module for operands of these types.
  private func write(
    _ operands: [HLOValue], _ writer: FunctionWriter, _ function: ([Tensor]) -> [Tensor]
  ) throws(LoweringError) -> [HLOValue] {
    let graph = writer.module.graph("\(self) \(operands.map(\.type.text))") {
      Graph.trace(name: name, operands.map(\.type.tensorType), function).graph
    }
    return try writer.call(graph, operands)
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
