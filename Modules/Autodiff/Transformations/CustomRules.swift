import Tensor

/// A function with a forward derivative of its own, from which reverse mode follows.
///
/// - Parameters:
///   - function: what it computes.
///   - rule: from the argument and its tangent to the result and its tangent, which is linear in the argument's.
///
/// Several arguments go into one tree. Source: `jax.custom_jvp`.
public func customJVP<P: Tree & Sendable, Output: Tree & Sendable>(
  name: String = "customJVP", _ function: @escaping (P) -> Output,
  rule: @escaping @Sendable (_ primal: P, _ tangent: P) -> (output: Output, tangent: Output)
) -> Function<Output, P> {
  Function { (p: P) in
    callCustom(name, function, p) { _ in
      .jvp { primals, tangents in
        let filled = zip(primals, tangents).map { $1 ?? .zero($0.type) }
        let results = rule(p.replacingLeaves(with: primals), p.replacingLeaves(with: filled))
        let outputs = results.output.leaves
        return (outputs, zip(outputs, results.tangent.leaves).map { $0.dtype.isFloating ? $1 : nil })
      }
    }
  }
}

/// A function with a backward pass of its own.
///
/// - Parameters:
///   - function: what it computes.
///   - forward: from the argument to the result and what the backward pass needs.
///   - backward: from that and the result's cotangent to the argument's.
///
/// Several arguments go into one tree. Forward mode cannot differentiate it. Source: `jax.custom_vjp`.
public func customVJP<P: Tree & Sendable, Output: Tree & Sendable, Residuals: Tree & Sendable>(
  name: String = "customVJP", _ function: @escaping (P) -> Output,
  forward: @escaping @Sendable (P) -> (output: Output, residuals: Residuals),
  backward: @escaping @Sendable (_ residuals: Residuals, _ cotangent: Output) -> P
) -> Function<Output, P> {
  Function { (p: P) in
    // The structure of the residuals is found on types alone.
    let residualPattern = evalShape({ (p: P) in forward(p).residuals })(p)
    return callCustom(name, function, p) { outputPattern in
      .vjp(
        forward: { primals in
          let (output, residuals) = forward(p.replacingLeaves(with: primals))
          return (output.leaves, residuals.leaves)
        },
        backward: { residuals, cotangents in
          let types = outputPattern.leaves.map(\.type)
          let filled = zip(cotangents, types).map { $0 ?? .zero($1) }
          let results = backward(
            residualPattern.replacingLeaves(with: residuals), outputPattern.replacingLeaves(with: filled))
          return results.leaves.map { $0 }
        })
    }
  }
}

private func callCustom<P: Tree & Sendable, Output: Tree & Sendable>(
  _ name: String, _ function: @escaping (P) -> Output, _ p: P,
  _ rule: (_ outputPattern: Output) -> CustomDerivative.Rule
) -> Output {
  let inputs = p.leaves
  var output: Output?
  let (graph, captured) = Graph.trace(name: name, inputs.map(\.type), transformation: name) { leaves in
    let result = function(p.replacingLeaves(with: leaves))
    output = result
    return result.leaves
  }
  if !captured.isEmpty {
    fail(
      name, captured.map(\.type),
      "the function uses traced values that are not its argument, so that its rule cannot know them",
      hint: "pass them in the argument")
  }
  let pattern = output!.replacingLeaves(with: graph.outputTypes.map { .zero($0) })
  return pattern.replacingLeaves(with: Primitive.customDerivative(CustomDerivative(graph, rule(pattern)))(inputs))
}

/// A function whose intermediate values are not kept for the backward pass, but computed again: less memory for more time.
///
/// Source: `jax.checkpoint`, also known as remat.
public func checkpoint<Output, P: Tree, each A: Tree>(
  _ function: @escaping (P, repeat each A) -> Output
) -> Function<Output, P, repeat each A> {
  Function { (p: P, a: repeat each A) in
    let (graph, captured, inputs, output) = traceCall("checkpoint", function, p, repeat each a)
    return output.replacingLeaves(with: Primitive.call(Call(graph, recomputes: true))(inputs + captured))
  }
}

/// A transformed function whose intermediate values are not kept for the backward pass, but computed again.
public func checkpoint<Output, P: Tree, each A: Tree>(
  _ function: Function<Output, P, repeat each A>
) -> Function<Output, P, repeat each A> {
  checkpoint(function.body)
}
