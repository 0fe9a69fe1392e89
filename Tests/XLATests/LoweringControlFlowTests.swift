import JAXnet
import TestSupport
import Testing
import XLA

/// Programs with control flow, calls and custom derivatives on XLA: values and gradients are the engine's.
@Suite("Control flow on XLA", .enabled(if: TestDevice.isThere, "there is no plugin"))
struct LoweringControlFlowTests {
  struct Program: Sendable, CustomStringConvertible {
    var description: String
    var function: @Sendable (Tensor) -> Tensor
  }

  /// More than are written into a module.
  private static let table = arange(3000, dtype: .float64) / 3000

  private static func chosen(_ index: Tensor, _ x: Tensor) -> Tensor {
    let branches: [(Tensor) -> Tensor] = [{ x in x * 2 }, { x in sin(x) }, { x in exp(x) }]
    return switchBranch(index, x, branches)
  }

  /// Differentiable functions of vectors.
  static let programs: [Program] = {
    var programs: [Program] = []
    let table = Self.table  // made outside of what is traced
    func add(_ description: String, _ function: @escaping @Sendable (Tensor) -> Tensor) {
      programs.append(Program(description: description, function: function))
    }
    add("cond") { x in cond(sum(x) .> 0, x, then: { sin($0) }, else: { $0 * $0 }) }
    add("branches, an index below") { x in chosen(Tensor(-3), x) }
    add("branches, an index above") { x in chosen(Tensor(7), x) }
    add("branches of each example") { x in vmap { (x: Tensor) in chosen((x * 3).asType(.int32), x) }(x) }
    add("branches with a large constant") { x in
      cond(x[0] .> 0, x, then: { $0 + table[..<5] }, else: { $0 * sum(table) })
    }
    add("foriLoop") { x in foriLoop(0, 7, x) { index, x in x + cos(x) * index.asType(.float64) } }
    add("scan") { x in
      let (carry, outputs) = scan([x, x * 2], [x, x + 1]) { (state: [Tensor], slices: [Tensor]) in
        ([state[1] * slices[0], state[0] + slices[1]], [state[0] * slices[1], state[1][..<2]])
      }
      return concatenate([carry[0], carry[1], ravel(outputs[0]), ravel(outputs[1])])
    }
    add("scan, reversed") { x in
      scan(x[0], x, reversed: true) { (total: Tensor, x: Tensor) in (sin(total) + x, total * x) }.ys
    }
    add("scan, of no rounds") { x in
      let (carry, outputs) = scan(x, zeros([0, 3], dtype: .float64)) { (x: Tensor, y: Tensor) in (x * 2, y * 2) }
      return concatenate([carry, ravel(outputs)])
    }
    add("scan with a large constant, in a scan") { x in
      scan(x, arange(3)) { (x: Tensor, i: Tensor) in
        let inner = scan(x, arange(2)) { (x: Tensor, j: Tensor) in (x * table[i * 1000 + j] + sum(table), x) }
        return (inner.carry, sum(inner.ys))
      }.carry
    }
    add("scan of examples") { x in
      vmap { (x: Tensor) in
        scan(x, x * table[..<4]) { (total: Tensor, t: Tensor) in (tanh(total + t), total) }.ys
      }(x)
    }
    add("jit in jit") { x in
      let inner = jit { (x: Tensor) in x * x + table[5] }
      return inner(inner(x)) + inner(x)
    }
    add("checkpoint") { x in checkpoint { (x: Tensor) in sin(exp(x)) * x }(x) }
    add("customJVP") { x in customJVP({ (x: Tensor) in x * x * x }, rule: { x, t in (x * x * x, 5 * t * x) })(x) }
    add("customVJP") { x in
      customVJP({ (x: Tensor) in exp(x) }, forward: { (exp($0), $0) }, backward: { x, c in cos(x) * c })(x)
    }
    add("stopGradient") { x in stopGradient(x) * x }
    add("associativeScan") { x in associativeScan(x) { a, b in a * b } }
    add("named axes") { x in
      vmap({ (x: Tensor) in x * psum(x, "examples") + axisIndex("examples").asType(.float64) }, axisName: "examples")(x)
    }
    return programs
  }()

  @Test(arguments: programs) func valuesAndGradientsAreTheEngines(_ program: Program) throws {
    let x = Tensor([0.3, -0.7, 1.1, 0.2, 0.9], dtype: .float64)
    let valuesAndGradients = { (x: Tensor) -> [Tensor] in
      let (y, pullback) = vjp(program.function, x)
      return [y, pullback(sin(arange(y.count, dtype: .float64) + 1).reshaped(to: y.shape))]
    }
    for (a, b) in zip(try onDevice(valuesAndGradients, x), valuesAndGradients(x)) {
      expectClose(a, b, relativeToLargest: 1e-12, "\(program)")
    }
  }

  @Test func loopsGoOnAsLongAsTheirConditionHolds() throws {
    // With values for the condition, for the body, and large ones for both.
    let table = Self.table
    let function = { (x: Tensor) -> [Tensor] in
      let limit = 100 * sum(table) / sum(table)
      return whileLoop([x, Tensor(Int32(0))], while: { sum($0[0]) .< limit + x[0] }) { state in
        [state[0] * 1.5 + abs(x) + table[7], state[1] + 1]
      }
    }
    let x = Tensor([0.3, -0.7, 1.1], dtype: .float64)
    let (results, expected) = (try onDevice(function, x), function(x))
    expectClose(results[0], expected[0], relativeToLargest: 1e-12)
    expectEqual(results[1], expected[1])
    // Each example goes as long as it needs.
    let examples = { (x: Tensor) -> [Tensor] in
      [vmap { (x: Tensor) in whileLoop(x, while: { $0 .< 10 }) { $0 * 2 + 1 } }(x)]
    }
    expectEqual(try onDevice(examples, abs(x))[0], examples(abs(x))[0])
  }

  private func onDevice(_ function: @escaping (Tensor) -> [Tensor], _ x: Tensor) throws -> [Tensor] {
    try lower(function)(x).compile(on: TestDevice.first)([x]).map { $0.moved(to: .host) }
  }
}
