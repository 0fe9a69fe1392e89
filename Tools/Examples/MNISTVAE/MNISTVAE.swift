import ArgumentParser
import ExampleSupport
import JAXnet

let codeSize = 10

/// The means and variances of the codes of images.
let encode = parametrized("encode") { (images: Tensor) in
  let hidden = Sequential {
    Dense(512)
    relu
    Dense(512)
    relu
  }(images)
  let variances = Sequential {
    Dense(codeSize)
    softplus
  }
  return (Dense(codeSize)(hidden), variances(hidden))
}

/// The logits of the pixels of codes.
let decode = Sequential {
  Dense(512)
  relu
  Dense(512)
  relu
  Dense(784)
}

/// The negative evidence lower bound, ELBO, of binary images: an estimate from one code for each, in nats per image.
let loss = parametrized("loss") { (images: Tensor, key: PRNGKey) in
  let (means, variances) = encode(images)
  let logits = decode(means + sqrt(variances) * normal(key, means.shape))
  let logLikelihood = -sum(logAddExp(0, select(images, -1, 1) * logits))
  let divergence = -0.5 * sum(1 + log(variances) - square(means) - variances)
  return (divergence - logLikelihood) / images.shape[0]
}

/// What images become by way of their mean codes.
let reconstruct = parametrized("reconstruct") { (images: Tensor) in sigmoid(decode(encode(images).0)) }

/// The images of codes.
let draw = parametrized("draw") { (codes: Tensor) in sigmoid(decode(codes)) }

@main struct MNISTVAE: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mnist-vae", abstract: "Trains a variational autoencoder to draw handwritten digits.",
    discussion: """
      The encoder is 784-512-512-(10, 10), the decoder 10-512-512-784, trained with momentum on images whose pixels are drawn \
      anew each time. Without --data it learns from the 10,000 images of MNIST in the repository. Each epoch leaves two \
      pictures: 100 random drawings, and images of the test set above their reconstructions.
      """)

  @Option(help: ArgumentHelp("A folder with the four IDX files of MNIST or a set like it.", valueName: "folder"))
  var data: String?
  @Option(help: "How many images each step of training looks at.")
  var batchSize = 32
  @Option(help: "The length of a step along the gradient.")
  var learningRate = 0.001
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if batchSize < 1 { throw ValidationError("--batch-size must be at least 1.") }
    if !(learningRate > 0) { throw ValidationError("--learning-rate must be positive.") }
  }

  func run() throws {
    let dataset = try data.map { try ImageDataset.load(from: $0) } ?? ImageDataset.load(.mnist10k)
    if dataset.train.images.shape.dropFirst() != [28, 28, 1] {
      throw ValidationError("--data: the images have the shape \(dataset.train.images.shape.dropFirst()), not 28x28.")
    }
    let (train, test) = (dataset.train.flatImages, dataset.test.flatImages)
    print("\(dataset.train.count) training and \(dataset.test.count) test images from \(dataset.folder)")

    let keys = split(PRNGKey(common.seed), 3)
    let (initKey, epochKey, testKey) = (keys[0], keys[1], keys[2])
    let (testDataKey, testLossKey) = split(testKey)
    let optimizer = Momentum(learningRate, mass: 0.9)
    let batchSize = min(batchSize, train.shape[0])
    let batchCount = (train.shape[0] + batchSize - 1) / batchSize

    // A whole epoch is one call, in which the parameters change in place.
    let runEpoch = jit { (state: OptimizerState<Params>, images: Tensor, key: PRNGKey) in
      foriLoop(0, batchCount, state) { index, state in
        let (lossKey, dataKey) = split(foldIn(key, index))
        // The last batch begins where it is whole.
        let batch = dynamicSlice(images, [index * batchSize, 0], sizes: [batchSize, 784])
        return optimizer.update(loss, state, bernoulli(dataKey, batch), lossKey)
      }
    }
    let testELBO = jit { (params: Params, images: Tensor) in
      -loss(params, bernoulli(testDataKey, images), testLossKey)
    }

    var state = optimizer.initialize(try common.params(of: loss, initKey, train[..<1] .> 0.5, initKey))
    var elbos: [Double] = []
    let bar = ProgressBar(total: common.epochs, label: "training", unit: "epochs")
    for epoch in 0..<common.epochs {
      state = runEpoch(consume state, train, foldIn(epochKey, epoch))
      elbos.append(Double(testELBO(optimizer.params(of: state), test)))
      let result = "test ELBO \(nats(elbos[epoch]))"
      bar.advance(note: result)
      bar.message("epoch \(epoch + 1): \(result)")
      try drawPictures(optimizer.params(of: state), test, number: epoch + 1)
    }
    if common.epochs > 0 { bar.finish() }

    let params = optimizer.params(of: state)
    if common.epochs == 0 { try drawPictures(params, test, number: 0) }
    print("test ELBO \(nats(Double(testELBO(params, test)))) per image after \(common.length)")
    if elbos.count > 1 {
      try common.write(
        LinePlot("Variational autoencoder", x: "epoch", y: "test ELBO / nats", [PlotSeries("", elbos)]), "elbo")
    }
    print("pictures in \(common.pictureFolder)")
    try common.save(params)
  }

  private func drawPictures(_ params: Params, _ test: Tensor, number: Int) throws {
    let name = number < 10 ? "0\(number)" : "\(number)"
    let drawings = draw.applyFrom([loss: params], normal(PRNGKey(common.seed), [100, codeSize]), jit: true)
    try common.write(grid(drawings, columns: 10), "samples-\(name)")
    let images = test[..<min(16, test.shape[0])]
    let copies = reconstruct.applyFrom([loss: params], images, jit: true)
    try common.write(grid(concatenate([images, copies]), columns: images.shape[0]), "reconstructions-\(name)")
  }

  private func grid(_ images: Tensor, columns: Int) -> Picture {
    .grid(images.reshaped(to: [-1, 28, 28]), columns: columns, scale: 2, gap: 2, background: .faint)
  }

  private func nats(_ elbo: Double) -> String { HumanReadable.decimal(elbo, places: 2) + " nats" }
}
