import JAXnet
import TestSupport
import Testing

/// Parts of trees, by path, module or condition; training a part.
@Suite struct SelectionTests {
  let encoder = Dense(4)
  let head = Dense(2)
  let x = normal(PRNGKey(1), [3, 5])

  var net: Layer { Self.net(encoder, head) }
  static func net(_ encoder: Layer, _ head: Layer) -> Layer {
    Sequential {
      encoder; relu; head
    }
  }

  @Test func waysToSelect() {
    let net = net
    let params = net.initParams(PRNGKey(0), x)
    #expect(params.paths(in: "layers[0]") == ["layers[0].kernel", "layers[0].bias"])
    #expect(params.paths(in: "layers[2].bias") == ["layers[2].bias"])
    #expect(params.paths(in: .module(head)) == ["layers[2].kernel", "layers[2].bias"])
    #expect(params.paths(in: .module(net)) == params.leafPaths)
    #expect(params.paths(in: .where { path, tensor in tensor.rank == 1 }) == ["layers[0].bias", "layers[2].bias"])
    #expect(params.paths(in: ["layers[0].bias", .module(head)]).count == 3)
    let all: ParameterSelection = "layers"
    #expect(params.paths(in: all.inverted).isEmpty)
  }

  @Test func partsAreTreesToo() {
    let net = net
    let params = net.initParams(PRNGKey(0), x)
    let part = params.selecting(.where { path, _ in path.hasSuffix("bias") })
    #expect(part.leafPaths == ["layers[0].bias", "layers[2].bias"])
    #expect(part.layers.count == 3)
    #expect(params.selecting([]).leaves.isEmpty)
    #expect(params.updating(with: part) === params)
    let changed = params.updating(with: part.mapLeaves { $0 + 1 })
    expectEqual(changed.layers[2].bias, params.layers[2].bias.tensor + 1)
    #expect(changed.layers[0].kernel.tensor === params.layers[0].kernel.tensor)
    // Its modules are known.
    #expect(head.paramsFrom([net: params.selecting("layers[2]")]) === params.layers[2])
  }

  @Test func trainingAPart() {
    let net = net
    let params = net.initParams(PRNGKey(0), x)
    let part = params.selecting(.module(head))
    let gradient = jit(grad { (part: Params) in sum(square(net(params.updating(with: part), x))) })(part)
    let whole = grad { (p: Params) in sum(square(net(p, x))) }(params)
    #expect(gradient.leafPaths == ["layers[2].kernel", "layers[2].bias"])
    expectClose(gradient.layers[2].kernel, whole.layers[2].kernel.tensor, relative: 1e-5, absolute: 1e-6)
  }

  @Test(arguments: [false, true]) func frozenParametersStay(jit: Bool) {
    let net = net
    let loss = parametrized("loss") { (x: Tensor) in sum(square(net(x))) }
    let params = loss.initParams(PRNGKey(0), x)
    for optimizer in [Adam(0.1), Momentum(0.1, mass: 0.9), SGD(0.1).decayingWeights(by: 0.5)] {
      let frozen = optimizer.freezing(.module(encoder))
      var (state, other) = (frozen.initialize(params), optimizer.initialize(params))
      #expect(state.slots[0].isEmpty && state.slots.count == 4)
      for _ in 0..<3 { state = frozen.update(loss, state, x, jit: jit) }
      other = optimizer.update(loss, other, x, jit: jit)
      let trained = frozen.params(of: state)
      #expect(trained.sequential.layers[0] === params.sequential.layers[0] || jit)
      for (a, b) in zip(trained.sequential.layers[0].leaves, params.sequential.layers[0].leaves) { expectEqual(a, b) }
      let kernel: Tensor = trained.sequential.layers[2].kernel
      #expect(kernel.array(of: Float.self) != params.sequential.layers[2].kernel.tensor.array(of: Float.self))
      let once = frozen.params(of: frozen.update(loss, frozen.initialize(params), x, jit: jit))
      expectClose(
        once.sequential.layers[2].kernel, optimizer.params(of: other).sequential.layers[2].kernel.tensor, relative: 1e-6
      )
    }
  }

  @Test func frozenTwice() {
    let params = net.initParams(PRNGKey(0), x)
    let optimizer = Adam(0.1).freezing("layers[0]").freezing("layers[2].bias")
    #expect(optimizer.initialize(params).slots.map(\.isEmpty) == [true, true, false, true])
  }

  @Test func aModuleThatIsNotThere() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let net = Sequential { Dense(2) }
      _ = net.initParams(PRNGKey(0), ones([1, 3])).paths(in: .module(Dense(2)))
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("ParameterSelection: the parameters have none of the module `dense`"))
  }
}
