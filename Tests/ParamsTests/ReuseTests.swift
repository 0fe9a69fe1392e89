import JAXnet
import TestSupport
import Testing

/// Parameters of one module used in others.
@Suite struct ReuseTests {
  let x = ones([2, 3])

  @Test func aTrainedModuleWithinALargerOne() {
    let net = Sequential { Dense(5) }
    let netParams = net.initParams(PRNGKey(0), x)
    let transfer = Sequential {
      net; relu; Dense(2)
    }
    let params = transfer.initParams(PRNGKey(1), x, reuse: [net: netParams])
    #expect(params.layers[0] === netParams)
    #expect(params.layers[2].kernel.tensor.shape == [5, 2])
    // What is not reused is as without.
    expectEqual(params.layers[2].kernel, transfer.initParams(PRNGKey(1), x).layers[2].kernel)

    let fromOutside = transfer.initParams(PRNGKey(1), x, reuse: [transfer.layers[0]: netParams])
    #expect(fromOutside.layers[0] === netParams)
  }

  @Test func reuseAtAnyDepth() {
    let dense = Dense(3)
    let inner = Sequential {
      dense; relu
    }
    let trained = inner.initParams(PRNGKey(0), x)
    let around = parametrized("around") { (x: Tensor) in
      Sequential {
        Dense(3); inner
      }(dense(x))
    }
    let params = around.initParams(PRNGKey(1), x, reuse: [inner: trained])
    // `dense` alone is part of what was trained, too.
    #expect(params.dense === trained.layers[0])
    #expect(params.sequential.layers[1] === trained)
    #expect(params.leaves.count == 4)
  }

  @Test func aPartOfALoss() {
    let predict = Sequential {
      Dense(4); relu; Dense(2); logSoftmax
    }
    let loss = parametrized("loss") { (x: Tensor, y: Tensor) in -mean(predict(x) * y) }
    let y = ones([2, 2])
    let params = loss.initParams(PRNGKey(0), x, y)
    #expect(params.names == ["sequential"])
    let expected = predict(params.sequential, x)

    #expect(predict.paramsFrom([loss: params]) === params.sequential)
    expectEqual(predict.applyFrom([loss: params], x), expected)
    expectClose(predict.applyFrom([loss: params], x, jit: true), expected, ulp: 4)

    // After an update, which keeps the structure.
    let updated = params.zipLeaves(grad(loss)(params, x, y)) { $0 - $1 }
    expectEqual(predict.applyFrom([loss: updated], x), predict(updated.sequential, x))
    expectClose(predict.applyFrom([loss: updated], x, jit: true), predict(updated.sequential, x), ulp: 4)

    // A compiled function gives parameters of the same modules.
    let doubled = jit { (p: Params) in p.mapLeaves { $0 * 2 } }(params)
    expectEqual(predict.applyFrom([loss: doubled], x), predict(doubled.sequential, x))
  }

  @Test func aModuleThatIsOnlyRelated() {
    let predict = Sequential {
      Dense(2); logSoftmax
    }
    let loss = parametrized("loss") { (x: Tensor, y: Tensor) in -mean(predict(x) * y) }
    let params = loss.initParams(PRNGKey(0), x, ones([2, 2]))
    let score = parametrized("score") { (x: Tensor) in sum(predict(x), axis: 1) }
    let expected = sum(predict(params.sequential, x), axis: 1)
    expectEqual(score.applyFrom([loss: params], x), expected)
    expectClose(score.applyFrom([loss: params], x, jit: true), expected, ulp: 4)
    #expect(score.paramsFrom([loss: params], x).sequential === params.sequential)
    expectEqual(score(score.paramsFrom([loss: params], x), x), expected)

    // With declared submodules, inputs are not needed.
    let declared = parametrized("score", ["predict": predict]) { p, x in sum(p["predict"]!(x), axis: 1) } as Layer
    let found = declared.paramsFrom([loss: params])
    #expect(found.leafPaths == ["predict.layers[0].kernel", "predict.layers[0].bias"])
    expectEqual(declared(found, x), expected)
  }

  @Test func whatIsNearestToTheRootWins() {
    let predict = Sequential { Dense(2) }
    let loss = parametrized("loss") { (x: Tensor) in sum(predict(x)) }
    let lossParams = loss.initParams(PRNGKey(0), x)
    let other = predict.initParams(PRNGKey(1), x)
    #expect(predict.paramsFrom([loss: lossParams, predict: other]) === other)
    let score = parametrized("score") { (x: Tensor) in predict(x) }
    #expect(score.paramsFrom([loss: lossParams, predict: other], x).sequential === other)
    #expect(loss.initParams(PRNGKey(2), x, reuse: [loss: lossParams, predict: other]).sequential === other)
  }

  @Test func parametersWithNamesOnlyAreMatchedByName() {
    let predict = Sequential {
      Dense(2); relu
    }
    let loss = parametrized("loss") { (x: Tensor) in sum(predict(x)) }
    let kernel = ones([3, 2]) * 0.5
    let plain: Params = ["sequential": ["layers": [["kernel": Params(kernel), "bias": Params(zeros([2]))], []]]]
    expectEqual(loss(plain, x), Tensor(6.0))
    let matched = loss.paramsFrom([loss: plain], x)
    #expect(predict.paramsFrom([loss: matched]).layers[0].kernel.tensor === kernel)
    expectEqual(predict.applyFrom([loss: loss.paramsFrom([loss: plain], x)], x), full([2, 2], 1.5))
  }

  @Test func equalNamesOfSeparateModulesFit() {
    func makeNet() -> Layer {
      Sequential {
        Dense(4); relu; Dense(2)
      }
    }
    let (training, evaluation) = (makeNet(), makeNet())
    let params = training.initParams(PRNGKey(0), x)
    expectEqual(evaluation(params, x), training(params, x))
    // Their trees are combined by their paths.
    let other = evaluation.initParams(PRNGKey(1), x)
    let mean = params.zipLeaves(other) { ($0 + $1) / 2 }
    expectClose(mean.layers[0].kernel, (params.layers[0].kernel + other.layers[0].kernel as Tensor) / 2, ulp: 0)
  }

  @Test func compiledFunctionsKeepModulesApart() {
    func makeNet() -> Layer { Sequential { Dense(2) } }
    let nets = [makeNet(), makeNet()]
    let losses = nets.map { net in parametrized("loss") { (x: Tensor) in sum(net(x)) } }
    let halved = jit { (p: Params) in p.mapLeaves { $0 / 2 } }
    for (net, loss) in zip(nets, losses) {
      let params = loss.initParams(PRNGKey(0), x)
      expectEqual(net.applyFrom([loss: halved(params)], x), net(params.sequential, x) / 2)
    }
  }

  @Test func initializedTwiceATreeIsCompiledOnce() {
    // Modules that nobody outside can name do not make a difference.
    let net = parametrized("net") { (x: Tensor) in
      Sequential {
        Dense(4); relu
      }(Dense(2)(x))
    }
    let (a, b) = (net.initParams(PRNGKey(0), x), net.initParams(PRNGKey(1), x))
    let traces = Counter()
    let run = jit { (p: Params, x: Tensor) in
      traces.count += 1
      return net(p, x)
    }
    _ = (run(a, x), run(b, x), run(a.mapLeaves { $0 * 2 }, x))
    #expect(traces.count == 1)
  }
}

/// Counts calls, on one thread.
final class Counter {
  var count = 0
}
