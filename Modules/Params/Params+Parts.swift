import Tensor

extension Params {
  /// The part of this name. A missing name stops the program with the names that there are.
  public subscript(dynamicMember name: String) -> Params { part(.name(name)) }
  /// The tensor of this name. A missing name, and a part that is no tensor, stop the program.
  @_disfavoredOverload
  public subscript(dynamicMember name: String) -> Tensor { part(.name(name)).tensor }
  /// The part of this name: for names that are not known when the program is written. A missing name stops the program.
  public subscript(name: String) -> Params { part(.name(name)) }
  /// The tensor of this name. A missing name, and a part that is no tensor, stop the program.
  @_disfavoredOverload
  public subscript(name: String) -> Tensor { part(.name(name)).tensor }
  /// The part at a position of a list, counting plain functions, too. A position outside stops the program.
  public subscript(index: Int) -> Params { part(.index(index)) }
  /// The tensor at a position of a list. A position outside, and a part that is no tensor, stop the program.
  @_disfavoredOverload
  public subscript(index: Int) -> Tensor { part(.index(index)).tensor }
  /// The part that a path leads to, such as `layers[3].bias`. A path that leads nowhere stops the program.
  public subscript(path text: String) -> Params {
    parsed(text, "Params").components.reduce(self) { $0.part($1, on: text) }
  }

  /// The tensor that this is. A tree of several parts stops the program.
  public var tensor: Tensor {
    if structure.kind != .leaf {
      fail(
        "Params", [], "a tree is no tensor: it has \(contents)",
        hint: "name the parameter, as in `params.layers[0].bias`")
    }
    return tensors[0]
  }

  /// Whether this is one tensor.
  public var isTensor: Bool { structure.kind == .leaf }
  /// The names of the parts, in order; none for a tensor or a list.
  public var names: [String] { structure.kind == .named ? structure.children.map(\.name) : [] }
  /// The number of parts: entries of a list, names, or 0 for a tensor.
  public var count: Int { structure.children.count }
  /// The number of elements of all tensors together; shared parameters count once.
  public var elementCount: Int { tensors.reduce(0) { $0 + $1.count } }

  /// This tree with another tensor at a path such as `layers[3].bias`; everything else is the same.
  ///
  /// A shared parameter is replaced in all its places. A path that leads to no tensor, and a tensor of another shape,
  /// stop the program.
  public func replacing(_ path: String, with tensor: Tensor) -> Params {
    let leaf = index(of: parsed(path, "replacing"), path)
    if leaf.count != 1 || !self[path: path].isTensor {
      fail("replacing", [tensor.type], "\(path) is a tree, not a tensor: it has \(self[path: path].contents)")
    }
    return replacing(leaf, with: [tensor], path)
  }

  /// This tree with another subtree at a path such as `layers[3]`; everything else is the same.
  ///
  /// Shared parameters are replaced in all their places. A path that leads nowhere, and a subtree with other names or
  /// shapes, stop the program.
  public func replacing(_ path: String, with subtree: Params) -> Params {
    let indices = index(of: parsed(path, "replacing"), path)
    let old = self[path: path].structure.leafPaths
    if old != subtree.structure.leafPaths {
      fail("replacing", [], "\(path) has \(old), but what is to replace it has \(subtree.structure.leafPaths)")
    }
    return replacing(indices, with: subtree.tensors, path)
  }

  /// Which of the tensors a path leads to. A path that leads nowhere stops the program.
  func leafIndices(at path: String) -> [Int] { index(of: parsed(path, "Params"), path) }

  private func replacing(_ indices: [Int], with replacements: [Tensor], _ path: String) -> Params {
    var tensors = tensors
    for (index, replacement) in zip(indices, replacements) {
      if tensors[index].shape != replacement.shape {
        fail(
          "replacing", [tensors[index].type, replacement.type],
          "\(path) has shape \(tensors[index].shape), not \(replacement.shape)")
      }
      tensors[index] = replacement
    }
    return Params(structure, tensors)
  }

  // MARK: What the library itself asks

  /// The part that a step leads to, if there is one.
  package func partIfPresent(_ component: PathComponent) -> Params? { structure.child(component).map(part) }

  /// The part that a path leads to, if there is one.
  package func partIfPresent(_ path: ParamsPath) -> Params? {
    path.components.reduce(self as Params?) { $0?.partIfPresent($1) }
  }

  package func part(_ child: ParamsStructure.Child) -> Params {
    Params(child.structure, child.leafIndices.map { tensors[$0] })
  }

  /// What there is, for errors: the names or the number of entries.
  package var contents: String {
    switch structure.kind {
    case .leaf: "no parts, it is a tensor \(tensors[0].type)"
    case .named: structure.children.isEmpty ? "no parts" : names.map { "`\($0)`" }.joined(separator: ", ")
    case .list: "\(count) \(count == 1 ? "entry" : "entries"), counted from 0"
    }
  }

  private func part(_ component: PathComponent, on path: String? = nil) -> Params {
    if let part = partIfPresent(component) { return part }
    let place = path.map { " of the path \"\($0)\"" } ?? ""
    switch component {
    case .name(let name): fail("Params", [], "there is no `\(name)`\(place); there is: \(contents)")
    case .index(let index): fail("Params", [], "there is no entry [\(index)]\(place); there is: \(contents)")
    }
  }

  private func parsed(_ text: String, _ operation: String) -> ParamsPath {
    guard let path = ParamsPath(text) else {
      fail(operation, [], "\"\(text)\" is not a path", hint: "a path looks like `layers[3].bias`")
    }
    return path
  }

  /// Which of the tensors a path leads to.
  private func index(of path: ParamsPath, _ text: String) -> [Int] {
    var (structure, indices) = (structure, Array(tensors.indices))
    for component in path.components {
      guard let child = structure.child(component) else {
        _ = self[path: text]
        preconditionFailure("a path that leads nowhere stops the program")
      }
      (structure, indices) = (child.structure, child.leafIndices.map { indices[$0] })
    }
    return indices
  }
}
