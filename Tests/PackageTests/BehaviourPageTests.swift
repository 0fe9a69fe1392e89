import Testing

/// The page that lists the original's behaviours names tests that exist.
@Suite struct BehaviourPageTests {
  @Test func namedTestsExist() throws {
    let page = try #require(
      try SourceFile.all(in: ["docs"], extensions: ["md"]).first { "\($0)".hasSuffix("behaviours-of-the-original.md") })
    let sources = try SourceFile.all(in: ["Tests"], extensions: ["swift"]).map { $0.lines.joined(separator: "\n") }
    var count = 0
    for row in page.lines where row.hasPrefix("| ") {
      // The last column: `Suite.test`, or `Suite` for all of its tests.
      let cell = row.split(separator: "|").last ?? ""
      for name in cell.split(separator: "`") where name.contains("Tests") || name.contains("Original") {
        let parts = name.split(separator: ".")
        let exists = sources.contains {
          $0.contains("struct \(parts[0]) {") && (parts.count == 1 || $0.contains("func \(parts[1])("))
        }
        #expect(exists, "\(name)")
        count += 1
      }
    }
    #expect(count > 40)
  }
}
