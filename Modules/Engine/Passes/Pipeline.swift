import Tensor

extension Graph {
  /// The passes of every compilation, in order.
  static let passes: [(name: String, pass: @Sendable (Graph) -> Graph)] = [
    ("inline", { $0.inlined() }),
    ("fold constants", { $0.withConstantsFolded() }),
    ("simplify", { $0.simplified() }),
    ("fold constants again", { $0.withConstantsFolded() }),
    ("remove repetitions", { $0.withoutRepetitions() }),
    ("optimize bodies", { $0.withBodiesOptimized() }),
  ]

  /// The same program after all passes; what they change is its speed and memory alone.
  package func optimized() -> Graph {
    derived.value(for: "optimized") { Self.passes.reduce(self) { $1.pass($0) } }
  }

  /// The same program with the functions that control flow holds optimised.
  private func withBodiesOptimized() -> Graph {
    Rewriter.rewrite(self) { rewriter, equation in
      var primitive = equation.primitive
      switch primitive {
      case .scan(var scan):
        scan.body = scan.body.optimized()
        primitive = .scan(scan)
      case .whileLoop(var loop):
        (loop.condition, loop.body) = (loop.condition.optimized(), loop.body.optimized())
        primitive = .whileLoop(loop)
      case .switch(let choice): primitive = .switch(Switch(choice.branches.map { $0.optimized() }))
      case .call(let call): primitive = .call(Call(call.graph.optimized(), recomputes: call.recomputes))
      default: return nil
      }
      return rewriter.add(primitive, equation.operands)
    }
  }
}
