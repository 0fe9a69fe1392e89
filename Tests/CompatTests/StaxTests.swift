import Compat
import JAXnet
import TestSupport
import Testing

/// Layers and combinators against those of `jax.example_libraries.stax`: initial parameters, outputs, gradients, training.
@Suite struct StaxTests {
  static let golden = Golden("stax")

  @Test(arguments: golden.cases("init.")) func initialParametersAreStaxs(row: GoldenCase) {
    let parts = row.name.split(separator: ".")
    let layer = StaxRows.layer(parts.dropFirst().dropLast().joined(separator: "."))
    let (outputShape, params) = layer.initFun(PRNGKey(data: row["key"]), row.ints("inputShape")!)
    #expect(outputShape == shape(row.attribute("outputShape")!))
    #expect("PyTreeDef(\(structure(params)))" == row.string("tree"))
    let expected = row.numbered("param")
    #expect(params.leaves.count == expected.count)
    for (i, (actual, expected)) in zip(params.leaves, expected).enumerated() {
      expectEqual(actual, expected, "\(row), parameter \(i)")
    }
  }

  @Test(arguments: golden.cases("apply.")) func outputsAndGradientsAreStaxs(row: GoldenCase) {
    let (layer, params, inputs) = problem(row)
    let key = row.has("key") ? PRNGKey(data: row["key"]) : nil
    #expect(layer.initFun(PRNGKey(0), row.ints("inputShape")!).outputShape == shape(row.attribute("outputShape")!))
    let (outputs, pullback) = vjp(
      { (tree: PyTree) in layer.applyFun(tree[0], tree[1], rng: key).leaves }, .list([params, PyTree(inputs)]))
    for (i, output) in outputs.enumerated() {
      expectClose(output, row["out\(i)"], relative: 1e-5, absolute: 1e-5, "\(row), output \(i)")
      expectClose(output, row["out\(i)_f32"], relative: 1e-5, absolute: 1e-5, "\(row), output \(i)")
    }
    let gradients = pullback(row.numbered("cotangent"))
    // The bias before a batch normalization has no gradient but rounding errors: all are measured by the largest.
    let expected = row.numbered("paramGrad")
    let largest = expected.map { Double(max(abs($0))) }.max() ?? 0
    for (i, gradient) in gradients[0].leaves.enumerated() {
      expectClose(gradient, expected[i], relative: 1e-5, absolute: 1e-5 * largest, "\(row), gradient \(i)")
    }
    expectClose(gradients[1].tensor, row["grad0"], relativeToLargest: 2e-5, "\(row), gradient by the inputs")
  }

  @Test(arguments: golden.cases("train.")) func trainingIsStaxs(row: GoldenCase) {
    let start = Self.golden("apply" + row.name.dropFirst("train".count))
    let (layer, params, inputs) = problem(start)
    let targets = start.numbered("cotangent")
    let loss = { (trained: PyTree, step: Int) -> Tensor in
      let key = start.has("key") ? foldIn(PRNGKey(data: start["key"]), step) : nil
      let outputs = layer.applyFun(trained[0], trained[1], rng: key).leaves
      return zip(outputs, targets).reduce(0) { $0 + mean(square($1.0 - $1.1)) }
    }
    let (optInit, optUpdate, getParams) = optimizers.momentum(0.05, mass: 0.9)
    var state = optInit(PyTree.list([params, PyTree(inputs)]))
    var losses: [Tensor] = []
    for step in 0..<10 {
      let (value, gradient) = valueAndGrad { loss($0, step) }(getParams(state))
      losses.append(value)
      state = optUpdate(step, gradient, state)
    }
    losses.append(loss(getParams(state), 10))
    expectClose(stack(losses), row["losses"], relative: 1e-5, absolute: 1e-5, "\(row)")
    for (i, parameter) in getParams(state).leaves.enumerated() {
      expectClose(parameter, row["final\(i)"], relative: 1e-4, absolute: 1e-5, "\(row), parameter \(i)")
    }
  }

  private func problem(_ row: GoldenCase) -> (layer: stax.Layer, params: PyTree, inputs: Tensor) {
    let layer = StaxRows.layer(row.name.split(separator: ".").dropFirst().joined(separator: "."))
    let structure = layer.initFun(PRNGKey(0), row.ints("inputShape")!).params
    return (layer, structure.replacingLeaves(with: row.numbered("param")), row["in0"])
  }

  private func structure(_ tree: PyTree) -> String {
    "\(tree)".replacing(#/float32\[[0-9, ]*\]/#, with: "*")
  }

  private func shape(_ value: JSONValue) -> stax.Shape {
    let parts = value.array!
    return parts.allSatisfy { $0.int != nil } ? .sizes(parts.map { $0.int! }) : .list(parts.map(shape))
  }
}
