import Foundation
import Synchronization
import TestSupport
import Testing
import XLA

/// What the snippets of each thread have printed last; pages are tested beside each other.
private let lastPrinted = Mutex<[String: String]>([:])

/// The test that is running, by which what is printed is kept.
private var currentTest: String { Test.current.map { "\($0.id)" } ?? "" }

/// Whether there is a plugin for the pages that need one.
enum Plugin {
  static let isThere = (try? XLAClient.shared()) != nil
}

/// Stands in for Swift's `print` in the snippets, to keep what they print.
func print(_ items: Any..., separator: String = " ", terminator: String = "\n") {
  let line = items.map { "\($0)" }.joined(separator: separator)
  lastPrinted.withLock { $0[currentTest] = line }
}

/// The file that a page calls by this name: one of Tests/Golden/guides, or one that the page writes.
func documentFile(_ name: String, in folder: TemporaryFolder) -> String {
  let guide = packageRoot.appendingPathComponent("Tests/Golden/guides/\(name)").path
  return FileManager.default.fileExists(atPath: guide) ? guide : folder.path + "/" + name
}

/// Checks what the last `print` printed against a text in which `…` stands for anything; `page` and `line` are where
/// it says so.
func expectPrinted(_ expected: String, _ page: String, line: Int) {
  let printed = lastPrinted.withLock { $0[currentTest] ?? "" }
  expectText(printed, expected, "printed", page, line)
}

/// Checks the text with which a program stopped.
func expectStopped(_ result: ExitTest.Result?, _ expected: String, _ page: String, line: Int) {
  let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  let lines = (output.components(separatedBy: "Fatal error: ").dropFirst().first ?? "").components(separatedBy: "\n")
  // The text ends where lines are not indented any more; the process's last words follow.
  let text = lines.prefix(1) + lines.dropFirst().prefix { $0.hasPrefix("  ") }
  expectText(text.joined(separator: "\n"), expected, "stopped with", page, line)
}

/// Checks the text of the error that a program throws.
func expectThrown(_ expected: String, _ page: String, line: Int, _ program: () throws -> Void) {
  do {
    try program()
    expectText("nothing", expected, "threw", page, line)
  } catch {
    expectText("\(error)", expected, "threw", page, line)
  }
}

private func expectText(_ text: String, _ expected: String, _ verb: String, _ page: String, _ line: Int) {
  let path = packageRoot.appendingPathComponent(page).path
  #expect(
    matches(text, expected), "\(verb): \(text)\n\(page) says: \(expected)",
    sourceLocation: SourceLocation(fileID: "PackageTests/\(page)", filePath: path, line: line, column: 1))
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

@Suite("What pages say of prints")
struct SnippetSupportTests {
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
