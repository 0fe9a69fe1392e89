import Foundation
import Tensor

/// NumPy's format for one array, `.npy`.
///
/// A file is the bytes `\x93NUMPY`, two bytes for the version, the length of the header, the header as a dictionary in
/// Python's notation, and the elements. Source: `numpy.lib.format`.
public enum NPY {
  /// Reads an array from a file.
  ///
  /// - Parameters:
  ///   - path: the file, which may be compressed by gzip.
  ///   - dtype: the element type that it must have, if only one will do.
  ///   - rank: the number of dimensions that it must have, if only one will do.
  /// - Returns: the array, in the order of rows even if the file has the order of columns.
  /// - Throws: `DataError`: the file is unreadable or damaged, has elements that no tensor can have (complex numbers,
  ///   text, objects), or is not what was asked for. A header that promises more than the file can hold is found out
  ///   before memory is taken.
  public static func read(_ path: String, dtype: DType? = nil, rank: Int? = nil) throws(DataError) -> Tensor {
    try parse(openDecompressing(path), dtype: dtype, rank: rank)
  }

  /// Reads an array from the bytes of a file.
  ///
  /// - Parameter name: what errors call the bytes, usually the path of the file.
  /// - Throws: as `read` does.
  public static func decode(
    _ bytes: [UInt8], name: String = "the data", dtype: DType? = nil, rank: Int? = nil
  ) throws(DataError) -> Tensor {
    let source = MemorySource(bytes, name: name)
    return try parse(Gzip.isCompressed(bytes) ? GzipSource(source) : source, dtype: dtype, rank: rank)
  }

  /// The bytes of a file with an array, of version 1.0, as `numpy.save` writes them.
  ///
  /// - Parameter tensor: of any element type but bfloat16, which NumPy does not have and which stops the program.
  public static func encode(_ tensor: Tensor) -> [UInt8] {
    guard let code = NPYHeader.code(of: tensor.dtype) else {
      fail(
        "NPY.encode", [tensor.type], "the format has no element type \(tensor.dtype)",
        hint: "convert it to float32 with asType(_:)")
    }
    let sizes = tensor.shape.map { "\($0), " }.joined()
    let shape = tensor.rank == 1 ? String(sizes.dropLast()) : String(sizes.dropLast(2))
    var header = "{'descr': '\(code)', 'fortran_order': False, 'shape': (\(shape)), }"
    // As NumPy does: room for the first size to grow, and elements that begin at a multiple of 64.
    header += String(repeating: " ", count: tensor.shape.first.map { 21 - "\($0)".count } ?? 0)
    header += String(repeating: " ", count: (64 - (10 + header.utf8.count + 1) % 64) % 64) + "\n"
    let start = NPYHeader.magic + [1, 0, UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)]
    return start + Array(header.utf8) + tensor.withUnsafeBytes(Array.init)
  }

  /// Writes an array to a file, which appears complete or, on an error, not at all.
  ///
  /// - Parameter tensor: as for `encode`.
  /// - Throws: `DataError.unwritable`.
  public static func write(_ tensor: Tensor, to path: String) throws(DataError) {
    try writeAtomically(encode(tensor), to: path)
  }

  // MARK: Reading

  static func parse(
    _ source: any ByteSource, dtype: DType? = nil, rank: Int? = nil
  ) throws(DataError) -> Tensor {
    let header = try NPYHeader(source)
    let type = TensorType(header.dtype, header.shape)
    if let dtype, dtype != type.dtype {
      throw .invalidNPY(path: source.name, expected: "elements of type \(dtype)", found: "\(type)")
    }
    if let rank, rank != type.rank {
      throw .invalidNPY(
        path: source.name, expected: rank == 1 ? "1 dimension" : "\(rank) dimensions", found: "\(type)")
    }
    let shape = header.isColumnMajor ? Array(header.shape.reversed()) : header.shape
    // Bytes of truth values may be any, in a damaged file.
    let stored = try payload(source, TensorType(header.dtype == .bool ? .uint8 : header.dtype, shape))
    // Also where a transformation is at work, the elements are needed now.
    return Trace.with(nil) {
      let values = (header.isSwapped ? stored.swappingBytes : stored).asType(header.dtype)
      return header.isColumnMajor ? values.transposed() : values
    }
  }

  private static func payload(_ source: any ByteSource, _ type: TensorType) throws(DataError) -> Tensor {
    let expected = "\(type.byteCount) bytes after the header, for \(type)"
    guard type.byteCount <= source.maximumCount else {
      throw .invalidNPY(path: source.name, expected: expected, found: "no more than \(source.maximumCount) bytes")
    }
    var outcome = Result<Int, DataError>.success(0)
    let tensor = Tensor(unsafeUninitializedShape: type.shape, dtype: type.dtype) { buffer in
      outcome = Result { () throws(DataError) in try source.readFully(into: buffer) }
    }
    let count = try outcome.get()
    if count < type.byteCount { throw .invalidNPY(path: source.name, expected: expected, found: "\(count) bytes") }
    // Reading on also has checksums looked at.
    if try source.next(1).count > 0 {
      throw .invalidNPY(path: source.name, expected: expected, found: "more bytes")
    }
    return tensor
  }
}

/// The header of a `.npy` file.
struct NPYHeader {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  let dtype: DType
  let shape: [Int]
  /// Whether the first index changes fastest.
  let isColumnMajor: Bool
  /// Whether the bytes of an element are in the order opposite to the machine's.
  let isSwapped: Bool

  /// The most dimensions that tensors may have.
  private static let maximumRank = 32
  /// The longest header that NumPy reads.
  private static let maximumLength = 10_000

  private static let types: [(code: String, dtype: DType)] = [
    ("b1", .bool), ("i1", .int8), ("i2", .int16), ("i4", .int32), ("i8", .int64), ("u1", .uint8), ("u2", .uint16),
    ("u4", .uint32), ("u8", .uint64), ("f2", .float16), ("f4", .float32), ("f8", .float64),
  ]

  /// The format's code for an element type in the machine's order, nil for bfloat16.
  static func code(of dtype: DType) -> String? {
    let order = dtype.itemSize == 1 ? "|" : 1.bigEndian == 1 ? ">" : "<"
    return types.first { $0.dtype == dtype }.map { order + $0.code }
  }

  /// Reads a header, so that the elements come next.
  init(_ source: any ByteSource) throws(DataError) {
    let name = source.name
    func invalid(_ expected: String, _ found: String) -> DataError {
      .invalidNPY(path: name, expected: expected, found: found)
    }
    let start = try source.next(8)
    guard start.count == 8, start.starts(with: Self.magic) else {
      throw invalid("a start of \\x93NUMPY and a version", start.isEmpty ? "nothing" : "\(start)")
    }
    guard 1...3 ~= start[6], start[7] == 0 else { throw invalid("version 1.0, 2.0 or 3.0", "\(start[6]).\(start[7])") }
    let lengthBytes = try source.next(start[6] == 1 ? 2 : 4)
    let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= Self.maximumLength else {
      throw invalid("a header of at most \(Self.maximumLength) bytes", "\(length) bytes")
    }
    let bytes = try source.next(length)
    guard bytes.count == length else { throw invalid("a header of \(length) bytes", "\(bytes.count) bytes") }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let fields = Self.fields(text) else {
      throw invalid("a header such as {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", "\"\(text)\"")
    }
    let order = fields.type.first
    guard let type = Self.types.first(where: { fields.type.dropFirst() == $0.code }), let order, "<>|=".contains(order)
    else {
      let known = Self.types.map(\.code).joined(separator: ", ")
      throw invalid("an element type of \(known), after <, > or |", "'\(fields.type)'")
    }
    // Sizes of 0 count as 1 here: the products of some of the dimensions must be numbers, too.
    let byteCount = fields.shape.reduce((type.dtype.itemSize, false)) { product, size in
      let (result, overflow) = product.0.multipliedReportingOverflow(by: max(size, 1))
      return (result, product.1 || overflow)
    }
    guard fields.shape.count <= Self.maximumRank, !byteCount.1 else {
      throw invalid("at most \(Self.maximumRank) dimensions, of a size that can be addressed", "\(fields.shape)")
    }
    (dtype, shape, isColumnMajor) = (type.dtype, fields.shape, fields.isColumnMajor)
    isSwapped = type.dtype.itemSize > 1 && order == (1.bigEndian == 1 ? "<" : ">")
  }

  /// The entries of the dictionary, in any order; nil if it is not one with these three and nothing else.
  private static func fields(_ text: String) -> (type: String, isColumnMajor: Bool, shape: [Int])? {
    var scanner = PythonScanner(text)
    var type: String?
    var isColumnMajor: Bool?
    var shape: [Int]?
    guard scanner.take("{") else { return nil }
    while !scanner.take("}") {
      guard let key = scanner.string(), scanner.take(":") else { return nil }
      switch key {
      case "descr" where type == nil: type = scanner.string()
      case "fortran_order" where isColumnMajor == nil: isColumnMajor = scanner.boolean()
      case "shape" where shape == nil: shape = scanner.tuple()
      default: return nil
      }
      if !scanner.take(",") && !scanner.isAt("}") { return nil }
    }
    guard scanner.isAtEnd, let type, let isColumnMajor, let shape else { return nil }
    return (type, isColumnMajor, shape)
  }
}

/// Takes Python's literals from the front of a text.
private struct PythonScanner {
  private var rest: Substring

  init(_ text: String) { rest = text[...] }

  var isAtEnd: Bool { rest.allSatisfy(\.isWhitespace) }

  mutating func isAt(_ token: String) -> Bool {
    rest = rest.drop(while: \.isWhitespace)
    return rest.hasPrefix(token)
  }

  mutating func take(_ token: String) -> Bool {
    guard isAt(token) else { return false }
    rest = rest.dropFirst(token.count)
    return true
  }

  /// A text in single or double quotes, without escapes.
  mutating func string() -> String? {
    guard isAt("'") || isAt("\""), let quote = rest.first, let end = rest.dropFirst().firstIndex(of: quote) else {
      return nil
    }
    defer { rest = rest[rest.index(after: end)...] }
    return String(rest[..<end].dropFirst())
  }

  mutating func boolean() -> Bool? { take("True") ? true : take("False") ? false : nil }

  /// Sizes in parentheses; Python 2 marked long ones with an L.
  mutating func tuple() -> [Int]? {
    guard take("(") else { return nil }
    var sizes: [Int] = []
    while !take(")") {
      _ = isAt("")
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard let size = Int(digits) else { return nil }
      rest = rest.dropFirst(digits.count)
      _ = take("L")
      sizes.append(size)
      if !take(",") && !isAt(")") { return nil }
    }
    return sizes
  }
}
