// Factorizations of matrices, the last two dimensions of a tensor. Integers become floats; 16-bit floats are factored in `float32`.

/// The lower triangular L with L·Lᵀ = A, or the upper triangular U with Uᵀ·U = A, for symmetric positive definite matrices.
///
/// - Parameters:
///   - a: shape [.., n, n]. What is factored is (A + Aᵀ) / 2, so that the derivative is symmetric.
///   - upper: whether U is asked for.
///   - symmetrizesInput: if false, the lower triangle alone is read; the derivative takes changes to be symmetric.
///
/// Shape [.., n, n]. Where a matrix is not positive definite, its triangle is NaN. Source: `jax.numpy.linalg.cholesky`.
public func cholesky(_ a: Tensor, upper: Bool = false, symmetrizesInput: Bool = true) -> Tensor {
  let matrices = a.asMatrices("cholesky", square: true)
  let factor = Primitive.factorization(.cholesky)(symmetrizesInput ? symmetrized(matrices) : matrices)
  return (upper ? factor.mT : factor).asType(a.asFloating.dtype)
}

/// The matrices Q with orthonormal columns and R, upper triangular, with Q·R = A.
///
/// - Parameters:
///   - a: shape [.., m, n].
///   - complete: whether Q is square, with columns beyond those that R needs.
///
/// Shapes [.., m, k] and [.., k, n] with k = min(m, n); k = m if complete. The diagonal of R may have any sign.
///
/// Not differentiable where the first min(m, n) columns depend on each other. Source: `jax.numpy.linalg.qr`.
public func qr(_ a: Tensor, complete: Bool = false) -> (q: Tensor, r: Tensor) {
  let results = Primitive.factorization(.qr(isFull: complete))([a.asMatrices("qr")])
  let dtype = a.asFloating.dtype
  return (results[0].asType(dtype), results[1].asType(dtype))
}

/// The singular value decomposition U·diag(s)·Vᵀ = A: orthonormal columns of U, the singular values in decreasing order,
/// orthonormal rows of Vᵀ.
///
/// - Parameters:
///   - a: shape [.., m, n].
///   - fullMatrices: whether U and Vᵀ are square, with columns and rows that belong to no singular value.
///
/// Shapes [.., m, k], [.., k] and [.., k, n] with k = min(m, n); [.., m, m], [.., k] and [.., n, n] if full. A column of U may have
/// either sign, and the row of Vᵀ with it. NaN where a matrix has an infinity or NaN.
///
/// Not differentiable where singular values are equal, nor for full matrices that are not square; `singularValues` is.
/// Source: `jax.numpy.linalg.svd`.
public func svd(_ a: Tensor, fullMatrices: Bool = true) -> (u: Tensor, s: Tensor, vt: Tensor) {
  let results = Primitive.factorization(.svd(isFull: fullMatrices))([a.asMatrices("svd")])
  let dtype = a.asFloating.dtype
  return (results[0].asType(dtype), results[1].asType(dtype), results[2].asType(dtype))
}

/// The singular values in decreasing order: shape [.., m, n] → [.., min(m, n)]. Source: `jax.numpy.linalg.svdvals`.
///
/// NaN where a matrix has an infinity or NaN. Not differentiable where singular values are equal.
public func singularValues(_ a: Tensor) -> Tensor {
  Primitive.factorization(.singularValues)(a.asMatrices("singularValues")).asType(a.asFloating.dtype)
}

/// The eigenvalues w in increasing order, and the eigenvectors, columns of V, with V·diag(w)·Vᵀ = A, for symmetric matrices.
///
/// - Parameters:
///   - a: shape [.., n, n]. What is decomposed is (A + Aᵀ) / 2.
///   - symmetrizesInput: if false, one triangle alone is read; the derivative takes changes to be symmetric.
///   - lower: which triangle that is.
///
/// Shapes [.., n] and [.., n, n]. An eigenvector may have either sign. NaN where a matrix has an infinity or NaN.
///
/// The vectors are not differentiable where eigenvalues are equal. Source: `jax.numpy.linalg.eigh`.
public func eigh(
  _ a: Tensor, lower: Bool = true, symmetrizesInput: Bool = true
) -> (values: Tensor, vectors: Tensor) {
  var matrices = a.asMatrices("eigh", square: true)
  if symmetrizesInput { matrices = symmetrized(matrices) } else if !lower { matrices = matrices.mT }
  let results = Primitive.factorization(.eigh)([matrices])
  let dtype = a.asFloating.dtype
  return (results[0].asType(dtype), results[1].asType(dtype))
}

/// The eigenvalues of symmetric matrices in increasing order: shape [.., n, n] → [.., n]. The parameters are those of `eigh`.
///
/// Source: `jax.numpy.linalg.eigvalsh`.
public func eigvalsh(_ a: Tensor, lower: Bool = true, symmetrizesInput: Bool = true) -> Tensor {
  eigh(a, lower: lower, symmetrizesInput: symmetrizesInput).values
}

/// P, L and U with P·L·U = A: a permutation, lower triangular with ones on the diagonal, upper triangular.
///
/// Shapes [.., m, n] → [.., m, m], [.., m, k] and [.., k, n] with k = min(m, n). P has no derivative; where a pivot is 0, L and U
/// have none. Source: `jax.scipy.linalg.lu`. `luFactor` gives them in one matrix.
public func lu(_ a: Tensor) -> (p: Tensor, l: Tensor, u: Tensor) {
  let factors = luFactor(a)
  let packed = factors.packed
  let (m, n) = (packed.shape[packed.rank - 2], packed.shape[packed.rank - 1])
  let k = min(m, n)
  let isMoved = factors.permutation.expandingDims(-2) .== arange(m).expandingDims(-1)
  let l = tril(packed.block(rows: 0..<m, columns: 0..<k), offset: -1) + eye(m, k, dtype: packed.dtype)
  return (isMoved.asType(packed.dtype), l, triu(packed.block(rows: 0..<k, columns: 0..<n)))
}

/// What `luFactor` makes of matrices, and `luSolve` solves equations with.
public struct LUFactors: Sendable {
  /// L below the diagonal, without its ones, and U at and above it: shape [.., m, n].
  public var packed: Tensor
  /// The row that each row was exchanged with in turn: `int32` [.., min(m, n)].
  public var pivots: Tensor
  /// The order of the rows of A in L·U: `int32` [.., m].
  public var permutation: Tensor

  /// Factors with these parts.
  public init(packed: Tensor, pivots: Tensor, permutation: Tensor) {
    (self.packed, self.pivots, self.permutation) = (packed, pivots, permutation)
  }
}

/// The factors L and U of matrices with rows in another order, in one matrix: shape [.., m, n].
///
/// Not differentiable where a pivot is 0. Source: `jax.lax.linalg.lu`, `jax.scipy.linalg.lu_factor`.
public func luFactor(_ a: Tensor) -> LUFactors {
  let results = Primitive.factorization(.lu)([a.asMatrices("luFactor")])
  return LUFactors(
    packed: results[0].asType(a.asFloating.dtype), pivots: results[1], permutation: results[2])
}

/// What `choFactor` makes of matrices, and `choSolve` solves equations with.
public struct CholeskyFactor: Sendable {
  /// The triangle: shape [.., n, n].
  public var factor: Tensor
  /// Whether it is the lower L of L·Lᵀ, not the upper U of Uᵀ·U.
  public let isLower: Bool

  /// A factor with these parts.
  public init(factor: Tensor, isLower: Bool) { (self.factor, self.isLower) = (factor, isLower) }
}

/// The factor of symmetric positive definite matrices, of which one triangle is read: shape [.., n, n].
///
/// NaN where a matrix is not positive definite. The derivative takes changes of a matrix to be symmetric. Source: `jax.scipy.linalg.cho_factor`.
public func choFactor(_ a: Tensor, lower: Bool = false) -> CholeskyFactor {
  let matrices = a.asMatrices("choFactor", square: true)
  let factor = cholesky(lower ? matrices : matrices.mT, upper: !lower, symmetrizesInput: false)
  return CholeskyFactor(factor: factor.asType(a.asFloating.dtype), isLower: lower)
}
