import CKernels
import COpenBLAS

/// The factorizations of one precision in OpenBLAS's LAPACK, each made by the calling thread alone.
///
/// Matrices lie column by column, without gaps. A result of false says that the factorization failed.
struct LAPACK: @unchecked Sendable {  // functions
  typealias Elements = UnsafeMutableRawPointer
  typealias Integers = UnsafeMutablePointer<blasint>
  private typealias Size = UnsafePointer<blasint>
  private typealias Letter = UnsafePointer<CChar>
  // Fortran's functions take pointers alone, and after them the lengths of the texts.
  private typealias Cholesky = @convention(c) (Letter, Size, Elements, Size, Integers, Int) -> Void
  private typealias LU = @convention(c) (Size, Size, Elements, Size, Integers, Integers) -> Void
  private typealias QR = @convention(c) (Size, Size, Elements, Size, Elements, Elements, Size, Integers) -> Void
  private typealias Reflectors =
    @convention(c) (Size, Size, Size, Elements, Size, Elements, Elements, Size, Integers) -> Void
  private typealias SVD =
    @convention(c) (
      Letter, Size, Size, Elements, Size, Elements, Elements, Size, Elements, Size, Elements, Size, Integers, Integers,
      Int
    ) -> Void
  private typealias Eigen =
    @convention(c) (
      Letter, Letter, Size, Elements, Size, Elements, Elements, Size, Integers, Size, Integers, Int, Int
    ) -> Void
  private typealias Triangular =
    @convention(c) (
      Letter, Letter, Letter, Letter, Size, Size, UnsafeRawPointer, UnsafeRawPointer, Size, Elements, Size, Int, Int,
      Int, Int
    ) -> Void

  static let single = LAPACK(isDouble: false)
  static let double = LAPACK(isDouble: true)

  private let isDouble: Bool
  private let potrf: Cholesky
  private let getrf: LU
  private let geqrf: QR
  private let orgqr: Reflectors
  private let gesdd: SVD
  private let syevd: Eigen
  private let trsm: Triangular

  private init(isDouble: Bool) {
    func function<Function>(_ name: String, _ type: Function.Type) -> Function {
      OpenBLAS.shared.function((isDouble ? "d" : "s") + name + "_", type)
    }
    self.isDouble = isDouble
    potrf = function("potrf", Cholesky.self)
    getrf = function("getrf", LU.self)
    geqrf = function("geqrf", QR.self)
    orgqr = function("orgqr", Reflectors.self)
    gesdd = function("gesdd", SVD.self)
    syevd = function("syevd", Eigen.self)
    trsm = function("trsm", Triangular.self)
  }

  private var itemSize: Int { isDouble ? 8 : 4 }

  /// The upper triangular R with Rᵀ·R, in place of the upper triangle of an n x n matrix.
  func cholesky(_ n: Int, _ a: Elements) -> Bool {
    var (n, stride, info) = (blasint(n), blasint(Swift.max(1, n)), blasint(0))
    potrf("U", &n, a, &stride, &info, 1)
    return info == 0
  }

  /// L without its diagonal of ones and U, in place of an m x n matrix, and the rows that were exchanged, counted from 1.
  func lu(_ m: Int, _ n: Int, _ a: Elements, pivots: Integers) {
    var (m, n, stride, info) = (blasint(m), blasint(n), blasint(Swift.max(1, m)), blasint(0))
    getrf(&m, &n, a, &stride, pivots, &info)
  }

  /// R in place of the upper triangle of an m x n matrix, the reflectors of Q below it and in `factors`, min(m, n) numbers.
  func qr(_ m: Int, _ n: Int, _ a: Elements, factors: Elements) {
    var (m, n, stride, info) = (blasint(m), blasint(n), blasint(Swift.max(1, m)), blasint(0))
    withWorkspace { memory, size in geqrf(&m, &n, a, &stride, factors, memory, &size, &info) }
  }

  /// The first n columns of Q, from `count` reflectors of `qr`, in their place.
  func orthogonal(_ m: Int, _ n: Int, count: Int, _ a: Elements, factors: Elements) {
    var (m, n, count) = (blasint(m), blasint(n), blasint(count))
    var (stride, info) = (Swift.max(1, m), blasint(0))
    withWorkspace { memory, size in orgqr(&m, &n, &count, a, &stride, factors, memory, &size, &info) }
  }

  /// U (m x `uColumns`), the singular values, and Vᵀ (`vRows` x n) of an m x n matrix, which is lost; the values alone without `u`.
  func svd(
    _ m: Int, _ n: Int, _ a: Elements, u: Elements?, uColumns: Int, values: Elements, v: Elements?, vRows: Int
  ) -> Bool {
    let isFull = uColumns == m && vRows == n
    let integers = Storage(byteCount: 8 * Swift.max(1, Swift.min(m, n)) * MemoryLayout<blasint>.size)
    let none = Storage(byteCount: 8)
    let integerWork = integers.pointer.assumingMemoryBound(to: blasint.self)
    var (m, n, info) = (blasint(m), blasint(n), blasint(0))
    var (stride, uStride, vStride) = (Swift.max(1, m), Swift.max(1, m), blasint(Swift.max(1, vRows)))
    withWorkspace { memory, size in
      gesdd(
        u == nil ? "N" : isFull ? "A" : "S", &m, &n, a, &stride, values, u ?? none.pointer, &uStride,
        v ?? none.pointer, &vStride, memory, &size, integerWork, &info, 1)
    }
    withExtendedLifetime((integers, none)) {}
    return info == 0
  }

  /// The eigenvalues of a symmetric matrix given by its lower triangle, in increasing order, and its eigenvectors in its place.
  func eigen(_ n: Int, _ a: Elements, values: Elements) -> Bool {
    var integerSize = blasint(3 + 5 * n)
    let integers = Storage(byteCount: Int(integerSize) * MemoryLayout<blasint>.size)
    let integerWork = integers.pointer.assumingMemoryBound(to: blasint.self)
    var (n, stride, info) = (blasint(n), blasint(Swift.max(1, n)), blasint(0))
    withWorkspace { memory, size in
      syevd("V", "L", &n, a, &stride, values, memory, &size, integerWork, &integerSize, &info, 1, 1)
    }
    withExtendedLifetime(integers) {}
    return info == 0
  }

  /// Solves op(A)·X = B, or X·op(A) = B, in place of B, a matrix of m rows and n columns; A is triangular.
  func solve(
    _ m: Int, _ n: Int, _ a: UnsafeRawPointer, _ b: Elements, onLeft: Bool, upper: Bool, transposed: Bool, unit: Bool
  ) {
    var stride = blasint(Swift.max(1, onLeft ? m : n))
    var (m, n) = (blasint(m), blasint(n))
    var bStride = Swift.max(1, m)
    func call(_ one: UnsafeRawPointer) {
      trsm(
        onLeft ? "L" : "R", upper ? "U" : "L", transposed ? "T" : "N", unit ? "U" : "N", &m, &n, one, a, &stride, b,
        &bStride, 1, 1, 1, 1)
    }
    if isDouble {
      withUnsafeBytes(of: 1.0 as Double) { call($0.baseAddress!) }
    } else {
      withUnsafeBytes(of: 1.0 as Float) { call($0.baseAddress!) }
    }
  }

  /// Calls a routine twice: first it says how many elements of memory it wants.
  private func withWorkspace(_ call: (_ memory: Elements, _ size: inout blasint) -> Void) {
    let answer = Storage(byteCount: 8)
    var size: blasint = -1
    call(answer.pointer, &size)
    let wanted = isDouble ? answer.pointer.load(as: Double.self) : Double(answer.pointer.load(as: Float.self).nextUp)
    size = blasint(Swift.max(1, wanted.rounded(.up)))
    let memory = Storage(byteCount: Int(size) * itemSize)
    call(memory.pointer, &size)
    withExtendedLifetime((answer, memory)) {}
  }
}
