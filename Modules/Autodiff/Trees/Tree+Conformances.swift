import Tensor

extension Tensor: Tree {
  /// Visits the tensor itself.
  public mutating func walk(_ walker: inout TreeWalker) { walker.visit(&self) }
}

extension Array: Tree where Element: Tree {
  /// Visits the elements in order.
  public mutating func walk(_ walker: inout TreeWalker) {
    walker.declare(count)
    if Element.self == Tensor.self && !walker.collectsPaths {
      // The commonest array needs no visit of each element.
      var tensors = unsafeBitCast(self, to: [Tensor].self)
      walker.visit(&tensors, paths: [])
      if !walker.isCollecting { self = unsafeBitCast(tensors, to: Self.self) }
      return
    }
    if Element.self == [Tensor].self && !walker.collectsPaths {
      // Nor do the slots of optimizers.
      var lists = unsafeBitCast(self, to: [[Tensor]].self)
      for index in lists.indices {
        var list = lists[index]
        walker.declare(list.count)
        walker.visit(&list, paths: [])
        if !walker.isCollecting { lists[index] = list }
      }
      if !walker.isCollecting { self = unsafeBitCast(lists, to: Self.self) }
      return
    }
    for index in 0..<count {
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
    walker.declare(self == nil ? 0 : 1)
    if var value = self {
      value.walk(&walker)
      if !walker.isCollecting { self = value }
    }
  }
}

extension LUFactors: Tree {
  /// Visits the packed factors, the pivots and the permutation.
  public mutating func walk(_ walker: inout TreeWalker) {
    walker.visit(&packed, "packed")
    walker.visit(&pivots, "pivots")
    walker.visit(&permutation, "permutation")
  }
}

extension CholeskyFactor: Tree {
  /// Visits the triangle, and declares which one it is.
  public mutating func walk(_ walker: inout TreeWalker) {
    walker.declare(isLower)
    walker.visit(&factor, "factor")
  }
}

extension LeastSquares: Tree {
  /// Visits the solution, the residuals, the rank and the singular values.
  public mutating func walk(_ walker: inout TreeWalker) {
    walker.visit(&solution, "solution")
    walker.visit(&residuals, "residuals")
    walker.visit(&rank, "rank")
    walker.visit(&singularValues, "singularValues")
  }
}

extension ComplexTensor: Tree {
  /// Visits the real and the imaginary parts.
  public mutating func walk(_ walker: inout TreeWalker) {
    walker.visit(&real, "real")
    walker.visit(&imaginary, "imaginary")
  }
}
