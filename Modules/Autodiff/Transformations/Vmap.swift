import Tensor

/// A function of one example as a function of a batch: the examples lie along an axis of every input and result.
///
/// - Parameters:
///   - function: a function of trees, whose result is a tree or a tuple of trees.
///   - inAxes: for each argument the axis along which the examples lie in all its tensors, nil for an argument common to all
///     examples; the first axis of every argument if left out.
///   - outAxes: for each element of a tuple that is the result, or for the whole result, the axis along which the examples lie, nil
///     for what is common to all examples; the first axis if left out.
///   - axisName: a name under which `psum`, `axisIndex` and the like combine the examples.
///   - axisSize: the number of examples, where no argument has an axis of them.
///
/// No loop runs: each operation is performed once for the whole batch. Arguments with different numbers of examples, or with
/// none, stop the program, as do results that differ between examples where `outAxes` says that they do not.
public func vmap<Output, P: Tree, each A: Tree>(
  _ function: @escaping (P, repeat each A) -> Output, inAxes: [Int?]? = nil, outAxes: [Int?]? = nil,
  axisName: String? = nil, axisSize: Int? = nil
) -> Function<Output, P, repeat each A> {
  Function { (p: P, a: repeat each A) in
    var collector = TreeWalker()
    var counts = [collector.collect(p)]
    for argument in repeat each a { counts.append(collector.collect(argument)) }
    let batch = Batch(collector.leaves, counts, inAxes, outAxes, name: axisName, size: axisSize)
    var output: AnyTree<Output>?
    let results = vectorize(
      { leaves in
        let replacer = ArgumentWalker(replacements: leaves)
        let result = AnyTree(
          value: function(replacer.replaced(p), repeat replacer.replaced(each a)), operation: "vmap")
        output = result
        return result.flattened.leaves
      }, batch.inputs, batch.axes, batch.axis)
    return output!.replacingLeaves(with: batch.arranged(results, output!.partLeafCounts))
  }
}

/// A transformed function of one example as a function of a batch.
public func vmap<Output, P: Tree, each A: Tree>(
  _ function: Function<Output, P, repeat each A>, inAxes: [Int?]? = nil, outAxes: [Int?]? = nil,
  axisName: String? = nil, axisSize: Int? = nil
) -> Function<Output, P, repeat each A> {
  vmap(function.body, inAxes: inAxes, outAxes: outAxes, axisName: axisName, axisSize: axisSize)
}

/// Where the examples lie in the tensors that go into and come out of a vectorised function.
private struct Batch {
  var inputs: [Tensor]
  /// For each input, its axis of examples.
  var axes: [Int?]
  var axis: BatchAxis
  private var outAxes: [Int?]

  /// - Parameter counts: the number of tensors in each argument.
  init(_ inputs: [Tensor], _ counts: [Int], _ inAxes: [Int?]?, _ outAxes: [Int?]?, name: String?, size: Int?) {
    self.inputs = inputs
    self.outAxes = outAxes ?? [0]
    let inAxes = inAxes ?? counts.map { _ in 0 }
    if inAxes.count != counts.count {
      fail("vmap", [], "inAxes has \(inAxes.count) entries for \(counts.count) arguments")
    }
    let argumentAxes = zip(inAxes, counts).flatMap { axis, count in [Int?](repeating: axis, count: count) }
    axes = zip(inputs, argumentAxes).map { input, axis in axis.map { input.normalizedAxis($0, "vmap") } }
    let sizes = Set(
      zip(inputs, axes).compactMap { input, axis in axis.map { input.shape[$0] } } + (size.map { [$0] } ?? []))
    guard let size = sizes.first, sizes.count == 1 else {
      fail(
        "vmap", inputs.map(\.type),
        sizes.isEmpty
          ? "no argument has an axis of examples"
          : "the arguments have different numbers of examples: \(sizes.sorted())",
        hint:
          "inAxes, [\(inAxes.map { $0.map(String.init) ?? "nil" }.joined(separator: ", "))], names for each argument the axis along which the examples lie"
      )
    }
    axis = BatchAxis(size: size, name: name)
  }

  /// The results with their examples where they are asked for; `counts` has the number of tensors in each part of the result.
  func arranged(_ results: [(batch: Tensor, axis: Int?)], _ counts: [Int]) -> [Tensor] {
    if outAxes.count != 1 && outAxes.count != counts.count {
      fail("vmap", [], "outAxes has \(outAxes.count) entries for \(counts.count) results")
    }
    let wanted =
      outAxes.count == 1
      ? results.map { _ in outAxes[0] }
      : zip(outAxes, counts).flatMap { axis, count in [Int?](repeating: axis, count: count) }
    return zip(results, wanted).map { result, wanted in
      guard let wanted else {
        if result.axis == nil { return result.batch }
        fail(
          "vmap", [result.batch.type], "a result differs between examples, but outAxes says that it is common to all",
          hint: "give the axis along which the examples are to lie, or combine them with psum or pmean")
      }
      let rank = result.batch.rank + (result.axis == nil ? 1 : 0)
      let position = wanted < 0 ? wanted + rank : wanted
      if !(0..<rank ~= position) {
        fail("vmap", [result.batch.type], "the result has no place \(wanted) for the axis of examples")
      }
      return result.batch.withBatch(from: result.axis, to: position, size: axis.size)
    }
  }
}
