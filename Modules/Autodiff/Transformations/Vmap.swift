import Tensor

/// A function of one example as a function of a batch: the examples lie along an axis of every input and result.
///
/// - Parameters:
///   - function: a function of trees, whose result is a tree or a tuple of trees.
///   - inAxes: for each argument the axis along which the examples lie in all its tensors, nil for an argument common to all
///     examples; the first axis of every argument if left out.
///   - outAxis: the axis along which the examples lie in the results.
///
/// No loop runs: each operation is performed once for the whole batch. Arguments with different numbers of examples, or with
/// none, stop the program.
public func vmap<Output, P: Tree, each A: Tree>(
  _ function: @escaping (P, repeat each A) -> Output, inAxes: [Int?]? = nil, outAxis: Int = 0
) -> Function<Output, P, repeat each A> {
  Function { (p: P, a: repeat each A) in
    let collector = ArgumentWalker()
    var counts = [collector.collect(p)]
    for argument in repeat each a { counts.append(collector.collect(argument)) }
    let inAxes = inAxes ?? counts.map { _ in 0 }
    if inAxes.count != counts.count {
      fail("vmap", [], "inAxes has \(inAxes.count) entries for \(counts.count) arguments")
    }
    let inputs = collector.leaves
    let argumentAxes = zip(inAxes, counts).flatMap { axis, count in [Int?](repeating: axis, count: count) }
    let axes = zip(inputs, argumentAxes).map { input, axis in axis.map { input.normalizedAxis($0, "vmap") } }
    let sizes = Set(zip(inputs, axes).compactMap { input, axis in axis.map { input.shape[$0] } })
    guard let size = sizes.first, sizes.count == 1 else {
      fail(
        "vmap", inputs.map(\.type),
        sizes.isEmpty
          ? "no argument has an axis of examples"
          : "the arguments have different numbers of examples: \(sizes.sorted())",
        hint: "inAxes, \(inAxes), names for each argument the axis along which the examples lie")
    }
    var output: AnyTree<Output>?
    let results = vectorize(
      { leaves in
        let replacer = ArgumentWalker(replacements: leaves)
        let result = AnyTree(
          value: function(replacer.replaced(p), repeat replacer.replaced(each a)), operation: "vmap")
        output = result
        return result.flattened.leaves
      }, inputs, axes, size: size)
    return output!.replacingLeaves(
      with: results.map { result in
        let rank = result.batch.rank + (result.axis == nil ? 1 : 0)
        return result.batch.withBatch(from: result.axis, to: outAxis < 0 ? outAxis + rank : outAxis, size: size)
      })
  }
}

/// A transformed function of one example as a function of a batch.
public func vmap<Output, P: Tree, each A: Tree>(
  _ function: Function<Output, P, repeat each A>, inAxes: [Int?]? = nil, outAxis: Int = 0
) -> Function<Output, P, repeat each A> {
  vmap(function.body, inAxes: inAxes, outAxis: outAxis)
}
