import Autodiff
import Tensor

/// An immutable tree of parameter tensors, addressed by name and position.
///
///     params.layers[3].bias                      // a part, which prints itself
///     let bias: Tensor = params.layers[3].bias   // the tensor, where the context asks for one
///     params[path: "layers[3].bias"].tensor      // the same, by its path
///
/// Positions count all entries of a list, plain functions included. A parameter that is used in several places is there
/// once, and is reached from each of them. Every transformation accepts such trees: the gradient of a function of
/// parameters is one, too.
///
/// A part whose name is that of a member of this type, such as `names`, is reached by `params["names"]`.
@dynamicMemberLookup
public struct Params: Sendable {
  package let structure: ParamsStructure
  /// Each tensor once, in the order of the tree.
  package private(set) var tensors: [Tensor]

  package init(_ structure: ParamsStructure, _ tensors: [Tensor]) {
    precondition(structure.leafCount == tensors.count, "the structure needs \(structure.leafCount) tensors")
    self.structure = structure
    self.tensors = tensors
  }
}

// MARK: Trees made by hand

extension Params: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
  /// A tree of one tensor.
  public init(_ tensor: Tensor) { self.init(.leaf, [tensor]) }

  /// A tree with named parts, in order.
  ///
  ///     let params: Params = ["layers": [["kernel": Params(kernel), "bias": Params(bias)]]]
  ///
  /// Two parts of one name, and names with one of `. [ ] / "`, stop the program.
  public init(dictionaryLiteral parts: (String, Params)...) { self.init(named: parts) }

  /// A tree with a list of parts.
  public init(arrayLiteral parts: Params...) { self.init(list: parts) }

  /// A tree with named parts, in order; a tensor that appears in several of them is a shared parameter.
  ///
  /// Two parts of one name, and names with one of `. [ ] / "`, stop the program.
  public init(named parts: [(String, Params)]) {
    for (name, _) in parts where !ParamsPath.isName(name) {
      fail("Params", [], "\"\(name)\" cannot name a part", hint: "names are not empty and have none of . [ ] / \"")
    }
    if let name = parts.map(\.0).firstDuplicate { fail("Params", [], "two parts are named \"\(name)\"") }
    self.init(.named, parts)
  }

  /// A tree with a list of parts; a tensor that appears in several of them is a shared parameter.
  public init(list parts: [Params]) { self.init(.list, parts.map { ("", $0) }) }

  package init(_ kind: ParamsStructure.Kind, _ parts: [(String, Params)], module: AnyModule? = nil) {
    let (structure, ids) = ParamsStructure.tree(
      kind, parts.map { ($0, $1.structure, $1.tensors.map(\.identity)) }, module: module)
    let tensors = Dictionary(
      parts.flatMap { $1.tensors.map { ($0.identity, $0) } }, uniquingKeysWith: { first, _ in first })
    self.init(structure, ids.map { tensors[$0]! })
  }
}

extension Params {
  /// The tensors of any tree, by their paths: a state of training, for example.
  ///
  /// Arrays become lists, names stay. Tensors stay apart where the tree has one twice. A tree whose paths have names with
  /// one of `. [ ] / "`, or two tensors of one path, stops the program.
  public init(tree: some Tree) {
    let structure = ParamsStructure.of(tree)
    self.init(structure, tree.leaves)
  }

  /// The tree that has these tensors at these paths, such as `layers[3].bias`.
  ///
  /// Entries of lists that have no parameters are there up to the last that has. A text that is no path, one that is there
  /// twice, and paths that do not go together, such as `a` and `a.b`, stop the program.
  public init(paths: [(path: String, tensor: Tensor)]) {
    do {
      let (structure, leaves) = try PathTree.structure(paths.enumerated().map { ($1.path, $0) })
      self.init(structure, leaves.map { paths[$0].tensor })
    } catch {
      fail("Params", [], error.problem)
    }
  }
}

extension ParamsStructure {
  /// The structure of the tensors of a tree, in its order.
  static func of(_ tree: some Tree) -> ParamsStructure {
    if let params = tree as? Params { return params.structure }
    do {
      let (structure, leaves) = try PathTree.structure(tree.leafPaths.enumerated().map { ($1, $0) })
      // Lists are in order anyway, and named parts as they are met, unless a type visits them in turns.
      precondition(leaves == Array(leaves.indices), "a tree visits its parts one after the other")
      return structure
    } catch {
      fail("Params", [], "the tree's paths do not name parameters: \(error.problem)")
    }
  }
}

// MARK: What transformations see

extension Params: Tree {
  /// Visits each tensor once, in the order of the tree.
  public mutating func walk(_ walker: inout TreeWalker) {
    walker.declare(structure)
    walker.visit(&tensors, paths: structure.leafPaths.map(\.description))
  }

  /// Combines each tensor with its counterpart in a tree with the same paths, whatever modules the trees belong to.
  ///
  /// Trees with different paths stop the program.
  public func zipLeaves(_ other: Params, _ transform: (Tensor, Tensor) throws -> Tensor) rethrows -> Params {
    if structure != other.structure && structure.leafPaths != other.structure.leafPaths {
      fail("zipLeaves", [], "the trees have different structures: \(leafPaths) and \(other.leafPaths)")
    }
    return Params(structure, try zip(tensors, other.tensors).map(transform))
  }

  /// Whether both are the same: one structure, and the very same tensors, not only equal elements.
  public static func === (a: Params, b: Params) -> Bool {
    a.structure == b.structure && zip(a.tensors, b.tensors).allSatisfy { $0 === $1 }
  }

  /// Whether structure or tensors are not the same.
  public static func !== (a: Params, b: Params) -> Bool { !(a === b) }
}

extension Sequence where Element: Hashable {
  /// The first element that equals an earlier one.
  package var firstDuplicate: Element? {
    var seen: Set<Element> = []
    return first { !seen.insert($0).inserted }
  }
}
