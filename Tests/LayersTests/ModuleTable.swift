import JAXnet

/// A module with example inputs, as the table of modules has it: each concern is tested with each row.
struct ModuleCase: Sendable, CustomStringConvertible {
  let name: String
  let module: Layer
  /// The shape of inputs; the first dimension is that of the examples.
  let inputShape: [Int]
  let outputShape: [Int]
  /// The paths of the parameters, in order.
  let parameters: [String]
  /// The paths of the state, in order.
  let stateParts: [String]
  /// Whether it draws random numbers in calls with a key.
  let isRandom: Bool
  /// Whether the examples of a batch do not matter to each other.
  let treatsExamplesAlone: Bool

  init(
    _ name: String, _ module: Layer, _ inputShape: [Int], _ outputShape: [Int], _ parameters: [String] = [],
    state: [String] = [], isRandom: Bool = false, treatsExamplesAlone: Bool = true
  ) {
    self.name = name
    self.module = module
    self.inputShape = inputShape
    self.outputShape = outputShape
    self.parameters = parameters
    stateParts = state
    self.isRandom = isRandom
    self.treatsExamplesAlone = treatsExamplesAlone
  }

  var description: String { name }

  /// Inputs that differ from each other, the same in each run.
  func inputs(_ seed: Int = 0) -> Tensor { uniform(PRNGKey(seed), inputShape, min: -2, max: 2) }

  /// Parameters.
  func params(_ seed: Int = 0) -> Params { module.initParams(PRNGKey(seed), inputs()) }

  /// State that is no parameter; empty for most.
  var state: Params { module.initState(inputs()) }

  /// What a call is given for random numbers.
  var key: PRNGKey? { isRandom ? PRNGKey(7) : nil }
}

private let weights = ["kernel", "bias"], image = [2, 6, 5, 4], sequence = [2, 5, 4]

private func cellParameters(_ name: String, _ more: [String] = []) -> [String] {
  (["inputKernel", "stateKernel", "bias"] + more).map { "\(name).\($0)" }
}

/// All layers.
let moduleTable = [
  ModuleCase("Dense", Dense(4), [2, 3], [2, 4], weights),
  ModuleCase("Dense, unbiased", Dense(4, biasInit: nil), [2, 5, 3], [2, 5, 4], ["kernel"]),
  ModuleCase(
    "Sequential",
    Sequential {
      Dense(4); tanh; Sequential { Dense(3) }
    }, [2, 3], [2, 3], ["layers[0].kernel", "layers[0].bias", "layers[2].layers[0].kernel", "layers[2].layers[0].bias"]
  ),
  ModuleCase("Dropout", Dropout(0.4), [3, 8], [3, 8], isRandom: true),
  ModuleCase("LayerNorm", LayerNorm(), [3, 8], [3, 8], ["scale", "bias"]),
  ModuleCase("LayerNorm, axes", LayerNorm(axes: [1, 2], biasInit: nil), [3, 4, 5], [3, 4, 5], ["scale"]),

  ModuleCase("RMSNorm", RMSNorm(), [3, 8], [3, 8], ["scale"]),
  ModuleCase("GroupNorm", GroupNorm(2), [2, 3, 2, 6], [2, 3, 2, 6], ["scale", "bias"]),
  ModuleCase("GroupNorm, lines", GroupNorm(2, biasInit: nil), [2, 8], [2, 8], ["scale"]),
  ModuleCase("InstanceNorm", InstanceNorm(), [2, 5, 3], [2, 5, 3], ["scale", "bias"]),
  ModuleCase("BatchNorm", BatchNorm(), [4, 3, 2, 5], [4, 3, 2, 5], ["scale", "bias"], treatsExamplesAlone: false),
  ModuleCase(
    "BatchNorm, running statistics", BatchNorm(momentum: 0.9), [4, 3, 2, 5], [4, 3, 2, 5], ["scale", "bias"],
    state: ["mean", "variance"]),
  ModuleCase(
    "BatchNorm, channels first", BatchNorm(axes: [0, 2], scaleInit: nil), [4, 3, 5], [4, 3, 5], ["bias"],
    treatsExamplesAlone: false),

  ModuleCase("Conv", Conv(3, [3, 2]), image, [2, 4, 4, 3], weights),
  ModuleCase("Conv, strides", Conv(3, [3, 3], strides: [2, 1], padding: .same), image, [2, 3, 5, 3], weights),
  ModuleCase("Conv, dilation", Conv(3, [2, 3], dilation: [3, 2], biasInit: nil), image, [2, 3, 1, 3], ["kernel"]),
  ModuleCase("Conv, groups", Conv(6, [3, 3], padding: .same, groups: 2), image, [2, 6, 5, 6], weights),
  ModuleCase("Conv1D", Conv1D(3, 3, stride: 2, dilation: 2), [2, 9, 4], [2, 3, 3], weights),
  ModuleCase("Conv3D", Conv3D(2, [2, 3, 1], padding: .same), [2, 3, 4, 2, 3], [2, 3, 4, 2, 2], weights),
  ModuleCase("DepthwiseConv", DepthwiseConv([3, 3], multiplier: 2), image, [2, 4, 3, 8], weights),
  ModuleCase("DepthwiseConv, lines", DepthwiseConv([3], padding: .same), [2, 6, 4], [2, 6, 4], weights),
  ModuleCase(
    "GeneralConv", GeneralConv(3, [2, 3], dimensionNumbers: .nchw, strides: [1, 2]), [2, 4, 5, 5], [2, 3, 4, 2], weights
  ),
  ModuleCase(
    "GeneralConv, input dilation",
    GeneralConv(3, [2], dimensionNumbers: ConvolutionDimensionNumbers("CNW", "WOI", "NWC"), inputDilation: [2]),
    [4, 2, 5], [2, 8, 3], weights, treatsExamplesAlone: false),
  ModuleCase("ConvTranspose", ConvTranspose(3, [3, 2], strides: [2, 2]), [2, 3, 4, 4], [2, 7, 8, 3], weights),
  ModuleCase(
    "ConvTranspose, same", ConvTranspose(3, [3, 3], strides: [2, 1], padding: .same), [2, 3, 4, 4], [2, 6, 4, 3],
    weights),
  ModuleCase("Conv1DTranspose", Conv1DTranspose(3, 3, stride: 2), [2, 4, 2], [2, 9, 3], weights),
  ModuleCase(
    "GeneralConvTranspose",
    GeneralConvTranspose(3, [2, 2], dimensionNumbers: .nchw, strides: [2, 3], dilation: [2, 1]),
    [2, 4, 3, 2], [2, 3, 7, 6], weights),

  ModuleCase("MaxPool", MaxPool([2, 2], strides: [2, 2]), image, [2, 3, 2, 4]),
  ModuleCase("MaxPool, lines", MaxPool([3], padding: .same), [2, 6, 4], [2, 6, 4]),
  ModuleCase("MaxPool, channels first", MaxPool([2, 2], channelAxis: 1), [2, 3, 4, 5], [2, 3, 3, 4]),
  ModuleCase("SumPool", SumPool([2, 3], strides: [1, 2], padding: .same), image, [2, 6, 3, 4]),
  ModuleCase("AvgPool", AvgPool([2, 3], strides: [2, 1]), image, [2, 3, 3, 4]),
  ModuleCase("AvgPool, same", AvgPool([3, 3], strides: [2, 2], padding: .same), image, [2, 3, 3, 4]),
  ModuleCase(
    "AvgPool, volumes", AvgPool([2, 2, 2], padding: .explicit([(1, 0), (0, 0), (0, 1)])), [1, 2, 3, 4, 2],
    [1, 2, 2, 4, 2]),
  ModuleCase("RNN", RNN(SimpleCell(3)), sequence, [2, 5, 3], cellParameters("cell")),
  ModuleCase(
    "RNN, reversed", RNN(GRUCell(3), reversed: true), sequence, [2, 5, 3], cellParameters("cell", ["stateBias"])),
  ModuleCase(
    "RNN, time first", RNN(LSTMCell(3), timeAxis: 0), [5, 2, 4], [5, 2, 3], cellParameters("cell"),
    treatsExamplesAlone: false),
  ModuleCase(
    "RNN, reset first", RNN(GRUCell(3, resetsFirst: true, biasInit: nil), unroll: 2), sequence, [2, 5, 3],
    ["cell.inputKernel", "cell.stateKernel"]),
  ModuleCase(
    "RNN, masked, last state",
    {
      let cell = GRUCell(3)
      return parametrized("lastState") { (x: Tensor) in
        // The last two inputs are padding.
        cell(over: x, mask: (arange(5) .< 3).broadcast(to: x.shape.dropLast())).state
      }
    }(), sequence, [2, 3], cellParameters("gruCell", ["stateBias"])),
  ModuleCase(
    "BidirectionalRNN", BidirectionalRNN(LSTMCell(3), SimpleCell(2)), sequence, [2, 5, 5],
    cellParameters("forward") + cellParameters("backward")),

  ModuleCase(
    "images",
    Sequential {
      Conv(4, [3, 3]); relu; MaxPool([2, 2], strides: [2, 2]); globalAveragePool; Dense(2)
    }, [2, 8, 8, 1], [2, 2], ["layers[0].kernel", "layers[0].bias", "layers[4].kernel", "layers[4].bias"]),

  ModuleCase(
    "Embedding",
    Sequential {
      // The inputs of a row are floats.
      { zerosLike($0).asType(.int32) + arange($0.shape.last!) }
      Embedding(6, 4)
    }, [2, 5], [2, 5, 4], ["layers[1].embedding"]),
  ModuleCase(
    "TiedLogits",
    {
      let words = Embedding(6, 4)
      return Sequential {
        { zerosLike($0).asType(.int32) + arange($0.shape.last!) }
        words; tanh; TiedLogits(words)
      }
    }(), [2, 5], [2, 5, 6], ["layers[1].embedding"]),
  ModuleCase("LearnedPositions", LearnedPositions(7), [2, 5, 4], [2, 5, 4], ["embedding"]),
  ModuleCase(
    "global pools",
    Sequential {
      Branches({ concatenate($0, axis: -1) }) {
        globalMaxPool; globalAveragePool
      }
    }, image, [2, 8]),
  ModuleCase("sinusoidal positions", Sequential { addSinusoidalPositions }, [2, 5, 4], [2, 5, 4]),
  ModuleCase(
    "MultiHeadAttention", Sequential { MultiHeadAttention(2, isCausal: true) }, [2, 5, 4], [2, 5, 4],
    ["query", "key", "value", "out"].flatMap { part in weights.map { "layers[0].\(part).\($0)" } }),
  ModuleCase(
    "MultiHeadAttention, groups",
    Sequential {
      MultiHeadAttention(4, keyValueHeads: 2, headDim: 2, outDim: 3, rotaryBase: 100, dropout: 0.2, biasInit: nil)
    }, [2, 5, 6], [2, 5, 3], ["query", "key", "value", "out"].map { "layers[0].\($0).kernel" }, isRandom: true),
  ModuleCase(
    "MultiHeadAttention, masked",
    parametrized("masked") { x in
      MultiHeadAttention(2, rotaryBase: 100)(AttentionInputs(x, mask: arange(5) .!= arange(5).expandingDims(1))).outputs
    }, [2, 5, 4], [2, 5, 4],
    ["query", "key", "value", "out"].flatMap { part in weights.map { "attention.\(part).\($0)" } }),
  ModuleCase(
    "MultiHeadAttention, cache",
    {
      let attention = MultiHeadAttention(2, isCausal: true)
      return parametrized("cached") { x in
        let empty = KeyValueCache(
          batch: x.shape.dropLast(2), length: 6, heads: 2, headDim: 2, dtype: x.dtype)
        let first = attention(AttentionInputs(x[..., ..<2, 0...], cache: empty))
        let rest = attention(AttentionInputs(x[..., 2..., 0...], cache: first.cache))
        return concatenate([first.outputs, rest.outputs], axis: -2)
      }
    }(), [2, 5, 4], [2, 5, 4],
    ["query", "key", "value", "out"].flatMap { part in weights.map { "attention.\(part).\($0)" } }),
  ModuleCase(
    "TransformerBlock", Sequential { TransformerBlock(2, hiddenDim: 5) }, [2, 3, 4], [2, 3, 4],
    ["attentionNorm.scale", "attentionNorm.bias"].map { "layers[0].\($0)" }
      + ["query", "key", "value", "out"].flatMap { part in weights.map { "layers[0].attention.\(part).\($0)" } }
      + [
        "hiddenNorm.scale", "hiddenNorm.bias", "hidden.dense0.kernel", "hidden.dense0.bias", "hidden.dense1.kernel",
        "hidden.dense1.bias",
      ].map { "layers[0].\($0)" }),
  ModuleCase(
    "Residual",
    Residual(shortcut: Dense(3)) {
      Dense(4); tanh; Dense(3)
    }, [2, 5], [2, 3], ["layers[0]", "layers[2]", "shortcut"].flatMap { part in weights.map { "\(part).\($0)" } }),
  ModuleCase(
    "Branches",
    Branches({ concatenate($0, axis: -1) }) {
      Dense(3); tanh
    }, [2, 5], [2, 8], ["layers[0].kernel", "layers[0].bias"]),
  ModuleCase(
    "FanOut and Parallel",
    {
      let (out, parts) = (
        FanOut {
          Dense(3); tanh
        },
        Parallel {
          sigmoid; Dense(2)
        }
      )
      return parametrized("joined") { (x: Tensor) in concatenate(parts(out(x)), axis: -1) }
    }(), [2, 5], [2, 5],
    ["fanOut.layers[0].kernel", "fanOut.layers[0].bias"]
      + ["parallel.layers[1].kernel", "parallel.layers[1].bias"]),
  ModuleCase(
    "L2Regularized",
    L2Regularized(
      Sequential {
        Dense(3); { mean(square($0)) }
      }, scale: 0.1), [2, 5], [],
    ["model.layers[0].kernel", "model.layers[0].bias"], treatsExamplesAlone: false),
  ModuleCase("WeightNorm", WeightNorm(Dense(3)), [2, 5], [2, 3], ["model.kernel", "model.bias", "scale.kernel"]),
  ModuleCase(
    "SpectralNorm", SpectralNorm(Conv(3, [2, 2]), steps: 400), [2, 4, 4, 2], [2, 3, 3, 3],
    ["model.kernel", "model.bias"], state: ["singularVector.kernel"]),
  ModuleCase("Batched", Batched(Dense(3)), [2, 5], [2, 3], ["model.kernel", "model.bias"]),
  ModuleCase("Reparametrized", Reparametrized(Dense(3), by: tanh), [2, 5], [2, 3], ["model.kernel", "model.bias"]),
]
