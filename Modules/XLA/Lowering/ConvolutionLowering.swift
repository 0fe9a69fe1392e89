import Tensor

extension Convolution: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    if operands.contains(where: { $0.type.elementCount == 0 }) { return [writer.constant(integer: 0, results[0])] }
    let kernel = reversed(operands[1], writer)
    if !writer.module.isForProcessors { return [convolve(operands[0], kernel, dimensionNumbers, results[0], writer)] }
    let (numbers, rank) = (dimensionNumbers, results[0].rank)
    let outOrder = [numbers.out[0]] + numbers.out[2...] + [numbers.out[1]]
    let result = convolve(
      writer.transpose(operands[0], [numbers.lhs[0]] + numbers.lhs[2...] + [numbers.lhs[1]]),
      writer.transpose(kernel, numbers.rhs[2...] + [numbers.rhs[1], numbers.rhs[0]]),
      ConvolutionDimensionNumbers(
        lhs: [0, rank - 1] + (1..<rank - 1), rhs: [rank - 1, rank - 2] + (0..<rank - 2),
        out: [0, rank - 1] + (1..<rank - 1)),
      results[0].with(shape: outOrder.map { results[0].shape[$0] }), writer)
    return [writer.transpose(result, (0..<rank).map { outOrder.firstIndex(of: $0)! })]
  }

  /// The convolution as StableHLO has it, with the dimensions in this order.
  ///
  /// On processors, XLA has a fast form for examples first and features last, and for kernels whose output features are
  /// last. It brings other orders, which gradients have, into that one by itself, but not within loops, where they are
  /// many times slower. Source: https://github.com/jax-ml/jax/issues/12868
  private func convolve(
    _ lhs: HLOValue, _ kernel: HLOValue, _ numbers: ConvolutionDimensionNumbers, _ result: HLOType,
    _ writer: FunctionWriter
  ) -> HLOValue {
    writer.operation(
      "stablehlo.convolution", [lhs, kernel],
      [
        HLOAttribute("window_strides", strides), HLOAttribute("padding", pairs: Array(zip(low, high))),
        HLOAttribute("lhs_dilation", lhsDilation), HLOAttribute("rhs_dilation", rhsDilation),
        HLOAttribute("window_reversal", isReversed.map { _ in false }),
        HLOAttribute("dimension_numbers", numbers.stableHLO),
        HLOAttribute("feature_group_count", featureGroupCount),
        HLOAttribute("batch_group_count", batchGroupCount),
      ] + result.dtype.productPrecision, result: result)
  }

  /// The kernel reversed by an operation of its own: of convolutions that are to reverse it, XLA has no fast form on
  /// processors.
  private func reversed(_ kernel: HLOValue, _ writer: FunctionWriter) -> HLOValue {
    let dimensions = isReversed.indices.filter { isReversed[$0] }.map { dimensionNumbers.rhs[$0 + 2] }
    return writer.reverse(kernel, dimensions)
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
