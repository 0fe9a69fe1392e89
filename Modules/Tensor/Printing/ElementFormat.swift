/// The elements of a tensor, or those of them that are printed, as words of one width: what NumPy's formatter classes do.
enum ElementFormat {
  /// A word for each element.
  ///
  /// - Parameters:
  ///   - value: the elements that are printed; their number and magnitude decide width and notation of all.
  ///   - precision: the most digits behind the point.
  static func words(_ value: ConcreteValue, precision: Int) -> [String] {
    switch value.type.dtype {
    case .bool:
      let isScalar = value.type.rank == 0
      return value.elements(of: Bool.self).map { $0 ? (isScalar ? "True" : " True") : "False" }
    case .uint64: return aligned(value.elements(of: UInt64.self).map(String.init))
    case let dtype where dtype.isInteger: return aligned(value.elements(of: Int64.self).map(String.init))
    case let dtype:
      let numbers = value.elements(of: Double.self)
      let format = FloatFormat(numbers, dtype, precision: precision)
      return numbers.map(format.word)
    }
  }

  /// A lone element as Python prints a number, with all of its digits.
  static func scalar(_ value: ConcreteValue) -> String {
    if !value.type.dtype.isFloating { return words(value, precision: 0)[0] }
    let number = value.elements(of: Double.self)[0]
    if !number.isFinite { return FloatFormat.nonFinite(number) }
    let dtype = value.type.dtype
    let digits = DecimalDigits(of: number, as: dtype)
    if number == 0 || (1e-4..<FloatFormat.limit(dtype, of64Bits: 1e16)).contains(abs(number)) {
      let text = digits.positional
      return "\(text.integer).\(text.fraction.isEmpty ? "0" : text.fraction)"
    }
    let text = digits.scientific
    return text.integer + (text.fraction.isEmpty ? "" : ".\(text.fraction)")
      + FloatFormat.exponent(text.exponent!, digitCount: 2)
  }

  private static func aligned(_ words: [String]) -> [String] {
    let width = words.map(\.utf8.count).max() ?? 0
    return words.map { $0.padded(left: width) }
  }
}

/// How an array's floating-point elements are printed, all in one notation and with their points below each other:
/// NumPy's `FloatingFormat` with `floatmode='maxprec'`.
private struct FloatFormat {
  private let dtype: DType
  private var precision: Int
  private let isScientific: Bool
  /// The width before the point, and behind it.
  private var (leftWidth, rightWidth) = (0, 0)
  private var exponentDigits = 2

  init(_ numbers: [Double], _ dtype: DType, precision: Int) {
    self.dtype = dtype
    self.precision = precision
    let finite = numbers.filter(\.isFinite)
    isScientific = Self.needsExponents(finite, dtype)
    if isScientific {
      let texts = finite.map { scientific($0, keepsZeros: false) }
      self.precision = texts.map(\.fraction.utf8.count).max()!
      exponentDigits = texts.map { max(2, String(abs($0.exponent!)).utf8.count) }.max()!
      leftWidth = texts.map(\.integer.utf8.count).max()!
      rightWidth = exponentDigits + 2 + self.precision
    } else if !finite.isEmpty {
      let texts = finite.map(positional)
      leftWidth = texts.map(\.integer.utf8.count).max()!
      rightWidth = texts.map(\.fraction.utf8.count).max()!
    }
    for number in numbers where !number.isFinite {
      leftWidth = max(leftWidth, Self.nonFinite(number).utf8.count - rightWidth - 1)
    }
  }

  /// Whether numbers are so large, so small or so far apart that scientific notation says more.
  ///
  /// The comparisons are made in the element type, as NumPy's are.
  private static func needsExponents(_ finite: [Double], _ dtype: DType) -> Bool {
    let magnitudes = finite.map(abs).filter { $0 != 0 }
    guard let largest = magnitudes.max(), let smallest = magnitudes.min() else { return false }
    return largest >= limit(dtype, of64Bits: 1e8) || smallest < 0.0001.rounded(to: dtype)
      || (largest / smallest).rounded(to: dtype) > 1000
  }

  /// From which magnitude on a type's numbers are printed with exponents: where the digits of the ones are no longer sure.
  /// (NumPy does not know bfloat16, which is treated as float16.)
  static func limit(_ dtype: DType, of64Bits: Double) -> Double {
    dtype == .float64 ? of64Bits : dtype == .float32 ? 1e6 : 1e3
  }

  func word(_ number: Double) -> String {
    if !number.isFinite { return Self.nonFinite(number).padded(left: leftWidth + rightWidth + 1) }
    if isScientific {
      let text = scientific(number, keepsZeros: true)
      return "\(text.integer.padded(left: leftWidth)).\(text.fraction)"
        + Self.exponent(text.exponent!, digitCount: exponentDigits)
    }
    let text = positional(number)
    return "\(text.integer.padded(left: leftWidth)).\(text.fraction.padded(right: rightWidth))"
  }

  private func positional(_ number: Double) -> DecimalText {
    let digits = DecimalDigits(of: number, as: dtype)
    if (0...precision).contains(digits.fractionCount) { return digits.positional }
    // Too many digits are rounded off; too few, as in 5.2e2 for 516, would not give the ones.
    let count = digits.fractionCount < 0 ? 0 : precision
    return DecimalText(rounding: number, fractionDigits: count, isScientific: false).trimmed
  }

  private func scientific(_ number: Double, keepsZeros: Bool) -> DecimalText {
    let digits = DecimalDigits(of: number, as: dtype)
    let count = digits.digits.count - 1
    if keepsZeros ? count == precision : count <= precision { return digits.scientific }
    let text = DecimalText(rounding: number, fractionDigits: precision, isScientific: true)
    return keepsZeros ? text : text.trimmed
  }

  static func nonFinite(_ number: Double) -> String { number.isNaN ? "nan" : number < 0 ? "-inf" : "inf" }

  static func exponent(_ exponent: Int, digitCount: Int) -> String {
    let digits = String(abs(exponent))
    return "e\(exponent < 0 ? "-" : "+")" + String(repeating: "0", count: max(0, digitCount - digits.utf8.count))
      + digits
  }
}

extension String {
  fileprivate func padded(left width: Int) -> String {
    String(repeating: " ", count: max(0, width - utf8.count)) + self
  }
  fileprivate func padded(right width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - utf8.count))
  }
}
