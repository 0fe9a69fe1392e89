/// Why names do not make a tree of parameters.
package struct PathTreeError: Error {
  package let problem: String
}

/// A tree of numbered tensors in the making, from the paths of its leaves.
///
/// No model reaches the limits; they keep a hostile file from asking for more memory than it has bytes.
package struct PathTree {
  private static let deepest = 200
  private static let mostEmptyEntries = 1_000_000

  private var leaf: Int?
  private var parts: [(component: PathComponent, tree: PathTree)] = []
  private var positions: [PathComponent: Int] = [:]

  /// The structure with these leaves, and their numbers in its order. Lists have entries without parameters where
  /// numbers are left out.
  package static func structure(
    _ places: [(path: String, leaf: Int)]
  ) throws(PathTreeError) -> (structure: ParamsStructure, leaves: [Int]) {
    var root = PathTree()
    for (name, leaf) in places {
      guard let path = ParamsPath(name), path.components.count <= deepest else {
        throw PathTreeError(problem: "the name \"\(name.prefix(200))\" is not a path such as \"layers[3].bias\"")
      }
      if !root.insert(leaf, path.components[...]) {
        throw PathTreeError(problem: "the name \"\(name)\" does not go together with the other names")
      }
    }
    var emptyEntries = 0
    guard let result = root.structure(&emptyEntries) else {
      throw PathTreeError(problem: "its lists have more than \(mostEmptyEntries) entries without parameters")
    }
    return result
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
      parts.append((first, PathTree()))
      positions[first] = position
    }
    return parts[position].tree.insert(leaf, path.dropFirst())
  }

  private func structure(_ emptyEntries: inout Int) -> (structure: ParamsStructure, leaves: [Int])? {
    if let leaf { return (.leaf, [leaf]) }
    let isList = parts.first?.component.index != nil
    var entries: [(name: String, structure: ParamsStructure, leaves: [Int])] = []
    for (component, tree) in isList ? parts.sorted(by: { $0.component.index! < $1.component.index! }) : parts {
      if let index = component.index {
        emptyEntries += min(index - entries.count, Self.mostEmptyEntries + 1)
        if emptyEntries > Self.mostEmptyEntries { return nil }
        while entries.count < index { entries.append(("", .empty, [])) }
      }
      guard let (structure, leaves) = tree.structure(&emptyEntries) else { return nil }
      entries.append((component.name ?? "", structure, leaves))
    }
    return ParamsStructure.tree(isList ? .list : .named, entries, module: nil)
  }
}

extension PathComponent {
  fileprivate var index: Int? { if case .index(let index) = self { index } else { nil } }
  fileprivate var name: String? { if case .name(let name) = self { name } else { nil } }
}
