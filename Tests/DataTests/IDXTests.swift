import Data
import Foundation
import Tensor
import TestSupport
import Testing

/// The bytes of an IDX file: type and rank, sizes, elements.
private func idx(_ type: UInt8, _ shape: [UInt32], _ elements: [UInt8]) -> [UInt8] {
  [0, 0, type, UInt8(shape.count)]
    + shape.flatMap { [UInt8($0 >> 24), UInt8($0 >> 16 & 255), UInt8($0 >> 8 & 255), UInt8($0 & 255)] }
    + elements
}

@Suite("IDX files")
struct IDXTests {
  // MARK: What is read and written

  struct Sample: CustomTestStringConvertible {
    let tensor: Tensor
    let bytes: [UInt8]
    var testDescription: String { "\(tensor.type)" }

    init(_ tensor: Tensor, _ bytes: [UInt8]) {
      self.tensor = tensor
      self.bytes = bytes
    }
  }

  static let samples = [
    Sample(Tensor([[1, 2, 255], [0, 128, 7]], dtype: .uint8), idx(0x08, [2, 3], [1, 2, 255, 0, 128, 7])),
    Sample(Tensor([-1, 127, -128], dtype: .int8), idx(0x09, [3], [0xff, 0x7f, 0x80])),
    Sample(Tensor([258, -2], dtype: .int16), idx(0x0b, [2], [1, 2, 0xff, 0xfe])),
    Sample(Tensor([[0x0102_0304], [-1]], dtype: .int32), idx(0x0c, [2, 1], [1, 2, 3, 4, 255, 255, 255, 255])),
    Sample(Tensor([1.5, -0.0], dtype: .float32), idx(0x0d, [2], [0x3f, 0xc0, 0, 0, 0x80, 0, 0, 0])),
    Sample(Tensor([-1.5], dtype: .float64), idx(0x0e, [1], [0xbf, 0xf8, 0, 0, 0, 0, 0, 0])),
    Sample(Tensor(2.0, dtype: .float32), idx(0x0d, [], [0x40, 0, 0, 0])),
    Sample(Tensor([Int32](), shape: [0, 28, 28]), idx(0x0c, [0, 28, 28], [])),
    Sample(Tensor([UInt8](0..<16), shape: [1, 2, 2, 1, 2, 2]), idx(0x08, [1, 2, 2, 1, 2, 2], Array(0..<16))),
  ]

  @Test("Every element type, of any rank", arguments: samples)
  func sample(_ sample: Sample) throws {
    #expect(IDX.encode(sample.tensor) == sample.bytes)
    for bytes in [sample.bytes, Gzip.compress(sample.bytes)] {
      let read = try IDX.decode(bytes, dtype: sample.tensor.dtype, rank: sample.tensor.rank)
      #expect(read.type == sample.tensor.type)
      #expect(read.withUnsafeBytes(Array.init) == sample.tensor.withUnsafeBytes(Array.init))
    }
  }

  @Test(
    "A file is compressed if its name says so, and read in any case", arguments: ["a-idx1-ubyte", "a-idx1-ubyte.gz"])
  func files(name: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/" + name
    let tensor = Tensor([UInt8](0...255))
    try IDX.write(tensor, to: path)
    #expect(Gzip.isCompressed(try bytes(of: path)) == name.hasSuffix(".gz"))
    #expect(try IDX.read(path).array(of: UInt8.self) == Array(0...255))
    // The contents tell whether a file is compressed.
    let renamed = folder.path + "/renamed" + (name.hasSuffix(".gz") ? "" : ".gz")
    try FileManager.default.moveItem(atPath: path, toPath: renamed)
    #expect(try IDX.read(renamed).array(of: UInt8.self) == Array(0...255))
  }

  @Test func writingReplacesAFileAsAWhole() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("x", [1, 2, 3])
    try IDX.write(Tensor([UInt8](0..<4)), to: path)
    #expect(try bytes(of: path) == idx(0x08, [4], [0, 1, 2, 3]))
    #expect(try folder.contents == ["x"])
  }

  @Test func whatCannotBeWrittenLeavesNothing() throws {
    let folder = try TemporaryFolder()
    let tensor = Tensor([UInt8](0..<4))
    #expect(throws: DataError.unwritable(path: folder.path + "/no/x", reason: "No such file or directory")) {
      try IDX.write(tensor, to: folder.path + "/no/x")
    }
    let occupied = try folder.folder("occupied")
    #expect(throws: DataError.unwritable(path: occupied, reason: "Is a directory")) {
      try IDX.write(tensor, to: occupied)
    }
    #expect(try folder.contents == ["occupied"])
  }

  // MARK: What is wrong with files

  struct Fault: CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    var dtype: DType?
    var rank: Int?
    let expected: String
    let found: String
  }

  static let faults = [
    Fault(
      testDescription: "nothing", bytes: [], expected: "a header of 4 bytes, the first two of them 0",
      found: "a start of nothing"),
    Fault(
      testDescription: "half of the magic number", bytes: [0, 0, 8],
      expected: "a header of 4 bytes, the first two of them 0",
      found: "a start of 00 00 08"),
    Fault(
      testDescription: "a web page", bytes: Array("<!DOCTYPE html>".utf8),
      expected: "a header of 4 bytes, the first two of them 0", found: #"a start of 3c 21 44 4f ("<!DO")"#),
    Fault(
      testDescription: "another format", bytes: [0x89, 0x50, 0x4e, 0x47, 13, 10],
      expected: "a header of 4 bytes, the first two of them 0", found: "a start of 89 50 4e 47"),
    Fault(
      testDescription: "an unknown element type", bytes: [0, 0, 0x0a, 1, 0, 0, 0, 0],
      expected: "an element type of 08, 09, 0b, 0c, 0d, 0e", found: "0a"),
    Fault(
      testDescription: "more dimensions than tensors have", bytes: [0, 0, 8, 33] + [UInt8](repeating: 0, count: 132),
      expected: "at most 32 dimensions", found: "33"),
    Fault(
      testDescription: "sizes cut short", bytes: idx(8, [1, 1], []).dropLast(3),
      expected: "the sizes of 2 dimensions in 8 bytes",
      found: "5 bytes"),
    Fault(
      testDescription: "no sizes", bytes: [0, 0, 8, 1], expected: "the sizes of 1 dimension in 4 bytes",
      found: "0 bytes"),
    Fault(
      testDescription: "another element type", bytes: idx(0x0c, [1], [0, 0, 0, 1]), dtype: .uint8,
      expected: "elements of type uint8", found: "int32[1]"),
    Fault(
      testDescription: "another rank", bytes: idx(8, [1, 1], [1]), dtype: .uint8, rank: 3, expected: "3 dimensions",
      found: "uint8[1, 1]"),
    Fault(
      testDescription: "another rank than 1", bytes: idx(8, [1, 1], [1]), rank: 1, expected: "1 dimension",
      found: "uint8[1, 1]"),
    Fault(
      testDescription: "sizes whose product overflows", bytes: idx(8, [.max, .max, .max], [1]),
      expected: "a size that can be addressed", found: "the shape [4294967295, 4294967295, 4294967295]"),
    Fault(
      testDescription: "sizes whose product overflows but for a zero", bytes: idx(8, [.max, .max, .max, 0], []),
      expected: "a size that can be addressed", found: "the shape [4294967295, 4294967295, 4294967295, 0]"),
    Fault(
      testDescription: "a size in bytes that overflows", bytes: idx(0x0e, [1 << 31, 1 << 30, 1], [1]),
      expected: "a size that can be addressed", found: "the shape [2147483648, 1073741824, 1]"),
  ]

  @Test("Faults of the header", arguments: faults)
  func fault(_ fault: Fault) {
    let error = DataError.invalidIDX(path: "the data", expected: fault.expected, found: fault.found)
    for bytes in [fault.bytes, Gzip.compress(fault.bytes)] {
      #expect(throws: error) { try IDX.decode(bytes, dtype: fault.dtype, rank: fault.rank) }
    }
  }

  static let lengths: [(count: Int, found: String, foundCompressed: String)] = [
    (0, "no more than 0 bytes", "0 bytes"), (5, "no more than 5 bytes", "5 bytes"), (7, "more bytes", "more bytes"),
    (200_000, "more bytes", "more bytes"),
  ]

  @Test("The length must be what the header says", arguments: lengths)
  func aLength(count: Int, found: String, foundCompressed: String) {
    let file = idx(8, [2, 3], [UInt8](repeating: 1, count: count))
    let expected = "6 bytes after the header, for uint8[2, 3]"
    #expect(throws: DataError.invalidIDX(path: "the data", expected: expected, found: found)) { try IDX.decode(file) }
    #expect(throws: DataError.invalidIDX(path: "the data", expected: expected, found: foundCompressed)) {
      try IDX.decode(Gzip.compress(file))
    }
  }

  @Test func aHugePromiseTakesNoMemory() throws {
    let file = Gzip.compress(idx(8, [1 << 20, 1 << 20], [1, 2, 3]))
    let error = #expect(throws: DataError.self) { try IDX.decode(file) }
    #expect(
      error?.description.hasPrefix(
        """
        the data is not the IDX file that it should be
          expected: 1099511627776 bytes after the header, for uint8[1048576, 1048576]
          found: no more than 
        """) == true)
  }

  @Test func damageAfterTheLastElementIsFound() throws {
    var file = Gzip.compress(idx(8, [3], [1, 2, 3]))
    file[file.count - 8] ^= 1
    #expect(throws: DataError.damagedGzip(path: "the data", damage: .wrongChecksum)) { try IDX.decode(file) }
  }

  @Test func filesThatCannotBeRead() throws {
    let folder = try TemporaryFolder()
    #expect(throws: DataError.unreadable(path: "/no/such-file", reason: "No such file or directory")) {
      try IDX.read("/no/such-file")
    }
    #expect(throws: DataError.unreadable(path: folder.path, reason: "it is not a regular file")) {
      try IDX.read(folder.path)
    }
  }

  @Test func messagesNameTheFileWhatWasExpectedAndWhatWasFound() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("train-images-idx3-ubyte", Array("<html>".utf8))
    let error = #expect(throws: DataError.self) { try IDX.read(path) }
    #expect(
      error?.description == """
        \(path) is not the IDX file that it should be
          expected: a header of 4 bytes, the first two of them 0
          found: a start of 3c 68 74 6d ("<htm")
        """)
    let missing = #expect(throws: DataError.self) { try IDX.read("/no/file") }
    #expect(missing?.description == "cannot read /no/file: No such file or directory")
    let unwritable = #expect(throws: DataError.self) { try IDX.write(Tensor([UInt8]([1])), to: "/no/file") }
    #expect(unwritable?.description == "cannot write /no/file: No such file or directory")
  }
}
