import Foundation
import Pictures
import Tensor
import Testing

@Suite("Plots and matrices")
struct PlotTests {
  // MARK: Scales

  @Test(
    "Marks are at round numbers",
    arguments: [
      (0, 1, 5, false, false, [0, 0.2, 0.4, 0.6, 0.8, 1], ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
      (0.03, 0.62, 6, false, false, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], nil),
      (-180, -120, 3, false, false, [-180, -160, -140, -120], ["−180", "−160", "−140", "−120"]),
      (1, 20, 6, true, true, [5, 10, 15, 20], ["5", "10", "15", "20"]),
      (1, 3, 6, true, true, [1, 2, 3], ["1", "2", "3"]),
      (0, 60000, 3, false, false, [0, 20000, 40000, 60000], ["0", "20000", "40000", "60000"]),
      (5, 5, 4, false, false, [4.5, 5, 5.5], nil),
      (0, 0, 2, false, false, [-1, 0, 1], ["−1", "0", "1"]),
      (.nan, 1, 2, false, false, [0, 0.5, 1], ["0.0", "0.5", "1.0"]),
      (0, 3e-6, 3, false, false, [0, 1e-6, 2e-6, 3e-6], ["0", "1e-06", "2e-06", "3e-06"]),
    ] as [(Double, Double, Int, Bool, Bool, [Double], [String]?)])
  func ticks(
    low: Double, high: Double, count: Int, isTight: Bool, isWhole: Bool, ticks: [Double], labels: [String]?
  ) {
    let scale = PlotScale(low, high, count: count, tight: isTight, whole: isWhole)
    #expect(scale.ticks.count == ticks.count)
    for (found, expected) in zip(scale.ticks, ticks) {
      #expect(abs(found - expected) <= 1e-9 * max(abs(expected), 1e-6))
    }
    if let labels { #expect(scale.ticks.map(scale.label) == labels) }
    #expect(scale.share(of: scale.lower) == 0 && scale.share(of: scale.upper) == 1)
    if isTight { #expect(scale.lower == low && scale.upper == high) }
  }

  // MARK: Plots

  private let plot = LinePlot(
    "Training", x: "epoch", y: "loss", [PlotSeries("train", [4, 2, 1, 0.5]), PlotSeries("test", [4, 3, 2.5, 2.5])])

  /// The number of pixels of this colour in a part of a picture.
  private func count(_ color: PixelColor, _ picture: Picture, x: Range<Int>, y: Range<Int>) -> Int {
    y.reduce(0) { sum, row in sum + x.count { picture[$0, row] == color } }
  }

  @Test("A plot has curves, marks and labels, however small", arguments: [(720, 450), (420, 280), (160, 120), (1, 1)])
  func parts(size: (Int, Int)) {
    let picture = plot.picture(width: size.0, height: size.1)
    #expect(picture.width == max(size.0, 160) && picture.height == max(size.1, 120))
    for color in PixelColor.series.prefix(2) {
      #expect(count(color, picture, x: 0..<picture.width, y: 0..<picture.height) > 40)
    }
    #expect(count(PixelColor.series[2], picture, x: 0..<picture.width, y: 0..<picture.height) == 0)
    // The frame reaches from the title to the marks below.
    #expect(count(.ink, picture, x: 0..<picture.width, y: 0..<picture.height) > 100)
  }

  @Test func theCurveIsWhereItsPointsAre() {
    let line = LinePlot("", x: "", y: "", [PlotSeries("", [(0, 0), (1, 1)])])
    let picture = line.picture(width: 300, height: 200)
    let columns = (0..<300).filter { x in (0..<200).contains { picture[x, $0] == PixelColor.series[0] } }
    let top = columns.map { x in (0..<200).first { picture[x, $0] == PixelColor.series[0] }! }
    // At the ends there are dots.
    let inner = top.dropFirst(6).dropLast(6)
    #expect(zip(inner, inner.dropFirst()).allSatisfy { $0 >= $1 })
    #expect(top.first! - top.last! > 120)
  }

  @Test(
    "Points that are no numbers, none, or one",
    arguments: [[], [.nan], [1], [1, .nan, 2], [.infinity, 1, 2, -.infinity], [3, 3, 3]] as [[Double]])
  func oddCurves(values: [Double]) {
    let odd = LinePlot("odd", x: "x", y: "y", [PlotSeries("a", values)])
    #expect(odd.picture(width: 200, height: 150).width == 200)
    #expect(!odd.text(.ascii, columns: 40).isEmpty)
  }

  @Test func noCurvesAtAll() {
    #expect(LinePlot("", x: "", y: "", []).picture().width == 720)
  }

  @Test func aPlotAsText() {
    let line = LinePlot("Loss", x: "epoch", y: "", [PlotSeries("train", [(1, 0), (5, 4)])])
    #expect(
      line.text(.ascii, columns: 20, rows: 5) == """
           Loss
        4 |           ****
          |        ****
        2 |     ****
          |  ****
        0 |***
          +---------------
           1       5 epoch
           -- train
        """)
    #expect(line.text(.unicode, columns: 20).contains("│") && line.text(.unicode, columns: 20).contains("━━ train"))
    #expect(line.text(.trueColor, columns: 20).contains("\u{1B}[38;2;0;114;178m"))
    #expect(!line.text(.unicode, columns: 20).contains("\u{1B}"))
  }

  // MARK: Confusion matrices

  private let matrix = ConfusionMatrix([[8, 2, 0], [0, 5, 0], [1, 0, 9]], classes: ["a", "b", "c"])

  @Test func countsOfPredictions() {
    let found = ConfusionMatrix(
      labels: Tensor([0, 1, 1, 2, 2, 2]), predictions: Tensor([0, 1, 0, 2, 2, 1]), classes: ["x", "y", "z"])
    #expect(found.counts == [[1, 0, 0], [1, 1, 0], [0, 1, 2]])
    #expect(found.accuracy == 4.0 / 6)
    #expect(matrix.accuracy == 22.0 / 25)
    #expect(ConfusionMatrix([[0]], classes: ["a"]).accuracy == 1)
  }

  @Test func aMatrixAsText() {
    #expect(
      matrix.description == """
          a b c
        a 8 2 ·
        b · 5 ·
        c 1 · 9
        """)
  }

  @Test func aMatrixAsAPicture() {
    let picture = matrix.picture("Test")
    let plain = matrix.picture()
    #expect(picture.width == plain.width && picture.height == plain.height + 28)
    // The most frequent mistake is in the strongest orange, what is always right in the strongest blue.
    let (blue, orange) = (PixelColor.series[0], PixelColor.series[1])
    let all = (x: 0..<picture.width, y: 0..<picture.height)
    #expect(count(.white.mixed(with: blue, share: 0.9), picture, x: all.x, y: all.y) > 500)
    #expect(count(.white.mixed(with: orange, share: 0.9), picture, x: all.x, y: all.y) > 500)
    #expect(count(.white.mixed(with: orange, share: 0.45), picture, x: all.x, y: all.y) > 500)
  }
}
