import Foundation
import Tensor

/// How often examples of each class were taken for each class.
public struct ConfusionMatrix: Sendable {
  /// The names of the classes.
  public let classes: [String]
  /// For each class, how many of its examples were taken for each class.
  public let counts: [[Int]]

  /// A matrix of counts.
  ///
  /// - Parameters:
  ///   - counts: a row for each class, with as many numbers as there are classes; other numbers of them stop the program.
  ///   - classes: the names of the classes.
  public init(_ counts: [[Int]], classes: [String]) {
    if counts.count != classes.count || counts.contains(where: { $0.count != classes.count }) {
      fail("ConfusionMatrix", [], "\(classes.count) classes need \(classes.count) rows of as many counts")
    }
    self.counts = counts
    self.classes = classes
  }

  /// The matrix of predictions.
  ///
  /// - Parameters:
  ///   - labels: the true classes, integers: shape [count].
  ///   - predictions: what they were taken for: shape [count].
  ///   - classes: the names of the classes; labels and predictions are below their number, others stop the program.
  public init(labels: Tensor, predictions: Tensor, classes: [String]) {
    var counts = [[Int]](repeating: [Int](repeating: 0, count: classes.count), count: classes.count)
    for (label, prediction) in zip(labels.array(of: Int.self), predictions.array(of: Int.self)) {
      if !classes.indices.contains(label) || !classes.indices.contains(prediction) {
        fail(
          "ConfusionMatrix", [labels.type, predictions.type],
          "there are \(classes.count) classes, and a class \(max(label, prediction))")
      }
      counts[label][prediction] += 1
    }
    self.init(counts, classes: classes)
  }

  /// The share of examples that were taken for what they are; 1 without examples.
  public var accuracy: Double {
    let total = counts.joined().reduce(0, +)
    return total == 0 ? 1 : Double(classes.indices.reduce(0) { $0 + counts[$1][$1] }) / Double(total)
  }

  /// The matrix as a picture: right answers in blue by their share of the class, mistakes in orange by how frequent
  /// they are among mistakes.
  public func picture(_ title: String = "") -> Picture {
    let widest = counts.joined().map { Picture.textWidth("\($0)") }.max() ?? 0
    let side = max(Int(widest) + 12, 30)
    let labelWidth = Int(classes.map { Picture.textWidth($0) }.max() ?? 0)
    let (left, top) = (labelWidth + 44, title.isEmpty ? 16 : 44)
    let size = side * classes.count
    var picture = Picture(width: left + size + 18, height: top + size + 52)
    let mostMistakes =
      counts.indices.map { row in counts[row].indices.map { $0 == row ? 0 : counts[row][$0] }.max() ?? 0 }
      .max() ?? 0
    for (row, line) in counts.enumerated() {
      let total = line.reduce(0, +)
      for (column, count) in line.enumerated() {
        let (x, y) = (left + column * side, top + row * side)
        let isRight = row == column
        let share = Double(count) / Double(max(isRight ? total : mostMistakes, 1))
        let color = PixelColor.white.mixed(with: isRight ? Self.right : Self.wrong, share: share * 0.9)
        picture.fill(x: x, y: y, width: side - 1, height: side - 1, color: color)
        let ink: PixelColor = count == 0 ? .faint : color.brightness < 0.5 ? .white : .ink
        picture.drawText(
          "\(count)", x: Double(x) + Double(side) / 2 - 1, y: Double(y) + Double(side) / 2 - 1, anchor: .center,
          color: ink)
      }
    }
    for (index, name) in classes.enumerated() {
      let middle = Double(index * side) + Double(side) / 2
      picture.drawText(name, x: Double(left - 8), y: Double(top) + middle, anchor: .right)
      picture.drawText(name, x: Double(left) + middle, y: Double(top + size + 8), anchor: .top)
    }
    let middle = Double(size) / 2
    picture.drawText(title, x: Double(left) + middle, y: 14, anchor: .top, size: 1.25, weight: 1.3)
    picture.drawText("read as", x: Double(left) + middle, y: Double(picture.height - 10), anchor: .bottom)
    picture.drawText("is", x: 8, y: Double(top) + middle, anchor: .left, upward: true)
    return picture
  }

  private static let right = PixelColor.series[0]
  private static let wrong = PixelColor.series[1]
}

extension ConfusionMatrix: CustomStringConvertible {
  /// The counts as a table, for a terminal.
  public var description: String {
    let cells = [[""] + classes] + zip(classes, counts).map { [$0] + $1.map { $0 == 0 ? "·" : "\($0)" } }
    let width = cells.joined().map(\.count).max() ?? 0
    return cells.map { row in
      row.map { String(repeating: " ", count: width - $0.count) + $0 }.joined(separator: " ")
    }.joined(separator: "\n")
  }
}
