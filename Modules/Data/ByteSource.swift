import FileSupport
import Foundation

/// Bytes that are read one piece after another.
package protocol ByteSource: AnyObject {
  /// What errors call it, usually the path of a file.
  var name: String { get }
  /// The most bytes that it can still give, so that nobody makes room for more on the word of a damaged header.
  var maximumCount: Int { get }
  /// Copies the next bytes into a buffer that is not empty and returns how many: 0 only at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int
}

extension ByteSource {
  /// Fills the buffer unless the end comes first; returns how many bytes it got.
  func readFully(into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  /// The next `count` bytes, or fewer at the end.
  package func next(_ count: Int) throws(DataError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let filled = bytes.withUnsafeMutableBytes { buffer in
      Result { () throws(DataError) in try readFully(into: buffer) }
    }
    return try Array(bytes.prefix(filled.get()))
  }

  /// All that is left, unless that is more than `limit` bytes, which is an error.
  func rest(limit: Int) throws(DataError) -> [UInt8] {
    var all: [UInt8] = []
    while true {
      let piece = try next(1 << 16)
      if piece.isEmpty { return all }
      if piece.count > limit - all.count { throw .tooLarge(path: name, limit: limit) }
      all += piece
    }
  }
}

/// Bytes in memory.
final class MemorySource: ByteSource {
  let name: String
  private var bytes: ArraySlice<UInt8>

  init(_ bytes: [UInt8], name: String) {
    self.name = name
    self.bytes = bytes[...]
  }

  var maximumCount: Int { bytes.count }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let piece = bytes.prefix(buffer.count)
    buffer.copyBytes(from: piece)
    bytes = bytes.dropFirst(piece.count)
    return piece.count
  }
}

/// The bytes of a regular file as they are.
package final class FileSource: ByteSource {
  package let name: String
  private let descriptor: Int32
  package private(set) var maximumCount: Int

  package init(path: String) throws(DataError) {
    name = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw .unreadable(path: path, reason: systemMessage()) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      maximumCount = 0  // completes the object, so that `deinit` closes the file
      throw .unreadable(path: path, reason: "it is not a regular file")
    }
    maximumCount = Int(status.st_size)
  }

  deinit { close(descriptor) }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    while true {
      let count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 {
        maximumCount = max(maximumCount - count, 0)
        return count
      }
      if errno != EINTR { throw .unreadable(path: name, reason: systemMessage()) }
    }
  }
}
