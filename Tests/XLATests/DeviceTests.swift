import Foundation
import JAXnet
import TestSupport
import Testing
import XLA

/// A device to test with, of a client that all tests share; nil where there is no plugin for processors.
enum TestDevice {
  static let client: XLAClient? = {
    do {
      return try XLAClient(XLAPlugin.find(), options: ["cpu_device_count": .integer(4)], cache: nil)
    } catch {
      print("The tests of XLA are skipped: \(error)")
      return nil
    }
  }()
  static var first: XLADevice { client!.devices[0] }
  static var isThere: Bool { client != nil }
}

@Suite("Devices", .enabled(if: TestDevice.isThere, "there is no plugin"))
struct DeviceTests {
  let device = TestDevice.first

  @Test(arguments: DType.allCases)
  func elementsComeBackFromTheDevice(dtype: DType) {
    let values = arange(24, dtype: .int32).asType(dtype).reshaped(to: [2, 3, 4])
    let moved = values.moved(to: device)
    #expect(moved.device == device && moved.type == values.type)
    #expect(moved.array(of: Double.self) == values.array(of: Double.self))
    #expect(moved.moved(to: .host).device == .host)
    #expect(zeros([0, 3], dtype: dtype).moved(to: device).array(of: Double.self) == [])
    #expect(ones([], dtype: dtype).moved(to: device).scalar(as: Int.self) == 1)
  }

  @Test func operationsAreWhereTheirOperandsAre() {
    let x = Tensor([1.0, 2.0, 3.0]).moved(to: device)
    let y = x * 2 + Tensor([10.0, 20.0, 30.0])
    #expect(y.device == device)
    #expect(y.array(of: Float.self) == [12, 24, 36])
    #expect(sum(y).device == device)
  }

  @Test func compiledFunctionsRunWhereTheyAreTold() {
    let function = jit({ (x: Tensor, y: Tensor) in (x + y, sum(x * y)) }, on: device)
    let (total, product) = function(Tensor([1.0, 2.0]), Tensor([3.0, 4.0]))
    #expect(total.device == device && product.device == device)
    #expect(total.array(of: Float.self) == [4, 6])
    #expect(product.scalar(as: Float.self) == 11)
  }

  @Test func compiledFunctionsRunWhereTheirArgumentsAre() {
    let function = jit { (x: Tensor) in x * x }
    #expect(function(Tensor([3.0])).device == .host)
    #expect(function(Tensor([3.0]).moved(to: device)).device == device)
    #expect(function(Tensor([3.0])).device == .host)
  }

  @Test func aDefaultDeviceTakesEverything() {
    let function = jit { (x: Tensor) in x + 1 }
    let (eager, compiled, gradient) = withDefaultDevice(device) {
      (exp(Tensor([0.0])), function(Tensor([1.0])), grad { (x: Tensor) in sum(x * x) }(Tensor([3.0])))
    }
    for tensor in [eager, compiled, gradient] { #expect(tensor.device == device) }
    #expect([eager, compiled, gradient].map { $0.scalar(as: Float.self) } == [1, 2, 6])
    #expect(exp(Tensor([0.0])).device == .host)
  }

  @Test func memoryIsGivenToResultsWhereNothingElseHoldsIt() {
    let step = jit({ (x: Tensor) in x + 1 }, on: device)
    var x = zeros([1000]).moved(to: device)
    let kept = x
    x = step(x)
    #expect(kept.array(of: Float.self)[0] == 0)
    let (own, others) = (x.deviceAddresses, kept.deviceAddresses)
    for _ in 0..<10 { x = step(consume x) }
    #expect(x.deviceAddresses == own && own != others && own?.allSatisfy { $0 != 0 } == true)
    #expect(x.array(of: Float.self) == [Float](repeating: 11, count: 1000))
  }

  @Test func tensorsOnTheDeviceArePrinted() {
    #expect("\(Tensor([1.0, 2.5]).moved(to: device))" == "[1.  2.5]")
    #expect("\(Tensor(3.5).moved(to: device))" == "3.5")
    #expect(String(reflecting: Tensor([1, 2]).moved(to: device)) == "Tensor([1, 2], int32)")
  }

  @Test func tensorsTakenFromOutsideMayBeAnywhere() {
    let (small, large) = (Tensor([1.0, 2.0]), uniform(PRNGKey(0), [3000]))
    func program(_ small: Tensor, _ large: Tensor) -> (Tensor) -> Tensor {
      let inner = jit { (x: Tensor) in sum(large) + x }
      return { x in foriLoop(0, 2, x) { _, x in inner(x + sum(small)) } }
    }
    let expected = program(small, large)(Tensor(1.0)).scalar(as: Float.self)
    for place in [Device.host, device] {
      let function = program(small.moved(to: device), large.moved(to: device))
      let value = jit(function, on: place)(Tensor(1.0)).scalar(as: Float.self)
      #expect(abs(value - expected) <= 1e-3)
    }
  }

  @Test func randomBitsAreTheSame() {
    let key = PRNGKey(42)
    let draw = { (key: PRNGKey) in (bits(key, [1000]), uniform(key, [1000]), permutation(key, 100)) }
    let (here, there) = (draw(key), jit(draw, on: device)(key))
    #expect(here.0.array(of: UInt32.self) == there.0.array(of: UInt32.self))
    #expect(here.1.array(of: Float.self) == there.1.array(of: Float.self))
    #expect(here.2.array(of: Int.self) == there.2.array(of: Int.self))
  }

  @Test func parametersAreSavedFromTheDevice() throws {
    let net = Sequential {
      Dense(3); relu
    }
    let params = net.initParams(PRNGKey(0), ones([1, 2]))
    let folder = try TemporaryFolder()
    try params.moved(to: device).save(to: folder.path + "/params.safetensors")
    let loaded = try net.loadParams(from: folder.path + "/params.safetensors", ones([1, 2]))
    for (a, b) in zip(loaded.leaves, params.leaves) { #expect(a.array(of: Float.self) == b.array(of: Float.self)) }
  }
}
