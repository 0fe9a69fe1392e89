import Autodiff
import Tensor
import TestSupport
import Testing

private let golden = Golden("sets")

private let functions: [String: @Sendable (GoldenCase, [Tensor]) -> Tensor] = [
  "union": { union($1[0], $1[1], size: $0.int("size"), fillValue: $0.fillValue) },
  "intersection": { intersection($1[0], $1[1], size: $0.int("size"), fillValue: $0.fillValue) },
  "setDifference": { setDifference($1[0], $1[1], size: $0.int("size"), fillValue: $0.fillValue) },
  "symmetricDifference": { symmetricDifference($1[0], $1[1], size: $0.int("size"), fillValue: $0.fillValue) },
  "bartlett": { row, _ in bartlett(row.int("count")!, dtype: .float64) },
  "blackman": { row, _ in blackman(row.int("count")!, dtype: .float64) },
  "hamming": { row, _ in hamming(row.int("count")!, dtype: .float64) },
  "hanning": { row, _ in hanning(row.int("count")!, dtype: .float64) },
]

@Suite struct SetTests {
  @Test(arguments: golden.caseNames) func equalsJAX(_ name: String) throws {
    let row = golden(name)
    let function = try #require(functions[String(name.prefix { $0 != "." })])
    let (operands, expected) = (row.numbered("in"), row["out0"])
    let result = function(row, operands)
    if operands.isEmpty {
      expectClose(result, expected, relative: 0, absolute: 1e-15, name)
    } else {
      expectEqual(result, expected, name)
    }
    // How many there are is known in a compiled function only if it is said.
    if row.int("size") != nil {
      expectEqual(jit { (x: [Tensor]) in function(row, x) }(operands), expected, "\(name), compiled")
    }
  }
}

extension GoldenCase {
  fileprivate var fillValue: Tensor? { int("fillValue").map { Tensor($0) } }
}
