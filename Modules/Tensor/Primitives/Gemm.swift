import CKernels
import Foundation

#if canImport(COneDNN)
  import COneDNN
#endif

/// c = a · b, or c += a · b, for matrices of floats that lie row by row, made by the calling thread alone; the rows of a, b and c
/// are `lda`, `ldb` and `ldc` elements apart. A transposed operand lies column by column.
func gemm(
  _ library: MatrixLibrary = .preferred, m: Int, n: Int, k: Int, a: UnsafeRawPointer, lda: Int,
  aIsTransposed: Bool = false, b: UnsafeRawPointer, ldb: Int, bIsTransposed: Bool = false, c: UnsafeMutableRawPointer,
  ldc: Int, accumulates: Bool = false, isDouble: Bool
) {
  #if canImport(COneDNN)
    if library == .oneDNN && !isDouble {
      LibraryThreads.makeOpenMPSingleThreaded()
      let (transposed, plain): (CChar, CChar) = (84, 78)  // T, N
      let status = dnnl_sgemm(
        aIsTransposed ? transposed : plain, bIsTransposed ? transposed : plain, dnnl_dim_t(m), dnnl_dim_t(n),
        dnnl_dim_t(k), 1, a.assumingMemoryBound(to: Float.self), dnnl_dim_t(lda),
        b.assumingMemoryBound(to: Float.self), dnnl_dim_t(ldb), accumulates ? 1 : 0,
        c.assumingMemoryBound(to: Float.self), dnnl_dim_t(ldc))
      if status == dnnl_success { return }
    }
  #endif
  OpenBLAS.shared.gemm(
    m: m, n: n, k: k, a: a, lda: lda, aIsTransposed: aIsTransposed, b: b, ldb: ldb, bIsTransposed: bIsTransposed, c: c,
    ldc: ldc, accumulates: accumulates, isDouble: isDouble)
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
func inParallel(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  var body = body
  withUnsafeMutablePointer(to: &body) { pointer in
    jn_parallel(
      count, { pointer, index in pointer!.assumingMemoryBound(to: (@Sendable (Int) -> Void).self).pointee(index) },
      pointer)
  }
}
