import Tensor

/// A family that only moves elements of its operand: its tangent is moved alike.
protocol MovesElements: FamilyRules {
  /// The operation.
  var primitive: Primitive { get }
}

extension MovesElements {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    (primitive(primals), primitive(tangents.map { $0! }))
  }
}

extension BroadcastInDim: MovesElements, LinearFamily {
  var primitive: Primitive { .broadcastInDim(self) }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    guard let cotangent = cotangents[0] else { return [nil] }
    let type = operands[0].type
    let repeated = shape.indices.filter { dimension in
      guard let index = dimensions.firstIndex(of: dimension) else { return true }
      return type.shape[index] == 1 && shape[dimension] != 1
    }
    return [sum(cotangent, axes: repeated).reshaped(to: type.shape)]
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let operand = operands[0].movingAxis(axes[0]!, to: 0)
    return ([operand.broadcastInDim([size] + shape, dimensions: [0] + dimensions.map { $0 + 1 })], [0])
  }
}

extension Reshape: MovesElements, LinearFamily {
  var primitive: Primitive { .reshape(self) }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    [cotangents[0]?.reshaped(to: operands[0].type.shape)]
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    ([operands[0].movingAxis(axes[0]!, to: 0).reshaped(to: [size] + shape)], [0])
  }
}

extension Transpose: MovesElements, LinearFamily {
  var primitive: Primitive { .transpose(self) }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    let inverse = permutation.indices.sorted { permutation[$0] < permutation[$1] }
    return [cotangents[0]?.transposed(inverse)]
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    ([operands[0].transposed([axes[0]!] + permutation.skipping(axes[0]!))], [0])
  }
}

extension Reverse: MovesElements, LinearFamily {
  var primitive: Primitive { .reverse(self) }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    [cotangents[0].map { primitive($0) }]
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    ([Primitive.reverse(Reverse(dimensions.skipping(axes[0]!)))(operands[0])], [axes[0]])
  }
}

extension Partition: MovesElements, LinearFamily {
  var primitive: Primitive { .partition(self) }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    [cotangents[0].map { primitive($0) }]
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    var batched = self
    batched.dimensions.insert(nil, at: axes[0]!)
    return ([Primitive.partition(batched)(operands[0])], [axes[0]])
  }
}

extension Concatenate: FamilyRules, LinearFamily {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let primitive = Primitive.concatenate(self)
    let parts = zip(primals, tangents).map { primal, tangent in tangent ?? .zero(primal.type) }
    return (primitive(primals), primitive(parts))
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    guard let cotangent = cotangents[0] else { return operands.map { _ in nil } }
    var position = 0
    return operands.map { operand in
      defer { position += operand.type.shape[dimension] }
      guard operand.isLinear else { return nil }
      let rank = cotangent.rank
      var slice = Slice(
        start: [Int](repeating: 0, count: rank), limit: cotangent.shape, stride: [Int](repeating: 1, count: rank))
      slice.start[dimension] = position
      slice.limit[dimension] = position + operand.type.shape[dimension]
      return Primitive.slice(slice)(cotangent)
    }
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let moved = zip(operands, axes).map { $0.withBatch(from: $1, to: 0, size: size) }
    return (Primitive.concatenate(Concatenate(dimension + 1))(moved), [0])
  }
}

extension Pad: FamilyRules, LinearFamily {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let primitive = Primitive.pad(self)
    let parts = zip(primals, tangents).map { primal, tangent in tangent ?? .zero(primal.type) }
    return (primitive(primals), primitive(parts))
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    guard let cotangent = cotangents[0] else { return [nil, nil] }
    let type = operands[0].type
    // Cut off what was added outside, then take every element that was one of the operand's.
    let none = low.map { _ in 0 }
    let zero = Tensor.zero(TensorType(type.dtype))
    let cut = Primitive.pad(Pad(low: low.map { -$0 }, high: high.map { -$0 }, interior: none))(cotangent, zero)
    let inside = Primitive.slice(Slice(start: none, limit: cut.shape, stride: interior.map { $0 + 1 }))(cut)
    return [
      operands[0].isLinear ? inside : nil, operands[1].isLinear ? sum(cotangent) - sum(inside) : nil,
    ]
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let operand = operands[0].withBatch(from: axes[0], to: 0, size: size)
    let batched = Pad(low: [0] + low, high: [0] + high, interior: [0] + interior)
    guard axes[1] != nil else { return ([Primitive.pad(batched)(operand, operands[1])], [0]) }
    // Each example has a padding value of its own: pad with zeros, and put the values where no element went.
    let zero = Tensor.zero(TensorType(operand.dtype))
    let padded = Primitive.pad(batched)(operand, zero)
    let isElement = Primitive.pad(batched)(ones(operand.shape, dtype: .bool), zeros([], dtype: .bool))
    let values = operands[1].broadcastInDim(padded.shape, dimensions: [0])
    return ([select(isElement, padded, values)], [0])
  }
}

extension Slice: MovesElements, LinearFamily {
  var primitive: Primitive { .slice(self) }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    guard let cotangent = cotangents[0] else { return [nil] }
    let shape = operands[0].type.shape
    // The last element taken stands at start + (count - 1)·stride.
    let high = shape.indices.map { i in
      let count = cotangent.shape[i]
      return shape[i] - start[i] - (count == 0 ? 0 : (count - 1) * stride[i] + 1)
    }
    let zero = Tensor.zero(TensorType(cotangent.dtype))
    return [Primitive.pad(Pad(low: start, high: high, interior: stride.map { $0 - 1 }))(cotangent, zero)]
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let axis = axes[0]!
    let batched = Slice(
      start: start.inserting(0, at: axis), limit: limit.inserting(size, at: axis), stride: stride.inserting(1, at: axis)
    )
    return ([Primitive.slice(batched)(operands[0])], [axis])
  }
}

extension DynamicSlice: FamilyRules, LinearFamily {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let primitive = Primitive.dynamicSlice(self)
    let starts = Array(primals.dropFirst())
    return (primitive(primals), [tangents[0].map { primitive([$0] + starts)[0] }])
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    let others: [Tensor?] = operands.dropFirst().map { _ in nil }
    guard let cotangent = cotangents[0] else { return [nil] + others }
    let starts = operands.dropFirst().map { $0.known! }
    let replace = Primitive.dynamicUpdateSlice(DynamicUpdateSlice())
    return replace([.zero(operands[0].type.strong), cotangent] + starts) + others
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    if let axis = axes[0], axes.dropFirst().allSatisfy({ $0 == nil }) {
      var starts = Array(operands.dropFirst())
      starts.insert(zeros([], dtype: starts.first?.dtype ?? .int32), at: axis)
      return (Primitive.dynamicSlice(DynamicSlice(sizes.inserting(size, at: axis)))([operands[0]] + starts), [axis])
    }
    let whole = Array(sizes.indices)
    let windows = GatherDimensions(offsetDims: whole, collapsedSliceDims: [], startIndexMap: whole)
    let indices = startVectors(Array(operands.dropFirst()), Array(axes.dropFirst()), size: size)
    return Gather(windows, sliceSizes: sizes, mode: .clip).batch([operands[0], indices], [axes[0], 0], size: size)
  }
}

extension DynamicUpdateSlice: FamilyRules, LinearFamily {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let primitive = Primitive.dynamicUpdateSlice(self)
    let output = primitive(primals)
    if tangents[0] == nil && tangents[1] == nil { return (output, [nil]) }
    let parts = (0..<2).map { tangents[$0] ?? .zero(primals[$0].type) }
    return (output, primitive(parts + primals.dropFirst(2)))
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    let others: [Tensor?] = operands.dropFirst(2).map { _ in nil }
    guard let cotangent = cotangents[0] else { return [nil, nil] + others }
    let starts = operands.dropFirst(2).map { $0.known! }
    let update = operands[1].type
    let (replace, take) = (Primitive.dynamicUpdateSlice(self), Primitive.dynamicSlice(DynamicSlice(update.shape)))
    return [
      operands[0].isLinear ? replace([cotangent, .zero(update.strong)] + starts)[0] : nil,
      operands[1].isLinear ? take([cotangent] + starts)[0] : nil,
    ] + others
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    guard axes.dropFirst(2).allSatisfy({ $0 == nil }) else {
      let whole = Array(0..<operands.count - 2)
      let windows = GatherDimensions(offsetDims: whole, collapsedSliceDims: [], startIndexMap: whole)
      let indices = startVectors(Array(operands.dropFirst(2)), Array(axes.dropFirst(2)), size: size)
      return Scatter(.set, windows, mode: .clip, hasUniqueIndices: true)
        .batch([operands[0], indices, operands[1]], [axes[0], 0, axes[1]], size: size)
    }
    let moved = (0..<2).map { operands[$0].withBatch(from: axes[$0], to: 0, size: size) }
    let zero = zeros([], dtype: operands.dropFirst(2).first?.dtype ?? .int32)
    return (Primitive.dynamicUpdateSlice(self)(moved + [zero] + operands.dropFirst(2)), [0])
  }
}

/// The starts of each example's part as vectors, shape [size, rank]: what a gather takes.
private func startVectors(_ starts: [Tensor], _ axes: [Int?], size: Int) -> Tensor {
  if starts.isEmpty { return zeros([size, 0], dtype: .int32) }
  let isMixed = Set(starts.map(\.dtype)).count > 1
  let columns = zip(starts, axes).map { start, axis in
    (isMixed ? start.asType(.int64) : start).withBatch(from: axis, to: 0, size: size)
  }
  return stack(columns, axis: 1)
}

extension Iota: FamilyRules {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    preconditionFailure("iota has no operands")
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    preconditionFailure("iota has no operands")
  }
}
