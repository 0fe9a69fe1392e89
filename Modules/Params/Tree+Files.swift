import Autodiff
import Tensor

extension Tree {
  /// Saves the tensors as a safetensors file, by their paths, in the place of one that may be there: a state of
  /// training, for example.
  ///
  /// The file is complete or not there: one that was there stays until the new one is whole. Two tensors of one path,
  /// which a type of your own may have, stop the program.
  ///
  /// - Parameters:
  ///   - path: where the file is to be.
  ///   - progress: is told the number of bytes written so far, and of all, after each tensor.
  public func save(to path: String, progress: ProgressHandler? = nil) throws(ModelFileError) {
    try Safetensors(tensors: Array(zip(leafPaths, leaves))).write(to: path, progress: progress)
  }

  /// The same structure with the tensors of a file that `save` wrote.
  ///
  /// Where paths are missing, not asked for, or of another shape or element type, this throws
  /// `ModelFileError.mismatch` with all of them; `loadingWhatFits` takes what there is.
  ///
  /// - Parameters:
  ///   - path: a safetensors file.
  ///   - isConverting: whether tensors of other element types are converted.
  ///   - progress: is told the number of bytes read so far, and of all, after each tensor.
  public func loadingLeaves(
    from path: String, converting isConverting: Bool = false, progress: ProgressHandler? = nil
  ) throws(ModelFileError) -> Self {
    let leaves = leaves
    let (positions, file) = try SafetensorsFile.complete(
      path, leafPaths.map { [$0] }, leaves.map(\.type), isConverting: isConverting)
    return replacingLeaves(with: try file.read(positions, as: leaves, progress))
  }
}

extension SafetensorsFile {
  /// A file that has a tensor for each place and none besides.
  static func complete(
    _ path: String, _ names: [[String]], _ types: [TensorType], isConverting: Bool
  ) throws(ModelFileError) -> (positions: [Int?], file: SafetensorsFile) {
    let file = try SafetensorsFile(path)
    let (positions, report) = LoadReport.match(
      names, types, file.entries.map { ($0.name, $0.type) }, isConverting: isConverting)
    if !report.isComplete { throw .mismatch(path: path, report) }
    return (positions, file)
  }
}
