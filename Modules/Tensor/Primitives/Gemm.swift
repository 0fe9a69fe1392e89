import CKernels
import COpenBLAS
import Foundation

#if canImport(COneDNN)
  import COneDNN
#endif

/// c = a · b, or c += a · b, for matrices of floats that lie row by row, made by the calling thread alone; the rows of a, b and c
/// are `lda`, `ldb` and `ldc` elements apart. A transposed operand lies column by column.
///
/// oneDNN makes `float32` products where it is installed, OpenBLAS the others.
func gemm(
  m: Int, n: Int, k: Int, a: UnsafeRawPointer, lda: Int, aIsTransposed: Bool = false, b: UnsafeRawPointer, ldb: Int,
  bIsTransposed: Bool = false, c: UnsafeMutableRawPointer, ldc: Int, accumulates: Bool = false, isDouble: Bool
) {
  _ = LibraryThreads.openBLASIsSingleThreaded
  let (transposeA, transposeB) = (aIsTransposed ? CblasTrans : CblasNoTrans, bIsTransposed ? CblasTrans : CblasNoTrans)
  if isDouble {
    cblas_dgemm(
      CblasRowMajor, transposeA, transposeB, Int32(m), Int32(n), Int32(k), 1, a.assumingMemoryBound(to: Double.self),
      Int32(lda), b.assumingMemoryBound(to: Double.self), Int32(ldb), accumulates ? 1 : 0,
      c.assumingMemoryBound(to: Double.self), Int32(ldc))
    return
  }
  let (x, y) = (a.assumingMemoryBound(to: Float.self), b.assumingMemoryBound(to: Float.self))
  let z = c.assumingMemoryBound(to: Float.self)
  #if canImport(COneDNN)
    LibraryThreads.makeOpenMPSingleThreaded()
    let (transposed, plain): (CChar, CChar) = (84, 78)  // T, N
    let status = dnnl_sgemm(
      aIsTransposed ? transposed : plain, bIsTransposed ? transposed : plain, dnnl_dim_t(m), dnnl_dim_t(n),
      dnnl_dim_t(k), 1, x,
      dnnl_dim_t(lda), y, dnnl_dim_t(ldb), accumulates ? 1 : 0, z, dnnl_dim_t(ldc))
    if status == dnnl_success { return }
  #endif
  cblas_sgemm(
    CblasRowMajor, transposeA, transposeB, Int32(m), Int32(n), Int32(k), 1, x, Int32(lda), y, Int32(ldb),
    accumulates ? 1 : 0, z, Int32(ldc))
}

/// Keeps the libraries from starting threads of their own: the split over threads is ours.
enum LibraryThreads {
  static let openBLASIsSingleThreaded: Bool = {
    openblas_set_num_threads(1)
    return true
  }()

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
