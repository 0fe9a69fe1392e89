import JAXnet
import TestSupport
import Testing

/// Initializers against those of `jax.nn.initializers`, from the same keys.
@Suite struct InitializerTests {
  static let cases = Golden("initializers").cases()

  @Test(arguments: cases) func valuesAreJAXs(row: GoldenCase) throws {
    let initializer = try #require(Self.initializer(row))
    let value = initializer(PRNGKey(data: row["key"]), row.ints("shape")!)
    let name = row.string("initializer")!
    if name.contains("orthogonal") {
      // Made by LAPACK's rotations, each of them rounded.
      expectClose(value, row["out"], relativeToLargest: 1e-6, "\(row)")
      return
    }
    expectEqual(value, row["out"], "\(row)")
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
    case "orthogonal": return orthogonal(row.double("scale")!, columnAxis: row.int("column_axis")!)
    case "delta_orthogonal": return deltaOrthogonal(row.double("scale")!, columnAxis: row.int("column_axis")!)
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
      varianceScaling(1, .fanIn, .normal, dtype: dtype), orthogonal(dtype: dtype),
    ]
    for initializer in initializers { #expect(initializer(PRNGKey(0), [3, 4]).type == TensorType(dtype, [3, 4])) }
  }

  @Test(arguments: [0, 1, 2]) func deltaKernelsAreOrthogonalInTheMiddle(spatialRank: Int) {
    let shape = [Int](repeating: 3, count: spatialRank + 1) + [2, 4]
    let kernel = deltaOrthogonal(2)(PRNGKey(0), shape)
    let matrix = (0...spatialRank).reduce(kernel) { kernel, _ in kernel[1] }
    expectClose(matmul(matrix, matrix.mT), 4 * eye(2), relativeToLargest: 1e-6)
    expectClose(sum(square(kernel)), Tensor(8.0), relative: 1e-6)
  }

  @Test func kernelsNeedSpatialDimensions() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = deltaOrthogonal()(PRNGKey(0), [3, 3])
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      output.contains("deltaOrthogonal: the shape [3, 3] is not that of a kernel with one to three spatial dimensions"))
  }

  @Test func aBiasHasNoFans() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = glorot()(PRNGKey(0), [3])
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("varianceScaling: the shape [3] has no dimension -2 for inputs or outputs\n"))
  }
}
