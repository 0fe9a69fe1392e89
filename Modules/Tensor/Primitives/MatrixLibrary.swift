import CKernels

/// What makes products of matrices.
enum MatrixLibrary {
  /// Makes `float32` products, faster than OpenBLAS for most shapes.
  case oneDNN
  /// Makes all products.
  case openBLAS

  #if canImport(COneDNN)
    /// The one that is faster for most shapes.
    static let preferred = MatrixLibrary.oneDNN
  #else
    /// The one that there is.
    static let preferred = MatrixLibrary.openBLAS
  #endif

  /// Whether the processor has vectors of 512 bits.
  static let hasWideVectors = (0..<jn_isa_count()).contains {
    String(cString: jn_isa_name($0)) == "avx512" && jn_isa_available($0)
  }
}

// MARK: The choice

// By measurements of both libraries (oneDNN 2.6, OpenBLAS 0.3.21) on shapes of training steps, on one and two cores of Zen 3
// and on AVX-512. Nothing here depends on the number of threads, so that results do not.
extension MatrixProduct {
  /// What makes this product, or its parts.
  var library: MatrixLibrary {
    #if canImport(COneDNN)
      if isDouble { return .openBLAS }
      // Without wide vectors oneDNN reads such operands as they lie, where their rows compete for one place in the cache.
      let isFar = !rhsIsTransposed && k >= 64 && (competes(1024) && m >= 32 && n >= 8 || competes(512) && m >= 128)
      return isFar && !MatrixLibrary.hasWideVectors ? .openBLAS : .oneDNN
    #else
      return .openBLAS
    #endif
  }

  /// Whether rows that are read one below the other are apart by a multiple of this many elements.
  private func competes(_ distance: Int) -> Bool {
    rhsStride % distance == 0 || lhsIsTransposed && lhsStride % distance == 0
  }
}

extension MatrixLibrary {
  /// How a product is cut into parts: enough that a thread which is held up does not hold up the others for long, and few
  /// enough that little is packed twice.
  func split(_ product: MatrixProduct) -> MatrixProduct.Split {
    let (m, n) = (product.m, product.n)
    let isLarge = m * n * product.k >= 1 << 29
    if self == .oneDNN && Self.hasWideVectors {
      // Parts of a product of few rows or columns are soon too small to be worth their packing.
      let smallest = min(m, n) < 64 ? 128 : 64
      return MatrixProduct.Split(alongRows: m >= n, max(m, n), parts: max(1, min(8, max(m, n) / smallest)))
    }
    // OpenBLAS packs all rows of the right operand for each part, oneDNN little.
    let isAlongRows = self == .openBLAS ? m >= 128 : n < 64
    return MatrixProduct.Split(alongRows: isAlongRows, isAlongRows ? m : n, parts: isLarge ? 8 : 4)
  }
}
