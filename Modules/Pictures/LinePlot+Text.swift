import Foundation

extension LinePlot {
  /// The plot as lines of text, for a terminal: curves of dots, marks at the left and below, and the curves' names.
  ///
  /// - Parameters:
  ///   - style: what can be shown. Without colours the curves cannot be told apart.
  ///   - columns: the number of characters of a line.
  ///   - rows: the number of lines of the curves.
  public func text(
    _ style: TerminalStyle = .standardOutput, columns: Int = min(TerminalStyle.standardOutputWidth, 100), rows: Int = 14
  ) -> String {
    let (x, y) = scales(xTicks: max(columns / 16, 2), yTicks: max(rows / 4, 2))
    let labelWidth = y.ticks.map { y.label($0).count }.max() ?? 0
    var canvas = TextCanvas(columns: max(columns - labelWidth - 4, 8), rows: max(rows, 4), style)
    for (index, series) in series.enumerated() {
      for piece in series.pieces {
        canvas.draw(piece.map { (x.share(of: $0.x), y.share(of: $0.y)) }, color(index))
      }
    }
    var marks: [Int: String] = [:]
    for tick in y.ticks { marks[canvas.row(y.share(of: tick))] = y.label(tick) }
    let bar = style == .ascii ? "|" : "│"
    var lines = title.isEmpty ? [] : [String(repeating: " ", count: labelWidth + 2) + title]
    for row in 0..<canvas.rows {
      let mark = marks[row] ?? ""
      lines.append(String(repeating: " ", count: labelWidth - mark.count) + mark + " " + bar + canvas.line(row))
    }
    let margin = String(repeating: " ", count: labelWidth + 1)
    lines.append(
      margin + (style == .ascii ? "+" : "└") + String(repeating: style == .ascii ? "-" : "─", count: canvas.columns))
    let (first, last) = (x.label(x.lower), x.label(x.upper) + (xLabel.isEmpty ? "" : " " + xLabel))
    let gap = max(canvas.columns - first.count - last.count, 1)
    lines.append(margin + " " + first + String(repeating: " ", count: gap) + last)
    let names = series.indices.filter { !series[$0].name.isEmpty }.map {
      style.colored((style == .ascii ? "-- " : "━━ ") + series[$0].name, color($0))
    }
    if !names.isEmpty { lines.append(margin + " " + names.joined(separator: "   ")) }
    return lines.joined(separator: "\n")
  }

  private func color(_ index: Int) -> PixelColor {
    series[index].color ?? PixelColor.series[index % PixelColor.series.count]
  }
}

/// A field of characters, each of two by four dots that can be drawn one by one.
private struct TextCanvas {
  let columns: Int
  let rows: Int
  private let style: TerminalStyle
  private var dots: [Set<Int>]
  private var colors: [PixelColor]

  init(columns: Int, rows: Int, _ style: TerminalStyle) {
    self.columns = columns
    self.rows = rows
    self.style = style
    dots = [Set<Int>](repeating: [], count: columns * rows)
    colors = [PixelColor](repeating: .ink, count: columns * rows)
  }

  /// The line for a share of the height.
  func row(_ share: Double) -> Int { min(max(Int((1 - share) * Double(4 * rows - 1)) / 4, 0), rows - 1) }

  /// Draws a line through points given as shares of the width and the height.
  mutating func draw(_ points: [(x: Double, y: Double)], _ color: PixelColor) {
    let places = points.map { (x: $0.x * Double(2 * columns - 1), y: (1 - $0.y) * Double(4 * rows - 1)) }
    for (start, end) in zip(places, places.count == 1 ? places[...] : places.dropFirst()) {
      let steps = max(Int(max(abs(end.x - start.x), abs(end.y - start.y)).rounded(.up)), 1)
      for step in 0...steps {
        let share = Double(step) / Double(steps)
        set(Int(start.x + share * (end.x - start.x)), Int(start.y + share * (end.y - start.y)), color)
      }
    }
  }

  private mutating func set(_ x: Int, _ y: Int, _ color: PixelColor) {
    guard 0..<2 * columns ~= x, 0..<4 * rows ~= y else { return }
    let cell = y / 4 * columns + x / 2
    dots[cell].insert(y % 4 * 2 + x % 2)
    colors[cell] = color
  }

  func line(_ row: Int) -> String {
    let isEmpty = (0..<columns).map { dots[row * columns + $0].isEmpty }
    return (0...(isEmpty.lastIndex(of: false) ?? 0)).map { column in
      let cell = row * columns + column
      return dots[cell].isEmpty ? " " : style.colored(character(dots[cell]), colors[cell])
    }.joined()
  }

  private func character(_ dots: Set<Int>) -> String {
    if style == .ascii { return "*" }
    // The bits of Unicode's Braille patterns, row by row.
    let bits: [UInt32] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]
    return String(UnicodeScalar(0x2800 + dots.reduce(0) { $0 | bits[$1] })!)
  }
}

extension TerminalStyle {
  /// A text in a colour, where there are colours.
  fileprivate func colored(_ text: String, _ color: PixelColor) -> String {
    switch self {
    case .trueColor: "\u{1B}[38;2;\(color.red);\(color.green);\(color.blue)m\(text)\u{1B}[0m"
    case .indexedColor: "\u{1B}[38;5;\(index(color))m\(text)\u{1B}[0m"
    case .unicode, .ascii: text
    }
  }
}
