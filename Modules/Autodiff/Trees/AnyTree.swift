import Tensor

/// Walks over a value that is a tree, or a tuple of trees and tuples: what a traced function may return.
///
/// Swift cannot say in a signature that a function returns a tree or a tuple of trees, so it is found out here; a type that is
/// neither stops the program.
struct AnyTree<Value> {
  var value: Value
  /// The transformation, for errors.
  let operation: String

  var flattened: (leaves: [Tensor], structure: TreeStructure) {
    var (copy, walker) = (value, TreeWalker())
    walk(&copy, &walker)
    return (walker.leaves, walker.structure)
  }

  func replacingLeaves(with leaves: [Tensor]) -> Value {
    // The commonest result needs no walk.
    if Value.self == Tensor.self && leaves.count == 1 { return unsafeBitCast(leaves[0], to: Value.self) }
    var (copy, walker) = (value, TreeWalker(replacements: leaves))
    walk(&copy, &walker)
    precondition(walker.isComplete, "the tree has fewer tensors than \(leaves.count)")
    return copy
  }

  /// The number of tensors in each element of a tuple, or in the whole of a tree.
  var partLeafCounts: [Int] {
    let mirror = Mirror(reflecting: value)
    guard !(Value.self is any Tree.Type), mirror.displayStyle == .tuple else { return [flattened.leaves.count] }
    return mirror.children.map { child in
      func count<Element>(_ element: Element) -> Int {
        AnyTree<Element>(value: element, operation: operation).flattened.leaves.count
      }
      return _openExistential(child.value, do: count)
    }
  }

  private func walk<Part>(_ part: inout Part, _ walker: inout TreeWalker) {
    if let type = Part.self as? any Tree.Type {
      walkTree(&part, &walker, as: type)
      return
    }
    let mirror = Mirror(reflecting: part)
    guard mirror.displayStyle == .tuple || Part.self == Void.self else {
      fail(
        operation, [], "the function's result holds a \(Part.self), which is not made of tensors",
        hint: "return tensors, trees or tuples of them; conform the type to Tree")
    }
    // The elements of a tuple lie one after the other, each at its alignment.
    withUnsafeMutablePointer(to: &part) { pointer in
      var offset = 0
      for child in mirror.children {
        func visit<Element>(_: Element) {
          let alignment = MemoryLayout<Element>.alignment
          offset = (offset + alignment - 1) / alignment * alignment
          let element = (UnsafeMutableRawPointer(pointer) + offset).assumingMemoryBound(to: Element.self)
          walk(&element.pointee, &walker)
          offset += MemoryLayout<Element>.size
        }
        _openExistential(child.value, do: visit)
      }
    }
  }

  private func walkTree<Part, Known: Tree>(_ part: inout Part, _ walker: inout TreeWalker, as _: Known.Type) {
    var tree = part as! Known
    tree.walk(&walker)
    if !walker.isCollecting { part = tree as! Part }
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
