import Autodiff
import Random
import Tensor
import TestSupport
import Testing

@Suite("Keys")
struct KeyTests {
  @Test("a seed gives JAX's key with 64-bit integers", arguments: golden.cases("key."))
  func seed(_ row: GoldenCase) {
    let seed = Int(row.string("seed")!)!
    expectEqual(PRNGKey(seed).data, row["key_x64"])
    expectEqual(PRNGKey(Tensor(seed, dtype: .int64)).data, row["key_x64"])
    // Where JAX's modes agree.
    if 0..<1 << 32 ~= seed { expectEqual(PRNGKey(seed).data, row["key"]) }
    // A 32-bit seed, as JAX treats every seed without 64-bit integers.
    expectEqual(PRNGKey(Tensor(seed, dtype: .int64).asType(.int32)).data, row["key"])
  }

  @Test("split gives JAX's keys", arguments: golden.cases("split.", "legacy.split."))
  func splitting(_ row: GoldenCase) {
    let keys = split(row.key, shape: row.shape)
    expectEqual(keys.data, row["out"])
    #expect(keys.shape == row.shape)
    #expect(keys.scheme == row.key.scheme)
    guard row.shape.count == 1 else { return }
    expectEqual(stack(split(row.key, row.shape[0]).map(\.data)), row["out"])
    if row.shape == [2] {
      let (first, second) = split(row.key)
      expectEqual(stack([first.data, second.data]), row["out"])
    }
  }

  @Test("foldIn gives JAX's keys", arguments: golden.cases("foldIn."))
  func folding(_ row: GoldenCase) {
    let data = row["data"]
    expectEqual(stack(data.array(of: Int.self).map { foldIn(row.key, $0).data }), row["out"])
    expectEqual(foldIn(row.key, data).data, row["out"], "an array of data")
    expectEqual(foldIn(row.key, data.asType(.int32)).data, row["out"], "negative numbers wrap")
  }

  @Test("foldIn is the same in the legacy scheme", arguments: golden.cases("legacy.foldIn."))
  func legacyFolding(_ row: GoldenCase) { expectEqual(foldIn(row.key, row.int("data")!).data, row["out"]) }

  @Test("a chain of splits and folds stays JAX's")
  func chain() {
    let row = golden("chain.42")
    var key = row.key
    for step in 0..<10 {
      let (next, subkey) = split(key)
      expectEqual(stack([next.data, foldIn(subkey, step).data]), row["out"][step], "step \(step)")
      key = next
    }
  }

  @Test("a split key does not depend on how many there are")
  func prefix() {
    let key = PRNGKey(7)
    for (index, subkey) in split(key, 5).enumerated() { expectEqual(subkey.data, foldIn(key, index).data) }
  }

  @Test("a key is a tree of one leaf that keeps its scheme")
  func tree() {
    let key = PRNGKey(3, scheme: .legacy)
    #expect(key.leaves.count == 1)
    let other = key.replacingLeaves(with: PRNGKey(5).leaves)
    expectEqual(other.data, PRNGKey(5).data)
    #expect(other.scheme == .legacy)
    #expect("\(other)" == "PRNGKey(0, 5)")
    #expect("\(split(key, shape: [4]))" == "PRNGKey(uint32[4, 2])")
  }

  @Test("an array of keys is indexed as its tensor")
  func indexing() {
    let keys = split(PRNGKey(1), shape: [2, 3])
    expectEqual(keys[1][-1].data, keys.data[1, 2])
    #expect(keys[0].shape == [3])
  }

  @Test("vmap takes an array of keys apart")
  func mapped() {
    let keys = split(PRNGKey(1), shape: [3])
    let pairs = vmap { (key: PRNGKey) in split(key, shape: [2]) }(keys)
    #expect(pairs.shape == [3, 2])
    for index in 0..<3 { expectEqual(pairs[index].data, split(keys[index], shape: [2]).data) }
  }

  @Test("jit takes and returns keys of either scheme", arguments: [RandomScheme.partitionable, .legacy])
  func compiled(_ scheme: RandomScheme) {
    let step = jit { (key: PRNGKey, index: Tensor) in foldIn(split(key).1, index) }
    let key = PRNGKey(9, scheme: scheme)
    let result = step(key, Tensor(4))
    expectEqual(result.data, foldIn(split(key).1, 4).data)
    #expect(result.scheme == scheme)
  }

  @Test("what is no key, or too many, is refused with a way out")
  func errors() {
    #expect(PRNGKey.error("normal", TensorType(.uint32, [2])) == nil)
    #expect(PRNGKey.error("PRNGKey", TensorType(.uint32, [5, 2]), allowsArrays: true) == nil)
    #expect(
      PRNGKey.error("normal", TensorType(.float32, [2]))?.description == """
        normal: a key is two words: uint32[2], or uint32[.., 2] for an array of keys
          operands: float32[2]
          hint: make keys with PRNGKey(seed), split and foldIn
        """)
    #expect(PRNGKey.error("normal", TensorType(.uint32, [3])) != nil)
    #expect(PRNGKey.error("normal", TensorType(.uint32, [])) != nil)
    #expect(
      PRNGKey.error("normal", TensorType(.uint32, [3, 2]))?.description == """
        normal: takes a single key, not an array of keys of shape [3]
          operands: uint32[3, 2]
          hint: use vmap to draw from each, or take one of them with keys[i]
        """)
  }
}
