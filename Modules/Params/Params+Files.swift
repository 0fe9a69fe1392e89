import Foundation
import Tensor

extension Params {
  /// Saves the parameters as a safetensors file, in the place of one that may be there.
  ///
  /// Each tensor is saved once, by the path of its first place in the tree, such as `layers[3].bias`; the order and the
  /// other places of shared parameters are in the metadata. The file is complete or not there: one that was there stays
  /// until the new one is whole.
  public func save(to path: String) throws(ModelFileError) {
    let names = structure.leafPaths.map(\.description)
    let tree = structure.allPaths.map { place, leaf in
      place.description == names[leaf] ? [names[leaf]] : [place.description, names[leaf]]
    }
    let json = String(decoding: try! JSONEncoder().encode(tree), as: UTF8.self)  // texts can always be encoded
    let file = Safetensors(tensors: Array(zip(names, tensors)), metadata: ["format": "jaxnet", "tree": json])
    try file.write(to: path)
  }

  /// The parameters in a file, with names and positions only: they fit a module by name, as parameters made by hand do.
  ///
  /// Entries of lists that have no parameters are there up to the last that has. To find the parameters of submodules
  /// by `applyFrom` or `reuse`, load them like initial parameters, or with `loadParams` of a module.
  public static func load(from path: String) throws(ModelFileError) -> Params {
    let file = try Safetensors(contentsOf: path)
    let places = try places(file, path)
    do {
      let (structure, leaves) = try PathTree.structure(places)
      return Params(structure, leaves.map { file.tensors[$0].tensor })
    } catch {
      throw .invalidTree(path: path, problem: error.problem)
    }
  }

  /// The parameters in a file, in the structure of others, such as initial ones.
  ///
  /// - Parameters:
  ///   - path: a safetensors file.
  ///   - params: parameters with the same names and shapes.
  /// - Throws: where names are missing, not asked for, or of another shape, `ModelFileError.mismatch`, which names all
  ///   of them.
  public static func load(from path: String, like params: Params) throws(ModelFileError) -> Params {
    try load(from: path, params.structure, shapes: params.tensors.map(\.shape))
  }

  static func load(
    from path: String, _ structure: ParamsStructure, shapes: [[Int]]
  ) throws(ModelFileError) -> Params {
    let file = try Safetensors(contentsOf: path)
    let places = Dictionary(try places(file, path), uniquingKeysWith: { first, _ in first })
    // A parameter may have been saved under another of its names.
    var names: [[String]] = shapes.map { _ in [] }
    for (name, leaf) in structure.allPaths { names[leaf].append("\(name)") }
    let tensors = try file.tensors(names, shapes: shapes, path: path) { places[$0].map { file.tensors[$0].tensor } }
    return Params(structure, tensors)
  }

  /// The places in the tree, in order, with the positions of their tensors in the file. A file of another library has
  /// its names only.
  private static func places(_ file: Safetensors, _ path: String) throws(ModelFileError) -> [(String, Int)] {
    let positions = Dictionary(uniqueKeysWithValues: file.tensors.enumerated().map { ($1.name, $0) })
    guard let text = file.metadata["tree"] else { return file.tensors.enumerated().map { ($1.name, $0) } }
    guard let tree = try? JSONDecoder().decode([[String]].self, from: Data(text.utf8)),
      tree.allSatisfy({ 1...2 ~= $0.count && positions[$0.last!] != nil }),
      Set(tree.map(\.last!)).count == positions.count
    else {
      throw .invalidTree(path: path, problem: "its metadata `tree` does not name its tensors")
    }
    return tree.map { ($0[0], positions[$0.last!]!) }
  }
}

extension Parametrized {
  /// Parameters for this module from a file, checked against what the module needs for inputs of certain shapes.
  ///
  /// As `Params.load(from:like:)`, without parameters to compare with: it looks at the shapes in the module, as
  /// `initParams` does. What it returns knows the submodules, so that `applyFrom` and `reuse` find their parameters.
  public func loadParams(from path: String, _ inputs: repeat each Input) throws(ModelFileError) -> Params {
    let shaped = shapedParams(repeat each inputs, reuse: Reuse([:]))
    return try Params.load(from: path, shaped.structure, shapes: shaped.plans.map(\.shape))
  }
}
