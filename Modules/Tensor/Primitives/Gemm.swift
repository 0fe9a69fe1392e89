import CKernels
import Foundation

/// c = a · b, or c += a · b, for matrices of floats that lie row by row; the rows of a, b and c are `lda`, `ldb` and `ldc`
/// elements apart. A transposed operand lies column by column. The calling thread makes it alone where it works for the pool.
func gemm(
  m: Int, n: Int, k: Int, a: UnsafeRawPointer, lda: Int, aIsTransposed: Bool = false, b: UnsafeRawPointer, ldb: Int,
  bIsTransposed: Bool = false, c: UnsafeMutableRawPointer, ldc: Int, accumulates: Bool = false, isDouble: Bool
) {
  if isDouble {
    OpenBLAS.shared.gemm(
      m: m, n: n, k: k, a: a, lda: lda, aIsTransposed: aIsTransposed, b: b, ldb: ldb, bIsTransposed: bIsTransposed,
      c: c, ldc: ldc, accumulates: accumulates)
  } else {
    var product = jn_product(
      m: m, n: n, k: k, a: a.assumingMemoryBound(to: Float.self), lda, isTransposed: aIsTransposed,
      b: b.assumingMemoryBound(to: Float.self), ldb, isTransposed: bIsTransposed,
      c: c.assumingMemoryBound(to: Float.self), ldc, accumulates: accumulates)
    jn_multiply(&product)
  }
}

/// Keeps oneDNN from starting threads of its own: the split over threads is ours.
enum LibraryThreads {
  #if canImport(COneDNN)
    /// oneDNN runs on OpenMP, whose number of threads is a setting of each calling thread.
    static func makeOpenMPSingleThreaded() {
      let slot = JN_TLS_SPARE
      if jn_tls_get(slot) != nil { return }
      setOpenMPThreads?(1)
      jn_tls_set(slot, UnsafeMutableRawPointer(bitPattern: 1))
    }

    private static let setOpenMPThreads: (@convention(c) (Int32) -> Void)? = {
      guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "omp_set_num_threads") else { return nil }
      return unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Void).self)
    }()
  #endif
}

/// Calls `body` once for each index below `count`, on the threads of the pool.
package func inParallel(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  var body = body
  withUnsafeMutablePointer(to: &body) { pointer in
    jn_parallel(
      count, { pointer, index in pointer!.assumingMemoryBound(to: (@Sendable (Int) -> Void).self).pointee(index) },
      pointer)
  }
}
