import Digests
import FileSupport
import Foundation

/// A folder of compiled programs, for later runs: compiling takes XLA up to seconds.
///
/// A file is one program, named by what it was compiled from, for which devices and by which build of a plugin. Files are written whole
/// and then renamed, so that any number of processes may use one folder. What was not used for longest goes first when the folder
/// grows over its limit. A cache that cannot be read or written costs time only, and is no error.
public struct CompilationCache: Sendable, Hashable {
  /// The folder, made when the first program is stored.
  public var folder: String
  /// How many bytes the programs may take together.
  public var byteLimit: Int

  /// A cache in a folder, of 2 GiB if no limit is given.
  public init(folder: String, byteLimit: Int = 2 << 30) {
    self.folder = folder
    self.byteLimit = byteLimit
  }

  /// The environment variable with the folder of the standard cache; empty for no cache.
  static let variable = "JAXNET_XLA_CACHE"

  /// The cache in the folder that `JAXNET_XLA_CACHE` names, or else in the user's cache; nil if the variable is empty, or there is
  /// no such folder.
  public static var standard: CompilationCache? {
    if let folder = ProcessInfo.processInfo.environment[variable] {
      return folder.isEmpty ? nil : CompilationCache(folder: folder)
    }
    return userCacheFolder().map { CompilationCache(folder: $0 + "/xla") }
  }

  private static let suffix = ".pjrt"
  /// What a file begins with: a mark, then the digest of the rest, by which a damaged file is known.
  private static let mark = Array("jaxnet1\n".utf8)

  private func path(_ key: String) -> String { "\(folder)/\(key)\(Self.suffix)" }

  func load(_ key: String) -> [UInt8]? {
    guard let data = FileManager.default.contents(atPath: path(key)) else { return nil }
    let headSize = Self.mark.count + 64
    guard data.count > headSize, data.prefix(Self.mark.count).elementsEqual(Self.mark) else { return nil }
    let content = [UInt8](data.dropFirst(headSize))
    guard Array(data[Self.mark.count..<headSize]) == Array(Self.digest(content).utf8) else { return nil }
    // The time of the last use decides which files go.
    try? FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: path(key))
    return content
  }

  func store(_ content: [UInt8], _ key: String) {
    guard content.count <= byteLimit else { return }
    let file = Self.mark + Array(Self.digest(content).utf8) + content
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try? writeAtomically(file, to: path(key))
    trim()
  }

  private static func digest(_ bytes: [UInt8]) -> String { SHA256.hexadecimal(of: bytes) }

  /// Removes what was not used for longest until the rest is within the limit. Another process may do the same at the same time.
  private func trim() {
    let keys: [URLResourceKey] = [.contentModificationDateKey, .fileSizeKey]
    let files =
      (try? FileManager.default.contentsOfDirectory(
        at: URL(fileURLWithPath: folder), includingPropertiesForKeys: keys)) ?? []
    var programs = files.filter { $0.lastPathComponent.hasSuffix(Self.suffix) }.map { file in
      let values = try? file.resourceValues(forKeys: Set(keys))
      return (file: file, size: values?.fileSize ?? 0, used: values?.contentModificationDate ?? .distantPast)
    }
    var total = programs.reduce(0) { $0 + $1.size }
    programs.sort { $0.used < $1.used }
    for program in programs where total > byteLimit {
      try? FileManager.default.removeItem(at: program.file)
      total -= program.size
    }
  }
}
