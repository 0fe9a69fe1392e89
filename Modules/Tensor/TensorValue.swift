import CKernels

/// What a tensor stands for: elements in the host's memory or in that of a device, or a tracer.
///
/// Elements in memory are immutable, and a tracer is used by the thread of its trace alone (another thread's use is an
/// error that stops the program), so sharing a reference is safe.
open class TensorValue: @unchecked Sendable {
  /// Its shape and element type.
  package final let type: TensorType
  fileprivate final let kind: Kind

  fileprivate enum Kind { case elements, tracer, onDevice }

  fileprivate init(_ type: TensorType, _ kind: Kind) {
    self.type = type
    self.kind = kind
  }

  /// Whether the elements are in the host's memory.
  final var isOnHost: Bool { kind == .elements }
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
    super.init(type, .tracer)
  }
}

/// Elements in the memory of a device, which its back end keeps.
open class DeviceValue: TensorValue, @unchecked Sendable {  // immutable but for what subclasses guard
  /// The device.
  public final let device: Device

  /// Elements of this type on a device.
  public init(_ type: TensorType, _ device: Device) {
    self.device = device
    super.init(type, .onDevice)
  }

  /// Waits until the elements have been computed. False if that failed, which has been reported: then zeros stand for them.
  open func wait() -> Bool { fatalError("a device's value must have elements") }

  /// Writes the elements, which have been computed, to the host's memory, row by row.
  open func copyElements(to destination: UnsafeMutableRawBufferPointer) {
    fatalError("a device's value must have elements")
  }
}

/// Elements in the host's memory, row by row. Immutable once a tensor holds it.
package final class ConcreteValue: TensorValue, @unchecked Sendable {
  /// Where they are.
  package let pointer: UnsafeMutableRawPointer
  // Only asking whether it is unique needs a variable, and several threads may ask at once.
  @exclusivity(unchecked) package private(set) var storage: Storage
  /// Whether one element in memory stands for all of them.
  package let isSplat: Bool
  /// The number that a weakly typed value was made of, which a wider type than its own still gets exactly.
  package let literal: Double?

  package init(_ type: TensorType, _ storage: Storage, isSplat: Bool = false, literal: Double? = nil) {
    self.storage = storage
    pointer = storage.pointer
    self.isSplat = isSplat
    self.literal = literal
    super.init(type, .elements)
  }

  /// Room for the elements of this type, not yet written.
  package convenience init(uninitialized type: TensorType) {
    self.init(type, Storage(byteCount: type.byteCount))
  }

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
  /// The tensor that stands for this.
  package init(_ value: TensorValue) { self.value = value }
  /// The tensor with these elements.
  public init(_ value: DeviceValue) { self.value = value }

  /// The tracer, if this tensor is one.
  public var tracer: Tracer? { value.kind == .tracer ? unsafeDowncast(value, to: Tracer.self) : nil }

  /// The elements in the host's memory, if they are there.
  package var concrete: ConcreteValue? {
    value.kind == .elements ? unsafeDowncast(value, to: ConcreteValue.self) : nil
  }

  /// The elements in a device's memory, if they are there.
  public var deviceValue: DeviceValue? {
    value.kind == .onDevice ? unsafeDowncast(value, to: DeviceValue.self) : nil
  }

  /// The elements in the host's memory, copied there if they are elsewhere; nil for a tracer.
  package var fetched: ConcreteValue? {
    guard let value = deviceValue else { return concrete }
    if !value.wait() { return .splat(type, 0) }
    let result = ConcreteValue(uninitialized: type)
    value.copyElements(to: UnsafeMutableRawBufferPointer(start: result.pointer, count: type.byteCount))
    return result
  }

  /// Takes the elements out of the tensor, if nothing else holds them.
  public mutating func uniqueDeviceValue() -> DeviceValue? {
    guard value.kind == .onDevice, isKnownUniquelyReferenced(&value) else { return nil }
    return unsafeDowncast(value, to: DeviceValue.self)
  }
}
