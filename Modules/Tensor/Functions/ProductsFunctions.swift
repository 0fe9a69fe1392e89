/// The product of tensors as NumPy's `dot`: of vectors the scalar product, of matrices the matrix product; in general the last
/// dimension of `a` is summed with the last but one of `b` (the only one of a vector). A scalar multiplies.
///
/// Shapes: [.., k] · [k] → [..]; [..a, k] · [..b, k, n] → [..a, ..b, n].
public func dot(_ a: Tensor, _ b: Tensor) -> Tensor {
  if a.rank == 0 || b.rank == 0 { return a * b }
  let operands = promote("dot", [a, b])
  return Primitive.dot(Dot(lhsContracting: [a.rank - 1], rhsContracting: [max(b.rank - 2, 0)]))(operands)[0]
}

/// The matrix product, over broadcast leading dimensions, as NumPy's `matmul`.
///
/// Shapes: [.., m, k] · [.., k, n] → [.., m, n]; a vector counts as a row on the left, as a column on the right.
public func matmul(_ a: Tensor, _ b: Tensor) -> Tensor {
  if a.rank == 0 || b.rank == 0 {
    fail("matmul", [a.type, b.type], "needs at least one dimension in each operand", hint: "use * for scalars")
  }
  let operands = promote("matmul", [a, b])
  let lhs = a.rank == 1 ? operands[0].expandingDims(0) : operands[0]
  let rhs = b.rank == 1 ? operands[1].expandingDims(1) : operands[1]
  guard let batch = broadcastShape(lhs.shape.dropLast(2), rhs.shape.dropLast(2)) else {
    fail("matmul", [a.type, b.type], "the leading dimensions do not broadcast")
  }
  var result: Tensor
  if rhs.rank == 2 {
    result = Primitive.dot(Dot(lhsContracting: [lhs.rank - 1], rhsContracting: [0]))(lhs, rhs)
  } else {
    let dimensions = Array(batch.indices)
    let product = Dot(
      lhsContracting: [batch.count + 1], rhsContracting: [batch.count], lhsBatch: dimensions, rhsBatch: dimensions)
    result = Primitive.dot(product)(
      lhs.broadcast(to: batch + lhs.shape.suffix(2)), rhs.broadcast(to: batch + rhs.shape.suffix(2)))
  }
  if a.rank == 1 { result = result.squeezed([-2]) }
  return b.rank == 1 ? result.squeezed([-1]) : result
}
