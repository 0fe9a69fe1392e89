import Foundation

/// Which point of a text is put at the place given.
public enum TextAnchor: Hashable, Sendable, CaseIterable {
  /// The middle of its upper edge.
  case top
  /// The middle of its lower edge, which is the baseline.
  case bottom
  /// The middle of its left edge.
  case left
  /// The middle of its right edge.
  case right
  /// Its middle.
  case center
}

extension Picture {
  /// The height of capitals and digits in text of size 1, in pixels.
  public static let textHeight = StrokeFont.capHeight - StrokeFont.baseline + 1

  /// The width of a text, in pixels.
  ///
  /// - Parameter size: 1 for capitals that are 10 pixels high.
  public static func textWidth(_ text: String, size: Double = 1) -> Double {
    let widths = text.map { StrokeFont.glyph($0).width + 1 }
    return size * (widths.reduce(0, +) + StrokeFont.spacing * Double(max(text.count - 1, 0)))
  }

  /// Draws a line of text.
  ///
  /// - Parameters:
  ///   - text: characters of ASCII and a few more; others become boxes.
  ///   - anchor: the point of the text that is put at (x, y).
  ///   - size: 1 for capitals that are 10 pixels high.
  ///   - weight: how thick the pen is, in units of the font.
  ///   - isUpward: whether the text runs from bottom to top; the anchor is then that of the turned text.
  public mutating func drawText(
    _ text: String, x: Double, y: Double, anchor: TextAnchor = .left, color: PixelColor = .ink, size: Double = 1,
    weight: Double = 1.2, upward isUpward: Bool = false
  ) {
    let (length, height) = (Self.textWidth(text, size: size), size * Self.textHeight)
    let (width, tallness) = isUpward ? (height, length) : (length, height)
    var left: Double
    var top: Double
    switch anchor {
    case .top: (left, top) = (x - width / 2, y)
    case .bottom: (left, top) = (x - width / 2, y - tallness)
    case .left: (left, top) = (x, y - tallness / 2)
    case .right: (left, top) = (x - width, y - tallness / 2)
    case .center: (left, top) = (x - width / 2, y - tallness / 2)
    }
    // At the usual size upright and level strokes should fill whole pixels.
    (left, top) = (left.rounded(), top.rounded())
    var pen = 0.0
    for character in text {
      let glyph = StrokeFont.glyph(character)
      let strokes = glyph.strokes.map { stroke in
        stroke.map { point in
          let (along, down) = (size * (pen + point.x), size * (StrokeFont.capHeight - point.y))
          return isUpward ? (x: left + down, y: top + tallness - 1 - along) : (x: left + along, y: top + down)
        }
      }
      drawLines(strokes, color: color, width: weight * size)
      pen += glyph.width + 1 + StrokeFont.spacing
    }
  }
}
