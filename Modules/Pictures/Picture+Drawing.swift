import Foundation

extension Picture {
  /// Fills a rectangle; what lies outside the picture is left out.
  ///
  /// - Parameter opacity: how much of what was there is covered, from 0 to 1.
  public mutating func fill(
    x: Int, y: Int, width: Int, height: Int, color: PixelColor, opacity: Double = 1
  ) {
    for row in max(y, 0)..<max(min(y + height, self.height), max(y, 0)) {
      for column in max(x, 0)..<max(min(x + width, self.width), max(x, 0)) {
        self[column, row] = self[column, row].mixed(with: color, share: opacity)
      }
    }
  }

  /// Draws a line through points, with smooth edges; what lies outside the picture is left out.
  ///
  /// - Parameters:
  ///   - points: at least one; a single one gives a dot.
  ///   - width: how thick the line is, in pixels.
  ///   - isClosed: whether it goes back from the last point to the first.
  public mutating func drawLine(
    _ points: [(x: Double, y: Double)], color: PixelColor, width: Double = 1, closed isClosed: Bool = false
  ) {
    drawLines([isClosed ? points + points.prefix(1) : points], color: color, width: width)
  }

  /// Draws lines as one shape, so that nothing is darker where they meet.
  mutating func drawLines(_ lines: [[(x: Double, y: Double)]], color: PixelColor, width lineWidth: Double) {
    let reach = lineWidth / 2 + 0.5
    let points = lines.joined().filter { $0.x.isFinite && $0.y.isFinite }
    guard let left = points.map(\.x).min(), let right = points.map(\.x).max(), let top = points.map(\.y).min(),
      let bottom = points.map(\.y).max()
    else { return }
    let isOutside = left - reach > Double(width - 1) || right + reach < 0
    if isOutside || top - reach > Double(height - 1) || bottom + reach < 0 { return }
    // Clipped before they become integers: points may be far outside.
    let columns = clipped(left - reach, 0)...clipped(right + reach, self.width - 1)
    let rows = clipped(top - reach, 0)...clipped(bottom + reach, height - 1)
    var coverage = [Float](repeating: 0, count: columns.count * rows.count)
    for line in lines {
      for (start, end) in zip(line, line.count == 1 ? line[...] : line.dropFirst()) {
        cover(&coverage, columns, rows, start, end, reach)
      }
    }
    for (row, y) in rows.enumerated() {
      for (column, x) in columns.enumerated() where coverage[row * columns.count + column] > 0 {
        self[x, y] = self[x, y].mixed(with: color, share: Double(coverage[row * columns.count + column]))
      }
    }
  }

  /// A coordinate, rounded and moved into the picture.
  private func clipped(_ value: Double, _ limit: Int) -> Int {
    let size = Double(max(width, height))
    let inside = Int(min(max(value, -1), size).rounded(limit == 0 ? .down : .up))
    return limit == 0 ? max(inside, 0) : max(min(inside, limit), 0)
  }

  /// Takes the pixels near a segment into account.
  private func cover(
    _ coverage: inout [Float], _ columns: ClosedRange<Int>, _ rows: ClosedRange<Int>, _ a: (x: Double, y: Double),
    _ b: (x: Double, y: Double), _ reach: Double
  ) {
    guard a.x.isFinite && a.y.isFinite && b.x.isFinite && b.y.isFinite else { return }
    let (dx, dy) = (b.x - a.x, b.y - a.y)
    let lengthSquared = dx * dx + dy * dy
    let first = max(rows.lowerBound, clipped(min(a.y, b.y) - reach, 0))
    let last = min(rows.upperBound, clipped(max(a.y, b.y) + reach, height - 1))
    let left = max(columns.lowerBound, clipped(min(a.x, b.x) - reach, 0))
    let right = min(columns.upperBound, clipped(max(a.x, b.x) + reach, width - 1))
    guard first <= last, left <= right else { return }
    for y in first...last {
      for x in left...right {
        let (px, py) = (Double(x) - a.x, Double(y) - a.y)
        let along = lengthSquared == 0 ? 0 : min(max((px * dx + py * dy) / lengthSquared, 0), 1)
        let distance = hypot(px - along * dx, py - along * dy)
        let place = (y - rows.lowerBound) * columns.count + x - columns.lowerBound
        coverage[place] = max(coverage[place], Float(min(max(reach - distance, 0), 1)))
      }
    }
  }
}
