import JAXnet
import TestSupport
import Testing
import XLA

/// The examples that a step looks at.
private func takeBatch<T: Tree>(_ tree: T, _ step: Tensor, _ batchSize: Int?) -> T {
  guard let batchSize else { return tree }
  return tree.mapLeaves { all in
    take(all, remainder(step * batchSize + arange(batchSize), Tensor(all.shape[0])), axis: 0)
  }
}

/// The losses of 50 steps of one program. Each step looks at the examples that follow those of the step before, from the first
/// again after the last; without a batch size, at all of them.
private func losses<each Input: Tree>(
  on device: Device, _ optimizer: Optimizer, _ loss: Parametrized<Tensor, repeat each Input>, batchSize: Int?,
  key: PRNGKey?, _ dtype: DType, _ inputs: repeat each Input
) -> [Double] {
  let run = jit(
    { (state: OptimizerState<Params>, inputs: repeat each Input) in
      scan(state, arange(50)) { state, step in
        optimizer.updateAndGetLoss(
          loss, state, repeat takeBatch(each inputs, step, batchSize), key: key.map { foldIn($0, step) })
      }
    }, on: device)
  let params = loss.initParams(PRNGKey(0), repeat each inputs).mapLeaves { $0.asType(dtype) }
  return run(optimizer.initialize(params), repeat each inputs).1.array(of: Double.self)
}

/// Makes sure that losses go down, and on a device as by the engine.
func expectSameCurve<each Input: Tree>(
  _ optimizer: Optimizer, _ loss: Parametrized<Tensor, repeat each Input>, batchSize: Int? = nil, key: PRNGKey? = nil,
  dtype: DType = .float32, _ inputs: repeat each Input
) {
  let curves = [Device.host, TestDevice.first].map {
    losses(on: $0, optimizer, loss, batchSize: batchSize, key: key, dtype, repeat each inputs)
  }
  let distances = zip(curves[0], curves[1]).map { abs($0 - $1) / max(1, abs($0)) }
  #expect(curves.allSatisfy { $0.count == 50 } && curves[0].last! < curves[0].first! - 0.01)
  #expect(distances.allSatisfy { $0 <= 1e-4 }, "\(distances)")
}

/// Makes sure that each of 50 steps that begin where the engine's step before has ended has the same loss on a device: what programs do
/// that amplify their last digits from step to step can be compared in `float32`, too.
func expectSameSteps<each Input: Tree>(
  _ optimizer: Optimizer, _ loss: Parametrized<Tensor, repeat each Input>, batchSize: Int, key: PRNGKey,
  _ inputs: repeat each Input
) {
  func step(
    on device: Device
  ) -> Function<(state: OptimizerState<Params>, loss: Tensor), OptimizerState<Params>, Tensor, repeat each Input> {
    jit(
      { (state: OptimizerState<Params>, index: Tensor, inputs: repeat each Input) in
        optimizer.updateAndGetLoss(
          loss, state, repeat takeBatch(each inputs, index, batchSize), key: foldIn(key, index))
      }, on: device)
  }
  let steps = (step(on: .host), step(on: TestDevice.first))
  var state = optimizer.initialize(loss.initParams(PRNGKey(0), repeat each inputs))
  for index in 0..<50 {
    let (next, expected): (OptimizerState<Params>, Tensor) = steps.0(state, Tensor(index), repeat each inputs)
    let (_, result): (OptimizerState<Params>, Tensor) = steps.1(state, Tensor(index), repeat each inputs)
    expectClose(result.moved(to: .host), expected, relativeToLargest: 1e-4)
    state = next
  }
}
