import Tensor

extension Reduce: FamilyRules, LinearFamily {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let (x, t) = (primals[0], tangents[0]!)
    let primitive = Primitive.reduce(self)
    let y = primitive(x)
    switch operation {
    case .sum: return ([y], [primitive(t)])
    case .maximum, .minimum:
      // Equal extrema share the derivative.
      let isExtremum = (x .== spread(y, x.shape)).asType(x.dtype)
      let count = sum(isExtremum, axes: axes)
      return ([y], [sum(t * isExtremum, axes: axes) / count])
    case .product: return ([y], [sum(t * productOfOthers(x), axes: axes)])
    case .and, .or: return ([y], [nil])
    }
  }

  /// The reduced values along the reduced dimensions again.
  private func spread(_ y: Tensor, _ shape: [Int]) -> Tensor {
    y.broadcastInDim(shape, dimensions: shape.indices.filter { !axes.contains($0) })
  }

  /// For each element, the product of the others along the reduced dimensions: right also where elements are zero.
  private func productOfOthers(_ x: Tensor) -> Tensor {
    let kept = x.shape.indices.filter { !axes.contains($0) }
    let moved = x.transposed(kept + axes)
    let line = moved.reshaped(to: moved.shape[..<kept.count] + [axes.map { x.shape[$0] }.reduce(1, *)])
    let axis = kept.count
    func before(reversed: Bool) -> Tensor {
      let running = cumulativeProduct(line, axis: axis, reversed: reversed)
      let none = [(before: Int, after: Int)](repeating: (0, 0), count: axis)
      return pad(running, none + [reversed ? (-1, 1) : (1, -1)], value: 1)
    }
    let others = (before(reversed: false) * before(reversed: true)).reshaped(to: moved.shape)
    let permutation = kept + axes
    return others.transposed(permutation.indices.sorted { permutation[$0] < permutation[$1] })
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    precondition(operation == .sum, "\(operation) is not linear")
    return [cotangents[0].map { spread($0, operands[0].type.shape) }]
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let axis = axes[0]!
    let reduced = self.axes.skipping(axis)
    return ([Primitive.reduce(Reduce(operation, axes: reduced))(operands[0])], [axis - reduced.count { $0 < axis }])
  }
}

extension ArgReduce: PiecewiseConstant {
  var primitive: Primitive { .argReduce(self) }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let operand = operands[0].movingAxis(axes[0]!, to: 0)
    return ([Primitive.argReduce(ArgReduce(largest: largest, axis: axis + 1, indexType: indexType))(operand)], [0])
  }
}

extension Cumulative: FamilyRules, LinearFamily {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let primitive = Primitive.cumulative(self)
    if operation == .sum { return (primitive(primals), primitive(tangents.map { $0! })) }
    // The running combination as ⌈log₂ n⌉ combinations with a shifted copy, whose derivatives are known.
    let (_, tangent) = jvp(of: doubling, primals[0], tangents[0]!)
    return (primitive(primals), [tangent])
  }

  private func jvp(of function: (Tensor) -> Tensor, _ primal: Tensor, _ tangent: Tensor) -> (Tensor, Tensor) {
    let (outputs, tangents) = pushForward({ [function($0[0])] }, [primal], [tangent])
    return (outputs[0], tangents[0] ?? .zero(outputs[0].type))
  }

  private func doubling(_ x: Tensor) -> Tensor {
    let size = x.shape[axis]
    let combine: (Tensor, Tensor) -> Tensor
    let neutral: Tensor
    switch operation {
    case .product: (combine, neutral) = ({ $0 * $1 }, 1)
    case .maximum: (combine, neutral) = (maximum, Tensor(-Float.infinity))
    case .minimum: (combine, neutral) = (minimum, Tensor(Float.infinity))
    case .sum, .and, .or: preconditionFailure("\(operation) has a derivative of its own or none")
    }
    var (result, distance) = (x, 1)
    while distance < size {
      var widths = [(before: Int, after: Int)](repeating: (0, 0), count: x.rank)
      widths[axis] = isReversed ? (-distance, distance) : (distance, -distance)
      result = combine(result, pad(result, widths, value: neutral))
      distance *= 2
    }
    return result
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    precondition(operation == .sum, "\(operation) is not linear")
    return [cotangents[0].map { Primitive.cumulative(Cumulative(.sum, axis: axis, isReversed: !isReversed))($0) }]
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let batched = Cumulative(operation, axis: [axis].skipping(axes[0]!)[0], isReversed: isReversed)
    return ([Primitive.cumulative(batched)(operands[0])], axes)
  }
}

extension Sort: FamilyRules {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    // The order is constant nearby, so that the tangents are reordered alike.
    let indices = Primitive.iota(Iota(TensorType(.int32, primals[0].shape), dimension: axis))()
    let outputs = Primitive.sort(self)(primals + [indices])
    let moved = tangents.map { tangent in tangent.map { takingAlong($0, outputs[primals.count], axis: axis) } }
    return (Array(outputs.dropLast()), moved)
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let moved = zip(operands, axes).map { $0.withBatch(from: $1, to: 0, size: size) }
    let results = Primitive.sort(Sort(axis: axis + 1, keyCount: keyCount, isDescending: isDescending))(moved)
    return (results, results.map { _ in 0 })
  }
}

extension TopK: FamilyRules {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let outputs = Primitive.topK(self)(primals)
    return (outputs, [tangents[0].map { takingAlong($0, outputs[1], axis: primals[0].rank - 1) }, nil])
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    (Primitive.topK(self)([operands[0].movingAxis(axes[0]!, to: 0)]), [0, 0])
  }
}
