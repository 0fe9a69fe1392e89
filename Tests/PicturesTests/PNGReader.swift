import CZlib
import Foundation

/// What a PNG file holds, read by the rules of the format and nothing of the library.
struct PNGReader {
  let width: Int
  let height: Int
  /// 1 for grey, 3 for RGB.
  let channels: Int
  /// The samples, row by row.
  let samples: [UInt8]
  /// The names of the chunks, in order.
  let chunks: [String]

  struct Problem: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  init(_ file: [UInt8]) throws {
    guard file.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) else { throw Problem("no signature") }
    var place = 8
    var names: [String] = []
    var header: [UInt8] = []
    var data: [UInt8] = []
    while place < file.count {
      let length = number(file, place)
      let named = Array(file[place + 4..<place + 8 + length])
      guard number(file, place + 8 + length) == Int(crc32(0, named, UInt32(named.count))) else {
        throw Problem("a wrong checksum")
      }
      let name = String(decoding: named.prefix(4), as: UTF8.self)
      names.append(name)
      if name == "IHDR" { header = Array(named.dropFirst(4)) }
      if name == "IDAT" { data += named.dropFirst(4) }
      place += 12 + length
    }
    guard header.count == 13, header[8] == 8, header[10...] == [0, 0, 0], header[9] == 0 || header[9] == 2 else {
      throw Problem("an unexpected header: \(header)")
    }
    chunks = names
    width = number(header, 0)
    height = number(header, 4)
    channels = header[9] == 0 ? 1 : 3
    let rowSize = width * channels
    var size = UInt((rowSize + 1) * height)
    var filtered = [UInt8](repeating: 0, count: Int(size))
    guard uncompress(&filtered, &size, data, UInt(data.count)) == Z_OK, Int(size) == filtered.count else {
      throw Problem("the data cannot be decompressed")
    }
    samples = try unfiltered(filtered, rowSize: rowSize, height: height, pixelSize: channels)
  }
}

private func number(_ bytes: [UInt8], _ place: Int) -> Int { bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }

private func unfiltered(_ bytes: [UInt8], rowSize: Int, height: Int, pixelSize: Int) throws -> [UInt8] {
  var result: [UInt8] = []
  for y in 0..<height {
    let start = y * (rowSize + 1)
    for x in 0..<rowSize {
      let left = x < pixelSize ? 0 : Int(result[result.count - pixelSize])
      let above = y == 0 ? 0 : Int(result[result.count - rowSize])
      let corner = x < pixelSize || y == 0 ? 0 : Int(result[result.count - rowSize - pixelSize])
      let prediction: Int
      switch bytes[start] {
      case 0: prediction = 0
      case 1: prediction = left
      case 2: prediction = above
      case 3: prediction = (left + above) / 2
      case 4:
        let estimate = left + above - corner
        let candidates = [left, above, corner]
        prediction = candidates.min { abs(estimate - $0) < abs(estimate - $1) }!
      default: throw PNGReader.Problem("filter \(bytes[start])")
      }
      result.append(bytes[start + 1 + x] &+ UInt8(prediction))
    }
  }
  return result
}
