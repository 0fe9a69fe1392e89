import Tensor

/// Which parameters of a tree are meant: by path, by module, or by a condition, and any of several.
///
///     params.selecting(["layers[0]", .module(head)])
///     optimizer.freezing(.module(encoder))
///     optimizer.freezing(.where { path, _ in path.hasSuffix("bias") })
public struct ParameterSelection: Sendable {
  /// For each tensor of a tree, whether it is meant.
  let isSelected: @Sendable (Params) -> [Bool]

  /// The tensors of a subtree, or one tensor, such as `layers[3]` or `layers[3].bias`. A path that leads nowhere stops the
  /// program.
  public static func path(_ path: String) -> ParameterSelection {
    ParameterSelection { params in
      let selected = Set(params.leafIndices(at: path))
      return params.tensors.indices.map(selected.contains)
    }
  }

  /// The parameters of a module, wherever in the tree it is. A tree without it stops the program.
  public static func module(_ module: AnyModule) -> ParameterSelection {
    ParameterSelection { params in
      var selected = Set<Int>()
      var isFound = params.structure.module === module
      if isFound { selected.formUnion(params.tensors.indices) }
      func visit(_ structure: ParamsStructure, _ indices: [Int]) {
        for child in structure.children {
          let childIndices = child.leafIndices.map { indices[$0] }
          if child.structure.module === module {
            isFound = true
            selected.formUnion(childIndices)
          }
          visit(child.structure, childIndices)
        }
      }
      visit(params.structure, Array(params.tensors.indices))
      if !isFound {
        fail(
          "ParameterSelection", [], "the parameters have none of the module `\(module.name)`",
          hint: "use the very object that the network was made with, or a path; parameters from a file have paths only")
      }
      return params.tensors.indices.map(selected.contains)
    }
  }

  /// The tensors that a condition holds for; `path` is the first way to a tensor.
  public static func `where`(
    _ condition: @escaping @Sendable (_ path: String, _ tensor: Tensor) -> Bool
  ) -> ParameterSelection {
    ParameterSelection { params in zip(params.structure.leafPaths, params.tensors).map { condition("\($0)", $1) } }
  }

  /// All but what is meant here.
  public var inverted: ParameterSelection { ParameterSelection { isSelected($0).map { !$0 } } }

  init(_ isSelected: @escaping @Sendable (Params) -> [Bool]) { self.isSelected = isSelected }

  /// For each tensor of a tree, whether it is meant.
  package func marks(_ params: Params) -> [Bool] { isSelected(params) }
}

extension ParameterSelection: ExpressibleByArrayLiteral, ExpressibleByStringLiteral {
  /// What any of several selections means.
  public init(arrayLiteral selections: ParameterSelection...) {
    self.init { params in
      selections.map { $0.isSelected(params) }
        .reduce([Bool](repeating: false, count: params.tensors.count)) { zip($0, $1).map { $0 || $1 } }
    }
  }

  /// The tensors below a path.
  public init(stringLiteral path: String) { self = .path(path) }
}

extension Params {
  /// The paths of the tensors that a selection means, in order.
  public func paths(in selection: ParameterSelection) -> [String] {
    zip(leafPaths, selection.marks(self)).filter(\.1).map(\.0)
  }

  /// The tree with nothing but the selected tensors: lists keep their positions.
  ///
  /// To train a part of a network, take the derivative by that part:
  ///
  ///     let part = params.selecting("layers[2]")
  ///     let gradient = grad { (part: Params) in loss(params.updating(with: part), x, y) }(part)
  public func selecting(_ selection: ParameterSelection) -> Params {
    let marks = selection.marks(self)
    func filtered(_ structure: ParamsStructure, _ indices: [Int]) -> (ParamsStructure, [Int])? {
      if structure.kind == .leaf { return marks[indices[0]] ? (structure, indices) : nil }
      var parts: [(name: String, structure: ParamsStructure, leaves: [Int])] = []
      for child in structure.children {
        if let (part, leaves) = filtered(child.structure, child.leafIndices.map { indices[$0] }) {
          parts.append((child.name, part, leaves))
        } else if structure.kind == .list {
          parts.append(("", .empty, []))
        }
      }
      if !parts.contains(where: { !$0.leaves.isEmpty }) { return nil }
      return ParamsStructure.tree(structure.kind, parts, module: structure.module)
    }
    guard let (structure, leaves) = filtered(structure, Array(tensors.indices)) else { return .none }
    return Params(structure, leaves.map { tensors[$0] })
  }

  /// This tree with the tensors of another in the places of its own: the counterpart of `selecting`.
  ///
  /// A path that is not in this tree, and a tensor of another shape, stop the program.
  public func updating(with part: Params) -> Params {
    var tensors = tensors
    for (path, tensor) in zip(part.structure.leafPaths, part.tensors) {
      let indices = leafIndices(at: "\(path)")
      if indices.count != 1 || tensors[indices[0]].shape != tensor.shape {
        fail("updating", [tensor.type], "the tree has no tensor of shape \(tensor.shape) at `\(path)`")
      }
      tensors[indices[0]] = tensor
    }
    return Params(structure, tensors)
  }

  /// The number of bytes of all tensors together; shared parameters count once.
  public var byteCount: Int { tensors.reduce(0) { $0 + $1.type.byteCount } }
}
