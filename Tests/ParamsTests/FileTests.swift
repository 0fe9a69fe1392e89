import Foundation
import JAXnet
import TestSupport
import Testing

/// Saved parameters, and what files may hold instead.
@Suite struct FileTests {
  let x = ones([2, 3])

  @Test func whatIsSavedIsLoaded() throws {
    try withTemporaryFile { path in
      let net = Sequential {
        Dense(4); relu; Dense(2, kernelInit: glorot(dtype: .bfloat16))
      }
      let params = net.initParams(PRNGKey(0), x)
      try params.save(to: path)
      let named = try Params.load(from: path)
      #expect(named.leafPaths == params.leafPaths)
      let like = try Params.load(from: path, like: net.initParams(PRNGKey(1), x))
      let checked = try net.loadParams(from: path, x)
      for loaded in [named, like, checked] {
        for (a, b) in zip(loaded.leaves, params.leaves) { expectEqual(a, b) }
        expectEqual(net(loaded, x), net(params, x))
      }
    }
  }

  @Test func sharedParametersAreSavedOnceAndStayShared() throws {
    try withTemporaryFile { path in
      let layer = Dense(3)
      let loss = parametrized("loss") { (x: Tensor) in
        sum(
          Sequential {
            layer; relu; layer
          }(layer(x)))
      }
      let params = loss.initParams(PRNGKey(0), x)
      try params.save(to: path)
      #expect(try Safetensors(contentsOf: path).tensors.count == 2)
      let loaded = try Params.load(from: path)
      #expect(loaded.leaves.count == 2)
      #expect(loaded.sequential.layers[0] === loaded.sequential.layers[2])
      expectEqual(loss(loaded, x), loss(params, x))
      // Loaded like initial parameters, they are found by the modules that they belong to.
      let like = try loss.loadParams(from: path, x)
      #expect(layer.paramsFrom([loss: like]) === like.dense)
    }
  }

  @Test func oneTensor() throws {
    try withTemporaryFile { path in
      try Params(Tensor([1, 2, 3])).save(to: path)
      expectEqual(try Params.load(from: path).tensor, Tensor([1, 2, 3]))
    }
  }

  @Test func aFileWithOtherParametersSaysWhichOnes() throws {
    try withTemporaryFile { path in
      let params: Params = ["a": Params(ones([2])), "b": Params(ones([3])), "c": Params(ones([]))]
      try params.save(to: path)
      let wanted: Params = ["a": Params(ones([2, 2])), "c": Params(ones([])), "d": Params(ones([1]))]
      let error = #expect(throws: ModelFileError.self) { try Params.load(from: path, like: wanted) }
      #expect(
        error?.description == """
          \(path) does not hold the parameters asked for
            missing: d
            not asked for: b
            a: expected shape [2, 2], found [2]
          """)
    }
  }

  @Test func allElementTypes() throws {
    try withTemporaryFile { path in
      let tensors = DType.allCases.map { ("\($0)", (arange(6) - 2).asType($0).reshaped(to: [2, 3])) }
      let file = Safetensors(
        tensors: tensors + [("empty", zeros([0, 4])), ("quote\"\\\n", ones([]))], metadata: ["é": "\u{1}\"x\\"])
      try file.write(to: path)
      let read = try Safetensors(contentsOf: path)
      #expect(read.metadata == file.metadata)
      #expect(read.tensors.count == file.tensors.count)
      for (name, tensor) in file.tensors { expectEqual(try #require(read[name]), tensor, name) }
    }
  }

  @Test func writingFailsWithoutAnyHarm() throws {
    try withTemporaryFile { path in
      #expect(throws: ModelFileError.self) { try Params(x).save(to: path + "/no/such/folder") }
      try Params(x).save(to: path)
      try Params(x * 2).save(to: path)
      expectEqual(try Params.load(from: path).tensor, x * 2)
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
      let error = #expect(throws: ModelFileError.self) { try Params.load(from: path + ".missing") }
      #expect(error?.description == "cannot read \(path).missing: No such file or directory")
      #expect(throws: ModelFileError.unreadable(path: folder, reason: "Is a directory")) {
        try Params.load(from: folder)
      }
    }
  }

  // MARK: Damaged and hostile files

  static let valid = #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#

  @Test(arguments: [
    ("no object", "[]"), ("no JSON", "{{"), ("not closed", "{"), ("an entry that is no object", #"{"w":1}"#),
    ("no element type", #"{"w":{"shape":[2],"data_offsets":[0,8]}}"#),
    ("an unknown element type", #"{"w":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}"#),
    ("a negative size", #"{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#),
    ("two negative sizes", #"{"w":{"dtype":"F32","shape":[-2,-1],"data_offsets":[0,8]}}"#),
    ("a size that is no integer", #"{"w":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}"#),
    ("a size that is a truth value", #"{"w":{"dtype":"F32","shape":[2,true],"data_offsets":[0,8]}}"#),
    ("sizes whose product overflows", #"{"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}"#),
    (
      "sizes whose product overflows but for a 0",
      #"{"w":{"dtype":"F32","shape":[0,9223372036854775807,2],"data_offsets":[0,0]}}"#
    ),
    ("a size too large for an integer", #"{"w":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}"#),
    ("one offset", #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#),
    ("three offsets", #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}"#),
    ("offsets in the wrong order", #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#),
    ("a negative offset", #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#),
    ("offsets that do not fit the shape", #"{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#),
    ("a gap", #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#),
    ("elements beyond the end", #"{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#),
    ("elements that nothing names", #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#),
    (
      "an overlap",
      #"{"v":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
    ),
    ("metadata that is no text", #"{"__metadata__":{"a":1},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#),
    ("a bool that is 2", #"{"w":{"dtype":"BOOL","shape":[8],"data_offsets":[0,8]}}"#),
  ])
  func aWrongHeaderIsRejected(what: String, header: String) throws {
    try withTemporaryFile { path in
      try write(header, elements: [2, 0, 0, 0, 0, 0, 0, 0], to: path)
      #expect(throws: ModelFileError.self) { try Safetensors(contentsOf: path) }
    }
  }

  @Test func aCutFileIsRejectedWhereverItIsCut() throws {
    try withTemporaryFile { path in
      try write(Self.valid, elements: [0, 0, 128, 63, 0, 0, 0, 64], to: path)
      expectEqual(try #require(try Safetensors(contentsOf: path)["w"]), Tensor([1.0, 2.0]))
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      for count in 0..<whole.count {
        try whole.prefix(count).write(to: URL(fileURLWithPath: path))
        #expect(throws: ModelFileError.self) { try Safetensors(contentsOf: path) }
      }
    }
  }

  @Test(arguments: [
    ["a", "a.b"], ["a.b", "a"], ["[0]", "a"], ["a..b"], ["a[x]"], ["a[-1]"], ["a[0"], [".a"], ["a/b"], ["", "a"],
    ["a[99999999999999999999]"], ["a[2000000]"], (0..<20).map { "a\($0)[99999]" },
    [String(repeating: "[0]", count: 100_000)],
  ])
  func namesThatMakeNoTreeAreRejected(names: [String]) throws {
    try withTemporaryFile { path in
      try Safetensors(tensors: names.map { ($0, ones([])) }).write(to: path)
      #expect(throws: ModelFileError.self) { try Params.load(from: path) }
    }
  }

  @Test(arguments: [
    "no JSON", "{}", #"[["b"]]"#, #"[["a"],["b","c"]]"#, "[]", "[[]]", #"[["a"],["a"]]"#, #"[["a"],["a.b","a"]]"#,
  ])
  func aTreeThatMakesNoSenseIsRejected(tree: String) throws {
    try withTemporaryFile { path in
      try Safetensors(tensors: [("a", ones([]))], metadata: ["tree": tree]).write(to: path)
      #expect(throws: ModelFileError.self) { try Params.load(from: path) }
    }
  }

  private func write(_ header: String, elements: [UInt8], to path: String) throws {
    var size = UInt64(header.utf8.count).littleEndian
    let bytes = withUnsafeBytes(of: &size) { Data($0) } + Data(header.utf8) + Data(elements)
    try bytes.write(to: URL(fileURLWithPath: path))
  }
}

/// Calls `body` with the path of a file in a new folder, which is removed afterwards.
private func withTemporaryFile(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder.appendingPathComponent("model.safetensors").path)
}
