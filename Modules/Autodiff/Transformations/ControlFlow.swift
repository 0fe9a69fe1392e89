import Tensor

/// A function repeated for each index from `lower` up to, not including, `upper`, with a value carried along.
///
/// - Parameter body: from the index, an `int32` scalar, and the carry to the next carry, of the same shapes and element types.
/// - Returns: the last carry. Reverse mode differentiates it, since the number of rounds is known.
public func foriLoop<Carry: Tree>(
  _ lower: Int, _ upper: Int, _ initial: Carry, _ body: (Tensor, Carry) -> Carry
) -> Carry {
  scan(initial, arange(lower, max(lower, upper))) { carry, index in (body(index, carry), ()) }.carry
}

/// A function repeated for each index between bounds that are integer scalars.
///
/// Reverse mode cannot differentiate it, since the number of rounds is not known. Source: `jax.lax.fori_loop`.
public func foriLoop<Carry: Tree>(
  _ lower: Tensor, _ upper: Tensor, _ initial: Carry, _ body: (Tensor, Carry) -> Carry
) -> Carry {
  let bounds = promote("foriLoop", [lower, upper])
  if !bounds[0].dtype.isInteger || bounds.contains(where: { $0.rank != 0 }) {
    fail("foriLoop", [lower.type, upper.type], "the bounds are not integer scalars")
  }
  return whileLoop(Trees(bounds[0], initial), while: { $0.parts.0 .< bounds[1] }) { state in
    let (index, carry) = state.parts
    return Trees(index + 1, body(index, carry))
  }.parts.1
}

/// A function repeated as long as a condition holds.
///
/// - Parameters:
///   - initial: what the condition and the body start from.
///   - condition: whether to go on: a `bool` scalar.
///   - body: from a carry to the next, of the same shapes and element types.
/// - Returns: the first carry for which the condition does not hold.
///
/// Forward mode differentiates it; reverse mode does not, since the number of rounds is not known. Source: `jax.lax.while_loop`.
public func whileLoop<Carry: Tree>(
  _ initial: Carry, while condition: (Carry) -> Tensor, _ body: (Carry) -> Carry
) -> Carry {
  let first = initial.leaves.map(\.strong)
  let types = first.map(\.type)
  let (conditionGraph, conditionConstants) = traceBody("whileCondition", types) {
    [condition(initial.replacingLeaves(with: $0))]
  }
  let (bodyGraph, bodyConstants) = traceBody("whileBody", types) {
    carryLeaves("whileLoop", body(initial.replacingLeaves(with: $0)), initial)
  }
  let loop = WhileLoop(
    condition: conditionGraph, body: bodyGraph, conditionConstantCount: conditionConstants.count,
    bodyConstantCount: bodyConstants.count)
  return initial.replacingLeaves(with: Primitive.whileLoop(loop)(conditionConstants + bodyConstants + first))
}

/// One of two functions of an operand, by a `bool` scalar: unlike `select`, only the chosen one is computed (under `vmap` over the
/// predicate, both).
///
/// The functions have results of the same shapes and element types: a tree or a tuple of trees. Source: `jax.lax.cond`.
public func cond<Operand: Tree, Output>(
  _ predicate: Tensor, _ operand: Operand, then onTrue: @escaping (Operand) -> Output,
  else onFalse: @escaping (Operand) -> Output
) -> Output {
  if predicate.rank != 0 || predicate.dtype.isFloating {
    fail("cond", [predicate.type], "the predicate is not a bool scalar")
  }
  return branch(predicate.asType(.bool).asType(.int32), operand, [onFalse, onTrue], "cond")
}

/// One of two functions, by a `bool` scalar: unlike `select`, only the chosen one is computed (under `vmap` over the predicate,
/// both). What the functions use from outside, they take as operands.
public func cond<Output>(
  _ predicate: Tensor, then onTrue: @escaping () -> Output, else onFalse: @escaping () -> Output
) -> Output {
  cond(predicate, [Tensor](), then: { _ in onTrue() }, else: { _ in onFalse() })
}

/// One of several functions of an operand, by an integer scalar, which is moved into range.
///
/// The functions have results of the same shapes and element types: a tree or a tuple of trees. Source: `jax.lax.switch`.
public func switchBranch<Operand: Tree, Output>(
  _ index: Tensor, _ operand: Operand, _ branches: [(Operand) -> Output]
) -> Output {
  if index.rank != 0 || !index.dtype.isInteger {
    fail("switchBranch", [index.type], "the index is not an integer scalar")
  }
  if branches.isEmpty { fail("switchBranch", [], "needs at least one branch") }
  return branch(clip(index, min: 0, max: Tensor(branches.count - 1)).asType(.int32), operand, branches, "switchBranch")
}

private func branch<Operand: Tree, Output>(
  _ index: Tensor, _ operand: Operand, _ branches: [(Operand) -> Output], _ operation: String
) -> Output {
  let inputs = operand.leaves.map(\.strong)
  var pattern: AnyTree<Output>?
  let traced = branches.map { function in
    Graph.trace(name: operation, inputs.map(\.type), transformation: operation) { leaves in
      let result = AnyTree(value: function(operand.replacingLeaves(with: leaves)), operation: operation)
      let structure = result.flattened.structure
      if let pattern, pattern.flattened.structure != structure {
        fail(operation, [], "the branches have results of different structures")
      }
      pattern = result
      return result.flattened.leaves
    }
  }
  let types = traced.map { $0.graph.outputTypes.map(\.strong) }
  if let other = types.first(where: { $0 != types[0] }) {
    fail(
      operation, inputs.map(\.type), "the branches have results of different types: \(types[0]) and \(other)",
      hint: "give them one shape and element type, with `broadcast(to:)` and `asType`")
  }
  // Each branch takes what any of them captures.
  let captured = traced.flatMap(\.captured)
  let graphs = traced.enumerated().map { position, part in
    let before = traced[..<position].reduce(0) { $0 + $1.captured.count }
    return Graph.closed(name: operation, (inputs + captured).map(\.type.strong)) { values in
      part.graph.perform(
        Array(values[..<inputs.count]) + values[(inputs.count + before)...].prefix(part.captured.count))
    }
  }
  return pattern!.replacingLeaves(with: Primitive.switch(Switch(graphs))([index] + inputs + captured.map(\.strong)))
}

/// The graph of a function that a primitive repeats, with the values that it captures as its first inputs.
func traceBody(
  _ name: String, _ types: [TensorType], _ body: ([Tensor]) -> [Tensor]
) -> (graph: Graph, constants: [Tensor]) {
  let (graph, captured) = Graph.trace(name: name, types.map(\.strong), transformation: name, body)
  let inputs = graph.inputs
  return (graph.withInputs(Array(inputs[types.count...]) + inputs[..<types.count]), captured)
}

/// The tensors of a carry, which must have the structure of the first one.
func carryLeaves<Carry: Tree>(_ operation: String, _ carry: Carry, _ initial: Carry) -> [Tensor] {
  let (next, first) = (carry.flattened, initial.flattened)
  if next.structure != first.structure || next.leaves.count != first.leaves.count {
    fail(
      operation, [],
      "the body answers a carry of another structure than it takes: \(carry.leafPaths), not \(initial.leafPaths)")
  }
  return next.leaves
}

extension Tensor {
  /// The same tensor, not weakly typed: a carry has one type in all rounds.
  var strong: Tensor { isWeaklyTyped ? converted(to: dtype, isWeak: false) : self }
}
