import Tensor

// The derivative with respect to other arguments than the first: `grad(f, wrt: .second)`, `grad(f, wrt: .all)`.

/// Stands for the second argument of a function, as `.second`.
public struct SecondArgument: Sendable {
  /// The second argument.
  public static var second: SecondArgument { SecondArgument() }
}

/// Stands for the third argument of a function, as `.third`.
public struct ThirdArgument: Sendable {
  /// The third argument.
  public static var third: ThirdArgument { ThirdArgument() }
}

/// Stands for all arguments of a function, as `.all`.
public struct AllArguments: Sendable {
  /// All arguments.
  public static var all: AllArguments { AllArguments() }
}

// MARK: The second argument

/// The derivative of a scalar function with respect to its second argument.
public func grad<P: Tree, Q: Tree>(
  _ function: @escaping (P, Q) -> Tensor, wrt: SecondArgument
) -> Function<Q, P, Q> {
  Function { (p: P, q: Q) in grad { (q: Q) in function(p, q) }(q) }
}

/// The derivative of a transformed scalar function with respect to its second argument.
public func grad<P: Tree, Q: Tree>(
  _ function: Function<Tensor, P, Q>, wrt: SecondArgument
) -> Function<Q, P, Q> {
  grad({ (p: P, q: Q) in function(p, q) }, wrt: .second)
}

/// The value and the derivative of a scalar function with respect to its second argument.
public func valueAndGrad<P: Tree, Q: Tree>(
  _ function: @escaping (P, Q) -> Tensor, wrt: SecondArgument
) -> Function<(value: Tensor, gradient: Q), P, Q> {
  Function { (p: P, q: Q) in valueAndGrad { (q: Q) in function(p, q) }(q) }
}

/// The value and the derivative of a transformed scalar function with respect to its second argument.
public func valueAndGrad<P: Tree, Q: Tree>(
  _ function: Function<Tensor, P, Q>, wrt: SecondArgument
) -> Function<(value: Tensor, gradient: Q), P, Q> {
  valueAndGrad({ (p: P, q: Q) in function(p, q) }, wrt: .second)
}

/// The derivative of a scalar function with respect to its second argument.
public func grad<P: Tree, Q: Tree, R: Tree>(
  _ function: @escaping (P, Q, R) -> Tensor, wrt: SecondArgument
) -> Function<Q, P, Q, R> {
  Function { (p: P, q: Q, r: R) in grad { (q: Q) in function(p, q, r) }(q) }
}

/// The derivative of a transformed scalar function with respect to its second argument.
public func grad<P: Tree, Q: Tree, R: Tree>(
  _ function: Function<Tensor, P, Q, R>, wrt: SecondArgument
) -> Function<Q, P, Q, R> {
  grad({ (p: P, q: Q, r: R) in function(p, q, r) }, wrt: .second)
}

/// The value and the derivative of a scalar function with respect to its second argument.
public func valueAndGrad<P: Tree, Q: Tree, R: Tree>(
  _ function: @escaping (P, Q, R) -> Tensor, wrt: SecondArgument
) -> Function<(value: Tensor, gradient: Q), P, Q, R> {
  Function { (p: P, q: Q, r: R) in valueAndGrad { (q: Q) in function(p, q, r) }(q) }
}

/// The value and the derivative of a transformed scalar function with respect to its second argument.
public func valueAndGrad<P: Tree, Q: Tree, R: Tree>(
  _ function: Function<Tensor, P, Q, R>, wrt: SecondArgument
) -> Function<(value: Tensor, gradient: Q), P, Q, R> {
  valueAndGrad({ (p: P, q: Q, r: R) in function(p, q, r) }, wrt: .second)
}

// MARK: The third argument

/// The derivative of a scalar function with respect to its third argument.
public func grad<P: Tree, Q: Tree, R: Tree>(
  _ function: @escaping (P, Q, R) -> Tensor, wrt: ThirdArgument
) -> Function<R, P, Q, R> {
  Function { (p: P, q: Q, r: R) in grad { (r: R) in function(p, q, r) }(r) }
}

/// The derivative of a transformed scalar function with respect to its third argument.
public func grad<P: Tree, Q: Tree, R: Tree>(
  _ function: Function<Tensor, P, Q, R>, wrt: ThirdArgument
) -> Function<R, P, Q, R> {
  grad({ (p: P, q: Q, r: R) in function(p, q, r) }, wrt: .third)
}

/// The value and the derivative of a scalar function with respect to its third argument.
public func valueAndGrad<P: Tree, Q: Tree, R: Tree>(
  _ function: @escaping (P, Q, R) -> Tensor, wrt: ThirdArgument
) -> Function<(value: Tensor, gradient: R), P, Q, R> {
  Function { (p: P, q: Q, r: R) in valueAndGrad { (r: R) in function(p, q, r) }(r) }
}

/// The value and the derivative of a transformed scalar function with respect to its third argument.
public func valueAndGrad<P: Tree, Q: Tree, R: Tree>(
  _ function: Function<Tensor, P, Q, R>, wrt: ThirdArgument
) -> Function<(value: Tensor, gradient: R), P, Q, R> {
  valueAndGrad({ (p: P, q: Q, r: R) in function(p, q, r) }, wrt: .third)
}

// MARK: All arguments

/// The derivative of a scalar function with respect to each of its arguments: a tuple.
public func grad<P: Tree, Q: Tree>(
  _ function: @escaping (P, Q) -> Tensor, wrt: AllArguments
) -> Function<(P, Q), P, Q> {
  Function { (p: P, q: Q) in grad { (all: Trees<P, Q>) in apply(function, all) }(Trees(p, q)).parts }
}

/// The derivative of a transformed scalar function with respect to each of its arguments: a tuple.
public func grad<P: Tree, Q: Tree>(
  _ function: Function<Tensor, P, Q>, wrt: AllArguments
) -> Function<(P, Q), P, Q> {
  grad({ (p: P, q: Q) in function(p, q) }, wrt: .all)
}

/// The value and the derivative of a scalar function with respect to each of its arguments: a tuple.
public func valueAndGrad<P: Tree, Q: Tree>(
  _ function: @escaping (P, Q) -> Tensor, wrt: AllArguments
) -> Function<(value: Tensor, gradient: (P, Q)), P, Q> {
  Function { (p: P, q: Q) in
    let (value, gradient) = valueAndGrad { (all: Trees<P, Q>) in apply(function, all) }(Trees(p, q))
    return (value: value, gradient: gradient.parts)
  }
}

/// The value and the derivative of a transformed scalar function with respect to each of its arguments: a tuple.
public func valueAndGrad<P: Tree, Q: Tree>(
  _ function: Function<Tensor, P, Q>, wrt: AllArguments
) -> Function<(value: Tensor, gradient: (P, Q)), P, Q> {
  valueAndGrad({ (p: P, q: Q) in function(p, q) }, wrt: .all)
}

/// The derivative of a scalar function with respect to each of its arguments: a tuple.
public func grad<P: Tree, Q: Tree, R: Tree>(
  _ function: @escaping (P, Q, R) -> Tensor, wrt: AllArguments
) -> Function<(P, Q, R), P, Q, R> {
  Function { (p: P, q: Q, r: R) in grad { (all: Trees<P, Q, R>) in apply(function, all) }(Trees(p, q, r)).parts }
}

/// The derivative of a transformed scalar function with respect to each of its arguments: a tuple.
public func grad<P: Tree, Q: Tree, R: Tree>(
  _ function: Function<Tensor, P, Q, R>, wrt: AllArguments
) -> Function<(P, Q, R), P, Q, R> {
  grad({ (p: P, q: Q, r: R) in function(p, q, r) }, wrt: .all)
}

/// The value and the derivative of a scalar function with respect to each of its arguments: a tuple.
public func valueAndGrad<P: Tree, Q: Tree, R: Tree>(
  _ function: @escaping (P, Q, R) -> Tensor, wrt: AllArguments
) -> Function<(value: Tensor, gradient: (P, Q, R)), P, Q, R> {
  Function { (p: P, q: Q, r: R) in
    let (value, gradient) = valueAndGrad { (all: Trees<P, Q, R>) in apply(function, all) }(Trees(p, q, r))
    return (value: value, gradient: gradient.parts)
  }
}

/// The value and the derivative of a transformed scalar function with respect to each of its arguments: a tuple.
public func valueAndGrad<P: Tree, Q: Tree, R: Tree>(
  _ function: Function<Tensor, P, Q, R>, wrt: AllArguments
) -> Function<(value: Tensor, gradient: (P, Q, R)), P, Q, R> {
  valueAndGrad({ (p: P, q: Q, r: R) in function(p, q, r) }, wrt: .all)
}

private func apply<P: Tree, Q: Tree>(_ function: (P, Q) -> Tensor, _ all: Trees<P, Q>) -> Tensor {
  let (p, q) = all.parts
  return function(p, q)
}

private func apply<P: Tree, Q: Tree, R: Tree>(_ function: (P, Q, R) -> Tensor, _ all: Trees<P, Q, R>) -> Tensor {
  let (p, q, r) = all.parts
  return function(p, q, r)
}
