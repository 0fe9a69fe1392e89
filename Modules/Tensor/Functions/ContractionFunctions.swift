// Products of tensors, as NumPy has them besides `dot` and `matmul`.

/// The products of all pairs of elements, the operands as vectors: shapes [m], [n] → [m, n]. Source: `jax.numpy.outer`.
public func outer(_ a: Tensor, _ b: Tensor) -> Tensor { ravel(a).expandingDims(1) * ravel(b).expandingDims(0) }

/// The sum of products over the last dimension of both. Shapes [..a, k], [..b, k] → [..a, ..b]; a scalar multiplies.
///
/// Source: `jax.numpy.inner`.
public func inner(_ a: Tensor, _ b: Tensor) -> Tensor {
  a.rank == 0 || b.rank == 0 ? a * b : tensordot(a, b, axes: ([-1], [-1]))
}

/// The sum of the products of all elements, the operands as vectors of one size: a scalar. Source: `jax.numpy.vdot`.
public func vdot(_ a: Tensor, _ b: Tensor) -> Tensor {
  if a.count != b.count { fail("vdot", [a.type, b.type], "the operands must have equally many elements") }
  return dot(ravel(a), ravel(b))
}

/// The sum of products over one dimension, the others broadcast. Shapes [.., k], [.., k] → [..]. Source: `jax.numpy.vecdot`.
public func vecdot(_ a: Tensor, _ b: Tensor, axis: Int = -1) -> Tensor {
  let (x, y) = (a.movingAxis(axis, to: -1), b.movingAxis(axis, to: -1))
  if x.shape.last != y.shape.last { fail("vecdot", [a.type, b.type], "the sizes along axis \(axis) differ") }
  return matmul(x.expandingDims(-2), y.expandingDims(-1)).squeezed([-1, -2])
}

/// The sum of products over the last `axes` dimensions of a and the first of b, in their order.
///
/// Shapes [..a, k..], [k.., ..b] → [..a, ..b]. Source: `jax.numpy.tensordot`.
public func tensordot(_ a: Tensor, _ b: Tensor, axes: Int = 2) -> Tensor {
  if axes < 0 || axes > min(a.rank, b.rank) {
    fail("tensordot", [a.type, b.type], "\(axes) axes cannot be summed over")
  }
  return tensordot(a, b, axes: (Array(a.rank - axes..<a.rank), Array(0..<axes)))
}

/// The sum of products over dimensions of a paired with dimensions of b. The result has the others, those of a first.
public func tensordot(_ a: Tensor, _ b: Tensor, axes: (a: [Int], b: [Int])) -> Tensor {
  let pairs = (axes.a.map { a.normalizedAxis($0, "tensordot") }, axes.b.map { b.normalizedAxis($0, "tensordot") })
  if pairs.0.map({ a.shape[$0] }) != pairs.1.map({ b.shape[$0] }) {
    fail("tensordot", [a.type, b.type], "the axes \(axes.a) and \(axes.b) differ in number or sizes")
  }
  return Primitive.dot(Dot(lhsContracting: pairs.0, rhsContracting: pairs.1))(promote("tensordot", [a, b]))[0]
}

/// The Kronecker product: a matrix of copies of b, each multiplied by an element of a. Shapes [m, n], [p, q] → [m·p, n·q]; of
/// fewer dimensions in one operand those in front count as 1.
///
/// Source: `jax.numpy.kron`.
public func kron(_ a: Tensor, _ b: Tensor) -> Tensor {
  let rank = max(a.rank, b.rank)
  let shapes = [a, b].map { [Int](repeating: 1, count: rank - $0.rank) + $0.shape }
  let product = a.reshaped(to: shapes[0].flatMap { [$0, 1] }) * b.reshaped(to: shapes[1].flatMap { [1, $0] })
  return product.reshaped(to: zip(shapes[0], shapes[1]).map { $0 * $1 })
}

/// The cross product of vectors along a dimension of size 3, or of size 2 in the plane: then it is the third component alone.
///
/// Shapes [.., 3], [.., 3] → [.., 3]; [.., 2], [.., 2] → [..]. Source: `jax.numpy.cross`.
public func cross(_ a: Tensor, _ b: Tensor, axis: Int = -1) -> Tensor {
  let (x, y) = (a.movingAxis(axis, to: -1), b.movingAxis(axis, to: -1))
  let sizes = (x.shape[x.rank - 1], y.shape[y.rank - 1])
  if sizes.0 != sizes.1 || !(2...3 ~= sizes.0) {
    fail("cross", [a.type, b.type], "the size along axis \(axis) must be 2 or 3 in both operands")
  }
  if sizes.0 == 2 {
    let products = x * y.reversed([-1])
    return products[..., 0] - products[..., 1]
  }
  let product = roll(x, -1, axis: -1) * roll(y, -2, axis: -1) - roll(x, -2, axis: -1) * roll(y, -1, axis: -1)
  return product.movingAxis(-1, to: axis)
}
