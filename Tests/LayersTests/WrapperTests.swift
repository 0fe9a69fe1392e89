import JAXnet
import TestSupport
import Testing

/// Modules around modules: `Regularized`, `L2Regularized`, `Reparametrized`, `Batched`.
@Suite struct WrapperTests {
  let loss = parametrized("loss") { (x: Tensor) in parameter("a", [], ones()) + parameter("b", [], constant(2)) }
  let x = zeros([])

  static func Scaled() -> Layer {
    parametrized("scaled") { weights in 2 * parameter("scale", [], ones()) * weights }
  }

  @Test func aPenaltyForParameters() {
    for regularized in [Regularized(loss) { $0 * $0 }, L2Regularized(loss, scale: 2)] {
      let params = regularized.initParams(PRNGKey(0), x)
      #expect(params.leafPaths == ["model.a", "model.b"])
      expectEqual(regularized(params, x), Tensor(1.0 + 2 + 1 + 4))
      expectEqual(jit(regularized)(params, x), Tensor(8.0))
      let gradient = grad(regularized)(params, x)
      expectEqual(gradient.model.a, Tensor(3.0))
      expectEqual(gradient.model.b, Tensor(5.0))
    }
  }

  @Test func aPenaltyForANetwork() {
    let net = Sequential {
      Dense(1, kernelInit: ones(), biasInit: ones())
      relu
      Dense(1, kernelInit: ones(), biasInit: ones());
      { sum($0) }
    }
    let regularized = L2Regularized(net, scale: 2)
    let params = regularized.initParams(PRNGKey(0), ones([1]))
    expectEqual(params.model.layers[2].kernel, ones([1, 1]))
    expectEqual(regularized(params, ones([1])), Tensor(7.0))
    // The network is a part like any other: it is reached, reused, shared.
    #expect(regularized.model == net)
    let trained = net.initParams(PRNGKey(1), ones([1])).mapLeaves { $0 * 3 }
    #expect(regularized.initParams(PRNGKey(0), ones([1]), reuse: [net: trained]).model === trained)
    #expect(net.paramsFrom([regularized: params]) === params.model)
    let twice = parametrized("twice") { (x: Tensor) in regularized(x) + net(x) }
    #expect(twice.initParams(PRNGKey(0), ones([1])).leaves.count == 4)
  }

  @Test func aSharedParameterIsPunishedOnce() {
    let dense = Dense(2, kernelInit: ones(), biasInit: nil)
    let net = Sequential {
      dense; dense;
      { sum($0) * 0 }
    }
    let regularized = Regularized(net) { $0 }
    expectEqual(regularized(regularized.initParams(PRNGKey(0), ones([2])), ones([2])), Tensor(4.0))
  }

  @Test func parametersByWayOfAFunction() {
    let net = parametrized("net") { parameter("p", [], constant(2)) }
    let doubled = Reparametrized(net, by: { 2 * $0 })
    expectEqual(doubled(doubled.initParams(PRNGKey(0))), Tensor(4.0))
    let inverse = Reparametrized(net, initTransform: { $0.mapLeaves { $0 / 2 } }, by: { 2 * $0 })
    let params = inverse.initParams(PRNGKey(0))
    expectEqual(params.model.p, Tensor(1.0))
    expectEqual(inverse(params), Tensor(2.0))
    // What is taken over stays as it is.
    let given: Params = ["p": Params(Tensor(7.0))]
    expectEqual(inverse.initParams(PRNGKey(0), reuse: [net: given]).model.p, Tensor(7.0))
  }

  @Test func parametersByWayOfModules() {
    let net = Sequential {
      Dense(3); relu
      Reparametrized(
        Sequential {
          Dense(2); relu; Dense(2)
        }
      ) { Self.Scaled() }
    }
    let x = normal(PRNGKey(1), [4, 5])
    let params = net.initParams(PRNGKey(0), x)
    let part = params.layers[2]
    #expect(part.names == ["model", "scaled0", "scaled1", "scaled2", "scaled3"])
    let inner = Sequential {
      Dense(2); relu; Dense(2)
    }
    let hidden = relu(Dense(3)(params.layers[0], x))
    expectClose(net(params, x), inner(part.model.mapLeaves { $0 * 2 }, hidden), relative: 1e-6)
    expectClose(jit(net)(params, x), net(params, x), relative: 1e-5, absolute: 1e-6)
    let other = params.replacing("layers[2].scaled0.scale", with: Tensor(0.5))
    let scaled = part.model.replacing("layers[0].kernel", with: part.model.layers[0].kernel.tensor / 2)
    expectClose(net(other, x), inner(scaled.mapLeaves { $0 * 2 }, hidden), relative: 1e-6)
    let gradient = grad { (p: Params) in sum(square(net(p, x))) }(params)
    #expect(gradient.leafPaths == params.leafPaths)
    #expect(gradient.leaves.allSatisfy { Bool(all(isFinite($0))) })
    // Derivatives of the scales are checked, too.
    let wide = params.mapLeaves { $0.asType(.float64) }
    checkGrads("Reparametrized", wide.leaves) { leaves in
      [sum(square(net(wide.replacingLeaves(with: leaves), x.asType(.float64))))]
    }
  }

  @Test func oneExampleAsABatch() {
    let unbatched =
      parametrized("unbatched") { (x: Tensor) in
        dot(parameter("kernel", [1, x.shape.last!], ones()), x) + parameter("bias", [1], ones())
      } as Layer
    expectEqual(unbatched(unbatched.initParams(PRNGKey(0), zeros([2])), ones([2])), Tensor([3.0]))
    let batched = Batched(unbatched)
    let params = batched.initParams(PRNGKey(0), ones([4, 2]))
    #expect(params.leafPaths == ["model.kernel", "model.bias"])
    #expect(params.model.kernel.tensor.shape == [1, 2])
    expectEqual(batched(params, ones([4, 2])), full([4, 1], 3))
    expectEqual(jit(batched)(params, ones([7, 2])), full([7, 1], 3))
    let columns = Batched(unbatched, inAxes: [1], outAxes: [-1])
    expectEqual(columns(params, ones([2, 5])), full([1, 5], 3))
  }

  @Test func eachExampleOfABatchHasAKey() {
    let noisy = parametrized("noisy") { (x: Tensor, y: Tensor) in x + y + normal(randomKey(), x.shape) }
    let batched = Batched(noisy, inAxes: [0, nil])
    let params = batched.initParams(PRNGKey(0), zeros([3, 2]), zeros([2]))
    let outputs = batched(params, zeros([3, 2]), zeros([2]), key: PRNGKey(1))
    #expect(outputs[0].array(of: Float.self) != outputs[1].array(of: Float.self))
    let rates = Batched(Dropout(0.5))
    let x = ones([3, 50])
    expectEqual(rates(.init(named: []), x), x)
    let dropped = rates(.init(named: []), x, key: PRNGKey(1))
    #expect(dropped[0].array(of: Float.self) != dropped[1].array(of: Float.self))
  }

  @Test func wrappersNest() {
    let net = Dense(2)
    let perExample = parametrized("perExample") { (x: Tensor, y: Tensor) in sum(square(net(x) - y)) }
    let batched = Batched(perExample)
    let mean = parametrized("mean") { (x: Tensor, y: Tensor) in JAXnet.mean(batched(x, y)) }
    let loss = L2Regularized(mean, scale: 0.1)
    let (x, y) = (normal(PRNGKey(1), [5, 3]), ones([5, 2]))
    let params = loss.initParams(PRNGKey(0), x, y)
    #expect(params.leafPaths == ["model.batched.model.dense.kernel", "model.batched.model.dense.bias"])
    let direct = grad { (p: Params) in
      JAXnet.mean(sum(square(net(p, x) - y), axis: 1)) + p.leaves.map { sum(square($0)) * 0.05 }.reduce(0, +)
    }(params.model.batched.model.dense)
    let gradient = jit(grad(loss))(params, x, y)
    for (a, b) in zip(gradient.leaves, direct.leaves) { expectClose(a, b, relative: 1e-5, absolute: 1e-6) }
  }

  @Test func parametersOutsideOfAnyModule() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Dense(2).currentParams(ones([1, 3]))
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("currentParams: the parameters of `dense` are asked for outside of any module\n"))
  }
}
