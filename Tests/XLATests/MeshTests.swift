import JAXnet
import TestSupport
import Testing
import XLA

@Suite("Meshes", .enabled(if: TestDevice.isThere, "there is no plugin"))
struct MeshTests {
  let mesh = Mesh(["data": 2, "model": 2], TestDevice.client!.devices)
  let line = Mesh(["data": 4], TestDevice.client!.devices)
  let x = arange(48, dtype: .float32).reshaped(to: [8, 6])

  @Test(
    arguments: [
      [], ["data"], [nil, "model"], ["data", "model"], ["model", "data"], [["data", "model"]], [["model", "data"]],
    ] as [PartitionSpec])
  func aDividedTensorComesBackWhole(spec: PartitionSpec) {
    let divided = x.moved(to: mesh, spec)
    #expect(divided.partitionSpec == spec)
    #expect(divided.array(of: Float.self) == x.array(of: Float.self))
    #expect(divided.moved(to: mesh, ["model", "data"]).array(of: Float.self) == x.array(of: Float.self))
  }

  @Test(arguments: [[], ["data"], [nil, "model"], ["model", "data"], [["model", "data"]]] as [PartitionSpec])
  func operationsKeepDivisions(spec: PartitionSpec) {
    let divided = x.moved(to: mesh, spec)
    let result = jit({ (x: Tensor) in (x * x + 1, sum(x, axis: 0), x.T) }, on: mesh)(divided)
    #expect(result.0.partitionSpec == spec)
    #expect(result.0.array(of: Float.self) == (x * x + 1).array(of: Float.self))
    #expect(result.1.partitionSpec == .whole)
    #expect(result.1.array(of: Float.self) == sum(x, axis: 0).array(of: Float.self))
    #expect(result.2.array(of: Float.self) == x.T.array(of: Float.self))
  }

  @Test func aFunctionSaysHowItsValuesAreDivided() {
    let function = jit({ (x: Tensor) in dot(x, x.T).partitioned(on: mesh, ["model", "data"]) }, on: mesh)
    let result = function(x.moved(to: mesh, ["data"]))
    #expect(result.partitionSpec == ["model", "data"])
    #expect(result.array(of: Float.self) == dot(x, x.T).array(of: Float.self))
    // On the host the same program runs undivided, and its derivative, too.
    let gradient = grad { (x: Tensor) in sum(dot(x, x.T).partitioned(on: mesh, ["data"])) }
    #expect(gradient(x).array(of: Float.self) == grad { (x: Tensor) in sum(dot(x, x.T)) }(x).array(of: Float.self))
  }

  @Test func partsAreCombinedByTheNameOfTheAxis() {
    func centered(_ x: Tensor) -> (Tensor, Tensor, Tensor) {
      let mean = pmean(sum(x, axis: 0), "data")
      return (x - mean, psum(sum(x), "data"), allGather(x[0], "data"))
    }
    let mapped = shardMap({ (x: Tensor) in centered(x) }, on: line, axis: "data", outAxes: [0, nil, nil])
    let parts = x.reshaped(to: [4, 2, 6])
    let expected = vmap({ (x: Tensor) in centered(x) }, outAxes: [0, nil, nil], axisName: "data")(parts)
    for (divided, where_) in [(mapped(x), "host"), (jit(mapped, on: line)(x.moved(to: line, ["data"])), "mesh")] {
      #expect(divided.0.array(of: Float.self) == expected.0.reshaped(to: [8, 6]).array(of: Float.self), "\(where_)")
      #expect(divided.1.scalar(as: Float.self) == expected.1.scalar(as: Float.self), "\(where_)")
      #expect(divided.2.array(of: Float.self) == expected.2.array(of: Float.self), "\(where_)")
    }
    #expect(jit(mapped, on: line)(x).0.partitionSpec == ["data"])
  }
}

/// A training step on several devices, from the program for one.
@Suite("Training on several devices", .enabled(if: TestDevice.isThere, "there is no plugin"))
struct DividedTrainingTests {
  let predict = Sequential {
    Dense(32); relu; Dense(8); logSoftmax
  }
  let optimizer = Momentum(0.1, mass: 0.9)
  let images = uniform(PRNGKey(1), [64, 20])
  let labels = randint(PRNGKey(2), [64], min: 0, max: 8)

  /// Parameters after ten steps of a program, first compiled by `compile`, whose inputs `place` puts in their places.
  func trained(
    on device: Device, _ place: (OptimizerState<Params>, Tensor, Tensor) -> (OptimizerState<Params>, Tensor, Tensor)
  ) -> (losses: [Float], params: OptimizerState<Params>) {
    let predict = predict
    let loss = parametrized("loss") { (images: Tensor, labels: Tensor) in
      mean(crossEntropy(predict(images), labels: labels))
    }
    let optimizer = optimizer
    let step = jit(
      { (state: OptimizerState<Params>, images: Tensor, labels: Tensor) in
        optimizer.updateAndGetLoss(loss, state, images, labels)
      }, on: device)
    var (state, images, labels) = place(
      optimizer.initialize(loss.initParams(PRNGKey(0), images, labels)), images, labels)
    var losses: [Float] = []
    for _ in 0..<10 {
      let value: Tensor
      (state, value) = step(consume state, images, labels)
      losses.append(value.scalar(as: Float.self))
    }
    return (losses, state)
  }

  @Test func dataParallelTrainingIsThatOfOneDevice() {
    let mesh = Mesh(["data": 4], TestDevice.client!.devices)
    let single = trained(on: .host) { ($0, $1, $2) }
    let divided = trained(on: mesh) { state, images, labels in
      (state.moved(to: mesh), images.moved(to: mesh, ["data"]), labels.moved(to: mesh, ["data"]))
    }
    expectClose(divided, single)
  }

  @Test func tensorParallelTrainingIsThatOfOneDevice() {
    let mesh = Mesh(["data": 2, "model": 2], TestDevice.client!.devices)
    let single = trained(on: .host) { ($0, $1, $2) }
    let divided = trained(on: mesh) { state, images, labels in
      // The first layer's columns and the second one's rows are divided: their product needs one sum over devices.
      let state = state.moved(to: mesh) { path, shape in
        switch shape {
        case [20, 32]: [nil, "model"]
        case [32]: ["model"]
        case [32, 8]: ["model"]
        default: .whole
        }
      }
      return (state, images.moved(to: mesh, ["data"]), labels.moved(to: mesh, ["data"]))
    }
    expectClose(divided, single)
    let kernels = divided.params.leaves.filter { $0.shape == [20, 32] }
    #expect(kernels.count == 2 && kernels.allSatisfy { $0.partitionSpec == [nil, "model"] })
  }

  func expectClose(
    _ a: (losses: [Float], params: OptimizerState<Params>), _ b: (losses: [Float], params: OptimizerState<Params>)
  ) {
    #expect(b.losses.first! - b.losses.last! > 0.05)
    for (x, y) in zip(a.losses, b.losses) { #expect(abs(x - y) <= 1e-5) }
    for (x, y) in zip(a.params.leaves, b.params.leaves) {
      let difference = max(abs(x.moved(to: .host).asType(.float32) - y.asType(.float32))).scalar(as: Float.self)
      #expect(difference <= 1e-5)
    }
  }
}
