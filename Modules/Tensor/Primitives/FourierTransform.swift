import CKernels
import Synchronization

/// A discrete Fourier transform along the last dimension, not scaled, of `float32` or `float64`; real and imaginary parts are tensors of
/// their own.
///
/// Lengths with prime factors above 5 take longer, and those are computed in `float64`.
public enum FourierTransform: Hashable, Sendable {
  /// X[k] = Σⱼ x[j]·exp(∓2πi·jk / n), with + for the inverse: two operands and two results, real and imaginary parts.
  case complex(isInverse: Bool)
  /// The same of real numbers, for k = 0 … n / 2: one operand [.., n], two results [.., n / 2 + 1].
  case toHalf
  /// The real numbers x[j] = Σₖ X[k]·exp(2πi·jk / n) of `count` elements for a spectrum given by its elements 0 … n / 2, where X[n - k] is the
  /// conjugate of X[k], and X[0] and X[n / 2] count as real: two operands [.., n / 2 + 1], one result [.., n].
  case fromHalf(count: Int)
}

extension FourierTransform: PrimitiveFamily {
  package var name: String {
    switch self {
    case .complex(let isInverse): isInverse ? "ifft" : "fft"
    case .toHalf: "rfft"
    case .fromHalf: "irfft"
    }
  }

  package var attributes: [(name: String, value: String)] {
    if case .fromHalf(let count) = self { [("count", "\(count)")] } else { [] }
  }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(self == .toHalf ? 1 : 2, operands)
    try requireSameType(operands)
    let type = operands[0].strong
    try require(type.dtype == .float32 || type.dtype == .float64, operands, "is defined for float32 and float64")
    guard let size = type.shape.last else { throw broken(operands, "needs at least one dimension") }
    let batch = Array(type.shape.dropLast())
    try require(size > 0, operands, "the lines have no elements")
    switch self {
    case .complex: return [type, type]
    case .toHalf: return Array(repeating: type.with(shape: batch + [size / 2 + 1]), count: 2)
    case .fromHalf(let count):
      try require(
        count > 0 && size == count / 2 + 1, operands,
        "\(count) elements have a spectrum of \(max(count, 0) / 2 + 1), not of \(size)")
      return [type.with(shape: batch + [count])]
    }
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let operands = operands.map(\.dense)
    let outputs = results.map { ConcreteValue(uninitialized: $0) }
    let shape = operands[0].type.shape
    let lines = shape.dropLast().reduce(1, *)
    let size = shape[shape.count - 1]
    func plan(_ size: Int, isReal: Bool) -> FourierPlan { .shared(size, isReal: isReal, operands[0].type.dtype) }
    if lines > 0 {
      switch self {
      case .complex(let isInverse):
        plan(size, isReal: false).complex(
          isInverse, lines, outputs[0].pointer, outputs[1].pointer, operands[0].pointer, operands[1].pointer)
      case .toHalf:
        plan(size, isReal: true).toHalf(lines, outputs[0].pointer, outputs[1].pointer, operands[0].pointer)
      case .fromHalf(let count):
        plan(count, isReal: true).fromHalf(lines, outputs[0].pointer, operands[0].pointer, operands[1].pointer)
      }
    }
    withExtendedLifetime((operands, outputs)) {}
    return outputs
  }
}

/// What transforms of one length need; the last ones used are kept.
private final class FourierPlan: @unchecked Sendable {  // never changes
  private let plan: OpaquePointer

  private struct Key: Hashable {
    var size: Int
    var isReal: Bool
    var dtype: DType
  }

  private static let kept = Mutex<[Key: FourierPlan]>([:])
  private static let mostKept = 64

  private init(_ key: Key) { plan = jn_fourier_make(key.dtype.kernelType, key.isReal, key.size) }

  deinit { jn_fourier_free(plan) }

  static func shared(_ size: Int, isReal: Bool, _ dtype: DType) -> FourierPlan {
    let key = Key(size: size, isReal: isReal, dtype: dtype)
    if let plan = kept.withLock({ $0[key] }) { return plan }
    let plan = FourierPlan(key)
    kept.withLock { kept in
      if kept.count >= mostKept { kept.removeAll() }
      kept[key] = plan
    }
    return plan
  }

  func complex(
    _ isInverse: Bool, _ lines: Int, _ re: UnsafeMutableRawPointer, _ im: UnsafeMutableRawPointer,
    _ inRe: UnsafeRawPointer, _ inIm: UnsafeRawPointer
  ) {
    jn_fourier_complex(plan, isInverse, lines, re, im, inRe, inIm)
  }

  func toHalf(_ lines: Int, _ re: UnsafeMutableRawPointer, _ im: UnsafeMutableRawPointer, _ input: UnsafeRawPointer) {
    jn_fourier_to_half(plan, lines, re, im, input)
  }

  func fromHalf(_ lines: Int, _ out: UnsafeMutableRawPointer, _ re: UnsafeRawPointer, _ im: UnsafeRawPointer) {
    jn_fourier_from_half(plan, lines, out, re, im)
  }
}
