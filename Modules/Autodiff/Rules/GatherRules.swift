import Tensor

extension Gather: FamilyRules, LinearFamily {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    var tangent = self
    // What a window outside is filled with does not change.
    if mode == .fillOrDrop { tangent.fillValue = 0 }
    return (Primitive.gather(self)(primals), [tangents[0].map { Primitive.gather(tangent)($0, primals[1]) }])
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    let zero = Tensor.zero(operands[0].type)
    return [cotangents[0].map { scatter(.add, zero, operands[1].known!, $0, dimensions, mode: mode) }, nil]
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let x = axes[0].map { operands[0].movingAxis($0, to: 0) } ?? operands[0]
    let indices = axes[1].map { operands[1].movingAxis($0, to: 0) } ?? operands[1]
    var batched = self
    batched.dimensions = dimensions.batched(operand: axes[0] != nil, indices: axes[1] != nil)
    // A window goes through all examples where the indices are common, else through its own.
    if axes[0] != nil { batched.sliceSizes.insert(axes[1] == nil ? size : min(size, 1), at: 0) }
    return (Primitive.gather(batched)([x, indices]), [0])
  }
}

extension GatherDimensions {
  /// The dimensions for a batch that lies along the first axis of the operand, of the indices, or of both; it then lies along
  /// the first axis of the array of windows.
  fileprivate func batched(operand: Bool, indices: Bool) -> GatherDimensions {
    var result = self
    result.offsetDims = offsetDims.map { $0 + 1 }
    if operand {
      result.collapsedSliceDims = collapsedSliceDims.map { $0 + 1 }
      result.startIndexMap = startIndexMap.map { $0 + 1 }
      result.operandBatchingDims = operandBatchingDims.map { $0 + 1 }
    }
    if indices { result.startIndicesBatchingDims = startIndicesBatchingDims.map { $0 + 1 } }
    switch (operand, indices) {
    case (true, true):
      result.operandBatchingDims.insert(0, at: 0)
      result.startIndicesBatchingDims.insert(0, at: 0)
    case (true, false): result.offsetDims.insert(0, at: 0)
    case (false, _): break
    }
    return result
  }
}

extension Scatter: FamilyRules, LinearFamily {
  private func with(_ operation: Operation) -> Primitive {
    .scatter(Scatter(operation, dimensions, mode: mode, hasUniqueIndices: hasUniqueIndices))
  }

  /// The windows that lie where the scatter puts its own; those outside are filled with a number.
  private func windows(of x: Tensor, _ indices: Tensor, _ shape: [Int], outside: Double? = 0) -> Tensor {
    let sizes = dimensions.sliceSizes(operand: x.shape, windows: shape)
    return gather(x, indices, dimensions, sliceSizes: sizes, mode: mode, fillValue: mode == .fillOrDrop ? outside : nil)
  }

  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let output = Primitive.scatter(self)(primals)
    if tangents[0] == nil && tangents[2] == nil { return (output, [nil]) }
    let (x, indices, updates) = (primals[0], primals[1], primals[2])
    func both() -> (x: Tensor, updates: Tensor) {
      (tangents[0] ?? .zero(x.type), tangents[2] ?? .zero(updates.type))
    }
    switch operation {
    case .add: return (output, [with(.add)(both().x, indices, both().updates)])
    case .set where hasUniqueIndices: return (output, [with(.set)(both().x, indices, both().updates)])
    case .set:
      let stays = staying(x, indices, updates)
      let kept = select(stays.ofOperand, both().x, zerosLike(x))
      return (output, [with(.add)(kept, indices, select(stays.ofUpdates, both().updates, zerosLike(updates)))])
    case .multiply:
      let ofOperand = tangents[0].map { with(.multiply)($0, indices, updates) }
      let ofUpdates = tangents[2].map { tangent in
        if !hasUniqueIndices {
          fail(
            name, primals.map(\.type),
            "a product with factors at indices that may repeat has no derivative by the factors",
            hint: "say `uniqueIndices: true` if no index repeats, or multiply by a product made beforehand")
        }
        return x * with(.add)(.zero(x.type), indices, tangent)
      }
      return (output, [addTangents(ofOperand, ofUpdates)])
    case .minimum, .maximum:
      // Equal extrema share the derivative.
      let isOperand = ((x .== output[0]) | isNaN(x)).asType(x.dtype)
      let isUpdate = (updates .== windows(of: output[0], indices, updates.shape, outside: nil)).asType(x.dtype)
      let count = with(.add)(isOperand, indices, isUpdate)
      let sum = with(.add)(both().x * isOperand, indices, both().updates * isUpdate)
      return (output, [sum / maximum(count, onesLike(count))])
    }
  }

  /// Which elements of the operand are not replaced, and which of the windows replace for good, being the last in their place.
  private func staying(
    _ x: Tensor, _ indices: Tensor, _ updates: Tensor
  ) -> (ofOperand: Tensor, ofUpdates: Tensor) {
    let batch = dimensions.batchDims(rank: updates.rank)
    let count = batch.map { updates.shape[$0] }.reduce(1, *)
    let numbers = (arange(count, dtype: .int32) + 1).reshaped(to: batch.map { updates.shape[$0] })
      .broadcastInDim(updates.shape, dimensions: batch)
    let last = with(.set)(zeros(x.shape, dtype: .int32), indices, numbers)
    return (last .== 0, windows(of: last, indices, updates.shape) .== numbers)
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    guard let cotangent = cotangents[0] else { return [nil, nil, nil] }
    let (indices, updates) = (operands[1].known!, operands[2].type)
    let ofOperand: Tensor?
    switch operation {
    case .add: ofOperand = cotangent
    case .set: ofOperand = operands[0].isLinear ? with(.set)(cotangent, indices, .zero(updates)) : nil
    case .multiply: ofOperand = operands[2].known.map { with(.multiply)(cotangent, indices, $0) }
    case .minimum, .maximum: preconditionFailure("\(operation) is not linear")
    }
    return [
      operands[0].isLinear ? ofOperand : nil, nil,
      operands[2].isLinear ? windows(of: cotangent, indices, updates.shape) : nil,
    ]
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let x = operands[0].withBatch(from: axes[0], to: 0, size: size)
    let indices = axes[1].map { operands[1].movingAxis($0, to: 0) } ?? operands[1]
    let updates = operands[2].withBatch(from: axes[2], to: 0, size: size)
    var batched = self
    batched.dimensions = dimensions.batched(operand: true, indices: axes[1] != nil)
    return (Primitive.scatter(batched)([x, indices, updates]), [0])
  }
}
