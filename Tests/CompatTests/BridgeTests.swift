import Compat
import JAXnet
import TestSupport
import Testing

/// Models that are partly stax and partly modules: equal outputs, gradients and parameters either way.
@Suite struct BridgeTests {
  let inputs = uniform(PRNGKey(3), [4, 6, 6, 2], min: -1, max: 1)

  static let networks = [
    "dense", "dense.batch", "conv", "conv.same", "convTranspose", "batchNorm", "batchNorm.uncentered", "maxPool",
    "fanInSum", "fanInConcat", "shapeDependent", "network", "network.nested", "network.image", "network.residual",
    "dropout.serial",
  ]

  @Test(arguments: networks) func aLayerOfStaxIsAModule(name: String) {
    let row = StaxTests.golden("apply.\(name)")
    let (initFun, applyFun) = StaxRows.layer(name)
    let module = asModule((initFun, applyFun))
    let x = row["in0"]
    // The module's parameters are what stax makes of the key of the first parameter.
    let made = initFun(foldIn(PRNGKey(1), 0), x.shape).params
    let params = module.initParams(PRNGKey(1), x)
    #expect(params.leafPaths == Params(made).leafPaths)
    for (a, b) in zip(params.leaves, made.leaves) { expectEqual(a, b, name) }

    // Trained ones are taken over, and give the same outputs and gradients.
    let staxParams = initFun(PRNGKey(0), x.shape).params
    let key = PRNGKey(7)
    let taken = Params(staxParams)
    expectEqual(module(taken, x, key: key), applyFun(staxParams, x, rng: foldIn(key, 0)), name)
    let expected = grad { (tree: PyTree) in sum(square(applyFun(tree, x, rng: foldIn(key, 0)))) }(staxParams)
    let loss = parametrized("loss") { (x: Tensor) in sum(square(module(x))) }
    let gradient = grad(loss)(["stax": taken], x, key: key)
    for (a, b) in zip(PyTree(gradient.stax, like: staxParams).leaves, expected.leaves) { expectEqual(a, b, name) }
    let compiled = jit(module)(taken, x, key: key)
    expectClose(compiled, module(taken, x, key: key), relative: 1e-5, absolute: 1e-6, name)
  }

  @Test func namesAreThoseOfModules() {
    let (_, params) = stax.serial(
      stax.Conv(4, [3, 3]), stax.BatchNorm(), stax.Relu, stax.FanOut(2),
      stax.parallel(stax.Dense(2), stax.serial(stax.Tanh, stax.Dense(2))), stax.FanInSum
    ).initFun(PRNGKey(0), inputs.shape)
    #expect(
      Params(params).leafPaths == [
        "layers[0].kernel", "layers[0].bias", "layers[1].bias", "layers[1].scale",
        "layers[4].branches[0].kernel", "layers[4].branches[0].bias",
        "layers[4].branches[1].layers[1].kernel", "layers[4].branches[1].layers[1].bias",
      ])
    #expect("\(PyTree(Params(params), like: params))" == "\(params)")
  }

  @Test func aModuleIsALayerOfStax() {
    let net = Sequential {
      Conv(3, [3, 3], padding: .same); relu; flatten; Dense(5); relu; Dropout(0.5); Dense(2)
    }
    let (initFun, applyFun) = asStax(net)
    let (shape, params) = initFun(PRNGKey(0), inputs.shape)
    #expect(shape == [4, 2])
    #expect(initFun(PRNGKey(0), [-1, 6, 6, 2]).outputShape == [-1, 2])
    let expected = net.initParams(PRNGKey(0), inputs)
    #expect(
      "\(params)"
        == "[(float32[3, 3, 2, 3], float32[3]), (), (), (float32[108, 5], float32[5]), (), (), (float32[5, 2], float32[2])]"
    )
    for (a, b) in zip(params.leaves, expected.leaves) { expectEqual(a, b) }
    expectEqual(applyFun(params, inputs), net(expected, inputs))
    expectEqual(applyFun(params, inputs, rng: PRNGKey(1)), net(expected, inputs, key: PRNGKey(1)))
    let gradient = grad { (params: PyTree) in sum(square(applyFun(params, inputs, rng: PRNGKey(1)))) }(params)
    let loss = parametrized("loss") { (x: Tensor) in sum(square(net(x))) }
    let modules = grad(loss)(["sequential": expected], inputs, key: PRNGKey(1))
    for (a, b) in zip(gradient.leaves, modules.leaves) { expectEqual(a, b) }
  }

  @Test func sharedParametersAreThereOnce() {
    let layer = Dense(2)
    let (initFun, applyFun) = asStax(
      Sequential {
        layer; relu; layer
      })
    let (_, params) = initFun(PRNGKey(0), [-1, 2])
    #expect("\(params)" == "[(float32[2, 2], float32[2]), (), ((), ())]")
    let x = inputs.reshaped(to: [-1, 2])
    let step = jit { (params: PyTree) in
      params.zipLeaves(grad { sum(square(applyFun($0, x))) }(params)) { $0 - 0.01 * $1 }
    }
    let hidden = relu(dot(x, params[0][0].tensor) + params[0][1].tensor)
    expectEqual(applyFun(params, x), dot(hidden, params[0][0].tensor) + params[0][1].tensor)
    #expect(Float(sum(square(applyFun(step(params), x)))) < Float(sum(square(applyFun(params, x)))))
  }

  @Test func aPartAtATime() {
    let x = uniform(PRNGKey(5), [3, 4])
    let (initFun, applyFun) = stax.serial(stax.Dense(8), stax.Tanh, stax.Dense(8), stax.Tanh, stax.Dense(2))
    let params = initFun(PRNGKey(0), x.shape).params
    let expected = applyFun(params, x)
    // First as one module, then with one layer moved, then all of them.
    let whole = asModule((initFun, applyFun))
    expectEqual(whole(Params(params), x), expected)
    let half = Sequential {
      Dense(8)
      tanh
      asModule(stax.serial(stax.Dense(8), stax.Tanh))
      Dense(2)
    }
    let halfParams: Params = [
      "layers": [
        Params(params[0]), [:], Params(PyTree.list([params[2], params[3]])), Params(params[4]),
      ]
    ]
    expectEqual(half(halfParams, x), expected)
    let moved = Sequential {
      Dense(8); tanh; Dense(8); tanh; Dense(2)
    }
    let movedParams = Params(params, like: moved.initParams(PRNGKey(0), x))
    expectEqual(moved(movedParams, x), expected)
    for (a, b) in zip(PyTree(movedParams, like: params).leaves, params.leaves) { expectEqual(a, b) }
    // And back within a model of stax.
    let (_, mixedApply) = stax.serial(
      stax.Dense(8), stax.Tanh,
      asStax(
        Sequential {
          Dense(8); tanh; Dense(2)
        }))
    expectEqual(mixedApply([params[0], params[1], [params[2], params[3], params[4]]], x), expected)
  }

  @Test func aConvolutionsBias() {
    let (initFun, applyFun) = stax.Conv(3, [3, 3])
    let params = initFun(PRNGKey(0), inputs.shape).params
    let conv = Conv(3, [3, 3])
    let moved = Params(params, like: conv.initParams(PRNGKey(0), inputs))
    #expect(params[1].tensor.shape == [1, 1, 1, 3])
    #expect(moved.bias.tensor.shape == [3])
    expectEqual(conv(moved, inputs), applyFun(params, inputs))
    #expect(PyTree(moved, like: params)[1].tensor.shape == [1, 1, 1, 3])
  }

  @Test func listsGoInAndOut() {
    let (initFun, applyFun) = stax.serial(stax.FanOut(2), stax.parallel(stax.Dense(2), stax.Dense(3)))
    let x = PyTree(uniform(PRNGKey(5), [3, 4]))
    let params = initFun(PRNGKey(0), [3, 4]).params
    let module: Parametrized<PyTree, PyTree> = asModule((initFun, applyFun))
    let expected = applyFun(params, x)
    #expect("\(expected)" == "[float32[3, 2], float32[3, 3]]")
    for (a, b) in zip(module(Params(params), x).leaves, expected.leaves) { expectEqual(a, b) }
    let (backInit, backApply) = asStax(module)
    let (shape, backParams) = backInit(PRNGKey(0), [-1, 4])
    #expect(shape == .list([[-1, 2], [-1, 3]]))
    #expect(backApply(backParams, x).leaves.map(\.shape) == [[3, 2], [3, 3]])
  }

  @Test func partsHaveNamesAndPositions() async {
    var tree = PyTree.named(["weights": PyTree(ones([2])), "rest": [PyTree(ones([])), .none]])
    tree["weights"] = PyTree(zeros([3]))
    tree["rest"][1] = PyTree(Tensor(7.0))
    #expect("\(tree)" == "(float32[3], [float32[], float32[]])")
    expectEqual(tree[1][1].tensor, Tensor(7.0))
    #expect(Params(tree).leafPaths == ["weights", "rest.layers[0]", "rest.layers[1]"])
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      print(PyTree.named(["weights": PyTree(ones([2]))])["bias"])
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      output.contains(
        """
        PyTree: there is no part `bias` in (float32[2],); there is: `weights`
          hint: make names with PyTree.named
        """), "\(output.prefix(1000))")
  }
}
