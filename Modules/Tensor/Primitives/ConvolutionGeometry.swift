import CKernels

/// A convolution as sizes, and steps between neighbours in memory: whatever the order of the dimensions, and with both kinds of
/// groups alike.
///
/// out[g, n, p, o] = Σ over taps k and features c of lhs[g, n, i, c] · rhs[g, k, c, o], with i = (p · stride + k · dilation - low) /
/// inputDilation where that is the index of an element. Steps and offsets are in elements.
struct ConvolutionGeometry: Sendable {
  struct Dimension: Sendable {
    var input, output, kernel: Int
    var stride, dilation, low, inputDilation: Int
    var inputStep, outputStep, kernelStep: Int
  }

  var dimensions: [Dimension]
  var groups, batch, inFeatures, outFeatures: Int
  var lhs: (offset: Int, group: Int, batch: Int, feature: Int)
  var rhs: (offset: Int, group: Int, input: Int, output: Int)
  var out: (offset: Int, group: Int, batch: Int, feature: Int)

  init(_ convolution: Convolution, lhs lhsShape: [Int], rhs rhsShape: [Int], out outShape: [Int]) {
    let numbers = convolution.dimensionNumbers
    let (lhsStrides, rhsStrides) = (lhsShape.rowMajorStrides, rhsShape.rowMajorStrides)
    let outStrides = outShape.rowMajorStrides
    groups = convolution.featureGroupCount * convolution.batchGroupCount
    batch = outShape[numbers.out[0]]
    inFeatures = rhsShape[numbers.rhs[1]]
    outFeatures = rhsShape[numbers.rhs[0]] / groups
    let (lhsBatch, lhsFeature) = (lhsStrides[numbers.lhs[0]], lhsStrides[numbers.lhs[1]])
    lhs = (0, convolution.batchGroupCount > 1 ? batch * lhsBatch : inFeatures * lhsFeature, lhsBatch, lhsFeature)
    let (rhsOutput, outFeature) = (rhsStrides[numbers.rhs[0]], outStrides[numbers.out[1]])
    rhs = (0, outFeatures * rhsOutput, rhsStrides[numbers.rhs[1]], rhsOutput)
    out = (0, outFeatures * outFeature, outStrides[numbers.out[0]], outFeature)
    dimensions = convolution.strides.indices.map { i in
      Dimension(
        input: lhsShape[numbers.lhs[i + 2]], output: outShape[numbers.out[i + 2]],
        kernel: rhsShape[numbers.rhs[i + 2]], stride: convolution.strides[i], dilation: convolution.rhsDilation[i],
        low: convolution.low[i], inputDilation: convolution.lhsDilation[i], inputStep: lhsStrides[numbers.lhs[i + 2]],
        outputStep: outStrides[numbers.out[i + 2]], kernelStep: rhsStrides[numbers.rhs[i + 2]])
    }
    for i in dimensions.indices where convolution.isReversed[i] {
      rhs.offset += max(dimensions[i].kernel - 1, 0) * dimensions[i].kernelStep
      dimensions[i].kernelStep.negate()
    }
  }

  /// The number of taps of the kernel.
  var taps: Int { dimensions.map(\.kernel).product }
  /// The number of output positions of an example.
  var positions: Int { dimensions.map(\.output).product }
  /// The number of results.
  var outCount: Int { groups * batch * outFeatures * positions }

  /// Convolutions of elements without holes between them that together are this one: one for each set of output positions whose
  /// windows have the same taps on elements.
  var withoutInputDilation: [ConvolutionGeometry] {
    dimensions.indices.reduce([self]) { parts, i in parts.flatMap { $0.withoutInputDilation(i) } }
  }

  private func withoutInputDilation(_ i: Int) -> [ConvolutionGeometry] {
    let d = dimensions[i]
    if d.inputDilation == 1 { return [self] }
    // Position p0 + pStep·p' sees the taps k0 + kStep·k'.
    let pStep = d.inputDilation / gcd(d.stride, d.inputDilation)
    let kStep = d.inputDilation / gcd(d.dilation, d.inputDilation)
    return (0..<min(pStep, d.output)).map { p0 in
      var part = self
      let k0 = (0..<min(kStep, d.kernel)).first { (p0 * d.stride + $0 * d.dilation - d.low) % d.inputDilation == 0 }
      part.dimensions[i].output = (d.output - p0 + pStep - 1) / pStep
      part.dimensions[i].kernel = k0.map { (d.kernel - $0 + kStep - 1) / kStep } ?? 0
      part.dimensions[i].stride = d.stride * pStep / d.inputDilation
      part.dimensions[i].dilation = d.dilation * kStep / d.inputDilation
      part.dimensions[i].low = -(p0 * d.stride + (k0 ?? 0) * d.dilation - d.low) / d.inputDilation
      part.dimensions[i].inputDilation = 1
      part.dimensions[i].outputStep *= pStep
      part.dimensions[i].kernelStep *= kStep
      part.out.offset += p0 * d.outputStep
      part.rhs.offset += (k0 ?? 0) * d.kernelStep
      return part
    }
  }

  /// The same sums with output positions and taps, and batch and input features, in each other's place: the rows of this one's
  /// windows are the columns of the other's.
  var exchanged: ConvolutionGeometry {
    var result = self
    result.batch = inFeatures
    result.inFeatures = batch
    result.lhs.batch = lhs.feature
    result.lhs.feature = lhs.batch
    for i in dimensions.indices {
      let d = dimensions[i]
      result.dimensions[i].output = d.kernel
      result.dimensions[i].kernel = d.output
      result.dimensions[i].stride = d.dilation
      result.dimensions[i].dilation = d.stride
    }
    return result
  }

  /// What the kernels take; of the geometry without input dilation.
  var forKernels: jn_convolution {
    var result = jn_convolution()
    result.rank = dimensions.count
    withUnsafeMutableBytes(of: &result.dimensions) { bytes in
      let target = bytes.bindMemory(to: jn_convolution_dimension.self)
      for (i, d) in dimensions.enumerated() {
        target[i] = jn_convolution_dimension(
          input: Int64(d.input), output: Int64(d.output), kernel: Int64(d.kernel), stride: Int64(d.stride),
          dilation: Int64(d.dilation), low: Int64(d.low), input_step: Int64(d.inputStep),
          output_step: Int64(d.outputStep), kernel_step: Int64(d.kernelStep))
      }
    }
    (result.groups, result.batch) = (Int64(groups), Int64(batch))
    (result.in_features, result.out_features) = (Int64(inFeatures), Int64(outFeatures))
    // The only feature is next to itself.
    result.lhs_feature = inFeatures == 1 ? 1 : Int64(lhs.feature)
    (result.lhs_group, result.lhs_batch) = (Int64(lhs.group), Int64(lhs.batch))
    (result.rhs_group, result.rhs_in, result.rhs_out) = (Int64(rhs.group), Int64(rhs.input), Int64(rhs.output))
    (result.out_group, result.out_batch, result.out_feature) = (Int64(out.group), Int64(out.batch), Int64(out.feature))
    return result
  }
}

private func gcd(_ a: Int, _ b: Int) -> Int { b == 0 ? a : gcd(b, a % b) }
