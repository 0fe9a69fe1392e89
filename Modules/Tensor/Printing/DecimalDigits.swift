import Foundation

/// A finite number's fewest decimal digits that no other number of its type is closer to:
/// `±d₀.d₁d₂… × 10^exponent`, without trailing zeros.
struct DecimalDigits {
  var isNegative: Bool
  /// The digits 0 to 9, the first not 0 unless the number is 0.
  var digits: [UInt8]
  /// The power of ten of the first digit.
  var exponent: Int

  /// The digits of an element of a floating-point type, whose value `number` is.
  init(of number: Double, as dtype: DType) {
    switch dtype {
    case .float64: self.init(parsing: number.description)
    case .float32: self.init(parsing: Float(number).description)
    default: self.init(searching: number, in: dtype)
    }
  }

  /// Reads a number as C or Swift print it, such as `-1.25e-05`.
  private init(parsing text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "e"))
    var mantissa = parts[0]
    isNegative = mantissa.first == UInt8(ascii: "-")
    if isNegative { mantissa = mantissa.dropFirst() }
    let pointPosition = mantissa.firstIndex(of: UInt8(ascii: "."))
    let integerCount = mantissa.distance(from: mantissa.startIndex, to: pointPosition ?? mantissa.endIndex)
    let all = mantissa.filter { $0 != UInt8(ascii: ".") }.map { $0 - UInt8(ascii: "0") }
    let leadingZeros = all.prefix { $0 == 0 }.count
    digits = Array(all[leadingZeros...])
    while digits.last == 0 { digits.removeLast() }
    let written = parts.count > 1 ? Int(String(parts[1])!)! : 0
    exponent = written + integerCount - 1 - leadingZeros
    if digits.isEmpty { (digits, exponent) = ([0], 0) }
  }

  /// The fewest digits for a 16-bit type, which Swift cannot print everywhere: the first count for which the nearest
  /// decimal, or the one above it (the gap above a power of two is wider than that below), is the number again.
  private init(searching number: Double, in dtype: DType) {
    for count in 0..<5 {
      let nearest = DecimalDigits(parsing: String(format: "%.\(count)e", number))
      for candidate in [nearest, nearest.nextAwayFromZero(digitCount: count + 1)]
      where candidate.value.rounded(to: dtype) == number {
        self = candidate
        return
      }
    }
    self.init(parsing: number.description)
  }

  private var value: Double {
    Double("\(isNegative ? "-" : "")\(digits.map(String.init).joined())e\(exponent - digits.count + 1)")!
  }

  private func nextAwayFromZero(digitCount: Int) -> DecimalDigits {
    let step = pow(10, Double(exponent - digitCount + 1))
    return DecimalDigits(parsing: String(format: "%.\(digitCount - 1)e", value + (isNegative ? -step : step)))
  }
}

extension DecimalDigits {
  /// How many digits stand behind the point in positional notation; negative where the last digit is not that of the ones.
  var fractionCount: Int { digits.count - 1 - exponent }

  /// The digits in positional notation, with zeros where there are none, on either side of the point.
  var positional: DecimalText {
    let shifted = [UInt8](repeating: 0, count: max(0, -exponent)) + digits
    let integerCount = max(exponent, 0) + 1
    let padded = shifted + [UInt8](repeating: 0, count: max(0, integerCount - shifted.count))
    return DecimalText(
      integer: (isNegative ? "-" : "") + Self.text(padded[..<integerCount]),
      fraction: Self.text(padded[integerCount...]))
  }

  /// The digits with one before the point, and the exponent.
  var scientific: DecimalText {
    DecimalText(
      integer: (isNegative ? "-" : "") + Self.text(digits[..<1]), fraction: Self.text(digits[1...]), exponent: exponent)
  }

  private static func text(_ digits: ArraySlice<UInt8>) -> String {
    String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
  }
}

/// A printed number in parts: `-12.34`, or with an exponent `-1.234e+01`.
struct DecimalText {
  /// What stands before the point, with the sign.
  var integer: String
  /// What stands behind it.
  var fraction: String
  /// The power of ten, in scientific notation.
  var exponent: Int?

  init(integer: String, fraction: String, exponent: Int? = nil) {
    self.integer = integer
    self.fraction = fraction
    self.exponent = exponent
  }

  /// A number rounded to this many digits behind the point, ties to even.
  init(rounding number: Double, fractionDigits: Int, isScientific: Bool) {
    let text = String(format: "%.\(fractionDigits)\(isScientific ? "e" : "f")", number)
    let parts = text.split(separator: "e")
    let mantissa = parts[0].split(separator: ".")
    integer = String(mantissa[0])
    fraction = mantissa.count > 1 ? String(mantissa[1]) : ""
    exponent = parts.count > 1 ? Int(parts[1]) : nil
  }

  /// Without the zeros at the end of the fraction.
  var trimmed: DecimalText {
    var result = self
    while result.fraction.hasSuffix("0") { result.fraction.removeLast() }
    return result
  }
}

extension Double {
  /// The nearest number of a floating-point element type.
  func rounded(to dtype: DType) -> Double {
    ConcreteValue.splat(TensorType(dtype), self).elements(of: Double.self)[0]
  }
}
