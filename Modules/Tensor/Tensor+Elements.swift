import CKernels

extension Tensor {
  /// The elements in memory; reading those of a tracer stops the program.
  package func materialized(_ operation: String) -> ConcreteValue {
    guard let value = fetched else {
      fail(
        operation, [type],
        "the elements were asked for, but inside \(tracer!.trace.name) the tensor only stands for those of a later call",
        hint: "read elements outside the transformed function; branch with `select` instead of `if`")
    }
    return value.dense
  }

  /// The elements, row by row, converted to a Swift type.
  ///
  /// A tensor traced by a transformation has none: asking for them stops the program.
  public func array<Scalar: TensorScalar>(of scalar: Scalar.Type) -> [Scalar] {
    let value = materialized("array(of:)").converted(to: Scalar.dtype)
    return [Scalar](unsafeUninitializedCapacity: count) { buffer, initialized in
      UnsafeMutableRawBufferPointer(buffer).copyMemory(
        from: UnsafeRawBufferPointer(start: value.pointer, count: type.elementCount * Scalar.dtype.itemSize))
      initialized = count
    }
  }

  /// The single element, converted to a Swift type. More or fewer than one element stop the program.
  public func scalar<Scalar: TensorScalar>(as type: Scalar.Type) -> Scalar {
    if count != 1 { fail("scalar(as:)", [self.type], "needs exactly one element", hint: "use array(of:) for several") }
    return array(of: type)[0]
  }

  /// Calls `body` with the elements in memory, row by row, in the machine's byte order.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    let value = materialized("withUnsafeBytes")
    defer { withExtendedLifetime(value) {} }
    return try body(UnsafeRawBufferPointer(start: value.pointer, count: type.byteCount))
  }
}

extension Double {
  /// The single element of a tensor.
  public init(_ tensor: Tensor) { self = tensor.scalar(as: Double.self) }
}
extension Float {
  /// The single element of a tensor.
  public init(_ tensor: Tensor) { self = tensor.scalar(as: Float.self) }
}
extension Int {
  /// The single element of a tensor, a fraction cut off.
  public init(_ tensor: Tensor) { self = tensor.scalar(as: Int.self) }
}
extension Bool {
  /// The single element of a tensor: whether it is not zero.
  public init(_ tensor: Tensor) { self = tensor.scalar(as: Bool.self) }
}
