import CKernels
import COpenBLAS
import Foundation

/// OpenBLAS, loaded when the first factorization or product of `float64` needs it.
///
/// Loaded that late it costs other programs nothing, and can be told beforehand what it would find out wrongly: versions that
/// do not know a recent processor with AVX-512 use their kernels for AVX2 on it, at half the speed.
struct OpenBLAS: @unchecked Sendable {  // functions
  static let shared = OpenBLAS()

  private typealias DoubleProduct =
    @convention(c) (
      CBLAS_ORDER, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, blasint, blasint, blasint, Double, UnsafePointer<Double>, blasint,
      UnsafePointer<Double>, blasint, Double, UnsafeMutablePointer<Double>, blasint
    ) -> Void

  private let library: UnsafeMutableRawPointer
  private let dgemm: DoubleProduct

  #if os(Linux)
    private static let names = ["libopenblas.so.0", "libopenblas.so"]
  #else
    private static let names = [
      "libopenblas.dylib", "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
      "/usr/local/opt/openblas/lib/libopenblas.dylib",
    ]
  #endif

  private init() {
    guard let library = Self.load() else {
      fail(
        "linear algebra", [], "the library OpenBLAS cannot be loaded",
        hint: "install it: apt-get install libopenblas-dev")
    }
    self.library = library
    dgemm = Self.function(library, "cblas_dgemm", DoubleProduct.self)
    Self.function(library, "openblas_set_num_threads", (@convention(c) (Int32) -> Void).self)(1)
  }

  /// A function of the library.
  func function<Function>(_ name: String, _ type: Function.Type) -> Function { Self.function(library, name, type) }

  private static func function<Function>(
    _ library: UnsafeMutableRawPointer, _ name: String, _: Function.Type
  ) -> Function {
    guard let symbol = dlsym(library, name) else {
      fail("linear algebra", [], "the library OpenBLAS has no \(name)", hint: "install a build of it that has LAPACK")
    }
    return unsafeBitCast(symbol, to: Function.self)
  }

  /// Whether the processor has vectors of 512 bits.
  private static let hasWideVectors = (0..<jn_isa_count()).contains {
    String(cString: jn_isa_name($0)) == "avx512" && jn_isa_available($0)
  }

  private static func load() -> UnsafeMutableRawPointer? {
    var settings = ["OPENBLAS_NUM_THREADS": "1"]
    if hasWideVectors { settings["OPENBLAS_CORETYPE"] = "SkylakeX" }
    // What the user has set stays, and the programs that this one starts do not see the rest.
    settings = settings.filter { getenv($0.key) == nil }
    for (name, value) in settings { setenv(name, value, 1) }
    defer { for name in settings.keys { unsetenv(name) } }
    return names.lazy.compactMap { dlopen($0, RTLD_NOW) }.first
  }

  /// As the function `gemm`, for `float64`, by the calling thread alone.
  func gemm(
    m: Int, n: Int, k: Int, a: UnsafeRawPointer, lda: Int, aIsTransposed: Bool, b: UnsafeRawPointer, ldb: Int,
    bIsTransposed: Bool, c: UnsafeMutableRawPointer, ldc: Int, accumulates: Bool
  ) {
    dgemm(
      CblasRowMajor, aIsTransposed ? CblasTrans : CblasNoTrans, bIsTransposed ? CblasTrans : CblasNoTrans, blasint(m),
      blasint(n), blasint(k), 1, a.assumingMemoryBound(to: Double.self), blasint(lda),
      b.assumingMemoryBound(to: Double.self), blasint(ldb), accumulates ? 1 : 0,
      c.assumingMemoryBound(to: Double.self), blasint(ldc))
  }
}
