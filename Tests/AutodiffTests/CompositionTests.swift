import Autodiff
import Tensor
import TestSupport
import Testing

/// A composition of transformations: its name in the golden file, whose attributes have it in Python, and the same in Swift.
struct Composition: Sendable, CustomTestStringConvertible {
  let name: String
  let function: @Sendable ([Tensor]) -> [Tensor]

  init(_ name: String, _ function: @escaping @Sendable ([Tensor]) -> [Tensor]) {
    self.name = name
    self.function = function
  }

  var testDescription: String { name }
}

@Suite struct CompositionTests {
  private static let all = compositions + collectiveCompositions + argumentCompositions + deeperCompositions

  @Test(arguments: all)
  fileprivate func equalsJAX(_ composition: Composition) {
    let row = Golden("transformations")(composition.name)
    let operands = row.numbered("in").map { $0.dtype.isFloating ? $0.asType(.float64) : $0 }
    let results = composition.function(operands)
    let expected = row.numbered("out")
    #expect(results.count == expected.count)
    for (index, (result, reference)) in zip(results, expected).enumerated() {
      expectClose(result, reference, relativeToLargest: 1e-10, "\(composition.name), result \(index)")
    }
  }
}

extension CompositionTests {
  @Test func everyCaseIsHereAndFortyAreThreeDeep() {
    let golden = Golden("transformations")
    #expect(
      Set(Self.all.map(\.name))
        == Set(golden.caseNames).subtracting(["helpers"]))
    #expect(Self.all.count { golden($0.name).int("depth")! >= 3 } >= 40)
  }
}

@Sendable private func squareSum(_ x: Tensor) -> Tensor { sum(x * x) }

/// h = tanh(m h + x) over the rows of xs: the last h, and all of them.
@Sendable private func recurrence(
  _ m: Tensor, _ h: Tensor, _ xs: Tensor, reversed: Bool = false
) -> (carry: Tensor, ys: Tensor) {
  scan(h, xs, reversed: reversed) { h, x in
    let h = tanh(dot(m, h) + x)
    return (h, h)
  }
}

@Sendable private func layer(_ m: Tensor, _ k: Tensor, _ x: Tensor) -> Tensor { dot(tanh(dot(x, m)), k) }
@Sendable private func layerLoss(_ params: [Tensor], _ x: Tensor) -> Tensor {
  squareSum(layer(params[0], params[1], x) - 0.5)
}

/// log1p(exp(x)) with the derivative ½ tanh(x).
func softer(_ x: Tensor) -> Tensor {
  customJVP({ (x: Tensor) in log1p(exp(x)) }) { x, dx in (log1p(exp(x)), 0.5 * tanh(x) * dx) }(x)
}

/// The identity, whose backward pass clips the cotangent and multiplies it by x.
func clipped(_ x: Tensor) -> Tensor {
  customVJP(
    { (x: Tensor) in x }, forward: { x in (x, x) },
    backward: { x, cotangent in
      clip(cotangent, min: Tensor(-0.5, dtype: .float64), max: Tensor(0.5, dtype: .float64)) * x
    })(x)
}

private func descent(_ x: Tensor, _ rate: Tensor) -> Tensor {
  x - 0.1 * rate * grad { (x: Tensor) in square(square(x) - 1) }(x)
}

private func trainedLoss(_ rate: Tensor, _ m: Tensor, _ k: Tensor, _ a: Tensor) -> Tensor {
  let params = scan([m, k], a) { params, x in
    (params.zipLeaves(grad(layerLoss)(params, x)) { $0 - rate * $1 }, ())
  }.carry
  return layerLoss(params, a[0])
}

private let compositions: [Composition] = [
  Composition("condOfGrad") { x in
    let f = { (v: Tensor) in cond(x[1] .> 0, v, then: { grad(squareSum)($0) }, else: { -$0 }) }
    return [f(x[0]), jacrev(f)(x[0])]
  },
  Composition("fourthDerivativeVmapped") { x in
    [vmap(grad(grad(grad(grad { (x: Tensor) in tanh(x) * x }))))(x[0])]
  },
  Composition("gradOfCheckpoint") { x in
    let block = checkpoint { (v: Tensor) in sin(dot(x[1], sin(v))) }
    return [grad { (v: Tensor) in squareSum(block(block(v))) }(x[0])]
  },
  Composition("gradOfForiLoop") { x in
    [grad { (v: Tensor) in squareSum(foriLoop(0, 4, v) { i, h in sin(dot(x[1], h)) + i }) }(x[0])]
  },
  Composition("gradOfJit") { x in [grad(jit { (v: Tensor) in sum(square(sin(v))) })(x[0])] },
  Composition("gradOfScan") { x in [grad { (m: Tensor) in squareSum(recurrence(m, x[1], x[2]).ys) }(x[0])] },
  Composition("gradOfScanByEverything") { x in
    grad { (p: [Tensor]) in sum(pow(recurrence(p[0], p[1], p[2]).carry, 3)) }(x)
  },
  Composition("gradOfScanOfCheckpoint") { x in
    let step = checkpoint { (h: Tensor, x_: Tensor) in [tanh(dot(x[0], h) + x_), sum(h)] }
    return [
      grad { (v: Tensor) in
        sum(
          scan(v, x[2]) { h, row in
            let results = step(h, row)
            return (results[0], results[1])
          }.ys)
      }(x[1])
    ]
  },
  Composition("gradOfScanOfCond") { x in
    [
      grad { (v: Tensor) in
        scan(sum(v), v) { h, x in
          (cond(h * x .> 0, [h, x], then: { sin($0[0] + $0[1]) }, else: { exp($0[0]) * $0[1] }), h)
        }.carry
      }(x[0])
    ]
  },
  Composition("gradOfScanOfCustomJvp") { x in
    [grad { (s: Tensor) in scan(s, x[1]) { h, x in (softer(h * x), ()) }.carry }(x[0])]
  },
  Composition("gradOfScanOfCustomVjp") { x in
    [grad { (s: Tensor) in scan(s, x[1]) { h, x in (clipped(h) * x, ()) }.carry }(x[0])]
  },
  Composition("gradOfScanOfGrad") { x in
    let f = { (s: Tensor) in scan(s, x[1]) { s, rate in (descent(s, rate), ()) }.carry }
    return [grad(f)(x[0]), grad(grad(f))(x[0])]
  },
  Composition("gradOfScanOfScan") { x in
    grad { (p: [Tensor]) in
      let (h, ys) = scan(p[0], p[1]) { h, row in (scan(h, row) { h, x in (cos(h + x * p[0]), ()) }.carry, h) }
      return h + sum(ys * ys)
    }(x)
  },
  Composition("gradOfScanOfVmap") { x in
    [
      grad { (c: Tensor) in
        let ys = scan(zerosLike(c[.all, 0]), c.swappingAxes(0, 1)) { h, x_ in
          let next = vmap { (h: Tensor, x_: Tensor) in tanh(dot(x[0], h) + x_) }(h, x_)
          return (next, sum(next))
        }.ys
        return sum(ys * ys)
      }(x[1])
    ]
  },
  Composition("gradOfVmapOfCustomVjp") { x in
    [grad { (a: Tensor) in sum(square(vmap(clipped)(a)) * 3) }(x[0])]
  },
  Composition("gradOfVmapOfDynamicSlice") { x in
    [
      grad { (a: Tensor) in
        sum(pow(vmap { (i: Tensor) in dynamicSlice(a, [i, i], sizes: [2, 1]) }(Tensor([0, 1, 2])), 3))
      }(x[0])
    ]
  },
  Composition("hessian") { x in [hessian { (v: Tensor) in sin(dot(dot(v, x[1]), v)) }(x[0])] },
  Composition("hessianForwardOverForward") { x in
    [jacfwd(jacfwd { (v: Tensor) in log(1 + squareSum(dot(x[1], v))) })(x[0])]
  },
  Composition("hessianForwardOverReverse") { x in
    [jacfwd(grad { (v: Tensor) in log(1 + squareSum(dot(x[1], v))) })(x[0])]
  },
  Composition("hessianReverseOverForward") { x in
    [jacrev(jacfwd { (v: Tensor) in log(1 + squareSum(dot(x[1], v))) })(x[0])]
  },
  Composition("hessianReverseOverReverse") { x in
    [jacrev(grad { (v: Tensor) in log(1 + squareSum(dot(x[1], v))) })(x[0])]
  },
  Composition("hessianOfCheckpointOfJit") { x in
    let compiled = jit { (v: Tensor) in tanh(dot(x[1], v)) }
    let block = checkpoint { (v: Tensor) in compiled(v) }
    return [hessian { (v: Tensor) in squareSum(block(v)) }(x[0])]
  },
  Composition("hessianOfScan") { x in
    let f = { (s: Tensor) in scan(s, x[1]) { h, x in (sin(s * h + x), ()) }.carry }
    return [f(x[0]), grad(f)(x[0]), grad(grad(f))(x[0])]
  },
  Composition("jacobianOfJitOfWhile") { x in
    let f = jit { (v: Tensor) in
      whileLoop([v, Tensor(0)], while: { $0[1] .< 3 }) { [tanh(dot(x[1], $0[0])), $0[1] + 1] }[0]
    }
    return [jacfwd(f)(x[0])]
  },
  Composition("jacobianOfVmapOfLayer") { x in
    [jacrev { (m: Tensor) in vmap { (row: Tensor) in layer(m, x[1], row) }(x[2]) }(x[0])]
  },
  Composition("jitOfGradOfJit") { x in [jit(grad(jit { (v: Tensor) in sum(exp(v) * x[1]) }))(x[0])] },
  Composition("jitOfGradOfScanOfJit") { x in
    let step = jit { (h: Tensor, row: Tensor) in sin(dot(x[0], h)) + row }
    return [
      jit(
        grad { (a: Tensor) in
          squareSum(
            scan(x[1], a) { h, row in
              let next = step(h, row)
              return (next, next)
            }.ys)
        })(x[2])
    ]
  },
  Composition("jitOfVmapOfGrad") { x in [jit(vmap(grad { (x: Tensor) in product(cos(x)) }))(x[0])] },
  Composition("jitOfVmapOfGradOfCustomVjp") { x in [jit(vmap(grad { (x: Tensor) in sin(clipped(x)) * 2 }))(x[0])] },
  Composition("jvpOfJitOfCustomJvp") { x in
    let f = jit { (v: Tensor) in softer(2 * v) }
    let (value, tangent) = jvp({ f($0) }, x[0], x[1])
    return [value, tangent]
  },
  Composition("jvpOfJitOfVmap") { x in
    let f = jit(vmap { (x: Tensor) in sum(sin(x)) * x })
    let (value, tangent) = jvp({ f($0) }, x[0], cos(x[0]))
    return [value, tangent]
  },
  Composition("jvpOfScanOfCond") { x in
    let f = { (v: Tensor) -> [Tensor] in
      let (h, ys) = scan(sum(v), v) { h, x in
        (cond(x .> 0, [h, x], then: { sin($0[0]) + $0[1] }, else: { $0[0] * $0[1] }), h)
      }
      return [h, ys]
    }
    let (values, tangents) = jvp(f, x[0], x[1])
    return values + tangents
  },
  Composition("jvpOfVjp") { x in
    let pull = { (v: Tensor) in vjp({ (v: Tensor) in tanh(dot(x[2], v)) }, v).pullback(x[1]) }
    let (value, tangent) = jvp(pull, x[0], x[1])
    return [value, tangent]
  },
  Composition("learningRateGradientThroughTraining") { x in
    let f = { (rate: Tensor) in trainedLoss(rate, x[1], x[2], x[3]) }
    let rate = 0.1 * x[0]
    return [f(rate), grad(f)(rate), grad(grad(f))(rate)]
  },
  Composition("linearizeTwice") { x in
    let (y, derivative) = linearize({ (v: Tensor) in sin(v) * sum(v) }, x[0])
    let (z, second) = linearize({ (v: Tensor) in derivative(v) * v }, x[1])
    return [y, derivative(x[1]), z, second(x[0])]
  },
  Composition("perExampleGradientsOfANetwork") { x in
    vmap(grad { (p: [Tensor], x: Tensor) in layerLoss(p, x) }, inAxes: [nil, 0])([x[0], x[1]], x[2])
  },
  Composition("reverseScan") { x in
    [
      recurrence(x[0], x[1], x[2], reversed: true).ys,
      grad { (v: Tensor) in squareSum(recurrence(x[0], v, x[2], reversed: true).ys) }(x[1]),
    ]
  },
  Composition("scanOfGrad") { x in
    let (last, all) = scan(x[0], x[1]) { s, rate in
      let next = descent(s, rate)
      return (next, next)
    }
    return [last, all]
  },
  Composition("scanOfScan") { x in
    let (last, all) = scan(sum(x[0]), x[1]) { h, row in
      let (h, ys) = scan(h, row) { h, x in (cos(h + x), h * x) }
      return (h, sum(ys))
    }
    return [last, all]
  },
  Composition("scanWithATreeOfStates") { x in
    grad { (p: [Tensor]) in
      let initial = ["mean": p[0], "square": p[1] * p[1]]
      return sum(
        scan(initial, x[2]) { state, row in
          let next = ["mean": 0.9 * state["mean"]! + 0.1 * row, "square": 0.8 * state["square"]! + 0.2 * row * row]
          return (next, next["mean"]! / (1 + next["square"]!))
        }.ys)
    }([x[0], x[1]])
  },
  Composition("secondDerivativeOfCustomJvp") { x in [grad(grad(softer))(x[0])] },
  Composition("stopGradientInside") { x in
    let f = { (v: Tensor) in sum(v * stopGradient(sin(v)) * x[1]) }
    let (value, tangent) = jvp(f, x[0], x[1])
    return [grad(f)(x[0]), value, tangent, hessian(f)(x[0])]
  },
  Composition("switchOfFour") { x in
    let branches: [(Tensor) -> Tensor] = [{ sin($0) }, { cos($0) }, { $0 * $0 }, { exp(-$0) }]
    let f = { (v: Tensor) in sum(switchBranch(x[0], v, branches)) }
    let all = vmap { (i: Tensor) in switchBranch(i, x[1], branches) }(Tensor([0, 3, 7, -1, 1]))
    return [f(x[1]), grad(f)(x[1]), all]
  },
  Composition("thirdDerivative") { x in [grad(grad(grad { (x: Tensor) in sin(x) * exp(x) }))(x[0])] },
  Composition("trainingLoopScannedAndJitted") { x in
    let train = jit { (p: [Tensor], a: Tensor) in
      let (params, losses) = scan(p, a) { params, row in
        let (loss, gradient) = valueAndGrad(layerLoss)(params, row)
        return (params.zipLeaves(gradient) { $0 - 0.05 * $1 }, loss)
      }
      return params + [losses]
    }
    return train([x[0], x[1]], x[2])
  },
  Composition("vjpOfVmapOfVjp") { x in
    let pull = { (row: Tensor) -> Tensor in
      let (y, pullback) = vjp({ (v: Tensor) in sin(dot(x[1], v)) }, row)
      return pullback(y)
    }
    let pullAll = vmap(pull)
    let (y, pullback) = vjp({ pullAll($0) }, x[0])
    return [y, pullback(onesLike(y))]
  },
  Composition("vmapOfCondOnTheMappedValue") { x in
    [
      vmap { (a: Tensor, b: Tensor) in
        cond(a .> b, [a, b], then: { $0[0] * $0[1] }, else: { sin($0[0]) - $0[1] })
      }(x[0], x[1])
    ]
  },
  Composition("vmapOfGradOfCheckpointOfScan") { x in
    let f = checkpoint { (a: Tensor) in squareSum(recurrence(x[1], a[0], a).ys) }
    return [vmap(grad(f))(x[0])]
  },
  Composition("vmapOfGradOfCond") { x in
    vmap(
      grad { (p: [Tensor]) in
        cond(p[0] .> p[1], p, then: { $0[0] * square($0[1]) }, else: { sin($0[0]) * $0[1] })
      })([x[0], x[1]])
  },
  Composition("vmapOfGradOfCustomJvp") { x in [vmap(grad { (x: Tensor) in square(softer(x)) })(x[0])] },
  Composition("vmapOfCholeskySolveGradient") { x in
    [
      vmap(
        grad { (x: Tensor) in
          sum(solve(dot(x.T, x) + eye(3, dtype: x.dtype), x[0]))
        })(x[0])
    ]
  },
  Composition("vmapOfConvolutionGradient") { x in
    let gradient = grad { (p: [Tensor]) in
      squareSum(
        convGeneralDilated(
          p[0][.newAxis], p[1][.all, .newAxis], strides: [1], padding: .valid,
          dimensionNumbers: ConvolutionDimensionNumbers("NWC", "WIO", "NWC")))
    }
    return vmap(gradient)([x[0][..., ..<1], stack([x[1], -x[1]])])
  },
  Composition("vmapOfGradOfScan") { x in
    [vmap(grad { (a: Tensor) in squareSum(recurrence(x[0], a[0], a).carry) })(x[1])]
  },
  Composition("vmapOfJacobian") { x in [vmap(jacfwd { (v: Tensor) in tanh(dot(x[1], v)) })(x[0])] },
  Composition("vmapOfJvpOfWhile") { x in
    let f = { (x: Tensor) in whileLoop(x, while: { abs($0) .< 5 }) { 1.5 * $0 + sign($0) * 0.1 } }
    let (values, tangents) = vmap { (x: Tensor, dx: Tensor) in jvp(f, x, dx) }(x[0], x[1])
    return [values, tangents]
  },
  Composition("vmapOfScanOverTheInitialState") { x in
    let (last, all) = vmap { (h: Tensor) in recurrence(x[0], h, x[1]) }(x[1])
    return [last, all]
  },
  Composition("vmapOfScanOverTheMatrix") { x in
    [vmap { (m: Tensor) in recurrence(m, x[1], x[2]).ys }(x[0][.all, ..<3])]
  },
  Composition("vmapOfVmapOfGrad") { x in
    [vmap(vmap(grad { (x: Tensor) in sum(pow(x, 3)) / (1 + squareSum(x)) }))(x[0])]
  },
  Composition("vmapOfWhileWithDifferentCounts") { x in
    vmap { (x: Tensor) in
      whileLoop([x, Tensor(0)], while: { $0[0] .< 2 }) { [$0[0] + abs(x) + 0.3, $0[1] + 1] }
    }(x[0])
  },
  Composition("vmapOverAClosedOverGradient") { x in
    [vmap { (row: Tensor) in grad { (v: Tensor) in sum(sin(v * row)) }(x[1]) }(x[0])]
  },
  Composition("whileForward") { x in
    let f = { (v: Tensor) in
      whileLoop([v, Tensor(0)], while: { $0[1] .< 4 }) { [sin($0[0] + x[0]), $0[1] + 1] }[0]
    }
    let (value, tangent) = jvp(f, x[1], onesLike(x[1]))
    return [value, tangent]
  },
]
