import JAXnet
import TestSupport
import Testing

/// What the tests of the Python JAXnet ask for and other suites here do not: `docs/behaviours-of-the-original.md` lists
/// all of them.
@Suite struct OriginalBehaviourTests {
  // MARK: Parameter

  @Test func aParameterIsAModule() {
    let scalar = Parameter { _ in zeros([]) }
    let params = scalar.initParams(PRNGKey(0))
    #expect(params.isTensor)
    expectEqual(params.tensor, zeros([]))
    #expect(scalar(params) === params.tensor)

    let wrapper = parametrized("wrapper") { scalar() }
    let wrapped = wrapper.initParams(PRNGKey(0))
    #expect(wrapped.names == ["parameter"])
    #expect(wrapper(wrapped) === wrapped.parameter.tensor)
    expectEqual(jit { (p: Params) in wrapper(p) }(wrapped), zeros([]))
  }

  @Test func aParameterHoldsAnyTree() {
    let pair = Parameter("pair") { key in [normal(key, [2]), normal(key, [3])] }
    let params = pair.initParams(PRNGKey(0))
    #expect(params.leafPaths == ["[0]", "[1]"])
    // One key makes the whole tree.
    expectEqual(params[0], normal(foldIn(PRNGKey(0), 0), [2]))
    expectEqual(params[1], normal(foldIn(PRNGKey(0), 0), [3]))
    #expect(zip(pair(params), params.leaves).allSatisfy { $0 === $1 })

    let named = Parameter("named") { _ in ["b": ["x": ones([2])], "a": ["y": zeros([1])]] }
    let module = parametrized("module") { sum(named()["b"]!["x"]!) + sum(pair()[1]) + sum(named()["a"]!["y"]!) }
    let all = module.initParams(PRNGKey(1))
    #expect(all.leafPaths == ["named.a.y", "named.b.x", "pair[0]", "pair[1]"])
    expectClose(module(all), sum(all.pair[1].tensor) + 2, relative: 1e-6)
    // A leaf that was taken over keeps its identity; the others are as they would be.
    let given = module.initParams(PRNGKey(2), reuse: [pair: params])
    #expect(given.pair === params)

    // Tensors that are one in the initializer are two parameters.
    let twice = Parameter { _ in
      let zero = zeros([])
      return [zero, zero]
    }
    #expect(twice.initParams(PRNGKey(0)).leaves.count == 2)
  }

  @Test func aParameterHoldsTheParametersOfAModule() {
    let net = Sequential {
      Dense(2); relu
    }
    let x = ones([1, 3])
    let around = parametrized("around") { (x: Tensor) in
      let params = Parameter("model") { key in net.initParams(key, x) }()
      return net(params.mapLeaves { $0 * 2 }, x)
    }
    let params = around.initParams(PRNGKey(0), x)
    #expect(params.leafPaths == ["model.layers[0].kernel", "model.layers[0].bias"])
    expectEqual(around(params, x), net(params.model.mapLeaves { $0 * 2 }, x))
    expectClose(jit(around)(params, x), around(params, x), relative: 1e-6)
  }

  @Test func theFirstUseDecidesTheOrder() {
    let net = parametrized("net") {
      let p = Parameter { _ in zeros([1]) }
      let a = p()
      let others = (2...6).map { Parameter { [size = $0] _ in zeros([size]) }() }
      // A second use must not change the order.
      let again = p()
      let (b, c, d, e, f) = (others[0], others[1], others[2], others[3], others[4])
      return concatenate([a, f]) + concatenate([b, e]) + concatenate([c, d]) + again
    }
    let params = net.initParams(PRNGKey(0))
    #expect(params.names == (0..<6).map { "parameter\($0)" })
    #expect(params.leaves.map(\.shape) == (1...6).map { [$0] })
    #expect(net(params).shape == [7])
  }

  @Test func parametersUsedInAnotherOrderThanAskedFor() {
    let dense = parametrized("dense") { (x: Tensor) in
      let bias = parameter("bias", [2], zeros())
      let kernel = parameter("kernel", [x.shape.last!, 2], zeros())
      return dot(x, kernel) + bias
    }
    let x = zeros([1, 3])
    let params = dense.initParams(PRNGKey(0), x)
    #expect(params.names == ["bias", "kernel"])
    expectEqual(dense(params, x), zeros([1, 2]))
    expectEqual(jit(dense)(params, x), zeros([1, 2]))
  }

  @Test func equalInitializersMakeDifferentNumbers() {
    let module = parametrized { parameter("a", [], randn()) + parameter("b", [], randn()) }
    let params = module.initParams(PRNGKey(0))
    #expect(Float(params.a.tensor) != Float(params.b.tensor))
  }

  // MARK: Submodules

  @Test func modulesMadeInNestedBodies() {
    @Sendable func Net() -> Layer { parametrized("net") { _ in Parameter { _ in zeros([]) }() } }
    @Sendable func Net2() -> Layer { parametrized("net2") { Net()($0) } }
    @Sendable func Net3() -> Layer { parametrized("net3") { Net2()($0) } }
    let net = parametrized("net4") { Net3()($0) } as Layer
    let params = net.initParams(PRNGKey(0), zeros([]))
    #expect(params.leafPaths == ["net3.net2.net.parameter"])
    expectEqual(net(params, zeros([])), zeros([]))
  }

  @Test func modulesThatDependOnInputs() {
    let layer = parametrized("layer") { (x: Tensor) in Dense(x.shape[0])(x) } as Layer
    let net = Sequential {
      Dense(3); layer
    }
    let x = zeros([5, 3])
    #expect(layer(layer.initParams(PRNGKey(0), x), x).shape == [5, 5])
    let params = net.initParams(PRNGKey(0), x)
    #expect(params.layers[1].dense.kernel.tensor.shape == [3, 5])
    #expect(net(params, x).shape == [5, 5])
  }

  @Test func parametersBesideSubmodules() {
    let linear = parametrized("linear") { (x: Tensor) in dot(x, parameter("kernel", [x.shape.last!, 2], zeros())) }
    let dense = parametrized("dense") { (x: Tensor) in linear(x) + parameter("bias", [2], zeros()) }
    let params = dense.initParams(PRNGKey(0), zeros([1, 3]))
    #expect(params.leafPaths == ["linear.kernel", "bias"])
    expectEqual(jit(dense)(params, zeros([1, 3])), zeros([1, 2]))
  }

  @Test func modulesWithoutParameters() {
    let double = parametrized { (x: Tensor) in 2 * x }
    let params = double.initParams(PRNGKey(0), ones([1, 3]))
    #expect(params.leaves.isEmpty && "\(params)" == "no parameters")
    expectEqual(jit(double)(params, ones([1, 3])), full([1, 3], 2))
  }

  @Test func namesInOneModuleClash() {
    let net = parametrized("net") { (x: Tensor) in
      let inner = Sequential {
        Dense(2); relu
      }
      return inner(Dense(2)(relu(Dense(3)(x))))
    }
    let x = zeros([1, 5])
    let params = net.initParams(PRNGKey(0), x)
    #expect(params.names == ["dense0", "dense1", "sequential"])
    #expect(params.dense1.kernel.tensor.shape == [3, 2])
    #expect(net.initParams(PRNGKey(1), x).leafPaths == params.leafPaths)
  }

  // MARK: jit inside modules

  @Test func compiledPartsOfModules() {
    let outside = jit { (x: Tensor) in 2 * x }
    let dense = Dense(3)
    let made = jit { (x: Tensor) in 2 * Dense(3)(x) }
    let shared = jit { (x: Tensor) in dense(x) }
    let functions: [(String, @Sendable (Tensor) -> Tensor)] = [
      ("no jit", { x in 2 * dense(x) })
    ]
    let x = normal(PRNGKey(3), [2])
    let expected = parametrized { (x: Tensor) in 2 * Dense(3)(x) }
    let reference = expected.initParams(PRNGKey(0), x)
    func check(_ name: String, _ net: Layer) {
      let params = net.initParams(PRNGKey(0), x)
      #expect(params.leafPaths == ["dense.kernel", "dense.bias"], "\(name)")
      for (a, b) in zip(params.leaves, reference.leaves) { expectEqual(a, b, name) }
      let value = expected(reference, x)
      // Twice, so that what was compiled is used again; and with other parameters, which must not be forgotten.
      for _ in 0..<2 {
        expectClose(net(params, x), value, relative: 1e-6, name)
        expectClose(jit(net)(params, x), value, relative: 1e-6, name)
      }
      let doubled = params.mapLeaves { $0 * 2 }
      expectClose(net(doubled, x), value * 2, relative: 1e-6, name)
      expectClose(net.applyFrom([net: params], x, jit: true), value, relative: 1e-6, name)
      // By names alone, as parameters made by hand have.
      let plain: Params = ["dense": ["kernel": Params(params.dense.kernel), "bias": Params(params.dense.bias)]]
      expectClose(jit(net)(plain, x), value, relative: 1e-6, name)
    }
    for (name, function) in functions { check(name, parametrized { x in function(x) }) }
    check("around a module", parametrized { [outside = UncheckedSendable(outside)] x in outside.value(Dense(3)(x)) })
    check("of a module", parametrized { [shared = UncheckedSendable(shared)] x in 2 * shared.value(x) })
    check("of a module made within", parametrized { [made = UncheckedSendable(made)] x in made.value(x) })
  }

  @Test func aCompiledUseSharesParameters() {
    let dense = Dense(3)
    let net = Sequential {
      dense;
      { x in jit { (x: Tensor) in dense(x) }(x) }
    }
    let x = normal(PRNGKey(2), [2, 3])
    let params = net.initParams(PRNGKey(0), x)
    #expect(params.leaves.count == 2)
    expectClose(net(params, x), dense(params.layers[0], dense(params.layers[0], x)), relative: 1e-6)
  }

  // MARK: Reuse

  @Test func theInnermostOfOverlappingParametersWins() {
    let x = zeros([1, 2])
    let layer = Dense(5)
    let inner = Sequential {
      layer; relu
    }
    let net = Sequential {
      inner; Dense(2)
    }
    let netParams = net.initParams(PRNGKey(1), x)
    let innerParams = inner.initParams(PRNGKey(2), x)
    let layerParams = layer.initParams(PRNGKey(3), x)

    let two = net.paramsFrom([net: netParams, layer: layerParams], x)
    #expect(two.layers[0].layers[0] === layerParams)
    #expect(two.layers[1] === netParams.layers[1])
    #expect(net.paramsFrom([net: netParams, layer: layerParams]).layers[0].layers[0] === layerParams)

    let all: [AnyModule: Params] = [net: netParams, inner: innerParams, layer: layerParams]
    for params in [net.paramsFrom(all), net.paramsFrom(all, x), net.initParams(PRNGKey(9), x, reuse: all)] {
      #expect(params.layers[0].layers[0] === layerParams)
      #expect(params.layers[1] === netParams.layers[1])
    }
    let middle = net.paramsFrom([net: netParams, inner: innerParams], x)
    #expect(middle.layers[0] === innerParams && middle.layers[1] === netParams.layers[1])
    expectEqual(net.applyFrom(all, x), net(net.paramsFrom(all), x))
    expectClose(net.applyFrom(all, x, jit: true), net(net.paramsFrom(all), x), relative: 1e-6)
    // A part of what was given has the inner ones, too.
    #expect(inner.paramsFrom([net: netParams, layer: layerParams]).layers[0] === layerParams)
  }

  @Test func aPartTwoLevelsDown() {
    let subsublayer = Dense(2)
    let sublayer = Sequential {
      subsublayer; relu
    }
    let net = Sequential {
      sublayer;
      { sum($0) }
    }
    let x = ones([1, 3])
    let given = subsublayer.initParams(PRNGKey(0), x)
    let params = net.paramsFrom([subsublayer: given], x)
    #expect(params.layers[0].layers[0] === given)
    expectEqual(net.applyFrom([subsublayer: given], x), net(params, x))
    expectClose(net.applyFrom([subsublayer: given], x, jit: true), net(params, x), relative: 1e-6)
  }

  @Test func modulesWithInputsAsKeys() {
    let sublayer = Dense(2)
    let a = Sequential {
      sublayer; relu
    }
    let b = Sequential {
      sublayer;
      { sum($0) }
    }
    let net = parametrized("net") { (x: Tensor) in a(x) * b(x) } as Layer
    let x = normal(PRNGKey(5), [1, 3])
    let params = a.initParams(PRNGKey(0), x)
    let found = net.paramsFrom([a: params], x)
    #expect(found.leaves.count == 2)
    #expect(found.sequential0.layers[0].kernel.tensor === params.layers[0].kernel.tensor)
    let expected = net(found, x)
    // Parameters by names only, as a file has them, are no help without inputs that tell what they belong to.
    let plain: Params = [
      "layers": [["kernel": Params(params.layers[0].kernel), "bias": Params(params.layers[0].bias)], []]
    ]
    for isCompiled in [false, true] {
      for reuse in [[a: params], [a.shaped(x): params], [a.shaped(x): plain]] as [[AnyModule: Params]] {
        expectClose(net.applyFrom(reuse, x, jit: isCompiled), expected, relative: 1e-6)
        expectClose(net.shaped(x).applyFrom(reuse, jit: isCompiled), expected, relative: 1e-6)
      }
    }
    #expect(net.shaped(x).paramsFrom([a.shaped(x): plain]).leaves[0] === params.leaves[0])
    #expect(net.initParams(PRNGKey(1), x, reuse: [a.shaped(x): plain]).leaves[0] === params.leaves[0])
    let (one, same) = (net.shaped(x).initParams(PRNGKey(4)), net.initParams(PRNGKey(4), x))
    for (a, b) in zip(one.leaves, same.leaves) { expectEqual(a, b) }
    expectEqual(net.shaped(x)(one), net(one, x))
  }

  @Test func parametersFromDisk() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/loss.safetensors"
    let predict = Sequential {
      Dense(3); logSoftmax
    }
    let loss = parametrized("loss") { (x: Tensor, y: Tensor) in -mean(predict(x) * y) }
    let (x, y) = (normal(PRNGKey(1), [4, 2]), ones([4, 3]))
    let params = loss.initParams(PRNGKey(0), x, y)
    try params.save(to: path)
    let named = try Params.load(from: path)
    let expected = predict(params.sequential, x)
    expectEqual(predict.applyFrom([loss.shaped(x, y): named], x), expected)
    expectEqual(predict.applyFrom([loss: try loss.shaped(x, y).loadParams(from: path)], x), expected)
    expectEqual(loss(named, x, y), loss(params, x, y))
  }

  @Test func aParameterWithoutAValueNamesItsPath() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let net = Sequential {
        Dense(2); relu; Dense(3)
      }
      let partial: Params = ["layers": [["kernel": Params(ones([4, 2])), "bias": Params(ones([2]))], [], []]]
      _ = parametrized("score") { (x: Tensor) in sum(net(x)) }.applyFrom(
        [net.layers[0]: partial.layers[0]], ones([1, 4]))
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("sequential.layers[2].kernel, sequential.layers[2].bias"), "\(output)")
  }

  @Test func sharingBetweenSeveralParents() {
    let p = Parameter { _ in ones([]) }
    let wrapped = parametrized("wrapped") { p() }
    let net = parametrized("net") { (wrapped(), p()) }
    let params = net.initParams(PRNGKey(0))
    #expect(params.leaves.count == 1)
    #expect(params.wrapped.parameter.tensor === params.parameter.tensor)
    let (a, b) = net(params)
    #expect(a === b)

    let dense = Dense(2)
    let total = Sequential {
      dense;
      { sum($0) }
    }
    let both = parametrized("both") { (x: Tensor) in (dense(x), total(x)) }
    let x = zeros([1, 3])
    let denseParams = dense.initParams(PRNGKey(0), x)
    let found = both.paramsFrom([dense: denseParams], x)
    #expect(found.dense === denseParams && found.leaves.count == 2)
    expectEqual(both(found, x).0, dense(denseParams, x))
  }

  @Test func oneModuleInTwoNetworksIsInitializedTwice() {
    let x = zeros([1, 2])
    let layer = Dense(5)
    let nets = [2, 3].map { size in
      Sequential {
        layer; Dense(size)
      }
    }
    let params = nets.enumerated().map { $1.initParams(PRNGKey($0), x) }
    #expect(params[0].layers[0].kernel.tensor.shape == params[1].layers[0].kernel.tensor.shape)
    for (a, b) in zip(params[0].layers[0].leaves, params[1].layers[0].leaves) {
      #expect(a.array(of: Float.self) != b.array(of: Float.self))
    }
  }

  // MARK: Loops, inputs and results

  @Test func scansWithAndWithoutParameters() {
    let xs = Tensor([1.0, 2.0, 3.0])
    let plain = parametrized("plain") { (xs: Tensor) in
      scan(ones([2]), xs) { carry, x in (2 * carry * x, 2 * carry * x) }.ys
    }
    #expect(plain(plain.initParams(PRNGKey(0), xs), xs).shape == [3, 2])
    let cell = parametrized("cell") { (carry: Tensor, x: Tensor) in 2 * carry * x }
    let without = parametrized("without") { (xs: Tensor) in
      scan(ones([2]), xs) { carry, x in (cell(carry, x), cell(carry, x)) }.ys
    }
    let params = without.initParams(PRNGKey(0), xs)
    #expect(params.leaves.isEmpty)
    expectEqual(without(params, xs), plain(params, xs))

    // A carry that is a dictionary, and a parameter in the cell.
    let scaled = parametrized("cell") { (carry: [String: Tensor], x: Tensor) in
      ["a": parameter("scale", [2], ones()) * 2 * carry["a"]! * x]
    }
    let net = parametrized("net") { (xs: Tensor) in
      scan(["a": ones([2])], xs) { carry, x in
        let next = scaled(carry, x)
        return (next, next["a"]!)
      }.ys
    }
    let scale = net.initParams(PRNGKey(0), xs)
    #expect(scale.cell.scale.tensor.shape == [2])
    expectEqual(net(scale, xs), plain(params, xs))
    expectEqual(jit(net)(scale, xs), plain(params, xs))
    expectEqual(grad { (p: Params) in sum(net(p, xs)[2]) }(scale).cell.scale, full([2], 3 * 48))
  }

  @Test func whileLoopsAndCheckpoints() {
    let step = Dense(3, kernelInit: { _, shape in eye(shape[0], shape[1]) * 2 }, biasInit: zeros())
    let net = parametrized("net") { (x: Tensor) in
      whileLoop(x, while: { sum($0) .< 100 }) { step($0) }
    }
    let x = ones([1, 3])
    let params = net.initParams(PRNGKey(0), x)
    #expect(params.leafPaths == ["dense.kernel", "dense.bias"])
    expectEqual(net(params, x), full([1, 3], 64))
    expectEqual(jit(net)(params, x), full([1, 3], 64))

    let saved = parametrized("saved") { (x: Tensor) in sum(checkpoint { (x: Tensor) in tanh(step(x)) }(x)) }
    let direct = parametrized("direct") { (x: Tensor) in sum(tanh(step(x))) }
    let savedParams = saved.initParams(PRNGKey(0), x)
    let (a, b) = (grad(saved)(savedParams, x), grad(direct)(savedParams, x))
    for (a, b) in zip(a.leaves, b.leaves) { expectClose(a, b, relative: 1e-6) }
  }

  @Test func collectionsAsInputsAndResults() {
    let product = parametrized("net") { (inputs: [Tensor]) in inputs[0] * inputs[1] * parameter("p", [], zeros()) }
    let list = [zeros([2]), zeros([2])]
    expectEqual(product(product.initParams(PRNGKey(0), list), list), zeros([2]))
    let table = parametrized("net") { (x: [String: Tensor]) in x["a"]! * x["b"]! * parameter("p", [], ones()) }
    let inputs = ["a": full([2], 2), "b": full([2], 3)]
    expectEqual(table(table.initParams(PRNGKey(0), inputs), inputs), full([2], 6))

    let fanOut = parametrized("fanOut") { (x: Tensor) in (x, x) }
    let inner = parametrized("inner") { (x: Tensor) in fanOut(fanOut(x).0).0 }
    let outer = parametrized("outer") { (x: Tensor) in (inner(x), inner(x) * parameter("p", [], ones())) }
    let (a, b) = jit(outer)(outer.initParams(PRNGKey(0), ones([1, 3])), ones([1, 3]))
    expectEqual(a, b)
  }
}

/// Lets a compiled function, which holds no state of its own, stand in the body of a module.
private struct UncheckedSendable<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
