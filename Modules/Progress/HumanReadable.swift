import Foundation

/// Numbers as people read them in a terminal: counts, sizes, durations and rates, in English and the same on every
/// machine.
public enum HumanReadable {
  /// A whole number with its digits in groups of three: `1,234,567`.
  public static func count(_ count: Int) -> String {
    let digits = String(count.magnitude)
    var grouped = ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { grouped.append(",") }
      grouped.append(digit)
    }
    return (count < 0 ? "-" : "") + grouped
  }

  /// A number with this many digits after the point: `0.1235`.
  public static func decimal(_ value: Double, places: Int) -> String { String(format: "%.\(places)f", value) }

  /// A share as percent with two digits after the point: `97.85 %`.
  public static func percent(_ share: Double) -> String { decimal(100 * share, places: 2) + " %" }

  /// A number of bytes in powers of 1,000, with three significant digits: `512 B`, `1.50 kB`, `11.6 MB`.
  public static func bytes(_ count: Int) -> String {
    guard count.magnitude >= 1000 else { return "\(count) B" }
    var value = Double(count)
    for unit in ["kB", "MB", "GB", "TB", "PB"] {
      value /= 1000
      // What would round to 1000 belongs to the next unit.
      if abs(value) < 999.5 { return "\(threeDigits(value)) \(unit)" }
    }
    return "\(threeDigits(value / 1000)) EB"
  }

  /// A duration in the unit that suits it: `85 µs`, `12.3 ms`, `1.50 s`, `2:05` (minutes), `1:02:05` (hours).
  ///
  /// - Parameter seconds: the duration. One that is negative or not a number reads `?`, an infinite one `∞`.
  public static func duration(_ seconds: Double) -> String {
    switch seconds {
    case .infinity: "∞"
    case 0: "0 s"
    case 0..<0.000_999_5: "\(threeDigits(seconds * 1e6)) µs"
    case 0..<0.999_5: "\(threeDigits(seconds * 1e3)) ms"
    case 0..<59.95: "\(threeDigits(seconds)) s"
    case 0..<Double.infinity: clock(seconds)
    default: "?"
    }
  }

  /// A duration as a clock shows it: `0:07`, `2:05`, `1:02:05`.
  ///
  /// - Parameter seconds: the duration, rounded to whole seconds. One that is negative, not finite or above ten
  ///   thousand hours reads `?`.
  public static func clock(_ seconds: Double) -> String {
    guard (0..<36_000_000).contains(seconds) else { return "?" }
    let total = Int(seconds.rounded())
    let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
    let padded = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
    return hours > 0 ? "\(hours):\(padded(minutes)):\(padded(rest))" : "\(minutes):\(padded(rest))"
  }

  /// A number of things per second, with three significant digits or in whole numbers: `0.250/s`, `12.5/s`, `5,213/s`.
  ///
  /// - Parameters:
  ///   - perSecond: the rate. One that is negative or not finite reads `?/s`.
  ///   - unit: what is counted, in the plural, if it is to be named: `12.5 examples/s`.
  public static func rate(_ perSecond: Double, unit: String = "") -> String {
    let number =
      switch perSecond {
      case 0: "0"
      case 0..<999.5: threeDigits(perSecond)
      case 0..<1e18: count(Int(perSecond.rounded()))
      default: "?"
      }
    return unit.isEmpty ? "\(number)/s" : "\(number) \(unit)/s"
  }

  /// A number below 1,000 with three significant digits, of which at most three after the point.
  private static func threeDigits(_ value: Double) -> String {
    let decimals =
      switch abs(value) {
      case ..<0.999_5: 3
      case ..<9.995: 2
      case ..<99.95: 1
      default: 0
      }
    return String(format: "%.\(decimals)f", value)
  }
}
