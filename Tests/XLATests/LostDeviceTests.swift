import CFaultyPlugin
import JAXnet
import TestSupport
import Testing
import XLA

/// A plugin whose functions fail when they are told to, over the one for processors: devices that are lost while programs run.
@Suite("Devices that fail", .serialized, .enabled(if: TestDevice.isThere, "there is no plugin"))
struct LostDeviceTests {
  private let plugin: XLAPlugin

  init() throws {
    faulty_mend()
    faulty_hide_devices(false)
    plugin = try XLAPlugin(
      table: try #require(faulty_plugin(TestDevice.client!.plugin.path)), path: "faulty plugin")
  }

  private func device() throws -> XLADevice { try XLAClient(plugin, cache: nil).devices[0] }

  private func expect(
    _ error: XLAError?, _ code: XLAError.Code, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    guard case .runtime(_, _, code, message) = error else {
      Issue.record("\(String(describing: error))", sourceLocation: sourceLocation)
      return
    }
  }

  @Test func aClientThatDoesNotStart() {
    faulty_break(FAULTY_CLIENT_CREATE, 14, "no driver", 0)
    let error = #expect(throws: XLAError.self) { try XLAClient(plugin, cache: nil) }
    expect(error, .unavailable, "no driver")
    #expect("\(error!)" == "starting a client: faulty plugin reports unavailable: no driver")
  }

  @Test func aPluginWithoutDevices() {
    faulty_hide_devices(true)
    let error = #expect(throws: XLAError.self) { try XLAClient(plugin, cache: nil) }
    #expect(error == .noDevice(platform: "cpu", count: 0, index: 0))
  }

  @Test func aProgramThatIsNotCompiled() throws {
    let device = try device()
    faulty_break(FAULTY_COMPILE, 12, "no such operation", 0)
    let function = jit({ (x: Tensor) in x + 1 }, on: device)
    let error = #expect(throws: XLAError.self) { try throwingDeviceErrors { _ = function(ones([2])) } }
    expect(error, .unimplemented, "no such operation")
  }

  /// A training loop goes on from the last state that was read when the device is there again.
  @Test func aDeviceLostBetweenSteps() throws {
    let device = try device()
    let step = jit({ (x: Tensor) in x * 2 }, on: device)
    var x = ones([2]).moved(to: device)
    x = step(consume x)
    let saved = x.moved(to: .host)
    faulty_break(FAULTY_EXECUTE, 14, "the device is lost", 1)
    let error = #expect(throws: XLAError.self) {
      try throwingDeviceErrors {
        for _ in 0..<5 { x = step(consume x) }
        #expect(x.array(of: Int.self) == [0, 0])
      }
    }
    expect(error, .unavailable, "the device is lost")
    // What there is not cannot be read later, either.
    #expect(throws: XLAError.self) { try throwingDeviceErrors { _ = x.array(of: Int.self) } }
    faulty_mend()
    #expect(step(saved).array(of: Int.self) == [4, 4])
  }

  /// That is known only when a result is read; the error names the program that computes it, and its place in the modules.
  @Test func aDeviceLostWhileAProgramRuns() throws {
    let device = try device()
    let net = parametrized("net") { (x: Tensor) in jit({ (x: Tensor) in x * 2 }, on: device)(x) }
    let y = net(net.initParams(PRNGKey(0), ones([2])), ones([2]))
    faulty_break(FAULTY_EVENT_AWAIT, 15, "memory is damaged", 0)
    let error = #expect(throws: XLAError.self) { try throwingDeviceErrors { _ = y.array(of: Int.self) } }
    expect(error, .dataLoss, "memory is damaged")
    #expect("\(error!)" == "reading elements of jit in net: cpu:0 reports dataLoss: memory is damaged")
  }

  @Test func elementsThatDoNotArrive() throws {
    let device = try device()
    faulty_break(FAULTY_UPLOAD, 8, "no memory", 0)
    let error = #expect(throws: XLAError.self) { try throwingDeviceErrors { _ = ones([2]).moved(to: device) } }
    expect(error, .resourceExhausted, "no memory")
    #expect("\(error!)".contains("hint: make batches smaller"))
    faulty_mend()
    let x = ones([2]).moved(to: device)
    faulty_break(FAULTY_DOWNLOAD, 14, "the device is lost", 0)
    expect(
      #expect(throws: XLAError.self) { try throwingDeviceErrors { _ = x.array(of: Int.self) } }, .unavailable,
      "the device is lost")
  }

  /// On a mesh, what has arrived on some devices before another one fails is not left behind, and the text names the mesh.
  @Test func oneDeviceOfAMesh() throws {
    let client = try XLAClient(plugin, options: ["cpu_device_count": .integer(4)], cache: nil)
    let mesh = Mesh(["data": 4], client.devices)
    faulty_break(FAULTY_UPLOAD, 14, "the device is lost", 2)
    let error = #expect(throws: XLAError.self) { try throwingDeviceErrors { _ = ones([4]).moved(to: mesh, ["data"]) } }
    expect(error, .unavailable, "the device is lost")
    #expect("\(error!)".contains("mesh(data: 4 of cpu:0 … cpu:3)"))
  }
}
