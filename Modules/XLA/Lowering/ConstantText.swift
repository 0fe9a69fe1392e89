import Tensor

/// Elements as StableHLO's text has them: exactly, and the same at every run.
enum ConstantText {
  /// Tensors with more bytes than this become arguments.
  static let mostBytes = 4096
  /// Tensors with at most so many elements are written as lists, others as the bytes in memory.
  private static let mostListed = 64

  /// What stands between the angle brackets of `dense<…>`.
  static func elements(_ tensor: Tensor) -> String {
    let value = tensor.fetched!
    if tensor.count == 0 { return "" }
    if value.isSplat || tensor.count == 1 { return words(value, count: 1)[0] }
    // The bytes of truth values are packed in some versions of the format, and not in others.
    if tensor.count > mostListed && tensor.dtype != .bool {
      let bytes = UnsafeRawBufferPointer(start: value.pointer, count: tensor.type.byteCount)
      defer { withExtendedLifetime(value) {} }
      return "\"0x\(hexadecimal(bytes))\""
    }
    return nested(words(value, count: tensor.count)[...], tensor.shape[...])
  }

  private static func nested(_ words: ArraySlice<String>, _ shape: ArraySlice<Int>) -> String {
    guard let size = shape.first else { return words.first! }
    let part = words.count / size
    let parts = (0..<size).map { index in
      let start = words.startIndex + index * part
      return nested(words[start..<start + part], shape.dropFirst())
    }
    return "[\(parts.joined(separator: ", "))]"
  }

  /// The first elements of a value, each as text.
  private static func words(_ value: ConcreteValue, count: Int) -> [String] {
    let bytes = UnsafeRawPointer(value.pointer)
    defer { withExtendedLifetime(value) {} }
    func all<Element>(_ type: Element.Type, _ text: (Element) -> String) -> [String] {
      (0..<count).map { text(bytes.load(fromByteOffset: $0 * MemoryLayout<Element>.stride, as: type)) }
    }
    switch value.type.dtype {
    case .bool: return all(UInt8.self) { $0 == 0 ? "false" : "true" }
    case .int8: return all(Int8.self, String.init)
    case .int16: return all(Int16.self, String.init)
    case .int32: return all(Int32.self, String.init)
    case .int64: return all(Int64.self, String.init)
    case .uint8: return all(UInt8.self, String.init)
    case .uint16: return all(UInt16.self, String.init)
    case .uint32: return all(UInt32.self, String.init)
    case .uint64: return all(UInt64.self, String.init)
    case .float16, .bfloat16:
      let numbers = Tensor(value).array(of: Double.self, first: count)
      let bits = (0..<count).map { bytes.load(fromByteOffset: $0 * 2, as: UInt16.self) }
      return zip(numbers, bits).map { decimal($0) ?? hexadecimal(UInt64($1), digits: 4) }
    case .float32: return all(Float.self) { decimal(Double($0)) ?? hexadecimal(UInt64($0.bitPattern), digits: 8) }
    case .float64: return all(Double.self) { decimal($0) ?? hexadecimal($0.bitPattern, digits: 16) }
    }
  }

  /// A number that few decimal digits give exactly, nil for any other.
  static func decimal(_ number: Double) -> String? {
    guard number.isFinite, abs(number) <= 1e6, (number * 1024).rounded() == number * 1024 else { return nil }
    return "\(number)"
  }

  private static func hexadecimal(_ bits: UInt64, digits: Int) -> String {
    let text = String(bits, radix: 16, uppercase: true)
    return "0x" + String(repeating: "0", count: digits - text.count) + text
  }

  private static func hexadecimal(_ bytes: UnsafeRawBufferPointer) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    return String(unsafeUninitializedCapacity: bytes.count * 2) { text in
      for (index, byte) in bytes.enumerated() {
        text[2 * index] = digits[Int(byte >> 4)]
        text[2 * index + 1] = digits[Int(byte & 15)]
      }
      return bytes.count * 2
    }
  }
}

extension Tensor {
  /// The first elements as numbers, of one or of all.
  fileprivate func array(of type: Double.Type, first count: Int) -> [Double] {
    count == self.count ? array(of: type) : [concrete!.firstElement]
  }
}
