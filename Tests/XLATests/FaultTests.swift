import CPJRT
import Foundation
import JAXnet
import TestSupport
import Testing
import XLA

@Suite("What goes wrong with plugins")
struct PluginFaultTests {
  @Test func aPathWithoutALibrary() throws {
    let error = #expect(throws: XLAError.self) { try XLAPlugin(path: "/nowhere/plugin.so") }
    guard case .notLoaded(path: "/nowhere/plugin.so", let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.contains("No such file"))
  }

  @Test func aFileThatIsNoLibrary() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("plugin.so", Array("not a library".utf8))
    let error = #expect(throws: XLAError.self) { try XLAPlugin(path: path) }
    guard case .notLoaded(path, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func aLibraryThatIsNoPlugin() throws {
    let error = #expect(throws: XLAError.self) { try XLAPlugin(path: "libz.so.1") }
    #expect(error == .notAPlugin(path: "libz.so.1", reason: "it has no function GetPjrtApi"))
    #expect("\(error!)".contains("hint: name the shared library itself"))
  }

  /// Tables as a plugin could answer them.
  @Test(arguments: [
    (0, 0, 0, JN_PJRT_NOT_A_PLUGIN), (640, 1, 60, JN_PJRT_UNSUPPORTED_VERSION),
    (640, 0, 54, JN_PJRT_UNSUPPORTED_VERSION),
    (400, 0, 60, JN_PJRT_UNSUPPORTED_VERSION), (640, 0, 60, JN_PJRT_UNSUPPORTED_VERSION),
  ])
  func aTableThatCannotBeUsed(size: Int, major: Int32, minor: Int32, code: jn_pjrt_code) {
    // The words of the table: its size, extensions, then the version's size, extensions and two numbers, then functions.
    var table = [Int](repeating: 0, count: 90)
    (table[0], table[2]) = (size, 24)
    table[4] = Int(major) | Int(minor) << 32
    // In the last case a single function is missing.
    if size == 640 { for i in 5..<78 { table[i] = 1 } }
    var status = jn_pjrt_status()
    table.withUnsafeBytes { jn_pjrt_check($0.baseAddress, &status) }
    #expect(status.code == code.rawValue)
    #expect(status.message != nil)
    jn_pjrt_free(status.message)
  }

  @Test func noPluginAnywhere() {
    let error = XLAError.noPlugin(searched: ["/a", "/b"])
    #expect(
      "\(error)" == """
        there is no PJRT plugin in
            /a
            /b
          hint: for this machine's processors, Tools/xla-cpu fetches one; for NVIDIA GPUs, pip install jax-cuda12-pjrt; for TPUs, \
        pip install libtpu; or name the library in JAXNET_PJRT_PLUGIN
        """)
  }
}

@Suite("What goes wrong on devices", .enabled(if: TestDevice.isThere, "there is no plugin"))
struct DeviceFaultTests {
  let device = TestDevice.first

  @Test func memoryThatIsNotThere() throws {
    let huge = jit({ (x: Tensor) in x.broadcast(to: [1 << 24, 1 << 24]) + 1 }, on: device)
    let error = #expect(throws: XLAError.self) {
      try throwingDeviceErrors { _ = huge(ones([1])).moved(to: .host) }
    }
    guard case .runtime(_, "cpu:0", .resourceExhausted, let message) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(message.lowercased().contains("memory"))
    #expect(jit({ (x: Tensor) in x + 1 }, on: device)(ones([1])).scalar(as: Int.self) == 2)
  }

  /// What the error says of a module that is called on the device.
  private func error(of module: Layer, compiled: Bool) -> String {
    let (net, x) = (
      Sequential {
        tanh; module
      }, ones([1]).moved(to: device)
    )
    let params = net.initParams(PRNGKey(0), x)
    let call = { (x: Tensor) in net(params, x) }
    let error = #expect(throws: XLAError.self) {
      try throwingDeviceErrors { (compiled ? jit(call)(x) : call(x)).waitUntilReady() }
    }
    // It is told by the call, or when the result is waited for.
    return (error?.description ?? "").replacing("reading elements of ", with: "", maxReplacements: 1)
  }

  /// The plugin's words name no operation then; the program's largest values say in which module they are.
  @Test func memoryThatAModuleDoesNotGet() {
    let wide = parametrized("wide") { (x: Tensor) in exp(x.broadcast(to: [1 << 24, 1 << 24])) }
    #expect(
      error(of: wide, compiled: true) == """
        jit: cpu:0 reports resourceExhausted: Out of memory allocating 1125899906842624 bytes.
          large value: float32[16777216, 16777216] of broadcastInDim in sequential.layers[1].wide
          large value: float32[16777216, 16777216] of exp in sequential.layers[1].wide
          hint: make batches smaller, or let go of tensors on the device that are no longer needed
        """)
  }

  /// A single operation, and a program that is compiled within a module.
  @Test func whatIsRunWithinAModuleNamesIt() {
    let single = parametrized("single") { (x: Tensor) in x.broadcast(to: [1 << 24, 1 << 24]) }
    #expect(
      error(of: single, compiled: false).hasPrefix(
        "broadcastInDim in sequential.layers[1].single: cpu:0 reports resourceExhausted: "))
    let compiling = parametrized("compiling") { (x: Tensor) in
      jit { (x: Tensor) in exp(x.broadcast(to: [1 << 24, 1 << 24])) }(x)
    }
    #expect(
      error(of: compiling, compiled: false).hasPrefix(
        "jit in sequential.layers[1].compiling: cpu:0 reports resourceExhausted: "))
  }

  @Test func whatIsComputedFromAnErrorIsTheSameError() throws {
    let huge = jit({ (x: Tensor) in x.broadcast(to: [1 << 24, 1 << 24]) + 1 }, on: device)
    #expect(throws: XLAError.self) { try throwingDeviceErrors { _ = sum(huge(ones([1])) * 2).scalar(as: Float.self) } }
  }

  @Test func tensorsOfOtherTypes() throws {
    let program = try lower { (x: Tensor) in x * 2 }(ones([2])).compile(on: device)
    #expect(try program([ones([2])])[0].array(of: Int.self) == [2, 2])
    for wrong in [[ones([3])], [ones([2], dtype: .int32)], [], [ones([2]), ones([2])]] {
      let error = #expect(throws: XLAError.self) { try program(wrong) }
      guard case .arguments(let problem) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(problem.problem.contains("float32[2]"))
    }
  }

  @Test func twoClients() throws {
    let other = try XLAClient(TestDevice.client!.plugin, options: ["cpu_device_count": .integer(2)], cache: nil)
    #expect(other.devices.count == 2 && other.devices[0] != device)
    let x = ones([2]).moved(to: other.devices[1])
    #expect((x + 1).device == other.devices[1])
    #expect(x.moved(to: device).device == device)
    #expect(x.moved(to: device).array(of: Int.self) == [1, 1])
  }

  @Test func aDeviceThatIsNotThere() {
    #expect(
      "\(XLAError.noDevice(platform: "cuda", count: 1, index: 3))"
        == "there is no device 3: the plugin for cuda has 1")
  }

  /// A tensor outlives the client that made it, and a result its program.
  @Test func clientsEndWhenNothingUsesThem() throws {
    var client: XLAClient? = try XLAClient(TestDevice.client!.plugin, cache: nil)
    weak let wrapper = client
    weak let life = client!.life
    var y: Tensor? = jit({ (x: Tensor) in x + 1 }, on: client!.devices[0])(ones([2]))
    client = nil
    #expect(wrapper == nil && life != nil)
    #expect(y!.array(of: Int.self) == [2, 2])
    y = nil
    #expect(life == nil)
  }

  /// What a device keeps of the operations that it performed by themselves does not keep the device.
  @Test func devicesEndWhenNothingUsesThem() throws {
    weak var device: XLADevice?
    weak var life: AnyObject?
    do {
      let client = try XLAClient(TestDevice.client!.plugin, cache: nil)
      (device, life) = (client.devices[0], client.life)
      let x = ones([2]).moved(to: client.devices[0])
      #expect((x + 1).array(of: Int.self) == [2, 2])
      #expect((x + 1).device == client.devices[0])
    }
    #expect(device == nil && life == nil)
  }
}
