import Foundation

/// What a terminal can show.
public enum TerminalStyle: Hashable, Sendable {
  /// Any colour, and all characters.
  case trueColor
  /// 256 colours, and all characters.
  case indexedColor
  /// No colours, but all characters.
  case unicode
  /// The characters of ASCII alone.
  case ascii

  /// What the program's standard output can show: no colours where it is no terminal, or where the environment sets
  /// `NO_COLOR` (<https://no-color.org>) or `TERM=dumb`.
  public static var standardOutput: TerminalStyle {
    TerminalStyle(isTerminal: isatty(STDOUT_FILENO) != 0, environment: ProcessInfo.processInfo.environment)
  }

  package init(isTerminal: Bool, environment: [String: String]) {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    guard locale.uppercased().replacingOccurrences(of: "-", with: "").contains("UTF8") else {
      self = .ascii
      return
    }
    let usesColor = isTerminal && environment["TERM"] != "dumb" && (environment["NO_COLOR"] ?? "").isEmpty
    let isTrue = ["truecolor", "24bit"].contains(environment["COLORTERM"] ?? "")
    self = usesColor ? (isTrue ? .trueColor : .indexedColor) : .unicode
  }

  /// The columns of the terminal that the program's standard output is, 80 if it is none.
  public static var standardOutputWidth: Int {
    var size = winsize()
    return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}

extension Picture {
  /// The picture as lines of text: each character shows two pixels, one above the other.
  ///
  /// - Parameters:
  ///   - style: what can be shown. Without colours the characters are dense where the picture is bright.
  ///   - columns: the most characters of a line; a wider picture is made smaller.
  public func text(
    _ style: TerminalStyle = .standardOutput, columns: Int = TerminalStyle.standardOutputWidth
  ) -> String {
    let columns = max(columns - 1, 1)
    let picture = width > columns ? shrunk(to: columns) : self
    var lines: [String] = []
    for y in stride(from: 0, to: picture.height, by: 2) {
      var line = ""
      for x in 0..<picture.width {
        let upper = picture[x, y]
        let lower = y + 1 < picture.height ? picture[x, y + 1] : upper
        line += style.character(upper, lower)
      }
      lines.append(line + (style == .trueColor || style == .indexedColor ? "\u{1B}[0m" : ""))
    }
    return lines.joined(separator: "\n")
  }

  /// The picture in a smaller size; each pixel is the mean of those that it stands for.
  func shrunk(to newWidth: Int) -> Picture {
    let newHeight = max(height * newWidth / width, 1)
    var result = Picture(width: newWidth, height: newHeight)
    for y in 0..<newHeight {
      let rows = y * height / newHeight..<max((y + 1) * height / newHeight, y * height / newHeight + 1)
      for x in 0..<newWidth {
        let columns = x * width / newWidth..<max((x + 1) * width / newWidth, x * width / newWidth + 1)
        var sum = (red: 0, green: 0, blue: 0)
        for row in rows {
          for column in columns {
            let color = self[column, row]
            sum = (sum.red + Int(color.red), sum.green + Int(color.green), sum.blue + Int(color.blue))
          }
        }
        let count = rows.count * columns.count
        result[x, y] = PixelColor(UInt8(sum.red / count), UInt8(sum.green / count), UInt8(sum.blue / count))
      }
    }
    return result
  }
}

extension TerminalStyle {
  /// Two pixels as a character, with the escape sequences that colour it.
  fileprivate func character(_ upper: PixelColor, _ lower: PixelColor) -> String {
    switch self {
    case .trueColor: "\u{1B}[38;2;\(parts(upper))m\u{1B}[48;2;\(parts(lower))m▀"
    case .indexedColor: "\u{1B}[38;5;\(index(upper))m\u{1B}[48;5;\(index(lower))m▀"
    case .unicode: shade(" ░▒▓█", upper, lower)
    case .ascii: shade(" .:-=+*#%@", upper, lower)
    }
  }

  private func parts(_ color: PixelColor) -> String { "\(color.red);\(color.green);\(color.blue)" }

  /// The nearest of the 6 x 6 x 6 colours, or of the 24 greys, of terminals with 256 colours.
  func index(_ color: PixelColor) -> Int {
    if color.red == color.green && color.green == color.blue {
      let grey = Int(((Double(color.red) - 3) / 10).rounded(.down))
      return grey < 0 ? 16 : grey > 23 ? 231 : 232 + grey
    }
    func level(_ part: UInt8) -> Int { part < 48 ? 0 : part < 115 ? 1 : (Int(part) - 35) / 40 }
    return 16 + 36 * level(color.red) + 6 * level(color.green) + level(color.blue)
  }

  private func shade(_ shades: String, _ upper: PixelColor, _ lower: PixelColor) -> String {
    let brightness = (upper.brightness + lower.brightness) / 2
    let index = min(Int(brightness * Double(shades.count)), shades.count - 1)
    return String(shades[shades.index(shades.startIndex, offsetBy: index)])
  }
}
