import Foundation
import JAXnet
import TestSupport
import Testing

/// What holds for every module: each row of the table, each concern.
@Suite struct ModuleTableTests {
  @Test func namesAreUnique() {
    #expect(Set(moduleTable.map(\.name)).count == moduleTable.count)
  }

  @Test(arguments: moduleTable) func parametersAreFoundByShapesAlone(_ row: ModuleCase) {
    // Inputs for which there is no memory.
    let huge = zeros([]).broadcast(to: [row.treatsExamplesAlone ? 1 << 44 : 4] + row.inputShape.dropFirst())
    let params = row.module.initParams(PRNGKey(0), huge)
    #expect(params.leafPaths == row.parameters)
    for (a, b) in zip(params.leaves, row.params().leaves) { expectEqual(a, b, "\(row)") }
    let state = row.module.initState(huge)
    #expect(state.leafPaths == row.stateParts)
    for (a, b) in zip(state.leaves, row.state.leaves) { expectEqual(a, b, "\(row)") }
  }

  @Test(arguments: moduleTable) func oneKeyGivesOneResult(_ row: ModuleCase) {
    let (params, same, other) = (row.params(), row.params(), row.params(1))
    for (a, b) in zip(params.leaves, same.leaves) { expectEqual(a, b, "\(row)") }
    #expect(params.leaves.map(\.shape) == other.leaves.map(\.shape))
    if row.parameters.contains(where: { $0.lowercased().hasSuffix("kernel") }) {
      #expect(zip(params.leaves, other.leaves).contains { $0.array(of: Float.self) != $1.array(of: Float.self) })
    }
    expectEqual(
      row.module(params, row.inputs(), state: row.state, key: row.key),
      row.module(same, row.inputs(), state: row.state, key: row.key), "\(row)")
  }

  @Test(arguments: moduleTable) func outputsHaveTheShape(_ row: ModuleCase) {
    let outputs = row.module(row.params(), row.inputs(), state: row.state, key: row.key)
    #expect(outputs.type == TensorType(.float32, row.outputShape))
    #expect(evalShape(row.module)(row.params(), row.inputs(), state: row.state).shape == row.outputShape)
    #expect(Bool(all(isFinite(outputs))), "\(row)")
  }

  @Test(arguments: moduleTable) func compiledIsTheSame(_ row: ModuleCase) {
    let (params, state, compiled) = (row.params(), row.state, jit(row.module))
    for seed in 0..<2 {
      let inputs = row.inputs(seed)
      expectClose(
        compiled(params, inputs, state: state, key: row.key), row.module(params, inputs, state: state, key: row.key),
        relativeToLargest: 1e-6, "\(row)")
    }
  }

  @Test(arguments: moduleTable) func aBatchOfBatchesIsALoop(_ row: ModuleCase) {
    let (params, state, examples) = (row.params(), row.state, (0..<3).map { row.inputs($0) })
    let batched = vmap(row.module)(params, stack(examples), state: state, key: row.key)
    #expect(batched.shape == [3] + row.outputShape)
    let keys = row.key.map { split($0, 3) }
    for (index, inputs) in examples.enumerated() {
      expectClose(
        batched[index], row.module(params, inputs, state: state, key: keys?[index]), relativeToLargest: 1e-6,
        "\(row) \(index)")
    }
  }

  @Test(arguments: moduleTable.filter(\.treatsExamplesAlone))
  func examplesOfABatchDoNotMatterToEachOther(_ row: ModuleCase) {
    if row.isRandom { return }
    let (params, state, inputs) = (row.params(), row.state, row.inputs())
    let outputs = row.module(params, inputs, state: state)
    for index in 0..<row.inputShape[0] {
      let one = row.module(params, inputs[index].expandingDims(0), state: state)
      expectClose(one[0], outputs[index], relativeToLargest: 1e-6, "\(row) \(index)")
    }
  }

  @Test(arguments: moduleTable) func gradientsAreRight(_ row: ModuleCase) {
    // Parameters that do not start at 0 or 1.
    let params = row.params().mapLeaves { $0.asType(.float64) + sineLike($0) * 0.3 }
    let (inputs, state) = (row.inputs().asType(.float64), row.state)
    let wideState = state.mapLeaves { $0.asType(.float64) }
    checkGrads(row.name, order: 1, params.leaves + [inputs]) { operands in
      let params = params.replacingLeaves(with: Array(operands.dropLast()))
      return [row.module(params, operands.last!, state: wideState, key: row.key)]
    }
    let gradients = grad { (p: [Params]) in
      sum(square(row.module(p[0], p[1].tensor, state: state, key: row.key)))
    }([row.params(), Params(row.inputs())])
    for gradient in gradients.flatMap(\.leaves) {
      #expect(Bool(all(isFinite(gradient))), "\(row)")
    }
  }

  @Test(arguments: moduleTable) func savedAndLoaded(_ row: ModuleCase) throws {
    let folder = try TemporaryFolder()
    let (path, params, inputs) = (folder.path + "/params.safetensors", row.params(), row.inputs())
    try params.save(to: path)
    try row.state.save(to: folder.path + "/state.safetensors")
    let state = try Params.load(from: folder.path + "/state.safetensors")
    #expect(state.leafPaths == row.stateParts)
    for loaded in [try Params.load(from: path), try row.module.loadParams(from: path, inputs)] {
      #expect(loaded.leafPaths == params.leafPaths)
      for (a, b) in zip(loaded.leaves, params.leaves) { expectEqual(a, b, "\(row)") }
      expectEqual(
        row.module(loaded, inputs, state: state, key: row.key),
        row.module(params, inputs, state: row.state, key: row.key), "\(row)")
    }
  }

  @Test(arguments: moduleTable) func hasASummary(_ row: ModuleCase) {
    let (summary, params) = (row.module.summary(row.inputs()), row.params())
    #expect(summary.rows[0].inputs == [TensorType(.float32, row.inputShape)])
    #expect(summary.rows[0].outputs == [TensorType(.float32, row.outputShape)])
    #expect(summary.parameterCount == params.elementCount && summary.parameterBytes == params.byteCount)
    #expect(summary.description.split(separator: "\n").count == summary.rows.count + 2)
  }

  @Test(arguments: moduleTable) func otherFloats(_ row: ModuleCase) {
    if row.isRandom { return }  // its bits depend on the element type
    func output(_ dtype: DType) -> Tensor {
      let outputs = row.module(
        row.params().mapLeaves { $0.asType(dtype) }, row.inputs().asType(dtype),
        state: row.state.mapLeaves { $0.asType(dtype) })
      #expect(outputs.dtype == dtype, "\(row)")
      return outputs
    }
    let exact = output(.float64)
    expectClose(output(.float32), exact, relativeToLargest: 1e-5, "\(row)")
    expectClose(output(.bfloat16), exact, relativeToLargest: 0.05, "\(row)")
    expectClose(output(.float16), exact, relativeToLargest: 0.01, "\(row)")
  }

  @Test(arguments: moduleTable) func printsItsParameters(_ row: ModuleCase) {
    let (params, lines) = (row.params(), row.params().description.split(separator: "\n"))
    if params.leaves.isEmpty {
      #expect(lines == ["no parameters"])
      return
    }
    for (path, leaf) in zip(params.leafPaths, params.leaves) {
      let name = path.split(separator: ".").last!
      let text = "\(name): \(leaf.type)"
      #expect(lines.contains { $0.hasSuffix(text) }, "\(row): \(path) is not in \(params)")
    }
  }
}

private func sineLike(_ x: Tensor) -> Tensor {
  sin(arange(x.count, dtype: .float64) * 12.9898 + 1).reshaped(to: x.shape)
}
