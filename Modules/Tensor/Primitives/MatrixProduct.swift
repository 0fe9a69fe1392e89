import CKernels
import Foundation

/// out = lhs · rhs for matrices of floats, row by row in memory; a transposed operand lies column by column. Rows (or columns) of the
/// operands may be further apart than they are long; those of the result follow each other.
///
/// The kernels make products of `float32`, OpenBLAS those of `float64`, which are split over threads here, into parts along rows or
/// columns that do not depend on the number of threads.
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

  /// Makes `batch` products of matrices that lie one after the other.
  package func run(batch: Int) {
    if isDouble { return runDouble(batch: batch) }
    var product = floatProduct
    jn_multiply_batch(&product, batch, lhsBatchStride, rhsBatchStride, m * n)
  }

  /// One product of `float32`, for the kernels.
  package var floatProduct: jn_product {
    jn_product(
      m: m, n: n, k: k, a: lhs.assumingMemoryBound(to: Float.self), lhsStride, isTransposed: lhsIsTransposed,
      b: rhs.assumingMemoryBound(to: Float.self), rhsStride, isTransposed: rhsIsTransposed,
      c: out.assumingMemoryBound(to: Float.self), n, accumulates: false)
  }
}

extension jn_product {
  /// c = a · b, or c += a · b, for matrices that lie row by row, or column by column if they are transposed, at these distances.
  init(
    m: Int, n: Int, k: Int, a: UnsafePointer<Float>, _ lda: Int, isTransposed aIsTransposed: Bool,
    b: UnsafePointer<Float>, _ ldb: Int, isTransposed bIsTransposed: Bool, c: UnsafeMutablePointer<Float>, _ ldc: Int,
    accumulates: Bool
  ) {
    self.init(
      m: m, n: n, k: k, a: a, a_row: aIsTransposed ? 1 : lda, a_column: aIsTransposed ? lda : 1, b: b,
      b_row: bIsTransposed ? 1 : ldb, b_column: bIsTransposed ? ldb : 1, c: c, c_row: ldc, accumulates: accumulates)
  }
}

// MARK: float64

extension MatrixProduct {
  /// Products below this many multiplications are made by the calling thread alone.
  private static let smallestShared = 64 * 64 * 64
  private static let itemSize = MemoryLayout<Double>.size

  private func runDouble(batch: Int) {
    if m * n * batch == 0 { return }
    if k == 0 {
      memset(out, 0, batch * m * n * Self.itemSize)
      return
    }
    if m * n * k * batch < Self.smallestShared {
      for index in 0..<batch { element(index).multiply(rows: 0..<m, columns: 0..<n) }
    } else if batch > 1 {
      inParallel(batch) { index in element(index).multiply(rows: 0..<m, columns: 0..<n) }
    } else {
      // Enough parts that a thread which is held up does not hold up the others for long, and few enough that little is packed
      // twice: OpenBLAS packs all rows of the right operand for each part.
      let isAlongRows = m >= 128
      let (length, parts) = (isAlongRows ? m : n, m * n * k >= 1 << 29 ? 8 : 4)
      let size = ((length + parts - 1) / parts + 15) / 16 * 16
      inParallel((length + size - 1) / size) { index in
        let range = index * size..<min(length, (index + 1) * size)
        multiply(rows: isAlongRows ? range : 0..<m, columns: isAlongRows ? 0..<n : range)
      }
    }
  }

  private func element(_ index: Int) -> MatrixProduct {
    var product = self
    product.lhs += index * lhsBatchStride * Self.itemSize
    product.rhs += index * rhsBatchStride * Self.itemSize
    product.out += index * m * n * Self.itemSize
    return product
  }

  private func multiply(rows: Range<Int>, columns: Range<Int>) {
    gemm(
      m: rows.count, n: columns.count, k: k,
      a: lhs + rows.lowerBound * (lhsIsTransposed ? 1 : lhsStride) * Self.itemSize, lda: lhsStride,
      aIsTransposed: lhsIsTransposed,
      b: rhs + columns.lowerBound * (rhsIsTransposed ? rhsStride : 1) * Self.itemSize, ldb: rhsStride,
      bIsTransposed: rhsIsTransposed, c: out + (rows.lowerBound * n + columns.lowerBound) * Self.itemSize, ldc: n,
      isDouble: true)
  }
}
