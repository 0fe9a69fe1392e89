import Compat
import JAXnet

/// The layers of the golden file `stax`, by the names of its cases.
enum StaxRows {
  static func layer(_ name: String) -> stax.Layer {
    guard let layer = layers[name] else { fatalError("no layer is called \(name)") }
    return layer
  }

  static let layers: [String: stax.Layer] = extensionLayers.merging(stax.activations) { $1 }

  private static let extensionLayers = stax.layers.merging(stax.networks) { $1 }
}

// In an extension of the namespace names need no prefixes.
extension stax {
  fileprivate static let layers: [String: Layer] = [
    "dense": Dense(4),
    "dense.batch": Dense(4),
    "dense.initializers": Dense(4, heNormal(), zeros()),
    "conv": Conv(4, [3, 2]),
    "conv.same": Conv(4, [3, 3], [2, 2], padding: .same),
    "conv.line": GeneralConv(("NWC", "WIO", "NWC"), 4, [3], padding: .same),
    "conv.channelsFirst": GeneralConv(("NCHW", "OIHW", "NCHW"), 2, [2, 3], [1, 2]),
    "convTranspose": ConvTranspose(2, [3, 3], [2, 2]),
    "convTranspose.same": ConvTranspose(2, [3, 2], [2, 1], padding: .same),
    "convTranspose.line": Conv1DTranspose(4, [3], [2]),
    "convTranspose.channelsFirst": GeneralConvTranspose(("NCHW", "OIHW", "NCHW"), 2, [2, 3], [1, 2]),
    "batchNorm": BatchNorm(),
    "batchNorm.features": BatchNorm(axis: [0], epsilon: 0.001),
    "batchNorm.uncentered": BatchNorm(center: false),
    "batchNorm.unscaled": BatchNorm(scale: false),
    "batchNorm.plain": BatchNorm(center: false, scale: false),
    "batchNorm.randomInitializers": BatchNorm(beta_init: randn(1), gamma_init: randUniform(1)),
    "maxPool": MaxPool([2, 3], [2, 1]),
    "maxPool.same": MaxPool([3, 3], [2, 2], padding: .same),
    "maxPool.spec": MaxPool([2, 2], [2, 2], spec: "NCHW"),
    "sumPool": SumPool([2, 2]),
    "sumPool.same": SumPool([3, 3], [2, 2], padding: .same),
    "sumPool.spec": SumPool([2, 3], [1, 2], spec: "NCHW"),
    "avgPool": AvgPool([2, 3], [2, 1]),
    "avgPool.spec": AvgPool([3, 2], [2, 1], padding: .same, spec: "NCHW"),
    "avgPool.same": AvgPool([3, 3], [2, 2], padding: .same),
    "flatten": Flatten,
    "identity": Identity,
    "elementwise": elementwise { sin($0) },
    "fanOut": FanOut(3),
    "dropout": Dropout(0.7),
    "dropout.test": Dropout(0.7, mode: .test),
  ]

  fileprivate static let networks: [String: Layer] = [
    "fanInSum": serial(FanOut(2), parallel(Dense(4), Dense(4)), FanInSum),
    "fanInConcat": serial(FanOut(2), parallel(Dense(4), Tanh), FanInConcat()),
    "fanInConcat.axis": serial(FanOut(2), parallel(Identity, Tanh), FanInConcat(0)),
    "dropout.serial": serial(Dense(8), Dropout(0.6), Tanh, Dropout(0.8), Dense(3)),
    "dropout.parallel": serial(FanOut(2), parallel(Dropout(0.5), serial(Dense(5), Dropout(0.5))), FanInSum),
    "shapeDependent": shapeDependent { Dense(2 * $0.last!) },
    "network": serial(Dense(8), Relu, Dense(3), LogSoftmax),
    "network.nested": serial(Dense(4), serial(Tanh, Dense(4), serial(Dense(2))), Sigmoid),
    "network.image": serial(
      Conv(4, [3, 3], padding: .same), BatchNorm(), Relu, MaxPool([2, 2], [2, 2]), Conv(3, [2, 2]), Tanh, Flatten,
      Dense(3), Softmax),
    "network.residual": serial(
      Conv(2, [3, 3], padding: .same), FanOut(2),
      parallel(serial(BatchNorm(), Relu, Conv(2, [3, 3], padding: .same)), Identity), FanInSum, Relu, AvgPool([2, 2]),
      Flatten, Dense(2)),
  ]

  fileprivate static let activations: [String: Layer] = [
    "tanh": Tanh, "relu": Relu, "exp": Exp, "logSoftmax": LogSoftmax, "softmax": Softmax, "softplus": Softplus,
    "sigmoid": Sigmoid, "elu": Elu, "leakyRelu": LeakyRelu, "selu": Selu, "gelu": Gelu,
  ]
}
