import Autodiff
import Engine
import Random
import Tensor
import TestSupport
import Testing

@Suite("Compiled graphs")
struct CompiledGraphTests {
  /// Compares a compiled program with its graph performed equation by equation.
  private func compare(_ graph: Graph, _ inputs: [Tensor], tolerance: Double, _ name: String) {
    let expected = graph.perform(inputs)
    let compiled = CompiledGraph(graph, .engine)
    for round in 0..<2 {
      for (index, (actual, expected)) in zip(compiled.run(inputs), expected).enumerated() {
        #expect(actual.type == expected.type, "\(name), result \(index)")
        expectClose(
          actual, expected, relative: tolerance, absolute: tolerance, "\(name), result \(index), round \(round)")
      }
    }
  }

  @Test("give what their equations give", arguments: 0..<120)
  func randomPrograms(seed: Int) {
    let dtype: DType = seed % 4 == 3 ? .float32 : .float64
    let inputs = RandomProgram.inputs(seed: seed, dtype: dtype)
    let program = makeGraph { (inputs: [Tensor]) in RandomProgram.run(seed: seed, steps: 10 + seed % 30, inputs) }
    compare(program(inputs), inputs, tolerance: dtype == .float64 ? 1e-11 : 2e-4, "program \(seed)")
  }

  @Test("give the derivatives that their equations give", arguments: 0..<40)
  func randomDerivatives(seed: Int) {
    let inputs = RandomProgram.inputs(seed: seed, dtype: .float64)
    let program = makeGraph(
      grad { (inputs: [Tensor]) in
        RandomProgram.run(seed: seed, steps: 8 + seed % 20, inputs).reduce(Tensor(0.0)) { $0 + sum(tanh($1)) }
      })
    compare(program(inputs), inputs, tolerance: 1e-10, "derivative of program \(seed)")
  }

  @Test("stay well-typed after each pass", arguments: 0..<40)
  func passes(seed: Int) throws {
    let inputs = RandomProgram.inputs(seed: seed, dtype: .float32)
    let program = makeGraph { (inputs: [Tensor]) in RandomProgram.run(seed: seed, steps: 25, inputs) }(inputs)
    try checkPasses(program)
  }

  private func checkPasses(_ graph: Graph) throws {
    for (name, result) in graph.afterEachPass(.engine) {
      do { try result.check() } catch { Issue.record("after \"\(name)\": \(error)\n\(result)") }
      #expect(result.outputTypes.map(\.strong) == graph.outputTypes.map(\.strong))
    }
  }

  private func cell(_ length: Int) -> (_ w: Tensor, _ v: Tensor, _ xs: Tensor) -> Tensor {
    { (w: Tensor, v: Tensor, xs: Tensor) in
      let states = scan(zeros([3, 8], dtype: xs.dtype), xs) { (h: Tensor, x: Tensor) in
        let both = concatenate([x, h], axis: 1)
        let gate = 1 / (1 + exp(-dot(both, w)))
        let next = gate * h + (1 - gate) * tanh(dot(both, v))
        return (next, next)
      }.ys
      return sum(square(states))
    }
  }

  @Test("take products out of loops, forward and backward")
  func loops() throws {
    let key = PRNGKey(3)
    let inputs = [
      normal(foldIn(key, 0), [13, 8], dtype: .float64), normal(foldIn(key, 1), [13, 8], dtype: .float64),
      normal(foldIn(key, 2), [6, 3, 5], dtype: .float64),
    ]
    let loss = cell(6)
    let step = makeGraph { (w: Tensor, v: Tensor, xs: Tensor) in
      let gradients = grad { (p: [Tensor]) in loss(p[0], p[1], p[2]) }([w, v, xs])
      return (gradients[0], gradients[1], gradients[2])
    }(inputs[0], inputs[1], inputs[2])
    try checkPasses(step)
    compare(step, inputs, tolerance: 1e-11, "recurrent cell")
    let loops = CompiledGraph(step, .engine).graph.equations.compactMap { equation in
      if case .scan(let scan) = equation.primitive { scan } else { nil }
    }
    // Forward, both gates are one product with the state; backward, two products give the state's gradient.
    #expect(loops.map { $0.body.equations.count { $0.primitive.name == "dot" } } == [1, 2])
    #expect(loops.map(\.carryCount) == [1, 1], "the sums of the weights' gradients are products after the loop")
  }

  @Test("take what never changes out of loops")
  func invariants() {
    let key = PRNGKey(5)
    let (w, x) = (normal(key, [7, 7], dtype: .float64), normal(foldIn(key, 1), [7, 7], dtype: .float64))
    let graph = makeGraph { (w: Tensor, x: Tensor) in foriLoop(0, 5, x) { _, x in tanh(dot(x, exp(w))) } }(w, x)
    compare(graph, [w, x], tolerance: 1e-12, "invariant")
    let compiled = CompiledGraph(graph, .engine).graph
    #expect(compiled.equations.contains { $0.primitive.name == "exp" })
  }

  @Test("take what never changes out of loops of unknown length")
  func whileInvariants() {
    let w = normal(PRNGKey(5), [7, 7], dtype: .float64)
    let graph = makeGraph { (w: Tensor, x: Tensor) in
      whileLoop(x, while: { sum(abs($0)) .< 100 }) { x in x * 2 + exp(w) }
    }(w, w)
    compare(graph, [w, w], tolerance: 1e-12, "invariant")
    #expect(CompiledGraph(graph, .engine).graph.equations.contains { $0.primitive.name == "exp" })
  }

  @Test("run loops whose carry is passed on, swapped, or written over", arguments: [0, 1, 2, 5])
  func carries(length: Int) {
    let (a, b) = (Tensor([1.0, 2, 3]).asType(.float64), Tensor([4.0, 5, 6]).asType(.float64))
    let swap = makeGraph { (state: [Tensor]) in
      let result = scan(state, length: length) { (s: [Tensor]) in ([s[1], s[0], s[2] * 2 + s[0], s[3]], s[0] - s[2]) }
      return result.carry + [result.ys]
    }([a, b, a, b])
    compare(swap, [a, b, a, b], tolerance: 1e-14, "swap")
    let count = makeGraph { (x: Tensor) in
      whileLoop([Tensor(0), x, x], while: { (s: [Tensor]) in s[0] .< length }) { (s: [Tensor]) in
        let doubled = s[1] * 2
        return [s[0] + 1, s[2], doubled + s[2]]
      }
    }(a)
    compare(count, [a], tolerance: 1e-14, "while")
  }

  @Test("choose branches")
  func branches() {
    let x = Tensor([1.0, -2, 3]).asType(.float64)
    for index in [-1, 0, 1, 2, 7] {
      let graph = makeGraph { (x: Tensor) in
        let branches: [(Tensor) -> Tensor] = [{ $0 + 1 }, { $0.reversed() * 2 }, { _ in x }]
        return switchBranch(Tensor(index) + sum(x * 0).asType(.int32), x, branches)
      }(x)
      compare(graph, [x], tolerance: 0, "branch \(index)")
    }
  }
}
