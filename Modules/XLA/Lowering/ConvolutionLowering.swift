import Tensor

extension Convolution: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    if operands.contains(where: { $0.type.elementCount == 0 }) { return [writer.constant(integer: 0, results[0])] }
    return [
      writer.operation(
        "stablehlo.convolution", operands,
        [
          HLOAttribute("window_strides", strides), HLOAttribute("padding", pairs: Array(zip(low, high))),
          HLOAttribute("lhs_dilation", lhsDilation), HLOAttribute("rhs_dilation", rhsDilation),
          HLOAttribute("window_reversal", isReversed),
          HLOAttribute("dimension_numbers", dimensionNumbers.stableHLO),
          HLOAttribute("feature_group_count", featureGroupCount),
          HLOAttribute("batch_group_count", batchGroupCount),
        ] + results[0].dtype.productPrecision, result: results[0])
    ]
  }
}

extension ConvolutionDimensionNumbers {
  /// For example `#stablehlo.conv<[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]>`.
  fileprivate var stableHLO: String {
    func labels(_ dimensions: [Int], _ first: String, _ second: String) -> String {
      var labels = dimensions.map { _ in "" }
      for (index, dimension) in dimensions.enumerated() {
        labels[dimension] = index == 0 ? first : index == 1 ? second : "\(index - 2)"
      }
      return "[\(labels.joined(separator: ", "))]"
    }
    return "#stablehlo.conv<\(labels(lhs, "b", "f"))x\(labels(rhs, "o", "i"))->\(labels(out, "b", "f"))>"
  }
}
