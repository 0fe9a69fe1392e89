import Tensor

/// Takes the tensors out of a function's arguments, and puts others in their places.
final class ArgumentWalker {
  private var walker: TreeWalker

  /// Collects.
  init() { walker = TreeWalker() }

  /// Replaces, in the order in which the tensors were collected.
  init(replacements: [Tensor]) { walker = TreeWalker(replacements: replacements) }

  var leaves: [Tensor] { walker.leaves }
  var structure: TreeStructure { walker.structure }

  /// The tensors collected, which the walker then no longer holds.
  func takeLeaves() -> [Tensor] { walker.takeLeaves() }

  /// The number of tensors in an argument, which are collected.
  @discardableResult
  func collect<Argument: Tree>(_ argument: Argument) -> Int {
    let count = walker.leaves.count
    var copy = argument
    copy.walk(&walker)
    return walker.leaves.count - count
  }

  /// An argument with the next of the replacements.
  func replaced<Argument: Tree>(_ argument: Argument) -> Argument {
    var copy = argument
    copy.walk(&walker)
    return copy
  }
}
