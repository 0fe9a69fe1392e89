import Testing

/// The page that `Tools/coverage/coverage_of_jax.py` writes: what it says to be here is declared.
@Suite struct CoveragePageTests {
  /// Words of the page's code that are no public declarations: examples of operands, labels, settings.
  private static let otherWords: Set<String> = ["x", "i", "key", "to", "data", "bool", "Tensor", "Primitive", "at"]

  @Test func whatIsSaidToBeHereIsDeclared() throws {
    let declared = try declaredNames()
    let page = try SourceFile(path: "docs/coverage-of-jax.md")
    var count = 0
    for (number, line) in page.lines.enumerated() where line.hasPrefix("| `") {
      let columns = line.split(separator: "|", omittingEmptySubsequences: true)
      // The table of counts has other columns.
      if columns.count != 2 { continue }
      count += 1
      for code in columns[1].matches(of: /`([^`]+)`/) {
        let withoutIndices = code.1.replacing(/\[[^\]]*\]/, with: "")
        for word in withoutIndices.matches(of: /[A-Za-z_]\w*/).map({ String($0.0) })
        where !Self.otherWords.contains(word) && !word.hasPrefix("JAXNET_") {
          #expect(declared.contains(word), "\(page):\(number + 1) names \(word), which nothing declares")
        }
      }
    }
    #expect(count > 500)
  }

  private func declaredNames() throws -> Set<String> {
    let declaration =
      /public (?:(?:static|mutating|final|indirect|consuming|borrowing|prefix) )*(?:func|var|let|struct|class|enum|protocol|typealias) `?([^\s(<:`=]+)/
    let enumCase = /^\s*case ([a-z]\w+)/
    var names = Set<String>()
    for file in try SourceFile.all(in: ["Modules"], extensions: ["swift"]) {
      for line in file.lines {
        if let match = line.firstMatch(of: declaration) {
          names.insert(String(match.1))
        } else if let match = line.firstMatch(of: enumCase) {
          names.insert(String(match.1))
        }
      }
    }
    return names
  }
}
