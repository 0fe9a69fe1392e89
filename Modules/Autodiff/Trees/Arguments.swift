import Tensor

/// Puts other tensors in the places of those of a function's arguments.
final class ArgumentWalker {
  private var walker: TreeWalker

  /// In the order in which the tensors were collected.
  init(replacements: [Tensor]) { walker = TreeWalker(replacements: replacements) }

  /// An argument with the next of the replacements.
  func replaced<Argument: Tree>(_ argument: Argument) -> Argument {
    var copy = argument
    copy.walk(&walker)
    return copy
  }
}
