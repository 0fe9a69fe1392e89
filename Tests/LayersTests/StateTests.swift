import JAXnet
import TestSupport
import Testing

/// State that is no parameter: a tree of its own, given and returned.
@Suite struct StateTests {
  let x = normal(PRNGKey(0), [8, 6, 6, 3]) * 2 + 1
  let net = Sequential {
    Conv(4, [3, 3]); BatchNorm(momentum: 0.9); relu; globalAveragePool; Dense(2)
  }

  /// Counts its calls in training, and adds the count.
  static let counter = parametrized("counter") { (x: Tensor) in
    let calls = stateVariable("calls", [], zeros())
    if calls.isTraining { calls.update(to: calls.value + 1) }
    return x + calls.value
  }

  @Test func treeOfState() {
    let state = net.initState(x)
    #expect(state.leafPaths == ["layers[1].mean", "layers[1].variance"])
    expectEqual(state.layers[1].mean, zeros([4]))
    expectEqual(state.layers[1].variance, ones([4]))
    #expect(net.initParams(PRNGKey(0), x).layers[1].names == ["scale", "bias"])
    #expect(Dense(2).initState(ones([1, 3])).leaves.isEmpty)
    let mixed = parametrized("mixed") { (x: Tensor) in Self.counter(Dense(2)(x)) }
    #expect(mixed.initState(ones([1, 3])).names == ["counter"])
  }

  @Test func runningStatistics() {
    let layer = BatchNorm(momentum: 0.75)
    let params = layer.initParams(PRNGKey(0), x)
    var state = layer.initState(x)
    let (batchMean, batchVariance) = (mean(x, axes: [0, 1, 2]), variance(x, axes: [0, 1, 2]))
    for step in 1...3 {
      let (output, next) = layer.applyInTraining(params, state, x)
      expectClose(output, BatchNorm()(params, x), relativeToLargest: 1e-6)
      let left = 1 - [0.75, 0.5625, 0.421875][step - 1]
      expectClose(next.mean, batchMean * left, relativeToLargest: 1e-5)
      let rest = 1 - left
      expectClose(next.variance, batchVariance * left + rest, relativeToLargest: 1e-5)
      state = next
    }
    // In evaluation the examples do not matter to each other.
    let outputs = layer(params, x, state: state)
    expectClose(layer(params, x[3].expandingDims(0), state: state)[0], outputs[3], relativeToLargest: 1e-6)
    let expected = (x - state.mean.tensor) / sqrt(state.variance.tensor + 1e-5)
    expectClose(outputs, expected, relativeToLargest: 1e-6)
  }

  @Test func compiled() {
    let (params, state) = (net.initParams(PRNGKey(0), x), net.initState(x))
    let step = jit { (params: Params, state: Params, x: Tensor) in net.applyInTraining(params, state, x) }
    let (output, next) = step(params, state, x)
    let (expected, expectedNext) = net.applyInTraining(params, state, x)
    expectClose(output, expected, relativeToLargest: 1e-5)
    for (a, b) in zip(next.leaves, expectedNext.leaves) { expectClose(a, b, relativeToLargest: 1e-5) }
    expectClose(jit(net)(params, x, state: next), net(params, x, state: next), relativeToLargest: 1e-5)
    // A compiled step's state goes into the next.
    let (_, third) = step(params, next, x)
    #expect(third.leafPaths == state.leafPaths)
  }

  @Test func aSharedModuleHasOneStateThatItsUsesChangeInTurn() {
    let twice = Sequential {
      Self.counter; Dense(3); Self.counter
    }
    let inputs = zeros([1, 2])
    let state = twice.initState(inputs)
    #expect(state.leaves.count == 1)
    let (_, next) = twice.applyInTraining(twice.initParams(PRNGKey(0), inputs), state, inputs)
    expectEqual(next.layers[0].calls, Tensor(2.0))
    #expect(next.layers[0].calls.tensor === next.layers[2].calls.tensor)
  }

  @Test func gradientsAndUpdates() {
    let loss = parametrized("loss") { (x: Tensor, labels: Tensor) in mean(crossEntropy(net(x), labels: labels)) }
    let labels = Tensor((0..<8).map { $0 % 2 })
    let params = loss.initParams(PRNGKey(0), x, labels)
    let state = loss.initState(x, labels)
    let (value, next, gradient) = loss.valueAndGradInTraining(params, state, x, labels)
    let (plain, plainNext) = loss.applyInTraining(params, state, x, labels)
    expectClose(value, plain, relative: 1e-6)
    for (a, b) in zip(next.leaves, plainNext.leaves) { expectClose(a, b, relativeToLargest: 1e-6) }
    // The same gradient as by statistics of the batch alone.
    let stateless = Sequential {
      Conv(4, [3, 3]); BatchNorm(); relu; globalAveragePool; Dense(2)
    }
    let expected = grad { (p: Params) in mean(crossEntropy(stateless(p, x), labels: labels)) }(params.sequential)
    for (a, b) in zip(gradient.leaves, expected.leaves) { expectClose(a, b, relativeToLargest: 1e-5) }

    let optimizer = Adam(0.01)
    var (trained, moduleState) = (optimizer.initialize(params), state)
    var losses: [Double] = []
    for _ in 0..<10 {
      let update = optimizer.updateInTraining(loss, trained, moduleState, x, labels, jit: true)
      (trained, moduleState) = (update.state, update.moduleState)
      losses.append(Double(update.loss))
    }
    #expect(losses.last! < losses[0])
    let once = optimizer.updateInTraining(loss, optimizer.initialize(params), state, x, labels)
    for (a, b) in zip(
      once.state.params.leaves, optimizer.update(from: gradient, optimizer.initialize(params)).params.leaves)
    { expectClose(a, b, relativeToLargest: 1e-5) }

    // Another module finds its part.
    let accuracyModule = parametrized("accuracy") { (x: Tensor, labels: Tensor) in accuracy(net(x), labels: labels) }
    let found = accuracyModule.stateFrom([loss: moduleState], x, labels)
    #expect(found.sequential.layers[1].mean.tensor === moduleState.sequential.layers[1].mean.tensor)
    #expect(net.stateFrom([loss: moduleState], x) === moduleState.sequential)
  }

  @Test func carriedThroughAScan() {
    let (params, state) = (net.initParams(PRNGKey(0), x), net.initState(x))
    let (last, outputs) = scan(state, stack([x, x * 2])) { (state: Params, x: Tensor) in
      let (output, next) = net.applyInTraining(params, state, x)
      return (next, output)
    }
    let (first, next) = net.applyInTraining(params, state, x)
    let (second, expected) = net.applyInTraining(params, next, x * 2)
    expectClose(outputs, stack([first, second]), relativeToLargest: 1e-5)
    for (a, b) in zip(last.leaves, expected.leaves) { expectClose(a, b, relativeToLargest: 1e-5) }
  }

  @Test func throughWrappers() {
    let loss = parametrized("loss") { (x: Tensor) in mean(square(net(x))) }
    let regularized = L2Regularized(loss, scale: 0.1)
    let (params, state) = (regularized.initParams(PRNGKey(0), x), regularized.initState(x))
    #expect(state.leaves.count == 2)
    let (_, next) = regularized.applyInTraining(params, state, x)
    let (_, expected) = net.applyInTraining(net.paramsFrom([regularized: params], x), net.initState(x), x)
    for (a, b) in zip(next.leaves, expected.leaves) { expectEqual(a, b) }
    #expect(Bool(isFinite(regularized(params, x, state: next))))

    // What changes parameters calls the module with them, and leaves it its state.
    let halved = Reparametrized(net) { $0 * 0.5 }
    let halvedParams = halved.initParams(PRNGKey(0), x)
    let (output, halvedState) = halved.applyInTraining(halvedParams, halved.initState(x), x)
    #expect(output.shape == [8, 2])
    #expect(halvedState.leaves.count == 2)
    #expect(halvedState.leaves[0].array(of: Float.self) != [0, 0, 0, 0])
  }

  @Test func savedAndLoaded() throws {
    let folder = try TemporaryFolder()
    let (_, state) = net.applyInTraining(net.initParams(PRNGKey(0), x), net.initState(x), x)
    try state.save(to: folder.path + "/state.safetensors")
    let loaded = try Params.load(from: folder.path + "/state.safetensors")
    let params = net.initParams(PRNGKey(0), x)
    expectEqual(net(params, x, state: loaded), net(params, x, state: state))
  }

  @Test func eachExampleOfABatchMayHaveItsOwn() {
    let states = Params(named: [("calls", Params(arange(3).asType(.float32)))])
    let (outputs, next) = vmap { (state: Params, x: Tensor) in
      Self.counter.applyInTraining(Params(named: []), state, x)
    }(states, zeros([3, 2]))
    expectEqual(outputs, arange(3).asType(.float32).expandingDims(1).broadcast(to: [3, 2]))
    expectEqual(next.calls, arange(1, 4).asType(.float32))
  }

  @Test func mistakes() async {
    let withoutState = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let net = BatchNorm(momentum: 0.9)
      _ = net(net.initParams(PRNGKey(0), ones([2, 3])), ones([2, 3]))
    }
    expectText(
      withoutState, "the module keeps the state `mean`, but the call was given none", "batchNorm.initState(inputs)")
    let inLoop = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let looping = parametrized("looping") { (x: Tensor) in
        scan(x, length: 2) { (x: Tensor) in (StateTests.counter(x), x) }.0
      }
      _ = looping.applyInTraining(Params(named: []), looping.initState(ones([])), ones([]))
    }
    expectText(inLoop, "the state `calls` is changed within", "carry the state")
    let ofOtherShape = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let net = BatchNorm(momentum: 0.9)
      let state = net.initState(ones([2, 4]))
      _ = net(net.initParams(PRNGKey(0), ones([2, 3])), ones([2, 3]), state: state)
    }
    expectText(ofOtherShape, "the state given for `mean` should have shape [3], not [4]")
  }

  private func expectText(
    _ result: ExitTest.Result?, _ texts: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    for text in texts where !text.isEmpty {
      #expect(output.contains(text), "\(output)", sourceLocation: sourceLocation)
    }
  }
}
