import Tensor

/// A value made of tensors, in a structure of its own: what transformations take apart and put together again. JAX calls it
/// a pytree.
///
/// Tensors, arrays, dictionaries and optionals of trees are trees. A type of yours becomes one by visiting its parts, in an order
/// that never changes:
///
///     struct Momentum: Tree {
///       var velocity: Tensor
///       var history: [Tensor]
///       mutating func walk(_ walker: inout TreeWalker) {
///         walker.visit(&velocity, "velocity")
///         walker.visit(&history, "history")
///       }
///     }
public protocol Tree: SendableMetatype {
  /// Visits every part that holds tensors, and declares what else the structure depends on.
  mutating func walk(_ walker: inout TreeWalker)
}

/// Walks over a tree's tensors, to collect or to replace them.
public struct TreeWalker {
  /// The tensors met so far, when collecting.
  package private(set) var leaves: [Tensor] = []
  /// What the tree is made of besides its tensors, as met so far, when collecting.
  package private(set) var structure = TreeStructure()
  /// The names on the way to each tensor, when asked for.
  package private(set) var paths: [String] = []
  let collectsPaths: Bool
  private var path = ""
  private let replacements: [Tensor]?
  private var position = 0

  package init(collectingPaths: Bool = false) {
    collectsPaths = collectingPaths
    replacements = nil
    // Most trees fit, without growing step by step.
    leaves.reserveCapacity(16)
  }

  package init(replacements: [Tensor]) {
    collectsPaths = false
    self.replacements = replacements
  }

  /// The tensors met so far, which the walker then no longer holds.
  mutating func takeLeaves() -> [Tensor] {
    let result = leaves
    leaves = []
    return result
  }

  /// Whether tensors are only read: a part may then visit copies of its children.
  public var isCollecting: Bool { replacements == nil }
  /// Whether there were as many replacements as tensors.
  package var isComplete: Bool { position == replacements?.count }

  /// Visits a tensor.
  public mutating func visit(_ leaf: inout Tensor) {
    if let replacements {
      precondition(position < replacements.count, "the tree has more tensors than \(replacements.count)")
      leaf = replacements[position]
      position += 1
    } else {
      leaves.append(leaf)
      if collectsPaths { paths.append(path) }
    }
  }

  /// Collects the tensors of a tree; answers how many they are.
  @discardableResult
  mutating func collect<Part: Tree>(_ tree: Part) -> Int {
    let count = leaves.count
    var copy = tree
    copy.walk(&self)
    return leaves.count - count
  }

  /// Visits a part under the name that paths show.
  public mutating func visit<Part: Tree>(_ part: inout Part, _ name: String) {
    if !collectsPaths { return part.walk(&self) }
    let outer = path
    path += (path.isEmpty ? "" : ".") + name
    part.walk(&self)
    path = outer
  }

  /// Visits a part under the index that paths show.
  public mutating func visit<Part: Tree>(_ part: inout Part, at index: Int) {
    if !collectsPaths { return part.walk(&self) }
    let outer = path
    path += "[\(index)]"
    part.walk(&self)
    path = outer
  }

  /// Declares a value that the structure depends on, such as the number of children or the keys of a dictionary: trees in which it
  /// differs have different structures, and `jit` traces them apart.
  public mutating func declare(_ constant: some Hashable & Sendable) {
    if isCollecting { structure.constants.append(.value(AnyHashable(constant))) }
  }

  /// Declares a number that the structure depends on, as the general form does.
  public mutating func declare(_ number: Int) {
    if isCollecting { structure.numbers.append(number) }
  }

  /// Declares an object that the structure depends on, as the general form does.
  package mutating func declare(_ object: some TreeConstant) {
    if isCollecting { structure.constants.append(.object(object)) }
  }

  /// Visits tensors that lie one after the other, under paths relative to the part that they belong to.
  package mutating func visit(_ leaves: inout [Tensor], paths names: @autoclosure () -> [String]) {
    if let replacements {
      precondition(
        position + leaves.count <= replacements.count, "the tree has more tensors than \(replacements.count)")
      leaves = Array(replacements[position..<position + leaves.count])
      position += leaves.count
    } else {
      self.leaves += leaves
      if collectsPaths { paths += names().map { path.isEmpty ? $0 : $0.isEmpty ? path : path + "." + $0 } }
    }
  }
}

/// An object that the structure of trees depends on, and which many of them share: the same one is found equal at once.
package protocol TreeConstant: AnyObject, Hashable, Sendable {}

/// What a tree is made of besides its tensors: two trees of one type and one structure differ in tensors only.
///
/// Numbers are apart from what else was declared: as a walk goes on according to what it has declared, it is the same for equal
/// lists of both.
public struct TreeStructure: Hashable, @unchecked Sendable {  // `declare` takes Sendable values only
  fileprivate enum Constant: Hashable {
    case object(any TreeConstant)
    case value(AnyHashable)

    var hashable: AnyHashable {
      switch self {
      case .object(let object): AnyHashable(object)
      case .value(let value): value
      }
    }

    static func == (a: Constant, b: Constant) -> Bool {
      if case .object(let a) = a, case .object(let b) = b, a === b { return true }
      return a.hashable == b.hashable
    }

    func hash(into hasher: inout Hasher) { hasher.combine(hashable) }
  }

  fileprivate var numbers: [Int] = []
  fileprivate var constants: [Constant] = []
}

extension Tree {
  /// The tensors, in order.
  public var leaves: [Tensor] {
    var (copy, walker) = (self, TreeWalker())
    copy.walk(&walker)
    return walker.leaves
  }

  /// The tensors and the structure.
  package var flattened: (leaves: [Tensor], structure: TreeStructure) {
    var (copy, walker) = (self, TreeWalker())
    copy.walk(&walker)
    return (walker.leaves, walker.structure)
  }

  /// The name of each tensor within the tree, such as `layers[0].kernel`, in the order of `leaves`.
  public var leafPaths: [String] {
    var (copy, walker) = (self, TreeWalker(collectingPaths: true))
    copy.walk(&walker)
    return walker.paths
  }

  /// The same structure with other tensors, as many and in the order of `leaves`.
  public func replacingLeaves(with leaves: [Tensor]) -> Self {
    var (copy, walker) = (self, TreeWalker(replacements: leaves))
    copy.walk(&walker)
    precondition(walker.isComplete, "the tree has fewer tensors than \(leaves.count)")
    return copy
  }

  /// The same structure with each tensor replaced by a function of it.
  public func mapLeaves(_ transform: (Tensor) throws -> Tensor) rethrows -> Self {
    replacingLeaves(with: try leaves.map(transform))
  }

  /// The same structure with each tensor replaced by a function of it and its counterpart in another tree of this structure.
  ///
  /// Trees of different structures stop the program.
  public func zipLeaves(_ other: Self, _ transform: (Tensor, Tensor) throws -> Tensor) rethrows -> Self {
    let (mine, theirs) = (flattened, other.flattened)
    if mine.structure != theirs.structure && leafPaths != other.leafPaths {
      fail("zipLeaves", [], "the trees have different structures: \(leafPaths) and \(other.leafPaths)")
    }
    return replacingLeaves(with: try zip(mine.leaves, theirs.leaves).map(transform))
  }
}
