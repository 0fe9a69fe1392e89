import CPJRT
import Synchronization
import Tensor

/// Devices of one client that hold tensors and run programs together: one, or those of a mesh.
public class XLAPlacement: Device, @unchecked Sendable {  // immutable but for the graphs of single operations
  let core: XLACore
  let members: [DeviceMember]
  /// What tells it from all others that there have been. Graphs keep their programs by it, and not by the object: that keeps graphs.
  private let number = count.wrappingAdd(1, ordering: .relaxed).newValue
  private static let count = Atomic(0)
  private let operations = Mutex<[SingleOperation: Graph]>([:])

  init(_ core: XLACore, _ members: [DeviceMember]) {
    self.core = core
    self.members = members
  }

  /// The number of devices along each axis.
  var meshShape: [Int] { [] }

  /// How a tensor of this rank lies on the devices if nothing says otherwise: whole on each.
  func standardLayout(rank: Int) -> Partition { .whole(rank: rank, meshShape: meshShape) }

  // MARK: Tensors

  /// A copy of a tensor here, whole on each device.
  public override func receive(_ tensor: Tensor) -> Tensor { receive(tensor, standardLayout(rank: tensor.rank)) }

  func receive(_ tensor: Tensor, _ layout: Partition) -> Tensor {
    do throws(XLAError) {
      if let failure = (tensor.deviceValue as? XLAValue)?.failure { throw failure }
      return Tensor(XLAValue(tensor.type, self, try buffers(for: tensor, layout), layout))
    } catch {
      return DeviceErrors.report(error, "moved(to:)", [tensor.type], for: [tensor.type], on: self)[0]
    }
  }

  /// The elements of a tensor that is elsewhere, or lies otherwise.
  func buffers(for tensor: Tensor, _ layout: Partition) throws(XLAError) -> XLABuffers {
    let host = tensor.moved(to: .host)
    do {
      var pointers: [OpaquePointer] = []
      // What was uploaded before an error must not be lost.
      defer { if pointers.count < members.count { _ = XLABuffers(core, pointers) } }
      for (index, member) in members.enumerated() {
        pointers.append(try XLABuffers.upload(layout.part(of: host, index), to: member, core))
      }
      return XLABuffers(core, pointers)
    } catch {
      throw error.during("moved(to:)", on: description)
    }
  }

  // MARK: Programs

  /// Performs one operation here, compiled when it is first met for operands of these types.
  public override func perform(_ primitive: Primitive, _ operands: [Tensor]) -> [Tensor] {
    if case .call(let call) = primitive { return run(call.graph, operands) }
    let types = operands.map(\.type)
    let operation = SingleOperation(primitive: primitive, types: types)
    if let graph = operations.withLock({ $0[operation] }) { return run(graph, operands) }
    let graph = operation.graph
    // Control flow is traced anew for each call, so that nothing would be found again.
    if primitive.graphs.isEmpty {
      operations.withLock { operations in
        if operations.count >= 4096 { operations.removeAll() }
        operations[operation] = graph
      }
    }
    return run(graph, operands)
  }

  /// Runs a program here, compiled when it is first met for inputs that lie so.
  public override func run(_ graph: Graph, _ inputs: consuming [Tensor]) -> [Tensor] {
    do throws(XLAError) {
      for i in inputs.indices { if let failure = (inputs[i].deviceValue as? XLAValue)?.failure { throw failure } }
      return try runThrowing(graph, inputs)
    } catch {
      return DeviceErrors.report(error, graph.name, graph.inputTypes, for: graph.outputTypes, on: self)
    }
  }

  func runThrowing(_ graph: Graph, _ inputs: consuming [Tensor]) throws(XLAError) -> [Tensor] {
    let layouts = inputs.map { layout(of: $0) }
    let donors = graph.derived.value(for: DonorsKey(place: number, layouts: layouts)) {
      XLAProgram.donors(graph, self, layouts)
    }
    var lends = false
    for donor in donors where !lends { lends = !XLAProgram.isKept(&inputs, donor) }
    let program = try program(for: graph, layouts, lends: lends)
    return try program.run(&inputs, on: self)
  }

  /// A graph compiled for inputs that lie so, made once: by itself where inputs lend their memory, and where they do not.
  func program(for graph: Graph, _ layouts: [Partition], lends: Bool) throws(XLAError) -> XLAProgram {
    let key = ProgramKey(place: number, layouts: layouts, lends: lends)
    return try graph.derived.value(for: key) {
      Result { () throws(XLAError) in try XLAProgram(graph, self, layouts, lends: lends) }
    }.get()
  }

  private struct ProgramKey: Hashable {
    let place: Int
    let layouts: [Partition]
    let lends: Bool
  }

  private struct DonorsKey: Hashable {
    let place: Int
    let layouts: [Partition]
  }

  /// How a tensor lies here, or will once it is here.
  func layout(of tensor: Tensor) -> Partition {
    if let value = tensor.deviceValue as? XLAValue, value.device == self { return value.layout }
    return standardLayout(rank: tensor.rank)
  }
}

/// An operation that a program performs by itself, on tensors of certain types.
private struct SingleOperation: Hashable {
  let primitive: Primitive
  let types: [TensorType]

  var graph: Graph {
    var builder = GraphBuilder()
    let operands = types.map { builder.addInput($0) }
    // The same operation in other modules is the same program.
    let results = builder.add(primitive, operands, path: nil)
    return builder.graph(name: primitive.name, outputs: results)
  }
}

/// One device of a plugin.
///
///     let gpu = try XLAClient.shared().devices[0]
///     let step = jit(update, on: gpu)
///     let images = images.moved(to: gpu)
///
/// Results stay in the device's memory until their elements are asked for, which waits for them.
public final class XLADevice: XLAPlacement, @unchecked Sendable {
  init(_ core: XLACore, _ member: DeviceMember) { super.init(core, [member]) }

  /// The platform and the device's place among the client's, such as `cuda:0`.
  public override var description: String { members[0].name }
  /// The plugin's word for what it is, such as `NVIDIA H200`.
  public var kind: String { members[0].kind }

  /// Bytes in the device's memory.
  public struct Memory: Sendable, Hashable {
    /// Bytes in use.
    public var inUse: Int
    /// The most bytes that were in use at a time, if the plugin tells.
    public var peak: Int?
    /// How many bytes there are to use, if the plugin tells.
    public var limit: Int?
  }

  /// How much of the device's memory is in use; nil if the plugin does not tell, as those for processors do not.
  public var memory: Memory? {
    guard let memory = try? asking({ jn_pjrt_device_memory(core.api, members[0].pointer, $0) }) else { return nil }
    func known(_ count: Int64) -> Int? { count < 0 ? nil : Int(count) }
    return Memory(inUse: Int(memory.in_use), peak: known(memory.peak), limit: known(memory.limit))
  }

  /// The device with this number among those of the plugin that `XLAPlugin.find` finds.
  public static func find(_ index: Int = 0) throws(XLAError) -> XLADevice {
    let client = try XLAClient.shared()
    guard client.devices.indices.contains(index) else {
      throw .noDevice(platform: client.platform, count: client.devices.count, index: index)
    }
    return client.devices[index]
  }
}

/// Elements in the memory of devices, or the error that there is instead of them.
final class XLAValue: DeviceValue, @unchecked Sendable {
  private let result: Result<XLABuffers, XLAError>
  private let origin: Origin?
  let layout: Partition

  /// The program that computes the elements, and the modules in which it was called.
  struct Origin {
    let program: XLAProgram
    let path: String?
  }

  init(
    _ type: TensorType, _ place: XLAPlacement, _ buffers: XLABuffers, _ layout: Partition, _ origin: Origin? = nil
  ) {
    result = .success(buffers)
    self.layout = layout
    self.origin = origin
    super.init(type, place)
  }

  init(_ type: TensorType, _ place: XLAPlacement, _ failure: XLAError) {
    result = .failure(failure)
    layout = place.standardLayout(rank: type.rank)
    origin = nil
    super.init(type, place)
  }

  var failure: XLAError? { if case .failure(let error) = result { error } else { nil } }
  var buffers: XLABuffers { get throws(XLAError) { try result.get() } }

  override func wait() -> Bool {
    do throws(XLAError) {
      let buffers = try buffers
      try reading { () throws(PluginFailure) in try buffers.wait() }
      return true
    } catch {
      DeviceErrors.report(error, "reading elements", [type])
      return false
    }
  }

  override func copyElements(to destination: UnsafeMutableRawBufferPointer) {
    do throws(XLAError) {
      let buffers = try buffers
      try reading { () throws(PluginFailure) in try layout.copy(buffers, type, to: destination) }
    } catch {
      DeviceErrors.report(error, "reading elements", [type])
    }
  }

  private func reading(_ body: () throws(PluginFailure) -> Void) throws(XLAError) {
    do throws(PluginFailure) { try body() } catch {
      // Programs run on after they were called, and what goes wrong in them is known only now.
      throw origin?.program.failure(error, "reading elements of ", origin?.path, on: device)
        ?? error.during("reading elements", on: device.description)
    }
  }
}

extension Tensor {
  /// Addresses of the elements in the memory of each device, by which tests see that memory is used again.
  package var deviceAddresses: [UInt]? {
    guard let buffers = try? (deviceValue as? XLAValue)?.buffers else { return nil }
    return buffers.pointers.map { jn_pjrt_buffer_address(buffers.core.api, $0) }
  }
}
