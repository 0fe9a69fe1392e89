import Foundation
import JAXnet
import TestSupport
import Testing

/// Many updates in one compiled call.
@Suite struct EpochTests {
  private static let loss = parametrized("loss") { (inputs: Tensor, labels: Tensor) in
    let logits = Sequential {
      Dense(12)
      relu
      Dropout(0.3)
      Dense(3)
    }(inputs)
    return mean(crossEntropy(logits, labels: labels))
  }

  private static let optimizers: [(name: String, optimizer: Optimizer)] = [
    ("momentum", Momentum(0.1, mass: 0.9)), ("rmsprop", RMSProp(0.003)), ("adam", Adam(0.01)), ("sm3", SM3(0.1)),
    (
      "adamw", AdamW(.exponentialDecay(0.01, steps: 3, factor: 0.5), weightDecay: 0.1, mask: { $0.hasSuffix("kernel") })
    ),
  ]

  @Test(arguments: optimizers)
  func anEpochIsItsUpdates(row: (name: String, optimizer: Optimizer)) {
    let optimizer = row.optimizer
    let (inputs, labels) = (normal(PRNGKey(1), [6, 5, 4]), randint(PRNGKey(2), [6, 5], min: 0, max: 3))
    let runEpoch = jit { (state: OptimizerState<Params>, inputs: Tensor, labels: Tensor, key: PRNGKey) in
      scan(state, Trees(inputs, labels)) { state, batch in
        optimizer.updateAndGetLoss(
          Self.loss, state, batch.parts.0, batch.parts.1, key: foldIn(key, optimizer.step(of: state)))
      }
    }
    var expected = optimizer.initialize(Self.loss.initParams(PRNGKey(0), inputs[0], labels[0]))
    var state = expected
    for epoch in 0..<2 {
      let losses: Tensor
      (state, losses) = runEpoch(consume state, inputs, labels, PRNGKey(epoch))
      for index in 0..<6 {
        let loss: Tensor
        (expected, loss) = optimizer.updateAndGetLoss(
          Self.loss, expected, inputs[index], labels[index], key: foldIn(PRNGKey(epoch), 6 * epoch + index))
        expectClose(losses[index], loss, relative: 1e-4, "\(row.name), \(epoch), \(index)")
      }
      #expect(Int(optimizer.step(of: state)) == 6 * epoch + 6)
      for (path, (a, b)) in zip(state.leafPaths, zip(state.leaves, expected.leaves)) {
        expectClose(a, b, relative: 1e-4, absolute: 1e-5, "\(row.name), \(path)")
      }
    }
  }

  @Test(arguments: optimizers)
  func parametersStayWhereTheyAre(row: (name: String, optimizer: Optimizer)) {
    let optimizer = row.optimizer
    let (inputs, labels) = (normal(PRNGKey(1), [5, 4]), randint(PRNGKey(2), [5], min: 0, max: 3))
    let runEpoch = jit { (state: OptimizerState<Params>, key: PRNGKey) in
      foriLoop(0, 20, state) { index, state in
        optimizer.update(Self.loss, state, inputs, labels, key: foldIn(key, index))
      }
    }
    var state = optimizer.initialize(Self.loss.initParams(PRNGKey(0), inputs, labels))
    // The first call may not have what the initial state shares.
    state = runEpoch(consume state, PRNGKey(0))
    let addresses = Set(state.leaves.map { $0.withUnsafeBytes { $0.baseAddress! } })
    for epoch in 1..<4 {
      state = runEpoch(consume state, PRNGKey(epoch))
      #expect(Set(state.leaves.map { $0.withUnsafeBytes { $0.baseAddress! } }) == addresses, "\(row.name)")
    }
  }

  @Test func decayByPath() {
    let params = Self.loss.initParams(PRNGKey(0), zeros([1, 4]), zeros([1], dtype: .int32)).mapLeaves(onesLike)
    let nothing = params.mapLeaves(zerosLike)
    let paths = params.leafPaths
    #expect(paths.count == 4 && paths.allSatisfy { $0.hasSuffix("kernel") != $0.hasSuffix("bias") })
    for optimizer in [
      SGD(0.5).decayingWeights(by: 0.2) { $0.hasSuffix("kernel") },
      AdamW(0.5, weightDecay: 0.2, mask: { $0.hasSuffix("kernel") }),
      Lion(0.5, weightDecay: 0.2, mask: { $0.hasSuffix("kernel") }),
    ] {
      let next = optimizer.params(of: optimizer.update(from: nothing, optimizer.initialize(params)))
      for (path, leaf) in zip(paths, next.leaves) {
        expectClose(leaf, full(leaf.shape, path.hasSuffix("kernel") ? 0.9 : 1), relative: 1e-6, path)
      }
    }
  }
}
