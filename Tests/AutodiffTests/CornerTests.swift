import Autodiff
import Tensor
import TestSupport
import Testing

/// Kinks, ties, NaN, infinities, tensors with no elements, scalars, overflow: values and derivatives as JAX has them in float32.
@Suite struct CornerTests {
  static let cases = cornerCases()
  static let differentiable = cases.filter { row in
    row.golden.parts.contains { $0.hasPrefix("jvp") } && differingDerivatives[row.golden.name] == nil
  }

  @Test func everyCaseHasAFunctionOrIsNamedAsMissing() { #expect(problemsOfRows("corners").isEmpty) }

  @Test func theCornersThatDifferExist() {
    let names = Set(Golden("corners").caseNames)
    #expect(names.isSuperset(of: differingValues.keys) && names.isSuperset(of: differingDerivatives.keys))
  }

  @Test(arguments: cases.filter { differingValues[$0.golden.name] == nil }) func valuesAreJAXs(_ row: OperationCase) {
    let results = row.function(row.golden.numbered("in"))
    let expected = row.golden.numbered("out")
    #expect(results.count == expected.count, "\(row)")
    for (index, (a, b)) in zip(results, expected).enumerated() { compare(a, b, "\(row), output \(index)") }
  }

  @Test(arguments: differentiable) func tangentsAreJAXs(_ row: OperationCase) {
    let operands = row.golden.numbered("in")
    let (_, changes) = jvp(row.function, operands, operands.map { direction($0, row) })
    for index in changes.indices where row.golden.has("jvp\(index)") {
      compare(changes[index], row.golden["jvp\(index)"], "\(row), tangent \(index)")
    }
  }

  @Test(arguments: differentiable) func gradientsAreJAXs(_ row: OperationCase) {
    let operands = row.golden.numbered("in")
    let (outputs, pullback) = vjp(row.function, operands)
    let gradients = pullback(outputs.map { direction($0, row) })
    for index in gradients.indices where row.golden.has("grad\(index)") {
      compare(gradients[index], row.golden["grad\(index)"], "\(row), gradient \(index)")
    }
  }

  @Test(arguments: cases) func compiledEqualsEager(_ row: OperationCase) {
    let operands = row.golden.numbered("in")
    for (a, b) in zip(jit { (x: [Tensor]) in row.function(x) }(operands), row.function(operands)) {
      expectEqual(a, b, "\(row)")
    }
  }

  /// NaN, infinities and integers to the bit, numbers to 10⁻⁴ of themselves: JAX's own float32 is no more exact at such numbers.
  private func compare(_ a: Tensor, _ b: Tensor, _ what: String) {
    #expect(a.dtype == b.dtype, "\(what)")
    if a.dtype == .float32 {
      // XLA takes results below the normal numbers as 0.
      expectClose(a, b, relative: 1e-4, absolute: 0x1p-126, what)
    } else {
      expectEqual(a, b, what)
    }
  }

  /// Ones for functions at special numbers, 1, 2, 3, … elsewhere, so that the elements of a tie can be told apart.
  private func direction(_ x: Tensor, _ row: OperationCase) -> Tensor {
    if !x.dtype.isFloating { return zerosLike(x) }
    return row.golden.name.hasSuffix(".special")
      ? onesLike(x) : (arange(x.count, dtype: x.dtype) + 1).reshaped(to: x.shape)
  }
}
