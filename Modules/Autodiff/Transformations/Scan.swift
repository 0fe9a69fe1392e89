import Tensor

/// A function applied to each slice along the first axis of `xs`, with a value carried from each round to the next.
///
/// - Parameters:
///   - initial: the carry of the first round.
///   - xs: a tree of tensors with first axes of one size, the number of rounds.
///   - isReversed: whether to go from the last slice to the first; the results lie in the order of the slices all the same.
///   - unroll: how many rounds the loop performs each time around: more are faster and take longer to trace.
///   - body: from the carry and a slice to the next carry, of the same shapes and element types, and this round's result: a tree or a
///     tuple of trees, or `()`.
/// - Returns: the last carry, and the results of all rounds stacked along a new first axis.
///
/// The body is traced once and runs as a graph. Source: `jax.lax.scan`.
public func scan<Carry: Tree, X: Tree, Y>(
  _ initial: Carry, _ xs: X, reversed isReversed: Bool = false, unroll: Int = 1, _ body: (Carry, X) -> (Carry, Y)
) -> (carry: Carry, ys: Y) {
  let slices = xs.leaves
  guard let length = slices.first?.shape.first, slices.allSatisfy({ $0.shape.first == length }) else {
    fail(
      "scan", slices.map(\.type), "what is gone through needs tensors with first axes of one size",
      hint: slices.isEmpty ? "to repeat a function without slices use `scan(_:length:)`" : nil)
  }
  return scan(initial, xs, length, isReversed, unroll, body)
}

/// A function repeated `length` times, with a value carried from each round to the next.
///
/// As `scan(_:_:)`, with a body that takes the carry alone.
public func scan<Carry: Tree, Y>(
  _ initial: Carry, length: Int, unroll: Int = 1, _ body: (Carry) -> (Carry, Y)
) -> (carry: Carry, ys: Y) {
  if length < 0 { fail("scan", [], "the length \(length) is negative") }
  return scan(initial, [Tensor](), length, false, unroll) { carry, _ in body(carry) }
}

/// A function applied to each slice along the first axis of `xs`, whose results are stacked along a new first axis.
///
/// One slice is treated after the other, in the memory of one; `vmap` treats all at once. Source: `jax.lax.map`.
public func sequentialMap<X: Tree, Y>(_ xs: X, _ function: (X) -> Y) -> Y {
  scan([Tensor](), xs) { carry, x in (carry, function(x)) }.ys
}

private func scan<Carry: Tree, X: Tree, Y>(
  _ initial: Carry, _ xs: X, _ length: Int, _ isReversed: Bool, _ unroll: Int, _ body: (Carry, X) -> (Carry, Y)
) -> (carry: Carry, ys: Y) {
  if unroll < 1 { fail("scan", [], "unroll is \(unroll), not at least 1") }
  var pattern: AnyTree<Y>?
  let first = initial.leaves.map(\.strong)
  let slices = xs.leaves.map(\.strong)
  func round(_ carry: [Tensor], _ slice: [Tensor]) -> (carry: [Tensor], ys: [Tensor]) {
    let (next, y) = body(initial.replacingLeaves(with: carry), xs.replacingLeaves(with: slice))
    let result = AnyTree(value: y, operation: "scan")
    pattern = result
    return (carryLeaves("scan", next, initial), result.flattened.leaves)
  }
  /// Rounds one after the other, without a loop.
  func rounds(_ carry: [Tensor], _ slices: [Tensor], _ count: Int) -> (carry: [Tensor], ys: [Tensor]) {
    var carry = carry
    var results = [[Tensor]](repeating: [], count: count)
    for index in isReversed ? Array((0..<count).reversed()) : Array(0..<count) {
      (carry, results[index]) = round(carry, slices.map { $0[index] })
    }
    return (carry, results[0].indices.map { position in stack(results.map { $0[position] }) })
  }

  let results: (carry: [Tensor], ys: [Tensor])
  if unroll == 1 || length == 0 {
    results = loop(first, slices, length, isReversed, round)
  } else if unroll >= length {
    results = rounds(first, slices, length)
  } else {
    let blocks = length / unroll
    let whole = blocks * unroll
    func inBlocks(_ carry: [Tensor]) -> (carry: [Tensor], ys: [Tensor]) {
      let blocked = slices.map { $0[..<whole].reshaped(to: [blocks, unroll] + $0.shape.dropFirst()) }
      let (carry, ys) = loop(carry, blocked, blocks, isReversed) { rounds($0, $1, unroll) }
      return (carry, ys.map { $0.reshaped(to: [whole] + $0.shape.dropFirst(2)) })
    }
    let rest = slices.map { $0[whole...] }
    if whole == length {
      results = inBlocks(first)
    } else if isReversed {
      let last = rounds(first, rest, length - whole)
      let others = inBlocks(last.carry)
      results = (others.carry, zip(others.ys, last.ys).map { concatenate([$0, $1]) })
    } else {
      let others = inBlocks(first)
      let last = rounds(others.carry, rest, length - whole)
      results = (last.carry, zip(others.ys, last.ys).map { concatenate([$0, $1]) })
    }
  }
  return (initial.replacingLeaves(with: results.carry), pattern!.replacingLeaves(with: results.ys))
}

/// The primitive for a body of tensors one after the other.
private func loop(
  _ first: [Tensor], _ slices: [Tensor], _ length: Int, _ isReversed: Bool,
  _ body: ([Tensor], [Tensor]) -> (carry: [Tensor], ys: [Tensor])
) -> (carry: [Tensor], ys: [Tensor]) {
  let sliceTypes = slices.map { TensorType($0.dtype, Array($0.shape.dropFirst())) }
  let (graph, constants) = traceBody("scan", first.map(\.type) + sliceTypes) { inputs in
    let (carry, ys) = body(Array(inputs[..<first.count]), Array(inputs[first.count...]))
    return carry + ys
  }
  let results = Primitive.scan(
    Scan(
      body: graph, length: length, isReversed: isReversed, constantCount: constants.count, carryCount: first.count))(
      constants + first + slices)
  return (Array(results[..<first.count]), Array(results[first.count...]))
}
