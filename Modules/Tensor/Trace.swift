import CKernels

/// A transformation at work: it is given every operation that a program performs while it is the current trace.
///
/// `grad`, `vmap` and `jit` each define a subclass. Traces nest: what a trace does not treat itself it hands to the one
/// around it, and the outermost evaluates. Source: JAX's `jax.core.Trace`.
open class Trace {
  /// The trace that was current when this one began, nil where operations are evaluated.
  public final let parent: Trace?
  /// Whether its tracers may be used: false once the transformed function has returned.
  public final private(set) var isActive = true

  /// A trace inside the current one.
  public init() { parent = Trace.current }

  /// Performs an operation on operands, of which some belong to this trace.
  open func process(_ primitive: Primitive, _ operands: [Tensor]) -> [Tensor] {
    fatalError("a trace must treat operations")
  }

  /// The name of the transformation, for errors.
  open var name: String { "a transformation" }

  /// Declares that the transformed function has returned: a tracer used from now on is an error.
  public final func finish() { isActive = false }

  /// The trace that operations on this thread go to, nil if they are evaluated.
  public static var current: Trace? {
    guard let pointer = jn_tls_get(JN_TLS_TRACE) else { return nil }
    return Unmanaged<Trace>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// Runs `body` with `trace` as the current one.
  public static func with<Result>(_ trace: Trace?, _ body: () throws -> Result) rethrows -> Result {
    let slot = JN_TLS_TRACE
    let outer = jn_tls_get(slot)
    jn_tls_set(slot, trace.map { Unmanaged.passUnretained($0).toOpaque() })
    defer {
      jn_tls_set(slot, outer)
      withExtendedLifetime(trace) {}
    }
    return try body()
  }
}

extension Primitive {
  /// Performs the operation: hands it to the current trace, or evaluates it.
  public func callAsFunction(_ operands: [Tensor]) -> [Tensor] {
    if let trace = Trace.current { return trace.process(self, operands) }
    if let device = Device.common(name, operands) { return device.perform(self, operands) }
    let values = operands.map { operand in
      guard let value = operand.concrete else { leaked(operand) }
      return value
    }
    let types = orFail { () throws(TensorError) in try resultTypes(of: operands.map(\.type)) }
    return evaluate(values, types).map { Tensor($0) }
  }

  /// Performs an operation that has one result.
  public func callAsFunction(_ operands: Tensor...) -> Tensor { self(operands)[0] }

  /// Stops the program: `operand` is a tracer whose transformation has ended, or that belongs to another thread.
  package func leaked(_ operand: Tensor) -> Never {
    let transformation = operand.tracer?.trace.name ?? "a transformation"
    fail(
      name, [operand.type],
      "an operand is a value traced by \(transformation), used after the traced function had returned or on another thread",
      hint: "return the value from the traced function instead of storing it outside")
  }
}
