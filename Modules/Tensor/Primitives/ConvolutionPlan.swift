import CKernels
import Synchronization

/// The ways to compute a convolution.
package enum ConvolutionMethod: Hashable, Sendable, CaseIterable {
  /// The fastest that can.
  case automatic
  /// oneDNN's convolutions, where it is installed: `float32`, most configurations.
  case oneDNN
  /// Matrix products of windows that are gathered as rows: floats.
  case products
  /// The sums one after the other: everything.
  case direct

  /// Those that this build has.
  package static var available: [ConvolutionMethod] {
    #if canImport(COneDNN)
      allCases
    #else
      allCases.filter { $0 != .oneDNN }
    #endif
  }

  /// What convolutions are computed by on this task: for tests.
  @TaskLocal package static var current = ConvolutionMethod.automatic
}

/// How a convolution of certain types is computed, made once for many calls. Safe to use from several threads at once.
package struct ConvolutionPlan: Sendable {
  /// The size of the memory for intermediate results that a run needs.
  package let scratchByteCount: Int
  /// How it is computed: not `automatic`.
  package let method: ConvolutionMethod
  private let evaluator: any ConvolutionEvaluator
  private let dtype: DType
  private let counts: (lhs: Int, rhs: Int, out: Int)
  /// Where the evaluator's own memory begins, after the operands and the result in the type that they are computed in.
  private let evaluatorScratch: Int

  /// A plan for operands that the convolution accepts; nil if the method cannot compute it.
  package init?(_ convolution: Convolution, _ lhs: TensorType, _ rhs: TensorType, method: ConvolutionMethod) {
    guard let out = try? convolution.resultTypes(of: [lhs, rhs])[0] else { return nil }
    let geometry = ConvolutionGeometry(convolution, lhs: lhs.shape, rhs: rhs.shape, out: out.shape)
    let isNarrow = out.dtype == .float16 || out.dtype == .bfloat16
    guard
      let (method, evaluator) = Self.evaluator(geometry, isNarrow ? .float32 : out.dtype, method)
    else { return nil }
    self.method = method
    self.evaluator = evaluator
    dtype = out.dtype
    counts = (lhs.elementCount, rhs.elementCount, out.elementCount)
    evaluatorScratch =
      isNarrow ? [counts.lhs, counts.rhs, counts.out].map { ($0 * 4).roundedUp(to: 64) }.reduce(0, +) : 0
    scratchByteCount = evaluatorScratch + evaluator.scratchByteCount
  }

  private static func evaluator(
    _ geometry: ConvolutionGeometry, _ dtype: DType, _ method: ConvolutionMethod
  ) -> (ConvolutionMethod, any ConvolutionEvaluator)? {
    switch method {
    case .direct: return (.direct, DirectConvolution(geometry, dtype))
    case .products: return ProductConvolution(geometry, dtype).map { (.products, $0) }
    case .oneDNN:
      #if canImport(COneDNN)
        return OneDNNConvolution(geometry, dtype).map { (.oneDNN, $0) }
      #else
        return nil
      #endif
    case .automatic:
      let work = geometry.outCount * geometry.taps * geometry.inFeatures
      if work == 0 { return evaluator(geometry, dtype, .direct) }
      // It takes oneDNN half a millisecond to make a kernel ready, and a microsecond to begin.
      return (work >= 1 << 15 ? evaluator(geometry, dtype, .oneDNN) : nil)
        ?? (ProductConvolution.isWorthwhile(geometry) ? evaluator(geometry, dtype, .products) : nil)
        ?? evaluator(geometry, dtype, .direct)
    }
  }

  /// Computes the convolution of dense row-major arrays.
  ///
  /// - Parameter scratch: `scratchByteCount` bytes, aligned to 64; taken from elsewhere if nil.
  package func run(
    lhs: UnsafeRawPointer, rhs: UnsafeRawPointer, out: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer? = nil
  ) {
    guard scratchByteCount > 0, scratch == nil else { return run(lhs, rhs, out, scratch ?? out) }
    let taken = jn_scratch_take(scratchByteCount)!
    run(lhs, rhs, out, taken)
    jn_scratch_give(taken)
  }

  private func run(
    _ lhs: UnsafeRawPointer, _ rhs: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ scratch: UnsafeMutableRawPointer
  ) {
    if evaluatorScratch == 0 { return evaluator.run(lhs: lhs, rhs: rhs, out: out, scratch: scratch) }
    let wideRHS = scratch + (counts.lhs * 4).roundedUp(to: 64)
    let wideOut = wideRHS + (counts.rhs * 4).roundedUp(to: 64)
    jn_convert(JN_FLOAT32, scratch, dtype.kernelType, lhs, counts.lhs)
    jn_convert(JN_FLOAT32, wideRHS, dtype.kernelType, rhs, counts.rhs)
    evaluator.run(lhs: scratch, rhs: wideRHS, out: wideOut, scratch: scratch + evaluatorScratch)
    jn_convert(dtype.kernelType, out, JN_FLOAT32, wideOut, counts.out)
  }

  // MARK: The plans made so far

  private struct Key: Hashable {
    var convolution: Convolution
    var lhs, rhs: [Int]
    var dtype: DType
    var method: ConvolutionMethod
  }

  private static let known = Mutex<[Key: ConvolutionPlan]>([:])
  private static let knownAtMost = 1024

  /// The plan for operands that the convolution accepts, by the current method if that can compute it.
  package static func cached(_ convolution: Convolution, _ lhs: TensorType, _ rhs: TensorType) -> ConvolutionPlan {
    let key = Key(
      convolution: convolution, lhs: lhs.shape, rhs: rhs.shape, dtype: lhs.dtype, method: ConvolutionMethod.current)
    return known.withLock { known in
      if let plan = known[key] { return plan }
      let plan =
        ConvolutionPlan(convolution, lhs, rhs, method: key.method)
        ?? ConvolutionPlan(convolution, lhs, rhs, method: .automatic)!
      if known.count >= knownAtMost { known.removeAll() }
      known[key] = plan
      return plan
    }
  }
}

/// A way to compute convolutions of one geometry and element type, which is none of 16 bits.
protocol ConvolutionEvaluator: Sendable {
  /// The memory that a run needs.
  var scratchByteCount: Int { get }
  /// Computes it; `scratch` is aligned to 64 bytes.
  func run(
    lhs: UnsafeRawPointer, rhs: UnsafeRawPointer, out: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer)
}

/// The sums one after the other.
struct DirectConvolution: ConvolutionEvaluator {
  private let parts: [(offsets: (lhs: Int, rhs: Int, out: Int), kernel: jn_convolution)]
  private let dtype: DType

  init(_ geometry: ConvolutionGeometry, _ dtype: DType) {
    self.dtype = dtype
    parts = geometry.withoutInputDilation.map {
      (($0.lhs.offset, $0.rhs.offset, $0.out.offset), $0.forKernels)
    }
  }

  var scratchByteCount: Int { 0 }

  func run(
    lhs: UnsafeRawPointer, rhs: UnsafeRawPointer, out: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
  ) {
    let size = dtype.itemSize
    for (offsets, kernel) in parts {
      withUnsafePointer(to: kernel) {
        jn_convolve(
          dtype.kernelType, $0, out + offsets.out * size, lhs + offsets.lhs * size, rhs + offsets.rhs * size)
      }
    }
  }
}

extension Int {
  /// The next multiple of `unit`.
  func roundedUp(to unit: Int) -> Int { (self + unit - 1) / unit * unit }
}
