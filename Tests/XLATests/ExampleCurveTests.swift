import Foundation
import JAXnet
import TestSupport
import Testing
import XLA

/// The networks of the examples, on the data that come with the package, in steps of the examples' sizes: losses on a device are those of
/// the engine.
///
/// The classifiers amplify what differs from step to step: images changed by 6e-8 of themselves change the losses of 50 steps of the dense one
/// by up to 5e-3 in `float32`, the engine's as well as JAX's own (9e-3). So in `float32` each step begins where the engine's last one has
/// ended, or is shorter; all 50 in a row are compared in `float64` (convolutions of which take XLA long: a quarter of the size there).
@Suite("The examples' losses on a device", .serialized, .enabled(if: TestDevice.isThere, "there is no plugin"))
struct ExampleCurveTests {
  private static let datasets = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Datasets").path

  /// The loss of a classifier, and what it learns from.
  private func classifier(_ predict: Layer) throws -> (
    loss: Parametrized<Tensor, Tensor, Tensor>, images: Tensor, labels: Tensor
  ) {
    let images = try ImageDataset.load(from: Self.datasets + "/mnist-10k").train
    let loss = parametrized("loss") { (images: Tensor, labels: Tensor) in
      mean(crossEntropy(predict(images), labels: labels))
    }
    return (loss, images.images[..<1280], images.labels[..<1280])
  }

  private let dense = Sequential {
    flatten; Dense(1024); relu; Dense(1024); relu; Dense(10)
  }

  private let convolutional = Sequential {
    Conv(32, [3, 3]); relu; Conv(64, [3, 3]); relu; MaxPool([2, 2], strides: [2, 2]); Dropout(0.25); flatten
    Dense(128); relu; Dropout(0.5); Dense(10)
  }

  @Test("the dense classifier, in 50 steps")
  func theClassifier() throws {
    let (loss, images, labels) = try classifier(dense)
    expectSameCurve(
      Momentum(0.12, mass: 0.9), loss, batchSize: 128, key: PRNGKey(5), dtype: .float64, images.asType(.float64), labels
    )
  }

  @Test("the dense classifier in float32, with shorter steps")
  func theClassifierWithShorterSteps() throws {
    let (loss, images, labels) = try classifier(dense)
    expectSameCurve(Momentum(0.01, mass: 0.9), loss, batchSize: 128, key: PRNGKey(5), images, labels)
  }

  @Test("the convolutional classifier, in 50 steps")
  func theConvolutionalClassifier() throws {
    let (loss, images, labels) = try classifier(convolutional)
    expectSameCurve(Adam(0.001), loss, batchSize: 32, key: PRNGKey(5), dtype: .float64, images.asType(.float64), labels)
  }

  @Test("both classifiers in float32, step by step")
  func eachStep() throws {
    let small = try classifier(dense), large = try classifier(convolutional)
    expectSameSteps(Momentum(0.12, mass: 0.9), small.loss, batchSize: 128, key: PRNGKey(5), small.images, small.labels)
    expectSameSteps(Adam(0.001), large.loss, batchSize: 128, key: PRNGKey(5), large.images, large.labels)
  }

  @Test func theAutoencoder() throws {
    let images = try ImageDataset.load(from: Self.datasets + "/mnist-10k").train.flatImages[..<1600]
    let encode = parametrized("encode") { (images: Tensor) in
      let hidden = Sequential {
        Dense(512); relu; Dense(512); relu
      }(images)
      let variances = Sequential {
        Dense(10); softplus
      }
      return (Dense(10)(hidden), variances(hidden))
    }
    let decode = Sequential {
      Dense(512); relu; Dense(512); relu; Dense(784)
    }
    let loss = parametrized("loss") { (images: Tensor) in
      let pixels = bernoulli(randomKey(), images)
      let (means, variances) = encode(pixels)
      let logits = decode(means + sqrt(variances) * normal(randomKey(), means.shape))
      let logLikelihood = -sum(logAddExp(0, select(pixels, -1, 1) * logits))
      let divergence = -0.5 * sum(1 + log(variances) - square(means) - variances)
      return (divergence - logLikelihood) / images.shape[0]
    }
    expectSameCurve(Momentum(0.001, mass: 0.9), loss, batchSize: 32, key: PRNGKey(5), images)
  }

  @Test func theReader() throws {
    let words = try OCRWords.load(from: Self.datasets + "/ocr-1k")
    let all = words.padded(to: words.longest)
    let predict = Sequential {
      for _ in 0..<3 { RNN(GRUCell(200, resetsFirst: true, biasInit: nil)) }
      Dense(OCRWords.classCount)
      logSoftmax
    }
    let loss = parametrized("loss") { (images: Tensor, labels: Tensor, mask: Tensor) in
      let right = sum(predict(images) * oneHot(labels, OCRWords.classCount), axis: -1)
      return -mean(sum(right * mask, axis: 1))
    }
    expectSameCurve(RMSProp(0.003), loss, batchSize: 10, all.images, all.labels, all.mask)
  }
}
