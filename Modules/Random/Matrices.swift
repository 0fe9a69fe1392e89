import Tensor

/// What a covariance matrix C is factored by, into F with F·Fᵀ = C.
public enum CovarianceFactor: Hashable, Sendable {
  /// Cholesky's factor: the fastest, NaN where C is not positive definite.
  case cholesky
  /// Eigenvectors and eigenvalues.
  case eigh
  /// Singular vectors and values: also where C is not quite positive definite.
  case svd
}

/// Vectors with a normal distribution of several dimensions.
///
/// - Parameters:
///   - key: where they come from.
///   - mean: the means, shape [.., n].
///   - covariance: the covariance matrices, symmetric, shape [.., n, n].
///   - shape: the shape of the draws, to which the leading dimensions of `mean` and `covariance` broadcast; the one that they broadcast to if
///     it is nil.
///   - dtype: the type of the normal numbers behind the draws; that of `mean` and `covariance` if nil.
///   - method: how the covariance is factored.
///
/// Shape `shape` + [n]. Differentiable by mean and covariance. Source: `jax.random.multivariate_normal`, with the same normal numbers;
/// by `eigh` and `svd` a draw depends on the signs of LAPACK's vectors.
public func multivariateNormal(
  _ key: PRNGKey, mean: Tensor, covariance: Tensor, _ shape: [Int]? = nil, dtype: DType? = nil,
  method: CovarianceFactor = .cholesky
) -> Tensor {
  let operands = promote("multivariateNormal", [mean, covariance]).map(\.asFloating)
  let (mean, covariance) = (operands[0], operands[1])
  guard let n = mean.shape.last, covariance.rank >= 2, covariance.shape.suffix(2) == [n, n] else {
    fail(
      "multivariateNormal", [mean.type, covariance.type],
      "needs means of shape [.., n] and covariances of shape [.., n, n]")
  }
  let (means, covariances) = (Array(mean.shape.dropLast()), Array(covariance.shape.dropLast(2)))
  guard let common = broadcastShape(means, covariances), shape == nil || broadcastShape(shape!, common) == shape else {
    fail(
      "multivariateNormal", [mean.type, covariance.type],
      "the leading dimensions do not broadcast" + (shape.map { " to the shape \($0)" } ?? ""))
  }
  let factor: Tensor
  switch method {
  case .cholesky: factor = cholesky(covariance)
  case .eigh:
    let (values, vectors) = eigh(covariance)
    factor = vectors * sqrt(values).expandingDims(-2)
  case .svd:
    let (u, s, _) = svd(covariance)
    factor = u * sqrt(s).expandingDims(-2)
  }
  let numbers = normal(key, (shape ?? common) + [n], dtype: dtype ?? mean.dtype)
  return mean + matmul(factor, numbers.expandingDims(-1)).squeezed([-1])
}

/// Matrices with orthonormal columns, or rows if they are wider than high, all equally likely: shape `shape` + [n, m].
///
/// - Parameters:
///   - key: where they come from.
///   - n: the number of rows.
///   - shape: how many matrices.
///   - m: the number of columns, n if nil.
///   - dtype: `float32` or `float64`, or a 16-bit type, which they are rounded to.
///
/// Source: Mezzadri, "How to generate random matrices from the classical compact groups"; `jax.random.orthogonal`, up to the rounding of
/// LAPACK's.
public func orthogonal(
  _ key: PRNGKey, _ n: Int, _ shape: [Int] = [], m: Int? = nil, dtype: DType = .float32
) -> Tensor {
  let columns = m ?? n
  if n < 0 || columns < 0 { fail("orthogonal", [], "a matrix has no \(n) rows and \(columns) columns") }
  let (q, r) = qr(normal(key, shape + [max(n, columns), min(n, columns)], dtype: dtype))
  let signs = sign(diagonal(r, axis1: -2, axis2: -1))
  let result = q * signs.expandingDims(-2)
  return n < columns ? result.swappingAxes(-2, -1) : result
}
