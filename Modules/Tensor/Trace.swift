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

/// What a tensor stands for: elements in memory, or a tracer.
///
/// Elements in memory are immutable, and a tracer is used by the thread of its trace alone (another thread's use is an
/// error that stops the program), so sharing a reference is safe.
open class TensorValue: @unchecked Sendable {
  /// Its shape and element type.
  package final let type: TensorType
  fileprivate final let isTracer: Bool

  fileprivate init(_ type: TensorType, isTracer: Bool) {
    self.type = type
    self.isTracer = isTracer
  }
}

/// A stand-in for a tensor while a transformation looks at a program.
///
/// It belongs to a trace and to the thread that runs it.
open class Tracer: TensorValue, @unchecked Sendable {
  /// The trace that it belongs to.
  public final let trace: Trace

  /// A tracer for tensors of this type.
  public init(_ type: TensorType, _ trace: Trace) {
    self.trace = trace
    super.init(type, isTracer: true)
  }
}

/// Elements in memory, row by row. Immutable once a tensor holds it.
package final class ConcreteValue: TensorValue, @unchecked Sendable {
  package private(set) var storage: Storage
  /// Whether one element in memory stands for all of them.
  package let isSplat: Bool
  /// The number that a weakly typed value was made of, which a wider type than its own still gets exactly.
  package let literal: Double?

  package init(_ type: TensorType, _ storage: Storage, isSplat: Bool = false, literal: Double? = nil) {
    self.storage = storage
    self.isSplat = isSplat
    self.literal = literal
    super.init(type, isTracer: false)
  }

  /// Room for the elements of this type, not yet written.
  package convenience init(uninitialized type: TensorType) {
    self.init(type, Storage(byteCount: type.byteCount))
  }

  package var pointer: UnsafeMutableRawPointer { storage.pointer }

  /// Whether no other value has the same memory.
  package var isStorageUnique: Bool { isKnownUniquelyReferenced(&storage) }

  /// The first element as a number.
  package var firstElement: Double {
    var result = 0.0
    jn_convert(JN_FLOAT64, &result, type.dtype.kernelType, pointer, 1)
    return result
  }
}

extension Tensor {
  package init(_ value: TensorValue) { self.value = value }

  /// The memory of the elements, if nothing else holds them.
  package mutating func uniqueStorage() -> Storage? {
    guard !value.isTracer, isKnownUniquelyReferenced(&value) else { return nil }
    let value = unsafeDowncast(value, to: ConcreteValue.self)
    return value.isStorageUnique ? value.storage : nil
  }

  /// The tracer, if this tensor is one.
  public var tracer: Tracer? { value.isTracer ? unsafeDowncast(value, to: Tracer.self) : nil }

  /// The elements in memory, if it has them.
  package var concrete: ConcreteValue? { value.isTracer ? nil : unsafeDowncast(value, to: ConcreteValue.self) }
}

extension Primitive {
  /// Performs the operation: hands it to the current trace, or evaluates it.
  public func callAsFunction(_ operands: [Tensor]) -> [Tensor] {
    if let trace = Trace.current { return trace.process(self, operands) }
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
