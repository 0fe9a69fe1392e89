// Choices among tensors by conditions and numbers.

/// For each place the element of the first choice whose condition is true there, of `default` where none is; all are promoted
/// and broadcast together.
///
/// Source: `jax.numpy.select`.
public func select(_ conditions: [Tensor], _ choices: [Tensor], default other: Tensor = 0) -> Tensor {
  if conditions.isEmpty || conditions.count != choices.count {
    fail("select", choices.map(\.type), "\(conditions.count) conditions for \(choices.count) choices")
  }
  return zip(conditions, choices).reversed().reduce(other) { select($1.0, $1.1, $0) }
}

/// For each element the value of the function whose condition is true there: the last of several; `default` where none is.
///
/// - Parameters:
///   - x: any shape.
///   - conditions: `bool` tensors that broadcast to the shape of x.
///   - functions: one for each condition. All are computed for all elements.
///   - default: the function of the other elements, 0 by default.
///
/// Source: `jax.numpy.piecewise`.
public func piecewise(
  _ x: Tensor, _ conditions: [Tensor], _ functions: [(Tensor) -> Tensor],
  default other: (Tensor) -> Tensor = { zerosLike($0) }
) -> Tensor {
  if conditions.count != functions.count {
    fail("piecewise", [x.type], "\(functions.count) functions for \(conditions.count) conditions")
  }
  return zip(conditions, functions).reduce(other(x)) { result, piece in
    select(piece.0.broadcast(to: x.shape), piece.1(x).asType(x.dtype), result)
  }
}

/// `classes` numbers along a new dimension for each integer: 1 at its place, 0 elsewhere; all 0 for one outside.
///
/// Shape [..] → [.., classes], or with the new dimension at `axis` of the result. Source: `jax.nn.one_hot`.
public func oneHot(_ indices: Tensor, _ classes: Int, axis: Int = -1, dtype: DType = .defaultFloat) -> Tensor {
  if !indices.dtype.isInteger { fail("oneHot", [indices.type], "the indices must be integers") }
  // A narrow type may not count to the number of classes.
  let indices = indices.dtype.itemSize < 4 ? indices.asType(.int32) : indices
  let type = TensorType(indices.dtype, indices.shape + [classes])
  let positions = Primitive.iota(Iota(type, dimension: indices.rank))()
  return (indices.expandingDims(-1) .== positions).asType(dtype).movingAxis(-1, to: axis)
}
