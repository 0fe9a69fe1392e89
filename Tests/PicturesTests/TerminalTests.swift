import Pictures
import Testing

@Suite("Pictures in a terminal")
struct TerminalTests {
  @Test(
    "What can be shown",
    arguments: [
      (true, ["LANG": "de_DE.UTF-8", "COLORTERM": "truecolor"], .trueColor),
      (true, ["LANG": "C.utf8", "TERM": "xterm-256color"], .indexedColor),
      (true, ["LANG": "C.UTF-8", "NO_COLOR": "1", "COLORTERM": "truecolor"], .unicode),
      (true, ["LANG": "C.UTF-8", "NO_COLOR": ""], .indexedColor),
      (true, ["LANG": "C.UTF-8", "TERM": "dumb"], .unicode),
      (false, ["LANG": "C.UTF-8", "COLORTERM": "truecolor"], .unicode),
      (true, ["LC_ALL": "C", "LANG": "C.UTF-8"], .ascii),
      (true, [:], .ascii),
    ] as [(Bool, [String: String], TerminalStyle)])
  func style(isTerminal: Bool, environment: [String: String], style: TerminalStyle) {
    #expect(TerminalStyle(isTerminal: isTerminal, environment: environment) == style)
  }

  private var sample: Picture {
    var picture = Picture(width: 3, height: 3, color: .black)
    (picture[0, 0], picture[0, 1]) = (.white, .white)
    (picture[1, 0], picture[1, 1]) = (PixelColor(255, 0, 0), PixelColor(0, 0, 255))
    return picture
  }

  @Test func twoPixelsAreACharacter() {
    #expect(sample.text(.ascii, columns: 80) == "@: \n   ")
    #expect(sample.text(.unicode, columns: 80).hasPrefix("█"))
    #expect(
      sample.text(.trueColor, columns: 80).hasPrefix(
        "\u{1B}[38;2;255;255;255m\u{1B}[48;2;255;255;255m▀\u{1B}[38;2;255;0;0m\u{1B}[48;2;0;0;255m▀"))
    #expect(
      sample.text(.indexedColor, columns: 80).hasPrefix(
        "\u{1B}[38;5;231m\u{1B}[48;5;231m▀\u{1B}[38;5;196m\u{1B}[48;5;21m▀\u{1B}[38;5;16m"))
    for style in [TerminalStyle.trueColor, .indexedColor] {
      #expect(sample.text(style, columns: 80).split(separator: "\n").allSatisfy { $0.hasSuffix("\u{1B}[0m") })
    }
  }

  @Test("A picture that is too wide becomes smaller", arguments: [2, 10, 33, 100])
  func shrinking(columns: Int) {
    let picture = Picture(width: 99, height: 40, color: PixelColor(grey: 100))
    let lines = picture.text(.ascii, columns: columns).split(separator: "\n")
    #expect(lines.allSatisfy { $0.count == min(columns - 1, 99) })
    #expect(Set(lines.joined()).count == 1)
  }
}
