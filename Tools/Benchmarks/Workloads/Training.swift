import JAXnet

extension Workload {
  /// Steps of training: loss, gradient and the optimizer's update, compiled together.
  static let training = [
    Workload(
      "mlp_train", "784-1024-1024-10, batch 128, Momentum", checkedRounds: 10
    ) { stopwatch in
      let net = Sequential {
        Dense(1024); relu; Dense(1024); relu; Dense(10); logSoftmax
      }
      return train(net, [128, 784], classes: 10, Momentum(0.001, mass: 0.9), stopwatch)
    },
    Workload(
      "mlp_tiny_train", "4-64-2, batch 32, Adam: what a step costs without work", checkedRounds: 10
    ) { stopwatch in
      let net = Sequential {
        Dense(64); relu; Dense(2); logSoftmax
      }
      return train(net, [32, 4], classes: 2, Adam(0.001), stopwatch)
    },
    // After three rounds, since ten tell nothing: in float64, too, inputs changed by 6e-8 of them may change that loss by 3e-4 of it.
    Workload(
      "cnn_train", "convolutions 32 and 64, 3 x 3, a pool, 128-10, 28 x 28 images, batch 64, Adam", checkedRounds: 3
    ) { stopwatch in
      let net = Sequential {
        Conv(32, [3, 3]); relu; Conv(64, [3, 3]); relu; MaxPool([2, 2], strides: [2, 2]); flatten
        Dense(128); relu; Dense(10); logSoftmax
      }
      return train(net, [64, 28, 28, 1], classes: 10, Adam(0.001), stopwatch)
    },
    Workload(
      "vae_epoch", "784-512-512-10 and back, batch 32, Momentum: 100 steps in one call"
    ) { stopwatch in trainAutoencoder(stopwatch) },
    Workload(
      "ocr_train", "three layers of 200 GRU cells, batch 10, length 14, RMSProp", checkedRounds: 10
    ) { stopwatch in trainRecurrent(stopwatch) },
  ]
}

/// Trains a classifier on one batch of noise, and answers the loss at the end.
private func train(
  _ net: Layer, _ inputShape: [Int], classes: Int, _ optimizer: Optimizer, _ stopwatch: Stopwatch
) -> [Double] {
  let loss = parametrized("loss") { (inputs: Tensor, targets: Tensor) in -mean(sum(net(inputs) * targets, axis: 1)) }
  let step = jit { (state: OptimizerState<Params>, inputs: Tensor, targets: Tensor) in
    optimizer.update(loss, state, inputs, targets)
  }
  let inputs = uniform(PRNGKey(0), inputShape)
  let targets = oneHot(Tensor((0..<inputShape[0]).map { $0 % classes }), classes)
  var state = optimizer.initialize(loss.initParams(PRNGKey(0), inputs, targets))
  for _ in stopwatch {
    state = step(consume state, inputs, targets)
    stopwatch.wait(for: state)
  }
  return [Double(loss(optimizer.params(of: state), inputs, targets))]
}
