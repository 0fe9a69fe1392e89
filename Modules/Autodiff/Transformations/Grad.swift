import Tensor

/// The derivative of a scalar function with respect to its first argument.
///
/// - Parameter function: a function whose result is a floating-point scalar; its first argument is a tree of floating-point tensors.
/// - Returns: a function of the same arguments, whose result has the structure and shapes of the first one.
///
/// The derivative is exact, by reverse mode: it costs a few times as much as the function, however many inputs there are. At
/// points where the function is not smooth it is what JAX defines (0 for `abs` at 0, shared between equal maxima, …).
/// A result that is not a scalar, and integer inputs, stop the program.
public func grad<P: Tree, each A: Tree>(_ function: @escaping (P, repeat each A) -> Tensor) -> Function<
  P, P, repeat each A
> {
  let both = valueAndGrad(function)
  return Function { (p: P, a: repeat each A) in both(p, repeat each a).gradient }
}

/// The derivative of a transformed scalar function with respect to its first argument.
public func grad<P: Tree, each A: Tree>(_ function: Function<Tensor, P, repeat each A>) -> Function<P, P, repeat each A>
{
  grad(function.body)
}

/// A scalar function's value together with its derivative with respect to its first argument, for the cost of the derivative.
///
/// As `grad`, but the result is `(value:, gradient:)`.
public func valueAndGrad<P: Tree, each A: Tree>(
  _ function: @escaping (P, repeat each A) -> Tensor
) -> Function<(value: Tensor, gradient: P), P, repeat each A> {
  Function { (p: P, a: repeat each A) in
    let (value, _, gradient) = differentiate(p) { p in (function(p, repeat each a), [Tensor]()) }
    return (value: value, gradient: gradient)
  }
}

/// A transformed scalar function's value together with its derivative with respect to its first argument.
public func valueAndGrad<P: Tree, each A: Tree>(
  _ function: Function<Tensor, P, repeat each A>
) -> Function<(value: Tensor, gradient: P), P, repeat each A> {
  valueAndGrad(function.body)
}

/// The derivative of a scalar function that returns something else besides, such as predictions or a new state.
///
/// - Parameter function: returns the scalar and what goes along, a tree or a tuple of trees, which is not differentiated.
/// - Returns: `(gradient:, aux:)`. Source: `jax.grad` with `has_aux`.
public func gradWithAux<Aux, P: Tree, each A: Tree>(
  _ function: @escaping (P, repeat each A) -> (Tensor, Aux)
) -> Function<(gradient: P, aux: Aux), P, repeat each A> {
  Function { (p: P, a: repeat each A) in
    let (_, aux, gradient) = differentiate(p) { p in function(p, repeat each a) }
    return (gradient: gradient, aux: aux)
  }
}

/// A scalar function's value, what it returns besides, and its derivative with respect to its first argument.
///
/// - Parameter function: returns the scalar and what goes along, a tree or a tuple of trees, which is not differentiated.
/// - Returns: `(value:, aux:, gradient:)`. Source: `jax.value_and_grad` with `has_aux`.
public func valueAndGradWithAux<Aux, P: Tree, each A: Tree>(
  _ function: @escaping (P, repeat each A) -> (Tensor, Aux)
) -> Function<(value: Tensor, aux: Aux, gradient: P), P, repeat each A> {
  Function { (p: P, a: repeat each A) in
    let (value, aux, gradient) = differentiate(p) { p in function(p, repeat each a) }
    return (value: value, aux: aux, gradient: gradient)
  }
}

/// The value, the auxiliary result and the gradient of a scalar function at a point.
private func differentiate<P: Tree, Aux>(
  _ p: P, _ function: (P) -> (Tensor, Aux)
) -> (value: Tensor, aux: Aux, gradient: P) {
  let primals = p.leaves
  for (primal, path) in zip(primals, primals.allSatisfy(\.dtype.isFloating) ? [] : p.leafPaths)
  where !primal.dtype.isFloating {
    fail(
      "grad", [primal.type],
      "the argument\(path.isEmpty ? "" : "'s \(path)") is not floating-point, so it has no derivative",
      hint: "convert it with `asType(.float32)`, or differentiate with respect to another argument")
  }
  var aux: AnyTree<Aux>?
  let (outputs, linear) = linearize(
    {
      let (value, other) = function(p.replacingLeaves(with: $0))
      let tree = AnyTree(value: other, operation: "grad")
      aux = tree
      return [value] + tree.flattened.leaves
    }, primals, differentiatedCount: 1)
  let value = outputs[0]
  if value.rank != 0 || !value.dtype.isFloating {
    fail(
      "grad", [value.type], "the function's result is not a floating-point scalar",
      hint: "reduce it with `sum` or `mean`, or use `vjp` or `jacrev` for results of other shapes")
  }
  let cotangents = linear.transposed([onesLike(value)])
  let gradient = zip(cotangents, primals).map { $0 ?? .zero($1.type) }
  return (value, aux!.replacingLeaves(with: Array(outputs[1...])), p.replacingLeaves(with: gradient))
}

/// A function's result at `primal`, and the function that pulls a cotangent of the result back to one of the argument.
///
/// The result is a tree or a tuple of trees; the pullback takes one of its structure and shapes. Integer tensors in the argument
/// receive zeros.
public func vjp<P: Tree, Output>(
  _ function: (P) -> Output, _ primal: P
) -> (output: Output, pullback: (Output) -> P) {
  let primals = primal.leaves
  var output: AnyTree<Output>?
  let (outputs, linear) = linearize(
    { inputs in
      let result = AnyTree(value: function(primal.replacingLeaves(with: inputs)), operation: "vjp")
      output = result
      return result.flattened.leaves
    }, primals)
  let structure = output!
  let depending = primals.map(\.dtype.isFloating)
  return (
    structure.replacingLeaves(with: outputs),
    { cotangent in
      let leaves = AnyTree(value: cotangent, operation: "vjp").flattened.leaves
      requireTypes("vjp", leaves, outputs, "cotangent", "the result's")
      var results = linear.transposed(leaves)[...]
      return primal.replacingLeaves(
        with: zip(primals, depending).map { primal, depends in
          (depends ? results.removeFirst() : nil) ?? .zero(primal.type)
        })
    }
  )
}

/// A function's result at `primal`, and how it changes when the argument changes by `tangent`: forward mode.
///
/// The tangent has the argument's structure, shapes and element types; the change has the result's.
public func jvp<P: Tree, Output>(
  _ function: (P) -> Output, _ primal: P, _ tangent: P
) -> (output: Output, tangent: Output) {
  let (primals, tangents) = (primal.leaves, tangent.leaves)
  requireTypes("jvp", tangents, primals, "tangent", "the argument's")
  var output: AnyTree<Output>?
  let given = zip(primals, tangents).map { $0.dtype.isFloating ? $1 : nil }
  let (outputs, changes) = pushForward(
    { inputs in
      let result = AnyTree(value: function(primal.replacingLeaves(with: inputs)), operation: "jvp")
      output = result
      return result.flattened.leaves
    }, primals, given)
  return (
    output!.replacingLeaves(with: outputs),
    output!.replacingLeaves(with: zip(outputs, changes).map { $1 ?? .zero($0.type) })
  )
}

/// A function's result at `primal`, and its derivative there as a function from tangents to changes, which may be called often.
public func linearize<P: Tree, Output>(
  _ function: (P) -> Output, _ primal: P
) -> (output: Output, derivative: (P) -> Output) {
  let primals = primal.leaves
  var output: AnyTree<Output>?
  let (outputs, linear) = linearize(
    { inputs in
      let result = AnyTree(value: function(primal.replacingLeaves(with: inputs)), operation: "linearize")
      output = result
      return result.flattened.leaves
    }, primals)
  let structure = output!
  return (
    structure.replacingLeaves(with: outputs),
    { tangent in
      let tangents = tangent.leaves
      requireTypes("linearize", tangents, primals, "tangent", "the argument's")
      let changes = linear(zip(tangents, primals).filter { $1.dtype.isFloating }.map(\.0))
      return structure.replacingLeaves(with: zip(outputs, changes).map { $1 ?? .zero($0.type) })
    }
  )
}

/// The transpose of a linear function: from a cotangent of its result to one of its argument.
///
/// - Parameters:
///   - function: a function of a tree, linear in its tensors; another stops the program.
///   - example: an argument; only its structure, shapes and element types count.
///
/// Source: `jax.linear_transpose`.
public func linearTranspose<P: Tree, Output>(
  _ function: @escaping (P) -> Output, _ example: P
) -> (Output) -> P {
  let types = example.leaves.map(\.type.strong)
  let trace = LinearTrace()
  var outputs: [Tensor] = []
  let tangents = types.map(trace.tangent)
  Trace.with(trace) {
    outputs =
      AnyTree(value: function(example.replacingLeaves(with: tangents)), operation: "linearTranspose")
      .flattened.leaves
  }
  trace.finish()
  let linear = trace.linearFunction(outputs)
  if let primitive = linear.graph.firstNonlinear(from: linear.graph.inputs.suffix(types.count)) {
    fail("linearTranspose", types, "the function is not linear: it uses \(primitive.name)")
  }
  let outputTypes = outputs.map(\.type)
  return { cotangent in
    let leaves = AnyTree(value: cotangent, operation: "linearTranspose").flattened.leaves
    requireTypes("linearTranspose", leaves, outputTypes, "cotangent", "the result's")
    return example.replacingLeaves(with: zip(linear.transposed(leaves), types).map { $0 ?? .zero($1) })
  }
}

private func requireTypes(
  _ operation: String, _ given: [Tensor], _ expected: [Tensor], _ what: String, _ whose: String
) {
  requireTypes(operation, given, expected.map(\.type), what, whose)
}

private func requireTypes(
  _ operation: String, _ given: [Tensor], _ expected: [TensorType], _ what: String, _ whose: String
) {
  if given.map(\.shape) != expected.map(\.shape) || given.map(\.dtype) != expected.map(\.dtype) {
    fail(
      operation, given.map(\.type), "the \(what) must have \(whose) shapes and element types",
      hint: "they are \(expected.map(\.strong))")
  }
}
