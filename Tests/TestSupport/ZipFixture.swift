import Data

/// A ZIP file, with the data of deflated files as gzip has them between its header and its trailer.
public func zipFile(_ files: [(name: String, contents: [UInt8], isDeflated: Bool)], comment: String = "") -> [UInt8] {
  func number(_ value: Int, _ size: Int) -> [UInt8] { (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  var archive: [UInt8] = []
  var directory: [UInt8] = []
  for file in files {
    let compressed = Gzip.compress(file.contents)
    let data = file.isDeflated ? Array(compressed.dropFirst(10).dropLast(8)) : file.contents
    let checksum = Array(compressed.suffix(8).prefix(4))
    let common =
      number(20, 2) + number(0, 2) + number(file.isDeflated ? 8 : 0, 2) + number(0, 4) + checksum
      + number(data.count, 4) + number(file.contents.count, 4) + number(file.name.utf8.count, 2) + number(0, 2)
    directory +=
      number(0x0201_4b50, 4) + number(20, 2) + common + number(0, 10) + number(archive.count, 4) + Array(file.name.utf8)
    archive += number(0x0403_4b50, 4) + common + Array(file.name.utf8) + data
  }
  let end =
    number(0x0605_4b50, 4) + number(0, 4) + number(files.count, 2) + number(files.count, 2) + number(directory.count, 4)
    + number(archive.count, 4) + number(comment.utf8.count, 2) + Array(comment.utf8)
  return archive + directory + end
}
