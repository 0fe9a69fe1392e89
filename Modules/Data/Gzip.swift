import CZlib
import Foundation

/// The gzip format (RFC 1952), by zlib.
public enum Gzip {
  /// Whether the bytes begin as gzip data do.
  public static func isCompressed(_ bytes: [UInt8]) -> Bool { bytes.starts(with: magic) }

  /// Decompresses gzip data in one or several parts ("members"), which are joined.
  ///
  /// - Parameters:
  ///   - bytes: the compressed data; their checksums and lengths are checked.
  ///   - limit: the most decompressed bytes to accept: a kilobyte can hold a megabyte.
  ///   - name: what errors call the data, usually the path of a file.
  /// - Throws: `DataError.damagedGzip`, or `DataError.tooLarge` for more than `limit` bytes.
  public static func decompress(
    _ bytes: [UInt8], limit: Int = 1 << 30, name: String = "the data"
  ) throws(DataError) -> [UInt8] {
    try GzipSource(MemorySource(bytes, name: name)).rest(limit: limit)
  }

  /// Compresses bytes into gzip data, the same for the same bytes: without a time or a file name.
  ///
  /// - Parameter level: from 1, the fastest, to 9, the smallest.
  public static func compress(_ bytes: [UInt8], level: Int = 9) -> [UInt8] {
    precondition((1...9).contains(level), "Gzip.compress: the level is \(level), not one of 1 to 9")
    return deflated(bytes, level: level, windowBits: gzipWindowBits)
  }

  /// Compresses bytes in the form that zlib's parameter tells: with gzip's header or with none.
  static func deflated(_ bytes: [UInt8], level: Int, windowBits: Int32) -> [UInt8] {
    var stream = z_stream()
    let status = deflateInit2_(
      &stream, Int32(level), Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, streamSize)
    precondition(status == Z_OK, "Gzip: no memory")
    defer { deflateEnd(&stream) }
    var compressed: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 1 << 16)
    bytes.withUnsafeBufferPointer { input in
      var position = 0
      var isDone = false
      while !isDone {
        // zlib counts in 32 bits.
        let count = min(input.count - position, 1 << 30)
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress.map { $0 + position })
        stream.avail_in = UInt32(count)
        position += count
        let flush = position == input.count ? Z_FINISH : Z_NO_FLUSH
        repeat {
          isDone = room.withUnsafeMutableBufferPointer { output in
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            return deflate(&stream, flush) == Z_STREAM_END
          }
          compressed += room.prefix(room.count - Int(stream.avail_out))
        } while stream.avail_out == 0
      }
    }
    return compressed
  }

  static let magic: [UInt8] = [0x1f, 0x8b]

  /// The most that one byte of deflate data can become: 258 bytes for every two bits.
  static let greatestRatio = 1032
}

/// zlib's largest window, plus what tells it to read and write gzip's header.
private let gzipWindowBits = 15 + Int32(16)
private let streamSize = Int32(MemoryLayout<z_stream>.size)

/// The decompressed bytes of gzip data.
final class GzipSource: ByteSource {
  let name: String
  private let compressed: any ByteSource
  private var stream = z_stream()
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
  private var state = State.inside
  private var memberCount = 1
  private var decompressedCount = 0

  private enum State {
    case inside
    case betweenMembers
    case finished
  }

  init(_ compressed: any ByteSource) {
    self.compressed = compressed
    name = compressed.name
    let status = inflateInit2_(&stream, gzipWindowBits, ZLIB_VERSION, streamSize)
    precondition(status == Z_OK, "Gzip: no memory")
  }

  deinit {
    inflateEnd(&stream)
    input.deallocate()
  }

  var maximumCount: Int {
    let left = compressed.maximumCount.addingReportingOverflow(Int(stream.avail_in))
    let (count, overflow) = left.partialValue.multipliedReportingOverflow(by: Gzip.greatestRatio)
    // Beyond its input, zlib holds back at most a window of output.
    return left.overflow || overflow || count > .max - (1 << 16) ? .max : count + (1 << 16)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    let room = min(buffer.count, 1 << 30)
    stream.next_out = buffer.bindMemory(to: UInt8.self).baseAddress
    stream.avail_out = UInt32(room)
    while Int(stream.avail_out) == room && state != .finished {
      if stream.avail_in == 0 { try refill() }
      if state == .betweenMembers { try beginMember() }
      if state == .inside { try inflatePiece(room) }
    }
    let count = room - Int(stream.avail_out)
    decompressedCount += count
    return count
  }

  private func refill() throws(DataError) {
    let count = try compressed.read(into: input)
    stream.next_in = input.bindMemory(to: UInt8.self).baseAddress
    stream.avail_in = UInt32(count)
    if count > 0 { return }
    guard state == .betweenMembers else {
      throw .damagedGzip(path: name, damage: .truncated(decompressedCount: decompressedCount))
    }
    state = .finished
  }

  private func beginMember() throws(DataError) {
    guard stream.next_in.pointee == Gzip.magic[0] else { throw .damagedGzip(path: name, damage: .trailingBytes) }
    inflateReset(&stream)
    memberCount += 1
    state = .inside
  }

  private func inflatePiece(_ room: Int) throws(DataError) {
    switch inflate(&stream, Z_NO_FLUSH) {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END: state = .betweenMembers
    case Z_MEM_ERROR: throw .unreadable(path: name, reason: "no memory to decompress it")
    default:
      let reason = stream.msg.map { String(cString: $0) } ?? "unknown error"
      switch reason {
      case "incorrect data check": throw .damagedGzip(path: name, damage: .wrongChecksum)
      case "incorrect length check": throw .damagedGzip(path: name, damage: .wrongLength)
      case "incorrect header check" where memberCount > 1: throw .damagedGzip(path: name, damage: .trailingBytes)
      default: throw .damagedGzip(path: name, damage: .invalid(reason: reason))
      }
    }
  }
}

/// The contents of a file, decompressed if they begin as gzip data do, whatever the file is called.
package func openDecompressing(_ path: String) throws(DataError) -> any ByteSource {
  let start = try FileSource(path: path).next(Gzip.magic.count)
  let file = try FileSource(path: path)
  return Gzip.isCompressed(start) ? GzipSource(file) : file
}
