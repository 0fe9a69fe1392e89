import Foundation
import Tensor

extension Params {
  /// Saves the parameters as a safetensors file, in the place of one that may be there.
  ///
  /// Each tensor is saved once, by the path of its first place in the tree, such as `layers[3].bias`; the order and the
  /// other places of shared parameters are in the metadata. The file is complete or not there: one that was there stays
  /// until the new one is whole.
  ///
  /// - Parameters:
  ///   - path: where the file is to be.
  ///   - progress: is told the number of bytes written so far, and of all, after each tensor.
  public func save(to path: String, progress: ProgressHandler? = nil) throws(ModelFileError) {
    let names = structure.leafPaths.map(\.description)
    let tree = structure.allPaths.map { place, leaf in
      place.description == names[leaf] ? [names[leaf]] : [place.description, names[leaf]]
    }
    let json = String(decoding: try! JSONEncoder().encode(tree), as: UTF8.self)  // texts can always be encoded
    let file = Safetensors(tensors: Array(zip(names, tensors)), metadata: ["format": "jaxnet", "tree": json])
    try file.write(to: path, progress: progress)
  }

  /// The parameters in a file, with names and positions only: they fit a module by name, as parameters made by hand do.
  ///
  /// Entries of lists that have no parameters are there up to the last that has. To find the parameters of submodules
  /// by `applyFrom` or `reuse`, load them like initial parameters, or with `loadParams` of a module.
  ///
  /// - Parameters:
  ///   - path: a safetensors file.
  ///   - progress: is told the number of bytes read so far, and of all, after each tensor.
  public static func load(from path: String, progress: ProgressHandler? = nil) throws(ModelFileError) -> Params {
    let file = try SafetensorsFile(path)
    let places = try places(file)
    let (structure, leaves): (ParamsStructure, [Int])
    do {
      (structure, leaves) = try PathTree.structure(places)
    } catch {
      throw .invalidTree(path: path, problem: error.problem)
    }
    return Params(structure, try file.read(leaves, as: leaves.map { _ in nil }, progress))
  }

  /// The parameters in a file, in the structure of others, such as initial ones.
  ///
  /// - Parameters:
  ///   - path: a safetensors file.
  ///   - params: parameters with the same names and shapes.
  ///   - names: what the file calls them where it has other names; see `Parametrized.loadParams`.
  ///   - isConverting: whether tensors of other element types are converted.
  ///   - progress: is told the number of bytes read so far, and of all, after each tensor.
  /// - Throws: where names are missing, not asked for, or of another shape or element type, `ModelFileError.mismatch` with
  ///   all of them. `loadingWhatFits` takes what there is.
  public static func load(
    from path: String, like params: Params, names: [String: String] = [:], converting isConverting: Bool = false,
    progress: ProgressHandler? = nil
  ) throws(ModelFileError) -> Params {
    try load(from: path, params.structure, params.tensors.map(\.type), OtherNames(names), isConverting, progress)
  }

  static func load(
    from path: String, _ structure: ParamsStructure, _ types: [TensorType], _ otherNames: OtherNames,
    _ isConverting: Bool, _ progress: ProgressHandler?
  ) throws(ModelFileError) -> Params {
    let file = try SafetensorsFile(path)
    // A parameter may have been saved under another of its names.
    var names = [[String]](repeating: [], count: types.count)
    for (name, leaf) in structure.allPaths { names[leaf].append(otherNames.name(of: name)) }
    let (positions, report) = LoadReport.match(
      names, types, file.entries.map { ($0.name, $0.type) }, otherNames: try places(file), isConverting: isConverting)
    if !report.isComplete { throw .mismatch(path: path, report) }
    let tensors = try file.read(positions, as: positions.map { _ in nil }, progress)
    return Params(structure, zip(tensors, types).map { $0.asType($1.dtype) })
  }

  /// The places in the tree, in order, with the positions of their tensors in the file. A file of another library has
  /// its names only.
  private static func places(_ file: SafetensorsFile) throws(ModelFileError) -> [(path: String, leaf: Int)] {
    let positions = Dictionary(uniqueKeysWithValues: file.entries.enumerated().map { ($1.name, $0) })
    guard let text = file.metadata["tree"] else { return file.entries.enumerated().map { ($1.name, $0) } }
    guard let tree = try? JSONDecoder().decode([[String]].self, from: Data(text.utf8)),
      tree.allSatisfy({ 1...2 ~= $0.count && positions[$0.last!] != nil }),
      Set(tree.map(\.last!)).count == positions.count
    else {
      throw .invalidTree(path: file.path, problem: "its metadata `tree` does not name its tensors")
    }
    return tree.map { ($0[0], positions[$0.last!]!) }
  }
}

extension Parametrized {
  /// Parameters for this module from a file, checked against what the module needs for inputs of certain shapes.
  ///
  /// As `Params.load(from:like:)`, without parameters to compare with: it looks at the shapes in the module, as
  /// `initParams` does. What it returns knows the submodules, so that `applyFrom` and `reuse` find their parameters.
  ///
  ///     let params = try net.loadParams(
  ///       from: "haiku.safetensors", inputs,
  ///       names: ["layers[0]": "mlp.~.linear_0", "layers[2]": "mlp.~.linear_1", "kernel": "w", "bias": "b"])
  ///
  /// - Parameters:
  ///   - path: a safetensors file.
  ///   - inputs: inputs of the shapes to come.
  ///   - names: what the file calls things, where it has other names, as a file from Python has: by the path of a
  ///     parameter or of a part, of which the longest that fits is replaced ("" stands for the whole), and by the name of
  ///     a parameter in any part.
  ///   - isConverting: whether tensors of other element types than the initializers make are converted.
  ///   - progress: is told the number of bytes read so far, and of all, after each tensor.
  public func loadParams(
    from path: String, _ inputs: repeat each Input, names: [String: String] = [:],
    converting isConverting: Bool = false,
    progress: ProgressHandler? = nil
  ) throws(ModelFileError) -> Params {
    let shaped = shapedParams(repeat each inputs, reuse: Reuse([:]))
    return try Params.load(
      from: path, shaped.structure, shaped.plans.map(\.tensor.type), OtherNames(names), isConverting, progress)
  }
}

/// What a file calls parameters, where it has other names.
struct OtherNames {
  private let names: [String: String]
  private let parts: [(path: ParamsPath, name: String)]

  /// Keys that are no paths stop the program.
  init(_ names: [String: String]) {
    self.names = names
    parts = names.map { key, name in
      guard let path = ParamsPath(key) else {
        fail("loadParams", [], "\"\(key)\" is not a path", hint: "a path looks like `layers[3].bias`")
      }
      return (path, name)
    }
  }

  func name(of path: ParamsPath) -> String {
    let components = path.components
    let part = parts.filter { components.starts(with: $0.path.components) }
      .max { $0.path.components.count < $1.path.components.count }
    var rest = Array(components.dropFirst(part?.path.components.count ?? 0))
    var last: String?
    if case .name(let name) = rest.last, let other = names[name] {
      last = other
      rest.removeLast()
    }
    return [part?.name ?? "", ParamsPath(rest).description, last ?? ""].filter { !$0.isEmpty }
      .reduce("") { $0.isEmpty || $1.hasPrefix("[") ? $0 + $1 : $0 + "." + $1 }
  }
}
