import ArgumentParser
import ExampleSupport
import JAXnet

@main struct MNISTClassifier: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mnist-classifier", abstract: "Trains a network to read handwritten digits.",
    discussion: """
      The network is 784-1024-1024-10 with relu, trained with momentum, or with --model cnn two convolutions and two dense \
      layers with dropout, trained with Adam. Without --data it learns from the 10,000 images of MNIST in the repository.
      """)

  @Option(help: "The network: dense layers (mlp) or convolutions (cnn).")
  var model = Model.mlp
  @Option(
    help: ArgumentHelp(
      "A folder with the four IDX files of MNIST or a set like it, such as Fashion-MNIST.", valueName: "folder"))
  var data: String?
  @Option(help: "How many images each step of training looks at.")
  var batchSize = 128
  @Option(help: "How fast the network learns. (default: 0.12 for mlp, 0.001 for cnn)")
  var learningRate: Double?
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if batchSize < 1 { throw ValidationError("--batch-size must be at least 1.") }
    if let learningRate, !(learningRate > 0) { throw ValidationError("--learning-rate must be positive.") }
  }

  func run() throws {
    let dataset = try data.map { try ImageDataset.load(from: $0) } ?? ImageDataset.load(.mnist10k)
    let (train, test) = (dataset.train, dataset.test)
    print("\(train.count) training and \(test.count) test images from \(dataset.folder)")

    let (initKey, epochKey) = split(PRNGKey(common.seed))
    let predict = model.network(classCount: train.classCount)
    let loss = parametrized("loss") { (images: Tensor, labels: Tensor) in
      mean(crossEntropy(predict(images), labels: labels))
    }
    let optimizer = model.optimizer(learningRate)
    let batchSize = min(batchSize, train.count)
    let batchCount = train.count / batchSize

    // A whole epoch is one call, in which the parameters change in place. Images beyond the last whole batch wait for
    // the next epoch, whose order is another one.
    let runEpoch = jit { (state: OptimizerState<Params>, images: Tensor, labels: Tensor, key: PRNGKey) in
      let (orderKey, lossKey) = split(key)
      let order = permutation(orderKey, train.count)[..<(batchCount * batchSize)]
      return scan(state, order.reshaped(to: [batchCount, batchSize])) { state, chosen in
        optimizer.updateAndGetLoss(
          loss, state, take(images, chosen, axis: 0), take(labels, chosen, axis: 0),
          key: foldIn(lossKey, optimizer.step(of: state)))
      }
    }

    var state = optimizer.initialize(try common.params(of: loss, initKey, train.images[..<1], train.labels[..<1]))
    var losses: [Double] = []
    var testLosses: [(x: Double, y: Double)] = []
    let bar = ProgressBar(total: common.epochs, label: "training", unit: "epochs")
    for epoch in 1..<(common.epochs + 1) {
      let epochLosses: Tensor
      (state, epochLosses) = runEpoch(consume state, train.images, train.labels, foldIn(epochKey, epoch))
      losses += epochLosses.array(of: Double.self)
      let result = Evaluation(of: predict, from: [loss: optimizer.params(of: state)], on: test)
      testLosses.append((Double(epoch), result.loss))
      let text = "test accuracy \(HumanReadable.percent(result.accuracy))"
      bar.advance(note: text)
      bar.message("epoch \(epoch): training loss \(fourPlaces(Double(mean(epochLosses)))), \(text)")
    }
    if common.epochs > 0 { bar.finish() }

    let params = optimizer.params(of: state)
    let result = Evaluation(of: predict, from: [loss: params], on: test)
    print("test accuracy \(HumanReadable.percent(result.accuracy)) after \(common.length)")
    if !losses.isEmpty {
      try common.write(lossPlot(losses, batchCount, testLosses), "loss")
    }
    try common.write(result.confusionMatrix.picture("Digits of the test set (\(model))"), "confusion")
    if let picture = result.mistakes(of: test) { try common.write(picture, "mistakes") }
    print("pictures in \(common.pictureFolder)")
    try common.save(params)
  }

  /// The loss of training, each point the mean of a tenth of an epoch, and that of the test.
  private func lossPlot(
    _ losses: [Double], _ batchCount: Int, _ testLosses: [(x: Double, y: Double)]
  ) -> LinePlot {
    let size = max(batchCount / 10, 1)
    let points = stride(from: 0, through: losses.count - size, by: size).map { start in
      (
        x: (Double(start) + Double(size) / 2) / Double(batchCount),
        y: losses[start..<start + size].reduce(0, +) / Double(size)
      )
    }
    return LinePlot(
      "Reading digits (\(model))", x: "epoch", y: "cross entropy",
      [PlotSeries("train", points), PlotSeries("test", testLosses)])
  }

  private func fourPlaces(_ value: Double) -> String { HumanReadable.decimal(value, places: 4) }
}
