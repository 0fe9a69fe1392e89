import Compat
import JAXnet
import TestSupport
import Testing

// Models of JAX's examples, as they stand there.

extension stax {
  /// `examples/mnist_classifier.py`.
  static let classifier = serial(
    Dense(1024), Relu,
    Dense(1024), Relu,
    Dense(10), LogSoftmax)

  /// The encoder of `examples/mnist_vae.py`.
  static let encoder = serial(
    Dense(512), Relu,
    Dense(512), Relu,
    FanOut(2),
    parallel(Dense(10), serial(Dense(10), Softplus)))

  /// The decoder of `examples/mnist_vae.py`.
  static let decoder = serial(
    Dense(512), Relu,
    Dense(512), Relu,
    Dense(28 * 28))

  /// `examples/resnet50.py`, whose last window is (7, 7) for images of 224 x 224.
  static func resNet50(_ numClasses: Int, lastWindow: [Int]) -> Layer {
    serial(
      GeneralConv(("HWCN", "OIHW", "NHWC"), 64, [7, 7], [2, 2], padding: .same),
      BatchNorm(), Relu, MaxPool([3, 3], [2, 2]),
      convBlock(3, [64, 64, 256], strides: [1, 1]),
      identityBlock(3, [64, 64]),
      identityBlock(3, [64, 64]),
      convBlock(3, [128, 128, 512]),
      identityBlock(3, [128, 128]),
      identityBlock(3, [128, 128]),
      identityBlock(3, [128, 128]),
      convBlock(3, [256, 256, 1024]),
      identityBlock(3, [256, 256]),
      identityBlock(3, [256, 256]),
      identityBlock(3, [256, 256]),
      identityBlock(3, [256, 256]),
      identityBlock(3, [256, 256]),
      convBlock(3, [512, 512, 2048]),
      identityBlock(3, [512, 512]),
      identityBlock(3, [512, 512]),
      AvgPool(lastWindow), Flatten, Dense(numClasses), LogSoftmax)
  }

  private static func convBlock(_ kernelSize: Int, _ filters: [Int], strides: [Int] = [2, 2]) -> Layer {
    let main = serial(
      Conv(filters[0], [1, 1], strides), BatchNorm(), Relu,
      Conv(filters[1], [kernelSize, kernelSize], padding: .same), BatchNorm(), Relu,
      Conv(filters[2], [1, 1]), BatchNorm())
    let shortcut = serial(Conv(filters[2], [1, 1], strides), BatchNorm())
    return serial(FanOut(2), parallel(main, shortcut), FanInSum, Relu)
  }

  private static func identityBlock(_ kernelSize: Int, _ filters: [Int]) -> Layer {
    let main = shapeDependent { inputShape in
      // The number of output channels depends on the number of input channels.
      serial(
        Conv(filters[0], [1, 1]), BatchNorm(), Relu,
        Conv(filters[1], [kernelSize, kernelSize], padding: .same), BatchNorm(), Relu,
        Conv(inputShape[3], [1, 1]), BatchNorm())
    }
    return serial(FanOut(2), parallel(main, Identity), FanInSum, Relu)
  }
}

/// The loss of the classifier: the mean negative log-likelihood.
func crossEntropy(_ predictions: Tensor, _ targets: Tensor) -> Tensor {
  -mean(sum(predictions * targets, axis: 1))
}

/// The negative evidence lower bound of `examples/mnist_vae.py`, for each image.
func negativeELBO(mu: Tensor, sigmasq: Tensor, logits: Tensor, images: Tensor) -> Tensor {
  let logLikelihood = -sum(logAddExp(0, select(images, -1, 1) * logits))
  let divergence = -0.5 * sum(1 + log(sigmasq) - square(mu) - sigmasq)
  return -(logLikelihood - divergence) / Double(images.shape[0])
}

/// A draw from normal distributions.
func gaussianSample(_ rng: PRNGKey, mu: Tensor, sigmasq: Tensor) -> Tensor {
  mu + sqrt(sigmasq) * normal(rng, mu.shape)
}

/// The data of a model of the golden file.
struct ModelData {
  let golden: GoldenCase
  let inputs: Tensor
  /// One-hot vectors.
  let targets: Tensor

  init(_ name: String) {
    golden = Golden("stax_models")(name)
    inputs = golden["images"].asType(.float32) / 255
    targets = golden.has("labels") ? oneHot(golden["labels"], 10) : zeros([0])
  }

  /// Expects the parameters that stax makes, to the bit.
  func expectInitial(_ params: PyTree) {
    let structure = "\(params)".replacing(#/float32\[[0-9, ]*\]/#, with: "*")
    #expect("PyTreeDef(\(structure))" == golden.string("tree"))
    let bits = params.leaves.map { $0.bitcast(to: .uint32).reshaped(to: [$0.count]) }
    expectEqual(stack(bits.map { sum($0) }), golden["checksum"], "checksums")
    let weighted = bits.map { sum($0 * (arange($0.count, dtype: .uint32) * 2 + 1)) }
    expectEqual(stack(weighted), golden["weightedChecksum"], "weighted checksums")
    expectEqual(
      concatenate(params.leaves.map { $0.reshaped(to: [$0.count])[0..<Swift.min(3, $0.count)] }), golden["start"],
      "first elements")
  }

  /// The lengths of tensors.
  static func norms(_ tree: some Tree) -> Tensor {
    stack(tree.leaves.map { sqrt(sum(square($0.asType(.float64)))) })
  }
}
