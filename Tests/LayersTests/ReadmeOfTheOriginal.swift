import JAXnet
import TestSupport
import Testing

/// The README of the Python JAXnet, section by section: each snippet in Swift, and what it claims.
@Suite struct ReadmeOfTheOriginal {
  // MARK: Overview

  @Test func overview() {
    let net = Sequential {
      Conv(2, [3, 3])
      relu
      flatten
      Dense(4)
      softmax
    }
    let inputs = zeros([3, 5, 5, 1])
    let params = net.initParams(PRNGKey(0), inputs)
    let bias: Tensor = params.layers[3].bias
    #expect(bias.shape == [4])
    #expect("\(params.layers[3].bias)" == "\(bias)")
    let output = net(params, inputs)
    #expect(output.shape == [3, 4])
    expectClose(sum(output, axis: 1), ones([3]), relative: 1e-6)
    expectClose(jit(net)(params, inputs), output, relative: 1e-6)
  }

  @Test func completelyFunctional() {
    // No mutable weights: a call changes nothing. No global random key: the same key gives the same parameters.
    let net = Dense(4)
    let inputs = ones([2, 3])
    let params = net.initParams(PRNGKey(0), inputs)
    let before = params.leaves.map { $0.array(of: Float.self) }
    let output = net(params, inputs)
    _ = grad { (p: Params) in sum(net(p, inputs)) }(params)
    #expect(params.leaves.map { $0.array(of: Float.self) } == before)
    expectEqual(net(params, inputs), output)
    let again = net.initParams(PRNGKey(0), inputs)
    for (a, b) in zip(params.leaves, again.leaves) { expectEqual(a, b) }
    #expect(net.initParams(PRNGKey(1), inputs).kernel.tensor.array(of: Float.self) != before[0])
  }

  // MARK: Defining modules

  @Test func definingModules() {
    func Dense(_ outDim: Int, kernelInit: @escaping Initializer = glorot(), biasInit: @escaping Initializer = randn())
      -> Layer
    {
      parametrized(
        "dense",
        (
          kernel: Param(kernelInit) { [$0.shape.last!, outDim] },
          bias: Param(biasInit) { _ in [outDim] }
        )
      ) { p, inputs in
        dot(inputs, p.kernel()) + p.bias()
      }
    }
    let layer = Dense(3)
    let params = layer.initParams(PRNGKey(0), ones([2, 5]))
    #expect(params.kernel.tensor.shape == [5, 3])
    #expect(layer(params, ones([2, 5])).shape == [2, 3])
  }

  // MARK: Nesting modules

  @Test func nestingModules() {
    let encode = parametrized(
      "encode",
      (
        net: Sequential {
          Dense(512); relu
        }, meanNet: Dense(10),
        varianceNet: Sequential {
          Dense(10); softplus
        }
      )
    ) { (p, input: Tensor) in
      let hidden = p.net(input)
      return (p.meanNet(hidden), p.varianceNet(hidden))
    }
    let params = encode.initParams(PRNGKey(0), ones([2, 5]))
    #expect(params.names == ["net", "meanNet", "varianceNet"])
    let (means, variances) = jit(encode)(params, ones([2, 5]))
    #expect(means.shape == [2, 10])
    #expect(Bool(all(variances .> 0)))
  }

  @Test func manyModulesAtOnce() {
    func Sequential(_ layers: [Layer]) -> Layer {
      parametrized("sequential", ["layers": layers]) { modules, inputs in
        modules["layers"]!.reduce(inputs) { $1($0) }
      }
    }
    let net = Sequential([Dense(4), Dense(2)])
    #expect(net.initParams(PRNGKey(0), ones([2, 5])).layers[1].bias.tensor.shape == [2])
  }

  @Test func nestedCollectionsOfModulesAndParameters() {
    let module = parametrized(
      "module",
      (
        pair: (Dense(2), [Dense(3)]), table: ["a": Dense(4), "b": Dense(5)],
        values: [Param(ones(), shape: [2]), Param(zeros(), shape: [3])],
        named: ["scale": (Param(ones(), shape: []), Param(ones(), shape: [1]))]
      )
    ) { (p, x: Tensor) in
      let modules = [p.pair.0(x), p.pair.1[0](x), p.table["a"]!(x), p.table["b"]!(x)]
      let parameters = [p.values[0](), p.values[1](), p.named["scale"]!.0(), p.named["scale"]!.1()]
      return (modules + parameters).map { sum($0) }.reduce(0, +)
    }
    let x = ones([1, 3])
    let params = module.initParams(PRNGKey(0), x)
    #expect(
      params.leafPaths == [
        "pair[0].kernel", "pair[0].bias", "pair[1][0].kernel", "pair[1][0].bias", "table.a.kernel", "table.a.bias",
        "table.b.kernel", "table.b.bias", "values[0]", "values[1]", "named.scale[0]", "named.scale[1]",
      ])
    #expect(params.pair[1][0].kernel.tensor.shape == [3, 3])
    expectClose(jit(module)(params, x), module(params, x), relative: 1e-6)
  }

  @Test func parameterFreeFunctions() {
    @Sendable func relu(_ input: Tensor) -> Tensor { maximum(input, 0) }
    let layer = Sequential {
      Dense(10); relu
    }
    #expect(layer(layer.initParams(PRNGKey(0), ones([1, 3])), ones([1, 3])).shape == [1, 10])
  }

  // MARK: Parameter sharing

  @Test func parameterSharing() {
    let layer = Sequential {
      Dense(4); relu
    }
    let sharedNet = Sequential {
      layer; layer
    }
    let same = parametrized("sharedNet", ["layer": layer]) { p, input in p["layer"]!(p["layer"]!(input)) } as Layer
    let x = ones([2, 4])
    let (a, b) = (sharedNet.initParams(PRNGKey(0), x), same.initParams(PRNGKey(0), x))
    #expect(a.leaves.count == 2 && b.leaves.count == 2)
    expectEqual(sharedNet(a, x), same(b, x))
  }

  // MARK: Parameter reuse

  @Test func parameterReuse() {
    let predict = Sequential {
      Dense(1024); relu; Dense(10); logSoftmax
    }
    let loss = parametrized("loss") { (inputs: Tensor, targets: Tensor) in -mean(predict(inputs) * targets) }
    let accuracy = parametrized("accuracy") { (inputs: Tensor, targets: Tensor) in
      mean(argMax(targets, axis: 1) .== argMax(predict(inputs), axis: 1))
    }
    let (inputs, targets) = (normal(PRNGKey(1), [20, 7]), oneHot(arange(20), 10))
    var params = loss.initParams(PRNGKey(0), inputs, targets)
    params = params.zipLeaves(jit(grad(loss))(params, inputs, targets)) { $0 - $1 * 0.1 }

    let testAccuracy = accuracy.applyFrom([loss: params], inputs, targets, jit: true)
    let accuracyParams = accuracy.paramsFrom([loss: params], inputs, targets)
    expectEqual(jit(accuracy)(accuracyParams, inputs, targets), testAccuracy)
  }

  @Test func reuseWhileInitializingTheRest() {
    let inputs = zeros([1, 2])
    let net = Sequential { Dense(5) }
    let netParams = net.initParams(PRNGKey(0), inputs)
    let transferNet = Sequential {
      net; relu; Dense(2)
    }
    let transferNetParams = transferNet.initParams(PRNGKey(1), inputs, reuse: [net: netParams])
    #expect(transferNetParams.layers[0] === netParams)
    let same = transferNet.initParams(PRNGKey(1), inputs, reuse: [transferNet.layers[0]: netParams])
    #expect(same.layers[0] === netParams)
  }
}
