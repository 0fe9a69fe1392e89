import CKernels

/// The X with op(A)·X = B, or X·op(A) = B, for triangular matrices A: `float32` or `float64`.
///
/// Operands: A, shape [.., n, n], of which one triangle is read, and B, shape [.., n, k] if A is on the left, [.., k, n] if it is on
/// the right; the leading dimensions agree. Linear in B.
public struct TriangularSolve: Hashable, Sendable {
  /// Whether A stands on the left of X.
  public var leftSide: Bool
  /// Whether A is lower triangular, not upper.
  public var lower: Bool
  /// Whether op(A) is Aᵀ, not A.
  public var transposed: Bool
  /// Whether the diagonal of A counts as ones, and is not read.
  public var unitDiagonal: Bool

  /// A solve with these properties.
  public init(leftSide: Bool, lower: Bool, transposed: Bool = false, unitDiagonal: Bool = false) {
    self.leftSide = leftSide
    self.lower = lower
    self.transposed = transposed
    self.unitDiagonal = unitDiagonal
  }
}

extension TriangularSolve: PrimitiveFamily {
  package var name: String { "triangularSolve" }
  package var attributes: [(name: String, value: String)] {
    [("leftSide", "\(leftSide)"), ("lower", "\(lower)")] + (transposed ? [("transposed", "true")] : [])
      + (unitDiagonal ? [("unitDiagonal", "true")] : [])
  }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(2, operands)
    let (a, b) = (operands[0], operands[1])
    try requireMatrices(a, operands, square: true)
    try require(a.dtype == b.dtype, operands, "the operands must have one element type")
    try require(
      a.rank == b.rank && a.shape.dropLast(2) == b.shape.dropLast(2), operands, "the leading dimensions must agree")
    let size = b.shape[b.rank - (leftSide ? 2 : 1)]
    try require(
      size == a.shape[a.rank - 1], operands,
      "the right-hand side has \(size) \(leftSide ? "rows" : "columns") for matrices of size \(a.shape[a.rank - 1])")
    return [b.strong]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let (a, b) = (operands[0].dense, operands[1].dense)
    let output = ConcreteValue(uninitialized: results[0])
    output.pointer.copyMemory(from: b.pointer, byteCount: results[0].byteCount)
    let shape = results[0].shape
    let (m, n) = (shape[shape.count - 2], shape[shape.count - 1])
    if m * n > 0 {
      let job = SolveJob(self, a, rows: m, columns: n, output.pointer)
      forEachMatrix(shape.dropLast(2).reduce(1, *), work: m * n * job.size) { job.run($0) }
    }
    withExtendedLifetime((a, b)) {}
    return [output]
  }
}

/// A triangular solve with each matrix of a batch, in place of its right-hand side.
struct SolveJob: @unchecked Sendable {  // pointers that outlive the call
  let solve: TriangularSolve
  let a: UnsafeRawPointer
  let size, rows, columns, itemSize: Int
  let out: UnsafeMutableRawPointer
  let lapack: LAPACK

  init(_ solve: TriangularSolve, _ a: ConcreteValue, rows: Int, columns: Int, _ out: UnsafeMutableRawPointer) {
    self.solve = solve
    self.a = UnsafeRawPointer(a.pointer)
    (self.rows, self.columns, self.out) = (rows, columns, out)
    size = solve.leftSide ? rows : columns
    itemSize = a.type.dtype.itemSize
    lapack = a.type.dtype == .float64 ? .double : .single
  }

  func run(_ index: Int) {
    // What lies row by row is for LAPACK the transpose: of the equation too.
    lapack.solve(
      columns, rows, a + index * size * size * itemSize, out + index * rows * columns * itemSize,
      onLeft: !solve.leftSide, upper: solve.lower, transposed: solve.transposed, unit: solve.unitDiagonal)
  }
}

/// The X with A·X = B, or Aᵀ·X = B, by the factors of A: `float32` or `float64`.
///
/// Operands: A, shape [.., n, n]; what `Factorization.lu` makes of it, the packed L and U, [.., n, n], and the order of its rows,
/// `int32` [.., n]; and B, shape [.., n, k]. The leading dimensions agree.
///
/// Linear in B. The derivative is by A itself, by whose factors it is computed too; the factors count as constants.
public struct LinearSolve: Hashable, Sendable {
  /// Whether Aᵀ·X = B is solved.
  public var transposed: Bool

  /// A solve.
  public init(transposed: Bool = false) { self.transposed = transposed }
}

extension LinearSolve: PrimitiveFamily {
  package var name: String { "solve" }
  package var attributes: [(name: String, value: String)] { transposed ? [("transposed", "true")] : [] }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(4, operands)
    let (a, factors, order, b) = (operands[0], operands[1], operands[2], operands[3])
    try requireMatrices(a, operands, square: true)
    try require(
      factors.strong == a.strong && order.strong == TensorType(.int32, a.shape.dropLast()), operands,
      "the factors are not those of the matrix")
    try require(a.dtype == b.dtype, operands, "the matrices must have one element type")
    try require(
      a.rank == b.rank && a.shape.dropLast(2) == b.shape.dropLast(2), operands, "the leading dimensions must agree")
    let (rows, size) = (b.shape[b.rank - 2], a.shape[a.rank - 1])
    try require(rows == size, operands, "the right-hand side has \(rows) rows for matrices of size \(size)")
    return [b.strong]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let (factors, order, b) = (operands[1].dense, operands[2].dense, operands[3].dense)
    let output = ConcreteValue(uninitialized: results[0])
    let shape = results[0].shape
    let (n, k) = (shape[shape.count - 2], shape[shape.count - 1])
    if n * k > 0 {
      let job = FactoredSolveJob(transposed, factors, order, b, rows: n, columns: k, output.pointer)
      forEachMatrix(shape.dropLast(2).reduce(1, *), work: n * n * k) { job.run($0) }
    }
    withExtendedLifetime((factors, order, b)) {}
    return [output]
  }
}

private struct FactoredSolveJob: @unchecked Sendable {  // pointers that outlive the call
  let transposed: Bool
  let lower, upper: SolveJob
  let order: UnsafePointer<Int32>
  let rows, rowBytes: Int
  let b: UnsafeRawPointer
  let out: UnsafeMutableRawPointer

  init(
    _ transposed: Bool, _ factors: ConcreteValue, _ order: ConcreteValue, _ b: ConcreteValue, rows: Int, columns: Int,
    _ out: UnsafeMutableRawPointer
  ) {
    func job(lower: Bool) -> SolveJob {
      SolveJob(
        TriangularSolve(leftSide: true, lower: lower, transposed: transposed, unitDiagonal: lower), factors, rows: rows,
        columns: columns, out)
    }
    self.transposed = transposed
    (lower, upper) = (job(lower: true), job(lower: false))
    self.order = UnsafePointer(order.pointer.assumingMemoryBound(to: Int32.self))
    (self.rows, rowBytes) = (rows, columns * factors.type.dtype.itemSize)
    self.b = UnsafeRawPointer(b.pointer)
    self.out = out
  }

  func run(_ index: Int) {
    let (offset, order) = (index * rows * rowBytes, order + index * rows)
    if !transposed {
      jn_permute_rows(out + offset, b + offset, order, rows, rowBytes, false)
      lower.run(index)
      upper.run(index)
      return
    }
    (out + offset).copyMemory(from: b + offset, byteCount: rows * rowBytes)
    upper.run(index)
    lower.run(index)
    let solved = Storage(byteCount: rows * rowBytes)
    solved.pointer.copyMemory(from: out + offset, byteCount: rows * rowBytes)
    jn_permute_rows(out + offset, solved.pointer, order, rows, rowBytes, true)
    withExtendedLifetime(solved) {}
  }
}
