import Autodiff
import Random
import Tensor
import TestSupport
import Testing

private let distributions = Golden("distributions")

@Suite("Distributions")
struct DistributionTests {
  /// The distributions of real numbers, with how each draws what a case asks for.
  static let draws: [String: @Sendable (Parameters) -> Tensor] = [
    "ball": { ball($0.key, $0.int("d"), p: $0.number("p"), $0.ints("batchShape"), dtype: $0.dtype) },
    "beta": { beta($0.key, $0["a"], $0["b"], $0.shape, dtype: $0.dtype) },
    "cauchy": { cauchy($0.key, $0.shape, dtype: $0.dtype) },
    "chisquare": { chisquare($0.key, $0["df"], $0.shape, dtype: $0.dtype) },
    "dirichlet": { dirichlet($0.key, $0["alpha"], $0.shape.dropLast(), dtype: $0.dtype) },
    "doubleSidedMaxwell": {
      doubleSidedMaxwell($0.key, loc: $0["loc"], scale: $0["scale"], $0.shape, dtype: $0.dtype)
    },
    "exponential": { exponential($0.key, $0.shape, dtype: $0.dtype) },
    "f": { fisherF($0.key, numerator: $0["dfnum"], denominator: $0["dfden"], $0.shape, dtype: $0.dtype) },
    "gamma": { gamma($0.key, $0["a"], $0.shape, dtype: $0.dtype) },
    "generalizedNormal": { generalizedNormal($0.key, $0.number("p"), $0.shape, dtype: $0.dtype) },
    "gumbel": { gumbel($0.key, $0.shape, dtype: $0.dtype, resolution: $0.resolution) },
    "laplace": { laplace($0.key, $0.shape, dtype: $0.dtype) },
    "loggamma": { loggamma($0.key, $0["a"], $0.shape, dtype: $0.dtype) },
    "logistic": { logistic($0.key, $0.shape, dtype: $0.dtype) },
    "lognormal": { lognormal($0.key, $0["sigma"], $0.shape, dtype: $0.dtype) },
    "maxwell": { maxwell($0.key, $0.shape, dtype: $0.dtype) },
    "pareto": { pareto($0.key, $0["b"], $0.shape, dtype: $0.dtype) },
    "rayleigh": { rayleigh($0.key, $0["scale"], $0.shape, dtype: $0.dtype) },
    "t": { studentT($0.key, $0["df"], $0.shape, dtype: $0.dtype) },
    "triangular": {
      triangular($0.key, left: $0["left"], mode: $0["mode"], right: $0["right"], $0.shape, dtype: $0.dtype)
    },
    "truncatedNormal": { truncatedNormal($0.key, $0["lower"], $0["upper"], $0.shape, dtype: $0.dtype) },
    "wald": { wald($0.key, $0["mean"], $0.shape, dtype: $0.dtype) },
    "weibullMin": {
      weibullMin($0.key, scale: $0["scale"], concentration: $0["concentration"], $0.shape, dtype: $0.dtype)
    },
  ]

  static let rows = distributions.cases().filter { draws[$0.distribution] != nil }

  /// Results that are small differences of larger numbers, of the size of 1.
  static let differences: Set = ["gumbel", "logistic", "loggamma", "wald"]

  /// What is made of samples of the gamma distribution, the cubes of v = 1 + c x with a normal number x.
  ///
  /// JAX's c comes in float32 from an approximate reciprocal square root, whose last bits depend on the processor. That moves a
  /// sample by 3 (1 - v) / v as much: some 30 units for the smallest v in these draws.
  static let madeOfCubes: Set = [
    "ball", "beta", "chisquare", "dirichlet", "f", "gamma", "generalizedNormal", "loggamma", "t",
  ]

  @Test("agree with JAX's", arguments: rows)
  func agree(_ row: GoldenCase) {
    let actual = Self.draws[row.distribution]!(Parameters(row: row))
    let expected = row.has("exact") ? row["exact"] : row["out"]
    let units: Double = Self.madeOfCubes.contains(row.distribution) && actual.dtype == .float32 ? 32 : 4
    let tolerance = units * Self.epsilon(actual.dtype)
    expectClose(
      actual, expected, relative: tolerance, absolute: Self.differences.contains(row.distribution) ? tolerance : 0)
  }

  private static func epsilon(_ dtype: DType) -> Double {
    switch dtype {
    case .float64: 0x1p-52
    case .float32: 0x1p-23
    case .float16: 0x1p-10
    default: 0x1p-7
    }
  }

  @Test("the gamma distribution is differentiated by its parameter", arguments: distributions.cases("gradient."))
  func gammaDerivatives(_ row: GoldenCase) {
    let key = Parameters(row: row).key
    let slopes = grad { (a: Tensor) in
      sum(row.name == "gradient.gamma" ? gamma(key, a, dtype: .float64) : loggamma(key, a, dtype: .float64))
    }(row["a"])
    expectClose(slopes, row["out"], relative: 1e-9)
  }

  /// The distributions of counts.
  static let counts: [String: @Sendable (Parameters) -> Tensor] = [
    "binomial": { binomial($0.key, $0["n"], $0["p"], $0.shape) },
    "geometric": { geometric($0.key, $0["p"], $0.shape) },
    "multinomial": { multinomial($0.key, $0["n"], $0["p"], $0.shape) },
    "poisson": { poisson($0.key, $0["lam"], $0.shape) },
    "rademacher": { rademacher($0.key, $0.shape, dtype: $0.dtype) },
  ]

  @Test("are JAX's", arguments: distributions.cases().filter { counts[$0.distribution] != nil })
  func equal(_ row: GoldenCase) {
    expectEqual(Self.counts[row.distribution]!(Parameters(row: row)), row["out"])
  }

  @Test("categorical draws JAX's classes", arguments: distributions.cases("categorical."))
  func classes(_ row: GoldenCase) {
    let parameters = Parameters(row: row)
    let classes = categorical(
      parameters.key, row["logits"], axis: row.int("axis")!, shape: row.shape, replace: row.bool("replace") ?? true,
      resolution: parameters.resolution)
    expectEqual(classes, row["out"])
  }
}

extension GoldenCase {
  /// The function of `jax.random`.
  fileprivate var distribution: String { String(name.prefix { $0 != "." }) }
}

/// What a case draws with.
struct Parameters {
  var row: GoldenCase
  var key: PRNGKey { PRNGKey(data: row["key"]) }
  var shape: [Int] { row.shape }
  var dtype: DType { row.dtype()! }
  var resolution: RandomResolution { row.string("mode") == "high" ? .high : .low }

  /// A parameter, which is an array or a number of the draw's type; infinity is a text.
  subscript(_ name: String) -> Tensor {
    row.has(name) ? row[name] : Tensor(number(name), dtype: dtype == .float64 ? .float64 : .float32)
  }
  func number(_ name: String) -> Double { row.double(name) ?? Double(row.string(name)!)! }
  func int(_ name: String) -> Int { row.int(name)! }
  func ints(_ name: String) -> [Int] { row.ints(name)! }
}
