import Autodiff
import Tensor
import TestSupport
import Testing

/// Loops and branches in all their forms: each form gives what the plain one gives.
@Suite struct LoopTests {
  @Test(arguments: 0...7, [1, 2, 3, 7, 9])
  func unrolledScanIsTheSame(length: Int, unroll: Int) {
    let xs = sin(arange(length * 2, dtype: .float64)).reshaped(to: [length, 2])
    let first = Tensor([0.3, -0.2], dtype: .float64)
    func body(_ h: Tensor, _ x: Tensor) -> (Tensor, [Tensor]) { (cos(h + x), [h * x, sum(h)]) }
    for reversed in [false, true] {
      let plain = scan(first, xs, reversed: reversed, body)
      let unrolled = scan(first, xs, reversed: reversed, unroll: unroll, body)
      expectClose(unrolled.carry, plain.carry, relative: 1e-15)
      for (a, b) in zip(unrolled.ys, plain.ys) { expectClose(a, b, relative: 1e-15, absolute: 1e-15) }
    }
  }

  @Test(arguments: 0...9, [false, true])
  func associativeScanIsARunningCombination(length: Int, reversed: Bool) {
    let x = sin(arange(length * 3, dtype: .float64)).reshaped(to: [3, length]) + 1.5
    let sums = associativeScan(x, axis: 1, reversed: reversed) { $0 + $1 }
    expectClose(sums, cumulativeSum(x, axis: 1, reversed: reversed), relative: 1e-14)
    let both = associativeScan([x.T, 2 * x.T], reversed: reversed) { [$0[0] * $1[0], $0[1] * $1[1]] }
    expectClose(both[1], cumulativeProduct(2 * x.T, axis: 0, reversed: reversed), relative: 1e-14)
  }

  @Test func foriLoopTakesTracedBounds() {
    let power = jit { (x: Tensor, n: Tensor) in foriLoop(Tensor(0), n, onesLike(x)) { _, y in y * x } }
    for n in [0, 1, 5] { #expect(Double(power(Tensor(1.5), Tensor(n))) == Double(pow(Tensor(1.5), Tensor(n)))) }
    let result = foriLoop(Tensor(2), Tensor(5), [Tensor(0), Tensor(1.0)]) { i, carry in [carry[0] + i, carry[1] * 2] }
    #expect(Int(result[0]) == 9)
    #expect(Double(result[1]) == 8)
  }

  @Test func condNeedsNoOperand() {
    let f = jit { (x: Tensor, y: Tensor) in cond(x .> y, then: { x * y }, else: { sin(x) - y }) }
    #expect(Double(f(3.0, 2.0)) == 6)
    expectClose(f(1.0, 2.0), sin(Tensor(1.0)) - 2, ulp: 1)
    expectClose(grad(f)(3.0, 2.0), Tensor(2.0), ulp: 1)
  }

  @Test func forwardModeGoesThroughEachLoop() {
    // A loop of unknown length inside a scan inside a branch: only forward mode can differentiate it.
    let f = { (x: Tensor) in
      cond(
        x .> 0, x,
        then: { x in
          scan(x, length: 3) { h in (whileLoop(h, while: { $0 .< 10 }) { $0 * 3 } / 5, ()) }.carry
        }, else: { $0 })
    }
    let (value, tangent) = jvp(f, Tensor(1.0, dtype: .float64), Tensor(1.0, dtype: .float64))
    // Three rounds: multiplied by 3 until at least 10, divided by 5.
    expectClose(value, Tensor(5.832, dtype: .float64), relative: 1e-15)
    expectClose(tangent, value, relative: 1e-15)
  }
}

/// Examples combined along a named axis, apart from what is compared with JAX.
@Suite struct NamedAxisTests {
  @Test func aCompiledFunctionKnowsTheAxisItIsIn() {
    let share = jit { (x: Tensor) -> [Tensor] in
      let total = psum(x, "i")
      return [x / total, Tensor(axisSize("i"))]
    }
    for count in [2, 3, 2] {
      let results = vmap(share, axisName: "i")(ones([count]))
      expectClose(results[0], full([count], 1 / Double(count)), ulp: 1)
      expectEqual(results[1], full([count], Double(count), dtype: .int32))
    }
  }

  @Test func theInnermostAxisOfANameCounts() {
    let f = vmap(vmap({ (x: Tensor) in psum(x, "i") }, outAxes: [nil], axisName: "i"), axisName: "i")
    expectEqual(f(Tensor([[1, 2], [3, 4]])), Tensor([3, 7]))
  }

  @Test func trackedThroughLoopsAndBranches() {
    let f = { (x: Tensor) in
      whileLoop(x, while: { psum($0, "i") .< 10 }) { h in
        let step = cond(psum(h, "i") .> 4, then: { Tensor(2.0) }, else: { Tensor(1.0) })
        return h + step
      }
    }
    // Sums 1 → 4 → 7 → 13: all examples stop together.
    expectEqual(vmap(f, axisName: "i")(Tensor([0.0, 0, 1])), Tensor([4.0, 4, 5]))
  }

  @Test func collectivesTakeTreesAndSendZerosWhereNothingComesFrom() {
    let sums = vmap({ (x: Tensor) in psum(["a": x, "b": 2 * x], "i") }, outAxes: [nil], axisName: "i")(
      Tensor([1, 2, 3]))
    #expect(Int(sums["a"]!) == 6 && Int(sums["b"]!) == 12)
    let shifted = vmap(
      { (x: Tensor) in ppermute(x, "i", [(source: 0, target: 1), (source: 1, target: 2)]) }, axisName: "i")
    expectEqual(shifted(Tensor([4, 5, 6])), Tensor([0, 4, 5]))
  }

  @Test func aValueCommonToAllCountsOnceForEach() {
    let f = vmap({ (x: Tensor) in psum(Tensor(2.0), "i") + 0 * x }, axisName: "i")
    expectEqual(f(zeros([5])), full([5], 10))
    let gathered = vmap({ (_: Tensor) in allGather(Tensor([1, 2]), "i") }, outAxes: [nil], axisName: "i")
    expectEqual(gathered(zeros([3])), Tensor([[1, 2], [1, 2], [1, 2]]))
  }

  @Test func examplesMayBeCountedWithoutArguments() {
    let f = vmap({ (_: [Tensor]) in axisIndex("i") }, axisName: "i", axisSize: 4)
    expectEqual(f([]), Tensor([0, 1, 2, 3]))
  }
}

@Suite struct TreeTests {
  @Test func treesOfDifferentTypesCanBeCarried() {
    let both = Trees(Tensor(1.0), ["a": [Tensor(2.0)]])
    #expect(both.leafPaths == ["[0]", "[1].a[0]"])
    let result = scan(both, arange(3)) { state, x in
      let (sum, rest) = state.parts
      return (Trees(sum + x, rest.mapValues { $0.map { $0 * 2 } }), sum)
    }
    let (sum, rest) = result.carry.parts
    #expect(Double(sum) == 4 && Double(rest["a"]![0]) == 16)
    expectEqual(result.ys, Tensor([1.0, 1, 2]))
  }

  @Test func dictionariesWithOtherKeysAndOptionalsAreTrees() {
    let tree: [Int: Tensor?] = [10: Tensor(1.0), 9: nil, -1: Tensor([2.0, 3])]
    #expect(tree.leaves.map(\.shape) == [[2], []])
    let gradient = grad { (t: [Int: Tensor?]) in sum(square(t[-1]!!)) * t[10]!! }(tree)
    expectEqual(gradient[-1]!!, Tensor([4.0, 6]))
    #expect(gradient[9]! == nil)
    #expect(Double(gradient[10]!!) == 13)
  }

  @Test func derivativesOfTreesHaveTheirStructure() {
    let f = { (p: [String: Tensor], x: Tensor) in p["w"]! * x + sum(square(p["b"]!)) }
    let p = ["w": Tensor([1.0, 2]), "b": Tensor([3.0])]
    for jacobian in [jacfwd(f)(p, Tensor([5.0, 7])), jacrev(f)(p, Tensor([5.0, 7]))] {
      expectEqual(jacobian["w"]!, Tensor([[5.0, 0], [0, 7]]))
      expectEqual(jacobian["b"]!, Tensor([[6.0], [6]]))
    }
    let second = hessian { (p: [String: Tensor]) in sum(f(p, 2)) }(p)
    expectEqual(second[0]["b"]!, Tensor([[4.0]]))
    expectEqual(second[1]["w"]!, zeros([2, 2]))
  }

  @Test func gradientsByOtherArguments() {
    let f = { (a: Tensor, b: [Tensor], c: Tensor) in sum(a * b[0] * c) }
    let (a, b, c) = (Tensor(2.0), [Tensor([1.0, 3])], Tensor(5.0))
    expectEqual(grad(f, wrt: .second)(a, b, c)[0], Tensor([10.0, 10]))
    expectEqual(grad(f, wrt: .third)(a, b, c), Tensor(8.0))
    let (value, (da, db, dc)) = valueAndGrad(f, wrt: .all)(a, b, c)
    #expect([value, da, dc].map { Double($0) } == [40, 20, 8])
    expectEqual(db[0], Tensor([10.0, 10]))
    let (gradient, aux) = gradWithAux { (x: Tensor) in (x * x, (x + 1, [x])) }(Tensor(3.0))
    #expect(Double(gradient) == 6 && Double(aux.0) == 4 && Double(aux.1[0]) == 3)
  }
}
