import Autodiff
import Foundation
import Tensor
import TestSupport
import Testing

/// Every primitive is part of what some row does, of its derivatives or of its batches; or a suite of its own tests it.
@Suite struct PrimitiveCoverageTests {
  /// Primitives that no function of tensors alone uses, and the suites that test them.
  static let elsewhere: [String: String] = [
    "multiplyAdd": "EngineTests.ChainTests", "threefry2x32": "RandomTests.DrawTests",
    "collective": "AutodiffTests.DeeperCompositionTests", "call": "EngineTests.CallTests",
    "switch": "AutodiffTests.CompositionTests", "whileLoop": "AutodiffTests.LoopTests",
    "scan": "AutodiffTests.LoopTests", "customDerivative": "AutodiffTests.CompositionTests",
    "customLinear": "AutodiffTests.CompositionTests", "partition": "AutodiffTests.PartitionTests",
  ]

  @Test func everyPrimitiveIsInARow() throws {
    var used: Set<String> = []
    for row in operationTopics.flatMap({ operationCases($0) }) {
      let operands = row.operands
      collect(makeGraph(row.function)(operands), &used)
      if row.isDifferentiable.contains(true) {
        collect(makeGraph { (x: [Tensor]) in jvp(row.function, x, x.map { onesLike($0) }).tangent }(operands), &used)
        let gradient = { (x: [Tensor]) -> [Tensor] in
          let (outputs, pullback) = vjp(row.function, x)
          return pullback(outputs.map { onesLike($0) })
        }
        collect(makeGraph(gradient)(operands), &used)
      }
    }
    let all = try Set(caseNames())
    #expect(all.count > 35)
    let missing = all.subtracting(used).subtracting(Self.elsewhere.keys)
    #expect(missing.isEmpty, "no row has \(missing.sorted())")
    let unknown = Set(Self.elsewhere.keys).subtracting(all)
    #expect(unknown.isEmpty, "\(unknown.sorted()) are no primitives")
  }

  /// The families of a graph's equations and of the graphs inside them.
  private func collect(_ graph: Graph, _ used: inout Set<String>) {
    for equation in graph.equations {
      let family = Mirror(reflecting: equation.primitive).children.first!
      used.insert(family.label!)
      for inner in equation.primitive.graphs { collect(inner, &used) }
    }
  }

  /// The cases of `Primitive`, as its source has them.
  private func caseNames() throws -> [String] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Modules/Tensor/Primitive.swift")
    let body = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "package protocol")[0]
    return body.matches(of: /\n  case `?(\w+)`?\(/).map { String($0.1) }
  }
}
