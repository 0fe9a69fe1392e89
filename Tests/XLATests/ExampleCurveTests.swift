import Foundation
import JAXnet
import TestSupport
import Testing
import XLA

/// The networks of the examples, on the data that come with the package, in steps of the examples' sizes (convolutions of `float64`
/// take XLA long: a quarter of that size there): losses on a device are those of the engine.
///
/// The classifiers learn in `float64`: in `float32` images changed by 6e-8 of themselves change the engine's own losses by 5e-3 within
/// 50 steps, in `float64` by 6e-6, so that there nothing could be said of a device.
@Suite("The examples' losses on a device", .serialized, .enabled(if: TestDevice.isThere, "there is no plugin"))
struct ExampleCurveTests {
  private static let datasets = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Datasets").path

  private func classifier(_ predict: Layer, _ optimizer: Optimizer, batchSize: Int) throws {
    let images = try ImageDataset.load(from: Self.datasets + "/mnist-10k").train
    let loss = parametrized("loss") { (images: Tensor, labels: Tensor) in
      mean(crossEntropy(predict(images), labels: labels))
    }
    expectSameCurve(
      optimizer, loss, batchSize: batchSize, key: PRNGKey(5), dtype: .float64, images.images[..<1280].asType(.float64),
      images.labels[..<1280])
  }

  @Test func theClassifier() throws {
    let net = Sequential {
      flatten; Dense(1024); relu; Dense(1024); relu; Dense(10)
    }
    try classifier(net, Momentum(0.12, mass: 0.9), batchSize: 128)
  }

  @Test func theConvolutionalClassifier() throws {
    let net = Sequential {
      Conv(32, [3, 3]); relu; Conv(64, [3, 3]); relu; MaxPool([2, 2], strides: [2, 2]); Dropout(0.25); flatten
      Dense(128); relu; Dropout(0.5); Dense(10)
    }
    try classifier(net, Adam(0.001), batchSize: 32)
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
