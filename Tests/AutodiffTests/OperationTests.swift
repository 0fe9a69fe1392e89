import Autodiff
import Tensor
import TestSupport
import Testing

private let rows = operationTopics.flatMap { operationCases($0) }
private let differentiable = rows.filter { $0.isDifferentiable.contains(true) }

/// The rows of the table of operations, each against JAX and against itself under every transformation.
@Suite struct OperationTests {
  @Test(arguments: operationTopics) func everyCaseHasARowOrIsNamedAsMissing(_ topic: String) {
    #expect(problemsOfRows(topic).isEmpty)
  }

  @Test func thereAreManyRows() { #expect(rows.count >= 1000) }

  /// Not frequencies, which the table asks for in float64.
  @Test(arguments: rows.filter { !$0.isFactorization && ($0.isExact || !$0.golden.name.contains("Frequencies")) })
  func valuesAreWithinUlp(_ row: OperationCase) {
    row.expectWithinTolerance(row.function(row.golden.numbered("in")))
  }

  @Test(arguments: rows.filter { !$0.isExact }) func valuesAreJAXs(_ row: OperationCase) {
    for (index, (a, b)) in zip(row.function(row.operands), row.golden.numbered("out")).enumerated() {
      expectClose(a, b, relativeToLargest: 1e-11, "\(row), output \(index)")
    }
  }

  @Test(arguments: rows.filter(\.hasFloat32Bound))
  func float32IsAsNearAsTheProblemAllows(_ row: OperationCase) {
    row.expectBackwardStable(row.function(row.float32Operands))
  }

  /// Functions of each element that are held to 2 units in float32 are so in float64.
  @Test(arguments: rows.filter { $0.topic == "elementwise" && !$0.isExact && $0.floatTolerance.isWithin2OfEach })
  func float64AgreesTo14Digits(_ row: OperationCase) {
    expectClose(row.function(row.operands)[0], row.golden["out0"], relative: 1e-14, absolute: 1e-14, "\(row)")
  }

  @Test(arguments: differentiable.filter { !clipped.contains($0.golden.name) })
  func gradientsAreJAXs(_ row: OperationCase) {
    let (outputs, pullback) = vjp(row.function, row.operands)
    let cotangents = outputs.enumerated().map { index, output in
      row.golden.has("cotangent\(index)")
        ? row.golden["cotangent\(index)"].asType(output.dtype) : zerosLike(output)
    }
    let gradients = pullback(cotangents)
    for (index, gradient) in gradients.enumerated() where row.isDifferentiable[index] {
      expectClose(gradient, row.golden["grad\(index)"], relativeToLargest: 1e-11, "\(row), operand \(index)")
    }
  }

  @Test(arguments: differentiable) func tangentsAreJAXs(_ row: OperationCase) {
    let operands = row.operands
    let tangents = operands.enumerated().map { index, operand in
      row.golden.has("tangent\(index)") ? row.golden["tangent\(index)"].asType(operand.dtype) : zerosLike(operand)
    }
    let (outputs, changes) = jvp(row.function, operands, tangents)
    for index in outputs.indices where row.golden.has("jvp\(index)") {
      expectClose(outputs[index], row.golden["out\(index)"], relativeToLargest: 1e-11, "\(row), output \(index)")
      expectClose(changes[index], row.golden["jvp\(index)"], relativeToLargest: 1e-11, "\(row), tangent \(index)")
    }
  }

  @Test(arguments: rows) func compiledEqualsEager(_ row: OperationCase) {
    let operands = row.golden.numbered("in")
    let eager = row.function(operands)
    let compiled = jit { (x: [Tensor]) in row.function(x) }(operands)
    for (a, b) in zip(compiled, eager) { expectEqual(a, b, "\(row)") }
  }

  @Test(arguments: differentiable) func compiledGradientEqualsEager(_ row: OperationCase) {
    let weights = row.function(row.operands).map { output in
      // A result without a derivative has no weight.
      output.dtype.isFloating
        ? sin(arange(output.count, dtype: .float64)).reshaped(to: output.shape) : Tensor(0.0, dtype: .float64)
    }
    let isDifferentiable = row.isDifferentiable
    let operands = row.operands
    func loss(_ chosen: [Tensor]) -> Tensor {
      var chosen = chosen[...]
      let inputs = zip(operands, isDifferentiable).map { $1 ? chosen.removeFirst() : $0 }
      return zip(row.function(inputs), weights).map { sum($0 * $1) }.reduce(0, +)
    }
    let chosen = zip(operands, isDifferentiable).filter(\.1).map(\.0)
    let eager = grad(loss)(chosen)
    for (name, gradient) in [("jit of grad", jit(grad(loss))(chosen)), ("grad of jit", grad(jit(loss))(chosen))] {
      for (a, b) in zip(gradient, eager) { expectClose(a, b, relativeToLargest: 1e-12, "\(row), \(name)") }
    }
  }

  @Test(arguments: differentiable) func vectorizedEqualsLoop(_ row: OperationCase) {
    let operands = row.operands
    let count = 3
    // Every operand batched, and each alone, along its first and its last axis.
    let subsets = [Set(operands.indices)] + operands.indices.map { [$0] }
    for subset in subsets {
      for atEnd in [false, true] {
        let examples = operands.map { operand in
          (0..<count).map { index in operand.dtype.isFloating ? operand * (1 - 0.01 * Double(index)) : operand }
        }
        let batched = operands.indices.map { index in
          subset.contains(index) ? stack(examples[index], axis: atEnd ? -1 : 0) : operands[index]
        }
        let axes = operands.indices.map { subset.contains($0) ? (atEnd ? -1 : 0) : Int?.none }
        let results = vectorized(row.function, batched, axes)
        let expected = (0..<count).map { example in
          row.function(operands.indices.map { subset.contains($0) ? examples[$0][example] : operands[$0] })
        }
        for (index, result) in results.enumerated() {
          expectClose(
            result, stack(expected.map { $0[index] }), relativeToLargest: 1e-12,
            "\(row), output \(index), operands \(subset.sorted()), \(axes)")
        }
      }
    }
  }

  @Test(arguments: differentiable) func vectorizedGradientEqualsLoop(_ row: OperationCase) {
    let operands = row.operands
    let gradient = { (x: [Tensor]) -> [Tensor] in
      let (outputs, pullback) = vjp(row.function, x)
      // Not ones: of a softmax the derivative would be 0.
      return pullback(
        outputs.map { output in
          output.dtype.isFloating
            ? sin(arange(output.count, dtype: output.dtype) + 1).reshaped(to: output.shape) : zerosLike(output)
        })
    }
    let scaled = operands.map { operand in operand.dtype.isFloating ? operand * 0.99 : operand }
    let batched = zip(operands, scaled).map { stack([$0, $1]) }
    let results = vmap(gradient)(batched)
    for (index, expected) in zip(gradient(operands), gradient(scaled)).enumerated() {
      expectClose(
        results[index], stack([expected.0, expected.1]), relativeToLargest: 1e-11, "\(row), operand \(index)")
    }
  }

  @Test(arguments: differentiable.filter { !steep.contains($0.golden.name) && !restricted.contains($0.golden.name) })
  func derivativesAreThoseOfFiniteDifferences(_ row: OperationCase) {
    let operands = row.operands
    let isDifferentiable = row.isDifferentiable
    checkGrads("\(row)", order: 2, tolerance: 1e-5, zip(operands, isDifferentiable).filter(\.1).map(\.0)) { chosen in
      var chosen = chosen[...]
      return row.function(zip(operands, isDifferentiable).map { $1 ? chosen.removeFirst() : $0 })
    }
  }
}

/// Rows with an index outside: the element that is taken instead has a derivative here, which JAX leaves out.
private let clipped: Set<String> = ["index.x[j]", "index.x[j,i]"]

/// Rows whose third derivatives are so large that finite differences say little.
private let steep: Set<String> = ["erfInv.tails"]

/// Rows with derivatives, JAX's, that are not those by every element: a matrix that counts as symmetric is given by one triangle and its
/// changes by both, at a singular matrix the first derivative alone is defined, and a largest size is that of two elements.
private let restricted: Set<String> = [
  "choSolve", "choSolve.lower", "cholesky.triangle.lower", "cholesky.triangle.upper", "det.singular", "norm.infinity",
]

private func vectorized(_ function: @escaping ([Tensor]) -> [Tensor], _ operands: [Tensor], _ axes: [Int?]) -> [Tensor]
{
  switch operands.count {
  case 1: vmap({ (a: Tensor) in function([a]) }, inAxes: axes)(operands[0])
  case 2: vmap({ (a: Tensor, b: Tensor) in function([a, b]) }, inAxes: axes)(operands[0], operands[1])
  case 3:
    vmap({ (a: Tensor, b: Tensor, c: Tensor) in function([a, b, c]) }, inAxes: axes)(
      operands[0], operands[1], operands[2])
  case 4:
    vmap({ (a: Tensor, b: Tensor, c: Tensor, d: Tensor) in function([a, b, c, d]) }, inAxes: axes)(
      operands[0], operands[1], operands[2], operands[3])
  default:
    vmap({ (a: Tensor, b: Tensor, c: Tensor, d: Tensor, e: Tensor) in function([a, b, c, d, e]) }, inAxes: axes)(
      operands[0], operands[1], operands[2], operands[3], operands[4])
  }
}

extension FloatTolerance {
  fileprivate var isWithin2OfEach: Bool { ulp <= 2 && !isRelativeToLargest }
}
