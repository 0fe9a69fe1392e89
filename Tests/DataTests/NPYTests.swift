import Data
import Foundation
import Tensor
import TestSupport
import Testing

/// A file of `Tests/Golden/numpy`, which `Tools/golden/numpy_files.py` writes with NumPy.
private func golden(_ name: String) throws -> [UInt8] {
  let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return try bytes(of: tests.appendingPathComponent("Golden/numpy/\(name)").path)
}

/// What the files count: from 0, or from -2 where the type has a sign.
private func counting(_ dtype: DType, _ shape: [Int]) -> Tensor {
  let count = shape.reduce(1, *)
  let start = "\(dtype)".hasPrefix("u") || dtype == .bool ? 0 : -2
  let numbers = (0..<count).map { dtype == .bool ? Double($0 % 2) : Double($0 + start) }
  return Tensor(numbers, shape: shape, dtype: .float64).asType(dtype)
}

private func expectSame(_ a: Tensor, _ b: Tensor, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(a.type == b.type, sourceLocation: sourceLocation)
  #expect(a.withUnsafeBytes(Array.init) == b.withUnsafeBytes(Array.init), sourceLocation: sourceLocation)
}

@Suite("NumPy's files")
struct NPYTests {
  @Test(
    "NumPy's files are read, and written the same",
    arguments: [
      ("bool", .bool, [2, 3]), ("i1", .int8, [2, 3]), ("i2", .int16, [2, 3]), ("i4", .int32, [2, 3]),
      ("i8", .int64, [2, 3]), ("u1", .uint8, [2, 3]), ("u2", .uint16, [2, 3]), ("u4", .uint32, [2, 3]),
      ("u8", .uint64, [2, 3]), ("f2", .float16, [2, 3]), ("f4", .float32, [2, 3]), ("f8", .float64, [2, 3]),
      ("scalar", .float32, []), ("row", .float32, [5]), ("empty", .float32, [0, 7]),
      ("deep", .float32, [1, 2, 1, 2, 1, 2]),
    ] as [(String, DType, [Int])])
  func sameFiles(name: String, dtype: DType, shape: [Int]) throws {
    let file = try golden(name + ".npy")
    expectSame(try NPY.decode(file), counting(dtype, shape))
    #expect(NPY.encode(counting(dtype, shape)) == file)
  }

  @Test(
    "Other orders and versions are read",
    arguments: [
      ("columns", .int32, [2, 3, 4]), ("big_endian", .int32, [2, 3]), ("version_2", .float32, [2, 3]),
      ("version_3", .float32, [2, 3]),
    ] as [(String, DType, [Int])])
  func otherFiles(name: String, dtype: DType, shape: [Int]) throws {
    expectSame(try NPY.decode(golden(name + ".npy"), dtype: dtype, rank: shape.count), counting(dtype, shape))
  }

  @Test func filesAreWrittenWholeAndMayBeCompressed() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a.npy"
    try NPY.write(counting(.float16, [3]), to: path)
    expectSame(try NPY.read(path), counting(.float16, [3]))
    #expect(try folder.contents == ["a.npy"])
    let compressed = try folder.file("a.npy.gz", Gzip.compress(bytes(of: path)))
    expectSame(try NPY.read(compressed), counting(.float16, [3]))
    #expect(throws: DataError.unwritable(path: "/no/folder/a.npy", reason: "No such file or directory")) {
      try NPY.write(counting(.int8, [1]), to: "/no/folder/a.npy")
    }
    #expect(throws: DataError.unreadable(path: "/no/file", reason: "No such file or directory")) {
      try NPY.read("/no/file")
    }
  }

  // MARK: Archives

  @Test("NumPy's archives are read", arguments: ["stored.npz", "compressed.npz"])
  func archives(name: String) throws {
    let arrays = try NPZ.decode(golden(name))
    #expect(arrays.keys.sorted() == ["labels", "weights/0"])
    expectSame(try #require(arrays["weights/0"]), counting(.float32, [2, 3]))
    expectSame(try #require(arrays["labels"]), counting(.uint8, [100]))
  }

  @Test("What is written is read", arguments: [false, true])
  func roundTrip(isCompressed: Bool) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a.npz"
    let arrays = ["b": counting(.float64, [40, 50]), "a": counting(.bool, []), "c": counting(.int8, [0])]
    try NPZ.write(arrays, to: path, compressed: isCompressed)
    #expect(try (bytes(of: path).count < 10_000) == isCompressed)
    let read = try NPZ.read(path)
    #expect(read.keys.sorted() == ["a", "b", "c"])
    for (name, array) in arrays { expectSame(try #require(read[name]), array) }
    #expect(NPZ.encode([:]).count == 22)
    #expect(try NPZ.decode(NPZ.encode([:])).isEmpty)
  }

  @Test func anArrayInAnArchiveThatIsNone() throws {
    let archive = ZipArchive.encode([("a.npy", Array("text".utf8))], isCompressed: false)
    #expect(
      throws: DataError.invalidNPY(
        path: "x.npz/a.npy", expected: #"a start of \x93NUMPY and a version"#, found: "[116, 101, 120, 116]")
    ) {
      try NPZ.decode(archive, name: "x.npz")
    }
  }

  // MARK: What is no array

  /// A file with this header, and six float32.
  private static func file(_ header: String, elements: Int = 24) -> [UInt8] {
    [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
      + [UInt8](repeating: 0, count: elements)
  }

  struct Fault: CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let expected: String
    let found: String

    init(_ description: String, _ bytes: [UInt8], _ expected: String, _ found: String) {
      testDescription = description
      self.bytes = bytes
      self.expected = expected
      self.found = found
    }
  }

  private static let faults: [Fault] = {
    let start = #"a start of \x93NUMPY and a version"#
    let dictionary = "a header such as {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    let types = "an element type of b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4, f8, after <, > or |"
    func header(_ text: String) -> Fault { Fault(text, file(text), dictionary, "\"\(text)\"") }
    let good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}"
    return [
      Fault("nothing", [], start, "nothing"),
      Fault("a web page", Array("<html></".utf8), start, "\(Array("<html></".utf8))"),
      Fault("version 4", [0x93] + Array("NUMPY".utf8) + [4, 0], "version 1.0, 2.0 or 3.0", "4.0"),
      Fault("no header", Array(file(good).prefix(20)), "a header of \(good.count) bytes", "10 bytes"),
      Fault(
        "a long header", [0x93] + Array("NUMPY".utf8) + [2, 0, 0, 0, 0, 1], "a header of at most 10000 bytes",
        "16777216 bytes"),
      header(""), header("{"), header("{}"), header("{'descr': '<f4', 'fortran_order': False}"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'more': 1}"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3)}"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3"),
      header("{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3)}"),
      header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3)}"),
      header("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}"),
      Fault("complex", file("{'descr': '<c8', 'fortran_order': False, 'shape': (2,)}"), types, "'<c8'"),
      Fault("objects", file("{'descr': '|O', 'fortran_order': False, 'shape': (2,)}"), types, "'|O'"),
      Fault("no order", file("{'descr': 'f4', 'fortran_order': False, 'shape': (2,)}"), types, "'f4'"),
      Fault(
        "too large to address",
        file("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 0)}"),
        "at most 32 dimensions, of a size that can be addressed", "[4294967296, 4294967296, 0]"),
      Fault(
        "more than there is", file("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000)}"),
        "4000000000000 bytes after the header, for float32[1000000, 1000000]", "no more than 24 bytes"),
      Fault(
        "too few", file(good, elements: 23), "24 bytes after the header, for float32[2, 3]", "no more than 23 bytes"),
      Fault("too many", file(good, elements: 25), "24 bytes after the header, for float32[2, 3]", "more bytes"),
      Fault(
        "too few, compressed", Gzip.compress(file(good, elements: 23)),
        "24 bytes after the header, for float32[2, 3]", "23 bytes"),
    ]
  }()

  @Test("What is wrong with a file is told", arguments: faults)
  func fault(_ fault: Fault) {
    let error = #expect(
      throws: DataError.invalidNPY(path: "a.npy", expected: fault.expected, found: fault.found)
    ) {
      try NPY.decode(fault.bytes, name: "a.npy")
    }
    #expect(
      error?.description == """
        a.npy is not the NumPy array that it should be
          expected: \(fault.expected)
          found: \(fault.found)
        """)
  }

  @Test func whatWasAskedForIsChecked() throws {
    let file = try golden("f4.npy")
    #expect(throws: DataError.invalidNPY(path: "a", expected: "elements of type int8", found: "float32[2, 3]")) {
      try NPY.decode(file, name: "a", dtype: .int8)
    }
    #expect(throws: DataError.invalidNPY(path: "a", expected: "1 dimension", found: "float32[2, 3]")) {
      try NPY.decode(file, name: "a", rank: 1)
    }
    for name in ["complex", "text"] { #expect(throws: DataError.self) { try NPY.decode(golden(name + ".npy")) } }
  }

  @Test func truthValuesAreZeroOrOneWhateverTheFileSays() throws {
    var file = try golden("bool.npy")
    file[file.count - 1] = 255
    #expect(try NPY.decode(file).withUnsafeBytes(Array.init) == [0, 1, 0, 1, 0, 1])
  }

  // MARK: Accidents

  @Test("Thousands of accidents are told or read, never a crash", arguments: ["i4", "columns", "stored", "compressed"])
  func accidents(name: String) throws {
    var generator = SplitMix64(seed: 1)
    let isArchive = name == "stored" || name == "compressed"
    let file = try golden(name + (isArchive ? ".npz" : ".npy"))
    var readCount = 0
    for _ in 0..<1000 {
      let damaged = mutated(file, &generator)
      do throws(DataError) {
        let arrays = isArchive ? Array(try NPZ.decode(damaged).values) : [try NPY.decode(damaged)]
        for array in arrays {
          #expect(array.withUnsafeBytes(\.count) == array.shape.reduce(array.dtype.itemSize, *))
        }
        readCount += 1
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
    // Both happen: an accident to an element, or to a part of an archive that nobody looks at, cannot be seen.
    #expect(readCount > 0 && readCount < 1000)
  }
}
