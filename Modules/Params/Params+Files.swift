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
    var root = Node()
    for (name, tensor) in try places(file, path) { try root.insert(tensor, name, file: path) }
    let (structure, leaves) = try root.structure(file: path)
    return Params(structure, leaves.map { file.tensors[$0].tensor })
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
    let shaped = shaped(repeat each inputs, reuse: Reuse([:]))
    return try Params.load(from: path, shaped.structure, shapes: shaped.plans.map(\.shape))
  }
}

/// A tree of numbered tensors in the making.
///
/// No model reaches the limits; they keep a hostile file from asking for more memory than it has bytes.
private struct Node {
  private static let deepest = 200
  private static let mostEmptyEntries = 1_000_000

  private var leaf: Int?
  private var parts: [(component: PathComponent, node: Node)] = []
  private var positions: [PathComponent: Int] = [:]

  mutating func insert(_ leaf: Int, _ name: String, file: String) throws(ModelFileError) {
    guard let path = ParamsPath(name), path.components.count <= Self.deepest else {
      throw .invalidTree(
        path: file, problem: "the name \"\(name.prefix(200))\" is not a path such as \"layers[3].bias\"")
    }
    if !insert(leaf, path.components[...]) {
      throw .invalidTree(path: file, problem: "the name \"\(name)\" does not go together with the other names")
    }
  }

  private mutating func insert(_ leaf: Int, _ path: ArraySlice<PathComponent>) -> Bool {
    guard let first = path.first else {
      if self.leaf != nil || !parts.isEmpty { return false }
      self.leaf = leaf
      return true
    }
    if self.leaf != nil
      || parts.first.map({ $0.component.index == nil }) ?? (first.index == nil) != (first.index == nil)
    {
      return false
    }
    let position = positions[first] ?? parts.count
    if position == parts.count {
      parts.append((first, Node()))
      positions[first] = position
    }
    return parts[position].node.insert(leaf, path.dropFirst())
  }

  func structure(file: String) throws(ModelFileError) -> (structure: ParamsStructure, leaves: [Int]) {
    var emptyEntries = 0
    guard let result = structure(&emptyEntries) else {
      throw .invalidTree(
        path: file, problem: "its lists have more than \(Self.mostEmptyEntries) entries without parameters")
    }
    return result
  }

  private func structure(_ emptyEntries: inout Int) -> (structure: ParamsStructure, leaves: [Int])? {
    if let leaf { return (.leaf, [leaf]) }
    let isList = parts.first?.component.index != nil
    var entries: [(name: String, structure: ParamsStructure, leaves: [Int])] = []
    for (component, node) in isList ? parts.sorted(by: { $0.component.index! < $1.component.index! }) : parts {
      if let index = component.index {
        emptyEntries += min(index - entries.count, Self.mostEmptyEntries + 1)
        if emptyEntries > Self.mostEmptyEntries { return nil }
        while entries.count < index { entries.append(("", .empty, [])) }
      }
      guard let (structure, leaves) = node.structure(&emptyEntries) else { return nil }
      entries.append((component.name ?? "", structure, leaves))
    }
    return ParamsStructure.tree(isList ? .list : .named, entries, module: nil)
  }
}

extension PathComponent {
  fileprivate var index: Int? { if case .index(let index) = self { index } else { nil } }
  fileprivate var name: String? { if case .name(let name) = self { name } else { nil } }
}
