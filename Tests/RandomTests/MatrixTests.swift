import Autodiff
import Random
import Tensor
import TestSupport
import Testing

private let drawn = Golden("distributions")

@Suite("Random vectors and matrices")
struct MatrixTests {
  @Test("normal vectors are JAX's", arguments: drawn.cases("multivariateNormal"))
  func vectors(_ row: GoldenCase) {
    let key = PRNGKey(data: row["key"])
    let draws = multivariateNormal(key, mean: row["mean"], covariance: row["cov"], row.shape.dropLast())
    expectClose(draws, row["out"], relativeToLargest: 4e-7)
  }

  @Test("orthogonal matrices are JAX's", arguments: drawn.cases("orthogonal."))
  func matrices(_ row: GoldenCase) {
    let key = PRNGKey(data: row["key"])
    let draws = orthogonal(key, row.int("n")!, row.ints("batchShape")!, m: row.int("m"))
    expectClose(draws, row["out"], relativeToLargest: 1e-6)
  }

  /// Draws are mean + F·z for the normal numbers z of their key: F can be found from them.
  @Test("every method's factor is one of the covariance", arguments: [CovarianceFactor.cholesky, .eigh, .svd])
  func factors(_ method: CovarianceFactor) {
    let mean = Tensor([1.0, -2, 0.5], dtype: .float64)
    let covariance = Tensor([[4.0, 1, 0.5], [1, 3, -1], [0.5, -1, 2]], dtype: .float64)
    let key = PRNGKey(3)
    let draws = multivariateNormal(key, mean: mean, covariance: covariance, [3], method: method) - mean
    let factor = solve(normal(key, [3, 3], dtype: .float64), draws).T
    expectClose(dot(factor, factor.T), covariance, relativeToLargest: 1e-12)
  }

  @Test("batches of means and covariances", arguments: [CovarianceFactor.cholesky, .eigh, .svd])
  func batches(_ method: CovarianceFactor) {
    let covariances = stack([eye(2), 4 * eye(2), 9 * eye(2)])
    let draws = multivariateNormal(PRNGKey(1), mean: zeros([5, 1, 2]), covariance: covariances, method: method)
    #expect(draws.shape == [5, 3, 2])
    expectClose(abs(draws[.all, 2]), 3 * abs(normal(PRNGKey(1), [5, 3, 2])[.all, 2]), ulp: 2)
    let keys = split(PRNGKey(4), shape: [3])
    let mapped = vmap { (key: PRNGKey) in multivariateNormal(key, mean: zeros([2]), covariance: covariances[1]) }(keys)
    expectClose(mapped[1], multivariateNormal(keys[1], mean: zeros([2]), covariance: covariances[1]), ulp: 2)
  }

  @Test("normal vectors are differentiated by mean and covariance")
  func derivatives() {
    let operands = [Tensor([1.0, 2], dtype: .float64), Tensor([[2.0, 0.5], [0.5, 1]], dtype: .float64)]
    checkGrads("multivariateNormal", operands) {
      [multivariateNormal(PRNGKey(5), mean: $0[0], covariance: $0[1], [4])]
    }
  }

  @Test("columns, or rows, are orthonormal", arguments: [DType.float32, .float64, .bfloat16])
  func orthonormal(_ dtype: DType) {
    let tolerance = dtype == .float64 ? 1e-14 : dtype == .float32 ? 1e-6 : 0.02
    let (tall, wide) = (
      orthogonal(PRNGKey(0), 6, [2], m: 4, dtype: dtype), orthogonal(PRNGKey(1), 4, m: 6, dtype: dtype)
    )
    #expect(tall.type == TensorType(dtype, [2, 6, 4]) && wide.type == TensorType(dtype, [4, 6]))
    let identity = eye(4, dtype: dtype)
    expectClose(matmul(tall.mT, tall), identity.broadcast(to: [2, 4, 4]), relativeToLargest: tolerance)
    expectClose(matmul(wide, wide.mT), identity, relativeToLargest: tolerance)
    #expect(orthogonal(PRNGKey(0), 0).shape == [0, 0])
  }

  @Test("shapes that do not fit are named")
  func mistakes() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = multivariateNormal(PRNGKey(0), mean: zeros([2]), covariance: zeros([3, 3]))
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      output.contains(
        """
        multivariateNormal: needs means of shape [.., n] and covariances of shape [.., n, n]
          operands: float32[2], float32[3, 3]
        """))
  }
}
