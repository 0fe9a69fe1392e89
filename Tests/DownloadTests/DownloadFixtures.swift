import Data
import Digests
import Download
import Foundation
import TestSupport

/// A file as servers have it, and what it must be.
struct PublishedFile {
  let contents: [UInt8]
  let compressed: [UInt8]
  let check: FileCheck

  static let usual = PublishedFile()

  init(_ count: Int = 200_000, seed: UInt64 = 0) {
    contents = noise(count, seed: seed)
    compressed = Gzip.compress(contents, level: 1)
    check = .contents(size: count, sha256: SHA256.hexadecimal(of: contents))
  }
}

/// Patience that does not make tests wait.
let impatience = DownloadPatience(attempts: 3, firstPause: 0.01, longestPause: 0.05, stallSeconds: 0.6)

/// A folder to download to, and what happened.
final class Target {
  let folder: TemporaryFolder
  private(set) var events: [DownloadEvent] = []

  init() throws { folder = try TemporaryFolder() }

  var path: String { folder.path + "/file.gz" }

  func download(
    _ check: FileCheck, from sources: [String], patience: DownloadPatience = impatience
  ) async throws(DownloadError) -> DownloadOutcome {
    try await Downloader(patience: patience).download(path, check: check, from: sources) { events.append($0) }
  }

  /// How much of the file was there when each transfer began.
  var offsets: [Int] { events.compactMap { if case .started(_, let offset, _) = $0 { offset } else { nil } } }
  /// The errors after which the same source was asked again.
  var retries: [DownloadError] { events.compactMap { if case .retrying(let error, _) = $0 { error } else { nil } } }
  /// The errors after which the next source was asked.
  var changes: [DownloadError] { events.compactMap { if case .nextSource(let error) = $0 { error } else { nil } } }
}
