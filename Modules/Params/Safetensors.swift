import Foundation
import Tensor

/// Named tensors with texts about them, as they are in a safetensors file.
///
///     try Safetensors(tensors: [("weights", weights)]).write(to: "model.safetensors")
///     let weights = try Safetensors(contentsOf: "model.safetensors")["weights"]
///
/// The format is that of https://github.com/huggingface/safetensors, which PyTorch, JAX and others read and write:
/// eight bytes with the size of a header, the header in JSON, then the elements of all tensors, row by row and
/// little-endian.
public struct Safetensors: Sendable {
  /// The tensors with their names, in the order of their elements in the file. Names are unique.
  public let tensors: [(name: String, tensor: Tensor)]
  /// Texts about the tensors, by key.
  public let metadata: [String: String]
  private let positions: [String: Int]

  /// Named tensors. Two of one name, and the name `__metadata__`, which the format reserves, stop the program.
  public init(tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:]) {
    if let name = tensors.map(\.name).firstDuplicate { fail("Safetensors", [], "two tensors are named \"\(name)\"") }
    if tensors.contains(where: { $0.name == "__metadata__" }) {
      fail("Safetensors", [], "no tensor can be named \"__metadata__\", which the format reserves")
    }
    self.tensors = tensors
    self.metadata = metadata
    positions = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name, $0) })
  }

  /// The tensor of this name, nil if there is none.
  public subscript(name: String) -> Tensor? { positions[name].map { tensors[$0].tensor } }
}

// MARK: Reading

extension Safetensors {
  /// The tensors in a file.
  ///
  /// Everything that the header says is checked before it is believed, so that a damaged or hostile file throws a
  /// `ModelFileError` and does nothing worse.
  public init(contentsOf path: String) throws(ModelFileError) {
    let file = try SafetensorsFile(path)
    var tensors: [(name: String, tensor: Tensor)] = []
    for index in file.entries.indices { tensors.append((file.entries[index].name, try file.tensor(index))) }
    self.init(tensors: tensors, metadata: file.metadata)
  }
}

/// A safetensors file of which tensors are read one by one: one that is larger than memory, or of which little is needed.
///
///     let file = try SafetensorsFile("model.safetensors")
///     for entry in file.entries { print(entry.name, entry.type) }
///     let weights = try file.tensor(named: "weights")
///
/// The header is checked as a whole when the file is opened.
public final class SafetensorsFile {
  /// A tensor in the file.
  public struct Entry: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// Its shape and element type.
    public let type: TensorType
    fileprivate let offset: Int
  }

  /// Where the file is.
  public let path: String
  /// The tensors, in the order of their elements.
  public let entries: [Entry]
  /// Texts about the tensors, by key.
  public let metadata: [String: String]
  private let file: OpenFile
  private let positions: [String: Int]

  private static let largestHeader = 100_000_000

  /// Opens a file and reads its header. One that is none, or is damaged, throws a `ModelFileError`.
  public init(_ path: String) throws(ModelFileError) {
    func invalid(_ problem: String) -> ModelFileError { .invalid(path: path, problem: problem) }

    let file = try OpenFile(path)
    if file.size < 8 { throw invalid("it has \(file.size) bytes, fewer than the 8 of the header's size") }
    var size: UInt64 = 0
    try withUnsafeMutableBytes(of: &size) { buffer in
      Result { () throws(ModelFileError) in try file.read(into: buffer, at: 0) }
    }
    .get()
    size = UInt64(littleEndian: size)
    if size > Self.largestHeader {
      throw invalid("its header would have \(size) bytes, more than \(Self.largestHeader)")
    }
    if Int(size) > file.size - 8 {
      throw invalid("its header would have \(size) bytes, but only \(file.size - 8) follow")
    }
    var text = Data(count: Int(size))
    try text.withUnsafeMutableBytes { buffer in
      Result { () throws(ModelFileError) in try file.read(into: buffer, at: 8) }
    }
    .get()
    let header: Header
    do {
      header = try JSONDecoder().decode(Header.self, from: text)
    } catch {
      throw invalid("its header is not the JSON that it should be (\(jsonProblem(error)))")
    }

    let body = 8 + Int(size)
    let available = file.size - body
    var end = 0
    var found: [Entry] = []
    // In the order of the elements, so that gaps and overlaps show.
    let sorted = header.entries.sorted {
      ($0.value.range.first, $0.value.range.last, $0.key) < ($1.value.range.first, $1.value.range.last, $1.key)
    }
    for (name, entry) in sorted {
      guard let dtype = DType(safetensorsName: entry.dtype) else {
        throw invalid("the element type \(entry.dtype) of \"\(name)\" is not supported")
      }
      guard let count = entry.byteCount(dtype) else {
        throw invalid("the shape \(entry.shape) of \"\(name)\" is not one that a tensor in memory can have")
      }
      let (first, last) = entry.range
      if first != end || last < first || last - first != count {
        throw invalid(
          "\"\(name)\", \(dtype)\(entry.shape), should be in the \(count) bytes from \(end) on, "
            + "not in \(first) ..< \(last)"
        )
      }
      if last > available {
        throw invalid("it ends within \"\(name)\": \(last) bytes of elements are needed, \(available) are there")
      }
      end = last
      found.append(Entry(name: name, type: TensorType(dtype, entry.shape), offset: body + first))
    }
    if end != available { throw invalid("\(available - end) bytes follow the elements of the last tensor") }
    self.path = path
    self.file = file
    entries = found
    metadata = header.metadata
    positions = Dictionary(uniqueKeysWithValues: found.enumerated().map { ($1.name, $0) })
  }

  /// The number of bytes of all tensors.
  public var byteCount: Int { entries.reduce(0) { $0 + $1.type.byteCount } }

  /// Reads the tensor of this name; nil if there is none.
  public func tensor(named name: String) throws(ModelFileError) -> Tensor? {
    guard let position = positions[name] else { return nil }
    return try tensor(position)
  }

  /// Reads the tensor at a position among `entries`.
  public func tensor(_ position: Int) throws(ModelFileError) -> Tensor {
    let (entry, file, path) = (entries[position], file, path)
    do {
      return try Tensor(unsafeUninitializedShape: entry.type.shape, dtype: entry.type.dtype) { buffer in
        try file.read(into: buffer, at: entry.offset)
        if entry.type.dtype == .bool && buffer.contains(where: { $0 > 1 }) {
          throw ModelFileError.invalid(
            path: path, problem: "\"\(entry.name)\" is bool, but has elements other than 0 and 1")
        }
      }
    } catch let error as ModelFileError {
      throw error
    } catch {
      throw .unreadable(path: path, reason: "\(error)")
    }
  }
}

/// The JSON at the start of a file.
private struct Header: Decodable {
  struct Entry: Decodable {
    let dtype: String
    let shape: [Int]
    let range: (first: Int, last: Int)

    private enum Key: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      dtype = try container.decode(String.self, forKey: .dtype)
      shape = try container.decode([Int].self, forKey: .shape)
      let offsets = try container.decode([Int].self, forKey: .offsets)
      if offsets.count != 2 {
        throw DecodingError.dataCorruptedError(forKey: .offsets, in: container, debugDescription: "not two offsets")
      }
      range = (offsets[0], offsets[1])
    }

    /// The number of bytes of the elements, nil for sizes that are negative or too large.
    func byteCount(_ dtype: DType) -> Int? {
      // The sizes without the zeros must fit, too: they would be multiplied in another order elsewhere.
      let sizes = shape.map { $0 == 0 ? 1 : $0 } + [dtype.itemSize]
      let product = sizes.reduce(1 as Int?) { product, size in
        guard let product, size > 0 else { return nil }
        let (next, overflows) = product.multipliedReportingOverflow(by: size)
        return overflows ? nil : next
      }
      return shape.contains(0) ? product.map { _ in 0 } : product
    }
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  var entries: [String: Entry] = [:]
  var metadata: [String: String] = [:]

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    for key in container.allKeys {
      if key.stringValue == "__metadata__" {
        metadata = try container.decode([String: String].self, forKey: key)
      } else {
        entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
      }
    }
  }
}

private func jsonProblem(_ error: any Error) -> String {
  switch error as? DecodingError {
  case .dataCorrupted(let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
    .typeMismatch(_, let context):
    let place = context.codingPath.map(\.stringValue).joined(separator: ".")
    return (place.isEmpty ? "" : "at \(place): ") + context.debugDescription
  default: return "\(error)"
  }
}

extension DType {
  /// The type that safetensors files call by this name, nil for those that are not supported.
  fileprivate init?(safetensorsName name: String) {
    guard let type = DType.allCases.first(where: { $0.safetensorsName == name }) else { return nil }
    self = type
  }

  /// What safetensors files call the type.
  fileprivate var safetensorsName: String {
    switch self {
    case .bool: "BOOL"
    case .int8: "I8"
    case .int16: "I16"
    case .int32: "I32"
    case .int64: "I64"
    case .uint8: "U8"
    case .uint16: "U16"
    case .uint32: "U32"
    case .uint64: "U64"
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .float32: "F32"
    case .float64: "F64"
    }
  }
}

// MARK: Writing

extension Safetensors {
  /// Writes a file, in the place of one that may be there.
  ///
  /// The contents are written beside it, forced to the disk and then renamed, so that whatever happens there is a whole
  /// file: the old one or the new one. Tensors without elements to read, in a traced function, stop the program.
  ///
  /// - Parameters:
  ///   - path: where the file is to be.
  ///   - progress: is told the number of bytes written so far, and of all, after each tensor.
  public func write(to path: String, progress: ProgressHandler? = nil) throws(ModelFileError) {
    // The widest elements first, so that all are aligned in memory when the file is mapped.
    let order = tensors.enumerated().sorted {
      ($1.element.tensor.dtype.itemSize, $0.offset) < ($0.element.tensor.dtype.itemSize, $1.offset)
    }.map(\.element)
    let header = header(of: order)
    try replaceFile(at: path) { descriptor throws(SystemError) in
      var size = UInt64(header.count).littleEndian
      try withUnsafeBytes(of: &size) { bytes throws(SystemError) in try writeAll(bytes, to: descriptor) }
      try header.withUnsafeBytes { bytes in Result { () throws(SystemError) in try writeAll(bytes, to: descriptor) } }
        .get()
      var done = 0
      let total = order.reduce(0) { $0 + $1.tensor.type.byteCount }
      for (_, tensor) in order {
        try tensor.withUnsafeBytes { bytes in Result { () throws(SystemError) in try writeAll(bytes, to: descriptor) } }
          .get()
        done += tensor.type.byteCount
        progress?(done, total)
      }
    }
  }

  private func header(of order: [(name: String, tensor: Tensor)]) -> [UInt8] {
    var parts: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }.map { "\(json($0.key)):\(json($0.value))" }
      parts.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var offset = 0
    for (name, tensor) in order {
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      let end = offset + tensor.type.byteCount
      parts.append(
        "\(json(name)):{\"dtype\":\"\(tensor.dtype.safetensorsName)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}"
      )
      offset = end
    }
    var bytes = Array("{\(parts.joined(separator: ","))}".utf8)
    // Spaces at the end align the elements.
    bytes += [UInt8](repeating: UInt8(ascii: " "), count: (8 - bytes.count % 8) % 8)
    return bytes
  }

  private func json(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case _ where scalar.value < 32:
        result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
