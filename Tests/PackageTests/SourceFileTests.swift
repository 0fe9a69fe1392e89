import Foundation
import Testing

@Suite("Source files")
struct SourceFileTests {
  @Test func noFileIsLong() throws {
    let folders = ["Modules", "Tests", "Tools"]
    for file in try SourceFile.all(in: folders, extensions: ["swift", "c", "h", "inc", "py", "sh"]) {
      // The snippets of the pages are written by a script.
      if file.description.hasPrefix("Tests/PackageTests/Snippets/") { continue }
      let count = file.lines.count - 1
      #expect(count <= 650, "\(file) has \(count) lines: does it do one thing?")
    }
  }

  @Test func everyExampleHasADescription() throws {
    #expect(try output(of: "Tools/run").status == 0)
    let list = try output(of: "Tools/run").text.split(separator: "\n").dropFirst()
    #expect(!list.isEmpty)
    for line in list {
      #expect(line.split(separator: " ").count > 1, "\(line) has no `abstract:` in its CommandConfiguration")
    }
  }

  @Test func anUnknownExampleIsAnError() throws {
    let result = try output(of: "Tools/run", "no-such-example")
    #expect(result.status == 64)
    #expect(result.text.hasPrefix("There is no example 'no-such-example'.\nusage: Tools/run NAME"))
  }

  @Test func theTestsOfThePagesAreUpToDate() throws {
    let result = try output(of: "Tools/doc-snippets", "--check")
    #expect(result.status == 0, "\(result.text)")
  }
}

/// What a script of the package writes, and its exit status.
private func output(of script: String, _ arguments: String...) throws -> (text: String, status: Int32) {
  let process = Process()
  process.executableURL = packageRoot.appendingPathComponent(script)
  process.arguments = arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  process.standardInput = FileHandle.nullDevice
  try process.run()
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (String(decoding: data, as: UTF8.self), process.terminationStatus)
}
