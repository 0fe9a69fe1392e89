import Tensor

extension Tensor: Tree {
  /// Visits the tensor itself.
  public mutating func walk(_ walker: inout TreeWalker) { walker.visit(&self) }
}

extension Array: Tree where Element: Tree {
  /// Visits the elements in order.
  public mutating func walk(_ walker: inout TreeWalker) {
    walker.declare(count)
    for index in indices {
      if walker.isCollecting {
        // A write would copy the array.
        var element = self[index]
        walker.visit(&element, at: index)
      } else {
        walker.visit(&self[index], at: index)
      }
    }
  }
}

extension Dictionary: Tree where Key: Comparable & LosslessStringConvertible, Value: Tree {
  /// Visits the values in the order of their keys.
  public mutating func walk(_ walker: inout TreeWalker) {
    let keys = self.keys.sorted()
    walker.declare(keys.map(\.description))
    for key in keys {
      var value = self[key]!
      walker.visit(&value, key.description)
      if !walker.isCollecting { self[key] = value }
    }
  }
}

extension Optional: Tree where Wrapped: Tree {
  /// Visits the value, if there is one.
  public mutating func walk(_ walker: inout TreeWalker) {
    walker.declare(self != nil)
    if var value = self {
      value.walk(&walker)
      if !walker.isCollecting { self = value }
    }
  }
}
