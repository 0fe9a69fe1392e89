import CKernels
import Foundation

/// out = lhs · rhs for matrices of floats, row by row in memory; a transposed operand lies column by column. Rows (or columns) of the
/// operands may be further apart than they are long; those of the result follow each other.
///
/// A library makes the products; the split over threads is ours, into parts along rows or columns that do not depend on the
/// number of threads.
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

  private var itemSize: Int { isDouble ? 8 : 4 }

  /// Makes `batch` products of matrices that lie one after the other.
  package func run(batch: Int) {
    if m * n * batch == 0 { return }
    if k == 0 {
      memset(out, 0, batch * m * n * itemSize)
      return
    }
    if !isDouble && (0..<batch).allSatisfy({ element($0).makeSmall() }) { return }
    let library = library
    if m * n * k * batch < Self.smallestShared {
      for index in 0..<batch { element(index).multiply(rows: 0..<m, columns: 0..<n, library) }
    } else if batch > 1 {
      inParallel(batch) { index in element(index).multiply(rows: 0..<m, columns: 0..<n, library) }
    } else if isFasterTurned {
      runTurned()
    } else {
      let split = library.split(self)
      inParallel(split.count) { index in multiply(split, index, library) }
    }
  }

  /// Makes the product if it is so small that a library's preparations would take longer: whether it is depends on its size alone.
  private func makeSmall() -> Bool {
    func steps(_ isTransposed: Bool, _ stride: Int) -> (row: Int, column: Int) {
      isTransposed ? (1, stride) : (stride, 1)
    }
    let (a, b) = (steps(lhsIsTransposed, lhsStride), steps(rhsIsTransposed, rhsStride))
    return jn_small_product(
      out.assumingMemoryBound(to: Float.self), lhs.assumingMemoryBound(to: Float.self), a.row, a.column,
      rhs.assumingMemoryBound(to: Float.self), b.row, b.column, m, n, k)
  }

  private func element(_ index: Int) -> MatrixProduct {
    var product = self
    product.lhs += index * lhsBatchStride * itemSize
    product.rhs += index * rhsBatchStride * itemSize
    product.out += index * m * n * itemSize
    return product
  }

  /// How a product is cut into parts.
  struct Split {
    var isAlongRows: Bool
    /// Rows or columns of a part.
    var size: Int
    var count: Int

    /// About so many parts of `length` rows or columns, of whole vectors.
    init(alongRows: Bool, _ length: Int, parts: Int) {
      isAlongRows = alongRows
      size = ((length + parts - 1) / parts + 15) / 16 * 16
      count = (length + size - 1) / size
    }
  }

  private func multiply(_ split: Split, _ index: Int, _ library: MatrixLibrary) {
    let begin = index * split.size
    let range = begin..<min(split.isAlongRows ? m : n, begin + split.size)
    multiply(rows: split.isAlongRows ? range : 0..<m, columns: split.isAlongRows ? 0..<n : range, library)
  }

  private func multiply(rows: Range<Int>, columns: Range<Int>, _ library: MatrixLibrary) {
    gemm(
      library, m: rows.count, n: columns.count, k: k,
      a: lhs + rows.lowerBound * (lhsIsTransposed ? 1 : lhsStride) * itemSize, lda: lhsStride,
      aIsTransposed: lhsIsTransposed,
      b: rhs + columns.lowerBound * (rhsIsTransposed ? rhsStride : 1) * itemSize, ldb: rhsStride,
      bIsTransposed: rhsIsTransposed, c: out + (rows.lowerBound * n + columns.lowerBound) * itemSize, ldc: n,
      isDouble: isDouble)
  }
}
