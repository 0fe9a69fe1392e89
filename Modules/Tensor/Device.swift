/// Where the elements of tensors are and programs run: the host, or a device that a back end brings.
///
/// The host's operations are this library's own. A back end is a subclass: it copies elements to the device's memory, performs
/// operations on them there, and makes of its memory a `DeviceValue`.
open class Device: Hashable, CustomStringConvertible, @unchecked Sendable {
  // Nothing here ever changes, and subclasses guard what they change.

  /// The machine that the program runs on, with its memory and processors.
  public static let host: Device = Host()

  /// A device with no memory of its own.
  public init() {}

  /// What errors and programs call it.
  open var description: String { "device" }

  /// A tensor with the same elements in this device's memory.
  open func receive(_ tensor: Tensor) -> Tensor { fatalError("\(self) must take tensors") }

  /// Performs one operation. Operands are on this device or on the host.
  open func perform(_ primitive: Primitive, _ operands: [Tensor]) -> [Tensor] {
    fatalError("\(self) must perform operations")
  }

  /// Runs a program. Inputs are on this device or on the host, and one that nothing else holds may lend its memory to a result.
  open func run(_ graph: Graph, _ inputs: consuming [Tensor]) -> [Tensor] {
    fatalError("\(self) must run programs")
  }

  /// Whether both are the same device.
  public static func == (a: Device, b: Device) -> Bool { a === b }
  /// Hashes the identity.
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

  /// The device that tensors are on, nil if all are on the host. Several devices stop the program.
  package static func common(_ operation: @autoclosure () -> String, _ tensors: [Tensor]) -> Device? {
    var result: Device?
    for tensor in tensors {
      guard let device = tensor.deviceValue?.device else { continue }
      if let other = result, other != device {
        fail(
          operation(), tensors.map(\.type), "the operands are on different devices: \(other) and \(device)",
          hint: "bring them to one with moved(to:)")
      }
      result = device
    }
    return result
  }
}

private final class Host: Device, @unchecked Sendable {
  override var description: String { "host" }
  override func receive(_ tensor: Tensor) -> Tensor { tensor.fetched.map { Tensor($0) } ?? tensor }
  override func perform(_ primitive: Primitive, _ operands: [Tensor]) -> [Tensor] { primitive(operands.map(receive)) }
  override func run(_ graph: Graph, _ inputs: consuming [Tensor]) -> [Tensor] {
    Primitive.call(Call(graph))(inputs.map(receive))
  }
}

extension Tensor {
  /// The device whose memory the elements are in; asking a traced tensor, which has none yet, stops the program.
  public var device: Device {
    if isTraced {
      fail(
        "device", [type], "inside \(tracer!.trace.name) the tensor only stands for the elements of a later call",
        hint: "ask outside the transformed function; there the call's device decides")
    }
    return deviceValue?.device ?? .host
  }

  /// The tensor with its elements in another device's memory: itself if they are there, or if it is traced by a transformation,
  /// where the device of the call decides.
  ///
  /// Source: `jax.device_put`.
  public func moved(to device: Device) -> Tensor {
    isTraced || self.device == device ? self : device.receive(self)
  }
}

/// Hands every operation to a device: what is current while a default device is set.
private final class DeviceTrace: Trace {
  let device: Device

  init(_ device: Device) { self.device = device }

  override var name: String { "withDefaultDevice" }

  override func process(_ primitive: Primitive, _ operands: [Tensor]) -> [Tensor] {
    for operand in operands where operand.isTraced { primitive.leaked(operand) }
    if let other = Device.common(primitive.name, operands), other != device {
      return other.perform(primitive, operands)
    }
    return device.perform(primitive, operands)
  }
}

extension Trace {
  /// Whether a transformation is at work on this thread, so that operations are recorded rather than performed.
  package static var isTransforming: Bool { current.map { !($0 is DeviceTrace) } ?? false }
}

extension Device {
  /// The device that `withDefaultDevice` has set on this thread.
  package static var innermostDefault: Device? { (Trace.current as? DeviceTrace)?.device }
}

/// Runs `body` with operations and compiled functions on `device`, wherever their operands are; those on yet another device stay
/// there.
///
/// Single operations are compiled one by one, which pays only for large ones: put those of a loop in one `jit`. Inside a transformed
/// function it has no effect, since the call decides there. Source: `jax.default_device`.
public func withDefaultDevice<Result>(_ device: Device, _ body: () throws -> Result) rethrows -> Result {
  if Trace.isTransforming { return try body() }
  return try Trace.with(device == .host ? nil : DeviceTrace(device), body)
}
