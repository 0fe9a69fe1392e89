import Autodiff

/// What a tree of parameters is made of besides its tensors: names, order, sharing, and the modules that it belongs to.
///
/// Immutable, and shared by all trees that are made from one another: gradients, the slots of optimizers, trained
/// parameters.
package final class ParamsStructure: Sendable {
  package enum Kind: Hashable, Sendable {
    /// One tensor.
    case leaf
    /// Parts with names.
    case named
    /// Parts with positions.
    case list
  }

  /// A part of a tree.
  package struct Child: Hashable, Sendable {
    /// Its name; empty in a list.
    package let name: String
    package let structure: ParamsStructure
    /// Which of the tree's tensors its own are, in the order of its own. Parts that share parameters overlap here.
    package let leafIndices: [Int]
  }

  package let kind: Kind
  package let children: [Child]
  /// The number of tensors, each counted once.
  package let leafCount: Int
  /// The module whose parameters these are, if it outlived the call in which it was met: one that nobody holds cannot
  /// be asked for.
  package let module: AnyModule?
  private let positions: [String: Int]
  private let hash: Int

  private init(_ kind: Kind, _ children: [Child], leafCount: Int, module: AnyModule?) {
    self.kind = kind
    self.children = children
    self.leafCount = leafCount
    self.module = module
    positions =
      kind == .named ? Dictionary(uniqueKeysWithValues: children.enumerated().map { ($1.name, $0) }) : [:]
    var hasher = Hasher()
    hasher.combine(kind)
    hasher.combine(children)
    hasher.combine(module)
    hash = hasher.finalize()
  }

  /// One tensor that belongs to no module.
  package static let leaf = leaf(of: nil)
  /// No parameters.
  package static let empty = ParamsStructure(.named, [], leafCount: 0, module: nil)

  package static func leaf(of module: AnyModule?) -> ParamsStructure {
    ParamsStructure(.leaf, [], leafCount: 1, module: module)
  }

  /// A tree of parts, each with numbers that tell tensors apart, and the numbers of the tree's tensors: each once, in
  /// the order of the parts. The names of named parts are unique.
  package static func tree<ID: Hashable>(
    _ kind: Kind, _ parts: [(name: String, structure: ParamsStructure, leaves: [ID])], module: AnyModule?
  ) -> (structure: ParamsStructure, leaves: [ID]) {
    var leaves: [ID] = []
    var indices: [ID: Int] = [:]
    let children = parts.map { part in
      let leafIndices = part.leaves.map { leaf in
        if let index = indices[leaf] { return index }
        leaves.append(leaf)
        indices[leaf] = leaves.count - 1
        return leaves.count - 1
      }
      return Child(name: kind == .list ? "" : part.name, structure: part.structure, leafIndices: leafIndices)
    }
    return (ParamsStructure(kind, children, leafCount: leaves.count, module: module), leaves)
  }

  /// The part of this name.
  package func child(named name: String) -> Child? { positions[name].map { children[$0] } }

  /// The part that a step leads to.
  package func child(_ component: PathComponent) -> Child? {
    switch component {
    case .name(let name): child(named: name)
    case .index(let index): kind == .list && children.indices.contains(index) ? children[index] : nil
    }
  }

  /// The step that leads to the part at a position.
  package func component(_ position: Int) -> PathComponent {
    kind == .list ? .index(position) : .name(children[position].name)
  }

  /// The modules whose parameters are here.
  package var modules: Set<ObjectIdentifier> {
    children.reduce(into: Set(module.map { [ObjectIdentifier($0)] } ?? [])) { $0.formUnion($1.structure.modules) }
  }

  /// For each tensor, the first way to it.
  package var leafPaths: [ParamsPath] {
    if kind == .leaf { return [ParamsPath()] }
    var paths = [ParamsPath?](repeating: nil, count: leafCount)
    for (position, child) in children.enumerated() where child.leafIndices.contains(where: { paths[$0] == nil }) {
      for (index, path) in zip(child.leafIndices, child.structure.leafPaths) where paths[index] == nil {
        paths[index] = ParamsPath([component(position)] + path.components)
      }
    }
    return paths.map { $0! }
  }

  /// Every way to a tensor with that tensor's index: parameters that are shared appear more than once.
  package var allPaths: [(path: ParamsPath, leaf: Int)] {
    if kind == .leaf { return [(ParamsPath(), 0)] }
    return children.enumerated().flatMap { position, child in
      child.structure.allPaths.map { path, leaf in
        (ParamsPath([component(position)] + path.components), child.leafIndices[leaf])
      }
    }
  }
}

extension ParamsStructure: TreeConstant {
  /// Whether names, order, sharing and modules are the same.
  package static func == (a: ParamsStructure, b: ParamsStructure) -> Bool {
    a === b || a.hash == b.hash && a.kind == b.kind && a.module === b.module && a.children == b.children
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}
