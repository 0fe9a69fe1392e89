import Tensor

extension Graph {
  /// The same program in which values of which only parts are used are computed in parts: slices move before elementwise operations
  /// and products.
  func withSlicesPushed() -> Graph {
    let partial = valuesUsedInParts
    if !equations.contains(where: { partial[$0.results[0]] && $0.primitive.takesSlices }) { return self }
    var isPartial = ValueTable<Bool>()
    return Rewriter.rewrite(self) { rewriter, equation in
      if case .slice(let slice) = equation.primitive {
        return [rewriter.pushed(slice, equation.operands[0], isPartial)]
      }
      let results = rewriter.add(equation.primitive, equation.operands)
      for (new, old) in zip(results, rewriter.currentEquation!.results) where partial[old] { isPartial[new] = true }
      return results
    }
  }

  /// For each value, whether nothing but slices uses it, through elementwise operations of its shape or directly, and slices that
  /// together are not larger than it.
  private var valuesUsedInParts: [Bool] {
    var isPartial = [Bool](repeating: true, count: types.count)
    var isUsed = [Bool](repeating: false, count: types.count)
    var sliced = [Int](repeating: 0, count: types.count)
    for output in outputs { isPartial[output] = false }
    for equation in equations.reversed() {
      let result = equation.results[0]
      for operand in equation.operands {
        isUsed[operand] = true
        switch equation.primitive {
        case .slice(let slice) where slice.stride.allSatisfy { $0 == 1 }:
          sliced[operand] += types[result].elementCount
          if sliced[operand] > types[operand].elementCount { isPartial[operand] = false }
        case _ where equation.primitive.isElementwise && equation.results.count == 1:
          if !isPartial[result] || !isUsed[result] || types[operand].shape != types[result].shape {
            isPartial[operand] = false
          }
        default: isPartial[operand] = false
        }
      }
    }
    return types.indices.map { isPartial[$0] && isUsed[$0] }
  }
}

extension Primitive {
  /// Whether slices move before it.
  fileprivate var takesSlices: Bool {
    if case .dot = self { return true }
    return isElementwise
  }
}

extension Rewriter {
  /// The part of a value, computed from parts of what it is computed from where that is possible.
  fileprivate mutating func pushed(
    _ slice: Slice, _ id: Graph.ValueID, _ isPartial: ValueTable<Bool>
  ) -> Graph.ValueID {
    let isUnit = slice.stride.allSatisfy { $0 == 1 }
    guard isUnit, isPartial[id] == true, let equation = definition(id) else {
      return add(.slice(slice), [id])[0]
    }
    switch equation.primitive {
    case .dot(let dot):
      let (lhs, rhs) = (type(equation.operands[0]), type(equation.operands[1]))
      let (left, right) = (dot.lhsFree(rank: lhs.rank), dot.rhsFree(rank: rhs.rank))
      let batch = dot.lhsBatch.count
      func part(_ shape: [Int], _ dimensions: [Int], from position: Int) -> Slice {
        var part = Slice(start: shape.map { _ in 0 }, limit: shape, stride: shape.map { _ in 1 })
        for (i, dimension) in dimensions.enumerated() {
          part.start[dimension] = slice.start[position + i]
          part.limit[dimension] = slice.limit[position + i]
        }
        return part
      }
      // A part of a batch would be a part of both operands; nothing asks for that.
      if (0..<batch).contains(where: { slice.start[$0] != 0 || slice.limit[$0] != type(id).shape[$0] }) { break }
      let a = whole(part(lhs.shape, left, from: batch), equation.operands[0], isPartial)
      let b = whole(part(rhs.shape, right, from: batch + left.count), equation.operands[1], isPartial)
      return add(equation.primitive, [a, b])[0]
    case _ where equation.primitive.isElementwise && !equation.operands.isEmpty:
      let operands = equation.operands.map { pushed(slice, $0, isPartial) }
      return add(equation.primitive, operands)[0]
    default: break
    }
    return add(.slice(slice), [id])[0]
  }

  private mutating func whole(_ slice: Slice, _ id: Graph.ValueID, _ isPartial: ValueTable<Bool>) -> Graph.ValueID {
    slice.limit == type(id).shape && slice.start.allSatisfy { $0 == 0 } ? id : pushed(slice, id, isPartial)
  }
}
