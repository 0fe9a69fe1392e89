// Linear equations A·X = B. Leading dimensions broadcast; B is a vector if it has one dimension, else matrices.
// Integers become floats; 16-bit floats are solved in `float32`.

/// The matrices and the right-hand sides of equations, of one type and with the same leading dimensions.
private struct Equations {
  var a, b: Tensor
  private let isVector: Bool
  private let dtype: DType

  /// - Parameter onLeft: whether A stands on the left of X.
  init(_ operation: String, _ a: Tensor, _ b: Tensor, onLeft: Bool = true) {
    if b.rank == 0 { fail(operation, [a.type, b.type], "the right-hand side is a scalar") }
    let operands = promote(operation, [a, b]).map(\.asFloating)
    dtype = operands[0].dtype
    isVector = b.rank == 1
    self.a = operands[0].asMatrices(operation, square: true)
    let b = operands[1].asWide
    self.b = isVector ? b.expandingDims(onLeft ? -1 : 0) : b
    let (rows, size) = (self.b.shape[self.b.rank - (onLeft ? 2 : 1)], self.a.shape[a.rank - 1])
    if rows != size {
      fail(
        operation, [a.type, b.type],
        "the right-hand side has \(rows) \(onLeft ? "rows" : "columns") for matrices of size \(size)",
        hint: b.rank == a.rank - 1 && !isVector ? "a batch of vectors needs a last dimension: b[..., .newAxis]" : nil)
    }
  }

  /// The leading dimensions that both broadcast to.
  func batch(_ operation: String) -> [Int] {
    guard let batch = broadcastShape(a.shape.dropLast(2), b.shape.dropLast(2)) else {
      fail(operation, [a.type, b.type], "the leading dimensions do not broadcast")
    }
    return batch
  }

  /// The solution as it was asked for.
  func result(_ x: Tensor, onLeft: Bool = true) -> Tensor {
    (isVector ? x.squeezed([onLeft ? -1 : -2]) : x).asType(dtype)
  }
}

extension Tensor {
  /// The matrices, or vectors, repeated along leading dimensions.
  fileprivate func repeated(_ batch: [Int], keeping rank: Int = 2) -> Tensor {
    broadcast(to: batch + shape.suffix(rank))
  }
}

/// The solution X of A·X = B.
///
/// - Parameters:
///   - a: shape [.., n, n].
///   - b: shape [n] or [.., n, k].
///
/// The shape of `b`, with the leading dimensions that both broadcast to. Where a matrix is singular the solution is infinite or NaN.
/// The derivatives need no more than the factors that the solution is made with, at any order. Source: `jax.numpy.linalg.solve`.
public func solve(_ a: Tensor, _ b: Tensor) -> Tensor {
  let equations = Equations("solve", a, b)
  let batch = equations.batch("solve")
  let factors = luFactor(stopGradient(equations.a))
  let x = Primitive.linearSolve(LinearSolve())(
    equations.a.repeated(batch), factors.packed.repeated(batch), factors.permutation.repeated(batch, keeping: 1),
    equations.b.repeated(batch))
  return equations.result(x)
}

/// The inverse of square matrices: shape [.., n, n]. Infinite or NaN where a matrix is singular. Source: `jax.numpy.linalg.inv`.
public func inverse(_ a: Tensor) -> Tensor {
  let matrices = a.asMatrices("inverse", square: true)
  return solve(matrices, eye(matrices.shape[matrices.rank - 1], dtype: matrices.dtype)).asType(a.asFloating.dtype)
}

/// The inverse of a tensor as a map from its last dimensions to its first ones, of which there are `firstCount`.
///
/// Shape [..m, ..n] → [..n, ..m], where both parts have equally many elements. Source: `jax.numpy.linalg.tensorinv`.
public func tensorInverse(_ a: Tensor, firstCount: Int = 2) -> Tensor {
  let isSplit = 0...a.rank ~= firstCount
  let (first, last) = isSplit ? (a.shape[..<firstCount], a.shape[firstCount...]) : ([], [])
  if !isSplit || first.reduce(1, *) != last.reduce(1, *) {
    fail("tensorInverse", [a.type], "the first \(firstCount) dimensions do not have as many elements as the others")
  }
  let size = first.reduce(1, *)
  return inverse(a.reshaped(to: [size, size])).reshaped(to: Array(last + first))
}

/// The tensor X whose products with A, summed over the last dimensions of A, are B.
///
/// Shapes [..m, ..n] and [..m] → [..n], where both parts of A have equally many elements. Source: `jax.numpy.linalg.tensorsolve`.
public func tensorSolve(_ a: Tensor, _ b: Tensor) -> Tensor {
  let last = a.shape.dropFirst(b.rank)
  if Array(a.shape.prefix(b.rank)) != b.shape || last.reduce(1, *) != b.count {
    fail(
      "tensorSolve", [a.type, b.type], "needs the shapes [..m, ..n] and [..m], with equally many elements in both parts"
    )
  }
  return solve(a.reshaped(to: [b.count, b.count]), ravel(b)).reshaped(to: Array(last))
}

/// The solution X of op(A)·X = B, or X·op(A) = B, for triangular matrices, of which the other triangle is not read.
///
/// - Parameters:
///   - a: shape [.., n, n].
///   - b: shape [n] or [.., n, k]; [.., k, n] if A stands on the right.
///   - leftSide: whether A stands on the left of X.
///   - lower: whether A is lower triangular, not upper.
///   - transposed: whether op(A) is Aᵀ, not A.
///   - unitDiagonal: whether the diagonal of A counts as ones, and is not read.
///
/// The shape of `b`, with the leading dimensions that both broadcast to. Source: `jax.lax.linalg.triangular_solve`, which has A on the
/// right by default, and `jax.scipy.linalg.solve_triangular`.
public func triangularSolve(
  _ a: Tensor, _ b: Tensor, leftSide: Bool = true, lower: Bool = false, transposed: Bool = false,
  unitDiagonal: Bool = false
) -> Tensor {
  let equations = Equations("triangularSolve", a, b, onLeft: leftSide)
  let batch = equations.batch("triangularSolve")
  let solve = TriangularSolve(leftSide: leftSide, lower: lower, transposed: transposed, unitDiagonal: unitDiagonal)
  let x = Primitive.triangularSolve(solve)(equations.a.repeated(batch), equations.b.repeated(batch))
  return equations.result(x, onLeft: leftSide)
}

/// The solution X of A·X = B by the factor that `choFactor` makes of A.
///
/// - Parameters:
///   - factor: of shape [.., n, n].
///   - b: shape [n] or [.., n, k].
///
/// The shape of `b`, with the leading dimensions that both broadcast to. Source: `jax.scipy.linalg.cho_solve`.
public func choSolve(_ factor: CholeskyFactor, _ b: Tensor) -> Tensor {
  let (triangle, lower) = (factor.factor, factor.isLower)
  let half = triangularSolve(triangle, b, lower: lower, transposed: !lower)
  return triangularSolve(triangle, half, lower: lower, transposed: lower)
}

/// The solution X of A·X = B, or Aᵀ·X = B, by the factors that `luFactor` makes of A.
///
/// - Parameters:
///   - factors: of square matrices, shape [.., n, n].
///   - b: shape [n] or [.., n, k].
///   - transposed: whether the matrix is Aᵀ.
///
/// The shape of `b`, with the leading dimensions that both broadcast to. Source: `jax.scipy.linalg.lu_solve`.
public func luSolve(_ factors: LUFactors, _ b: Tensor, transposed: Bool = false) -> Tensor {
  let equations = Equations("luSolve", factors.packed, b)
  let batch = equations.batch("luSolve")
  let packed = equations.a.repeated(batch)
  let order = factors.permutation.repeated(batch, keeping: 1)
  var x = equations.b.repeated(batch)
  if transposed {
    x = triangularSolve(packed, x, transposed: true)
    x = triangularSolve(packed, x, lower: true, transposed: true, unitDiagonal: true)
    x = x.takingRows(argSort(order))
  } else {
    x = triangularSolve(packed, x.takingRows(order), lower: true, unitDiagonal: true)
    x = triangularSolve(packed, x)
  }
  return equations.result(x)
}

/// What `lstsq` finds.
public struct LeastSquares: Sendable {
  /// The X with the smallest |A·X - B|, of several the smallest X: shape [n] or [n, k].
  public var solution: Tensor
  /// |A·X - B|² of each column: shape [1] or [k].
  public var residuals: Tensor
  /// The number of singular values of A that count: an `int32` scalar.
  public var rank: Tensor
  /// The singular values of A: shape [min(m, n)].
  public var singularValues: Tensor
}

/// The X that comes closest to A·X = B: the one with the smallest sum of squares of A·X - B, of several the smallest.
///
/// - Parameters:
///   - a: shape [m, n].
///   - b: shape [m] or [m, k].
///   - rcond: singular values below this share of the largest count as 0; the precision of the type times max(m, n) if nil.
///
/// Not differentiable where singular values are equal. Source: `jax.numpy.linalg.lstsq`.
public func lstsq(_ a: Tensor, _ b: Tensor, rcond: Double? = nil) -> LeastSquares {
  let operands = promote("lstsq", [a, b]).map(\.asFloating)
  let dtype = operands[0].dtype
  let (a, b) = (operands[0].asWide, operands[1].asWide)
  if a.rank != 2 || !(1...2 ~= b.rank) || a.shape[0] != b.shape[0] {
    fail("lstsq", [a.type, b.type], "needs a matrix and a vector or matrix with as many rows")
  }
  let right = b.rank == 1 ? b.expandingDims(1) : b
  let (u, s, vt) = svd(a, fullMatrices: false)
  let epsilon = a.dtype.epsilon
  let threshold = rcond.map { $0 < 0 ? epsilon : $0 } ?? epsilon * Double(max(a.shape[0], a.shape[1]))
  let largest = s.count == 0 ? s : s[..<1]
  let counts = (s .> 0) & (s .>= threshold * largest)
  let inverses = select(counts, 1 / select(counts, s, onesLike(s)), zerosLike(s))
  let x = matmul(vt.mT, inverses.expandingDims(1) * matmul(u.mT, right))
  return LeastSquares(
    solution: (b.rank == 1 ? x.squeezed([1]) : x).asType(dtype),
    residuals: sum(square(right - matmul(a, x)), axis: 0).asType(dtype), rank: sum(counts.asType(.int32)),
    singularValues: s.asType(dtype))
}

extension DType {
  /// The distance from 1 to the next number.
  package var epsilon: Double {
    switch self {
    case .float16: 0x1p-10
    case .bfloat16: 0x1p-7
    case .float64: Double.ulpOfOne
    default: Double(Float.ulpOfOne)
    }
  }
}
