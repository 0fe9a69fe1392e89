import JAXnet

/// Three layers of gated recurrent units that read words letter by letter, in plain functions of nested arrays.
func trainRecurrent(_ stopwatch: Stopwatch) -> [Double] {
  let (batchSize, length, inputSize, hiddenSize, classes) = (10, 14, 128, 200, 26)

  func layer(_ p: [Tensor], _ inputs: Tensor) -> Tensor {
    scan(zeros([batchSize, hiddenSize]), inputs) { h, x in
      let both = concatenate([x, h], axis: 1)
      let (update, reset) = (sigmoid(dot(both, p[0])), sigmoid(dot(both, p[1])))
      let candidate = tanh(dot(concatenate([x, reset * h], axis: 1), p[2]))
      let next = update * candidate + (1 - update) * h
      return (next, next)
    }.ys
  }

  func loss(_ params: [[Tensor]], _ inputs: Tensor, _ targets: Tensor) -> Tensor {
    let states = params.dropLast().reduce(inputs.swappingAxes(0, 1)) { layer($1, $0) }
    let features = states.swappingAxes(0, 1).reshaped(to: [batchSize * length, hiddenSize])
    let predictions = softmax(dot(features, params[3][0]) + params[3][1]).reshaped(to: [batchSize, length, classes])
    return mean(-sum(targets * log(predictions), axes: [1, 2]))
  }

  let key = PRNGKey(0)
  func kernels(_ inputs: Int) -> [Tensor] {
    split(key, 3).map { normal($0, [inputs + hiddenSize, hiddenSize]) * 0.01 }
  }
  let params = [
    kernels(inputSize), kernels(hiddenSize), kernels(hiddenSize),
    [normal(key, [hiddenSize, classes]) * 0.01, zeros([classes])],
  ]
  let inputs = uniform(key, [batchSize, length, inputSize])
  let targets = oneHot(
    Tensor((0..<batchSize * length).map { $0 % classes }).reshaped(to: [batchSize, length]), classes)

  let optimizer = RMSProp(0.003)
  let step = jit { (state: OptimizerState<[[Tensor]]>, inputs: Tensor, targets: Tensor) in
    optimizer.update(from: grad(loss)(optimizer.params(of: state), inputs, targets), state)
  }
  var state = optimizer.initialize(params)
  for _ in stopwatch {
    state = step(consume state, inputs, targets)
    stopwatch.wait(for: state)
  }
  return [Double(loss(optimizer.params(of: state), inputs, targets))]
}
