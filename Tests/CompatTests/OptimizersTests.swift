import Compat
import JAXnet
import TestSupport
import Testing

/// `jax.example_libraries.optimizers` under its own names.
@Suite struct CompatOptimizersTests {
  static let rows: [(name: String, optimizer: optimizers.Optimizer)] = [
    ("sgd", optimizers.sgd(0.02)),
    ("momentum", optimizers.momentum(0.01, mass: 0.9)),
    ("nesterov", optimizers.nesterov(0.01, mass: 0.9)),
    ("adagrad", optimizers.adagrad(0.1)),
    ("rmsprop", optimizers.rmsprop(0.01)),
    ("rmspropMomentum", optimizers.rmspropMomentum(0.005)),
    ("adam", optimizers.adam(0.05)),
    ("adamax", optimizers.adamax(0.05)),
    ("sm3", optimizers.sm3(0.1)),
  ]

  @Test(arguments: rows) func stepsAreThoseOfJAX(row: (name: String, optimizer: optimizers.Optimizer)) {
    let golden = Golden("optimizers")
    let trajectories = golden("\(row.name).network").numbered("params")
    let gradients = golden("\(row.name).network").numbered("grads").map { $0.asType(.float32) }
    var state = row.optimizer.initialize(golden("problem.network").numbered("start"))
    for i in 0..<20 { state = row.optimizer.update(i, gradients.map { $0[i] }, state) }
    for (parameter, trajectory) in zip(row.optimizer.getParams(state), trajectories) {
      expectClose(parameter, trajectory[20], relative: 1e-5, absolute: 1e-6, row.name)
    }
  }

  @Test func theNumberOfTheStepIsTheOneGiven() {
    let optimizer = optimizers.sgd(Schedule { step in step })
    let state = optimizer.update(3, [ones([])], optimizer.initialize([zeros([])]))
    expectEqual(optimizer.getParams(state)[0], Tensor(-3.0))
  }

  @Test func clipping() {
    let gradients = [Tensor([3.0, 0.0]), Tensor(4.0)]
    expectEqual(optimizers.l2Norm(gradients), Tensor(5.0))
    expectClose(optimizers.clipGrads(gradients, 1)[1], Tensor(0.8), ulp: 1)
  }
}
