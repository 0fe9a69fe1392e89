import JAXnet

/// How well a network does on images that it was not trained on.
struct Evaluation {
  /// The mean cross entropy.
  let loss: Double
  let confusionMatrix: ConfusionMatrix
  /// What each image was taken for.
  private let predictions: [Int]

  var accuracy: Double { confusionMatrix.accuracy }

  /// - Parameter params: the parameters, by the module that they are for: the network, or a loss that it is part of.
  init(of predict: Layer, from params: [AnyModule: Params], on set: LabeledImages) {
    var (predictions, losses) = ([Int](), 0.0)
    for (images, labels) in Batches(set.images, set.labels, size: 1000) {
      let logits = predict.applyFrom(params, images, jit: true)
      predictions += argMax(logits, axis: 1).array(of: Int.self)
      losses += Double(sum(crossEntropy(logits, labels: labels)))
    }
    self.predictions = predictions
    loss = losses / Double(set.count)
    confusionMatrix = ConfusionMatrix(
      labels: set.labels, predictions: Tensor(predictions), classes: (0..<set.classCount).map(String.init))
  }

  /// The first images that were taken for something else, with what they are and what they were taken for; nil if there
  /// are none.
  func mistakes(of set: LabeledImages) -> Picture? {
    let labels = set.labels.array(of: Int.self)
    let wrong = labels.indices.filter { labels[$0] != predictions[$0] }.prefix(50)
    if wrong.isEmpty { return nil }
    return .grid(
      stack(wrong.map { set.images[$0] }), columns: 10, scale: max(56 / set.images.shape[1], 1), gap: 14,
      captions: wrong.map { "\(labels[$0]) as \(predictions[$0])" })
  }
}
