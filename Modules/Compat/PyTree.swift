import Autodiff
import Tensor

/// A nested structure of tuples and lists of tensors, as stax's parameters are in Python: a tree that every transformation
/// accepts.
///
///     let (_, params) = initFun(PRNGKey(0), [-1, 784])
///     print(params)       // [(float32[784, 1024], float32[1024]), (), (float32[1024, 10], float32[10])]
///     params[0][1].tensor // the first bias
///
/// Layers without parameters have `()`, so that positions count them.
public struct PyTree: Sendable {
  package indirect enum Node: Sendable {
    case leaf(Tensor)
    case tuple([PyTree], names: [String])
    case list([PyTree])
  }

  package private(set) var node: Node

  package init(_ node: Node) { self.node = node }

  /// A tree of one tensor.
  public init(_ tensor: Tensor) { node = .leaf(tensor) }

  /// A list of tensors.
  public init(_ tensors: [Tensor]) { node = .list(tensors.map { PyTree($0) }) }

  /// The empty tuple `()`: the parameters of a layer that has none.
  public static let none = PyTree.tuple([])

  /// A list.
  public static func list(_ parts: [PyTree]) -> PyTree { PyTree(.list(parts)) }

  /// A tuple.
  public static func tuple(_ parts: [PyTree]) -> PyTree { PyTree(.tuple(parts, names: [])) }

  /// A tuple whose parts have names: what a dictionary is in Python. `Params` calls them by their names, and so does
  /// `params["name"]`; everything else sees a tuple.
  ///
  /// Two parts of one name stop the program.
  public static func named(_ parts: KeyValuePairs<String, PyTree>) -> PyTree {
    let names = parts.map(\.key)
    if Set(names).count != names.count { fail("PyTree", [], "two parts of the tuple have one name: \(names)") }
    return PyTree(.tuple(parts.map(\.value), names: names))
  }
}

extension PyTree: ExpressibleByArrayLiteral {
  /// A list.
  public init(arrayLiteral parts: PyTree...) { node = .list(parts) }
}

// MARK: Parts

extension PyTree {
  /// The parts of a tuple or list, none for a tensor.
  public var parts: [PyTree] {
    switch node {
    case .leaf: []
    case .tuple(let parts, _), .list(let parts): parts
    }
  }

  /// The number of parts of a tuple or list, 0 for a tensor.
  public var count: Int { parts.count }

  /// The part of a tuple or list at a position. A position outside, and a tensor, stop the program.
  public subscript(index: Int) -> PyTree {
    get {
      let parts = parts
      if !parts.indices.contains(index) { fail("PyTree", [], "there is no part [\(index)] in \(self)") }
      return parts[index]
    }
    set {
      switch node {
      case .tuple(var parts, let names) where parts.indices.contains(index):
        parts[index] = newValue
        node = .tuple(parts, names: names)
      case .list(var parts) where parts.indices.contains(index):
        parts[index] = newValue
        node = .list(parts)
      default: fail("PyTree", [], "there is no part [\(index)] in \(self)")
      }
    }
  }

  /// The part of this name, of a tree that `named` made. Another name stops the program.
  public subscript(name: String) -> PyTree {
    get { self[position(of: name)] }
    set { self[position(of: name)] = newValue }
  }

  private func position(of name: String) -> Int {
    guard let position = names.firstIndex(of: name) else {
      let known =
        names.isEmpty ? "its parts have no names" : "there is: \(names.map { "`\($0)`" }.joined(separator: ", "))"
      fail("PyTree", [], "there is no part `\(name)` in \(self); \(known)", hint: "make names with PyTree.named")
    }
    return position
  }

  /// Whether this is one tensor.
  public var isTensor: Bool { if case .leaf = node { true } else { false } }

  /// The tensor that this is. A tuple or list stops the program.
  public var tensor: Tensor {
    guard case .leaf(let tensor) = node else {
      fail("PyTree", [], "\(self) is not one tensor", hint: "take a part of it, as in params[0][1].tensor")
    }
    return tensor
  }

  /// The names of a tuple's parts, none if they have no names.
  package var names: [String] { if case .tuple(_, let names) = node { names } else { [] } }

  /// Whether there is no tensor in it.
  package var isEmpty: Bool { !isTensor && parts.allSatisfy(\.isEmpty) }
}

// MARK: What transformations see

extension PyTree: Tree {
  /// Visits the tensors in order; paths name them by their positions, such as `[0][1]`.
  public mutating func walk(_ walker: inout TreeWalker) {
    switch node {
    case .leaf(var tensor):
      walker.visit(&tensor)
      if !walker.isCollecting { node = .leaf(tensor) }
    case .tuple(var parts, let names):
      walker.declare(parts.count)
      walker.declare(names)
      visit(&parts, &walker)
      if !walker.isCollecting { node = .tuple(parts, names: names) }
    case .list(var parts):
      // Lists and tuples have different structures.
      walker.declare(-1 - parts.count)
      visit(&parts, &walker)
      if !walker.isCollecting { node = .list(parts) }
    }
  }

  private func visit(_ parts: inout [PyTree], _ walker: inout TreeWalker) {
    for index in parts.indices {
      walker.declare(parts[index].isTensor)
      walker.visit(&parts[index], at: index)
    }
  }
}

extension PyTree: CustomStringConvertible {
  /// The structure as Python prints it, with element types and shapes in the place of tensors.
  public var description: String { text { "\($0.type.strong)" } }

  /// The structure as Python prints it, with texts for the tensors.
  package func text(_ leafText: (Tensor) -> String) -> String {
    switch node {
    case .leaf(let tensor): return leafText(tensor)
    case .tuple(let parts, _):
      // A tuple of one has a comma.
      return "(" + parts.map { $0.text(leafText) }.joined(separator: ", ") + (parts.count == 1 ? ",)" : ")")
    case .list(let parts): return "[" + parts.map { $0.text(leafText) }.joined(separator: ", ") + "]"
    }
  }
}
