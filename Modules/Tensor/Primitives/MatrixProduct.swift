import CKernels
import COpenBLAS
import Foundation

#if canImport(COneDNN)
  import COneDNN
#endif

/// out = lhs · rhs for matrices of floats, row by row in memory; a transposed operand lies column by column. Rows (or columns) of the
/// operands may be further apart than they are long; those of the result follow each other.
///
/// oneDNN makes `float32` products where it is installed, OpenBLAS the others. Both run single-threaded: the split over
/// threads is ours, along the longer of rows and columns, in chunks that do not depend on the number of threads.
package struct MatrixProduct: @unchecked Sendable {  // pointers that outlive the call
  package var m, n, k: Int
  package var lhs: UnsafeMutableRawPointer
  package var lhsIsTransposed: Bool
  /// The distance between rows of the left operand, or between columns if it is transposed; and between matrices of a batch.
  package var lhsStride, lhsBatchStride: Int
  package var rhs: UnsafeMutableRawPointer
  package var rhsIsTransposed: Bool
  package var rhsStride, rhsBatchStride: Int
  package var out: UnsafeMutableRawPointer
  package var isDouble: Bool

  /// A product of matrices without gaps.
  package init(
    m: Int, n: Int, k: Int, lhs: UnsafeMutableRawPointer, lhsIsTransposed: Bool, rhs: UnsafeMutableRawPointer,
    rhsIsTransposed: Bool, out: UnsafeMutableRawPointer, isDouble: Bool
  ) {
    (self.m, self.n, self.k) = (m, n, k)
    (self.lhs, self.lhsIsTransposed, self.rhs, self.rhsIsTransposed) = (lhs, lhsIsTransposed, rhs, rhsIsTransposed)
    (lhsStride, lhsBatchStride) = (lhsIsTransposed ? m : k, m * k)
    (rhsStride, rhsBatchStride) = (rhsIsTransposed ? k : n, k * n)
    (self.out, self.isDouble) = (out, isDouble)
  }

  /// Products below this many multiplications are made by the calling thread alone.
  private static let smallestShared = 64 * 64 * 64
  private static let chunksAtMost = 8

  private var itemSize: Int { isDouble ? 8 : 4 }

  /// Makes `batch` products of matrices that lie one after the other.
  package func run(batch: Int) {
    if m * n * batch == 0 { return }
    if k == 0 {
      memset(out, 0, batch * m * n * itemSize)
      return
    }
    _ = Self.librariesAreSingleThreaded
    if batch == 1 { return share() }
    if m * n * k * batch < Self.smallestShared {
      for index in 0..<batch { element(index).multiply(rows: 0..<m, columns: 0..<n) }
      return
    }
    parallel(batch) { product, index in product.element(index).multiply(rows: 0..<product.m, columns: 0..<product.n) }
  }

  private func element(_ index: Int) -> MatrixProduct {
    var product = self
    product.lhs += index * lhsBatchStride * itemSize
    product.rhs += index * rhsBatchStride * itemSize
    product.out += index * m * n * itemSize
    return product
  }

  /// One product, its rows or columns shared between the threads.
  private func share() {
    if m * n * k < Self.smallestShared { return multiply(rows: 0..<m, columns: 0..<n) }
    parallel(chunkCount) { product, index in
      let range = product.chunk(index)
      if product.m >= product.n {
        product.multiply(rows: range, columns: 0..<product.n)
      } else {
        product.multiply(rows: 0..<product.m, columns: range)
      }
    }
  }

  private var chunkSize: Int {
    let longer = max(m, n)
    let chunks = min(Self.chunksAtMost, max(1, longer / 64), max(1, m * n * k / Self.smallestShared))
    return ((longer + chunks - 1) / chunks + 15) / 16 * 16
  }

  private var chunkCount: Int { (max(m, n) + chunkSize - 1) / chunkSize }

  private func chunk(_ index: Int) -> Range<Int> { index * chunkSize..<min(max(m, n), (index + 1) * chunkSize) }

  private func parallel(_ count: Int, _ body: @escaping @Sendable (MatrixProduct, Int) -> Void) {
    var context = (product: self, body: body)
    typealias Context = (product: MatrixProduct, body: @Sendable (MatrixProduct, Int) -> Void)
    withUnsafeMutablePointer(to: &context) { pointer in
      jn_parallel(
        count,
        { pointer, index in
          let context = pointer!.assumingMemoryBound(to: Context.self)
          context.pointee.body(context.pointee.product, index)
        }, pointer)
    }
  }

  private func multiply(rows: Range<Int>, columns: Range<Int>) {
    let (lda, ldb) = (lhsStride, rhsStride)
    let a = lhs + rows.lowerBound * (lhsIsTransposed ? 1 : lhsStride) * itemSize
    let b = rhs + columns.lowerBound * (rhsIsTransposed ? rhsStride : 1) * itemSize
    let c = out + (rows.lowerBound * n + columns.lowerBound) * itemSize
    let (transposeA, transposeB) = (
      lhsIsTransposed ? CblasTrans : CblasNoTrans, rhsIsTransposed ? CblasTrans : CblasNoTrans
    )
    if isDouble {
      cblas_dgemm(
        CblasRowMajor, transposeA, transposeB, Int32(rows.count), Int32(columns.count), Int32(k), 1,
        a.assumingMemoryBound(to: Double.self), Int32(lda), b.assumingMemoryBound(to: Double.self), Int32(ldb), 0,
        c.assumingMemoryBound(to: Double.self), Int32(n))
      return
    }
    let (x, y) = (a.assumingMemoryBound(to: Float.self), b.assumingMemoryBound(to: Float.self))
    let z = c.assumingMemoryBound(to: Float.self)
    #if canImport(COneDNN)
      Self.makeOpenMPSingleThreaded()
      let status = dnnl_sgemm(
        lhsIsTransposed ? 84 : 78, rhsIsTransposed ? 84 : 78, dnnl_dim_t(rows.count), dnnl_dim_t(columns.count),
        dnnl_dim_t(k), 1, x, dnnl_dim_t(lda), y, dnnl_dim_t(ldb), 0, z, dnnl_dim_t(n))
      if status == dnnl_success { return }
    #endif
    cblas_sgemm(
      CblasRowMajor, transposeA, transposeB, Int32(rows.count), Int32(columns.count), Int32(k), 1, x, Int32(lda), y,
      Int32(ldb), 0, z, Int32(n))
  }

  private static let librariesAreSingleThreaded: Bool = {
    openblas_set_num_threads(1)
    return true
  }()

  #if canImport(COneDNN)
    /// oneDNN runs on OpenMP, whose number of threads is a setting of each calling thread.
    private static func makeOpenMPSingleThreaded() {
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
