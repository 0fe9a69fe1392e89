import Tensor

extension DType {
  /// What is asked of products of two tensors: those of `float32` numbers are computed as such, where the default of
  /// accelerators has fewer digits.
  var productPrecision: [HLOAttribute] {
    if self != .float32 { return [] }
    return [
      HLOAttribute("precision_config", "[#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]")
    ]
  }
}

extension Dot: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let dtype = results[0].dtype
    // Of truth values it is whether any pair is true.
    let computed = dtype == .bool ? DType.int32 : dtype
    let product = writer.operation(
      "stablehlo.dot_general", operands.map { writer.convert($0, to: computed) },
      [
        HLOAttribute(
          "dot_dimension_numbers", kind: "dot",
          [
            ("lhs_batching_dimensions", lhsBatch), ("rhs_batching_dimensions", rhsBatch),
            ("lhs_contracting_dimensions", lhsContracting), ("rhs_contracting_dimensions", rhsContracting),
          ])
      ] + dtype.productPrecision, result: results[0].with(dtype: computed))
    return [writer.convert(product, to: dtype)]
  }
}
