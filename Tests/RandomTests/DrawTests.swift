import Autodiff
import Random
import Tensor
import TestSupport
import Testing

/// The draws whose every bit is JAX's.
@Suite("Exact draws")
struct DrawTests {
  @Test("bits", arguments: golden.cases("bits.", "legacy.bits."))
  func randomBits(_ row: GoldenCase) { expectEqual(bits(row.key, row.shape, dtype: row.dtype()!), row["out"]) }

  @Test("uniform", arguments: golden.cases("uniform.", "legacy.uniform."))
  func uniformNumbers(_ row: GoldenCase) {
    let (key, shape, dtype) = (row.key, row.shape, row.dtype()!)
    if row.has("minval") {
      expectEqual(uniform(key, shape, dtype: dtype, min: row["minval"], max: row["maxval"]), row["out"])
    } else if let low = row.double("minval"), let high = row.double("maxval") {
      expectEqual(uniform(key, shape, dtype: dtype, min: low, max: high), row["out"])
      let (lower, upper) = (Tensor(low, dtype: .float64), Tensor(high, dtype: .float64))
      expectEqual(uniform(key, shape, dtype: dtype, min: lower, max: upper), row["out"], "bounds as tensors")
    } else {
      expectEqual(uniform(key, shape, dtype: dtype), row["out"])
    }
  }

  @Test("bernoulli", arguments: golden.cases("bernoulli.", "legacy.bernoulli"))
  func bernoulliTrials(_ row: GoldenCase) {
    let resolution: RandomResolution = row.string("mode") == "high" ? .high : .low
    if row.has("p") {
      expectEqual(bernoulli(row.key, row["p"], row.shape, resolution: resolution), row["out"])
    } else {
      expectEqual(bernoulli(row.key, row.double("p")!, row.shape, resolution: resolution), row["out"])
    }
  }

  @Test("randint", arguments: golden.cases("randint.", "legacy.randint"))
  func integers(_ row: GoldenCase) {
    let (key, shape, dtype) = (row.key, row.shape, row.dtype()!)
    if row.has("minval") {
      expectEqual(randint(key, shape, min: row["minval"], max: row["maxval"], dtype: dtype), row["out"])
    } else if let low = row.int("minval"), let high = row.int("maxval") {
      expectEqual(randint(key, shape, min: low, max: high, dtype: dtype), row["out"])
    } else {
      // The only bound outside Int.
      let (low, high) = (Tensor(UInt64(0)), Tensor(UInt64.max))
      expectEqual(randint(key, shape, min: low, max: high, dtype: dtype), row["out"])
    }
  }

  @Test("permutation", arguments: golden.cases("permutation.", "legacy.permutation"))
  func permutations(_ row: GoldenCase) {
    if let count = row.int("count") {
      expectEqual(permutation(row.key, count), row["out"])
    } else {
      let (axis, independent) = (row.int("axis")!, row.bool("independent")!)
      expectEqual(permutation(row.key, row["x"], axis: axis, independent: independent), row["out"])
    }
  }

  @Test("more than ten thousand values of bits and uniforms are compared")
  func enough() {
    for prefix in ["bits.", "uniform."] {
      #expect(golden.cases(prefix).map { $0.shape.reduce(1, *) }.reduce(0, +) >= 10_000)
    }
  }

  @Test("nothing is drawn for empty shapes", arguments: [RandomScheme.partitionable, .legacy])
  func empty(_ scheme: RandomScheme) {
    let key = PRNGKey(0, scheme: scheme)
    for dtype in [DType.uint8, .uint16, .uint32, .uint64] { #expect(bits(key, [3, 0], dtype: dtype).shape == [3, 0]) }
    #expect(normal(key, [0]).shape == [0])
    #expect(permutation(key, 0).shape == [0])
    #expect(split(key, 0).isEmpty)
  }

  @Test("bounds that are exchanged give the lower one, as in JAX")
  func exchanged() { expectEqual(uniform(PRNGKey(0), [9], min: 2, max: 1), full([9], 2)) }
}

/// What holds of each random function: the same numbers under every transformation.
@Suite("Draws under transformations")
struct TransformedDrawTests {
  /// A random function by name.
  struct Row: CustomTestStringConvertible {
    var name: String
    var draw: @Sendable (PRNGKey) -> Tensor
    init(_ name: String, _ draw: @escaping @Sendable (PRNGKey) -> Tensor) {
      self.name = name
      self.draw = draw
    }
    var testDescription: String { name }
  }

  static let rows = [
    Row("bits") { bits($0, [5]) },
    Row("bits, uint8") { bits($0, [2, 3], dtype: .uint8) },
    Row("bits, uint64") { bits($0, [], dtype: .uint64) },
    Row("uniform") { uniform($0, [5, 2]) },
    Row("uniform, float64 range") { uniform($0, [5], dtype: .float64, min: -1.3, max: 0.1) },
    Row("uniform, tensor range") { uniform($0, [2, 3], min: Tensor([1.0, 2, 3]), max: Tensor([[4.0], [5]])) },
    Row("normal") { normal($0, [4]) },
    Row("normal, bfloat16") { normal($0, [4], dtype: .bfloat16) },
    Row("truncatedNormal") { truncatedNormal($0, -2, Tensor([0.5, 2]), [3, 2]) },
    Row("bernoulli") { bernoulli($0, 0.3, [7]) },
    Row("randint") { randint($0, [6], min: -3, max: 9) },
    Row("randint, uint8") { randint($0, [6], min: 0, max: 256, dtype: .uint8) },
    Row("permutation") { permutation($0, 9) },
    Row("permutation, axis 1") { permutation($0, Tensor([[1, 2, 3], [4, 5, 6]]), axis: 1) },
    Row("categorical") { categorical($0, Tensor([[0.1, 0.2], [3, 1]]), shape: [4, 2]) },
    Row("gumbel") { gumbel($0, [3], resolution: .high) },
    Row("gamma") { gamma($0, Tensor([0.3, 2, 30])) },
    Row("dirichlet") { dirichlet($0, Tensor([0.3, 2, 30]), [2]) },
    Row("poisson") { poisson($0, Tensor([0.5, 9, 11, 300])) },
    Row("orthogonal") { orthogonal($0, 3, m: 2) },
    Row("binomial") { binomial($0, Tensor([5, 100]), Tensor([[0.1], [0.7]])) },
  ]

  @Test("jit gives the eager numbers", arguments: rows, [RandomScheme.partitionable, .legacy])
  func compiled(_ row: Row, _ scheme: RandomScheme) {
    let key = PRNGKey(11, scheme: scheme)
    expectEqual(jit(row.draw)(key), row.draw(key))
  }

  @Test("vmap gives each key's numbers", arguments: rows, [RandomScheme.partitionable, .legacy])
  func mapped(_ row: Row, _ scheme: RandomScheme) {
    let keys = split(PRNGKey(11, scheme: scheme), shape: [3])
    expectEqual(vmap(row.draw)(keys), stack((0..<3).map { row.draw(keys[$0]) }))
    expectEqual(jit(vmap(row.draw))(keys), stack((0..<3).map { row.draw(keys[$0]) }), "compiled")
  }

  @Test("uniform is differentiated by its bounds")
  func derivative() {
    let key = PRNGKey(2)
    let fractions = uniform(key, [50])
    let bounds = [Tensor(-1.0), Tensor(2.0)]
    let gradient = grad { (b: [Tensor]) in sum(uniform(key, [50], min: b[0], max: b[1])) }(bounds)
    expectClose(gradient[0], sum(1 - fractions), relative: 1e-5)
    expectClose(gradient[1], sum(fractions), relative: 1e-5)
  }
}
