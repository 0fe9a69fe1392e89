import ArgumentParser
import JAXnet

/// The networks that there are, each with its way to be trained.
enum Model: String, ExpressibleByArgument, CaseIterable {
  case mlp, cnn

  /// From images, shape [count, height, width, 1], to logits of classes, shape [count, classes].
  func network(classCount: Int) -> Layer {
    switch self {
    case .mlp:
      Sequential {
        flatten
        Dense(1024)
        relu
        Dense(1024)
        relu
        Dense(classCount)
      }
    case .cnn:
      Sequential {
        Conv(32, [3, 3])
        relu
        Conv(64, [3, 3])
        relu
        MaxPool([2, 2], strides: [2, 2])
        Dropout(0.25)
        flatten
        Dense(128)
        relu
        Dropout(0.5)
        Dense(classCount)
      }
    }
  }

  func optimizer(_ learningRate: Double?) -> Optimizer {
    switch self {
    case .mlp: Momentum(learningRate ?? 0.12, mass: 0.9)
    case .cnn: Adam(learningRate ?? 0.001)
    }
  }
}
