import Foundation
import Synchronization
import Tensor

/// The reference values of one topic, from `Tests/Golden/<topic>.safetensors`; `Tools/golden` makes them with JAX.
///
///     let golden = Golden("random")
///     golden["split.0.2/out"]                        // one array
///     @Test(arguments: golden.cases("split."))       // a test for each case
///     func split(_ row: GoldenCase) { expectEqual(…, row["out"], "\(row)") }
public final class Golden: Sendable {
  /// The names of all cases, sorted.
  public let caseNames: [String]
  private let entries: [String: Header.Entry]
  private let attributes: [String: String]
  private let parts: [String: [String]]
  private let contents: Data
  private let dataStart: Int
  private let topic: String
  /// The attributes of cases that were asked for: reading one means several errors that are caught, which is slow in a process with
  /// compiled programs of XLA's.
  private let decoded = Mutex<[String: [String: JSONValue]]>([:])

  /// Reads the file of a topic; a missing or broken file stops the tests.
  public init(_ topic: String) {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = folder.appendingPathComponent("Golden").appendingPathComponent(topic + ".safetensors")
    guard let contents = try? Data(contentsOf: file) else {
      fatalError("cannot read \(file.path); write it with Tools/golden/generate.py --only \(topic)")
    }
    self.topic = topic
    self.contents = contents
    do {
      let headerSize = contents.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
      dataStart = 8 + headerSize
      let header = try JSONDecoder().decode(Header.self, from: contents.subdata(in: 8..<dataStart))
      entries = header.entries
      attributes = header.metadata
      caseNames = header.metadata.keys.sorted()
      parts = Dictionary(grouping: header.entries.keys) { String($0.prefix { $0 != "/" }) }.mapValues { names in
        names.map { String($0.drop { $0 != "/" }.dropFirst()) }.sorted()
      }
    } catch {
      fatalError("\(file.path) is not a safetensors file: \(error)")
    }
  }

  /// The array `<case>/<part>`; an unknown name stops the tests.
  public subscript(_ name: String) -> Tensor {
    guard let entry = entries[name] else { fatalError("\(topic).safetensors has no array \(name)") }
    let range = dataStart + entry.data_offsets[0]..<dataStart + entry.data_offsets[1]
    return contents.subdata(in: range).withUnsafeBytes { Tensor(bytes: $0, shape: entry.shape, dtype: entry.type) }
  }

  /// The case of this name; an unknown name stops the tests.
  public func callAsFunction(_ name: String) -> GoldenCase {
    guard attributes[name] != nil else { fatalError("\(topic).safetensors has no case \(name)") }
    return GoldenCase(name: name, golden: self)
  }

  /// The cases whose names start with one of the prefixes (all cases for none), in the order of their names.
  public func cases(_ prefixes: String...) -> [GoldenCase] {
    let names = caseNames.filter { name in prefixes.isEmpty || prefixes.contains { name.hasPrefix($0) } }
    if names.isEmpty { fatalError("\(topic).safetensors has no case that starts with \(prefixes)") }
    return names.map { GoldenCase(name: $0, golden: self) }
  }

  fileprivate func parts(of name: String) -> [String] { parts[name] ?? [] }

  fileprivate func attributes(of name: String) -> [String: JSONValue] {
    decoded.withLock { decoded in
      if let known = decoded[name] { return known }
      let attributes = decodedAttributes(of: name)
      decoded[name] = attributes
      return attributes
    }
  }

  private func decodedAttributes(of name: String) -> [String: JSONValue] {
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true  // Python writes NaN and Infinity
    do {
      return try decoder.decode([String: JSONValue].self, from: Data(attributes[name, default: "{}"].utf8))
    } catch {
      fatalError("\(topic).safetensors has unreadable attributes for \(name): \(error)")
    }
  }
}

/// One case of a golden file: its arrays by part, and its attributes.
public struct GoldenCase: Sendable, CustomStringConvertible {
  /// The case's name, unique in its file.
  public let name: String
  private let golden: Golden

  fileprivate init(name: String, golden: Golden) {
    self.name = name
    self.golden = golden
  }

  /// The name.
  public var description: String { name }
  /// The array of a part, such as `row["out0"]`; an unknown part stops the tests.
  public subscript(_ part: String) -> Tensor { golden["\(name)/\(part)"] }
  /// The names of the parts, sorted.
  public var parts: [String] { golden.parts(of: name) }
  /// Whether there is an array of this part.
  public func has(_ part: String) -> Bool { parts.contains(part) }
  /// The arrays of the parts `<prefix>0`, `<prefix>1`, … as far as they go.
  public func numbered(_ prefix: String) -> [Tensor] {
    let parts = Set(parts)
    return (0...).lazy.map { "\(prefix)\($0)" }.prefix { parts.contains($0) }.map { self[$0] }
  }

  /// All attributes.
  public var attributes: [String: JSONValue] { golden.attributes(of: name) }
  /// An attribute, nil if the case does not have it.
  public func attribute(_ name: String) -> JSONValue? { attributes[name] }
  /// An integer attribute, nil if the case does not have it or has null.
  public func int(_ name: String) -> Int? { attribute(name)?.int }
  /// A list of integers, such as a shape; nil if the case does not have it or has null.
  public func ints(_ name: String) -> [Int]? { attribute(name)?.array?.compactMap(\.int) }
  /// A number, nil if the case does not have it or has null.
  public func double(_ name: String) -> Double? { attribute(name)?.double }
  /// A truth value, nil if the case does not have it or has null.
  public func bool(_ name: String) -> Bool? { attribute(name)?.bool }
  /// A text, nil if the case does not have it or has null.
  public func string(_ name: String) -> String? { attribute(name)?.string }
  /// The element type that the attribute `dtype`, or another, names; nil if the case does not have it.
  public func dtype(_ name: String = "dtype") -> DType? {
    string(name).map { name in
      guard let type = DType.allCases.first(where: { "\($0)" == name }) else { fatalError("no element type \(name)") }
      return type
    }
  }
}

/// A JSON value, as the attributes of golden cases have them.
public enum JSONValue: Sendable, Decodable, Equatable {
  case null
  case bool(Bool)
  case int(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// Reads any JSON value; integers outside `Int` become numbers.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .int(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// The truth value, if it is one.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The integer, if it is one.
  public var int: Int? { if case .int(let value) = self { value } else { nil } }
  /// The number, if it is one.
  public var double: Double? {
    switch self {
    case .int(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
  /// The text, if it is one.
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  /// The elements, if it is an array.
  public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  /// The members, if it is an object.
  public var object: [String: JSONValue]? { if case .object(let value) = self { value } else { nil } }
}

/// The JSON at the start of a safetensors file.
private struct Header: Decodable {
  struct Entry: Decodable {
    var dtype: String
    var shape: [Int]
    var data_offsets: [Int]

    var type: DType {
      let types: [String: DType] = [
        "BOOL": .bool, "I8": .int8, "I16": .int16, "I32": .int32, "I64": .int64, "U8": .uint8, "U16": .uint16,
        "U32": .uint32, "U64": .uint64, "F16": .float16, "BF16": .bfloat16, "F32": .float32, "F64": .float64,
      ]
      guard let type = types[dtype] else { fatalError("no element type \(dtype)") }
      return type
    }
  }

  struct Name: CodingKey {
    var stringValue: String
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
