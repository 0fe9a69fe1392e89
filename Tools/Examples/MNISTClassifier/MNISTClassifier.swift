import ArgumentParser
import JAXnet

let predict = Sequential {
  Dense(1024)
  relu
  Dense(1024)
  relu
  Dense(10)
  logSoftmax
}

let loss = parametrized("loss") { (images: Tensor, targets: Tensor) in
  -mean(sum(predict(images) * targets, axis: 1))
}

let correctCount = parametrized("correctCount") { (images: Tensor, labels: Tensor) in
  sum(argMax(predict(images), axis: 1) .== labels)
}

@main struct MNISTClassifier: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mnist-classifier", abstract: "Trains a network of dense layers to read handwritten digits.",
    discussion: """
      The network is 784-1024-1024-10 with relu and log-softmax, trained with momentum. Without --data it learns from the \
      10,000 images of MNIST in the repository.
      """)

  @Option(help: "A folder with the four IDX files of MNIST or a set like it, such as Fashion-MNIST.")
  var data: String?
  @Option(help: "How often to go through the training images.")
  var epochs = 10
  @Option(help: "How many images each step of training looks at.")
  var batchSize = 128
  @Option(help: "The length of a step along the gradient.")
  var learningRate = 0.1
  @Option(help: "What the random initial parameters and the order of the images come from.")
  var seed = 0
  @Option(help: "The file to save the trained parameters in, as safetensors.")
  var save: String?

  func validate() throws {
    if epochs < 1 { throw ValidationError("--epochs must be at least 1.") }
    if batchSize < 1 { throw ValidationError("--batch-size must be at least 1.") }
    if !(learningRate > 0) { throw ValidationError("--learning-rate must be positive.") }
  }

  func run() throws {
    let dataset = try data.map { try ImageDataset.load(from: $0) } ?? ImageDataset.load(.mnist10k)
    let (train, test) = (dataset.train, dataset.test)
    print("\(train.count) training and \(test.count) test images from \(dataset.folder)")

    let (initKey, dataKey) = split(PRNGKey(seed))
    let (images, targets) = (train.flatImages, oneHot(train.labels, 10))
    let optimizer = Momentum(learningRate, mass: 0.9)
    var state = optimizer.initialize(loss.initParams(initKey, images[..<1], targets[..<1]))

    let start = ContinuousClock.now
    for epoch in 1...epochs {
      let bar = ProgressBar(total: train.count, label: "epoch \(epoch)/\(epochs)", unit: "images")
      for (images, targets) in Batches(images, targets, size: batchSize, shuffledBy: foldIn(dataKey, epoch)) {
        let batchLoss: Tensor
        (state, batchLoss) = optimizer.updateAndGetLoss(loss, state, images, targets, jit: true)
        bar.advance(by: images.shape[0], note: "loss \(HumanReadable.decimal(Double(batchLoss), places: 4))")
      }
      bar.finish()
      let params = optimizer.params(of: state)
      print("epoch \(epoch): train accuracy \(accuracy(params, train)), test accuracy \(accuracy(params, test))")
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let params = optimizer.params(of: state)
    print("test accuracy \(accuracy(params, test)) after \(epochs) epochs in \(HumanReadable.duration(seconds))")
    if let save {
      try params.save(to: save)
      print("saved the parameters in \(save)")
    }
  }

  /// The share of images that the network reads correctly, in percent.
  private func accuracy(_ params: Params, _ set: LabeledImages) -> String {
    var correct = 0
    for (images, labels) in Batches(set.flatImages, set.labels, size: 1000) {
      correct += Int(correctCount.applyFrom([loss: params], images, labels, jit: true))
    }
    return HumanReadable.percent(Double(correct) / Double(set.count))
  }
}
