import Autodiff
import Tensor
import TestSupport
import Testing

/// Products whose operands lie in memory in all ways, in sizes that are made in different ways.
@Suite struct ProductTests {
  @Test(
    "A compiled product reads its operands as they lie",
    arguments: [
      (32, 512, 512), (16, 256, 128), (17, 300, 130), (100, 257, 200), (128, 1024, 256), (129, 257, 129), (1, 300, 300),
      (300, 1, 300), (600, 10, 200), (64, 64, 700), (5, 47, 205), (10, 200, 200),
    ])
  func layouts(m: Int, n: Int, k: Int) {
    let lhs = sin(arange(m * k, dtype: .float64) * 0.7).reshaped(to: [m, k])
    let rhs = sin(arange(k * n, dtype: .float64) * 0.3).reshaped(to: [k, n])
    for (lhsIsTurned, rhsIsTurned) in [(false, false), (false, true), (true, false), (true, true)] {
      let product = jit { (a: Tensor, b: Tensor) in
        dot(lhsIsTurned ? a.transposed() : a, rhsIsTurned ? b.transposed() : b)
      }
      for (dtype, epsilon) in [(DType.float64, 0x1p-53), (.float32, 0x1p-24)] {
        let (a, b) = (lhs.asType(dtype), rhs.asType(dtype))
        let result = product(lhsIsTurned ? a.transposed() : a, rhsIsTurned ? b.transposed() : b).asType(.float64)
        let (exactA, exactB) = (a.asType(.float64), b.asType(.float64))
        // What a sum of k products may be off by, in whatever order it is made (Higham, "Accuracy and Stability", 3.5).
        let bound = dot(abs(exactA), abs(exactB)) * Tensor(Double(k + 1) * (epsilon + 0x1p-53), dtype: .float64)
        let isWithin = all(abs(result - dot(exactA, exactB)) .<= bound)
        #expect(Bool(isWithin), "\([m, k]) by \([k, n]), \(dtype), \(lhsIsTurned) \(rhsIsTurned)")
      }
    }
  }

  @Test func resultsDoNotDependOnThreads() {
    let (a, b) = (sin(arange(32 * 512)).reshaped(to: [32, 512]), sin(arange(700 * 512)).reshaped(to: [700, 512]))
    let product = jit { (a: Tensor, b: Tensor) in dot(a, b.transposed()) }
    let results = [1, 2, 5].map { threads in withThreads(threads) { product(a, b) } }
    for result in results.dropFirst() { expectEqual(result, results[0], "") }
  }
}
