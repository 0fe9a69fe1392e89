import Data
import Testing

/// Text that compresses to two bytes in three.
private let text = Array("It was the best of times, it was the worst of times".utf8)

/// A gzip file whose header has every optional field: extra bytes, a name, a comment and a checksum of the header.
private let withEveryField: [UInt8] = {
  var header: [UInt8] = [0x1f, 0x8b, 8, 0b11110, 0, 0, 0, 0, 0, 3]
  header += [2, 0, 7, 7] + Array("name\0".utf8) + Array("comment\0".utf8)
  // The low half of the header's CRC-32.
  header += [0xf5, 0x80]
  return header + Gzip.compress(text).dropFirst(10)
}()

private func changed(_ bytes: [UInt8], at index: Int, to byte: UInt8? = nil) -> [UInt8] {
  var bytes = bytes
  let place = index < 0 ? bytes.count + index : index
  bytes[place] = byte ?? bytes[place] ^ 1
  return bytes
}

@Suite("gzip")
struct GzipTests {
  @Test(
    "What is compressed decompresses to the same",
    arguments: [
      [], [7], text, [UInt8](repeating: 0, count: 1_000_000),
      (0..<300_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 7) },
    ])
  func roundTrip(bytes: [UInt8]) throws {
    for level in [1, 6, 9] {
      let compressed = Gzip.compress(bytes, level: level)
      #expect(Gzip.isCompressed(compressed))
      #expect(try Gzip.decompress(compressed) == bytes)
    }
  }

  @Test func severalMembersAreJoined() throws {
    let members = Gzip.compress(text) + Gzip.compress([]) + Gzip.compress([1, 2, 3])
    #expect(try Gzip.decompress(members) == text + [1, 2, 3])
  }

  @Test func optionalHeaderFieldsAreSkipped() throws {
    #expect(try Gzip.decompress(withEveryField) == text)
  }

  struct Fault: CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let damage: GzipDamage
    let message: String
  }

  static let faults: [Fault] = {
    let good = Gzip.compress(text)
    let trailing = "bytes that are no gzip data follow the end"
    func invalid(_ description: String, _ bytes: [UInt8], _ reason: String) -> Fault {
      Fault(
        testDescription: description, bytes: bytes, damage: .invalid(reason: reason),
        message: "the gzip data are invalid (\(reason))")
    }
    return [
      Fault(
        testDescription: "nothing", bytes: [], damage: .truncated(decompressedCount: 0),
        message: "the gzip data end early, after 0 decompressed bytes"),
      Fault(
        testDescription: "half of the header", bytes: Array(good.prefix(5)), damage: .truncated(decompressedCount: 0),
        message: "the gzip data end early, after 0 decompressed bytes"),
      Fault(
        testDescription: "no length at the end", bytes: good.dropLast(4), damage: .truncated(decompressedCount: 51),
        message: "the gzip data end early, after 51 decompressed bytes"),
      Fault(
        testDescription: "a second member cut short", bytes: good + good.dropLast(9),
        damage: .truncated(decompressedCount: 51 + 51), message: "the gzip data end early, after 102 decompressed bytes"
      ),
      Fault(
        testDescription: "another checksum", bytes: changed(good, at: -8), damage: .wrongChecksum,
        message: "the decompressed data do not have the checksum that the file gives"),
      Fault(
        testDescription: "another checksum in the second member", bytes: good + changed(good, at: -6),
        damage: .wrongChecksum,
        message: "the decompressed data do not have the checksum that the file gives"),
      Fault(
        testDescription: "another length", bytes: changed(good, at: -4), damage: .wrongLength,
        message: "the decompressed data do not have the length that the file gives"),
      Fault(testDescription: "a line after the end", bytes: good + [10], damage: .trailingBytes, message: trailing),
      Fault(
        testDescription: "zeros after the end", bytes: good + [0, 0, 0], damage: .trailingBytes, message: trailing),
      Fault(
        testDescription: "half a magic number after the end", bytes: good + [0x1f, 0, 0], damage: .trailingBytes,
        message: trailing),
      invalid("text", text, "incorrect header check"),
      invalid("an unknown method", changed(good, at: 2, to: 7), "unknown compression method"),
      invalid("unknown flags", changed(good, at: 3, to: 0x80), "unknown header flags set"),
      invalid("a wrong checksum of the header", changed(withEveryField, at: 12), "header crc mismatch"),
      invalid("an unknown kind of block", changed(good, at: 10, to: 7), "invalid block type"),
    ]
  }()

  @Test("Damage is found", arguments: faults)
  func fault(_ fault: Fault) {
    #expect(throws: DataError.damagedGzip(path: "the data", damage: fault.damage)) { try Gzip.decompress(fault.bytes) }
    #expect(fault.damage.description == fault.message)
  }

  @Test func noPrefixOfAFilePassesForTheWhole() {
    let good = Gzip.compress(text)
    for count in good.indices {
      #expect(throws: DataError.self) { try Gzip.decompress(Array(good.prefix(count))) }
    }
  }

  @Test func moreThanTheLimitIsAnError() throws {
    let zeros = [UInt8](repeating: 0, count: 1_000_000)
    let compressed = Gzip.compress(zeros)
    #expect(compressed.count < 2000)
    #expect(try Gzip.decompress(compressed, limit: 1_000_000) == zeros)
    let error = #expect(throws: DataError.tooLarge(path: "zeros.gz", limit: 999_999)) {
      try Gzip.decompress(compressed, limit: 999_999, name: "zeros.gz")
    }
    #expect(error?.description == "zeros.gz decompresses to more than the 999999 bytes that are allowed")
  }

  @Test func theMessageNamesTheFileAndTheWayOut() {
    let error = DataError.damagedGzip(path: "a/b.gz", damage: .wrongChecksum)
    #expect(
      error.description == """
        a/b.gz is damaged: the decompressed data do not have the checksum that the file gives
          hint: get the file again from its source
        """)
    #expect(error.localizedDescription == error.description)
  }
}
