import Autodiff
import Engine
import Random
import Tensor
import TestSupport
import Testing

/// A chain of cheap operations, which the tile machine does in one pass where it can.
private struct Chain: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var function: @Sendable ([Tensor]) -> Tensor

  init(_ name: String, _ function: @escaping @Sendable ([Tensor]) -> Tensor) {
    testDescription = name
    self.function = function
  }

  static let all = [
    Chain("-(ab)") { -($0[0] * $0[1]) },
    Chain("-(ab) + cd") { -($0[0] * $0[1]) + $0[2] * $0[3] },
    Chain("ab - cd") { $0[0] * $0[1] - $0[2] * $0[3] },
    Chain("-(a / b) c") { -($0[0] / $0[1]) * $0[2] },
    Chain("-(ab + c) d") { -($0[0] * $0[1] + $0[2]) * $0[3] },
    Chain("c - (-(ab))") { $0[2] - (-($0[0] * $0[1])) },
    Chain("-(-(ab))") { -(-($0[0] * $0[1])) },
    Chain("-max(a, b)") { -maximum($0[0], $0[1]) },
    Chain("(a - b)²") { square($0[0] - $0[1]) },
    Chain("exp(a - b) c") { exp($0[0] - $0[1]) * $0[2] },
    Chain("((a + b) c - d) a") { (($0[0] + $0[1]) * $0[2] - $0[3]) * $0[0] },
    Chain("a / (b² + c)") { $0[0] / ($0[1] * $0[1] + $0[2]) },
    Chain("sqrt(a² / 4) + b") { sqrt($0[0] * $0[0] / 4) + $0[1] },
    Chain("a < b ? c : -d") { select($0[0] .< $0[1], $0[2], -$0[3]) },
    Chain("max(min(a, b) + c, 0)") { maximum(minimum($0[0], $0[1]) + $0[2], 0) },
  ]
}

@Suite("Chains of operations")
struct ChainTests {
  private func compare(_ chain: Chain, _ inputs: [Tensor]) {
    let graph = makeGraph { (inputs: [Tensor]) in chain.function(inputs) }(inputs)
    expectEqual(
      CompiledGraph(graph, .engine).run(inputs)[0], graph.perform(inputs)[0],
      "\(chain.testDescription) of \(inputs.map(\.type))")
  }

  @Test("give the bits of their operations one by one", arguments: Chain.all)
  fileprivate func bits(chain: Chain) {
    let key = PRNGKey(1)
    func inputs(_ shapes: [[Int]]) -> [Tensor] {
      shapes.enumerated().map { normal(foldIn(key, $0), $1) }
    }
    compare(chain, inputs([[2000], [2000], [2000], [2000]]))
    compare(chain, inputs([[7], [7], [7], [7]]))
    compare(chain, inputs([[20, 30], [30], [20, 1], [20, 30]]))
    compare(chain, inputs([[30], [20, 30], [], [20, 1]]))
  }
}
