import Autodiff
import Tensor
import TestSupport
import Testing

/// Products that are made part after part by the kernel that reads them, as in the update of a parameter by its gradient.
@Suite("Products joined with kernels") struct JoinedProductTests {
  private static func noise(_ shape: [Int], _ factor: Double) -> Tensor {
    sin(arange(shape.reduce(1, *), dtype: .float64) * Tensor(factor, dtype: .float64)).reshaped(to: shape)
      .asType(.float32)
  }

  /// Rows, columns and depth: with and without a rest, and with more columns than a part should have elements.
  @Test(
    "give what both give apart",
    arguments: [(128, 128, 32), (200, 100, 300), (3, 40000, 5), (40000, 3, 5), (500, 77, 1)])
  func updates(m: Int, n: Int, k: Int) {
    let (a, b) = (Self.noise([k, m], 0.7), Self.noise([k, n], 0.3))
    let (w, velocity) = (Self.noise([m, n], 0.2), Self.noise([m, n], 0.9))
    func update(_ w: Tensor, _ velocity: Tensor, _ a: Tensor, _ b: Tensor) -> [Tensor] {
      let next = 0.9 * velocity + dot(a.transposed(), b)
      return [w - 0.1 * next, next]
    }
    let expected = update(w, velocity, a, b)
    let program = compile { (w: Tensor, velocity: Tensor, a: Tensor, b: Tensor) in update(w, velocity, a, b) }
    #expect(program(w, velocity, a, b).description.contains("then kernel"))
    let compiled = jit(update)
    for threads in [1, 3] {
      let results = withThreads(threads) { compiled(w, velocity, a, b) }
      for (result, expected) in zip(results, expected) {
        // Both sum k products, in an order of their own (Higham, "Accuracy and Stability", 3.5).
        expectClose(result, expected, relativeToLargest: Double(2 * (k + 3)) * 0x1p-24)
      }
    }
  }

  @Test("read operands that the result takes the memory of")
  func operandsInPlace() {
    let size = 160
    let w = Self.noise([size, size], 0.1)
    func step(_ w: Tensor) -> Tensor { w - 0.001 * dot(w.transposed(), w) }
    let compiled = jit(step)
    var state = w + 0
    for _ in 0..<3 { state = compiled(consume state) }
    let expected = step(step(step(w)))
    expectClose(state, expected, relativeToLargest: 1e-5)
  }

  @Test("stay apart where something else reads the product")
  func otherReaders() {
    let (a, b) = (Self.noise([40, 200], 0.7), Self.noise([40, 100], 0.3))
    let results = jit { (a: Tensor, b: Tensor) in
      let product = dot(a.transposed(), b)
      return [product * 2 + 1, product, product.transposed() - 1]
    }(a, b)
    let product = dot(a.transposed(), b)
    for (result, expected) in zip(results, [product * 2 + 1, product, product.transposed() - 1]) {
      expectClose(result, expected, relativeToLargest: 1e-5)
    }
  }
}
