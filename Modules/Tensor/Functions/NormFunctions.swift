// Norms, and what is made of them. Integers become floats.

/// How the size of a matrix is measured.
public enum MatrixNormOrder: Hashable, Sendable {
  /// √Σ x².
  case frobenius
  /// The sum of the singular values.
  case nuclear
  /// The largest singular value: order 2.
  case spectral
  /// The smallest singular value: order -2.
  case smallestSingularValue
  /// The largest sum of absolute values in a column: order 1.
  case largestColumnSum
  /// The smallest sum of absolute values in a column: order -1.
  case smallestColumnSum
  /// The largest sum of absolute values in a row: order ∞.
  case largestRowSum
  /// The smallest sum of absolute values in a row: order -∞.
  case smallestRowSum
}

/// √Σ x² over dimensions, all of them if none are named. Source: `jax.numpy.linalg.norm` without an order.
///
/// The derivative at 0 is NaN, as in JAX.
public func norm(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  vectorNorm(x, axes: axes, keepDims: keepDims)
}

/// (Σ |x|ᵖ)^(1/p) over dimensions, all of them if none are named.
///
/// - Parameters:
///   - x: any shape.
///   - order: p. Infinite ones give the largest or smallest |x|, 0 the number of elements that are not 0.
///   - axes: the dimensions of the vectors.
///   - keepDims: whether these stay, with size 1.
///
/// Where all elements are 0 the derivative of order 2 is NaN, as in JAX. Source: `jax.numpy.linalg.vector_norm`.
public func vectorNorm(_ x: Tensor, order: Double = 2, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  inWiderFloats(x) { x in
    switch order {
    case 2: return sqrt(sum(x * x, axes: axes, keepDims: keepDims))
    case .infinity:
      if x.count == 0 { return sum(abs(x), axes: axes, keepDims: keepDims) }
      return max(abs(x), axes: axes, keepDims: keepDims)
    case -.infinity: return min(abs(x), axes: axes, keepDims: keepDims)
    case 0: return sum((x .!= 0).asType(x.dtype), axes: axes, keepDims: keepDims)
    case 1: return sum(abs(x), axes: axes, keepDims: keepDims)
    default:
      let inverse = 1 / order
      let power = Tensor(order).asType(x.dtype)
      return pow(sum(pow(abs(x), power), axes: axes, keepDims: keepDims), Tensor(inverse).asType(x.dtype))
    }
  }
}

/// The size of matrices.
///
/// - Parameters:
///   - x: at least two dimensions.
///   - order: how it is measured.
///   - axes: the dimensions of rows and of columns.
///   - keepDims: whether these stay, with size 1.
///
/// Orders by singular values are not differentiable where those are equal. Source: `jax.numpy.linalg.matrix_norm`.
public func matrixNorm(
  _ x: Tensor, order: MatrixNormOrder = .frobenius, axes: (rows: Int, columns: Int) = (-2, -1), keepDims: Bool = false
) -> Tensor {
  if x.rank < 2 { fail("matrixNorm", [x.type], "needs matrices, at least two dimensions") }
  let rows = x.normalizedAxis(axes.rows, "matrixNorm")
  let columns = x.normalizedAxis(axes.columns, "matrixNorm")
  if rows == columns { fail("matrixNorm", [x.type], "the axes of rows and columns are the same") }
  let result = inWiderFloats(x) { x in
    let matrices = x.transposed(x.shape.indices.filter { $0 != rows && $0 != columns } + [rows, columns])
    switch order {
    case .frobenius: return vectorNorm(matrices, axes: [-2, -1])
    case .nuclear: return sum(singularValues(matrices), axis: -1)
    case .spectral: return largest(singularValues(matrices))
    case .smallestSingularValue: return min(singularValues(matrices), axis: -1)
    case .largestColumnSum: return largest(sum(abs(matrices), axis: -2))
    case .smallestColumnSum: return min(sum(abs(matrices), axis: -2), axis: -1)
    case .largestRowSum: return largest(sum(abs(matrices), axis: -1))
    case .smallestRowSum: return min(sum(abs(matrices), axis: -1), axis: -1)
    }
  }
  return keepDims ? result.reshaped(to: x.shape.keeping([rows, columns])) : result
}

/// The largest of numbers that are not negative, 0 of none, along the last dimension.
private func largest(_ x: Tensor) -> Tensor { x.shape.last == 0 ? sum(x, axis: -1) : max(x, axis: -1) }

/// How much a relative error in the right-hand side of an equation may grow in its solution: |A|·|A⁻¹|; infinite for a singular matrix.
///
/// - Parameters:
///   - a: shape [.., m, n], with m = n for orders other than those of the largest and smallest singular value.
///   - order: how matrices are measured. `.spectral` gives the largest singular value divided by the smallest, and
///     `.smallestSingularValue` the reverse.
///
/// Shape [..]. Source: `jax.numpy.linalg.cond`.
public func conditionNumber(_ a: Tensor, order: MatrixNormOrder = .spectral) -> Tensor {
  let isBySingularValues = order == .spectral || order == .smallestSingularValue
  let matrices = a.asMatrices("conditionNumber", square: !isBySingularValues)
  if matrices.shape.suffix(2).contains(0) { fail("conditionNumber", [a.type], "the matrices are empty") }
  let result: Tensor
  if isBySingularValues {
    let values = singularValues(matrices)
    let (first, last) = (values[..., 0], values[..., -1])
    if order == .spectral { return (first / last).asType(a.asFloating.dtype) }
    result = last / first
  } else {
    result = matrixNorm(matrices, order: order) * matrixNorm(inverse(matrices), order: order)
  }
  let isDefined = ~isNaN(result) | any(isNaN(matrices), axes: [-2, -1])
  return select(isDefined, result, full([], .infinity, dtype: result.dtype)).asType(a.asFloating.dtype)
}

/// The number of singular values that count: `int32` of shape [..].
///
/// - Parameters:
///   - a: shape [.., m, n]; of a vector or scalar the rank is 1, or 0 if all elements are 0.
///   - rtol: singular values up to this number do not count; the largest one times max(m, n) times the precision of the type if nil.
///
/// Source: `jax.numpy.linalg.matrix_rank`.
public func matrixRank(_ a: Tensor, rtol: Double? = nil) -> Tensor {
  if a.rank < 2 { return any(a .!= 0).asType(.int32) }
  let matrices = a.asMatrices("matrixRank")
  let values = singularValues(matrices)
  if values.shape.last == 0 { return zeros(Array(a.shape.dropLast(2)), dtype: .int32) }
  let share = Double(matrices.shape.suffix(2).max()!) * matrices.dtype.epsilon
  let threshold =
    rtol.map { full([], $0, dtype: values.dtype) } ?? max(values, axis: -1, keepDims: true) * share
  return sum((values .> threshold).asType(.int32), axis: -1)
}
