import Tensor

extension Graph {
  /// The same program with the equations of called functions in place of the calls.
  ///
  /// Calls that were asked to compute again, rather than to keep values, stay calls: merged with the first computation they would keep
  /// its values in memory after all.
  func inlined() -> Graph {
    Rewriter.rewrite(self, Self.inlineRule)
  }

  private static func inlineRule(_ rewriter: inout Rewriter, _ equation: Equation) -> [ValueID]? {
    switch equation.primitive {
    case .call(let call) where !call.recomputes: rewriter.inline(call.graph, equation.operands, inlineRule)
    case .customDerivative(let custom): rewriter.inline(custom.graph, equation.operands, inlineRule)
    default: nil
    }
  }
}
