import CKernels
import COpenBLAS

/// A factorization of matrices, the last two dimensions of the operand, by LAPACK: `float32` or `float64`.
public enum Factorization: Hashable, Sendable {
  /// Of a symmetric positive definite matrix A, of which the lower triangle is read: the lower triangular L with L·Lᵀ = A, whose
  /// triangle is NaN if there is none.
  case cholesky
  /// Of any matrix A with its rows in another order: L, whose diagonal of ones is left out, and U with L·U in one matrix; the row
  /// that each row was exchanged with in turn, `int32` [.., k]; and the order of the rows, `int32` [.., m].
  case lu
  /// Of any matrix A: Q with orthonormal columns and the upper triangular R with Q·R = A. Shapes [.., m, k] and [.., k, n] with
  /// k = min(m, n); k = m if it is full.
  case qr(isFull: Bool)
  /// Of any matrix A: U, the singular values s in decreasing order and Vᵀ, with U·diag(s)·Vᵀ = A. Shapes [.., m, k], [.., k] and
  /// [.., k, n] with k = min(m, n); [.., m, m], [.., k] and [.., n, n] if it is full. NaN if there is an infinity or NaN in A.
  case svd(isFull: Bool)
  /// The singular values alone: [.., k].
  case singularValues
  /// Of a symmetric matrix A, of which the lower triangle is read: the eigenvalues w in increasing order and the eigenvectors as
  /// columns of V, with V·diag(w)·Vᵀ = A. Shapes [.., n] and [.., n, n]. NaN if there is an infinity or NaN in A.
  case eigh
}

extension Factorization: PrimitiveFamily {
  package var name: String {
    switch self {
    case .cholesky: "cholesky"
    case .lu: "lu"
    case .qr: "qr"
    case .svd: "svd"
    case .singularValues: "singularValues"
    case .eigh: "eigh"
    }
  }

  package var attributes: [(name: String, value: String)] {
    switch self {
    case .qr(isFull: true), .svd(isFull: true): [("full", "true")]
    default: []
    }
  }

  private var needsSquare: Bool { self == .cholesky || self == .eigh }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(1, operands)
    try requireMatrices(operands[0], operands, square: needsSquare)
    let type = operands[0].strong
    let batch = Array(type.shape.dropLast(2))
    let (m, n) = (type.shape[type.rank - 2], type.shape[type.rank - 1])
    let k = Swift.min(m, n)
    switch self {
    case .cholesky: return [type]
    case .lu: return [type, TensorType(.int32, batch + [k]), TensorType(.int32, batch + [m])]
    case .qr(let isFull):
      return [type.with(shape: batch + [m, isFull ? m : k]), type.with(shape: batch + [isFull ? m : k, n])]
    case .svd(let isFull):
      return [
        type.with(shape: batch + [m, isFull ? m : k]), type.with(shape: batch + [k]),
        type.with(shape: batch + [isFull ? n : k, n]),
      ]
    case .singularValues: return [type.with(shape: batch + [k])]
    case .eigh: return [type.with(shape: batch + [n]), type]
    }
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let operand = operands[0].dense
    let outputs = results.map { ConcreteValue(uninitialized: $0) }
    let job = FactorizationJob(self, operand, outputs)
    let shape = operand.type.shape
    forEachMatrix(shape.dropLast(2).reduce(1, *), work: job.m * job.n * Swift.min(job.m, job.n)) { job.run($0) }
    withExtendedLifetime((operand, outputs)) {}
    return outputs
  }
}

extension PrimitiveFamily {
  /// Requires matrices of a type that LAPACK has.
  func requireMatrices(_ type: TensorType, _ operands: [TensorType], square: Bool) throws(TensorError) {
    try require(type.rank >= 2, operands, "needs matrices, at least two dimensions")
    let (m, n) = (type.shape[type.rank - 2], type.shape[type.rank - 1])
    try require(!square || m == n, operands, "needs square matrices, not \(m) x \(n)")
    try require(
      type.dtype == .float32 || type.dtype == .float64, operands, "is defined for float32 and float64",
      hint: "convert the operand with `asType`")
  }
}

/// Calls `body` for each matrix of a batch, on the threads of the pool if they have enough work.
func forEachMatrix(_ count: Int, work: Int, _ body: @escaping @Sendable (Int) -> Void) {
  if count > 1 && count * work >= 1 << 15 { inParallel(count, body) } else { for index in 0..<count { body(index) } }
}

/// A factorization of each matrix of a batch. LAPACK's matrices lie column by column, ours row by row: they are turned on the way
/// in and out.
private struct FactorizationJob: @unchecked Sendable {  // pointers that outlive the call
  let kind: Factorization
  let dtype: DType
  let m, n: Int
  let input: UnsafeMutableRawPointer
  let outputs: [UnsafeMutableRawPointer]
  /// The bytes of one matrix or vector of each output.
  let outputSizes: [Int]
  let lapack: LAPACK

  init(_ kind: Factorization, _ operand: ConcreteValue, _ outputs: [ConcreteValue]) {
    self.kind = kind
    let shape = operand.type.shape
    dtype = operand.type.dtype
    (m, n) = (shape[shape.count - 2], shape[shape.count - 1])
    input = operand.pointer
    self.outputs = outputs.map(\.pointer)
    let batchRank = shape.count - 2
    outputSizes = outputs.map { $0.type.shape[batchRank...].reduce($0.type.dtype.itemSize, *) }
    lapack = dtype == .float64 ? .double : .single
  }

  private var k: Int { Swift.min(m, n) }
  private var itemSize: Int { dtype.itemSize }

  func run(_ index: Int) {
    let source = input + index * m * n * itemSize
    let out = outputs.indices.map { outputs[$0] + index * outputSizes[$0] }
    switch kind {
    case .cholesky: cholesky(source, out[0])
    case .lu: lu(source, out)
    case .qr(let isFull): qr(source, out, columns: isFull ? m : k)
    case .svd(let isFull): svd(source, out, isFull)
    case .singularValues: singularValues(source, out[0])
    case .eigh: eigen(source, out)
    }
  }

  /// Room for elements until the end of the call.
  private func room(_ count: Int) -> Storage { Storage(byteCount: Swift.max(1, count) * itemSize) }

  /// Writes a row-major matrix column by column.
  private func turn(_ out: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, rows: Int, columns: Int) {
    jn_copy_strided(
      itemSize, 2, [Int64(columns), Int64(rows)], out, [Int64(rows), 1], source, [1, Int64(columns)])
  }

  private func copy(_ out: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, _ count: Int) {
    out.copyMemory(from: source, byteCount: count * itemSize)
  }

  private func fillWithNaN(_ out: UnsafeMutableRawPointer, _ count: Int) {
    var double = Double.nan
    var float = Float.nan
    if dtype == .float64 { jn_fill(8, out, &double, count) } else { jn_fill(4, out, &float, count) }
  }

  private func cholesky(_ source: UnsafeRawPointer, _ out: UnsafeMutableRawPointer) {
    // The lower triangle row by row is the upper one column by column.
    copy(out, source, n * n)
    if n > 0 && !lapack.cholesky(n, out) { fillWithNaN(out, n * n) }
    jn_clear_triangle(itemSize, true, out, n, n)
  }

  private func lu(_ source: UnsafeRawPointer, _ out: [UnsafeMutableRawPointer]) {
    let columns = room(m * n)
    let pivots = out[1].assumingMemoryBound(to: blasint.self)
    turn(columns.pointer, source, rows: m, columns: n)
    if k > 0 { lapack.lu(m, n, columns.pointer, pivots: pivots) }
    turn(out[0], columns.pointer, rows: n, columns: m)
    jn_order_of_pivots(out[2].assumingMemoryBound(to: Int32.self), m, pivots, k)
  }

  private func qr(_ source: UnsafeRawPointer, _ out: [UnsafeMutableRawPointer], columns: Int) {
    let (a, factors) = (room(m * Swift.max(n, columns)), room(k))
    turn(a.pointer, source, rows: m, columns: n)
    if k > 0 { lapack.qr(m, n, a.pointer, factors: factors.pointer) }
    jn_copy_strided(
      itemSize, 2, [Int64(columns), Int64(n)], out[1], [Int64(n), 1], a.pointer, [1, Int64(m)])
    jn_clear_triangle(itemSize, false, out[1], columns, n)
    lapack.orthogonal(m, columns, count: k, a.pointer, factors: factors.pointer)
    turn(out[0], a.pointer, rows: columns, columns: m)
    withExtendedLifetime((a, factors)) {}
  }

  private func svd(_ source: UnsafeRawPointer, _ out: [UnsafeMutableRawPointer], _ isFull: Bool) {
    let (uColumns, vRows) = isFull ? (m, n) : (k, k)
    let (a, u, v) = (room(m * n), room(m * uColumns), room(vRows * n))
    turn(a.pointer, source, rows: m, columns: n)
    if k == 0 {
      // Any orthonormal vectors will do.
      for (matrix, size) in [(out[0], m), (out[2], n)] where isFull { writeIdentity(matrix, size) }
      return
    }
    let isFinite = jn_all_finite(dtype.kernelType, source, m * n)
    if isFinite
      && lapack.svd(m, n, a.pointer, u: u.pointer, uColumns: uColumns, values: out[1], v: v.pointer, vRows: vRows)
    {
      turn(out[0], u.pointer, rows: uColumns, columns: m)
      turn(out[2], v.pointer, rows: n, columns: vRows)
    } else {
      for (matrix, count) in zip(out, [m * uColumns, k, vRows * n]) { fillWithNaN(matrix, count) }
    }
    withExtendedLifetime((a, u, v)) {}
  }

  private func singularValues(_ source: UnsafeRawPointer, _ out: UnsafeMutableRawPointer) {
    if k == 0 { return }
    let a = room(m * n)
    turn(a.pointer, source, rows: m, columns: n)
    let isFinite = jn_all_finite(dtype.kernelType, source, m * n)
    if !isFinite || !lapack.svd(m, n, a.pointer, u: nil, uColumns: k, values: out, v: nil, vRows: k) {
      fillWithNaN(out, k)
    }
    withExtendedLifetime(a) {}
  }

  private func eigen(_ source: UnsafeRawPointer, _ out: [UnsafeMutableRawPointer]) {
    if n == 0 { return }
    let a = room(n * n)
    turn(a.pointer, source, rows: n, columns: n)
    if jn_all_finite(dtype.kernelType, source, n * n) && lapack.eigen(n, a.pointer, values: out[0]) {
      turn(out[1], a.pointer, rows: n, columns: n)
    } else {
      fillWithNaN(out[0], n)
      fillWithNaN(out[1], n * n)
    }
    withExtendedLifetime(a) {}
  }

  private func writeIdentity(_ matrix: UnsafeMutableRawPointer, _ size: Int) {
    matrix.initializeMemory(as: UInt8.self, repeating: 0, count: size * size * itemSize)
    var double = 1.0 as Double
    var float = 1.0 as Float
    for index in 0..<size {
      let place = matrix + index * (size + 1) * itemSize
      if dtype == .float64 { jn_fill(8, place, &double, 1) } else { jn_fill(4, place, &float, 1) }
    }
  }
}
