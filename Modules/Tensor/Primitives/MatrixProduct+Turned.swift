import CKernels

// outᵀ = rhsᵀ · lhsᵀ in place of out = lhs · rhs: oneDNN takes most of the time of a product of few rows with a transposed operand to
// bring that one into order, though it lies just right for the turned product; there only the few rows need be brought into order.
extension MatrixProduct {
  /// Whether the turned product is the faster one to make, by measurements on AVX-512; the choice depends on shapes alone.
  var isFasterTurned: Bool {
    MatrixLibrary.hasWideVectors && library == .oneDNN && rhsIsTransposed && !lhsIsTransposed && 16...128 ~= m
      && n >= 256 && k >= 128
  }

  /// Makes the product by way of the turned one.
  func runTurned() {
    let (m, n, k) = (m, n, k)
    // lhsᵀ, and outᵀ behind it.
    let scratch = jn_scratch_take((k + n) * m * MemoryLayout<Float>.size)!.assumingMemoryBound(to: Float.self)
    defer { jn_scratch_give(scratch) }
    let turned = Turned(product: self, lhs: scratch, out: scratch + k * m)
    copyTurned(rows: k, columns: m, from: lhs.assumingMemoryBound(to: Float.self), lhsStride, to: scratch, m)
    let split = Split(alongRows: true, n, parts: max(1, min(8, n / 64)))
    inParallel(split.count) { index in
      let rows = index * split.size..<min(n, (index + 1) * split.size)
      let product = turned.product
      let part = turned.out + rows.lowerBound * m
      gemm(
        .oneDNN, m: rows.count, n: m, k: k,
        a: product.rhs.assumingMemoryBound(to: Float.self) + rows.lowerBound * product.rhsStride,
        lda: product.rhsStride,
        b: turned.lhs, ldb: m, c: part, ldc: m, isDouble: false)
      copyTurned(
        rows: m, columns: rows.count, from: part, m,
        to: product.out.assumingMemoryBound(to: Float.self) + rows.lowerBound, n)
    }
  }

  private struct Turned: @unchecked Sendable {  // pointers that outlive the call
    var product: MatrixProduct
    var lhs, out: UnsafeMutablePointer<Float>
  }
}

/// Copies a matrix of `columns` rows, `stride` apart, to one of `rows` rows, `outStride` apart.
private func copyTurned(
  rows: Int, columns: Int, from matrix: UnsafePointer<Float>, _ stride: Int, to out: UnsafeMutablePointer<Float>,
  _ outStride: Int
) {
  withUnsafeTemporaryAllocation(of: Int64.self, capacity: 6) { numbers in
    _ = numbers.initialize(from: [Int64(rows), Int64(columns), Int64(outStride), 1, 1, Int64(stride)])
    jn_copy_strided(
      MemoryLayout<Float>.size, 2, numbers.baseAddress!, out, numbers.baseAddress! + 2, matrix, numbers.baseAddress! + 4
    )
  }
}
