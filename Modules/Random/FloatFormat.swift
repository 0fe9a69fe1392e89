import Tensor

/// What random numbers depend on in a floating-point type.
struct FloatFormat {
  /// The type.
  let dtype: DType
  /// The stored bits of the mantissa.
  let mantissaBits: Int
  /// The exponent of the smallest normal number, a power of two.
  let minExponent: Int
  /// The bits of 1.
  let one: Int64

  /// The format of a floating-point type; another stops the program.
  init(_ dtype: DType, for operation: String) {
    self.dtype = dtype
    switch dtype {
    case .float16: (mantissaBits, minExponent, one) = (10, -14, 0x3C00)
    case .bfloat16: (mantissaBits, minExponent, one) = (7, -126, 0x3F80)
    case .float32: (mantissaBits, minExponent, one) = (23, -126, 0x3F80_0000)
    case .float64: (mantissaBits, minExponent, one) = (52, -1022, 0x3FF0_0000_0000_0000)
    default:
      fail(operation, [], "draws floating-point numbers, not \(dtype)", hint: "convert the result with `asType`")
    }
  }

  /// The distance from 1 to the next larger number.
  var epsilon: Double { Double(sign: .plus, exponent: -mantissaBits, significand: 1) }
  /// The largest number below 1.
  var belowOne: Double { 1 - epsilon / 2 }
  /// The smallest positive normal number.
  var smallestNormal: Double { Double(sign: .plus, exponent: minExponent, significand: 1) }
  /// The largest finite number.
  var largest: Double { Double(sign: .plus, exponent: 1 - minExponent, significand: 2 - epsilon) }
}
