import Tensor

/// The matrix of derivatives of a function of tensors, column by column in forward mode: right for few inputs and many outputs.
///
/// The result has the shape of the function's result followed by that of its argument.
public func jacfwd(_ function: @escaping (Tensor) -> Tensor) -> Function<Tensor, Tensor> {
  Function { (x: Tensor) in
    let columns = vmap({ (tangent: Tensor) in jvp(function, x, tangent).tangent }, outAxis: -1)(basis(x))
    return columns.reshaped(to: columns.shape.dropLast() + x.shape)
  }
}

/// The matrix of derivatives of a transformed function, in forward mode.
public func jacfwd(_ function: Function<Tensor, Tensor>) -> Function<Tensor, Tensor> { jacfwd(function.body) }

/// The matrix of derivatives of a function of tensors, row by row in reverse mode: right for many inputs and few outputs.
///
/// The result has the shape of the function's result followed by that of its argument.
public func jacrev(_ function: @escaping (Tensor) -> Tensor) -> Function<Tensor, Tensor> {
  Function { (x: Tensor) in
    let (y, pullback) = vjp(function, x)
    return vmap(pullback)(basis(y)).reshaped(to: y.shape + x.shape)
  }
}

/// The matrix of derivatives of a transformed function, in reverse mode.
public func jacrev(_ function: Function<Tensor, Tensor>) -> Function<Tensor, Tensor> { jacrev(function.body) }

/// The second derivatives of a function of tensors, forward over reverse mode.
///
/// The result has the shape of the function's result followed twice by that of its argument.
public func hessian(_ function: @escaping (Tensor) -> Tensor) -> Function<Tensor, Tensor> { jacfwd(jacrev(function)) }

/// The second derivatives of a transformed function.
public func hessian(_ function: Function<Tensor, Tensor>) -> Function<Tensor, Tensor> { hessian(function.body) }

/// Every tensor of the type of x that is 1 at one place and 0 elsewhere, along a new first axis.
private func basis(_ x: Tensor) -> Tensor {
  eye(x.count, dtype: x.dtype).reshaped(to: [x.count] + x.shape)
}
