import Compat
import Foundation
import JAXnet
import TestSupport
import Testing

/// Parameters that Tools/export-params wrote in Python: loaded, they give the outputs that their networks have there.
@Suite struct PythonParamsTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Golden/exported").path

  private func file(_ name: String) -> String { "\(Self.folder)/\(name).safetensors" }

  private func expectation(_ name: String) throws -> (inputs: Tensor, outputs: Tensor) {
    let expected = try Safetensors(contentsOf: file("\(name).expected"))
    return (expected["in"]!, expected["out"]!)
  }

  private let mlp = Sequential {
    flatten; Dense(5); relu; Dense(2)
  }

  @Test func flax() throws {
    let (inputs, outputs) = try expectation("flax")
    let net = Sequential {
      Conv(3, [3, 3], padding: .same); relu; LayerNorm(); flatten; Dense(4); relu; Dense(2)
    }
    let params = try net.loadParams(
      from: file("flax"), inputs,
      names: [
        "layers[0]": "Conv_0", "layers[2]": "LayerNorm_0", "layers[4]": "Dense_0", "layers[6]": "Dense_1",
      ])
    expectClose(net(params, inputs), outputs, relative: 1e-5, absolute: 1e-5)
  }

  @Test func haiku() throws {
    let (inputs, outputs) = try expectation("haiku")
    let params = try mlp.loadParams(
      from: file("haiku"), inputs,
      names: ["layers[1]": "mlp.~.linear_0", "layers[3]": "mlp.~.linear_1", "kernel": "w", "bias": "b"])
    expectClose(mlp(params, inputs), outputs, relative: 1e-5, absolute: 1e-5)
  }

  @Test func jaxnet() throws {
    let (inputs, outputs) = try expectation("jaxnet")
    let params = try mlp.loadParams(from: file("jaxnet"), inputs)
    expectClose(mlp(params, inputs), outputs, relative: 1e-5, absolute: 1e-5)
    // Within a larger model they are a part.
    let model = parametrized("model", ["net": mlp]) { p, x in p["net"]!(x) }
    let part = try model.loadParams(from: file("jaxnet"), inputs, names: ["net": ""])
    expectEqual(model(part, inputs), mlp(params, inputs))
  }

  @Test func staxParameters() throws {
    let (inputs, outputs) = try expectation("stax")
    let (initFun, applyFun) = stax.serial(
      stax.Conv(3, [3, 3]), stax.BatchNorm(), stax.Relu, stax.Flatten, stax.FanOut(2),
      stax.parallel(stax.Dense(2), stax.serial(stax.Dense(2), stax.Tanh)), stax.FanInSum)
    let params = try PyTree(contentsOf: file("stax"))
    #expect("\(params)" == "\(initFun(PRNGKey(0), inputs.shape).params)")
    expectClose(applyFun(params, inputs), outputs, relative: 1e-5, absolute: 1e-5)

    // The same in modules.
    let (first, second) = (
      Dense(2),
      Sequential {
        Dense(2); tanh
      }
    )
    let net = Sequential {
      Conv(3, [3, 3])
      asModule(stax.BatchNorm())
      relu
      flatten
      parametrized("sum", ["branches": [first, second]]) { p, x in p["branches"]![0](x) + p["branches"]![1](x) }
    }
    var names = Params(params).leafPaths
    #expect(names.removeLast() == "layers[5].branches[1].layers[0].bias")
    let parts = params.parts
    let loaded: Params = [
      "layers": [
        Params(parts[0], like: Conv(3, [3, 3]).initParams(PRNGKey(0), inputs)), Params(parts[1]), [:], [:],
        Params(parts[5]),
      ]
    ]
    expectClose(net(loaded, inputs), outputs, relative: 1e-5, absolute: 1e-5)
  }

  @Test func aStaxFileInAModule() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/params.safetensors"
    let x = ones([2, 3])
    let params = stax.serial(stax.Dense(4), stax.Relu, stax.Dense(2)).initFun(PRNGKey(0), x.shape).params
    // As Python writes it.
    try Safetensors(
      tensors: Array(zip(params.leafPaths, params.leaves)),
      metadata: ["pytree": #"{"list": [["*", "*"], [], ["*", "*"]]}"#]
    ).write(to: path)
    let net = Sequential {
      Dense(4); relu; Dense(2)
    }
    let initial = net.initParams(PRNGKey(1), x)
    let loaded = try Params.load(fromStax: path, like: initial)
    for (a, b) in zip(loaded.leaves, params.leaves) { expectEqual(a, b) }

    let other = Sequential {
      Dense(4); relu; relu; Dense(3)
    }
    #expect(
      throws: ModelFileError.mismatch(
        path: path,
        LoadReport(
          missing: ["layers[3].kernel", "layers[3].bias"], unused: ["layers[2].kernel", "layers[2].bias"]))
    ) { try Params.load(fromStax: path, like: other.initParams(PRNGKey(1), x)) }
    #expect(
      throws: ModelFileError.mismatch(
        path: path,
        LoadReport(wrongTypes: [
          .init(
            name: "layers[0].kernel", expected: TensorType(.float32, [5, 4]), found: TensorType(.float32, [3, 4]))
        ]))
    ) { try Params.load(fromStax: path, like: net.initParams(PRNGKey(1), ones([2, 5]))) }
  }

  @Test func mistakesSayWhatIsWrong() throws {
    let inputs = try expectation("haiku").inputs
    let error = #expect(throws: ModelFileError.self) {
      try mlp.loadParams(
        from: file("haiku"), inputs, names: ["layers[1]": "mlp.~.linear_1", "layers[3]": "linear_1", "kernel": "w"])
    }
    #expect(
      "\(error!)" == """
        \(file("haiku")) does not hold the parameters asked for
          missing: mlp.~.linear_1.bias, linear_1.w, linear_1.bias
          not asked for: mlp.~.linear_0.b, mlp.~.linear_0.w, mlp.~.linear_1.b
          mlp.~.linear_1.w: expected shape [50, 5], found [5, 2]
        """)
    #expect(
      throws: ModelFileError.invalidTree(
        path: file("haiku"),
        problem: "its metadata have no structure of tuples and lists, `pytree`, as Tools/export-params writes it")
    ) { try PyTree(contentsOf: file("haiku")) }
  }

  @Test(
    arguments: [
      ("[\"*\"", "its metadata `pytree` is not JSON"),
      ("7", "its metadata `pytree` is not a structure of tuples and lists"),
      (#"{"list": [["*", "*"]]}"#, "there is no tensor \"[0][1]\""),
      (#"{"list": [[]]}"#, "it has 1 tensors, but a structure of 0"),
    ]) func brokenStructures(metadata: String, problem: String) throws
  {
    let folder = try TemporaryFolder()
    let path = folder.path + "/broken.safetensors"
    try Safetensors(tensors: [("[0][0]", ones([2]))], metadata: ["pytree": metadata]).write(to: path)
    #expect(throws: ModelFileError.invalidTree(path: path, problem: problem)) { try PyTree(contentsOf: path) }
  }
}
