import Foundation

/// Curves in a frame, with axes, marks, labels and a legend.
///
/// ```swift
/// let plot = LinePlot("Training", x: "epoch", y: "loss", [
///   PlotSeries("train", losses), PlotSeries("test", testLosses),
/// ])
/// try plot.picture().write(to: "loss.png")
/// ```
public struct LinePlot: Sendable {
  /// What the plot shows; empty for none.
  public var title: String
  /// What goes to the right.
  public var xLabel: String
  /// What goes up.
  public var yLabel: String
  /// The curves.
  public var series: [PlotSeries]

  /// A plot of curves.
  public init(_ title: String, x xLabel: String, y yLabel: String, _ series: [PlotSeries]) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.series = series
  }

  /// The plot as a picture.
  ///
  /// - Parameters:
  ///   - width: in pixels, at least 160.
  ///   - height: in pixels, at least 120.
  public func picture(width: Int = 720, height: Int = 450) -> Picture {
    var picture = Picture(width: max(width, 160), height: max(height, 120))
    PlotDrawing(self, in: picture).draw(into: &picture)
    return picture
  }

  /// The scales of both axes, for all points that are numbers.
  func scales(xTicks: Int, yTicks: Int) -> (x: PlotScale, y: PlotScale) {
    let points = series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
    let (xs, ys) = (points.map(\.x), points.map(\.y))
    let isWhole = xs.allSatisfy { $0 == $0.rounded() }
    return (
      PlotScale(xs.min() ?? 0, xs.max() ?? 1, count: xTicks, tight: true, whole: isWhole),
      PlotScale(ys.min() ?? 0, ys.max() ?? 1, count: yTicks)
    )
  }
}

/// A curve of a plot.
public struct PlotSeries: Sendable {
  /// What the legend calls it.
  public var name: String
  /// Its points, from left to right. Where one is not a number, the curve has a gap.
  public var points: [(x: Double, y: Double)]
  /// Its colour, nil for the next of `PixelColor.series`.
  public var color: PixelColor?

  /// A curve through points.
  public init(_ name: String, _ points: [(x: Double, y: Double)], color: PixelColor? = nil) {
    self.name = name
    self.points = points
    self.color = color
  }

  /// A curve through values that are as far apart as the whole numbers from `start`.
  public init(_ name: String, _ values: [Double], from start: Double = 1, color: PixelColor? = nil) {
    self.init(name, values.enumerated().map { (start + Double($0), $1) }, color: color)
  }

  /// The parts of the curve between points that are not numbers.
  var pieces: [[(x: Double, y: Double)]] {
    points.split { !$0.x.isFinite || !$0.y.isFinite }.map(Array.init)
  }
}

/// Where the parts of a plot are.
private struct PlotDrawing {
  let plot: LinePlot
  let x: PlotScale
  let y: PlotScale
  let left: Int
  let right: Int
  let top: Int
  let bottom: Int

  init(_ plot: LinePlot, in picture: Picture) {
    self.plot = plot
    let (x, y) = plot.scales(xTicks: max(picture.width / 110, 2), yTicks: max(picture.height / 65, 2))
    let labelWidth = y.ticks.map { Picture.textWidth(y.label($0)) }.max() ?? 0
    (self.x, self.y) = (x, y)
    left = Int(labelWidth) + (plot.yLabel.isEmpty ? 20 : 42)
    right = picture.width - 26
    top = plot.title.isEmpty ? 18 : 44
    bottom = picture.height - (plot.xLabel.isEmpty ? 32 : 52)
  }

  private func column(_ value: Double) -> Double { Double(left) + x.share(of: value) * Double(right - left) }
  private func row(_ value: Double) -> Double { Double(bottom) - y.share(of: value) * Double(bottom - top) }

  func draw(into picture: inout Picture) {
    drawGrid(&picture)
    for (index, series) in plot.series.enumerated() {
      let color = color(index)
      for piece in series.pieces {
        picture.drawLine(piece.map { (column($0.x), row($0.y)) }, color: color, width: piece.count == 1 ? 6 : 2)
        if piece.count > 1 && piece.count <= 30 {
          for point in piece { picture.drawLine([(column(point.x), row(point.y))], color: color, width: 5) }
        }
      }
    }
    picture.drawText(
      plot.title, x: Double(left + right) / 2, y: 14, anchor: .top, size: 1.25, weight: 1.3)
    picture.drawText(plot.xLabel, x: Double(left + right) / 2, y: Double(picture.height - 10), anchor: .bottom)
    picture.drawText(plot.yLabel, x: 8, y: Double(top + bottom) / 2, anchor: .left, upward: true)
    drawLegend(&picture)
  }

  private func color(_ index: Int) -> PixelColor {
    plot.series[index].color ?? PixelColor.series[index % PixelColor.series.count]
  }

  private func drawGrid(_ picture: inout Picture) {
    for tick in y.ticks {
      let row = row(tick).rounded()
      picture.fill(x: left, y: Int(row), width: right - left + 1, height: 1, color: .faint)
      picture.drawText(y.label(tick), x: Double(left - 8), y: row, anchor: .right)
    }
    // Labels that would touch each other are left out.
    let widest = x.ticks.map { Picture.textWidth(x.label($0)) }.max() ?? 0
    let spacing = Double(right - left) / Double(max(x.ticks.count - 1, 1))
    let every = max(Int(((widest + 12) / spacing).rounded(.up)), 1)
    for (index, tick) in x.ticks.enumerated() {
      let column = column(tick).rounded()
      picture.fill(x: Int(column), y: bottom, width: 1, height: 5, color: .ink)
      if index % every == 0 {
        picture.drawText(x.label(tick), x: column, y: Double(bottom + 10), anchor: .top)
      }
    }
    picture.fill(x: left, y: bottom, width: right - left + 1, height: 1, color: .ink)
    picture.fill(x: left, y: top, width: 1, height: bottom - top, color: .ink)
  }

  /// A list of the curves in the corner where it covers the fewest of their points.
  private func drawLegend(_ picture: inout Picture) {
    let entries = plot.series.indices.filter { !plot.series[$0].name.isEmpty }
    if entries.isEmpty { return }
    let width = Int(entries.map { Picture.textWidth(plot.series[$0].name) }.max()!) + 46
    let height = 18 * entries.count + 10
    let places = [right - width - 8, left + 10].flatMap { x in [top + 8, bottom - height - 8].map { (x: x, y: $0) } }
    let place = places.min { covered($0, width, height) < covered($1, width, height) }!
    picture.fill(x: place.x, y: place.y, width: width, height: height, color: .white, opacity: 0.85)
    for (line, index) in entries.enumerated() {
      let middle = Double(place.y + 14 + 18 * line)
      picture.drawLine(
        [(Double(place.x + 8), middle), (Double(place.x + 30), middle)], color: color(index), width: 2.5)
      picture.drawText(plot.series[index].name, x: Double(place.x + 38), y: middle)
    }
  }

  private func covered(_ place: (x: Int, y: Int), _ width: Int, _ height: Int) -> Int {
    let columns = Double(place.x)...Double(place.x + width)
    let rows = Double(place.y)...Double(place.y + height)
    return plot.series.reduce(0) { count, series in
      count + series.points.count { columns.contains(column($0.x)) && rows.contains(row($0.y)) }
    }
  }
}
