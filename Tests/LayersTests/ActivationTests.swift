import JAXnet
import TestSupport
import Testing

/// Functions of `jax.nn`: values, both derivatives, half precision, and what happens at kinks.
@Suite struct ActivationTests {
  typealias Function = @Sendable (Tensor) -> Tensor

  static let golden = Golden("activations")

  static let functions: [String: Function] = [
    "relu": relu, "relu6": relu6, "elu": elu, "celu": celu, "selu": selu, "gelu.tanh": gelu,
    "gelu.exact": { gelu($0, isApproximate: false) }, "silu": silu, "mish": mish, "softplus": softplus,
    "softsign": softsign, "hardSigmoid": hardSigmoid, "hardTanh": hardTanh, "hardSilu": hardSilu,
    "leakyRelu": leakyRelu, "logSigmoid": logSigmoid, "sigmoid": sigmoid, "tanh": tanh, "squareplus": squareplus,
    "sparsePlus": sparsePlus, "sparseSigmoid": sparseSigmoid, "logMish": { mish(logSigmoid($0)) },
    "elu.0.3": { elu($0, alpha: 0.3) }, "elu.2.0": { elu($0, alpha: 2) }, "celu.0.3": { celu($0, alpha: 0.3) },
    "celu.2.0": { celu($0, alpha: 2) }, "leakyRelu.0.2": { leakyRelu($0, negativeSlope: 0.2) },
    "glu.-1": glu, "glu.0": { glu($0, axis: 0) }, "glu.1": { glu($0, axis: 1) },
    "softmax.-1": softmax, "softmax.0": { softmax($0, axis: 0) }, "softmax.1": { softmax($0, axis: 1) },
    "softmax.(1,2)": { softmax($0, axes: [1, 2]) }, "softmax.None": { softmax($0, axes: nil) },
    "softmax.large": { softmax($0 * 40) },
    "logSoftmax.-1": logSoftmax, "logSoftmax.0": { logSoftmax($0, axis: 0) },
    "logSoftmax.1": { logSoftmax($0, axis: 1) },
    "logSoftmax.(1,2)": { logSoftmax($0, axes: [1, 2]) }, "logSoftmax.None": { logSoftmax($0, axes: nil) },
    "logSoftmax.large": { logSoftmax($0 * 40) },
    "standardize.-1": standardize, "standardize.(0,2)": { standardize($0, axes: [0, 2]) },
    "standardize.epsilon": { standardize($0, axes: [-1], epsilon: 0.1) },
  ]

  /// The function of a case, found by its name, without `.far` if it has that.
  static func function(_ name: String) -> Function? {
    functions[name] ?? functions[name.hasSuffix(".far") ? String(name.dropLast(4)) : ""]
  }

  static let cases = golden.cases().filter { function($0.name) != nil }
  static let halfPrecision = golden.cases().filter { $0.name.hasSuffix("float16") }

  @Test func everyFunctionHasACase() {
    for name in Self.functions.keys { #expect(Self.golden.caseNames.contains(name), "\(name)") }
  }

  @Test(arguments: cases) func valuesAndDerivativesAreJAXs(row: GoldenCase) {
    let function = Self.function(row.name)!
    let x = row["in0"].asType(.float64)
    expectClose(function(x), row["out0"], relativeToLargest: 1e-12, "\(row)")
    let (_, pullback) = vjp(function, x)
    expectClose(
      pullback(row["cotangent0"].asType(.float64)), row["grad0"], relativeToLargest: 1e-11, "\(row), gradient")
    let (_, change) = jvp(function, x, row["tangent0"].asType(.float64))
    expectClose(change, row["jvp0"], relativeToLargest: 1e-11, "\(row), tangent")
  }

  @Test(arguments: cases) func float32ValuesAreClose(row: GoldenCase) {
    let value = Self.function(row.name)!(row["in0"])
    #expect(value.dtype == .float32)
    expectClose(value, row["out0"], relativeToLargest: 1e-6, "\(row)")
  }

  @Test(arguments: halfPrecision) func halfPrecisionStays(row: GoldenCase) throws {
    let name = row.name.split(separator: ".").dropLast().joined(separator: ".")
    let function = try #require(Self.functions[name] ?? Self.functions["\(name).-1"])
    let value = function(row["in0"])
    #expect(value.dtype == row["out0"].dtype)
    // JAX rounds after each operation, in an order of its own.
    expectClose(value, row["out0"], relative: value.dtype == .float16 ? 4e-3 : 3e-2, absolute: 1e-3, "\(row)")
  }

  @Test(arguments: [
    ("relu", [0.0], [0.0]), ("relu6", [0, 6], [0, 0]), ("elu", [0], [1]), ("celu", [0], [1]),
    ("selu", [0], [1.0507009873554804934193349852946 * 1.6732632423543772848170429916717]),
    ("leakyRelu", [0], [1]), ("hardTanh", [-1, 1], [1, 1]), ("hardSigmoid", [-3, 3], [0, 0]),
    ("softplus", [0], [0.5]), ("sparsePlus", [-1, 1], [0, 1]), ("softsign", [0], [1]), ("silu", [0], [0.5]),
  ])
  func derivativesAtKinks(name: String, points: [Double], slopes: [Double]) {
    let slope = grad { (x: Tensor) in sum(Self.functions[name]!(x)) }
    expectClose(slope(Tensor(points)), Tensor(slopes), relative: 1e-6, name)
  }

  @Test func extremesNeitherOverflowNorTurnIntoNaN() {
    let x = Tensor([-1e30, -200.0, 200.0, 1e30])
    for (name, function) in Self.functions where !name.hasPrefix("glu") && !name.contains("(") && x.rank == 1 {
      if ["standardize", "softmax.1", "logSoftmax.1"].contains(where: name.hasPrefix) { continue }
      // The square of 10³⁰ and its cube are beyond float32, in JAX as well.
      if ["gelu", "squareplus", "sparsePlus"].contains(where: name.hasPrefix) { continue }
      if name.hasSuffix("large") { continue }
      let value = function(x)
      #expect(Bool(all(value .== value)), "\(name): \(value)")
      let slope = grad { (x: Tensor) in sum(function(x)) }(x)
      #expect(Bool(all(slope .== slope)), "\(name), derivative: \(slope)")
    }
  }

  @Test func integersBecomeFloatsOnlyWhereTheyMust() {
    expectEqual(relu(Tensor([-1, 2])), Tensor([0, 2]))
    #expect(sigmoid(Tensor([0])).dtype == .float32)
    expectClose(softmax(Tensor([1, 1])), Tensor([0.5, 0.5]), ulp: 1)
    #expect(Bool(all(isNaN(relu(Tensor([Float.nan]))))))
  }

  @Test func transformationsGoThrough() {
    let x = Self.golden("softmax.-1")["in0"]
    for (name, function) in Self.functions where !["(", "None", ".0", ".1", "glu"].contains(where: name.contains) {
      expectClose(vmap(function)(x), function(x), relative: 1e-6, absolute: 1e-6, "vmap \(name)")
      expectClose(jit(function)(x), function(x), relative: 1e-6, absolute: 1e-6, "jit \(name)")
    }
  }
}
