import Tensor

// Functions of matrices, the last two dimensions of a tensor, with derivatives of their own.
// Integers become floats; for 16-bit floats they are computed in `float32`.

/// The determinants of square matrices: shape [.., n, n] → [..].
///
/// The first derivative is right where a matrix is singular, too; of matrices larger than 3 x 3 the second is not.
///
/// Source: `jax.numpy.linalg.det`.
public func det(_ a: Tensor) -> Tensor {
  let matrices = a.asMatrices("det", square: true)
  let result =
    switch matrices.shape[matrices.rank - 1] {
    case 0: ones(Array(matrices.shape.dropLast(2)), dtype: matrices.dtype)
    case 1: matrices.squeezed([-2, -1])
    case 2: detOfTwoByTwo(matrices)
    case 3: detOfThreeByThree(matrices)
    default: detByFactors(matrices)
    }
  return result.asType(a.asFloating.dtype)
}

private func detOfTwoByTwo(_ a: Tensor) -> Tensor {
  a[..., 0, 0] * a[..., 1, 1] - a[..., 0, 1] * a[..., 1, 0]
}

private func detOfThreeByThree(_ a: Tensor) -> Tensor {
  func term(_ i: Int, _ j: Int, _ k: Int) -> Tensor { a[..., 0, i] * a[..., 1, j] * a[..., 2, k] }
  let positive = term(0, 1, 2) + term(1, 2, 0) + term(2, 0, 1)
  let negative = term(2, 1, 0) + term(0, 2, 1) + term(1, 0, 2)
  return positive - negative
}

private func detByFactors(_ a: Tensor) -> Tensor {
  customJVP(name: "det") { (a: Tensor) in
    product(signedDiagonal(luFactor(a)), axis: -1)
  } rule: { a, change in
    let (det, adjugate) = adjugateTimes(a, change)
    return (det, sum(adjugate.matrixDiagonal, axis: -1))
  }(a)
}

/// 1 or -1 for each matrix: the sign of its permutation of rows.
private func parity(_ factors: LUFactors) -> Tensor {
  let isExchanged = factors.pivots .!= arange(factors.pivots.shape.last!)
  let exchanges = sum(isExchanged.asType(.int32), axis: -1)
  return (1 - 2 * (exchanges & 1)).asType(factors.packed.dtype)
}

/// The diagonal of U, whose first element has the sign of the permutation.
private func signedDiagonal(_ factors: LUFactors) -> Tensor {
  let diagonal = factors.packed.matrixDiagonal
  let isFirst = arange(diagonal.shape.last!) .== 0
  return select(isFirst, diagonal * parity(factors).expandingDims(-1), diagonal)
}

/// det A and adj(A)·B = det(A)·A⁻¹·B, where A is singular too.
///
/// With A = P·L·U and B' = L⁻¹·P⁻¹·B, all rows of det(A)·U⁻¹·B' but the last are those of a solve, with det(A)·B'; in the last,
/// det(A) / U[n, n] is the product of the other elements of the diagonal, which is put in its place. Where more than one element of
/// the diagonal is 0, the result is 0. Source: `jax.numpy.linalg.det`.
private func adjugateTimes(_ a: Tensor, _ b: Tensor) -> (det: Tensor, product: Tensor) {
  let n = a.shape[a.rank - 1]
  let factors = luFactor(a)
  let products = cumulativeProduct(signedDiagonal(factors), axis: a.rank - 2)
  let det = products[..., n - 1]
  let isLast = (arange(n) .== n - 1)
  let isCorner = isLast.expandingDims(-1) & isLast
  let others = (1 / products[..., n - 2]).expandingDims(-1).expandingDims(-1)
  let packed = select(isCorner, others, factors.packed)
  let column = triangularSolve(packed, ones(Array(a.shape.dropLast()) + [1], dtype: a.dtype))
  let isPoor = any(~isFinite(stopGradient(column)), axes: [a.rank - 2, a.rank - 1], keepDims: true)
  let rows = select(isPoor, zerosLike(b), b).takingRows(factors.permutation)
  let half = triangularSolve(packed, rows, lower: true, unitDiagonal: true)
  let scaled = select(isLast.expandingDims(-1), half, half * det.expandingDims(-1).expandingDims(-1))
  let solution = triangularSolve(packed, scaled)
  return (det, select(isPoor, zerosLike(solution), solution))
}

/// The sign of the determinants of square matrices, 0 where a matrix is singular, and the logarithms of their absolute values.
///
/// Shape [.., n, n] → [..] each. The logarithm does not overflow where the determinant does. Not differentiable where a matrix is
/// singular. Source: `jax.numpy.linalg.slogdet`.
public func slogdet(_ a: Tensor) -> (sign: Tensor, logAbsDet: Tensor) {
  let matrices = a.asMatrices("slogdet", square: true)
  let results = signAndLogarithm(matrices)
  let dtype = a.asFloating.dtype
  return (results[0].asType(dtype), results[1].asType(dtype))
}

private func signAndLogarithm(_ a: Tensor) -> [Tensor] {
  customJVP(name: "slogdet") { (a: Tensor) in
    if 1...2 ~= a.shape.last! { return [sign(det(a)), log(abs(det(a)))] }
    let diagonal = signedDiagonal(luFactor(a))
    return [product(sign(diagonal), axis: -1), sum(log(abs(diagonal)), axis: -1)]
  } rule: { a, change in
    let outputs = signAndLogarithm(a)
    return (outputs, [zerosLike(outputs[0]), tangentOfLogarithm(a, change)])
  }(a)
}

/// The sum of the diagonal of A⁻¹·t.
private func tangentOfLogarithm(_ a: Tensor, _ t: Tensor) -> Tensor {
  switch a.shape.last! {
  case 1: return (t / a).squeezed([-2, -1])
  case 2:
    let rising = t[..., 0, 0] * a[..., 1, 1] + t[..., 1, 1] * a[..., 0, 0]
    let falling = t[..., 0, 1] * a[..., 1, 0] + t[..., 1, 0] * a[..., 0, 1]
    return (rising - falling) / detOfTwoByTwo(a)
  default: return sum(solve(a, t).matrixDiagonal, axis: -1)
  }
}

/// The matrices A⁺ with A·A⁺·A = A and A⁺·A·A⁺ = A⁺, for which A·A⁺ and A⁺·A are symmetric: the Moore-Penrose inverses.
///
/// - Parameters:
///   - a: shape [.., m, n].
///   - rtol: singular values below this share of the largest count as 0; ten times the precision of the type times max(m, n) if nil.
///
/// Shape [.., n, m]. Not differentiable where the rank changes. Source: `jax.numpy.linalg.pinv`.
public func pinv(_ a: Tensor, rtol: Double? = nil) -> Tensor {
  let matrices = a.asMatrices("pinv")
  let (m, n) = (matrices.shape[matrices.rank - 2], matrices.shape[matrices.rank - 1])
  if m == 0 || n == 0 { return zeros(matrices.shape.dropLast(2) + [n, m], dtype: a.asFloating.dtype) }
  let tolerance = rtol ?? 10 * Double(max(m, n)) * matrices.dtype.epsilon
  return pinvWithRule(matrices, tolerance).asType(a.asFloating.dtype)
}

private func pinvWithRule(_ a: Tensor, _ rtol: Double) -> Tensor {
  customJVP(name: "pinv") { (a: Tensor) in
    let (u, s, vt) = svd(a, fullMatrices: false)
    let counts = s .> rtol * max(s, axis: -1, keepDims: true)
    let inverses = select(counts, 1 / s, zerosLike(s))
    return matmul(vt.mT, inverses.expandingDims(-1) * u.mT)
  } rule: { a, change in
    // Source: Golub and Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems".
    let p = pinvWithRule(a, rtol)
    let t = change.mT
    let (left, right) = (matmul(matmul(p, p.mT), t), matmul(matmul(t, p.mT), p))
    let result =
      left - matmul(left, matmul(a, p)) + right - matmul(matmul(p, a), right) - matmul(matmul(p, change), p)
    return (p, result)
  }(a)
}
