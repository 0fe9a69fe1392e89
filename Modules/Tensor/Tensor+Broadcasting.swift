extension Tensor {
  /// Whether one known number stands for all elements, so that converting and broadcasting cost nothing.
  var isKnownScalar: Bool {
    guard let value = concrete else { return false }
    return value.isSplat || value.type.elementCount == 1
  }

  /// The elements repeated along new dimensions, or dimensions of size 1: dimension `i` becomes `dimensions[i]`.
  package func broadcastInDim(_ shape: [Int], dimensions: [Int]) -> Tensor {
    if shape == self.shape { return self }
    let primitive = Primitive.broadcastInDim(BroadcastInDim(shape: shape, dimensions: dimensions))
    // A known number stays one inside a traced function too: it becomes a constant, not an operation.
    return isKnownScalar ? Trace.with(nil) { primitive(self) } : primitive(self)
  }

  /// The elements repeated to another shape by NumPy's rule: dimensions are matched from the last, and size 1 repeats.
  public func broadcast(to shape: [Int]) -> Tensor {
    let offset = shape.count - rank
    let fits = offset >= 0 && zip(self.shape, shape.dropFirst(max(offset, 0))).allSatisfy { $0 == $1 || $0 == 1 }
    if !fits {
      fail(
        "broadcast(to:)", [type], "does not broadcast to \(shape)",
        hint: "sizes must be equal, or 1, matched from the last dimension")
    }
    return broadcastInDim(shape, dimensions: (0..<rank).map { $0 + offset })
  }

  /// The same values in another element type.
  ///
  /// Floats to integers: toward zero, saturating, NaN to 0. To `bool`: whether not zero. The derivative of a conversion
  /// between floating-point types is the conversion; others have none.
  public func asType(_ dtype: DType) -> Tensor { converted(to: dtype, isWeak: false) }

  package func converted(to dtype: DType, isWeak: Bool) -> Tensor {
    if dtype == self.dtype && isWeak == isWeaklyTyped { return self }
    let primitive = Primitive.convert(Convert(dtype, isWeak: isWeak))
    return isKnownScalar ? Trace.with(nil) { primitive(self) } : primitive(self)
  }
}

/// The shape that two shapes broadcast to by NumPy's rule, nil if they do not.
package func broadcastShape(_ a: [Int], _ b: [Int]) -> [Int]? {
  if a == b { return a }
  let rank = max(a.count, b.count)
  var result = [Int](repeating: 1, count: rank)
  for i in 0..<rank {
    let x = i < rank - a.count ? 1 : a[i - (rank - a.count)]
    let y = i < rank - b.count ? 1 : b[i - (rank - b.count)]
    if x != y && x != 1 && y != 1 { return nil }
    result[i] = x == 1 ? y : x
  }
  return result
}

/// Tensors with one element type and one shape, by promotion and broadcasting, or the mistake they make.
package func promoteAndBroadcast(_ operation: String, _ operands: [Tensor]) -> [Tensor] {
  promote(operation, broadcastShapes(operation, operands))
}

/// Tensors of one shape, by NumPy's rule.
package func broadcastShapes(_ operation: String, _ operands: [Tensor]) -> [Tensor] {
  var shape = operands[0].shape
  for operand in operands.dropFirst() {
    guard let joined = broadcastShape(shape, operand.shape) else {
      fail(
        operation, operands.map(\.type), "the shapes do not broadcast",
        hint:
          "sizes must be equal, or 1, matched from the last dimension; reshape with `reshaped(to:)` or `x[.newAxis]`")
    }
    shape = joined
  }
  return operands.map { $0.broadcast(to: shape) }
}

/// Tensors of one element type, by JAX's promotion rules.
package func promote(_ operation: String, _ operands: [Tensor]) -> [Tensor] {
  var type = PromotedType(dtype: operands[0].dtype, isWeak: operands[0].isWeaklyTyped)
  for operand in operands.dropFirst() {
    type = promoteTypes(type.dtype, isWeak: type.isWeak, with: operand.dtype, otherIsWeak: operand.isWeaklyTyped)
  }
  return operands.map { $0.dtype == type.dtype ? $0 : $0.converted(to: type.dtype, isWeak: type.isWeak) }
}

extension Tensor {
  /// A tensor of a floating-point type: itself, or converted to `float32`; 64-bit integers to `float64`.
  package var asFloating: Tensor {
    dtype.isFloating ? self : converted(to: dtype.itemSize == 8 ? .float64 : .float32, isWeak: isWeaklyTyped)
  }
}

extension Binary {
  /// The function of two tensors, promoted and broadcast.
  package func callAsFunction(_ a: Tensor, _ b: Tensor, _ operation: String) -> Tensor {
    if let result = evaluateNow(a, b) { return result }
    let operands = promoteAndBroadcast(operation, [a, b])
    if !supports(operands[0].dtype) { fail(operation, [a.type, b.type], "is not defined for \(operands[0].dtype)") }
    return Primitive.binary(self)(operands)[0]
  }

  /// The result for operands in memory that need neither promotion nor broadcasting, but perhaps the repetition of a scalar:
  /// the short way for the most frequent case.
  private func evaluateNow(_ a: Tensor, _ b: Tensor) -> Tensor? {
    guard Trace.current == nil, let x = a.concrete, let y = b.concrete, supports(x.type.dtype) else { return nil }
    if x.type == y.type { return Tensor(evaluate(x, y, x.type)) }
    guard y.type.shape.isEmpty && !x.type.isWeak || x.type.shape.isEmpty && !y.type.isWeak else { return nil }
    let xIsFull = y.type.shape.isEmpty && !x.type.isWeak
    let (full, scalar) = xIsFull ? (x, y) : (y, x)
    let promoted = promoteTypes(full.type.dtype, with: scalar.type.dtype, otherIsWeak: scalar.type.isWeak)
    if promoted.dtype != full.type.dtype { return nil }
    let converted = scalar.converted(to: promoted.dtype)
    return Tensor(xIsFull ? evaluate(full, converted, full.type) : evaluate(converted, full, full.type))
  }
}
