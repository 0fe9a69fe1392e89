import CKernels
import Foundation
import Testing

/// All tests of this target, one at a time: the instruction set and the number of threads are settings of the process.
@Suite(.serialized) enum KernelTests {}

// MARK: Instruction sets

struct InstructionSet: CustomTestStringConvertible, Sendable {
  var index: Int
  var testDescription: String { String(cString: jn_isa_name(index)) }

  /// Those that this processor has, the plainest first.
  static let available = (0..<jn_isa_count()).filter { jn_isa_available($0) }.map { InstructionSet(index: $0) }

  /// Runs the body with this instruction set, then goes back to the one before.
  func use<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = jn_isa_current()
    #expect(jn_isa_select(index))
    defer { jn_isa_select(before) }
    return try body()
  }
}

// MARK: Element types

protocol Element: Equatable, Sendable, BitwiseCopyable {
  static var dtype: jn_dtype { get }
}

extension Int8: Element { static var dtype: jn_dtype { JN_INT8 } }
extension Int16: Element { static var dtype: jn_dtype { JN_INT16 } }
extension Int32: Element { static var dtype: jn_dtype { JN_INT32 } }
extension Int64: Element { static var dtype: jn_dtype { JN_INT64 } }
extension UInt8: Element { static var dtype: jn_dtype { JN_UINT8 } }
extension UInt16: Element { static var dtype: jn_dtype { JN_UINT16 } }
extension UInt32: Element { static var dtype: jn_dtype { JN_UINT32 } }
extension UInt64: Element { static var dtype: jn_dtype { JN_UINT64 } }
extension Float16: Element { static var dtype: jn_dtype { JN_FLOAT16 } }
extension Float: Element { static var dtype: jn_dtype { JN_FLOAT32 } }
extension Double: Element { static var dtype: jn_dtype { JN_FLOAT64 } }

/// The upper half of a Float.
struct BFloat16: Element {
  var bits: UInt16
  static var dtype: jn_dtype { JN_BFLOAT16 }
  var value: Float { Float(bitPattern: UInt32(bits) << 16) }
}

// MARK: The kernels on arrays

func unary<T: Element>(_ op: jn_unary_op, _ a: [T]) -> [T] {
  var out = a
  jn_unary(op, T.dtype, &out, a, a.count)
  return out
}

func binary<T: Element>(_ op: jn_binary_op, _ a: [T], _ b: [T]) -> [T] {
  precondition(a.count == b.count)
  var out = a
  jn_binary(op, T.dtype, &out, a, false, b, false, a.count)
  return out
}

func convert<From: Element, To: Element>(_ a: [From], to zero: To) -> [To] {
  var out = [To](repeating: zero, count: a.count)
  jn_convert(To.dtype, &out, From.dtype, a, a.count)
  return out
}

func reduce<T: Element>(_ op: jn_reduce_op, _ a: [T], outer: Int, size: Int, inner: Int, zero: T) -> [T] {
  var out = [T](repeating: zero, count: outer * inner)
  jn_reduce(op, T.dtype, &out, a, outer, size, inner)
  return out
}

// MARK: Random numbers from a fixed seed

struct SplitMix64: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

// MARK: Errors in ulp

/// The distance between two floats in units in the last place of the exact result, or infinity where the results differ in
/// kind: nan, infinite, or the sign of zero.
func ulps(_ result: Float, exact: Double) -> Double {
  let rounded = Float(exact)
  if rounded.isNaN || result.isNaN { return rounded.isNaN && result.isNaN ? 0 : .infinity }
  if rounded.isInfinite || result.isInfinite { return borderline(result, rounded) }
  if rounded == 0 && result == 0 { return rounded.sign == result.sign ? 0 : .infinity }
  let unit = max(scalbn(1.0, exact == 0 ? -149 : Int(exact.exponent) - 23), 0x1p-149)
  return abs(Double(result) - exact) / unit
}

/// Overflow may begin one float early or late.
private func borderline(_ result: Float, _ rounded: Float) -> Double {
  if result == rounded { return 0 }
  let edge = Float.greatestFiniteMagnitude
  return abs(result) >= edge && abs(rounded) >= edge && result.sign == rounded.sign ? 1 : .infinity
}

func ulps(_ result: Double, exact: Double) -> Double {
  if exact.isNaN || result.isNaN { return exact.isNaN && result.isNaN ? 0 : .infinity }
  if exact.isInfinite || result.isInfinite { return result == exact ? 0 : .infinity }
  if exact == 0 && result == 0 { return exact.sign == result.sign ? 0 : .infinity }
  return abs(result - exact) / exact.ulp
}

/// Bits, so that nan equals nan and 0 differs from -0.
func bits<T>(_ array: [T]) -> [UInt8] { array.withUnsafeBytes { Array($0) } }
