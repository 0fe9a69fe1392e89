// What functions of matrices, the last two dimensions of tensors, share; and products of several of them.

extension Tensor {
  /// The last two dimensions exchanged: the transpose of each matrix. Source: `jax.Array.mT`.
  public var mT: Tensor {
    if rank < 2 { fail("mT", [type], "needs matrices, at least two dimensions") }
    return swappingAxes(-2, -1)
  }

  /// The elements on the main diagonals of matrices: shape [.., m, n] → [.., min(m, n)].
  package var matrixDiagonal: Tensor { diagonal(self, axis1: -2, axis2: -1) }

  /// A part of each matrix.
  package func block(rows: Range<Int>, columns: Range<Int>) -> Tensor {
    var slice = Slice(start: shape.map { _ in 0 }, limit: shape, stride: shape.map { _ in 1 })
    (slice.start[rank - 2], slice.limit[rank - 2]) = (rows.lowerBound, rows.upperBound)
    (slice.start[rank - 1], slice.limit[rank - 1]) = (columns.lowerBound, columns.upperBound)
    return Primitive.slice(slice)(self)
  }

  /// Each matrix with zeros after its rows and columns.
  package func paddingMatrices(rows: Int = 0, columns: Int = 0) -> Tensor {
    if rows == 0 && columns == 0 { return self }
    let none = [(before: Int, after: Int)](repeating: (0, 0), count: rank - 2)
    return pad(self, none + [(0, rows), (0, columns)])
  }

  /// The rows of each matrix in another order, `int32` [.., n].
  package func takingRows(_ order: Tensor) -> Tensor {
    let indices = order.expandingDims(-1).broadcast(to: shape)
    return takingAlong(self, indices, axis: rank - 2)
  }

  /// Matrices of floats, square ones if asked for; else the program stops. 16-bit floats become `float32`, which LAPACK has.
  package func asMatrices(_ operation: String, square: Bool = false) -> Tensor {
    if rank < 2 { fail(operation, [type], "needs matrices, at least two dimensions") }
    let (m, n) = (shape[rank - 2], shape[rank - 1])
    if square && m != n { fail(operation, [type], "needs square matrices, not \(m) x \(n)") }
    return asFloating.asWide
  }

  /// 16-bit floats as `float32`.
  package var asWide: Tensor { dtype.isFloating && dtype.itemSize == 2 ? asType(.float32) : self }
}

/// (A + Aᵀ) / 2 for each matrix.
func symmetrized(_ a: Tensor) -> Tensor { (a + a.mT) / 2 }

/// Each matrix multiplied with itself until it is the n-th power; a negative power is one of the inverse. Source:
/// `jax.numpy.linalg.matrix_power`.
///
/// Shape [.., n, n] → [.., n, n]. Integers stay integers unless the power is negative.
public func matrixPower(_ a: Tensor, _ power: Int) -> Tensor {
  if a.rank < 2 || a.shape[a.rank - 2] != a.shape[a.rank - 1] {
    fail("matrixPower", [a.type], "needs square matrices")
  }
  if power == 0 { return eye(a.shape[a.rank - 1], dtype: a.dtype).broadcast(to: a.shape) }
  var (square, rest) = (power < 0 ? inverse(a) : a, abs(power))
  var result: Tensor?
  while true {
    if rest % 2 == 1 { result = result.map { matmul($0, square) } ?? square }
    rest /= 2
    if rest == 0 { return result! }
    square = matmul(square, square)
  }
}

/// The product of several matrices, multiplied in the order that takes the fewest multiplications. Source:
/// `jax.numpy.linalg.multi_dot`.
///
/// - Parameter operands: at least two matrices, each with as many rows as the one before has columns; the first and the last may be
///   vectors, which count as a row and as a column.
public func multiDot(_ operands: [Tensor]) -> Tensor {
  let types = operands.map(\.type)
  if operands.count < 2 { fail("multiDot", types, "needs at least two operands") }
  let isVector = operands.map { $0.rank == 1 }
  let ranksFit = operands.indices.allSatisfy { index in
    operands[index].rank == 2 || isVector[index] && (index == 0 || index == operands.count - 1)
  }
  if !ranksFit { fail("multiDot", types, "needs matrices; only the first and the last may be vectors") }
  var matrices = operands
  if isVector[0] { matrices[0] = operands[0].expandingDims(0) }
  if isVector.last! { matrices[matrices.count - 1] = operands.last!.expandingDims(1) }
  let sizes = matrices.map { $0.shape[0] } + [matrices.last!.shape[1]]
  for (left, right) in zip(matrices, matrices.dropFirst()) where left.shape[1] != right.shape[0] {
    fail("multiDot", types, "\(left.shape[1]) columns meet \(right.shape[0]) rows")
  }
  var result = ProductOrder(sizes).product(matrices, matrices.indices)
  if isVector[0] { result = result.squeezed([0]) }
  return isVector.last! ? result.squeezed([-1]) : result
}

/// Where a product of matrices is best cut into two, for every part of it. Source: Cormen et al., "Introduction to Algorithms", 15.2.
private struct ProductOrder {
  private var cost: [[Int]]
  private var cut: [[Int]]

  /// - Parameter sizes: matrix i has sizes[i] rows and sizes[i + 1] columns.
  init(_ sizes: [Int]) {
    let count = sizes.count - 1
    cost = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
    cut = cost
    for length in 1..<count {
      for first in 0..<count - length {
        let last = first + length
        let choices = (first..<last).map { middle in
          let ends = sizes[first] * sizes[middle + 1] * sizes[last + 1]
          return (cost: cost[first][middle] + cost[middle + 1][last] + ends, middle: middle)
        }
        (cost[first][last], cut[first][last]) = choices.min { $0.cost < $1.cost }!
      }
    }
  }

  func product(_ matrices: [Tensor], _ range: Range<Int>) -> Tensor {
    if range.count == 1 { return matrices[range.lowerBound] }
    let middle = cut[range.lowerBound][range.upperBound - 1] + 1
    return matmul(
      product(matrices, range.lowerBound..<middle), product(matrices, middle..<range.upperBound))
  }
}
