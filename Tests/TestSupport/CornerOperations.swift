import Autodiff
import Tensor

/// The functions of the topic `corners`: those of the table below, and those of each element in the tables of their topics.
let cornerTable: [String: Maker] = {
  let firstParts = Set(Golden("corners").caseNames.map { String($0.prefix { $0 != "." }) })
  let ofElements = elementwiseTable.merging(activationTable) { a, _ in a }.filter { firstParts.contains($0.key) }
  return ofElements.merging(ownCorners) { _, own in own }
}()

/// The cases of the topic `corners` whose functions are here.
public func cornerCases() -> [OperationCase] { operationCases("corners") }

private let ownCorners: [String: Maker] = [
  // At kinks and ties
  "round.awayFromZero.special": unary { round($0, .toNearestOrAwayFromZero) },
  "round.awayFromZero.ties": unary { round($0, .toNearestOrAwayFromZero) },
  "abs.sum": unary { sum(abs($0)) }, "clamp.ends": unary { clip($0, min: -1, max: 1) },
  "clip": unary { clip($0, min: -1, max: 1) }, "clip.reversed": unary { clip($0, min: 1, max: -1) },
  "max.sameOperand": unary { maximum($0, $0) }, "max.withZero": unary { maximum($0, 0) },
  "integerPow.zero": { _ in { x in [2, 3, 1, 0].map { pow(x[0], $0) } } },
  "integerPow.negative.zero": unary { pow($0, -2) },
  "standardDeviation": unary { std($0) }, "variance": unary { variance($0) },
  "sqrt.zeroTimesZero": unary { sqrt($0 * $0) }, "where.untaken": unary { select($0 .> 0, log($0), 0) },
  "where.safe": unary { x in select(x .> 0, log(select(x .> 0, x, 1)), 0) },
  "reduceMax": unary { max($0) }, "reduceMin": unary { min($0) }, "reduceMax.tiesByRow": unary { max($0, axis: 1) },
  "cummax": unary { cumulativeMax($0, axis: 0) }, "cummin": unary { cumulativeMin($0, axis: 0) },
  "cumprod": unary { cumulativeProduct($0, axis: 0) },
  "cumlogsumexp": unary { cumulativeLogSumExp($0, axis: 0) },
  "prod": unary { product($0) }, "sort": unary { sort(ravel($0)) }, "median": unary { median($0) },
  "topK": unary { topK($0, 2).values },
  "maxPool": unary { reduceWindow($0, .maximum, window: [2], strides: [2]) },
  "minPool": unary { reduceWindow($0, .minimum, window: [2], strides: [2]) },
  "maxPool.overlappingTies": unary { reduceWindow($0, .maximum, window: [3], padding: .same) },
  "maxPool.nan": unary { reduceWindow($0, .maximum, window: [2]) },
  "ptp": unary { peakToPeak($0) }, "quantile": unary { quantile($0, Tensor([0.0, 1.0])) },
  "segmentMax": unary { segmentMax($0, Tensor([0, 0, 1, 1]), count: 3) },
  "scatter.max.ties": binary { $0.at[Tensor([0, 1, 1])].max($1) },
  "standardize.constant": unary { standardize($0) },

  // NaN and infinities
  "isFinite": unary(isFinite), "isNaN": unary(isNaN), "isInf": unary(isInfinite), "signbit": unary(signBit),
  "nanToNum": unary { nanToNum($0) }, "nextAfter": binary(nextAfter), "nansum": unary { nanSum($0) },
  "where.nan": unary { select(isNaN($0), 0, $0) }, "argmax": unary(argMax), "argmin": unary(argMin),
  "logsumexp": unary { logSumExp($0) }, "dot": binary(dot), "mean": unary { mean($0) },

  // No elements
  "sum": unary { sum($0) }, "sum.axis0.empty": unary { sum($0, axis: 0) },
  "sum.axis1.empty": unary { sum($0, axis: 1) }, "max.axis1.empty": unary { max($0, axis: 1) },
  "matmul": binary(matmul), "concatenate": many { _, x in concatenate(x) }, "transpose": unary { $0.transposed() },
  "reshape.empty": unary { $0.reshaped(to: [3, 0, 5]) }, "cumsum": unary { cumulativeSum(ravel($0), axis: 0) },
  "reverse": unary { $0.reversed() }, "pad": unary { pad($0, [(1, 1), (0, 0)]) }, "slice": unary { $0[2..<2] },
  "broadcastTo.empty": unary { $0.broadcast(to: [2, 0]) }, "take": unary { $0[Tensor([Int32](), shape: [0])] },
  "scatterAdd": binary { $0.at[Tensor([Int32](), shape: [0])].add($1) },
  "softmax.empty": unary { softmax($0, axis: 1) },
  "stack": unary { stack([$0, $0]) }, "where.empty": unary { x in select(x .> 0, x, -x) },
  "vmap": unary { vmap { (x: Tensor) in sin(x) }($0) },
  "scan": { _ in
    { x in
      let (carry, outputs) = scan(Tensor(Float(2)), x[0]) { h, x in (h + x, h * x) }
      return [carry, outputs]
    }
  },
  "conv": binary { convGeneralDilated($0, $1, padding: .same, dimensionNumbers: .nwc) },
  "einsum": binary { einsum("ij,jk->ik", $0, $1) }, "all": unary { all($0) }, "any": unary { any($0) },
  "arange": many { _, _ in arange(0) },

  // Scalars
  "max.scalar": unary { max($0) }, "reshape.scalar": unary { $0.reshaped(to: [1, 1]) }, "outer": binary(outer),
  "broadcastTo.scalar": unary { $0.broadcast(to: [2, 3]) }, "einsum.scalar": binary { einsum(",i->i", $0, $1) },
  "squeeze": unary { $0.squeezed() }, "ravel": unary(ravel), "expandDims": unary { $0.expandingDims(0) },
  "where.scalar": unary { x in select(x .> 0, x, 2 * x) },
  "cond": unary { x in cond(x .> 0, x, then: { sin($0) }, else: { cos($0) }) },
  "tile": unary { tile($0, [3]) }, "repeat": unary { repeatElements($0, 3) },

  // What does not fit
  "convert": many { row, x in x[0].asType(row.dtype()!) }, "cumsum.wrap.int8": unary { cumulativeSum($0, axis: 0) },
  "add.subnormal": unary { $0 + 0 }, "mul.subnormal": unary { $0 * 0.5 }, "double": unary { $0 * 2 },
  "max.subnormal": unary { maximum($0, 0) }, "equal": unary { $0 .== 0 },
]

/// Corners whose values differ from JAX's, and why.
public let differingValues: [String: String] = [
  "double.subnormal": subnormal, "equal.subnormal": subnormal, "log.subnormal": subnormal,
  "sign.subnormal": subnormal, "sqrt.subnormal": subnormal,
  "lgamma.special": "lgamma(1) is 0 here, 4.8e-7 in JAX",
  "digamma.special": "the reciprocal of the smallest normal number with a minus sign overflows here on the way",
]

private let subnormal = "XLA on the CPU takes numbers below the normal ones as 0; here they are numbers"

/// Corners whose derivatives differ from JAX's, and why.
public let differingDerivatives: [String: String] = [
  "clamp.ends": clamped, "clamp.operands": clamped, "relu.special": atNaN, "relu6.special": atNaN,
  "hardSigmoid.special": atNaN, "softplus.special": atNaN, "logSigmoid.special": atNaN, "logaddexp.special": atNaN,
  "logaddexp.infinities": "log(e⁻∞ + e⁻∞) has the derivative of a sum here, NaN in JAX",
  "cumlogsumexp.negativeInfinity": "as logaddexp.infinities",
  "acosh.special": "at -1, outside the domain, the infinity has the other sign",
  "digamma.special": "trigamma is 0 at infinity here, NaN in JAX",
  "lgamma.special": "that of digamma.special",
  "div.special": "a quotient that rounds to 0 here rounds to the number below in JAX",
  "entr.special": "at 0 and infinity, where that of x · log(x) by JAX's own rule is infinite",
  "xlogy.special": zeroTimesInfinity, "xlogy.zero": zeroTimesInfinity, "pow.special": zeroTimesInfinity,
  "pow.zeroBase": zeroTimesInfinity, "pow.zeroExponent": zeroTimesInfinity,
  "sinc.special": "beside 0 it is the series' here, overflows in JAX",
]

private let clamped = "that of clip here, which shares the derivative at a bound, as that of jax.numpy.clip"
private let atNaN = "of what is NaN: that of the branch taken here"
private let zeroTimesInfinity = "0 here where a factor is 0, NaN or infinite in JAX"
