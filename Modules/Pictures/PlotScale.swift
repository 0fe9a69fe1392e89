import Foundation

/// The numbers that an axis shows, and where it has marks.
package struct PlotScale: Equatable {
  /// The number at the beginning of the axis.
  package let lower: Double
  /// The number at its end.
  package let upper: Double
  /// The numbers with marks, in increasing order.
  package let ticks: [Double]
  /// The digits after the point that marks need.
  private let decimals: Int

  /// A scale for numbers from `low` to `high`, with about `count` marks at round numbers.
  ///
  /// - Parameters:
  ///   - isTight: whether the axis ends where the numbers do, not at marks beyond them.
  ///   - isWhole: whether there are marks at whole numbers only.
  package init(_ low: Double, _ high: Double, count: Int, tight isTight: Bool = false, whole isWhole: Bool = false) {
    var (low, high) = (low, high)
    if !(low.isFinite && high.isFinite) { (low, high) = (0, 1) }
    // A single number gets an axis around it.
    if high <= low {
      let room = low == 0 ? 1 : abs(low) / 10
      (low, high) = (low - room, high + room)
    }
    let rounded = Self.roundStep((high - low) / Double(max(count, 1)))
    let step = isWhole ? max(rounded, 1) : rounded
    // What is a mark but for rounding counts as one.
    let first = isTight ? (low / step - 1e-9).rounded(.up) : (low / step + 1e-9).rounded(.down)
    let last = isTight ? (high / step + 1e-9).rounded(.down) : (high / step - 1e-9).rounded(.up)
    lower = isTight ? low : first * step
    upper = isTight ? high : last * step
    ticks = stride(from: first, through: last, by: 1).map { $0 * step }
    decimals = max(0, -Int((log10(step) + 1e-9).rounded(.down)))
  }

  /// The next of 1, 2 and 5 times a power of ten.
  private static func roundStep(_ step: Double) -> Double {
    let power = pow(10, log10(step).rounded(.down))
    return power * ([1, 2, 5].first { $0 * power >= step * (1 - 1e-9) } ?? 10)
  }

  /// Where a number lies, from 0 at the beginning to 1 at the end.
  package func share(of value: Double) -> Double { (value - lower) / (upper - lower) }

  /// What is written at a mark.
  package func label(_ tick: Double) -> String {
    let largest = max(abs(lower), abs(upper))
    if largest >= 1e6 || largest < 1e-4 { return String(format: "%g", tick) }
    return String(format: "%.\(decimals)f", tick == 0 ? 0 : tick).replacingOccurrences(of: "-", with: "−")
  }
}
