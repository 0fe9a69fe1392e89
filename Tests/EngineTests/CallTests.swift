import Autodiff
import Engine
import Foundation
import Random
import Tensor
import TestSupport
import Testing

@Suite("Calls of compiled functions")
struct CallTests {
  @Test("reuse the memory of a state that is given away, and of no other")
  func donation() {
    let step = jit { (state: [Tensor], x: Tensor) in state.map { $0 * 2 + x } }
    var state = [ones([1000]), ones([10, 10]) * 3]
    state = step(state, 1)
    let addresses = state.map { $0.withUnsafeBytes { $0.baseAddress! } }
    state = step(consume state, 1)
    #expect(state.map { $0.withUnsafeBytes { $0.baseAddress! } } == addresses)
    let kept = state
    let before = kept.map { $0.array(of: Float.self) }
    let next = step(consume state, 1)
    #expect(kept.map { $0.array(of: Float.self) } == before)
    #expect(next[0].array(of: Float.self).allSatisfy { $0 == 15 })
  }

  @Test("give inputs, constants and repeated results as they are")
  func passedOn() {
    let constant = Tensor([1.0, 2])
    let f = jit { (x: Tensor, y: Tensor) in [y, x + y, constant, x + y, x] }
    let (x, y) = (Tensor([5.0, 6]), Tensor([7.0, 8]))
    let results = f(x, y)
    #expect(results.map { $0.array(of: Float.self) } == [[7, 8], [12, 14], [1, 2], [12, 14], [5, 6]])
  }

  @Test("from several threads at once do not disturb each other")
  func threads() async {
    let key = PRNGKey(1)
    let w = normal(key, [64, 64])
    let f = jit { (x: Tensor) in foriLoop(0, 4, x) { _, x in tanh(dot(x, w)) } }
    let inputs = (0..<8).map { normal(foldIn(key, $0), [32, 64]) }
    let expected = inputs.map { f($0).array(of: Float.self) }
    let program = compile { (x: Tensor) in foriLoop(0, 4, x) { _, x in tanh(dot(x, w)) } }(inputs[0])
    await withTaskGroup(of: Bool.self) { group in
      for (input, expected) in zip(inputs, expected) {
        group.addTask {
          (0..<20).allSatisfy { _ in program.run([input])[0].array(of: Float.self) == expected }
        }
      }
      for await isEqual in group { #expect(isEqual) }
    }
  }

  @Test("compile once for each combination of types, and say what changed")
  func compilations() {
    let f = jit(name: "double") { (x: Tensor) in x * 2 }
    let (compilations, _) = Compilation.during {
      for _ in 0..<3 { _ = f(ones([3])) }
      _ = f(ones([4]))
      _ = f(ones([4], dtype: .float64))
      _ = f(ones([3]))
    }
    #expect(
      compilations.map(\.description) == [
        "double(float32[3]): the first call",
        "double(float32[4]): tensor 0 is float32[4], before it was float32[3]",
        "double(float64[4]): tensor 0 is float64[4], before it was float32[4]",
      ])
    #expect(
      Compilation.excess(Array(compilations.prefix(2)), 1).description == """
        assertCompiles: there were 2 compilations, at most 1 expected:
            double(float32[3]): the first call
            double(float32[4]): tensor 0 is float32[4], before it was float32[3]
          hint: pass arguments of the same shapes and element types, and keep the result of `jit` instead of making it anew
        """)
    #expect(assertCompiles(atMost: 0) { f(ones([3])).shape } == [3])
  }

  @Test("tell the memory that they use, which values share where lifetimes allow it")
  func memory() {
    let program = compile { (x: Tensor) in
      (0..<10).reduce(x) { y, _ in dot(tanh(y), y) }
    }(ones([64, 64]))
    let one = 64 * 64 * 4
    #expect(program.memory.inputs == one && program.memory.outputs == one)
    #expect(program.memory.temporaries < 4 * one, "\(program)")
  }

  @Test("print kernels, products and loops")
  func description() {
    let program = compile { (w: Tensor, x: Tensor) in
      scan(x, length: 3) { (h: Tensor) in (tanh(dot(h, w)) + 1, ()) }.carry
    }(ones([8, 8]), ones([4, 8]))
    #expect(
      program.description.split(separator: "\n").dropFirst().joined(separator: "\n") == """
          scan 3 rounds
            product [4, 8] · [8, 8]
            kernel [32] tanh add
        """)
  }
}
