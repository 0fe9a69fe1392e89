// Numbers in a row, and coordinates of grids.

/// Numbers at equal distances: shape [count]. `endpoint` says whether `stop` is the last one, or one step behind the last.
///
/// Source: `jax.numpy.linspace`.
public func linspace(
  _ start: Double, _ stop: Double, _ count: Int = 50, endpoint: Bool = true, dtype: DType = .defaultFloat
) -> Tensor {
  spaced(start, stop, count, endpoint, "linspace").asType(dtype)
}

/// Powers of a base whose exponents are at equal distances. Source: `jax.numpy.logspace`.
public func logspace(
  _ start: Double, _ stop: Double, _ count: Int = 50, endpoint: Bool = true, base: Double = 10,
  dtype: DType = .defaultFloat
) -> Tensor {
  let exponents = spaced(start, stop, count, endpoint, "logspace")
  return pow(full([count], base, dtype: .float64), exponents).asType(dtype)
}

/// Numbers of which each is the one before multiplied by one factor, from `start` to `stop`, both not 0 and of one sign.
///
/// Source: `jax.numpy.geomspace`.
public func geomspace(
  _ start: Double, _ stop: Double, _ count: Int = 50, endpoint: Bool = true, dtype: DType = .defaultFloat
) -> Tensor {
  if !(start * stop > 0) {
    fail("geomspace", [], "\(start) and \(stop) must not be 0 and must have one sign")
  }
  let sign = start < 0 ? -1.0 : 1.0
  // Numbers known here, whatever is being traced.
  let bounds = Trace.with(nil) { log(Tensor([abs(start), abs(stop)], dtype: .float64)).array(of: Double.self) }
  let exponents = spaced(bounds[0], bounds[1], count, endpoint, "geomspace")
  var result = exp(exponents) * sign
  // The ends are the numbers given, to the bit.
  if count > 0 { result = result.at[0].set(Tensor(start, dtype: .float64)) }
  if count > 1 && endpoint { result = result.at[count - 1].set(Tensor(stop, dtype: .float64)) }
  return result.asType(dtype)
}

private func spaced(_ start: Double, _ stop: Double, _ count: Int, _ endpoint: Bool, _ name: String) -> Tensor {
  if count < 0 { fail(name, [], "the count \(count) is negative") }
  let steps = Double(max(endpoint ? count - 1 : count, 1))
  let shares = arange(count, dtype: .float64) / steps
  return (1 - shares) * start + shares * stop
}

/// The order of the dimensions of `meshgrid`.
public enum GridIndexing: Hashable, Sendable {
  /// The first vector goes along the columns, the second along the rows, as coordinates of a picture.
  case xy
  /// Each vector goes along the dimension of its number, as indices of a matrix.
  case ij
}

/// The coordinates of a grid: for each vector a tensor of the grid's shape with its numbers along one dimension.
///
/// - Parameters:
///   - vectors: one for each dimension.
///   - indexing: which dimension the first two go along.
///   - sparse: whether the results keep size 1 where they repeat.
///
/// Shapes [m], [n] → two of shape [n, m], or [m, n] with `ij`. Source: `jax.numpy.meshgrid`.
public func meshgrid(_ vectors: [Tensor], indexing: GridIndexing = .xy, sparse: Bool = false) -> [Tensor] {
  if let wrong = vectors.first(where: { $0.rank > 1 }) { fail("meshgrid", [wrong.type], "needs vectors") }
  let rank = vectors.count
  var dimensions = Array(0..<rank)
  if indexing == .xy && rank > 1 { dimensions.swapAt(0, 1) }
  var shape = [Int](repeating: 1, count: rank)
  for (vector, dimension) in zip(vectors, dimensions) { shape[dimension] = vector.count }
  return zip(vectors, dimensions).map { vector, dimension in
    let line = vector.reshaped(to: shape.indices.map { $0 == dimension ? vector.count : 1 })
    return sparse ? line : line.broadcast(to: shape)
  }
}

/// The indices of a grid: for each of its dimensions a tensor of its shape, stacked. Shape [m, n] → [2, m, n].
///
/// Source: `jax.numpy.indices`.
public func indices(_ shape: [Int], dtype: DType = .defaultInt) -> Tensor {
  if shape.isEmpty { return zeros([0], dtype: dtype) }
  return stack(shape.indices.map { Primitive.iota(Iota(TensorType(dtype, shape), dimension: $0))() })
}

/// One number in each place of another tensor's shape, in its element type unless one is given. Source: `jax.numpy.full_like`.
public func fullLike(_ x: Tensor, _ value: Double, dtype: DType? = nil) -> Tensor {
  full(x.shape, value, dtype: dtype ?? x.dtype)
}

/// The rows and columns of the elements at and below a diagonal of a matrix, two `int32` vectors. Source: `jax.numpy.tril_indices`.
public func trilIndices(_ rows: Int, _ columns: Int? = nil, offset: Int = 0) -> (rows: Tensor, columns: Tensor) {
  triangleIndices(rows, columns ?? rows) { row, column in column - row <= offset }
}

/// The rows and columns of the elements at and above a diagonal of a matrix, two `int32` vectors. Source: `jax.numpy.triu_indices`.
public func triuIndices(_ rows: Int, _ columns: Int? = nil, offset: Int = 0) -> (rows: Tensor, columns: Tensor) {
  triangleIndices(rows, columns ?? rows) { row, column in column - row >= offset }
}

private func triangleIndices(
  _ rows: Int, _ columns: Int, _ isInside: (_ row: Int, _ column: Int) -> Bool
) -> (rows: Tensor, columns: Tensor) {
  let pairs = (0..<rows).flatMap { row in (0..<columns).filter { isInside(row, $0) }.map { (row, $0) } }
  return (
    Tensor(pairs.map(\.0), shape: [pairs.count], dtype: .int32),
    Tensor(pairs.map(\.1), shape: [pairs.count], dtype: .int32)
  )
}

/// The indices of a diagonal of a tensor with `rank` dimensions of size n: a vector 0..<n for each. Source: `jax.numpy.diag_indices`.
public func diagIndices(_ n: Int, rank: Int = 2) -> [Tensor] { [Tensor](repeating: arange(n), count: rank) }
