import CPJRT
import Tensor

/// A program compiled for devices of a client.
final class XLAExecutable: @unchecked Sendable {  // immutable; the plugin's programs are made for several threads
  let core: XLACore
  /// What errors call it.
  let name: String
  private let pointer: OpaquePointer
  private let devices: [DeviceMember]
  private let outputCount: Int

  /// - Parameter pointer: the plugin's program, which this object destroys.
  init(
    _ core: XLACore, _ pointer: OpaquePointer, name: String, devices: [DeviceMember], outputCount: Int
  ) throws(PluginFailure) {
    self.core = core
    self.pointer = pointer
    self.name = name
    self.devices = devices
    self.outputCount = outputCount
    let api = core.api
    let count = try asking { jn_pjrt_output_count(api, pointer, $0) }
    if count != outputCount {
      throw PluginFailure(code: 13, message: "the program has \(count) results, not the expected \(outputCount)")
    }
  }

  deinit { jn_pjrt_executable_destroy(core.api, pointer) }

  /// The program as bytes, for the cache.
  func serialized() throws(PluginFailure) -> [UInt8] {
    var size = 0
    let bytes = try asking { jn_pjrt_serialize(core.api, pointer, &size, $0) }
    defer { jn_pjrt_free(bytes) }
    return [UInt8](UnsafeRawBufferPointer(start: bytes, count: size))
  }

  /// Starts the program. Arguments whose numbers are in `kept` stay as they are; others may lend their memory to results.
  func execute(_ arguments: [XLABuffers], kept: [Int64]) throws(PluginFailure) -> [XLABuffers] {
    var inputs: [OpaquePointer?] = []
    inputs.reserveCapacity(arguments.count * devices.count)
    for device in devices.indices { for argument in arguments { inputs.append(argument.pointers[device]) } }
    var outputs = [OpaquePointer?](repeating: nil, count: outputCount * devices.count)
    try asking { status in
      outputs.withUnsafeMutableBufferPointer { outputs in
        // Arrays without elements have no address, which the plugin does not look at then.
        let anywhere = UnsafeMutablePointer<OpaquePointer?>(bitPattern: 8)!
        jn_pjrt_execute(
          core.api, pointer, devices.count, inputs, arguments.count, outputs.baseAddress ?? anywhere, outputCount, kept,
          kept.count, status)
      }
    }
    withExtendedLifetime(arguments) {}
    return (0..<outputCount).map { output in
      XLABuffers(core, devices.indices.map { outputs[$0 * outputCount + output]! })
    }
  }
}

/// Elements of one tensor in the memory of devices: a buffer on each, destroyed with this object.
final class XLABuffers: @unchecked Sendable {  // immutable; the plugin's buffers are made for several threads
  let core: XLACore
  let pointers: [OpaquePointer]

  init(_ core: XLACore, _ pointers: [OpaquePointer]) {
    self.core = core
    self.pointers = pointers
  }

  deinit { for pointer in pointers { jn_pjrt_buffer_destroy(core.api, pointer) } }

  /// A copy of a host's tensor on a device.
  static func upload(_ tensor: Tensor, to device: DeviceMember, _ core: XLACore) throws(PluginFailure) -> OpaquePointer
  {
    let value = tensor.concrete!.dense
    let dimensions = value.type.shape.map(Int64.init)
    let pointer = try asking {
      jn_pjrt_upload(
        core.api, core.client, device.pointer, value.pointer, value.type.dtype.bufferType, dimensions,
        dimensions.count, $0)
    }
    withExtendedLifetime(value) {}
    return pointer!
  }

  /// Copies the elements of one of the buffers to the host, once they have been computed.
  func download(_ index: Int, rank: Int, to destination: UnsafeMutableRawBufferPointer) throws(PluginFailure) {
    if destination.count == 0 { return }
    try asking {
      jn_pjrt_download(core.api, pointers[index], rank, destination.baseAddress!, destination.count, $0)
    }
  }

  /// Waits until the elements of all buffers have been computed.
  func wait() throws(PluginFailure) {
    for pointer in pointers { try asking { jn_pjrt_await(core.api, pointer, $0) } }
  }
}

extension DType {
  /// The number that the interface has for the type. Source: `PJRT_Buffer_Type`.
  var bufferType: Int32 {
    switch self {
    case .bool: 1
    case .int8: 2
    case .int16: 3
    case .int32: 4
    case .int64: 5
    case .uint8: 6
    case .uint16: 7
    case .uint32: 8
    case .uint64: 9
    case .float16: 10
    case .float32: 11
    case .float64: 12
    case .bfloat16: 13
    }
  }
}
