import Testing

@Suite("Documentation")
struct DocumentationTests {
  @Test func everyPublicSymbolHasADocComment() throws {
    for file in try SourceFile.all(in: ["Modules"], extensions: ["swift"]) {
      for line in try undocumentedLines(file.lines) {
        Issue.record("\(file):\(line + 1) has no doc comment: \(file.lines[line].drop { $0 == " " })")
      }
    }
  }

  @Test(
    "What needs a doc comment",
    arguments: [
      ("public func f() {}", [0]),
      ("/// It is.\npublic func f() {}", []),
      ("/// It is.\n@inlinable\n@available(*, deprecated)\npublic func f() {}", []),
      ("@inlinable\npublic func f() {}", [1]),
      ("/** It is. */\npublic func f() {}", []),
      ("// It is not.\npublic struct S {", [1]),
      ("/// It is.\n\npublic struct S {", [2]),
      ("  @inlinable public static func f() {}", [0]),
      ("  public private(set) var x = 1", [0]),
      ("  public nonisolated(unsafe) static let x = 1", [0]),
      ("  @discardableResult open class func f()", [0]),
      ("  public convenience init?(x: Int) {", [0]),
      ("  public subscript(i: Int) -> Int {", [0]),
      ("  public static prefix func - (a: T) -> T {", [0]),
      ("public import Tensor", []),
      ("public extension Tensor {", []),
      ("func f() {}\npackage func g() {}", []),
      ("  public static func == (a: T, b: T) -> Bool {", []),
      ("  public func hash(into hasher: inout Hasher) {", []),
      ("let s = \"public func f\"", []),
      ("/// It is.\npublic protocol P {\n  func f()\n  /// It is.\n  var x: Int { get }\n}\nfunc g() {}", [2]),
      ("/// It is.\npublic protocol P: Q {\n  associatedtype A\n}", [2]),
    ])
  func rule(source: String, undocumented: [Int]) throws {
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(try undocumentedLines(lines) == undocumented)
  }
}

/// The lines, counted from 0, that declare something public without a doc comment before them.
///
/// Only what a type inherits in any case, `==` and `hash(into:)`, may go without.
private func undocumentedLines(_ lines: [Substring]) throws -> [Int] {
  let modifiers = """
    static|final|class|override|mutating|nonmutating|indirect|lazy|weak|unowned|convenience|required|prefix|postfix|infix|\
    borrowing|consuming|nonisolated|dynamic
    """
  let declarations =
    "func|var|let|init|subscript|struct|class|enum|actor|protocol|typealias|associatedtype|macro|operator"
  let declaration =
    "(?:(?:\(modifiers)|(?:private|internal|package|nonisolated|unowned)\\(\\w+\\))\\s+)*(?:\(declarations))\\b"
  let exempt = #"^\s*(?:@\w+\s+)*public (?:static func ==|func hash\(into)"#
  let attributes = #"^\s*(?:@\w+(?:\([^)]*\))?\s+)*"#
  let isPublic = try Regex(attributes + "(?:public|open)\\s+" + declaration)
  let isRequirement = try Regex(attributes + declaration)
  let isExempt = try Regex(exempt)
  let opensProtocol = try Regex(attributes + #"public protocol\b.*\{\s*$"#)

  var result: [Int] = []
  var protocolIndentation: Int?
  for (index, line) in lines.enumerated() {
    let indentation = line.prefix { $0 == " " }.count
    if let inside = protocolIndentation, indentation <= inside, line.contains("}") { protocolIndentation = nil }
    let isMember = protocolIndentation.map { indentation == $0 + 2 } ?? false
    // Most lines need no slow look.
    let mayBePublic = line.contains("public") || line.contains("open")
    let needsComment =
      try mayBePublic && isPublic.firstMatch(in: line) != nil && isExempt.firstMatch(in: line) == nil
      || isMember && isRequirement.firstMatch(in: line) != nil
    if needsComment && !isDocumented(lines[..<index]) { result.append(index) }
    if try mayBePublic && opensProtocol.firstMatch(in: line) != nil { protocolIndentation = indentation }
  }
  return result
}

/// Whether the lines before a declaration end in a doc comment, attributes aside.
private func isDocumented(_ lines: ArraySlice<Substring>) -> Bool {
  for line in lines.reversed() {
    let text = line.drop { $0 == " " }
    if text.hasPrefix("///") || text.hasSuffix("*/") { return true }
    if !text.hasPrefix("@") { return false }
  }
  return false
}
