import CZlib
import Foundation

/// What is wrong with writing a picture.
public enum PictureError: Error, Hashable, Sendable, CustomStringConvertible, LocalizedError {
  /// The file cannot be written, for the reason that the system gives. Whatever stood there before still does.
  case unwritable(path: String, reason: String)

  /// What is wrong, and where.
  public var description: String {
    switch self {
    case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
    }
  }

  /// The description, for programs that print `localizedDescription`.
  public var errorDescription: String? { description }
}

extension Picture {
  /// Writes the picture as a PNG file, which appears whole or not at all.
  public func write(to path: String) throws(PictureError) {
    do {
      try Data(png()).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw .unwritable(path: path, reason: error.localizedDescription)
    }
  }

  /// The bytes of a PNG file: of 8-bit greys if the picture has no other colours, otherwise of 8-bit RGB.
  ///
  /// Source: W3C, *Portable Network Graphics Specification*, second edition.
  public func png() -> [UInt8] {
    let isGrey = isGrey
    let pixelSize = isGrey ? 1 : 3
    let samples = isGrey ? stride(from: 0, to: bytes.count, by: 3).map { bytes[$0] } : bytes
    let kind: [UInt8] = [8, isGrey ? 0 : 2, 0, 0, 0]
    let signature: [UInt8] = [0x89] + Array("PNG\r\n\u{1A}\n".utf8)
    let data = compressed(filtered(samples, pixelSize: pixelSize))
    return signature + chunk("IHDR", bigEndian(width) + bigEndian(height) + kind) + chunk("IDAT", data)
      + chunk("IEND", [])
  }
}

private func bigEndian(_ value: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(value).bigEndian, Array.init) }

/// A length, a name, contents, and the checksum of name and contents.
private func chunk(_ name: String, _ contents: [UInt8]) -> [UInt8] {
  let checked = Array(name.utf8) + contents
  return bigEndian(contents.count) + checked + bigEndian(Int(crc32(0, checked, UInt32(checked.count))))
}

/// Bytes in the format of zlib.
private func compressed(_ bytes: [UInt8]) -> [UInt8] {
  var count = compressBound(UInt(bytes.count))
  var result = [UInt8](repeating: 0, count: Int(count))
  let status = compress2(&result, &count, bytes, UInt(bytes.count), 9)
  precondition(status == Z_OK, "Picture.png: no memory")
  return Array(result.prefix(Int(count)))
}

extension Picture {
  /// Whether no pixel has a colour.
  private var isGrey: Bool {
    for place in stride(from: 0, to: bytes.count, by: 3) {
      if bytes[place] != bytes[place + 1] || bytes[place] != bytes[place + 2] { return false }
    }
    return true
  }

  /// The rows, each after the number of the filter that it went through: the one that leaves the smallest numbers.
  private func filtered(_ samples: [UInt8], pixelSize: Int) -> [UInt8] {
    let rowSize = width * pixelSize
    var result: [UInt8] = []
    result.reserveCapacity((rowSize + 1) * height)
    var previous = [UInt8](repeating: 0, count: rowSize)
    for y in 0..<height {
      let row = Array(samples[y * rowSize..<(y + 1) * rowSize])
      let candidates = PNGFilter.allCases.map { $0.apply(to: row, below: previous, pixelSize) }
      let best = candidates.indices.min { weight(candidates[$0]) < weight(candidates[$1]) }!
      result.append(PNGFilter.allCases[best].rawValue)
      result += candidates[best]
      previous = row
    }
    return result
  }

  /// How far the bytes are from 0, taken as signed numbers.
  private func weight(_ bytes: [UInt8]) -> Int { bytes.reduce(0) { $0 + Int(Int8(bitPattern: $1).magnitude) } }
}

/// What a row is predicted from; only the difference is stored.
private enum PNGFilter: UInt8, CaseIterable {
  case none, left, above, average, paeth

  func apply(to row: [UInt8], below previous: [UInt8], _ pixelSize: Int) -> [UInt8] {
    row.indices.map { place in
      let left = place < pixelSize ? 0 : row[place - pixelSize]
      let above = previous[place]
      let corner = place < pixelSize ? 0 : previous[place - pixelSize]
      return row[place] &- prediction(Int(left), Int(above), Int(corner))
    }
  }

  private func prediction(_ left: Int, _ above: Int, _ corner: Int) -> UInt8 {
    switch self {
    case .none: return 0
    case .left: return UInt8(left)
    case .above: return UInt8(above)
    case .average: return UInt8((left + above) / 2)
    case .paeth:
      let (a, b, c) = (abs(above - corner), abs(left - corner), abs(left + above - 2 * corner))
      return UInt8(a <= b && a <= c ? left : b <= c ? above : corner)
    }
  }
}
