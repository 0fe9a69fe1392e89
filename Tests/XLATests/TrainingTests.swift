import JAXnet
import TestSupport
import Testing
import XLA

/// Losses of 50 steps, on a device and by the engine, from the same program.
@Suite("Training on a device", .enabled(if: TestDevice.isThere, "there is no plugin"))
struct TrainingTests {
  let images = uniform(PRNGKey(1), [32, 8, 8, 1])
  let labels = randint(PRNGKey(2), [32], min: 0, max: 10)

  @Test func aClassifier() {
    let predict = Sequential {
      flatten; Dense(64); relu; Dense(10); logSoftmax
    }
    let loss = parametrized("loss") { (images: Tensor, labels: Tensor) in
      mean(crossEntropy(predict(images), labels: labels))
    }
    expectSameCurve(Momentum(0.05, mass: 0.9), loss, images, labels)
  }

  @Test func convolutionsWithDropout() {
    let predict = Sequential {
      Conv(8, [3, 3], padding: .same)
      relu
      MaxPool([2, 2], strides: [2, 2])
      flatten
      Dropout(0.25)
      Dense(10)
    }
    let loss = parametrized("loss") { (images: Tensor, labels: Tensor) in
      mean(crossEntropy(predict(images), labels: labels))
    }
    expectSameCurve(Adam(0.003), loss, key: PRNGKey(7), images, labels)
  }

  @Test func aRecurrentNetwork() {
    let predict = Sequential {
      RNN(GRUCell(24)); Dense(10)
    }
    let loss = parametrized("loss") { (inputs: Tensor, labels: Tensor) in
      mean(crossEntropy(predict(inputs), labels: labels))
    }
    expectSameCurve(
      RMSProp(0.003), loss, normal(PRNGKey(1), [6, 9, 12]), randint(PRNGKey(2), [6, 9], min: 0, max: 10))
  }

  @Test func anAutoencoderWithNoise() {
    let encode = Sequential {
      flatten; Dense(32); relu; Dense(4)
    }
    let decode = Sequential {
      Dense(32); relu; Dense(64)
    }
    let loss = parametrized("loss") { (images: Tensor) in
      let code = encode(images)
      let output = decode(code + 0.1 * normal(randomKey(), code.shape))
      return mean(sum(square(sigmoid(output) - flatten(images)), axis: 1))
    }
    expectSameCurve(Momentum(0.02, mass: 0.9), loss, key: PRNGKey(3), images)
  }
}
