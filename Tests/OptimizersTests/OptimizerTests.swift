import Foundation
import JAXnet
import TestSupport
import Testing

/// What optimizers do with states, trees, element types and compilation.
@Suite struct OptimizerTests {
  @Test func anyTreeIsTrained() {
    let optimizer = Adam(0.1)
    var state = optimizer.initialize(["a": [Tensor(3.0)], "b": [Tensor([1.0, -2.0]), Tensor(0.5)]])
    let loss = grad { (p: [String: [Tensor]]) in square(p["a"]![0]) + sum(square(p["b"]![0])) + square(p["b"]![1]) }
    for _ in 0..<200 { state = optimizer.update(from: loss(optimizer.params(of: state)), state) }
    for leaf in optimizer.params(of: state).leaves { expectClose(leaf, zerosLike(leaf), relative: 0, absolute: 1e-2) }
    #expect(state.leafPaths.prefix(4) == ["step", "params.a[0]", "params.b[0]", "params.b[1]"])
  }

  @Test(arguments: [DType.float16, .bfloat16, .float32, .float64])
  func elementTypesStay(dtype: DType) {
    for (name, optimizer) in TrajectoryTests.optimizers {
      let params = [ones([2], dtype: dtype), ones([2, 3], dtype: dtype), ones([], dtype: dtype)]
      let state = optimizer.initialize(params)
      let next = optimizer.update(from: params, state)
      #expect(next.leaves.map(\.type.strong) == state.leaves.map(\.type.strong), "\(name)")
    }
  }

  @Test func anUpdateIsCompiledOnceForALossAndItsShapes() {
    let traces = Counter()
    let loss = parametrized("loss") { (x: Tensor) in
      traces.increase()
      return sum(Dense(2)(x))
    }
    let optimizer = Momentum(0.1, mass: 0.9)
    var state = optimizer.initialize(loss.initParams(PRNGKey(0), ones([4, 3])))
    let atStart = traces.count
    for _ in 0..<5 { state = optimizer.update(loss, state, ones([4, 3]), jit: true) }
    _ = optimizer.updateAndGetLoss(loss, state, ones([4, 3]), jit: true)
    #expect(traces.count == atStart + 1)
    _ = optimizer.update(loss, state, ones([5, 3]), jit: true)
    #expect(traces.count == atStart + 2)
    // Another optimizer compiles its own.
    _ = SGD(0.1).update(loss, SGD(0.1).initialize(loss.initParams(PRNGKey(0), ones([4, 3]))), ones([4, 3]), jit: true)
    #expect(traces.count == atStart + 4)
  }

  @Test func trainingGoesOnFromAFile() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let net = Sequential {
      Dense(3); tanh
    }
    let loss = parametrized("loss") { (x: Tensor) in sum(net(x)) }
    let optimizer = Adam(0.1)
    let start = optimizer.initialize(loss.initParams(PRNGKey(0), ones([2, 2])))
    let middle = optimizer.update(loss, start, ones([2, 2]))
    try middle.save(to: path)
    let loaded = try start.loadingLeaves(from: path)
    #expect(optimizer.step(of: loaded).scalar(as: Int.self) == 1)
    let (a, b) = (optimizer.update(loss, middle, ones([2, 2])), optimizer.update(loss, loaded, ones([2, 2])))
    for (a, b) in zip(a.leaves, b.leaves) { expectEqual(a, b) }
    expectEqual(
      net.applyFrom([loss: optimizer.params(of: b)], ones([2, 2])),
      net.applyFrom([loss: optimizer.params(of: a)], ones([2, 2])))
    #expect(throws: ModelFileError.self) { try Momentum(0.1).initialize(start.params).loadingLeaves(from: path) }
  }

  @Test func randomLossesTakeAKey() {
    let loss = parametrized("loss") { (x: Tensor) in sum(Dense(2)(x) * normal(randomKey(), [2])) }
    let optimizer = SGD(1)
    let state = optimizer.initialize(loss.initParams(PRNGKey(0), ones([1, 3])))
    let (a, b) = (PRNGKey(1), PRNGKey(2))
    let eager = [a, b].map { optimizer.params(of: optimizer.update(loss, state, ones([1, 3]), key: $0)) }
    let compiled = [a, b].map { optimizer.params(of: optimizer.update(loss, state, ones([1, 3]), key: $0, jit: true)) }
    for (eager, compiled) in zip(eager, compiled) {
      for (a, b) in zip(eager.leaves, compiled.leaves) { expectClose(a, b, relative: 1e-5, absolute: 1e-6) }
    }
    #expect(eager[0].dense.bias.tensor.array(of: Float.self) != eager[1].dense.bias.tensor.array(of: Float.self))
  }

  @Test func clippingByTheGlobalNorm() {
    let golden = Golden("optimizers")
    let gradients = golden("l2Norm").numbered("in")
    expectClose(globalNorm(gradients), golden("l2Norm")["out0"], relative: 1e-6)
    for bound in [0.5, 100.0] {
      let row = golden("clipGrads.\(bound)")
      for (clipped, expected) in zip(clipped(gradients, toNorm: bound), row.numbered("out")) {
        expectClose(clipped, expected, relative: 1e-6)
      }
    }
  }

  @Test func anOptimizerOfOnesOwn() {
    let signDescent = Optimizer(0.5) { x, g, _, step in (x - step.rate * sign(g), []) }
    let state = signDescent.update(from: [Tensor([-3.0, 0.0, 0.1])], signDescent.initialize([zeros([3])]))
    expectEqual(signDescent.params(of: state)[0], Tensor([0.5, 0.0, -0.5]))
  }

  @Test func gradientsOfAnotherShapeStopTheProgram() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = SGD(1).update(from: [ones([2])], SGD(1).initialize([ones([3])]))
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      output.contains(
        """
        update: the gradients do not have the shapes of the parameters, [[3]]
          operands: float32[2]
          hint: give the derivative of a loss with respect to these parameters
        """))
  }
}

/// Counts calls; for one thread at a time.
private final class Counter: @unchecked Sendable {
  private(set) var count = 0
  func increase() { count += 1 }
}
