import Autodiff
import Tensor
import TestSupport

// Compositions whose Python is in Tools/golden/deeper_cases.py, and those with several arguments.

@Sendable private func squareSum(_ x: Tensor) -> Tensor { sum(x * x) }

/// h = tanh(m h + x) over the rows of xs: the last h, and all of them.
private func recurrence(_ m: Tensor, _ h: Tensor, _ xs: Tensor) -> (carry: Tensor, ys: Tensor) {
  scan(h, xs) { h, x in
    let h = tanh(dot(m, h) + x)
    return (h, h)
  }
}

private func layer(_ m: Tensor, _ k: Tensor, _ x: Tensor) -> Tensor { dot(tanh(dot(x, m)), k) }

/// Examples combined along a named axis.
let collectiveCompositions: [Composition] = [
  Composition("vmapOfGradOfPsum") { x in
    [vmap(grad { (x: Tensor) in sum(sin(x) * psum(x * x, "i")) }, axisName: "i")(x[0])]
  },
  Composition("gradOfJitOfVmapOfPmean") { x in
    let normalized = vmap({ (x: Tensor) in pow(x - pmean(x, "i"), 3) }, axisName: "i")
    return [grad(jit { (a: Tensor) in squareSum(normalized(a)) })(x[0])]
  },
  Composition("vmapOfJitOfScanOfPsum") { x in
    let f = jit { (x: Tensor) in
      let (h, ys) = scan(sum(x), x) { h, y in (tanh(h + psum(y, "i")), h * y) }
      return [h, ys]
    }
    return vmap(f, axisName: "i")(x[0])
  },
  Composition("gradOfVmapOfScanOfPmean") { x in
    let f = { (x: Tensor) in scan(x[0], x) { h, y in (sin(h + pmean(h * y, "i")), h) }.ys }
    return [grad { (a: Tensor) in squareSum(vmap(f, axisName: "i")(a)) }(x[0])]
  },
  Composition("vmapOfVmapOfTwoAxes") { x in
    let inner = { (x: Tensor) in [psum(x, "j") * x, pmax(psum(x, "i"), "j"), x - pmin(x, "i")] }
    return vmap(vmap(inner, axisName: "j"), axisName: "i")(x[0])
  },
  Composition("hessianOfVmapOfPsum") { x in
    let f = vmap({ (y: Tensor) in sin(y) * psum(square(y), "i") }, axisName: "i")
    return [hessian { (x: Tensor) in sum(f(x)) }(x[0][0])]
  },
  Composition("gradOfVmapOfAllGather") { x in
    let f = vmap({ (x: Tensor) in dot(allGather(x, "i"), x) }, axisName: "i")
    return [grad { (a: Tensor) in sum(pow(f(a), 3)) }(x[0])]
  },
  Composition("vmapOfAxisIndex") { x in
    let (scaled, counted) = vmap(
      { (x: Tensor) in (x * axisIndex("i").asType(x.dtype), Double(axisSize("i")) * x) }, axisName: "i")(x[0])
    return [scaled, counted]
  },
  Composition("gradOfVmapOfPpermute") { x in
    let pairs = [(source: 0, target: 1), (source: 1, target: 2), (source: 2, target: 0), (source: 3, target: 3)]
    let f = vmap({ (x: Tensor) in sin(x) * ppermute(x, "i", pairs) }, axisName: "i")
    return [f(x[0]), grad { (a: Tensor) in squareSum(f(a)) }(x[0])]
  },
  Composition("vmapOfCondOfPsum") { x in
    let f = { (x: Tensor, y: Tensor) in
      cond(x .> y, psum(x * y, "i"), then: { sin($0) }, else: { $0 * $0 })
    }
    return [vmap(grad(f), axisName: "i")(x[0], x[1])]
  },
  Composition("vmapWithResultsCommonToAll") { x in
    let (centred, mean) = vmap(
      { (x: Tensor) in (x - pmean(x, "i"), pmean(x, "i")) }, outAxes: [1, nil], axisName: "i")(x[0])
    return [centred, mean]
  },
]

/// Several arguments, trees and results besides.
let argumentCompositions: [Composition] = [
  Composition("valueAndGradOfJitWithTwoArguments") { x in
    let f = jit { (v: Tensor, w: Tensor) in sum(sin(v) * exp(w)) }
    let (value, (dv, dw)) = valueAndGrad(f, wrt: .all)(x[0], x[1])
    return [value, dv, dw]
  },
  Composition("gradOfSecondArgumentOfJit") { x in
    let f = jit { (v: Tensor, w: Tensor) in sum(sin(dot(x[2], v)) * w * w) }
    let (dv, dw) = jit(vmap(grad(f, wrt: .all), inAxes: [nil, 0]))(x[0], x[2])
    return [grad(f, wrt: .second)(x[0], x[1]), dv, dw]
  },
  Composition("hessianOfTwoBlocks") { x in
    let rows = hessian { (p: [Tensor]) in tanh(dot(dot(p[0], x[2]), p[1])) + squareSum(p[0]) * sum(p[1]) }([x[0], x[1]])
    return rows.flatMap { $0 }
  },
  Composition("gradWithAuxiliaryOutput") { x in
    let (value, aux, gradient) = valueAndGradWithAux { (v: Tensor) in
      (squareSum(dot(x[1], v)), ["activations": tanh(dot(x[1], v)), "count": Tensor(3)])
    }(x[0])
    return [value, aux["activations"]!, aux["count"]!, gradient]
  },
  Composition("vmapOfValueAndGradWithAuxiliaryOutput") { x in
    let f = valueAndGradWithAux { (v: Tensor) in (squareSum(dot(x[1], v)), ["hidden": tanh(dot(x[1], v))]) }
    let (value, aux, gradient) = vmap(f)(x[0])
    return [value, aux["hidden"]!, gradient]
  },
  Composition("linearTranspose") { x in
    [linearTranspose({ (v: Tensor) in dot(x[1], v).reversed() * 2 }, x[0])(x[0])]
  },
  Composition("gradThroughIntegers") { x in
    let f = { (v: Tensor, n: Tensor) in sum(pow(v, n)) * n }
    return [grad(f)(x[0], x[1]), jit(grad(f))(x[0], x[1])]
  },
  Composition("hessianVectorProductForwardOverReverse") { x in
    let f = { (v: Tensor) in sum(exp(v) * concatenate([v[2...], v[..<2]])) }
    let (gradient, product) = jvp({ grad(f)($0) }, x[0], x[1])
    return [gradient, product]
  },
  Composition("hessianVectorProductReverseOverForward") { x in
    let f = { (v: Tensor) in sum(exp(v) * concatenate([v[2...], v[..<2]])) }
    return [grad { (v: Tensor) in jvp(f, v, x[1]).tangent }(x[0])]
  },
  Composition("hessianVectorProductReverseOverReverse") { x in
    let f = { (v: Tensor) in sum(exp(v) * concatenate([v[2...], v[..<2]])) }
    return [grad { (v: Tensor) in dot(grad(f)(v), x[1]) }(x[0])]
  },
  Composition("vmapWithAxes") { x in
    let outer = { (x: Tensor, y: Tensor) in x.expandingDims(1) * y }
    return [vmap(outer, inAxes: [1, nil], outAxes: [2])(x[0], x[1][0])]
  },
  Composition("vmapOfVmapOfDot") { x in
    let rows = vmap({ (a: Tensor, b: Tensor) in dot(a, b) }, inAxes: [nil, 1])
    return [vmap(rows, inAxes: [0, nil])(x[1], x[0])]
  },
  Composition("gradOfVmapOfNorm") { x in
    [grad { (a: Tensor) in sum(pow(vmap { (x: Tensor) in sqrt(squareSum(x)) }(a), 3)) }(x[0])]
  },
  Composition("newtonByWhileOfGrad") { x in
    let f = { (x: Tensor) in cosh(x) + 0.5 * x }
    return [
      vmap { (x: Tensor) in
        whileLoop(x, while: { abs(grad(f)($0)) .> 1e-10 }) { $0 - grad(f)($0) / grad(grad(f))($0) }
      }(x[0])
    ]
  },
  Composition("vmapOfGatherWithMappedIndices") { x in
    let indices = Tensor([[0, 2], [1, 1], [2, 0], [3, 1]])
    let rows = vmap { (i: Tensor) in take(x[0], i, axis: 0) }(indices)
    let picked = vmap { (x: Tensor, i: Tensor) in take(x, i - 3 * (i .>= 3).asType(.int32), axis: 0) }
    return [rows, grad { (a: Tensor) in squareSum(picked(a, indices)) }(x[0])]
  },
  Composition("vmapOfScatter") { x in
    let indices = Tensor([[0, 2], [1, 1], [2, 0], [0, 1]]).expandingDims(-1)
    let dimensions = GatherDimensions(offsetDims: [], collapsedSliceDims: [0], startIndexMap: [0])
    let add = vmap { (x: Tensor, i: Tensor) in scatter(.add, x, i, x[..<2], dimensions) }
    let (y, pullback) = vjp({ add($0, indices) }, x[0])
    return [y, pullback(x[0])]
  },
  Composition("vmapOfSortGradient") { x in
    [vmap(grad { (x: Tensor) in sum(sort(x) * arange(3).asType(x.dtype)) })(x[0])]
  },
  Composition("gradOfJitOfAssociativeScan") { x in
    let f = jit { (p: [Tensor]) in
      squareSum(associativeScan(p) { [$0[0] * $1[0], $1[0] * $0[1] + $1[1]] }[1])
    }
    return grad(f)([x[0], x[1]])
  },
]

/// Three transformations deep, and more.
let deeperCompositions: [Composition] = [
  Composition("gradOfVmapOfGrad") { x in
    let inner = vmap(grad { (v: Tensor) in sum(tanh(dot(x[1], v))) })
    return [grad { (a: Tensor) in squareSum(inner(a)) }(x[0])]
  },
  Composition("jitOfHessianOfScan") { x in
    let f = { (v: Tensor) in scan(squareSum(v), x[1]) { h, x in (sin(h * x) + h, ()) }.carry }
    return [jit(hessian(f))(x[0])]
  },
  Composition("vmapOfHessianOfJit") { x in [vmap(hessian(jit { (v: Tensor) in exp(-squareSum(dot(x[1], v))) }))(x[0])]
  },
  Composition("jvpOfGradOfScan") { x in
    let f = grad { (v: Tensor) in squareSum(recurrence(x[0], v, x[2]).ys) }
    let (value, tangent) = jvp({ f($0) }, x[1], cos(x[1]))
    return [value, tangent]
  },
  Composition("vjpOfJitOfJvpOfVmap") { x in
    let f = vmap { (x: Tensor) in product(cos(x)) }
    let pushed = jit { (a: Tensor) in jvp({ f($0) }, a, a * a).tangent }
    let (y, pullback) = vjp({ pushed($0) }, x[0])
    return [y, pullback(sin(y))]
  },
  Composition("vmapOfJvpOfGrad") { x in
    let f = grad { (x: Tensor) in log1p(squareSum(sin(x))) }
    return [vmap { (row: Tensor) in jvp({ f($0) }, row, x[1]).tangent }(x[0])]
  },
  Composition("jitOfVmapOfJacobianOfCheckpoint") { x in
    let block = checkpoint { (v: Tensor) in tanh(dot(x[1], sin(v))) }
    return [jit(vmap(jacrev(block)))(x[0])]
  },
  Composition("gradOfCondOfScan") { x in
    let f = { (s: Tensor) in
      cond(
        s .> 0.5, s, then: { s in scan(s, x[1]) { h, x in (sin(h * s + x), ()) }.carry }, else: { $0 * $0 })
    }
    return [grad(f)(x[0]), grad(f)(0.1 * x[0])]
  },
  Composition("vmapOfGradOfScanOfCond") { x in
    let f = { (x: Tensor) in
      squareSum(
        scan(x[0], x) { h, y in (cond(h .> y, h, then: { sin($0 * y) }, else: { $0 + y * y }), h) }.ys)
    }
    return [vmap(grad(f))(x[0])]
  },
  Composition("jacobianOfScanOfWhile") { x in
    let f = { (v: Tensor) in
      scan(v, length: 3) { h in
        (
          whileLoop(Trees(h, Tensor(0)), while: { $0.parts.1 .< 2 }) { state in
            Trees(tanh(dot(x[1], state.parts.0)), state.parts.1 + 1)
          }.parts.0, ()
        )
      }.carry
    }
    return [jacfwd(f)(x[0])]
  },
  Composition("scanOfVmapOfGrad") { x in
    let slopes = vmap(grad { (v: Tensor) in sum(cos(dot(x[1], v))) })
    let (last, sums) = scan(x[0], Tensor([0.1, 0.2], dtype: .float64)) { a, rate in (a - rate * slopes(a), sum(a)) }
    return [last, sums]
  },
  Composition("gradOfCheckpointOfVmapOfScan") { x in
    let f = checkpoint(vmap { (a: Tensor) in recurrence(x[0], a[0], a).carry })
    return [grad { (c: Tensor) in squareSum(f(c)) }(x[1])]
  },
  Composition("vmapOfGradOfSwitch") { x in
    let branches: [(Tensor) -> Tensor] = [{ sin($0) }, { $0 * $0 }, { exp($0) }]
    let f = { (x: Tensor, i: Tensor) in square(switchBranch(i, x, branches)) }
    return [vmap(grad(f))(x[0], Tensor([2, 0, 1]))]
  },
  Composition("gradOfJitOfScanUnrolled") { x in
    let f = { (s: Tensor) in
      squareSum(scan(onesLike(x[1][0]), x[1], unroll: 3) { h, row in (sin(h * s + row), h) }.ys)
    }
    return [grad(jit(f))(x[0])]
  },
  Composition("vmapOfGradOfReverseScanUnrolled") { x in
    let f = { (x: Tensor) in scan(x[1], x, reversed: true, unroll: 2) { h, y in (cos(h + y), h * y) }.carry }
    return [vmap(grad(f))(x[0])]
  },
  Composition("linearizeOfJitOfVmap") { x in
    let f = jit(vmap { (x: Tensor) in sin(x) * sum(x) })
    let (y, derivative) = linearize({ f($0) }, x[0])
    return [y, derivative(x[0]), derivative(cos(x[0]))]
  },
  Composition("gradOfLinearizeOfScan") { x in
    let f = { (v: Tensor) in
      linearize({ (v: Tensor) in scan(product(v), v) { h, x in (sin(h + x), ()) }.carry }, v).derivative(x[1])
    }
    return [grad(f)(x[0])]
  },
  Composition("jitOfGradOfVmapOfCustomJvp") { x in
    [jit(grad { (a: Tensor) in sum(vmap { (x: Tensor) in softer(x) * x }(a)) })(x[0])]
  },
  Composition("gradOfJitOfCheckpointOfCustomVjp") { x in
    let block = checkpoint { (x: Tensor) in clipped(sin(x)) * x }
    return [grad(jit { (v: Tensor) in squareSum(block(block(v))) })(x[0])]
  },
  Composition("gradOfWhileInsideStopGradient") { x in
    let f = { (v: Tensor) in
      sum(v * whileLoop(stopGradient(v), while: { squareSum($0) .< 4 }) { 1.5 * $0 })
    }
    return [jit(vmap(grad(f)))(stack([x[0], 2 * x[0]]))]
  },
  Composition("vmapOfJitOfGradOfForiLoop") { x in
    let f = jit { (v: Tensor) in squareSum(foriLoop(0, 3, v) { i, h in tanh(dot(x[1], h)) * (i + 1) }) }
    return [vmap(grad(f))(x[0])]
  },
  Composition("thirdDerivativeOfJitOfScan") { x in
    let f = jit { (s: Tensor) in scan(s, x[1]) { h, x in (sin(h * s) + x, ()) }.carry }
    return [grad(grad(grad(f)))(x[0])]
  },
  Composition("jacobianOfSolveByNewton") { x in
    let slope = grad { (x: Tensor) in tanh(x) + x }
    let root = { (c: Tensor) in
      scan(0 * c, length: 6) { x in (x - (tanh(x) + x - c) / slope(x), ()) }.carry
    }
    return [vmap(grad(root))(x[0]), vmap(grad(grad(root)))(x[0])]
  },
  Composition("gradOfANetworkByVmapOfJit") { x in
    grad { (p: [Tensor]) in
      mean(vmap(jit { (row: Tensor) in squareSum(layer(p[0], p[1], row) - 0.5) })(x[2]))
    }([x[0], x[1]])
  },
  Composition("gradOfScanOfAssociativeScan") { x in
    let f = { (v: Tensor) in
      squareSum(scan(v, x[1]) { h, row in (associativeScan(h + row) { $0 * cos($1) }, ()) }.carry)
    }
    return [grad(f)(x[0])]
  },
  Composition("sequentialMapOfGrad") { x in
    [sequentialMap(x[0]) { (row: Tensor) in grad { (x: Tensor) in product(sin(x)) }(row) }]
  },
]
