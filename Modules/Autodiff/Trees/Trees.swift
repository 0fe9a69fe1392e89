import Tensor

/// Trees of different types as one: what a loop carries, or a function takes, where Swift lets a tuple not be a tree.
///
///     let result = scan(Trees(h, momentum), xs) { state, x in
///       let (h, momentum) = state.parts
///       …
///     }
public struct Trees<each Part: Tree>: Tree {
  /// The trees.
  public var parts: (repeat each Part)

  /// Several trees as one.
  public init(_ parts: repeat each Part) { self.parts = (repeat each parts) }

  /// Visits the parts in order; paths name them by their positions.
  public mutating func walk(_ walker: inout TreeWalker) {
    var index = 0
    func visited<Element: Tree>(_ part: Element) -> Element {
      var part = part
      walker.visit(&part, at: index)
      index += 1
      return part
    }
    parts = (repeat visited(each parts))
  }
}

extension Trees: Sendable where repeat each Part: Sendable {}
