import Autodiff
import Tensor
import Testing

/// Compares the derivatives of a function with finite differences in a random direction, in forward and reverse mode, and those of
/// its derivatives in turn up to `order`: JAX's `check_grads`.
///
/// The operands are float64 where they have a derivative, which the function's results then have too.
public func checkGrads(
  _ name: String, order: Int = 2, tolerance: Double = 1e-6, step: Double = 1e-5, _ operands: [Tensor],
  sourceLocation: SourceLocation = #_sourceLocation, _ function: @escaping ([Tensor]) -> [Tensor]
) {
  let tangents = operands.enumerated().map { direction($1, seed: 1 + $0) }
  let outputs = function(operands)
  let (_, changes) = jvp(function, operands, tangents)
  let ahead = function(zip(operands, tangents).map { shifted($0, $1, step) })
  let behind = function(zip(operands, tangents).map { shifted($0, $1, -step) })
  var problems: [String] = []
  for (index, output) in outputs.enumerated() where output.dtype.isFloating {
    let expected = (ahead[index] - behind[index]) / (2 * step)
    if let difference = difference(changes[index], expected, tolerance) {
      problems.append("output \(index), forward mode: \(difference)")
    }
  }

  // ⟨cotangent, change⟩ is one number in both modes.
  let cotangents = outputs.enumerated().map { direction($1, seed: 101 + $0) }
  let (_, pullback) = vjp(function, operands)
  let gradients = pullback(cotangents)
  let forward = inner(cotangents, changes)
  let backward = inner(gradients, tangents)
  if let difference = difference(backward, forward, tolerance) { problems.append("reverse mode: \(difference)") }
  #expect(problems.isEmpty, "\(name): \(problems.joined(separator: "; "))", sourceLocation: sourceLocation)

  if order > 1 && problems.isEmpty {
    checkGrads(
      name + ", forward", order: order - 1, tolerance: tolerance, step: step, operands, sourceLocation: sourceLocation
    ) {
      jvp(function, $0, tangents).tangent.filter(\.dtype.isFloating)
    }
    checkGrads(
      name + ", reverse", order: order - 1, tolerance: tolerance, step: step, operands, sourceLocation: sourceLocation
    ) {
      zip(vjp(function, $0).pullback(cotangents), operands).filter { $1.dtype.isFloating }.map(\.0)
    }
  }
}

/// Numbers in -1...1 that look random, of the type of x; zeros where x has no derivative.
private func direction(_ x: Tensor, seed: Int) -> Tensor {
  guard x.dtype.isFloating else { return zerosLike(x) }
  return sin(arange(x.count, dtype: .float64) * 12.9898 + Double(seed) * 78.233).reshaped(to: x.shape).asType(x.dtype)
}

private func shifted(_ x: Tensor, _ tangent: Tensor, _ step: Double) -> Tensor {
  x.dtype.isFloating ? x + step * tangent : x
}

private func inner(_ a: [Tensor], _ b: [Tensor]) -> Tensor {
  zip(a, b).filter { $0.dtype.isFloating && $1.dtype.isFloating }
    .map { sum($0.asType(.float64) * $1.asType(.float64)) }.reduce(Tensor(0.0, dtype: .float64), +)
}

private func difference(_ actual: Tensor, _ expected: Tensor, _ tolerance: Double) -> String? {
  if expected.count == 0 { return nil }
  let scale = Double(max(abs(expected))) + 1
  let distance = Double(max(abs(actual - expected)))
  return distance <= tolerance * scale ? nil : "\(actual) differs by \(distance) from \(expected)"
}
