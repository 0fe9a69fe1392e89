import CZlib
import FileSupport
import Foundation

/// A ZIP file, as far as data sets and NumPy's archives need: files that are stored or deflated, below 4 GiB.
///
/// Source: PKWARE's APPNOTE.TXT, version 6.3.3.
package final class ZipArchive {
  /// A file in the archive.
  package struct Entry: Hashable, Sendable {
    /// Its name, with folders before it.
    package let name: String
    /// Its size in bytes.
    package let size: Int
    fileprivate let method: Int
    fileprivate let checksum: UInt32
    fileprivate let compressedSize: Int
    fileprivate let headerOffset: Int
  }

  /// What errors call the archive, usually its path.
  package let name: String
  /// Its files, in the order of its directory.
  package private(set) var entries: [Entry] = []
  fileprivate let contents: any RandomAccess

  /// Opens an archive and reads its directory.
  package convenience init(path: String) throws(DataError) {
    try self.init(contents: RandomAccessFile(path), name: path)
  }

  /// Reads the directory of an archive in memory.
  package convenience init(_ bytes: [UInt8], name: String) throws(DataError) {
    try self.init(contents: bytes, name: name)
  }

  private init(contents: any RandomAccess, name: String) throws(DataError) {
    self.name = name
    self.contents = contents
    entries = try readDirectory()
  }

  /// The contents of a file, decompressed. At their end, size and checksum are compared with those of the directory.
  package func open(_ entry: Entry) throws(DataError) -> any ByteSource {
    let header = try bytes(at: entry.headerOffset, 30)
    guard header.number(0, 4) == 0x0403_4b50 else { throw damage("the header of \(entry.name) is missing") }
    let start = entry.headerOffset + 30 + header.number(26, 2) + header.number(28, 2)
    guard entry.method == 0 || entry.method == 8 else {
      throw damage("\(entry.name) is compressed by method \(entry.method), not by deflate")
    }
    let stored = ZipEntrySource(self, entry, start: start)
    return CheckedSource(entry.method == 0 ? stored : RawInflateSource(stored, entry.name, self), entry, self)
  }

  // MARK: The directory

  private func readDirectory() throws(DataError) -> [Entry] {
    // The end record has 22 bytes and a comment of up to 65,535.
    let tailSize = min(contents.count, 22 + 65_535)
    let tail = try bytes(at: contents.count - tailSize, tailSize)
    let places = stride(from: tail.count - 22, through: 0, by: -1)
    guard let end = places.first(where: { tail.number($0, 4) == 0x0605_4b50 }) else {
      throw damage("it is not a ZIP file: the directory is missing")
    }
    let directory = try bytes(at: tail.number(end + 16, 4), tail.number(end + 12, 4))
    var entries: [Entry] = []
    var place = 0
    for _ in 0..<tail.number(end + 10, 2) {
      guard place + 46 <= directory.count, directory.number(place, 4) == 0x0201_4b50 else {
        throw damage("the directory is cut short")
      }
      let nameSize = directory.number(place + 28, 2)
      guard place + 46 + nameSize <= directory.count else { throw damage("the directory is cut short") }
      entries.append(
        Entry(
          name: String(decoding: directory[place + 46..<place + 46 + nameSize], as: UTF8.self),
          size: directory.number(place + 24, 4), method: directory.number(place + 10, 2),
          checksum: UInt32(directory.number(place + 16, 4)), compressedSize: directory.number(place + 20, 4),
          headerOffset: directory.number(place + 42, 4)))
      place += 46 + nameSize + directory.number(place + 30, 2) + directory.number(place + 32, 2)
    }
    return entries
  }

  fileprivate func bytes(at offset: Int, _ count: Int) throws(DataError) -> [UInt8] {
    guard offset >= 0, offset <= contents.count, count <= contents.count - offset else {
      throw damage("it is cut short")
    }
    return try contents.bytes(at: offset, count)
  }

  fileprivate func damage(_ reason: String) -> DataError { .damagedZip(path: name, reason: reason) }
}

extension [UInt8] {
  /// The number that these bytes are, the lowest first.
  fileprivate func number(_ offset: Int, _ size: Int) -> Int {
    (0..<size).reduce(0) { $0 | Int(self[offset + $1]) << (8 * $1) }
  }
}

// MARK: Contents

/// Bytes that can be read at any place.
private protocol RandomAccess {
  var count: Int { get }
  /// Bytes at a place; all of them are there.
  func bytes(at offset: Int, _ count: Int) throws(DataError) -> [UInt8]
}

extension [UInt8]: RandomAccess {
  fileprivate func bytes(at offset: Int, _ count: Int) -> [UInt8] { Array(self[offset..<offset + count]) }
}

/// A file that can be read at any place.
private final class RandomAccessFile: RandomAccess {
  let path: String
  let count: Int
  private let descriptor: Int32

  init(_ path: String) throws(DataError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    count = descriptor < 0 ? 0 : Int(lseek(descriptor, 0, SEEK_END))
    if descriptor < 0 { throw .unreadable(path: path, reason: systemMessage()) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func bytes(at offset: Int, _ count: Int) throws(DataError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let read = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + filled, count - filled, off_t(offset + filled))
      }
      if read < 0 && errno == EINTR { continue }
      if read <= 0 { throw .unreadable(path: path, reason: read < 0 ? systemMessage() : "it has become shorter") }
      filled += read
    }
    return bytes
  }
}

/// The bytes of a file in an archive as they are stored there.
private final class ZipEntrySource: ByteSource {
  private let archive: ZipArchive
  private var place: Int
  private let end: Int

  init(_ archive: ZipArchive, _ entry: ZipArchive.Entry, start: Int) {
    self.archive = archive
    place = start
    end = start + entry.compressedSize
  }

  var name: String { archive.name }
  var maximumCount: Int { min(end, archive.contents.count) - place }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    let piece = try archive.bytes(at: place, min(buffer.count, end - place))
    buffer.copyBytes(from: piece)
    place += piece.count
    return piece.count
  }
}

/// Decompressed bytes of deflate data without a header.
private final class RawInflateSource: ByteSource {
  let name: String
  private let compressed: any ByteSource
  private let archive: ZipArchive
  private var stream = z_stream()
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
  private var isFinished = false

  init(_ compressed: any ByteSource, _ name: String, _ archive: ZipArchive) {
    self.compressed = compressed
    self.name = name
    self.archive = archive
    let status = inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "ZipArchive: no memory")
  }

  deinit {
    inflateEnd(&stream)
    input.deallocate()
  }

  var maximumCount: Int { .max }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    let room = min(buffer.count, 1 << 30)
    stream.next_out = buffer.bindMemory(to: UInt8.self).baseAddress
    stream.avail_out = UInt32(room)
    while Int(stream.avail_out) == room && !isFinished {
      if stream.avail_in == 0 {
        let count = try compressed.read(into: input)
        if count == 0 { throw archive.damage("\(name) ends early") }
        stream.next_in = input.bindMemory(to: UInt8.self).baseAddress
        stream.avail_in = UInt32(count)
      }
      switch inflate(&stream, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: isFinished = true
      default: throw archive.damage("\(name) cannot be decompressed")
      }
    }
    return room - Int(stream.avail_out)
  }
}

/// Bytes whose number and checksum are compared with those of the directory.
private final class CheckedSource: ByteSource {
  private let source: any ByteSource
  private let entry: ZipArchive.Entry
  private let archive: ZipArchive
  private var count = 0
  private var checksum = crc32(0, nil, 0)

  init(_ source: any ByteSource, _ entry: ZipArchive.Entry, _ archive: ZipArchive) {
    self.source = source
    self.entry = entry
    self.archive = archive
  }

  var name: String { "\(archive.name)/\(entry.name)" }
  var maximumCount: Int { min(source.maximumCount, entry.size - count) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    let piece = try source.read(into: buffer)
    count += piece
    checksum = crc32(checksum, buffer.bindMemory(to: UInt8.self).baseAddress, UInt32(piece))
    if count > entry.size || piece == 0 && (count < entry.size || checksum != UInt(entry.checksum)) {
      throw archive.damage("\(entry.name) is not what the directory says")
    }
    return piece
  }
}

// MARK: Writing

extension ZipArchive {
  /// The bytes of an archive of files, compressed or stored, without times.
  ///
  /// Names, files and their number are as large as the format allows: below 64 kB, 4 GiB and 65,536.
  package static func encode(_ files: [(name: String, contents: [UInt8])], isCompressed: Bool) -> [UInt8] {
    var archive: [UInt8] = []
    var directory: [UInt8] = []
    for file in files {
      let data = isCompressed ? Gzip.deflated(file.contents, level: 6, windowBits: -MAX_WBITS) : file.contents
      let checksum = file.contents.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }
      let name = Array(file.name.utf8)
      // Version 2.0, names in UTF-8, method, the first day that the format knows.
      let common =
        number(20, 2) + number(1 << 11, 2) + number(isCompressed ? 8 : 0, 2) + number(0, 2) + number(1 << 5 | 1, 2)
        + number(Int(checksum), 4) + number(data.count, 4) + number(file.contents.count, 4) + number(name.count, 2)
        + number(0, 2)
      directory +=
        number(0x0201_4b50, 4) + number(20, 2) + common + number(0, 10) + number(archive.count, 4) + name
      archive += number(0x0403_4b50, 4) + common + name + data
    }
    let end =
      number(0x0605_4b50, 4) + number(0, 4) + number(files.count, 2) + number(files.count, 2)
      + number(directory.count, 4) + number(archive.count, 4) + number(0, 2)
    return archive + directory + end
  }

  private static func number(_ value: Int, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
