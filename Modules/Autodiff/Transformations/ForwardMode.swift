import Tensor

/// Follows how values change: each tracer is a value with its tangent, and each operation is performed on both.
final class JVPTrace: Trace {
  /// The trace that rules are performed under: the enclosing one, or for reverse mode one that records what is linear.
  private let ruleTrace: Trace?

  init(rulesUnder ruleTrace: Trace?) { self.ruleTrace = ruleTrace }

  override var name: String { "grad, jvp or another derivative" }

  /// A value with its tangent; without one it needs no tracer.
  func dual(_ primal: Tensor, _ tangent: Tensor?) -> Tensor {
    tangent.map { Tensor(DualTracer(primal, tangent: $0, self)) } ?? primal
  }

  /// The value and the tangent, nil for zero, that a tensor stands for here.
  func parts(_ tensor: Tensor) -> (primal: Tensor, tangent: Tensor?) {
    guard let tracer = tensor.tracer, tracer.trace === self else { return (tensor, nil) }
    let dual = unsafeDowncast(tracer, to: DualTracer.self)
    return (dual.primal, dual.tangent)
  }

  override func process(_ primitive: Primitive, _ operands: [Tensor]) -> [Tensor] {
    let parts = operands.map(parts)
    let primals = parts.map(\.primal)
    return Trace.with(ruleTrace) {
      if parts.allSatisfy({ $0.tangent == nil }) { return primitive(primals) }
      let results = primitive.rules.jvp(primals, parts.map(\.tangent))
      return zip(results.outputs, results.tangents).map(dual)
    }
  }
}

private final class DualTracer: Tracer, @unchecked Sendable {
  let primal: Tensor
  let tangent: Tensor

  init(_ primal: Tensor, tangent: Tensor, _ trace: Trace) {
    self.primal = primal
    self.tangent = tangent
    super.init(primal.type, trace)
  }
}

/// The results of a function and how they change when its inputs change by `tangents`; nil is a tangent of zero.
func pushForward(
  _ function: ([Tensor]) -> [Tensor], _ primals: [Tensor], _ tangents: [Tensor?]
) -> (outputs: [Tensor], tangents: [Tensor?]) {
  let trace = JVPTrace(rulesUnder: Trace.current)
  let outputs = Trace.with(trace) { function(zip(primals, tangents).map(trace.dual)) }.map(trace.parts)
  trace.finish()
  return (outputs.map(\.primal), outputs.map(\.tangent))
}
