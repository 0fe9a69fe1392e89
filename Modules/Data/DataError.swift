import Foundation

/// What is wrong with a file or a data set: which one, what was expected and what was found.
public enum DataError: Error, Hashable, Sendable {
  /// The file cannot be opened or read, for the reason that the system gives.
  case unreadable(path: String, reason: String)
  /// The file cannot be written, for the reason that the system gives. Whatever stood there before still does.
  case unwritable(path: String, reason: String)
  /// The file is compressed by gzip, but damaged.
  case damagedGzip(path: String, damage: GzipDamage)
  /// The ZIP file is damaged, or uses what is not supported.
  case damagedZip(path: String, reason: String)
  /// The decompressed data are larger than the caller allows.
  case tooLarge(path: String, limit: Int)
  /// The contents do not follow the IDX format, or are not the array that the caller asked for.
  case invalidIDX(path: String, expected: String, found: String)
  /// The contents do not follow NumPy's format for arrays, or are not the array that the caller asked for.
  case invalidNPY(path: String, expected: String, found: String)
  /// A line of a file of handwritten letters is not what it should be.
  case invalidOCR(path: String, line: Int, expected: String, found: String)
  /// A set has as many labels as images, but these files do not.
  case countMismatch(imagesPath: String, imageCount: Int, labelsPath: String, labelCount: Int)
  /// No folder with the data set is in any of the places searched, in the order given.
  case datasetNotFound(name: String, searched: [String])
}

/// How a gzip file is damaged.
public enum GzipDamage: Hashable, Sendable {
  /// It ends before its data do, after this many decompressed bytes.
  case truncated(decompressedCount: Int)
  /// It breaks the format at some place; zlib's words for it.
  case invalid(reason: String)
  /// The decompressed data do not have the checksum (CRC-32) that the file gives.
  case wrongChecksum
  /// The decompressed data do not have the length that the file gives.
  case wrongLength
  /// Something that is no gzip data follows the end.
  case trailingBytes
}

extension DataError: CustomStringConvertible {
  /// What is wrong, where, and what to do about it where that is known.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
    case .damagedGzip(let path, let damage): "\(path) is damaged: \(damage)\n  hint: get the file again from its source"
    case .damagedZip(let path, let reason): "\(path) is damaged: \(reason)"
    case .tooLarge(let path, let limit): "\(path) decompresses to more than the \(limit) bytes that are allowed"
    case .invalidIDX(let path, let expected, let found):
      "\(path) is not the IDX file that it should be\n  expected: \(expected)\n  found: \(found)"
    case .invalidNPY(let path, let expected, let found):
      "\(path) is not the NumPy array that it should be\n  expected: \(expected)\n  found: \(found)"
    case .invalidOCR(let path, let line, let expected, let found):
      "\(path):\(line) is not the line of letters that it should be\n  expected: \(expected)\n  found: \(found)"
    case .countMismatch(let imagesPath, let imageCount, let labelsPath, let labelCount):
      """
      images and labels do not belong together
        \(imagesPath): \(imageCount) images
        \(labelsPath): \(labelCount) labels
      """
    case .datasetNotFound(let name, let searched):
      (["found no data set '\(name)' in any of"] + searched.map { "  \($0)" } + [
        "  hint: \(DatasetSearch.downloadable.contains(name) ? "Tools/download \(name) fetches it; or " : "")"
          + "give the folder with its files, or set \(DatasetSearch.variable) to the folder that holds \(name)/"
      ]).joined(separator: "\n")
    }
  }
}

extension DataError: LocalizedError {
  /// The description, for programs that print `localizedDescription`.
  public var errorDescription: String? { description }
}

extension GzipDamage: CustomStringConvertible {
  /// A clause that tells what is wrong.
  public var description: String {
    switch self {
    case .truncated(let count): "the gzip data end early, after \(count) decompressed bytes"
    case .invalid(let reason): "the gzip data are invalid (\(reason))"
    case .wrongChecksum: "the decompressed data do not have the checksum that the file gives"
    case .wrongLength: "the decompressed data do not have the length that the file gives"
    case .trailingBytes: "bytes that are no gzip data follow the end"
    }
  }
}
