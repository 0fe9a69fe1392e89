import Data
import Foundation
import TestSupport
import Testing

@Suite("ZIP archives")
struct ZipArchiveTests {
  private static let files: [(name: String, contents: [UInt8], isDeflated: Bool)] = [
    ("set/one.bin", noise(200_000), false), ("set/two.txt", [UInt8](repeating: 7, count: 900_000), true),
    ("set/none", [], false), ("set/deflated noise", noise(100_000, seed: 2), true),
  ]

  @Test func whatIsStoredAndWhatIsDeflatedComesOut() throws {
    let folder = try TemporaryFolder()
    let bytes = zipFile(Self.files, comment: "made for a test")
    let path = try folder.file("a.zip", bytes)
    for archive in [try ZipArchive(path: path), try ZipArchive(bytes, name: "memory")] {
      #expect(archive.entries.map(\.name) == Self.files.map(\.name))
      for (entry, file) in zip(archive.entries, Self.files) {
        #expect(entry.size == file.contents.count)
        let contents = try archive.open(entry).next(file.contents.count + 1)
        #expect(contents == file.contents, "\(file.name)")
      }
    }
  }

  @Test("What is written is read", arguments: [true, false])
  func roundTrip(isCompressed: Bool) throws {
    let bytes = ZipArchive.encode(Self.files.map { ($0.name, $0.contents) }, isCompressed: isCompressed)
    #expect(isCompressed == (bytes.count < 400_000))
    let archive = try ZipArchive(bytes, name: "memory")
    #expect(archive.entries.map(\.name) == Self.files.map(\.name))
    for (entry, file) in zip(archive.entries, Self.files) {
      #expect(try archive.open(entry).next(file.contents.count + 1) == file.contents)
    }
  }

  struct Damage: CustomTestStringConvertible {
    let testDescription: String
    let contents: [UInt8]
    let reason: String

    init(_ description: String, _ contents: [UInt8], _ reason: String) {
      testDescription = description
      self.contents = contents
      self.reason = reason
    }
  }

  private static let damages = [
    Damage("nothing", [], "it is not a ZIP file: the directory is missing"),
    Damage("another file", noise(1000), "it is not a ZIP file: the directory is missing"),
    Damage("no end", zipFile(files).dropLast(23), "it is not a ZIP file: the directory is missing"),
    Damage("a changed byte of a file", changed(60, by: 1), "set/one.bin is not what the directory says"),
    Damage("a changed header", changed(0, by: 1), "the header of set/one.bin is missing"),
    Damage("a changed directory", changed(directory, by: 1), "the directory is cut short"),
    Damage("another method", changed(directory + 10, by: 9), "set/one.bin is compressed by method 9, not by deflate"),
    Damage("no deflated data", changed(directory + 10, by: 8), "set/one.bin cannot be decompressed"),
    Damage("a place beyond the end", changed(directory + 45, by: 0x70), "it is cut short"),
  ]

  @Test("Damage is told", arguments: damages)
  func damage(_ damage: Damage) throws {
    let error = #expect(throws: DataError.damagedZip(path: "a.zip", reason: damage.reason)) {
      let archive = try ZipArchive(damage.contents, name: "a.zip")
      let source = try archive.open(archive.entries[0])
      while try !source.next(1 << 16).isEmpty {}
    }
    #expect(error?.description == "a.zip is damaged: \(damage.reason)")
  }

  /// Where the directory begins.
  private static let directory = zipFile(files).suffix(6).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }

  /// An archive with some bits of one byte turned over.
  private static func changed(_ place: Int, by bits: UInt8) -> [UInt8] {
    var bytes = zipFile(files)
    bytes[place] ^= bits
    return bytes
  }
}
