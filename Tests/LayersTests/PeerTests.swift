import JAXnet
import TestSupport
import Testing

/// Layers whose values and gradients are compared with those of Flax, by the names of the cases.
private let flaxLayers: [(name: String, layer: Layer)] = [
  ("dense", Dense(3)),
  ("conv", Conv(6, [3, 2])),
  ("conv.strided", Conv(6, [3, 3], strides: [2, 1], padding: .same)),
  ("conv.dilated", Conv(3, [2, 3], padding: .same, dilation: [2, 1])),
  ("conv.grouped", Conv(6, [3, 3], groups: 2)),
  ("conv.padded", Conv(3, [3, 3], padding: .explicit([(2, 0), (0, 1)]))),
  ("conv.unbiased", Conv(3, [1, 1], biasInit: nil)),
  ("conv.line", Conv1D(3, 3, stride: 2, dilation: 2)),
  ("conv.volume", Conv3D(3, [2, 3, 2], strides: [1, 2, 1], padding: .same)),
  ("depthwiseConv", DepthwiseConv([3, 3], multiplier: 2, padding: .same)),
  ("convTranspose", ConvTranspose(3, [3, 2], strides: [2, 2])),
  ("convTranspose.same", ConvTranspose(3, [3, 3], strides: [2, 1], padding: .same)),
  ("convTranspose.dilated", ConvTranspose(3, [2, 2], strides: [2, 2], padding: .same, dilation: [2, 1])),
  ("convTranspose.line", Conv1DTranspose(3, 3, stride: 2)),
  ("maxPool", MaxPool([2, 3], strides: [2, 1])),
  ("maxPool.same", MaxPool([3, 3], strides: [2, 2], padding: .same)),
  ("maxPool.line", MaxPool([3], strides: [2])),
  ("maxPool.volume", MaxPool([2, 2, 2], strides: [2, 1, 1])),
  ("avgPool", AvgPool([2, 3], strides: [2, 1])),
  ("avgPool.padded", AvgPool([3, 3], strides: [2, 2], padding: .same, countsPadding: true)),
  ("avgPool.same", AvgPool([3, 3], strides: [2, 2], padding: .same)),
  ("avgPool.explicit", AvgPool([3, 2], strides: [1, 2], padding: .explicit([(1, 1), (0, 1)]))),
  ("layerNorm", LayerNorm()),
  ("layerNorm.axes", LayerNorm(axes: [-2, -1], epsilon: 0.001)),
  ("rmsNorm", RMSNorm()),
  ("rmsNorm.unscaled", RMSNorm(epsilon: 0.01, scaleInit: nil)),
  ("groupNorm", GroupNorm(2)),
  ("groupNorm.epsilon", GroupNorm(3, epsilon: 0.01)),
  ("groupNorm.unscaled", GroupNorm(4, scaleInit: nil, biasInit: nil)),
  ("instanceNorm", InstanceNorm()),
  ("batchNorm.training", BatchNorm(momentum: 0.9)),
  ("batchNorm.evaluation", BatchNorm(momentum: 0.99)),
  ("batchNorm.features", BatchNorm(momentum: 0.99, epsilon: 0.001)),
  ("batchNorm.unscaled", BatchNorm(momentum: 0.99, scaleInit: nil, biasInit: nil)),
]

/// Layers that stax has with the parameters in the same order, by the names of the cases.
private let staxLayers: [(name: String, layer: Layer)] = [
  ("dense", Dense(4)),
  ("dense.batch", Dense(4)),
  ("conv", Conv(4, [3, 2])),
  ("conv.same", Conv(4, [3, 3], strides: [2, 2], padding: .same)),
  ("conv.line", GeneralConv(4, [3], dimensionNumbers: .nwc, padding: .same)),
  ("conv.channelsFirst", GeneralConv(2, [2, 3], dimensionNumbers: .nchw, strides: [1, 2])),
  ("convTranspose", ConvTranspose(2, [3, 3], strides: [2, 2])),
  ("convTranspose.same", ConvTranspose(2, [3, 2], strides: [2, 1], padding: .same)),
  ("convTranspose.line", Conv1DTranspose(4, 3, stride: 2)),
  ("maxPool", MaxPool([2, 3], strides: [2, 1])),
  ("maxPool.same", MaxPool([3, 3], strides: [2, 2], padding: .same)),
  ("maxPool.spec", MaxPool([2, 2], strides: [2, 2], channelAxis: 1)),
  ("sumPool", SumPool([2, 2])),
  ("sumPool.same", SumPool([3, 3], strides: [2, 2], padding: .same)),
  ("avgPool", AvgPool([2, 3], strides: [2, 1])),
  ("avgPool.same", AvgPool([3, 3], strides: [2, 2], padding: .same)),
  ("batchNorm", BatchNorm()),
  ("batchNorm.features", BatchNorm(epsilon: 0.001)),
  ("batchNorm.uncentered", BatchNorm(biasInit: nil)),
  ("batchNorm.unscaled", BatchNorm(scaleInit: nil)),
  ("batchNorm.plain", BatchNorm(scaleInit: nil, biasInit: nil)),
]

/// Layers, with values and gradients of the libraries that have them, too.
@Suite struct PeerTests {
  @Test(arguments: flaxLayers.indices) func asInFlax(_ index: Int) {
    let (name, layer) = flaxLayers[index]
    let row = Golden("layers")(name)
    let paths = row.parts.filter { $0.hasPrefix("param.") }.map { String($0.dropFirst("param.".count)) }
    compare(name, layer, row, Dictionary(uniqueKeysWithValues: paths.map { ($0, ("param." + $0, "paramGrad." + $0)) }))
  }

  @Test func allOfFlax() {
    #expect(Golden("layers").caseNames.filter { name in !flaxLayers.contains { $0.name == name } } == [])
  }

  @Test(arguments: staxLayers.indices) func asInStax(_ index: Int) {
    let (name, layer) = staxLayers[index]
    let row = Golden("stax")("apply.\(name)")
    let params = layer.initParams(PRNGKey(0), row["in0"])
    // Batch normalization shifts first there.
    let paths = params.leafPaths.contains("scale") ? params.leafPaths.reversed() : params.leafPaths
    let parts = paths.enumerated().map { ($1, ("param\($0)", "paramGrad\($0)")) }
    compare(name, layer, row, Dictionary(uniqueKeysWithValues: parts))
  }

  /// Compares value and gradients; parts of the case are known by the path of the parameter.
  private func compare(
    _ name: String, _ layer: Layer, _ row: GoldenCase, _ parts: [String: (value: String, gradient: String)]
  ) {
    let inputs = row["in0"].asType(.float64)
    var params = layer.initParams(PRNGKey(0), inputs)
    #expect(Set(params.leafPaths) == Set(parts.keys), "\(name)")
    for (path, leaf) in zip(params.leafPaths, params.leaves) {
      // stax's biases have dimensions for the batch and space, too.
      params = params.replacing(path, with: row[parts[path]!.value].asType(.float64).reshaped(to: leaf.shape))
    }
    let state = Params(named: layer.initState(inputs).names.map { ($0, Params(row[statePart($0)].asType(.float64))) })
    // Given no training mode, Flax's case is one of evaluation.
    let isTraining = state.count > 0 && !name.hasSuffix("evaluation")
    func apply(_ params: Params, _ inputs: Tensor, _ state: Params) -> Tensor {
      isTraining ? layer.applyInTraining(params, state, inputs).output : layer(params, inputs, state: state)
    }
    let (output, pullback) = vjp({ (x: [Params]) in apply(x[0], x[1].tensor, state) }, [params, Params(inputs)])
    expectClose(output, row["out0"], relativeToLargest: 1e-12, name)
    let gradients = pullback(row["cotangent0"].asType(.float64))
    for (path, leaf) in zip(params.leafPaths, gradients[0].leaves) {
      expectClose(
        leaf, row[parts[path]!.gradient].reshaped(to: leaf.shape), relativeToLargest: 1e-12, "\(name), \(path)")
    }
    expectClose(gradients[1].tensor, row["grad0"], relativeToLargest: 1e-12, "\(name), inputs")
    let single = apply(
      params.mapLeaves { $0.asType(.float32) }, row["in0"], state.mapLeaves { $0.asType(.float32) })
    expectClose(single, row["out0_f32"], relativeToLargest: 1e-5, "\(name), float32")
    let next = layer.applyInTraining(params, state, inputs).state
    for (path, value) in zip(next.names, next.leaves) where isTraining {
      expectClose(value, row["new" + statePart(path).capitalizedFirst], relativeToLargest: 1e-12, "\(name), \(path)")
    }
  }

  /// Flax's name of a part of the state.
  private func statePart(_ name: String) -> String { "state." + (name == "variance" ? "var" : name) }
}

extension String {
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
