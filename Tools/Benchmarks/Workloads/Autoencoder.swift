import JAXnet

/// A variational autoencoder on binarised noise: a whole epoch is one call.
func trainAutoencoder(_ stopwatch: Stopwatch) -> [Double] {
  let (batchSize, batchCount) = (32, 100)
  let encode = parametrized("encode") { (images: Tensor) in
    let hidden = Sequential {
      Dense(512); relu; Dense(512); relu
    }(images)
    return (
      Dense(10)(hidden),
      Sequential {
        Dense(10); softplus
      }(hidden)
    )
  }
  let decode = Sequential {
    Dense(512); relu; Dense(512); relu; Dense(784)
  }
  let loss = parametrized("loss") { (images: Tensor, key: PRNGKey) in
    let (means, variances) = encode(images)
    let logits = decode(means + sqrt(variances) * normal(key, means.shape))
    let logLikelihood = -sum(logAddExp(0, select(images, -1, 1) * logits))
    let divergence = -0.5 * sum(1 + log(variances) - square(means) - variances)
    return -(logLikelihood - divergence) / batchSize
  }

  let images = uniform(PRNGKey(0), [batchSize * batchCount, 784])
  let optimizer = Momentum(0.001, mass: 0.9)
  let epoch = jit { (state: OptimizerState<Params>, key: PRNGKey) in
    foriLoop(0, batchCount, state) { index, state in
      let (lossKey, dataKey) = split(foldIn(key, index))
      let batch = dynamicSlice(images, [index * batchSize, 0], sizes: [batchSize, 784])
      return optimizer.update(loss, state, bernoulli(dataKey, batch), lossKey)
    }
  }
  let key = PRNGKey(0)
  var state = optimizer.initialize(loss.initParams(key, bernoulli(key, images[..<batchSize]), key))
  for _ in stopwatch {
    state = epoch(consume state, key)
    stopwatch.wait(for: state)
  }
  return [Double(loss(optimizer.params(of: state), bernoulli(key, images[..<batchSize]), key))]
}
