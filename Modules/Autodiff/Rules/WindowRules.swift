import Tensor

extension ReduceWindow: FamilyRules, LinearFamily {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let (x, t) = (primals[0], tangents[0]!)
    let primitive = Primitive.reduceWindow(self)
    let y = primitive(x)
    switch operation {
    case .sum: return ([y], [primitive(t)])
    case .maximum, .minimum:
      let selection = WindowSelection(largest: operation == .maximum, window)
      return ([y], [Primitive.selectAndGather(SelectAndGather(selection))(t, x)])
    case .product: return ([y], [tangentOfProduct(x, t)])
    case .and, .or: return ([y], [nil])
    }
  }

  /// Σ over taps of the tangent there times the product of the other elements under the window: right also where some are zero.
  private func tangentOfProduct(_ x: Tensor, _ t: Tensor) -> Tensor {
    let counts = window.counts(x.shape)
    let elements = taps(x, padding: ones([], dtype: x.dtype))
    let changes = taps(t, padding: zeros([], dtype: x.dtype))
    var before = [Tensor?](repeating: nil, count: elements.count)
    var after = before
    for k in elements.indices.dropFirst() { before[k] = before[k - 1].map { $0 * elements[k - 1] } ?? elements[k - 1] }
    for k in elements.indices.dropLast().reversed() {
      after[k] = after[k + 1].map { $0 * elements[k + 1] } ?? elements[k + 1]
    }
    return elements.indices.reduce(zeros(counts, dtype: x.dtype)) { sum, k in
      let others = [before[k], after[k]].compactMap { $0 }
      return sum + others.reduce(changes[k], *)
    }
  }

  /// For each tap of the window, the elements under it wherever the window lies.
  private func taps(_ x: Tensor, padding: Tensor) -> [Tensor] {
    let counts = window.counts(x.shape)
    if counts.contains(0) { return [] }
    let padded = Primitive.pad(Pad(low: window.low, high: window.high, interior: window.baseDilation.map { $0 - 1 }))(
      x, padding)
    var starts: [[Int]] = [[]]
    for (size, dilation) in zip(window.sizes, window.windowDilation) {
      starts = starts.flatMap { start in (0..<size).map { start + [$0 * dilation] } }
    }
    return starts.map { start in
      let limit = start.indices.map { start[$0] + (counts[$0] - 1) * window.strides[$0] + 1 }
      return Primitive.slice(Slice(start: start, limit: limit, stride: window.strides))(padded)
    }
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    precondition(operation == .sum, "\(operation) is not linear")
    guard let cotangent = cotangents[0], cotangent.count > 0 else { return [nil] }
    let shape = operands[0].type.shape
    // The cotangents, as far apart as the windows were, under the same window.
    let extents = shape.indices.map { i in
      (
        operand: shape[i].dilated(window.baseDilation[i]), window: window.sizes[i].dilated(window.windowDilation[i]),
        windows: cotangent.shape[i].dilated(window.strides[i])
      )
    }
    let before = zip(extents, window.low).map { $0.window - $1 - 1 }
    let after = zip(extents, before).map { $0.operand + $0.window - 1 - $0.windows - $1 }
    let transposed = SlidingWindow(
      window.sizes, strides: window.baseDilation, low: before, high: after, baseDilation: window.strides,
      windowDilation: window.windowDilation)
    return [Primitive.reduceWindow(ReduceWindow(.sum, transposed))(cotangent)]
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let batched = ReduceWindow(operation, window.inserting(dimension: axes[0]!))
    return ([Primitive.reduceWindow(batched)(operands[0])], axes)
  }
}

extension WindowSelection {
  fileprivate func inserting(dimension axis: Int) -> WindowSelection {
    WindowSelection(largest: largest, window.inserting(dimension: axis))
  }
}

extension SelectAndGather: FamilyRules, LinearFamily {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    // Which elements are selected is constant nearby.
    let primitive = Primitive.selectAndGather(self)
    return (primitive(primals), [tangents[0].map { primitive($0, primals[1]) }])
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    [cotangents[0].map { Primitive.selectAndScatter(SelectAndScatter(selection))($0, operands[1].known!) }, nil]
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let axis = axes[1] ?? axes[0]!
    let moved = zip(operands, axes).map { $0.withBatch(from: $1, to: axis, size: size) }
    return (Primitive.selectAndGather(SelectAndGather(selection.inserting(dimension: axis)))(moved), [axis])
  }
}

extension SelectAndScatter: FamilyRules, LinearFamily {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let primitive = Primitive.selectAndScatter(self)
    return (primitive(primals), [tangents[0].map { primitive($0, primals[1]) }])
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    [cotangents[0].map { Primitive.selectAndGather(SelectAndGather(selection))($0, operands[1].known!) }, nil]
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let axis = axes[1] ?? axes[0]!
    let moved = zip(operands, axes).map { $0.withBatch(from: $1, to: axis, size: size) }
    return (Primitive.selectAndScatter(SelectAndScatter(selection.inserting(dimension: axis)))(moved), [axis])
  }
}
