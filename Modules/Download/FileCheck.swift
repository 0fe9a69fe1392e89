import Data
import Digests
import Foundation
import Tensor

/// What a downloaded file must be.
public enum FileCheck: Hashable, Sendable {
  /// Its contents, decompressed if they are compressed, have this size in bytes and this SHA-256.
  ///
  /// This is the check to prefer: servers compress a file anew now and then.
  case contents(size: Int, sha256: String)
  /// The file as it is has this size in bytes and this SHA-256.
  case file(size: Int, sha256: String)
  /// It is an IDX file of uint8 with this shape.
  case idx(shape: [Int])
  /// It holds this many words and letters in the format of Stanford's OCR letters.
  case words(wordCount: Int, letterCount: Int)

  /// The size that the file itself must have, if it is known, in bytes.
  var fileSize: Int? { if case .file(let size, _) = self { size } else { nil } }

  /// The most bytes that the file can have if it is what it should be: compression makes nothing much larger.
  var maximumFileSize: Int {
    switch self {
    case .file(let size, _): size
    case .contents(let size, _): Self.compressed(size)
    case .idx(let shape): Self.compressed(4 + 4 * shape.count + shape.reduce(1, *))
    // A line has 128 digits and as many tabs, and six columns before them.
    case .words(_, let letterCount): Self.compressed(letterCount * 320)
    }
  }

  private static func compressed(_ size: Int) -> Int { size + size / 100 + 4096 }

  /// Looks at a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - source: what errors call it: its path or where it came from.
  /// - Throws: `DownloadError`: what is wrong with it.
  public func verify(_ path: String, source: String) throws(DownloadError) {
    switch self {
    case .file(let size, let sha256):
      try verify(source, size, sha256) { () throws(DataError) in try FileSource(path: path) }
    case .contents(let size, let sha256):
      try verify(source, size, sha256) { () throws(DataError) in try openDecompressing(path) }
    case .idx(let shape):
      let array = try reading(source) { () throws(DataError) in try IDX.read(path, dtype: .uint8, rank: shape.count) }
      if array.shape != shape {
        throw .damaged(source: source, reason: "it holds an array of shape \(array.shape), not \(shape)")
      }
    case .words(let wordCount, let letterCount):
      let words = try reading(source) { () throws(DataError) in try OCRWords.load(from: path) }
      if words.count != wordCount || words.letterCount != letterCount {
        throw .damaged(
          source: source,
          reason: "it holds \(words.count) words of \(words.letterCount) letters, not \(wordCount) of \(letterCount)")
      }
    }
  }

  private func verify(
    _ source: String, _ size: Int, _ sha256: String, _ open: () throws(DataError) -> any ByteSource
  ) throws(DownloadError) {
    let (found, digest) = try reading(source) { () throws(DataError) in try hash(open(), upTo: size) }
    if found != size { throw .wrongSize(source: source, expected: size, found: found) }
    if digest != sha256 { throw .wrongChecksum(source: source, expected: sha256, found: digest) }
  }

  /// The number of bytes and their SHA-256. Bytes far beyond a size are not looked at: a kilobyte can decompress to a
  /// megabyte.
  private func hash(_ source: any ByteSource, upTo size: Int) throws(DataError) -> (count: Int, sha256: String) {
    var digest = SHA256()
    var count = 0
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { room.deallocate() }
    while count <= size {
      let piece = try source.read(into: room)
      if piece == 0 { break }
      count += piece
      digest.update(UnsafeRawBufferPointer(rebasing: room[..<piece]))
    }
    return (count, digest.hexadecimal())
  }
}

/// What a reader of data answers; its errors are damages of what it reads.
func reading<Value>(_ source: String, _ body: () throws(DataError) -> Value) throws(DownloadError) -> Value {
  do { return try body() } catch { throw .damaged(source: source, reason: "\(error)") }
}
