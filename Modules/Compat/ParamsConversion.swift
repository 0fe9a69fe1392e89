import Autodiff
import Params
import Tensor

// Parameters of stax as `Params`, and back. The names are those of the modules that the layers correspond to:
//
//     stax                                  Params
//     a list, from serial                   layers[0], layers[1], …
//     (W, b) of Dense and convolutions      kernel, bias
//     (beta, gamma) of BatchNorm            bias, scale
//     a tuple, from parallel                branches[0], branches[1], …
//     ()                                    nothing

extension Params {
  /// Parameters of stax under the names that modules have: those of `serial(Dense(4), Relu)` are `layers[0].kernel` and
  /// `layers[0].bias`, which fit `Sequential { Dense(4); relu }`.
  ///
  /// What comes from `parallel`, and other tuples, is in `branches`; parts made by `PyTree.named` have their names.
  public init(_ tree: PyTree) { self.init(tree: NamedPyTree(tree)) }

  /// Parameters of stax in the structure of a module's: names are those of `Params(tree)`, and dimensions of size 1 may differ, as
  /// those of a convolution's bias do: (1, 1, 1, C) in stax, [C] in a module.
  ///
  /// Names that only one of both has, and other shapes, stop the program, which names all of them.
  public init(_ tree: PyTree, like params: Params) {
    self = params.replacingLeaves(
      with: matched("Params", params.leafPaths, params.leaves, Params(tree).leafPaths, tree.leaves))
  }
}

extension Params {
  /// The parameters of stax in a file that `Tools/export-params` wrote, in the structure of a module's: `Params(tree, like: params)`.
  ///
  /// - Throws: where names are missing, not asked for, or of another shape, `ModelFileError.mismatch`, which names all of them.
  public static func load(fromStax path: String, like params: Params) throws(ModelFileError) -> Params {
    let tree = try PyTree(contentsOf: path)
    return params.replacingLeaves(
      with: try matched(file: path, params.leafPaths, params.leaves, Params(tree).leafPaths, tree.leaves))
  }
}

extension PyTree {
  /// The parameters of a module as stax would have them: a list for `layers`, a tuple for what is in `branches` or has names.
  ///
  /// A parameter that is shared has `()` in all places but its first.
  public init(_ params: Params) {
    var seen: Set<Int> = []
    self.init(params.structure, Array(params.tensors.indices), params.tensors, &seen)
  }

  /// The parameters of a module in the structure of stax's: the way back from `Params(tree, like: params)`.
  ///
  /// Names that only one of both has, and other shapes, stop the program, which names all of them.
  public init(_ params: Params, like tree: PyTree) {
    self = tree.replacingLeaves(
      with: matched("PyTree", Params(tree).leafPaths, tree.leaves, params.leafPaths, params.leaves))
  }

  private init(_ structure: ParamsStructure, _ indices: [Int], _ tensors: [Tensor], _ seen: inout Set<Int>) {
    if structure.kind == .leaf {
      self = seen.insert(indices[0]).inserted ? PyTree(tensors[indices[0]]) : .none
      return
    }
    let group = structure.children.count == 1 ? structure.children[0] : nil
    if let group, group.structure.kind == .list, ["layers", "branches"].contains(group.name) {
      let parts = PyTree.parts(group.structure, group.leafIndices.map { indices[$0] }, tensors, &seen)
      self = group.name == "layers" ? .list(parts) : .tuple(parts)
      return
    }
    let parts = PyTree.parts(structure, indices, tensors, &seen)
    self = structure.kind == .list ? .list(parts) : PyTree(.tuple(parts, names: structure.children.map(\.name)))
  }

  private static func parts(
    _ structure: ParamsStructure, _ indices: [Int], _ tensors: [Tensor], _ seen: inout Set<Int>
  ) -> [PyTree] {
    structure.children.map { PyTree($0.structure, $0.leafIndices.map { indices[$0] }, tensors, &seen) }
  }
}

/// For each expected tensor the given one of its name, with its shape; a mismatch stops the program.
private func matched(
  _ operation: String, _ names: [String], _ expected: [Tensor], _ givenNames: [String], _ given: [Tensor]
) -> [Tensor] {
  do throws(ModelFileError) {
    return try matched(file: "the tree", names, expected, givenNames, given)
  } catch {
    fail(operation, [], error.description, hint: "put the parts together by hand: [\"net\": Params(tree[0]), …]")
  }
}

/// For each expected tensor the given one of its name, with its shape.
private func matched(
  file: String, _ names: [String], _ expected: [Tensor], _ givenNames: [String], _ given: [Tensor]
) throws(ModelFileError) -> [Tensor] {
  let byName = Dictionary(zip(givenNames, given), uniquingKeysWith: { first, _ in first })
  let known = Set(names)
  let missing = names.filter { byName[$0] == nil }
  let unused = givenNames.filter { !known.contains($0) }
  let wrongTypes: [LoadReport.WrongType] = zip(names, expected).compactMap { name, tensor in
    guard let found = byName[name], found.shape.filter({ $0 != 1 }) != tensor.shape.filter({ $0 != 1 }) else {
      return nil
    }
    return LoadReport.WrongType(name: name, expected: tensor.type.strong, found: found.type.strong)
  }
  let report = LoadReport(missing: missing, unused: unused, wrongTypes: wrongTypes)
  if !report.isComplete { throw .mismatch(path: file, report) }
  return zip(names, expected).map { byName[$0]!.reshaped(to: $1.shape) }
}

/// A tree of stax whose paths are those that modules have.
struct NamedPyTree: Tree {
  var tree: PyTree

  init(_ tree: PyTree) { self.tree = tree }

  mutating func walk(_ walker: inout TreeWalker) {
    switch tree.node {
    case .leaf(var tensor):
      walker.visit(&tensor)
      tree = PyTree(tensor)
    case .tuple(let parts, let names) where !names.isEmpty:
      var parts = parts
      for index in parts.indices {
        var part = NamedPyTree(parts[index])
        walker.visit(&part, names[index])
        parts[index] = part.tree
      }
      tree = PyTree(.tuple(parts, names: names))
    case .tuple(let parts, _):
      var list = parts.map(NamedPyTree.init)
      walker.visit(&list, "branches")
      tree = .tuple(list.map(\.tree))
    case .list(let parts):
      var list = parts.map(NamedPyTree.init)
      walker.visit(&list, "layers")
      tree = .list(list.map(\.tree))
    }
  }
}
