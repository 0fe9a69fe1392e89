import CKernels
import Tensor

/// A product of matrices, or of batches of them.
final class ProductStep: Step, @unchecked Sendable {
  /// A matrix in memory: where, whether columns follow each other instead of rows, and the distances between those and between
  /// the matrices of a batch.
  struct Operand {
    var place: Place
    var isTransposed: Bool
    var stride: Int
    var batchStride: Int
  }

  private let m, n, k, batch: Int
  private let lhs, rhs: Operand
  private let out: Place
  private let isDouble: Bool

  init(m: Int, n: Int, k: Int, batch: Int, lhs: Operand, rhs: Operand, out: Place, isDouble: Bool) {
    (self.m, self.n, self.k, self.batch) = (m, n, k, batch)
    (self.lhs, self.rhs, self.out, self.isDouble) = (lhs, rhs, out, isDouble)
  }

  var isRightTransposed: Bool { rhs.isTransposed }

  override var summary: String {
    "product \(batch == 1 ? "" : "\(batch) x ")[\(m), \(k)]\(lhs.isTransposed ? "ᵀ" : "") · [\(k), \(n)]\(rhs.isTransposed ? "ᵀ" : "")"
  }

  override func run(_ slots: Slots) { matrixProduct(slots).run(batch: batch) }

  /// The product for the kernels; of `float32`, no batch.
  func floatProduct(_ slots: Slots) -> jn_product { matrixProduct(slots).floatProduct }

  private func matrixProduct(_ slots: Slots) -> MatrixProduct {
    var product = MatrixProduct(
      m: m, n: n, k: k, lhs: lhs.place.pointer(slots), lhsIsTransposed: lhs.isTransposed, rhs: rhs.place.pointer(slots),
      rhsIsTransposed: rhs.isTransposed, out: out.pointer(slots), isDouble: isDouble)
    (product.lhsStride, product.lhsBatchStride) = (lhs.stride, lhs.batchStride)
    (product.rhsStride, product.rhsBatchStride) = (rhs.stride, rhs.batchStride)
    return product
  }
}
