import Tensor

/// The derivatives of a function of tensors with respect to its first argument, column by column in forward mode: right for few
/// inputs and many outputs.
///
/// The result has the structure of the first argument; each tensor has the shape of the function's result followed by that of the
/// argument's tensor. Source: `jax.jacfwd`.
public func jacfwd<P: Tree, each A: Tree>(
  _ function: @escaping (P, repeat each A) -> Tensor
) -> Function<P, P, repeat each A> {
  Function { (p: P, a: repeat each A) in
    let leaves = p.leaves
    requireFloating("jacfwd", p)
    let jacobians = leaves.indices.map { position in
      let x = leaves[position]
      let columns = vmap(
        { (tangent: Tensor) in
          var tangents = leaves.map { zerosLike($0) }
          tangents[position] = tangent
          return jvp({ (p: P) in function(p, repeat each a) }, p, p.replacingLeaves(with: tangents)).tangent
        }, outAxes: [-1])(basis(x.type))
      return columns.reshaped(to: columns.shape.dropLast() + x.shape)
    }
    return p.replacingLeaves(with: jacobians)
  }
}

/// The derivatives of a transformed function, in forward mode.
public func jacfwd<P: Tree, each A: Tree>(
  _ function: Function<Tensor, P, repeat each A>
) -> Function<P, P, repeat each A> {
  jacfwd(function.body)
}

/// The derivatives of a function of tensors with respect to its first argument, row by row in reverse mode: right for many inputs
/// and few outputs.
///
/// The result has the structure of the first argument; each tensor has the shape of the function's result followed by that of the
/// argument's tensor. Source: `jax.jacrev`.
public func jacrev<P: Tree, each A: Tree>(
  _ function: @escaping (P, repeat each A) -> Tensor
) -> Function<P, P, repeat each A> {
  Function { (p: P, a: repeat each A) in
    requireFloating("jacrev", p)
    let (y, pullback) = vjp({ (p: P) in function(p, repeat each a) }, p)
    let rows = vmap(pullback)(basis(y.type))
    return rows.replacingLeaves(with: zip(rows.leaves, p.leaves).map { $0.reshaped(to: y.shape + $1.shape) })
  }
}

/// The derivatives of a transformed function, in reverse mode.
public func jacrev<P: Tree, each A: Tree>(
  _ function: Function<Tensor, P, repeat each A>
) -> Function<P, P, repeat each A> {
  jacrev(function.body)
}

/// The second derivatives of a function of tensors with respect to its first argument, forward over reverse mode.
///
/// The result has the shape of the function's result followed twice by that of the argument. Source: `jax.hessian`.
public func hessian<each A: Tree>(
  _ function: @escaping (Tensor, repeat each A) -> Tensor
) -> Function<Tensor, Tensor, repeat each A> {
  jacfwd(jacrev(function))
}

/// The second derivatives of a transformed function of tensors.
public func hessian<each A: Tree>(
  _ function: Function<Tensor, Tensor, repeat each A>
) -> Function<Tensor, Tensor, repeat each A> {
  hessian(function.body)
}

/// The second derivatives of a function with respect to the tensors of a tree, its first argument.
///
/// The result has a tree of the argument's structure for each of its tensors, in the order of `leaves`: tensor j of tree i has the
/// shape of the function's result, then that of tensor i, then that of tensor j.
@_disfavoredOverload
public func hessian<P: Tree, each A: Tree>(
  _ function: @escaping (P, repeat each A) -> Tensor
) -> Function<[P], P, repeat each A> {
  Function { (p: P, a: repeat each A) in
    p.leaves.indices.map { position in
      jacfwd { (p: P) in jacrev { (p: P) in function(p, repeat each a) }(p).leaves[position] }(p)
    }
  }
}

private func requireFloating<P: Tree>(_ operation: String, _ p: P) {
  for (leaf, path) in zip(p.leaves, p.leafPaths) where !leaf.dtype.isFloating {
    fail(
      operation, [leaf.type],
      "the argument\(path.isEmpty ? "" : "'s \(path)") is not floating-point, so it has no derivative",
      hint: "convert it with `asType(.float32)`, or differentiate with respect to another argument")
  }
}

/// Every tensor of a type that is 1 at one place and 0 elsewhere, along a new first axis.
private func basis(_ type: TensorType) -> Tensor {
  eye(type.elementCount, dtype: type.dtype).reshaped(to: [type.elementCount] + type.shape)
}
