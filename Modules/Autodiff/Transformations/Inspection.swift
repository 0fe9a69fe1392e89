import Tensor

/// The types of a function's results, found on types alone: nothing is computed.
///
/// The results are tensors of zeros that take no memory, in the structure of the function's result.
public func evalShape<Output, P: Tree, each A: Tree>(
  _ function: @escaping (P, repeat each A) -> Output
) -> Function<Output, P, repeat each A> {
  Function { (p: P, a: repeat each A) in
    let (graph, output) = traceArguments("evalShape", function, p, repeat each a)
    return output.replacingLeaves(with: graph.outputTypes.map { .zero($0) })
  }
}

/// The types of a transformed function's results, found on types alone.
public func evalShape<Output, P: Tree, each A: Tree>(
  _ function: Function<Output, P, repeat each A>
) -> Function<Output, P, repeat each A> {
  evalShape(function.body)
}

/// The traced graph of a function, for printing and for passes of your own.
///
/// Values that the function takes from enclosing transformations become inputs after those of the arguments.
public func makeGraph<Output, P: Tree, each A: Tree>(
  _ function: @escaping (P, repeat each A) -> Output
) -> Function<Graph, P, repeat each A> {
  Function { (p: P, a: repeat each A) in traceArguments("graph", function, p, repeat each a).graph }
}

/// The traced graph of a transformed function.
public func makeGraph<Output, P: Tree, each A: Tree>(
  _ function: Function<Output, P, repeat each A>
) -> Function<Graph, P, repeat each A> {
  makeGraph(function.body)
}

private func traceArguments<Output, P: Tree, each A: Tree>(
  _ name: String, _ function: (P, repeat each A) -> Output, _ p: P, _ a: repeat each A
) -> (graph: Graph, output: AnyTree<Output>) {
  let traced = traceCall(name, function, p, repeat each a)
  return (traced.graph, traced.output)
}

/// The graph of a function for these arguments, the values that it captures, the arguments' tensors, and the result's structure.
func traceCall<Output, P: Tree, each A: Tree>(
  _ name: String, _ function: (P, repeat each A) -> Output, _ p: P, _ a: repeat each A
) -> (graph: Graph, captured: [Tensor], inputs: [Tensor], output: AnyTree<Output>) {
  var collector = TreeWalker()
  collector.collect(p)
  for argument in repeat each a { collector.collect(argument) }
  var output: AnyTree<Output>?
  let (graph, captured) = Graph.trace(name: name, collector.leaves.map(\.type), transformation: name) { leaves in
    let replacer = ArgumentWalker(replacements: leaves)
    let result = AnyTree(value: function(replacer.replaced(p), repeat replacer.replaced(each a)), operation: name)
    output = result
    return result.flattened.leaves
  }
  return (graph, captured, collector.leaves, output!)
}
