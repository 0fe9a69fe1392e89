/// The shapes of characters as lines of a pen, so that text can have any size.
///
/// A glyph is its width and its strokes. A stroke begins with `-` for straight lines through its points, `~` for a curve
/// from the first point to the last that the others pull to themselves, and `o` for such a curve without ends. A point
/// is two digits in base 36: to the right, and up. The baseline is at 3, small letters reach up to 9 and capitals to 12;
/// a unit is a pixel in text of the usual size, where upright and level strokes lie on rows and columns of pixels.
enum StrokeFont {
  typealias Point = (x: Double, y: Double)

  struct Glyph {
    let width: Double
    let strokes: [[Point]]
  }

  /// The height of the baseline.
  static let baseline = 3.0
  /// The height of capitals and digits.
  static let capHeight = 12.0
  /// The room between glyphs.
  static let spacing = 2.0

  /// The glyph of a character; a box for one that the font does not have.
  static func glyph(_ character: Character) -> Glyph { glyphs[character] ?? box }

  private static let box = parsed("5 -030c5c5303")
  private static let glyphs = shapes.mapValues(parsed)

  private static func parsed(_ text: String) -> Glyph {
    let parts = text.split(separator: " ")
    let strokes = parts.dropFirst().map { stroke in
      let digits = stroke.dropFirst().map { Double(Int(String($0), radix: 36)!) }
      let points = stride(from: 0, to: digits.count, by: 2).map { (x: digits[$0], y: digits[$0 + 1]) }
      switch stroke.first {
      case "~": return curve(points)
      case "o": return loop(points)
      default: return points
      }
    }
    return Glyph(width: Double(parts[0])!, strokes: strokes)
  }

  /// A quadratic B-spline from the first point to the last.
  private static func curve(_ points: [Point]) -> [Point] {
    var result = [points[0]]
    for index in 1..<points.count - 1 {
      let end = index == points.count - 2 ? points[index + 1] : middle(points[index], points[index + 1])
      append(&result, control: points[index], end)
    }
    return result
  }

  /// A quadratic B-spline without ends.
  private static func loop(_ points: [Point]) -> [Point] {
    var result = [middle(points.last!, points[0])]
    for index in points.indices {
      append(&result, control: points[index], middle(points[index], points[(index + 1) % points.count]))
    }
    return result
  }

  private static func middle(_ a: Point, _ b: Point) -> Point { ((a.x + b.x) / 2, (a.y + b.y) / 2) }

  /// Adds points of the parabola from the last point to an end.
  private static func append(_ points: inout [Point], control: Point, _ end: Point) {
    let start = points.last!
    let steps = 6
    for step in 1...steps {
      let t = Double(step) / Double(steps)
      let (a, b, c) = ((1 - t) * (1 - t), 2 * t * (1 - t), t * t)
      points.append((a * start.x + b * control.x + c * end.x, a * start.y + b * control.y + c * end.y))
    }
  }

  private static let shapes: [Character: String] = [
    " ": "2",
    "A": "6 -033c63 -1656", "B": "6 -030c ~0c3c5c583808 ~083868633303", "C": "6 ~6a6c0c036365",
    "D": "6 -030c ~0c2c6c632303", "E": "5 -5c0c0353 -0848", "F": "5 -5c0c03 -0848", "G": "6 ~6a6c0c036367 -6737",
    "H": "6 -030c -636c -0868", "I": "0 -030c", "J": "4 ~4c48430305", "K": "6 -030c -6c07 -2863", "L": "5 -0c0353",
    "M": "8 -030c458c83", "N": "6 -030c636c", "O": "7 o0c7c7303", "P": "6 -030c ~0c3c6c673707",
    "Q": "7 o0c7c7303 -4672", "R": "6 -030c ~0c3c6c673707 -3763", "S": "6 ~6a6c0c0867630305", "T": "6 -0c6c -3c33",
    "U": "6 ~0c070363676c", "V": "6 -0c336c", "W": "8 -0c234b638c", "X": "6 -0c63 -6c03", "Y": "6 -0c376c -3733",
    "Z": "6 -0c6c0363",
    "a": "5 ~0809595653 ~562606034355", "b": "5 -0c03 o09595303", "c": "5 ~585909035354", "d": "5 -5c53 o09595303",
    "e": "5 ~565909035354 -0656", "f": "4 ~4c1c1913 -0939", "g": "5 o09595303 ~5954500001", "h": "5 -0c03 ~0609595653",
    "i": "0 -0903 -0b0c", "j": "2 ~29242000 -2b2c", "k": "5 -0c03 -0559 -2753", "l": "2 ~0c050323",
    "m": "8 -0903 ~0609494643 ~4649898683", "n": "5 -0903 ~0609595653", "o": "5 o09595303", "p": "5 -0900 o09595303",
    "q": "5 -5950 o09595303", "r": "3 -0903 ~060939", "s": "4 ~4849090646430304", "t": "4 ~1b151343 -0939",
    "u": "5 ~0906035356 -5953", "v": "6 -093369", "w": "8 -0923486389", "x": "5 -0953 -5903", "y": "6 -0933 -6920",
    "z": "5 -09590353",
    "0": "5 o0c5c5303", "1": "5 -1a3c33 -1353", "2": "5 ~0a0c5c5803 -0353", "3": "5 ~0a0c5c5828 ~2858530305",
    "4": "5 -434c0656", "5": "5 -5c0c08 ~0859530304", "6": "5 o08585303 ~4c0c05", "7": "5 -0c5c23",
    "8": "5 o0c5c5808 o08585303", "9": "5 o0c5c5707 ~5a5313",
    ".": "0 -0304", ",": "1 -1401", ":": "0 -0304 -0809", ";": "1 -1819 -1401", "!": "0 -0c06 -0304",
    "?": "4 ~0a0c4c4826 -2324", "-": "4 -0747", "_": "5 -0151", "+": "6 -0767 -3a34", "=": "6 -0969 -0565",
    "*": "4 -2c27 -0b48 -4b08", "/": "4 -024d", "\\": "4 -0d42", "|": "0 -0d01", "(": "2 ~2d0b0321", ")": "2 ~0d2b2301",
    "[": "2 -2d0d0121", "]": "2 -0d2d2101", "{": "3 ~3d1d1907 ~07151131", "}": "3 ~0d2d2937 ~37252101",
    "<": "5 -5b0753", ">": "5 -0b5703", "%": "6 o0c2c2909 o46666343 -5c13", "#": "6 -2c13 -5c43 -0969 -0666",
    "$": "6 ~6a6c0c0867630305 -3d32", "&": "7 ~730b0c3c4c4907040343536567", "@": "9 o38686434 ~6868649495999c0c010181",
    "\"": "2 -0c0a -2c2a", "'": "0 -0c0a",
    "`": "1 -0c1a", "^": "4 -0a2c4a", "~": "6 ~07294567", "→": "7 -0777 -4a77 -7744", "×": "5 -0954 -5904",
    "·": "0 -0708", "−": "4 -0747", "…": "4 -0304 -2324 -4344", "°": "2 o0c2c2a0a", "µ": "5 ~0906035356 -5953 -0900",
    "±": "6 -0868 -3b35 -0363",
  ]
}
