import Tensor

/// What the passes are given from the layers above.
package struct CompilationContext: Sendable {
  /// From a graph, for each input the axis that counts examples (nil for one that all share), and their number: the graph for all
  /// examples, which lie along the first axis of all outputs.
  package typealias Vectorizer = @Sendable (Graph, [Int?], Int) -> Graph

  var vectorize: Vectorizer

  package init(vectorize: @escaping Vectorizer) { self.vectorize = vectorize }
}

/// One step of the optimisation of a graph.
struct Pass: Sendable {
  let name: String
  /// Whether it leaves graphs without functions within as they are.
  let isForInnerGraphs: Bool
  private let change: @Sendable (Graph, CompilationContext) -> Graph

  init(
    _ name: String, isForInnerGraphs: Bool = false, _ change: @escaping @Sendable (Graph, CompilationContext) -> Graph
  ) {
    (self.name, self.isForInnerGraphs, self.change) = (name, isForInnerGraphs, change)
  }

  func callAsFunction(_ graph: Graph, _ context: CompilationContext) -> Graph {
    if isForInnerGraphs && !graph.equations.contains(where: { !$0.primitive.graphs.isEmpty }) { return graph }
    return change(graph, context)
  }
}

extension Graph {
  /// The passes of every compilation, in order.
  static let passes = [
    Pass("inline", isForInnerGraphs: true) { graph, _ in graph.inlined() },
    Pass("fold constants") { graph, _ in graph.withConstantsFolded() },
    Pass("simplify") { graph, _ in graph.simplified() },
    Pass("remove repetitions") { graph, _ in graph.withoutRepetitions() },
    Pass("clean loops", isForInnerGraphs: true) { graph, _ in graph.withLoopsCleaned() },
    Pass("optimize bodies", isForInnerGraphs: true) { graph, context in graph.withBodiesOptimized(context) },
    Pass("hoist invariants", isForInnerGraphs: true) { graph, _ in graph.withInvariantsHoisted() },
    Pass("split loops", isForInnerGraphs: true) { graph, context in graph.withLoopsSplit(context) },
    Pass("clean loops again", isForInnerGraphs: true) { graph, _ in graph.withLoopsCleaned() },
    Pass("push slices") { graph, _ in graph.withSlicesPushed() },
    Pass("fold constants again") { graph, _ in graph.withConstantsFolded() },
    Pass("simplify again") { graph, _ in graph.simplified() },
    Pass("remove repetitions again") { graph, _ in graph.withoutRepetitions() },
  ]

  /// The same program after all passes; what they change is its speed and memory alone.
  package func optimized(_ context: CompilationContext) -> Graph {
    derived.value(for: "optimized") { Self.passes.reduce(self) { $1($0, context) } }
  }

  /// The same program with the functions that control flow holds optimised.
  private func withBodiesOptimized(_ context: CompilationContext) -> Graph {
    Rewriter.rewrite(self) { rewriter, equation in
      var primitive = equation.primitive
      switch primitive {
      case .scan(var scan):
        scan.body = scan.body.optimized(context)
        primitive = .scan(scan)
      case .whileLoop(var loop):
        (loop.condition, loop.body) = (loop.condition.optimized(context), loop.body.optimized(context))
        primitive = .whileLoop(loop)
      case .switch(let choice): primitive = .switch(Switch(choice.branches.map { $0.optimized(context) }))
      case .call(let call): primitive = .call(Call(call.graph.optimized(context), recomputes: call.recomputes))
      default: return nil
      }
      return rewriter.add(primitive, equation.operands)
    }
  }

  /// The same program with what loops need not do round by round taken out of them.
  private func withLoopsSplit(_ context: CompilationContext) -> Graph {
    Rewriter.rewrite(self) { rewriter, equation in
      guard case .scan(let scan) = equation.primitive else { return nil }
      return LoopSplitting.split(scan, equation.operands, &rewriter, context.vectorize)
    }
  }
}

extension Graph {
  /// The program after each pass in turn, for tests.
  package func afterEachPass(_ context: CompilationContext) -> [(name: String, graph: Graph)] {
    var graph = self
    return Self.passes.map { pass in
      graph = pass(graph, context)
      return (pass.name, graph)
    }
  }
}
