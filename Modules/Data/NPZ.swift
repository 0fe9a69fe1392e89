import Tensor

/// NumPy's format for several arrays with names, `.npz`: a ZIP file of `.npy` files.
public enum NPZ {
  /// Reads all arrays of a file, by their names.
  ///
  /// - Parameter path: a file that `numpy.savez` or `numpy.savez_compressed` wrote, or `write`.
  /// - Throws: `DataError`: the file is unreadable or damaged, or one of its arrays is not one that a tensor can be.
  public static func read(_ path: String) throws(DataError) -> [String: Tensor] {
    try arrays(ZipArchive(path: path))
  }

  /// Reads all arrays from the bytes of a file.
  ///
  /// - Parameter name: what errors call the bytes, usually the path of the file.
  /// - Throws: as `read` does.
  public static func decode(_ bytes: [UInt8], name: String = "the data") throws(DataError) -> [String: Tensor] {
    try arrays(ZipArchive(bytes, name: name))
  }

  private static func arrays(_ archive: ZipArchive) throws(DataError) -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for entry in archive.entries {
      let name = entry.name.hasSuffix(".npy") ? String(entry.name.dropLast(4)) : entry.name
      result[name] = try NPY.parse(archive.open(entry))
    }
    return result
  }

  /// The bytes of a file with these arrays, in the order of their names.
  ///
  /// - Parameters:
  ///   - tensors: of any element type but bfloat16, which stops the program.
  ///   - isCompressed: whether to compress them, as `numpy.savez_compressed` does.
  public static func encode(_ tensors: [String: Tensor], compressed isCompressed: Bool = false) -> [UInt8] {
    let files = tensors.sorted { $0.key < $1.key }.map { (name: $0.key + ".npy", contents: NPY.encode($0.value)) }
    return ZipArchive.encode(files, isCompressed: isCompressed)
  }

  /// Writes arrays to a file, which appears complete or, on an error, not at all.
  ///
  /// - Throws: `DataError.unwritable`.
  public static func write(
    _ tensors: [String: Tensor], to path: String, compressed isCompressed: Bool = false
  ) throws(DataError) {
    try writeAtomically(encode(tensors, compressed: isCompressed), to: path)
  }
}
