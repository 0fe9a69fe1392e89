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
    let (optInit, optUpdate, getParams) = row.optimizer
    var state = optInit(golden("problem.network").numbered("start"))
    for i in 0..<20 {
      // Through the form for saving, nothing changes.
      if i == 10 { state = optimizers.packOptimizerState(optimizers.unpackOptimizerState(state)) }
      state = optUpdate(i, gradients.map { $0[i] }, state)
    }
    for (parameter, trajectory) in zip(getParams(state), trajectories) {
      expectClose(parameter, trajectory[20], relative: 1e-5, absolute: 1e-6, row.name)
    }
  }

  @Test func theNumberOfTheStepIsTheOneGiven() {
    let (optInit, optUpdate, getParams) = optimizers.sgd(Schedule { step in step })
    expectEqual(getParams(optUpdate(3, [ones([])], optInit([zeros([])])))[0], Tensor(-3.0))
    let compiled = jit { (i: Tensor, state: OptimizerState<[Tensor]>) in optUpdate(i, [ones([])], state) }
    expectEqual(getParams(compiled(Tensor(3), optInit([zeros([])])))[0], Tensor(-3.0))
  }

  static let schedules: [(name: String, schedule: Schedule)] = [
    ("constant", optimizers.constant(0.3)),
    ("constant", optimizers.makeSchedule(0.3)),
    ("exponentialDecay", optimizers.exponentialDecay(0.5, 10, 0.7)),
    ("inverseTimeDecay", optimizers.inverseTimeDecay(0.5, 7, 0.6)),
    ("inverseTimeDecay", optimizers.makeSchedule { i in 0.5 / (1 + 0.6 * i / 7) }),
    ("inverseTimeDecay.staircase", optimizers.inverseTimeDecay(0.5, 7, 0.6, staircase: true)),
    ("polynomialDecay", optimizers.polynomialDecay(0.5, 25, 0.1)),
    ("polynomialDecay.power2", optimizers.polynomialDecay(0.5, 25, 0.1, power: 2)),
    ("piecewiseConstant", optimizers.piecewiseConstant([5, 12, 30], [1, 0.5, 0.25, 0.1])),
    ("piecewiseConstant", optimizers.makeSchedule(optimizers.piecewiseConstant([5, 12, 30], [1, 0.5, 0.25, 0.1]))),
  ]

  @Test(arguments: schedules) func schedulesAreThoseOfJAX(row: (name: String, schedule: Schedule)) {
    let golden = Golden("optimizers")("schedule.\(row.name)")
    let values = golden["steps"].array(of: Int.self).map { row.schedule($0).asType(.float32) }
    expectClose(stack(values), golden["out"], relative: 1e-5, absolute: 1e-7, row.name)
  }

  @Test(arguments: Golden("optimizers").cases("clipGrads")) func clippingIsThatOfJAX(row: GoldenCase) {
    let gradients = row.numbered("in")
    for (clipped, expected) in zip(optimizers.clipGrads(gradients, row.double("maxNorm")!), row.numbered("out")) {
      expectClose(clipped, expected, relative: 1e-6, "\(row)")
    }
    expectClose(optimizers.l2Norm(gradients), Golden("optimizers")["l2Norm/out0"], relative: 1e-6)
  }

  @Test func aStateInAFile() throws {
    let folder = try TemporaryFolder()
    let (optInit, optUpdate, getParams) = optimizers.adam(0.1)
    let params = PyTree.list([.tuple([PyTree(ones([2, 3])), PyTree(zeros([3]))]), .none])
    let state = optUpdate(0, params.mapLeaves { $0 + 1 }, optInit(params))
    let unpacked = optimizers.unpackOptimizerState(state)
    #expect(unpacked.leafPaths == ["[0][0][0]", "[0][0][1]", "[0][0][2]", "[0][1][0]", "[0][1][1]", "[0][1][2]"])
    try unpacked.save(to: folder.path + "/state.safetensors")
    let loaded = try optimizers.unpackOptimizerState(optInit(params))
      .loadingLeaves(from: folder.path + "/state.safetensors")
    let restored = optimizers.packOptimizerState(loaded)
    for (a, b) in zip(
      getParams(optUpdate(1, params, restored)).leaves, getParams(optUpdate(1, params, state)).leaves)
    {
      expectEqual(a, b)
    }
  }
}
