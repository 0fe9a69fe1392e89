import JAXnet
import TestSupport
import Testing

/// Initializers against those of `jax.nn.initializers`, from the same keys.
@Suite struct InitializerTests {
  static let cases = Golden("initializers").cases().filter { !$0.string("initializer")!.contains("orthogonal") }

  @Test(arguments: cases) func valuesAreJAXs(row: GoldenCase) throws {
    let initializer = try #require(Self.initializer(row))
    let value = initializer(PRNGKey(data: row["key"]), row.ints("shape")!)
    // Uniform numbers are the same bits; the inverse error function differs in the last places.
    let name = row.string("initializer")!
    let isNormal = name.hasSuffix("normal") || row.string("distribution")?.hasSuffix("normal") == true
    expectClose(value, row["out"], ulp: isNormal ? 4 : 0, "\(row)")
  }

  private static func initializer(_ row: GoldenCase) -> Initializer? {
    func axes(_ name: String) -> [Int]? { row.ints(name) ?? row.int(name).map { [$0] } }
    let (inAxes, outAxes, batchAxes) = (axes("in_axis") ?? [-2], axes("out_axis") ?? [-1], axes("batch_axis") ?? [])
    switch row.string("initializer")! {
    case "zeros": return zeros()
    case "ones": return ones()
    case "constant": return constant(row.double("value")!)
    case "uniform": return randUniform(row.double("scale")!)
    case "normal": return randn(row.double("stddev")!)
    case "truncated_normal":
      return randTruncated(row.double("stddev")!, lower: row.double("lower")!, upper: row.double("upper")!)
    case "glorot_normal": return glorotNormal(inAxes: inAxes, outAxes: outAxes, batchAxes: batchAxes)
    case "glorot_uniform": return glorotUniform(inAxes: inAxes, outAxes: outAxes, batchAxes: batchAxes)
    case "lecun_normal": return lecunNormal(inAxes: inAxes, outAxes: outAxes, batchAxes: batchAxes)
    case "lecun_uniform": return lecunUniform(inAxes: inAxes, outAxes: outAxes, batchAxes: batchAxes)
    case "he_normal": return heNormal(inAxes: inAxes, outAxes: outAxes, batchAxes: batchAxes)
    case "he_uniform": return heUniform(inAxes: inAxes, outAxes: outAxes, batchAxes: batchAxes)
    case "variance_scaling":
      let modes: [String: FanMode] = [
        "fan_in": .fanIn, "fan_out": .fanOut, "fan_avg": .average, "fan_geo_avg": .geometricAverage,
      ]
      let distributions: [String: WeightDistribution] = [
        "normal": .normal, "uniform": .uniform, "truncated_normal": .truncatedNormal,
      ]
      return varianceScaling(
        row.double("scale")!, modes[row.string("mode")!]!, distributions[row.string("distribution")!]!, inAxes: inAxes,
        outAxes: outAxes)
    default: return nil
    }
  }

  @Test func theIdentity() {
    expectEqual(eye()(PRNGKey(0), [2, 3]), Tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
  }

  @Test(arguments: [DType.float16, .bfloat16, .float64]) func elementTypes(dtype: DType) {
    let initializers = [
      zeros(dtype: dtype), ones(dtype: dtype), constant(2, dtype: dtype), eye(dtype: dtype), randn(dtype: dtype),
      randUniform(dtype: dtype), randTruncated(dtype: dtype), glorot(dtype: dtype), glorotUniform(dtype: dtype),
      varianceScaling(1, .fanIn, .normal, dtype: dtype),
    ]
    for initializer in initializers { #expect(initializer(PRNGKey(0), [3, 4]).type == TensorType(dtype, [3, 4])) }
  }

  @Test func aBiasHasNoFans() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = glorot()(PRNGKey(0), [3])
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("varianceScaling: the shape [3] has no dimension -2 for inputs or outputs\n"))
  }
}
