import Tensor

extension Collective: FamilyRules, LinearFamily {
  private var primitive: Primitive { .collective(self) }

  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    (primitive(primals), primitive(tangents.map { $0! }))
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    guard let cotangent = cotangents[0] else { return [nil] }
    switch operation {
    case .sum: return [primitive(cotangent)]
    case .gather:
      // What all examples ask of this one's value.
      let total = Primitive.collective(Collective(.sum, axisName, size: size))(cotangent)
      let position = Primitive.collective(Collective(.index, axisName, size: size))()
      return [dynamicIndex(total, position)]
    case .index: preconditionFailure("axisIndex has no operands")
    }
  }

  /// For the examples of another axis: each has a combination of its own.
  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    (primitive(operands), axes.map { $0.map { $0 + (operation == .gather ? 1 : 0) } })
  }

  /// For the examples of the axis that is meant: their combination.
  func combine(_ operands: [Tensor], _ axes: [Int?]) -> (results: [Tensor], axes: [Int?]) {
    switch operation {
    case .sum:
      guard let axis = axes[0] else { return ([operands[0] * Tensor(size)], [nil]) }
      return (Primitive.reduce(Reduce(.sum, axes: [axis]))([operands[0]]), [nil])
    case .gather: return ([operands[0].withBatch(from: axes[0], to: 0, size: size)], [nil])
    case .index: return ([arange(size)], [0])
    }
  }
}

/// The slice at an index, an integer scalar, along the first axis.
func dynamicIndex(_ x: Tensor, _ index: Tensor) -> Tensor {
  let starts = [index] + x.shape.dropFirst().map { _ in Tensor(0).asType(index.dtype) }
  return dynamicSlice(x, starts, sizes: [1] + x.shape.dropFirst()).squeezed([0])
}
