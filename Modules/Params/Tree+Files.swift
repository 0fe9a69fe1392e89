import Autodiff
import Tensor

extension Tree {
  /// Saves the tensors as a safetensors file, by their paths, in the place of one that may be there: a state of
  /// training, for example.
  ///
  /// The file is complete or not there: one that was there stays until the new one is whole. Two tensors of one path,
  /// which a type of your own may have, stop the program.
  public func save(to path: String) throws(ModelFileError) {
    try Safetensors(tensors: Array(zip(leafPaths, leaves))).write(to: path)
  }

  /// The same structure with the tensors of a file that `save` wrote.
  ///
  /// Where paths are missing, not asked for, or of another shape, this throws `ModelFileError.mismatch`, which names
  /// all of them.
  public func loadingLeaves(from path: String) throws(ModelFileError) -> Self {
    let file = try Safetensors(contentsOf: path)
    let names = leafPaths
    let tensors = try file.tensors(names.map { [$0] }, shapes: leaves.map(\.shape), path: path) { file[$0] }
    return replacingLeaves(with: tensors)
  }
}

extension Safetensors {
  /// The tensors for these names, of which each has one or several; all tensors of the file must be asked for.
  func tensors(
    _ names: [[String]], shapes: [[Int]], path: String, _ find: (String) -> Tensor?
  ) throws(ModelFileError) -> [Tensor] {
    let found = names.map { names in names.lazy.compactMap(find).first }
    let used = Set(found.compactMap { $0?.identity })
    let missing = zip(found, names).filter { $0.0 == nil }.map { $0.1[0] }
    let unused = tensors.filter { !used.contains($0.tensor.identity) }.map(\.name)
    let wrongShapes: [ModelFileError.WrongShape] = zip(zip(found, shapes), names).compactMap { pair, names in
      guard let tensor = pair.0, tensor.shape != pair.1 else { return nil }
      return ModelFileError.WrongShape(name: names[0], expected: pair.1, found: tensor.shape)
    }
    if !missing.isEmpty || !unused.isEmpty || !wrongShapes.isEmpty {
      throw .mismatch(path: path, missing: missing, unused: unused.sorted(), wrongShapes: wrongShapes)
    }
    return found.map { $0! }
  }
}
