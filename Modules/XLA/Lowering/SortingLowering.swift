import Tensor

extension Sort: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let region = try writer.region(operands.flatMap { [HLOType($0.dtype), HLOType($0.dtype)] }) {
      [keyCount, isDescending] pairs in
      var isBefore: HLOValue?
      for key in (0..<keyCount).reversed() {
        let (a, b) = (writer.sortKey(pairs[2 * key]), writer.sortKey(pairs[2 * key + 1]))
        let isLess = writer.compare(isDescending ? "GT" : "LT", a, b, inTotalOrder: true)
        isBefore =
          isBefore.map { next in
            writer.binary("or", isLess, writer.binary("and", writer.compare("EQ", a, b, inTotalOrder: true), next))
          } ?? isLess
      }
      return [isBefore!]
    }
    return writer.operation(
      "stablehlo.sort", operands, [HLOAttribute("dimension", axis), HLOAttribute("is_stable", true)],
      regions: [region], results: results)
  }
}

extension FunctionWriter {
  /// A number whose total order is that of sorting: one zero, and one NaN, above all.
  fileprivate func sortKey(_ x: HLOValue) -> HLOValue {
    guard x.dtype.isFloating else { return x }
    let zero = constant(0, x.type)
    let number = select(compare("EQ", x, zero), zero, x)
    return select(compare("NE", x, x), constant(.nan, x.type), number)
  }
}

extension TopK: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let axis = operands[0].rank - 1
    let places = operands[0].type.with(dtype: .int32)
    let sorted = try Sort(axis: axis, isDescending: true).write(
      [operands[0], writer.iota(places, dimension: axis)], [operands[0].type, places], writer)
    let start = places.shape.map { _ in 0 }
    return sorted.map { writer.slice($0, start: start, limit: results[0].shape) }
  }
}
