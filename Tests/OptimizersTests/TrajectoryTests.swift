import JAXnet
import TestSupport
import Testing

/// Twenty steps of each optimizer on three problems, as JAX takes them.
@Suite struct TrajectoryTests {
  static let golden = Golden("optimizers")
  static let problems = ["rosenbrock", "regression", "network"]

  /// Whether a path is that of the first parameter of a problem, the third, and so on.
  static let isKernel: Optimizer.Mask = { ["[0]", "[2]"].contains($0) }

  /// The optimizers of the file, with the arguments that its attributes tell.
  static let optimizers: [(name: String, optimizer: Optimizer)] = [
    ("sgd", SGD(0.02)),
    ("momentum", Momentum(0.01, mass: 0.9)),
    ("nesterov", Nesterov(0.01, mass: 0.9)),
    ("adagrad", Adagrad(0.1, momentum: 0.9)),
    ("rmsprop", RMSProp(0.01, decay: 0.9, epsilon: 1e-8)),
    ("rmspropMomentum", RMSProp(0.005, decay: 0.9, epsilon: 1e-8, momentum: 0.9)),
    ("adam", Adam(0.05)),
    ("adamax", AdaMax(0.05)),
    ("sm3", SM3(0.1, momentum: 0.9)),
    ("optax.adamw", AdamW(0.05, weightDecay: 0.01)),
    ("optax.lion", Lion(0.01, weightDecay: 0.01)),
    ("optax.clipThenAdam", Adam(0.05).clippingGradients(toNorm: 0.5)),
    ("optax.clipByValue", SGD(0.05).clippingGradients(toValue: 0.3)),
    (
      "optax.scheduledAdamw",
      AdamW(.cosineDecay(0.1, steps: 15, final: 0.1).warmedUp(steps: 5), weightDecay: 0.02)
    ),
    ("optax.decayThenMomentum", Momentum(0.01, mass: 0.9).decayingWeights(by: 0.1)),
    ("optax.maskedAdamw", AdamW(0.05, weightDecay: 0.1, mask: isKernel)),
    ("optax.maskedDecayThenRmsprop", RMSProp(0.01).decayingWeights(by: 0.1, mask: isKernel)),
  ]

  @Test(arguments: optimizers, problems)
  func stepsAreThoseOfJAX(row: (name: String, optimizer: Optimizer), problem: String) {
    let golden = Self.golden("\(row.name).\(problem)")
    let trajectories = golden.numbered("params")
    let gradients = golden.numbered("grads").map { $0.asType(.float32) }
    var state = row.optimizer.initialize(Self.golden("problem.\(problem)").numbered("start"))
    for step in 0...20 {
      for (index, parameter) in row.optimizer.params(of: state).enumerated() {
        expectClose(
          parameter, trajectories[index][step], relative: 1e-5, absolute: 1e-6,
          "\(row.name), \(problem), parameter \(index) after \(step) steps")
      }
      if step == 20 { break }
      state = row.optimizer.update(from: gradients.map { $0[step] }, state)
    }
    #expect(row.optimizer.step(of: state).scalar(as: Int.self) == 20)
  }

  @Test func theGradientIsThatOfTheLoss() {
    // Here each gradient is taken where the optimizer has come to itself.
    let problem = Self.golden("problem.network")
    let (inputs, targets) = (problem["inputs"], problem["targets"])
    let net = Sequential {
      Dense(4); tanh; Dense(2); logSoftmax
    }
    let loss = parametrized("loss") { (x: Tensor, y: Tensor) in -mean(sum(net(x) * y, axis: 1)) }
    var params = loss.initParams(PRNGKey(0), inputs, targets)
    params = params.replacingLeaves(with: problem.numbered("start"))
    for isCompiled in [false, true] {
      for (name, optimizer) in [("momentum", Momentum(0.01, mass: 0.9)), ("adam", Adam(0.05))] {
        let trajectories = Self.golden("\(name).network").numbered("params")
        var state = optimizer.initialize(params)
        for step in 1...20 {
          let before = loss(optimizer.params(of: state), inputs, targets)
          let value: Tensor
          (state, value) = optimizer.updateAndGetLoss(loss, state, inputs, targets, jit: isCompiled)
          expectClose(value, before, relative: 1e-6)
          for (index, leaf) in optimizer.params(of: state).leaves.enumerated() {
            expectClose(
              leaf, trajectories[index][step], relative: 1e-5, absolute: 1e-6, "\(name), \(index), step \(step)")
          }
        }
      }
    }
  }

  @Test func tenMomentumStepsOfASmallNetwork() {
    let golden = Golden("mlp")("mlp")
    let net = Sequential {
      Dense(7); relu; Dense(4); logSoftmax
    }
    let loss = parametrized("loss") { (x: Tensor, y: Tensor) in -mean(sum(net(x) * y, axis: 1)) }
    let names = ["kernel0", "bias0", "kernel1", "bias1"]
    let (x, y) = (golden["inputs"], golden["targets"])
    let params = loss.initParams(PRNGKey(0), x, y).replacingLeaves(with: names.map { golden[$0] })
    expectClose(net(params.sequential, x), golden["logProbabilities"], relative: 1e-5, absolute: 1e-6)
    let (value, gradient) = valueAndGrad(loss)(params, x, y)
    expectClose(value, golden["loss"], relative: 1e-6)
    for (name, leaf) in zip(names, gradient.leaves) {
      expectClose(leaf, golden["grad.\(name)"], relative: 1e-5, absolute: 1e-7, name)
    }
    let optimizer = Momentum(0.1, mass: 0.9)
    var state = optimizer.initialize(params)
    for step in 0..<10 {
      let value: Tensor
      (state, value) = optimizer.updateAndGetLoss(loss, state, x, y, jit: true)
      expectClose(value, golden["losses"][step], relative: 1e-5)
      for (name, leaf) in zip(names, optimizer.params(of: state).leaves) {
        expectClose(leaf, golden["step\(step).\(name)"], relative: 1e-5, absolute: 1e-6, "\(name), step \(step)")
      }
    }
  }
}
