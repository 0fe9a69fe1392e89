import Foundation

/// The folder of the package.
let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// A file of source code.
struct SourceFile: CustomStringConvertible {
  /// Its path in the package.
  let description: String
  let lines: [Substring]

  init(path: String) throws {
    description = path
    lines = try String(contentsOf: packageRoot.appendingPathComponent(path), encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// The files below some folders whose names have one of these extensions, sorted.
  static func all(in folders: [String], extensions: Set<String>) throws -> [SourceFile] {
    try folders.flatMap { folder in
      let paths = FileManager.default.enumerator(atPath: packageRoot.appendingPathComponent(folder).path)
      let names = (paths?.compactMap { $0 as? String } ?? []).filter {
        extensions.contains(($0 as NSString).pathExtension)
      }
      return try names.sorted().map { try SourceFile(path: "\(folder)/\($0)") }
    }
  }
}
