import Foundation
import JAXnet
import TestSupport
import Testing

/// Loading a part, other libraries' files, and damaged ones.
@Suite struct LoadingTests {
  let net = Sequential {
    Dense(3); relu; Dense(2)
  }
  let x = ones([1, 5])

  static func fixture(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Golden/models/\(name)").path
  }

  // MARK: Reports

  @Test func whatFitsIsLoaded() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/part.safetensors"
    let initial = net.initParams(PRNGKey(0), x)
    try Safetensors(tensors: [
      ("layers[0].kernel", ones([5, 3])), ("layers[0].bias", ones([3], dtype: .float16)),
      ("layers[2].kernel", ones([2, 3])),
      ("old.weights", ones([])),
    ]).write(to: path)
    let (params, report) = try initial.loadingWhatFits(from: path)
    #expect(report.matched == ["layers[0].kernel"])
    #expect(report.missing == ["layers[2].bias"])
    #expect(report.unused == ["old.weights"])
    #expect(report.wrongTypes.map(\.name) == ["layers[0].bias", "layers[2].kernel"])
    #expect(!report.isComplete)
    #expect(
      report.description == """
        1 loaded
        missing: layers[2].bias
        not asked for: old.weights
        layers[0].bias: expected float32, found float16
        layers[2].kernel: expected shape [3, 2], found [2, 3]
        """)
    expectEqual(params.layers[0].kernel, ones([5, 3]))
    #expect(params.layers[2] === initial.layers[2] && params.layers[0].bias.tensor === initial.layers[0].bias.tensor)

    let converted = try initial.loadingWhatFits(from: path, converting: true)
    #expect(converted.report.matched.count == 2)
    expectEqual(converted.tree.layers[0].bias, ones([3]))

    let error = #expect(throws: ModelFileError.self) { try Params.load(from: path, like: initial) }
    guard case .mismatch(_, report)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(throws: ModelFileError.self) { try net.loadParams(from: path, x) }
  }

  @Test func elementTypesAreChecked() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/half.safetensors"
    let params = net.initParams(PRNGKey(0), x)
    try params.mapLeaves { $0.asType(.bfloat16) }.save(to: path)
    let error = #expect(throws: ModelFileError.self) { try net.loadParams(from: path, x) }
    #expect(error?.description.contains("layers[0].kernel: expected float32, found bfloat16") == true)
    #expect(throws: ModelFileError.self) { try params.loadingLeaves(from: path) }
    let loaded = try net.loadParams(from: path, x, converting: true)
    expectEqual(loaded.layers[0].kernel, params.layers[0].kernel.tensor.asType(.bfloat16).asType(.float32))
    #expect(try params.loadingLeaves(from: path, converting: true).leaves.allSatisfy { $0.dtype == .float32 })
    // As it is, where nothing says how it should be.
    #expect(try Params.load(from: path).leaves.allSatisfy { $0.dtype == .bfloat16 })
  }

  @Test func stateOfTraining() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/state.safetensors"
    let loss = parametrized("loss") { [net] (x: Tensor) in sum(square(net(x))) }
    let optimizer = Adam(0.1)
    var state = optimizer.initialize(loss.initParams(PRNGKey(0), x))
    for _ in 0..<3 { state = optimizer.update(loss, state, x) }
    var calls: [(Int, Int)] = []
    try state.save(to: path) { calls.append(($0, $1)) }
    #expect(calls.last! == (calls.last!.1, calls.last!.1) && calls.count == state.leaves.count)
    let fresh = optimizer.initialize(loss.initParams(PRNGKey(1), x))
    let loaded = try fresh.loadingLeaves(from: path)
    let (a, b) = (optimizer.update(loss, state, x), optimizer.update(loss, loaded, x))
    for (a, b) in zip(a.leaves, b.leaves) { expectEqual(a, b) }
    // The parameters alone, out of the state.
    let table = Dictionary(
      uniqueKeysWithValues: try Safetensors(contentsOf: path).tensors.compactMap { name, tensor in
        name.hasPrefix("params.") ? (String(name.dropFirst("params.".count)), tensor) : nil
      })
    let (params, report) = fresh.params.loadingWhatFits(from: table)
    #expect(report.isComplete)
    for (a, b) in zip(params.leaves, state.params.leaves) { expectEqual(a, b) }
  }

  @Test func stateOfModules() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/statistics.safetensors"
    let net = Sequential {
      Dense(3); BatchNorm(momentum: 0.9)
    }
    let x = normal(PRNGKey(1), [4, 2])
    let params = net.initParams(PRNGKey(0), x)
    let (_, state) = net.applyInTraining(params, net.initState(x), x)
    #expect(!state.leaves.isEmpty)
    try state.save(to: path)
    let loaded = try Params.load(from: path, like: net.initState(x))
    expectEqual(net(params, x, state: loaded), net(params, x, state: state))
  }

  // MARK: Other libraries

  @Test func filesOfNumPysFormat() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/params.npz"
    let params = net.initParams(PRNGKey(0), x)
    for isCompressed in [false, true] {
      try NPZ.write(params.leavesByPath, to: path, compressed: isCompressed)
      let (loaded, report) = net.initParams(PRNGKey(1), x).loadingWhatFits(from: try NPZ.read(path))
      #expect(report.isComplete)
      for (a, b) in zip(loaded.leaves, params.leaves) { expectEqual(a, b) }
    }
    // Without parameters to compare with.
    let named = Params(paths: try NPZ.read(path).sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    expectEqual(net(named, x), net(params, x))
  }

  @Test func filesOfPython() throws {
    let safetensors = try net.loadParams(from: Self.fixture("network.safetensors"), x)
    let initial = net.initParams(PRNGKey(0), x)
    let (npz, report) = initial.loadingWhatFits(from: try NPZ.read(Self.fixture("network.npz")))
    let (compressed, _) = initial.loadingWhatFits(from: try NPZ.read(Self.fixture("compressed.npz")))
    #expect(report.isComplete)
    for params in [safetensors, npz, compressed] {
      expectEqual(params.layers[0].bias, Tensor([0.5, -1.0, 2.0]))
      expectEqual(params.layers[2].kernel, (arange(6) - 2).reshaped(to: [3, 2]).asType(.float32))
    }
    expectEqual(safetensors.layers[0].kernel, npz.layers[0].kernel)

    let file = try Safetensors(contentsOf: Self.fixture("types.safetensors"))
    for dtype in DType.allCases {
      let expected = dtype == .bool ? Tensor([false, true, false, true, false, true]) : arange(6).asType(dtype)
      expectEqual(try #require(file["\(dtype)"]), expected.reshaped(to: [2, 3]), "\(dtype)")
    }
    expectEqual(try #require(file["scalar"]), Tensor(7.5))
    #expect(file["empty"]?.shape == [0, 4])
    #expect(file.metadata["text"] == #"["\u00e4", "\n"]"#)
  }

  /// Python with the packages `safetensors` and `numpy`, if there is one: `JAXNET_PYTHON`, or `python3`.
  static let python = ProcessInfo.processInfo.environment["JAXNET_PYTHON"] ?? "python3"

  private static func run(_ script: String, _ arguments: String...) async throws -> Program.Result {
    try await Program.run("/usr/bin/env", [python, "-c", script] + arguments)
  }

  @Test(
    .enabled("needs Python with safetensors and numpy") {
      try await run("import safetensors.numpy, numpy").status == 0
    })
  func pythonReadsWhatIsWrittenHere() async throws {
    let folder = try TemporaryFolder()
    let (safetensors, npz) = (folder.path + "/params.safetensors", folder.path + "/params.npz")
    let params = net.initParams(PRNGKey(0), x)
    try params.save(to: safetensors)
    try NPZ.write(params.leavesByPath, to: npz)
    let script = """
      import sys, numpy
      from safetensors.numpy import load_file, save_file
      a, b = load_file(sys.argv[1]), numpy.load(sys.argv[2])
      assert sorted(a) == sorted(b) and len(a) == 4
      for name in a:
        assert a[name].dtype == b[name].dtype == 'float32' and (a[name] == b[name]).all()
      save_file({name: 2 * array for name, array in a.items()}, sys.argv[1])
      """
    let result = try await Self.run(script, safetensors, npz)
    #expect(result.status == 0, "\(result.errors)")
    let doubled = try net.loadParams(from: safetensors, x)
    for (a, b) in zip(doubled.leaves, params.leaves) { expectEqual(a, b * 2) }
  }

  // MARK: Damage

  @Test func noAccidentToAHeaderDoesHarm() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/model.safetensors"
    let layer = Dense(2)
    let net = Sequential {
      layer; layer; Dense(1)
    }
    let params = net.initParams(PRNGKey(0), ones([1, 2]))
    try params.save(to: path)
    let whole = try bytes(of: path)
    let headerSize = whole[..<8].enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    var (random, rejected) = (SplitMix64(seed: 7), 0)
    for round in 0..<6000 {
      // Half of the accidents leave the size right, so that what is behind it is looked at.
      var header = Array(whole[8..<(8 + headerSize)])
      var size = Array(whole[..<8])
      if round % 4 == 0 { size = mutated(size, &random) } else { header = mutated(header, &random) }
      if round % 4 != 3 && size.count == 8 && round % 4 != 0 {
        size = (0..<8).map { UInt8(header.count >> (8 * $0) & 0xff) }
      }
      let file = try folder.file("mutant", size + header + whole[(8 + headerSize)...])
      do throws(ModelFileError) {
        let loaded = try Params.load(from: file)
        // What is accepted is whole: all its bytes are those of tensors.
        #expect(loaded.byteCount <= whole.count + 64)
        _ = try? Params.load(from: file, like: params)
      } catch {
        rejected += 1
        #expect(error.description.contains(file))
      }
    }
    #expect(rejected > 3000 && rejected < 6000)
  }

  @Test(
    arguments: [
      ("a header of 2⁶³ bytes", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
      ("a header of more than 2⁶³ bytes", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
      ("a header of 100 MB", [0, 0xe1, 0xf5, 0x05, 0, 0, 0, 0]),
    ] as [(String, [UInt8])])
  func aHugeHeader(what: String, size: [UInt8]) throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("model.safetensors", size + Array("{}".utf8))
    #expect(throws: ModelFileError.self) { try Safetensors(contentsOf: file) }
  }

  @Test func numbersThatAreNone() throws {
    let folder = try TemporaryFolder()
    for number in ["NaN", "Infinity", "-1", "1e400", "1e3", "2.0000001", "0x8", "null", "\"2\"", "[2]", "--2"] {
      let header = #"{"w":{"dtype":"F32","shape":[\#(number)],"data_offsets":[0,8]}}"#
      let size = (0..<8).map { UInt8(header.utf8.count >> (8 * $0) & 0xff) }
      let file = try folder.file("model.safetensors", size + Array(header.utf8) + [UInt8](repeating: 0, count: 8))
      #expect(throws: ModelFileError.self, "\(number)") { try Safetensors(contentsOf: file) }
    }
  }

  @Test func deepJSON() throws {
    let folder = try TemporaryFolder()
    for header in [String(repeating: "[", count: 200_000), String(repeating: #"{"a":"#, count: 100_000)] {
      let size = (0..<8).map { UInt8(header.utf8.count >> (8 * $0) & 0xff) }
      let file = try folder.file("model.safetensors", size + Array(header.utf8))
      #expect(throws: ModelFileError.self) { try Safetensors(contentsOf: file) }
    }
  }

  @Test func tensorsOneByOne() throws {
    let file = try SafetensorsFile(Self.fixture("network.safetensors"))
    #expect(Set(file.entries.map(\.name)).count == 4 && file.byteCount == 4 * (15 + 3 + 6 + 2))
    expectEqual(try #require(try file.tensor(named: "layers[2].bias")), Tensor([1.0, -1.0]))
    #expect(try file.tensor(named: "layers[1].bias") == nil)
  }
}
