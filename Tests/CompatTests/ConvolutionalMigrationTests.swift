import Compat
import JAXnet
import TestSupport
import Testing

/// Convolutional models of JAX's examples, through `Compat` and ported.
@Suite struct ConvolutionalMigrationTests {
  // MARK: ResNet-50

  @Test func theResNetAsItStands() {
    let data = ModelData("resnet50")
    let (initFun, predict) = stax.resNet50(10, lastWindow: [1, 1])
    let (outputShape, params) = initFun(PRNGKey(0), data.inputs.shape)
    #expect(outputShape == [8, 10])
    data.expectInitial(params)

    // Rounding errors grow by a factor of a million from its input to its gradients: only float64 is right to 1e-5.
    let wide = params.mapLeaves { $0.asType(.float64) }
    let (inputs, targets) = (data.inputs.asType(.float64), data.targets.asType(.float64))
    expectClose(predict(wide, inputs), data.golden["outputs"], relative: 1e-5, absolute: 1e-5)
    let step = jit { (params: PyTree) in
      valueAndGrad { (params: PyTree) in crossEntropy(predict(params, inputs), targets) }(params)
    }
    let (optInit, optUpdate, getParams) = optimizers.momentum(1e-7, mass: 0.9)
    var (state, losses) = (optInit(wide), [Tensor]())
    for i in 0...10 {
      let (loss, gradient) = step(getParams(state))
      losses.append(loss)
      if i == 0 { expectClose(ModelData.norms(gradient), data.golden["gradientNorms"], relative: 1e-5, absolute: 1e-5) }
      if i < 10 { state = optUpdate(i, gradient, state) }
    }
    expectClose(stack(losses), data.golden["losses"], relative: 0, absolute: 1e-4)
    expectClose(ModelData.norms(getParams(state)), data.golden["finalNorms"], relative: 1e-5, absolute: 1e-5)
  }

  @Test func theResNetPorted() {
    let (staxInit, staxApply) = stax.resNet50(10, lastWindow: [1, 1])
    let inputs = uniform(PRNGKey(3), [32, 32, 3, 4])
    let staxParams = staxInit(PRNGKey(0), inputs.shape).params
    let wide = staxParams.mapLeaves { $0.asType(.float64) }
    let expected = staxApply(wide, inputs.asType(.float64))

    // 1. The whole as a module.
    let wrapped = asModule((staxInit, staxApply))
    expectEqual(wrapped(Params(wide), inputs.asType(.float64)), expected)

    // 2. Modules: what FanOut, parallel and FanInSum say is said by an addition.
    let net = ResNet50(10, lastWindow: [1, 1])
    let initial = net.initParams(PRNGKey(0), inputs)
    let parts: [Params] = staxParams.parts.enumerated().map { index, tree in
      // A block of stax is [(), (main, shortcut), (), ()].
      if tree.count != 4 {
        return initial.layers[index].leaves.isEmpty ? [:] : Params(tree, like: initial.layers[index])
      }
      let block: Params = initial.layers[index]
      let main = ("main", Params(tree[1][0], like: block.main))
      return block.names == ["main"]
        ? Params(named: [main])
        : Params(named: [main, ("shortcut", Params(tree[1][1], like: block.shortcut))])
    }
    let params: Params = ["layers": Params(list: parts)]
    #expect(params.leafPaths == initial.leafPaths)
    let outputs = net(params.mapLeaves { $0.asType(.float64) }, inputs.asType(.float64))
    expectClose(outputs, expected, relative: 1e-8, absolute: 1e-8)
  }

  // MARK: Private training

  @Test func privateTrainingAsItStands() {
    let data = ModelData("private")
    let (initRandomParams, predict) = stax.serial(
      stax.Conv(16, [8, 8], [2, 2], padding: .same),
      stax.Relu,
      stax.MaxPool([2, 2], [1, 1]),
      stax.Conv(32, [4, 4], [2, 2], padding: .valid),
      stax.Relu,
      stax.MaxPool([2, 2], [1, 1]),
      stax.Flatten,
      stax.Dense(32),
      stax.Relu,
      stax.Dense(10))
    let (_, params) = initRandomParams(PRNGKey(0), [-1, 28, 28, 1])
    data.expectInitial(params)
    expectClose(predict(params, data.inputs), data.golden["outputs"], relative: 1e-5, absolute: 1e-5)

    let loss = { (params: PyTree, inputs: Tensor, targets: Tensor) in
      -mean(sum(logSoftmax(predict(params, inputs)) * targets, axis: 1))
    }
    let clippedGrad = { (params: PyTree, inputs: Tensor, targets: Tensor) -> PyTree in
      let gradients = grad(loss)(params, inputs, targets)
      let divisor = maximum(optimizers.l2Norm(gradients) / 1.5, 1)
      return gradients.mapLeaves { $0 / divisor }
    }
    let clipped = vmap(clippedGrad, inAxes: [nil, 0, 0])(
      params, data.inputs.expandingDims(1), data.targets.expandingDims(1))
    let leaves = clipped.leaves
    let privateGradients = zip(leaves, split(PRNGKey(1), leaves.count)).map { gradient, key in
      let total = sum(gradient, axis: 0)
      return (total + 1.5 * 0.25 * normal(key, total.shape)) / Double(data.inputs.shape[0])
    }
    expectClose(ModelData.norms(privateGradients), data.golden["gradientNorms"], relative: 1e-5)
    #expect(params.replacingLeaves(with: privateGradients).description == params.description)
  }
}

/// ResNet-50 of modules.
private func ResNet50(_ numClasses: Int, lastWindow: [Int]) -> Layer {
  Sequential {
    GeneralConv(
      64, [7, 7], dimensionNumbers: ConvolutionDimensionNumbers("HWCN", "OIHW", "NHWC"), strides: [2, 2],
      padding: .same)
    BatchNorm()
    relu
    MaxPool([3, 3], strides: [2, 2])
    for (stage, (filters, count)) in [(64, 3), (128, 4), (256, 6), (512, 3)].enumerated() {
      convBlock(filters, strides: stage == 0 ? [1, 1] : [2, 2])
      for _ in 1..<count { identityBlock(filters) }
    }
    AvgPool(lastWindow)
    flatten
    Dense(numClasses)
    logSoftmax
  }
}

private func convBlock(_ filters: Int, strides: [Int]) -> Layer {
  parametrized(
    "convBlock",
    (
      main: mainPath(filters, outputs: 4 * filters, strides: strides),
      shortcut: Sequential {
        Conv(4 * filters, [1, 1], strides: strides)
        BatchNorm()
      }
    )
  ) { p, x in relu(p.main(x) + p.shortcut(x)) }
}

private func identityBlock(_ filters: Int) -> Layer {
  let main = mainPath(filters, outputs: 4 * filters, strides: [1, 1])
  return parametrized("identityBlock", ["main": main]) { p, x in relu(p["main"]!(x) + x) }
}

private func mainPath(_ filters: Int, outputs: Int, strides: [Int]) -> Layer {
  Sequential {
    Conv(filters, [1, 1], strides: strides)
    BatchNorm()
    relu
    Conv(filters, [3, 3], padding: .same)
    BatchNorm()
    relu
    Conv(outputs, [1, 1])
    BatchNorm()
  }
}
