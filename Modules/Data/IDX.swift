import Foundation
import Tensor

/// The IDX format, in which MNIST and the sets that follow it are distributed: one array of numbers, big-endian.
///
/// A file is two zero bytes, a byte for the element type, a byte for the number of dimensions, the size of each
/// dimension in four bytes, and the elements row by row. Source: the description on MNIST's page,
/// <http://yann.lecun.com/exdb/mnist/>.
public enum IDX {
  /// Reads an array from a file, which may be compressed by gzip, whatever its name.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - dtype: the element type that it must have, if only one will do.
  ///   - rank: the number of dimensions that it must have, if only one will do.
  /// - Returns: the array, with the element type and shape that the file gives.
  /// - Throws: `DataError`: the file is unreadable or damaged, its header is invalid or not what was asked for, or its
  ///   length is not what the header promises. A header that promises more than the file can hold is found out before
  ///   memory is taken.
  public static func read(_ path: String, dtype: DType? = nil, rank: Int? = nil) throws(DataError) -> Tensor {
    try parse(openDecompressing(path), dtype: dtype, rank: rank)
  }

  /// Reads an array from the bytes of an IDX file, which may be compressed by gzip.
  ///
  /// - Parameters:
  ///   - bytes: the contents of the file.
  ///   - name: what errors call it, usually its path.
  ///   - dtype: the element type that it must have, if only one will do.
  ///   - rank: the number of dimensions that it must have, if only one will do.
  /// - Throws: as `read` does.
  public static func decode(
    _ bytes: [UInt8], name: String = "the data", dtype: DType? = nil, rank: Int? = nil
  ) throws(DataError) -> Tensor {
    let source = MemorySource(bytes, name: name)
    return try parse(Gzip.isCompressed(bytes) ? GzipSource(source) : source, dtype: dtype, rank: rank)
  }

  /// The bytes of an IDX file that holds an array.
  ///
  /// - Parameter tensor: of type uint8, int8, int16, int32, float32 or float64; the format has no others, and a tensor
  ///   of another type stops the program. So do more than 255 dimensions, and a dimension of 2³² or more.
  public static func encode(_ tensor: Tensor) -> [UInt8] {
    guard let type = ElementType.allCases.first(where: { $0.dtype == tensor.dtype }) else {
      fail(
        "IDX.encode", [tensor.type], "the format has no element type \(tensor.dtype)",
        hint: "convert it to one of \(ElementType.list) with asType(_:)")
    }
    guard tensor.rank <= 255, tensor.shape.allSatisfy({ UInt32(exactly: $0) != nil }) else {
      fail("IDX.encode", [tensor.type], "the format holds at most 255 dimensions, each below 2³²")
    }
    var bytes: [UInt8] = [0, 0, type.rawValue, UInt8(tensor.rank)]
    for size in tensor.shape { withUnsafeBytes(of: UInt32(size).bigEndian) { bytes += $0 } }
    bigEndian(tensor).withUnsafeBytes { bytes += $0 }
    return bytes
  }

  /// Writes an array to a file, compressed by gzip if its name ends in `.gz`.
  ///
  /// The file appears complete or, on an error, not at all, and what stood there before is kept until then.
  ///
  /// - Parameters:
  ///   - tensor: as for `encode`.
  ///   - path: the file.
  /// - Throws: `DataError.unwritable`.
  public static func write(_ tensor: Tensor, to path: String) throws(DataError) {
    let bytes = encode(tensor)
    try writeAtomically(path.hasSuffix(".gz") ? Gzip.compress(bytes) : bytes, to: path)
  }

  /// The format's codes for the types of elements.
  enum ElementType: UInt8, CaseIterable {
    case uint8 = 0x08
    case int8 = 0x09
    case int16 = 0x0b
    case int32 = 0x0c
    case float32 = 0x0d
    case float64 = 0x0e

    var dtype: DType {
      switch self {
      case .uint8: .uint8
      case .int8: .int8
      case .int16: .int16
      case .int32: .int32
      case .float32: .float32
      case .float64: .float64
      }
    }

    static var list: String { allCases.map { "\($0.dtype)" }.joined(separator: ", ") }
  }

  /// The most dimensions that tensors may have.
  private static let maximumRank = 32

  // MARK: Reading

  private static func parse(_ source: any ByteSource, dtype: DType?, rank: Int?) throws(DataError) -> Tensor {
    let type = try header(source)
    let found = "\(type)"
    if let dtype, dtype != type.dtype {
      throw .invalidIDX(path: source.name, expected: "elements of type \(dtype)", found: found)
    }
    if let rank, rank != type.rank {
      throw .invalidIDX(path: source.name, expected: dimensions(rank), found: found)
    }
    return try payload(source, type)
  }

  private static func header(_ source: any ByteSource) throws(DataError) -> TensorType {
    let name = source.name
    let magic = try source.next(4)
    guard magic.count == 4, magic[0] == 0, magic[1] == 0 else {
      throw .invalidIDX(
        path: name, expected: "a header of 4 bytes, the first two of them 0", found: "a start of \(readable(magic))")
    }
    guard let element = ElementType(rawValue: magic[2]) else {
      throw .invalidIDX(
        path: name,
        expected: "an element type of \(ElementType.allCases.map { hex($0.rawValue) }.joined(separator: ", "))",
        found: hex(magic[2]))
    }
    let rank = Int(magic[3])
    guard rank <= maximumRank else {
      throw .invalidIDX(path: name, expected: "at most \(maximumRank) dimensions", found: "\(rank)")
    }
    let sizes = try source.next(4 * rank)
    guard sizes.count == 4 * rank else {
      throw .invalidIDX(
        path: name, expected: "the sizes of \(dimensions(rank)) in \(4 * rank) bytes", found: "\(sizes.count) bytes")
    }
    let shape = (0..<rank).map { axis in sizes[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) } }
    // Sizes of 0 count as 1 here: the products of some of the dimensions must be numbers, too.
    let byteCount = shape.reduce((element.dtype.itemSize, false)) { product, size in
      let (result, overflow) = product.0.multipliedReportingOverflow(by: max(size, 1))
      return (result, product.1 || overflow)
    }
    if byteCount.1 {
      throw .invalidIDX(path: name, expected: "a size that can be addressed", found: "the shape \(shape)")
    }
    return TensorType(element.dtype, shape)
  }

  private static func payload(_ source: any ByteSource, _ type: TensorType) throws(DataError) -> Tensor {
    let expected = "\(type.byteCount) bytes after the header, for \(type)"
    guard type.byteCount <= source.maximumCount else {
      throw .invalidIDX(
        path: source.name, expected: expected, found: "no more than \(source.maximumCount) bytes")
    }
    var outcome = Result<Int, DataError>.success(0)
    let tensor = Tensor(unsafeUninitializedShape: type.shape, dtype: type.dtype) { buffer in
      outcome = Result { () throws(DataError) in try source.readFully(into: buffer) }
    }
    let count = try outcome.get()
    if count < type.byteCount {
      throw .invalidIDX(path: source.name, expected: expected, found: "\(count) bytes")
    }
    // Reading on also has gzip's checksum checked.
    if try source.next(1).count > 0 {
      throw .invalidIDX(path: source.name, expected: expected, found: "more bytes")
    }
    return bigEndian(tensor)
  }

  /// The tensor with the bytes of each element changed between the format's order, big-endian, and the machine's.
  private static func bigEndian(_ tensor: Tensor) -> Tensor { 1.bigEndian == 1 ? tensor : tensor.swappingBytes }
}

extension Tensor {
  /// The tensor with the bytes of each element in the opposite order.
  var swappingBytes: Tensor {
    let itemSize = dtype.itemSize
    if itemSize == 1 { return self }
    // Also where a transformation is at work, the bytes are needed now.
    return Trace.with(nil) {
      let bytes = withUnsafeBytes { Tensor(bytes: $0, shape: [count, itemSize], dtype: .uint8) }
      return bytes.reversed([1]).withUnsafeBytes { Tensor(bytes: $0, shape: shape, dtype: dtype) }
    }
  }
}

// MARK: What errors say

private func dimensions(_ rank: Int) -> String { rank == 1 ? "1 dimension" : "\(rank) dimensions" }

private func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

/// Bytes as numbers and, if they can be read, as text, which shows a web page or a text file at once.
private func readable(_ bytes: [UInt8]) -> String {
  if bytes.isEmpty { return "nothing" }
  let numbers = bytes.map(hex).joined(separator: " ")
  let isText = bytes.allSatisfy { (32..<127).contains($0) }
  return isText ? "\(numbers) (\"\(String(decoding: bytes, as: UTF8.self))\")" : numbers
}
