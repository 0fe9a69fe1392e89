import JAXnet
import TestSupport
import Testing

/// Recurrent cells against Flax's.
@Suite struct RecurrentTests {
  static let golden = Golden("recurrent")
  static let variants = ["plain", "reversed", "masked", "masked.reversed"]

  /// A cell and the number of tensors in its state, whatever that is.
  private struct AnyCell {
    let run: (Params, GoldenCase) -> (outputs: Tensor, state: [Tensor], gradients: [String: Tensor])

    init<State: Tree>(_ cell: RecurrentCell<State>) {
      run = { params, row in
        let (inputs, start) = (row["in"], row.numbered("start"))
        let mask = row.has("mask") ? row["mask"] : nil
        let isReversed = row.bool("isReversed") ?? false
        let net = parametrized("net") { (inputs: Tensor, start: [Tensor]) in
          let first = cell.initialState([inputs.shape[0]], dtype: inputs.dtype).replacingLeaves(with: start)
          let result = cell(over: inputs, mask: mask, initialState: first, reversed: isReversed)
          return [result.outputs] + result.state.leaves
        }
        let tree = Params(named: [(cell.step.name, params)])
        let (results, pullback) = vjp(
          { (all: Trees<Params, Tensor, [Tensor]>) in net(all.parts.0, all.parts.1, all.parts.2) },
          Trees(tree, inputs, start))
        let gradients = pullback([row["cotangent.out"]] + row.numbered("cotangent.state")).parts
        var named: [String: Tensor] = ["in": gradients.1]
        for (index, gradient) in gradients.2.enumerated() { named["start\(index)"] = gradient }
        for (path, gradient) in zip(gradients.0.leafPaths, gradients.0.leaves) {
          named[String(path.drop { $0 != "." }.dropFirst())] = gradient
        }
        return (results[0], Array(results[1...]), named)
      }
    }
  }

  private static func cell(_ name: String) -> AnyCell {
    switch name {
    case "simple": AnyCell(SimpleCell(3))
    case "gru": AnyCell(GRUCell(3))
    case "lstm": AnyCell(LSTMCell(3))
    default: AnyCell(GRUCell(3, resetsFirst: true, biasInit: nil))
    }
  }

  /// The parameters of a case whose names begin with a prefix.
  private static func params(_ row: GoldenCase, _ prefix: String = "param.") -> Params {
    Params(
      named: ["inputKernel", "stateKernel", "bias", "stateBias"].compactMap { name in
        row.has(prefix + name) ? (name, Params(row[prefix + name])) : nil
      })
  }

  @Test(arguments: ["simple", "gru", "lstm"].flatMap { cell in variants.map { "\(cell).\($0)" } } + ["original"])
  func valuesAndGradientsAreThoseOfFlax(name: String) {
    let row = Self.golden(name)
    let result = Self.cell(row.string("cell")!).run(Self.params(row), row)
    expectClose(result.outputs, row["out"], relativeToLargest: 1e-12, name)
    #expect(result.state.count == row.numbered("state").count)
    for (state, expected) in zip(result.state, row.numbered("state")) {
      expectClose(state, expected, relativeToLargest: 1e-12, name)
    }
    let expected = row.parts.filter { $0.hasPrefix("grad.") }
    #expect(Set(result.gradients.keys) == Set(expected.map { String($0.dropFirst(5)) }))
    for part in expected {
      expectClose(result.gradients[String(part.dropFirst(5))]!, row[part], relativeToLargest: 1e-11, "\(name), \(part)")
    }
  }

  @Test(arguments: ["simple", "gru", "lstm"])
  func bothDirections(name: String) {
    let row = Self.golden("\(name).bidirectional")
    let layer =
      switch name {
      case "simple": BidirectionalRNN(SimpleCell(3), SimpleCell(3))
      case "gru": BidirectionalRNN(GRUCell(3), GRUCell(3))
      default: BidirectionalRNN(LSTMCell(3), LSTMCell(3))
      }
    let params = Params(named: ["forward", "backward"].map { ($0, Self.params(row, "param.\($0).")) })
    let initial = layer.initParams(PRNGKey(0), row["in"])
    #expect(initial.leafPaths == params.leafPaths)
    #expect(initial.leaves.map(\.shape) == params.leaves.map(\.shape))
    let (outputs, pullback) = vjp({ (params: Params) in layer(params, row["in"]) }, params)
    expectClose(outputs, row["out"], relativeToLargest: 1e-12, name)
    let gradients = pullback(row["cotangent.out"])
    for (path, gradient) in zip(gradients.leafPaths, gradients.leaves) {
      expectClose(gradient, row["grad.\(path)"], relativeToLargest: 1e-11, "\(name), \(path)")
    }
  }

  @Test func layersInANetwork() {
    let cell = GRUCell(4)
    let net = Sequential {
      RNN(cell); RNN(LSTMCell(5)); Dense(2)
    }
    let inputs = normal(PRNGKey(1), [3, 6, 7])
    let params = net.initParams(PRNGKey(0), inputs)
    #expect(params.layers[0].cell.inputKernel.tensor.shape == [7, 12])
    #expect(params.layers[1].cell.stateKernel.tensor.shape == [5, 20])
    let outputs = net(params, inputs)
    #expect(outputs.shape == [3, 6, 2])
    expectClose(jit(net)(params, inputs), outputs, relative: 1e-5, absolute: 1e-6)
    // One sequence is an example of a batch.
    expectClose(net(params, inputs[1]), outputs[1], relative: 1e-5, absolute: 1e-6)
    expectClose(vmap(net)(params, inputs), outputs, relative: 1e-5, absolute: 1e-6)
    // Each gate's kernel is drawn by itself: their spread is that of a matrix of one gate.
    let large = GRUCell(200).step.initParams(PRNGKey(0), zeros([1, 200]), zeros([1, 200]))
    expectClose(std(large.inputKernel.tensor), Tensor(0.0707), relative: 0.02)
  }

  @Test func timeWhereItIsSaid() {
    let cell = LSTMCell(4)
    let (layer, timeMajor) = (RNN(cell), RNN(cell, timeAxis: 0))
    let inputs = normal(PRNGKey(1), [6, 3, 5])
    let params = timeMajor.initParams(PRNGKey(0), inputs)
    let outputs = timeMajor(params, inputs)
    #expect(outputs.shape == [6, 3, 4])
    expectClose(layer(params, inputs.swappingAxes(0, 1)).swappingAxes(0, 1), outputs, relative: 1e-6, absolute: 1e-7)
    expectClose(RNN(cell, timeAxis: 0, unroll: 4)(params, inputs), outputs, relative: 1e-6, absolute: 1e-7)
    // Reversed means reversed.
    let backwards = RNN(cell, timeAxis: 0, reversed: true)(params, inputs.reversed([0]))
    expectClose(backwards.reversed([0]), outputs, relative: 1e-6, absolute: 1e-7)
  }

  @Test func aCellOfOnesOwn() {
    // It counts how often an input was positive.
    let counter = RecurrentCell<Tensor>(
      "counter", initialState: { shape, dtype in zeros(shape, dtype: dtype) },
      step: { count, x in
        let scale = parameter("scale", [], ones())
        let next = count + sum(select(x .> 0, 1, 0), axis: -1) * scale
        return (next, next.expandingDims(-1))
      })
    let net = parametrized("net") { (x: Tensor, mask: Tensor) in counter(over: x, mask: mask).state }
    let inputs = Tensor([[[1.0], [-1.0], [2.0]], [[3.0], [4.0], [5.0]]])
    let mask = Tensor([[1, 1, 1], [1, 1, 0]])
    let params = net.initParams(PRNGKey(0), inputs, mask)
    #expect(params.leafPaths == ["counter.scale"])
    expectEqual(net(params, inputs, mask), Tensor([2.0, 2.0]))
  }

  @Test func learnsToRemember() {
    // The label is the first input of the sequence, which only the state can tell at its end.
    let cell = GRUCell(8)
    let loss = parametrized("loss") { (inputs: Tensor, labels: Tensor) in
      mean(crossEntropy(Dense(2)(cell(over: inputs).outputs[0..., -1]), labels: labels))
    }
    let labels = bernoulli(PRNGKey(1), 0.5, [32]).asType(.int32)
    let rest = normal(PRNGKey(2), [32, 7, 2])
    let inputs = concatenate([oneHot(labels, 2).expandingDims(1), rest * 0.1], axis: 1)
    let optimizer = Adam(0.02)
    var state = optimizer.initialize(loss.initParams(PRNGKey(0), inputs, labels))
    for _ in 0..<60 { state = optimizer.update(loss, state, inputs, labels, jit: true) }
    #expect(Double(loss(optimizer.params(of: state), inputs, labels)) < 0.05)
  }

  @Test func mistakesAreTold() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let cell = GRUCell(4)
      let net = parametrized("net") { (x: Tensor, mask: Tensor) in cell(over: x, mask: mask).outputs }
      _ = net.initParams(PRNGKey(0), zeros([3, 6, 5]), zeros([3]))
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      output.contains("gruCell: the mask must have the shape of the inputs without features\n"), "\(output)")
    #expect(output.contains("hint: here it is [3, 6]"), "\(output)")
    let other = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = RNN(LSTMCell(4)).initParams(PRNGKey(0), zeros([5]))
    }
    let text = String(decoding: other?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("lstmCell: sequences have at least two dimensions, time and features"), "\(text)")
  }
}
