import Tensor

/// Walks over a value that is a tree, or a tuple of trees and tuples: what a traced function may return.
///
/// Swift cannot say in a signature that a function returns a tree or a tuple of trees, so it is found out here, once for all walks
/// over values of one structure; a type that is neither stops the program.
final class AnyTree<Value> {
  let value: Value
  private let parts: [TreePart]
  /// How many parts each element of a tuple has; of a tree, one.
  private let partCounts: [Int]

  /// - Parameter operation: the transformation, for errors.
  init(value: Value, operation: String) {
    self.value = value
    var parts: [TreePart] = []
    if Value.self is any Tree.Type {
      TreePart.add(value, at: 0, to: &parts, operation)
      partCounts = [1]
    } else {
      partCounts = TreePart.addTuple(value, at: 0, to: &parts, operation)
    }
    self.parts = parts
  }

  private init(_ value: Value, like other: AnyTree) {
    self.value = value
    parts = other.parts
    partCounts = other.partCounts
  }

  /// This with another value, of the same structure.
  func with(value: Value) -> AnyTree { AnyTree(value, like: self) }

  var flattened: (leaves: [Tensor], structure: TreeStructure) {
    var (copy, walker) = (value, TreeWalker())
    walk(parts[...], of: &copy, &walker)
    return (walker.leaves, walker.structure)
  }

  func replacingLeaves(with leaves: [Tensor]) -> Value {
    // The commonest result needs no walk.
    if Value.self == Tensor.self && leaves.count == 1 { return unsafeBitCast(leaves[0], to: Value.self) }
    var (copy, walker) = (value, TreeWalker(replacements: leaves))
    walk(parts[...], of: &copy, &walker)
    precondition(walker.isComplete, "the tree has fewer tensors than \(leaves.count)")
    return copy
  }

  /// The number of tensors in each element of a tuple, or in the whole of a tree.
  var partLeafCounts: [Int] {
    var (copy, walker, first) = (value, TreeWalker(), 0)
    return partCounts.map { count in
      let leavesBefore = walker.leaves.count
      walk(parts[first..<first + count], of: &copy, &walker)
      first += count
      return walker.leaves.count - leavesBefore
    }
  }

  private func walk(_ parts: ArraySlice<TreePart>, of value: inout Value, _ walker: inout TreeWalker) {
    withUnsafeMutablePointer(to: &value) { pointer in
      for part in parts { part.walk(UnsafeMutableRawPointer(pointer) + part.offset, &walker) }
    }
  }
}

/// A tree among the elements of a tuple, and of tuples in it.
private struct TreePart {
  /// Bytes from the beginning of the tuple.
  let offset: Int
  let walk: (UnsafeMutableRawPointer, inout TreeWalker) -> Void

  /// Adds the parts of a value.
  static func add<Part>(_ part: Part, at offset: Int, to parts: inout [TreePart], _ operation: String) {
    func walk<Known: Tree>(_: Known.Type) -> (UnsafeMutableRawPointer, inout TreeWalker) -> Void {
      { $0.assumingMemoryBound(to: Known.self).pointee.walk(&$1) }
    }
    if let type = Part.self as? any Tree.Type {
      parts.append(TreePart(offset: offset, walk: walk(type)))
    } else {
      _ = addTuple(part, at: offset, to: &parts, operation)
    }
  }

  /// Adds the parts of the elements of a tuple, which lie one after the other, each at its alignment; answers how many each has.
  static func addTuple<Part>(
    _ part: Part, at start: Int, to parts: inout [TreePart], _ operation: String
  ) -> [Int] {
    let mirror = Mirror(reflecting: part)
    guard mirror.displayStyle == .tuple || Part.self == Void.self else {
      fail(
        operation, [], "the function's result holds a \(Part.self), which is not made of tensors",
        hint: "return tensors, trees or tuples of them; conform the type to Tree")
    }
    var offset = start
    return mirror.children.map { child in
      let count = parts.count
      func add<Element>(_ element: Element) {
        let alignment = MemoryLayout<Element>.alignment
        offset = (offset + alignment - 1) / alignment * alignment
        Self.add(element, at: offset, to: &parts, operation)
        offset += MemoryLayout<Element>.size
      }
      _openExistential(child.value, do: add)
      return parts.count - count
    }
  }
}

/// A function's result with each of its tensors replaced; `transform` is told the number of the element of a tuple that it is in.
package func mappingParts<Value>(
  of value: Value, _ operation: String, _ transform: (_ tensor: Tensor, _ part: Int) -> Tensor
) -> Value {
  let tree = AnyTree(value: value, operation: operation)
  let parts = tree.partLeafCounts.enumerated().flatMap { part, count in [Int](repeating: part, count: count) }
  return tree.replacingLeaves(with: zip(tree.flattened.leaves, parts).map(transform))
}
