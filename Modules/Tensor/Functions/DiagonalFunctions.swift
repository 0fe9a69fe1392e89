// Diagonals and triangles of matrices. A diagonal is numbered by its distance above the main one.

/// The elements of a diagonal, over the other dimensions: shape [.., m], the diagonal last.
///
/// - Parameters:
///   - x: at least two dimensions.
///   - offset: how far above the main diagonal it lies, below if negative.
///   - axis1: the dimension of the rows.
///   - axis2: the dimension of the columns.
public func diagonal(_ x: Tensor, offset: Int = 0, axis1: Int = 0, axis2: Int = 1) -> Tensor {
  if x.rank < 2 { fail("diagonal", [x.type], "needs at least two dimensions") }
  let (row, column) = (x.normalizedAxis(axis1, "diagonal"), x.normalizedAxis(axis2, "diagonal"))
  if row == column { fail("diagonal", [x.type], "the axes of rows and columns are the same") }
  let others = x.shape.indices.filter { $0 != row && $0 != column }
  let (rows, columns) = (x.shape[row], x.shape[column])
  let count = max(0, min(rows - max(-offset, 0), columns - max(offset, 0)))
  let positions = arange(count)
  let indices = stack([positions + Tensor(max(-offset, 0)), positions + Tensor(max(offset, 0))], axis: -1)
  let rank = x.rank
  let dimensions = GatherDimensions(
    offsetDims: Array(0..<rank - 2), collapsedSliceDims: [rank - 2, rank - 1], startIndexMap: [rank - 2, rank - 1])
  return gather(
    x.transposed(others + [row, column]), indices, dimensions, sliceSizes: others.map { x.shape[$0] } + [1, 1])
}

/// The diagonal of a matrix, or the square matrix with a vector on a diagonal and zeros elsewhere.
///
/// `offset` is how far above the main diagonal it lies, below if negative.
public func diag(_ x: Tensor, offset: Int = 0) -> Tensor {
  if x.rank == 2 { return diagonal(x, offset: offset) }
  if x.rank != 1 { fail("diag", [x.type], "needs a vector or a matrix", hint: "`diagonal` takes more dimensions") }
  let size = x.count + abs(offset)
  // Each row holds its element in its column.
  let padded = pad(x, [(before: max(-offset, 0), after: max(offset, 0))])
  return select(eye(size, offset: offset, dtype: .bool), padded.expandingDims(-1), zeros([size, size], dtype: x.dtype))
}

/// The sum of a diagonal, over the other dimensions. The parameters are those of `diagonal`.
public func trace(_ x: Tensor, offset: Int = 0, axis1: Int = 0, axis2: Int = 1) -> Tensor {
  sum(diagonal(x, offset: offset, axis1: axis1, axis2: axis2), axis: -1)
}

/// A matrix with ones at and below a diagonal: shape [rows, columns], square if no columns are given.
public func tri(_ rows: Int, _ columns: Int? = nil, offset: Int = 0, dtype: DType = .defaultFloat) -> Tensor {
  isAtOrBelow(rows, columns ?? rows, offset).asType(dtype)
}

/// Matrices, the last two dimensions, with zeros above a diagonal.
public func tril(_ x: Tensor, offset: Int = 0) -> Tensor { triangle(x, offset, upper: false, "tril") }

/// Matrices, the last two dimensions, with zeros below a diagonal.
public func triu(_ x: Tensor, offset: Int = 0) -> Tensor { triangle(x, offset, upper: true, "triu") }

private func triangle(_ x: Tensor, _ offset: Int, upper: Bool, _ name: String) -> Tensor {
  if x.rank < 2 { fail(name, [x.type], "needs at least two dimensions") }
  let mask = isAtOrBelow(x.shape[x.rank - 2], x.shape[x.rank - 1], upper ? offset - 1 : offset)
  return upper ? select(mask, zerosLike(x), x) : select(mask, x, zerosLike(x))
}

private func isAtOrBelow(_ rows: Int, _ columns: Int, _ offset: Int) -> Tensor {
  arange(rows).expandingDims(-1) + Tensor(offset) .>= arange(columns)
}

/// The matrix whose columns are the powers of a vector: the highest first, or last if `increasing`.
///
/// Shape [n] → [n, columns], square if no number of columns is given. Source: `jax.numpy.vander`.
public func vander(_ x: Tensor, columns: Int? = nil, increasing: Bool = false) -> Tensor {
  if x.rank != 1 { fail("vander", [x.type], "needs a vector") }
  let powers = arange(columns ?? x.count).asType(x.dtype == .bool ? .int32 : x.dtype)
  return pow(x.expandingDims(-1), increasing ? powers : powers.reversed())
}
