import Compat
import JAXnet
import TestSupport
import Testing

/// Models of JAX's examples: first as they stand, through Compat, then ported step by step, with equal results at each step.
@Suite struct MigrationTests {
  // MARK: The classifier

  @Test func theClassifierAsItStands() {
    let data = ModelData("classifier")
    let (initRandomParams, predict) = stax.classifier
    let (outputShape, params) = initRandomParams(PRNGKey(0), [-1, 28 * 28])
    #expect(outputShape == [-1, 10])
    data.expectInitial(params)
    expectClose(predict(params, data.inputs), data.golden["outputs"], relative: 1e-5, absolute: 1e-5)

    let loss = { (params: PyTree) in crossEntropy(predict(params, data.inputs), data.targets) }
    expectClose(ModelData.norms(grad(loss)(params)), data.golden["gradientNorms"], relative: 1e-4)
    let (losses, trained) = trainedAsInJAX(params, optimizers.momentum(0.001, mass: 0.9)) { params, _ in loss(params) }
    expectClose(stack(losses), data.golden["losses"], relative: 0, absolute: 1e-4)
    expectClose(ModelData.norms(trained), data.golden["finalNorms"], relative: 1e-5)
  }

  @Test func theClassifierPorted() {
    let data = ModelData("classifier")
    let staxParams = stax.classifier.initFun(PRNGKey(0), [-1, 28 * 28]).params
    let outputs = stax.classifier.applyFun(staxParams, data.inputs)

    // 1. The pair as a module, in a loss that is a module, too.
    let wrapped = asModule(stax.classifier)
    expectEqual(wrapped(Params(staxParams), data.inputs), outputs)
    let wrappedLoss = parametrized("loss") { (inputs: Tensor, targets: Tensor) in
      crossEntropy(wrapped(inputs), targets)
    }
    let wrappedLosses = trained(wrappedLoss, ["stax": Params(staxParams)], data)
    expectClose(stack(wrappedLosses), data.golden["losses"], relative: 0, absolute: 1e-4)

    // 2. Layers under their new names: functions need no capital, parameters have names.
    let predict = Sequential {
      Dense(1024); relu; Dense(1024); relu; Dense(10); logSoftmax
    }
    let params = Params(staxParams, like: predict.initParams(PRNGKey(0), data.inputs))
    expectEqual(predict(params, data.inputs), outputs)
    let loss = parametrized("loss") { (inputs: Tensor, targets: Tensor) in
      crossEntropy(predict(inputs), targets)
    }
    let losses = trained(loss, ["sequential": params], data)
    expectEqual(stack(losses), stack(wrappedLosses))

    // 3. The library's loss in the place of one's own: it takes scores before softmax, and labels.
    let scores = Sequential {
      Dense(1024); relu; Dense(1024); relu; Dense(10)
    }
    let ownLoss = parametrized("loss") { (inputs: Tensor, targets: Tensor) in
      mean(crossEntropy(scores(inputs), targets: targets))
    }
    expectClose(stack(trained(ownLoss, ["sequential": params], data)), stack(losses), relative: 1e-5)
  }

  /// The losses of ten steps, with the optimizer of the library.
  private func trained(_ loss: Parametrized<Tensor, Tensor, Tensor>, _ params: Params, _ data: ModelData) -> [Tensor] {
    let optimizer = Momentum(0.001, mass: 0.9)
    var (state, losses) = (optimizer.initialize(params), [Tensor]())
    for _ in 0..<10 {
      let result = optimizer.updateAndGetLoss(loss, state, data.inputs, data.targets, jit: true)
      losses.append(result.loss)
      state = result.state
    }
    return losses + [loss(optimizer.params(of: state), data.inputs, data.targets)]
  }

  // MARK: The variational autoencoder

  @Test func theAutoencoderAsItStands() {
    let data = ModelData("vae")
    let (encode, decode) = (stax.encoder.applyFun, stax.decoder.applyFun)
    let params = initialAutoencoder()
    data.expectInitial(params)
    let outputs = encode(params[0], PyTree(data.inputs))
    for i in 0..<2 {
      expectClose(outputs[i].tensor, data.golden["outputs\(i)"], relative: 1e-5, absolute: 1e-5)
    }

    let loss = { (params: PyTree, step: Int) -> Tensor in
      let (elboKey, dataKey) = split(foldIn(PRNGKey(1), step))
      let images = bernoulli(dataKey, data.inputs)
      let code = encode(params[0], PyTree(images.asType(.float32)))
      let (mu, sigmasq) = (code[0].tensor, code[1].tensor)
      let logits = decode(params[1], gaussianSample(elboKey, mu: mu, sigmasq: sigmasq))
      return negativeELBO(mu: mu, sigmasq: sigmasq, logits: logits, images: images)
    }
    expectClose(
      ModelData.norms(grad { loss($0, 0) }(params)), data.golden["gradientNorms"], relative: 1e-4, absolute: 1e-4)
    let optimizer = optimizers.momentum(0.001, mass: 0.9)
    // Of hundreds of nats, whose last places are 6e-5 apart.
    expectClose(
      stack(trainedAsInJAX(params, optimizer, loss).losses), data.golden["losses"], relative: 1e-6, absolute: 1e-4)
    // In float32 the norm of a bias is 1e-5 off in JAX, too, in float64 both are exact.
    let (losses, trained) = trainedAsInJAX(params.mapLeaves { $0.asType(.float64) }, optimizer, loss)
    expectClose(stack(losses), data.golden["losses"], relative: 1e-9)
    expectClose(ModelData.norms(trained), data.golden["finalNorms"], relative: 1e-9)
  }

  @Test func theAutoencoderPorted() {
    let data = ModelData("vae")
    let staxParams = initialAutoencoder()
    let images = bernoulli(PRNGKey(5), data.inputs)
    let inputs = images.asType(.float32)
    let key = PRNGKey(6)
    let encode = stax.encoder.applyFun
    let code = encode(staxParams[0], PyTree(inputs))
    let loss = { (params: PyTree, key: PRNGKey) -> Tensor in
      let code = encode(params[0], PyTree(inputs))
      let (mu, sigmasq) = (code[0].tensor, code[1].tensor)
      let logits = stax.decoder.applyFun(params[1], gaussianSample(key, mu: mu, sigmasq: sigmasq))
      return negativeELBO(mu: mu, sigmasq: sigmasq, logits: logits, images: images)
    }
    // A module draws its keys by number from that of the call.
    let expected = loss(staxParams, foldIn(key, 0))
    let expectedGradient = grad { loss($0, foldIn(key, 0)) }(staxParams)

    // 1. The decoder moves: it is one line after another.
    let decode = Sequential {
      Dense(512); relu; Dense(512); relu; Dense(28 * 28)
    }
    let (_, decodeAsStax) = asStax(decode)
    let z = code[0].tensor
    expectEqual(decodeAsStax(staxParams[1], z), stax.decoder.applyFun(staxParams[1], z))

    // 2. The encoder moves: what FanOut and parallel say is said by using a value twice.
    let ported = parametrized(
      "encode",
      (
        net: Sequential {
          Dense(512); relu; Dense(512); relu
        },
        mean: Dense(10),
        variance: Sequential {
          Dense(10); softplus
        }
      )
    ) { p, images in
      let hidden = p.net(images)
      return (p.mean(hidden), p.variance(hidden))
    }
    let encoder = staxParams[0].parts
    let encodeParams: Params = [
      "net": Params(.list(Array(encoder[0..<4]))), "mean": Params(encoder[5][0]), "variance": Params(encoder[5][1]),
    ]
    let (mu, sigmasq) = ported(encodeParams, inputs)
    expectEqual(mu, code[0].tensor)
    expectEqual(sigmasq, code[1].tensor)

    // 3. The loss moves, and draws its keys itself.
    let elbo = parametrized("elbo", (encode: ported, decode: decode)) { (p, images: Tensor) in
      let (mu, sigmasq) = p.encode(images.asType(.float32))
      let logits = p.decode(gaussianSample(randomKey(), mu: mu, sigmasq: sigmasq))
      return negativeELBO(mu: mu, sigmasq: sigmasq, logits: logits, images: images)
    }
    let params: Params = ["encode": encodeParams, "decode": Params(staxParams[1])]
    expectEqual(elbo(params, images, key: key), expected)
    let gradient = grad(elbo)(params, images, key: key)
    for (a, b) in zip(gradient.leaves, expectedGradient.leaves) {
      expectClose(a, b, relativeToLargest: 1e-6)
    }
    #expect(elbo.initParams(PRNGKey(0), images).leafPaths == params.leafPaths)
  }

  private func initialAutoencoder() -> PyTree {
    let (encoderKey, decoderKey) = split(PRNGKey(2))
    return .tuple([
      stax.encoder.initFun(encoderKey, [32, 28 * 28]).params, stax.decoder.initFun(decoderKey, [32, 10]).params,
    ])
  }

  /// The losses of ten steps and the parameters after them, as JAX's examples are written.
  private func trainedAsInJAX(
    _ params: PyTree, _ optimizer: optimizers.Optimizer, _ loss: @escaping (PyTree, Int) -> Tensor
  ) -> (losses: [Tensor], params: PyTree) {
    let (optInit, optUpdate, getParams) = optimizer
    var (state, losses) = (optInit(params), [Tensor]())
    for step in 0..<10 {
      let (value, gradient) = valueAndGrad { (params: PyTree) in loss(params, step) }(getParams(state))
      losses.append(value)
      state = optUpdate(step, gradient, state)
    }
    return (losses + [loss(getParams(state), 10)], getParams(state))
  }
}
