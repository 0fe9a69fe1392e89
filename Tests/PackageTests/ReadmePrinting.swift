import Foundation
import Synchronization
import Testing

/// What the snippets of README.md have printed last.
private let lastPrinted = Mutex("")

/// Stands in for Swift's `print` in the snippets, to keep what they print.
func print(_ items: Any..., separator: String = " ", terminator: String = "\n") {
  let line = items.map { "\($0)" }.joined(separator: separator)
  lastPrinted.withLock { $0 = line }
}

/// Checks what the last `print` printed against a text in which `…` stands for anything; `line` is where README.md says
/// so.
func expectPrinted(_ expected: String, line: Int) {
  let printed = lastPrinted.withLock { $0 }
  let readme = packageRoot.appendingPathComponent("README.md").path
  #expect(
    matches(printed, expected), "printed: \(printed)\nREADME.md says: \(expected)",
    sourceLocation: SourceLocation(fileID: "PackageTests/README.md", filePath: readme, line: line, column: 1))
}

/// Whether a text is the pattern, in which `…` stands for any text.
private func matches(_ text: String, _ pattern: String) -> Bool {
  let pieces = pattern.components(separatedBy: "…")
  guard pieces.count > 1 else { return text == pattern }
  guard text.hasPrefix(pieces[0]) else { return false }
  var rest = text.dropFirst(pieces[0].count)
  for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
    guard let found = rest.range(of: piece) else { return false }
    rest = rest[found.upperBound...]
  }
  return rest.hasSuffix(pieces.last!)
}

@Suite("What README.md says of prints")
struct ReadmePrintingTests {
  @Test(
    "An ellipsis stands for any text",
    arguments: [
      ("[3, 5]", "[3, 5]", true), ("[3, 5]", "[3, 6]", false), ("[1.25, 2]", "[1.…, 2]", true), ("abc", "…", true),
      ("abc", "a…c", true), ("abc", "a…b", false), ("a b c d", "a…c…", true), ("a b c d", "b…d", false),
      ("", "…", true),
      ("ab", "ab…b", false),
    ])
  func ellipsis(text: String, pattern: String, isMatch: Bool) {
    #expect(matches(text, pattern) == isMatch)
  }
}
