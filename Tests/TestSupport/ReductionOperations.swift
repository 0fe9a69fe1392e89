import Autodiff
import Tensor

/// The functions of the topic `reductions`.
let reductionTable: [String: Maker] = [
  "norm": many { row, x in
    vectorNorm(x[0], order: row.vectorNormOrder, axes: row.ints("axes") ?? row.int("axis").map { [$0] })
  },
  "sum": reduction { sum($0, axes: $1, keepDims: $2) }, "prod": reduction { product($0, axes: $1, keepDims: $2) },
  "max": reduction { max($0, axes: $1, keepDims: $2) }, "min": reduction { min($0, axes: $1, keepDims: $2) },
  "mean": reduction { mean($0, axes: $1, keepDims: $2) },
  "cumsum": cumulative { cumulativeSum($0, axis: $1, reversed: $2) },
  "cumprod": cumulative { cumulativeProduct($0, axis: $1, reversed: $2) },
  "cummax": cumulative { cumulativeMax($0, axis: $1, reversed: $2) },
  "cummin": cumulative { cumulativeMin($0, axis: $1, reversed: $2) },
  "median": reduction { median($0, axes: $1, keepDims: $2) },
  "quantile": many { row, x in
    let methods: [String: QuantileMethod] = [
      "linear": .linear, "lower": .lower, "higher": .higher, "midpoint": .midpoint, "nearest": .nearest,
    ]
    let shares =
      row.double("q").map { Tensor($0) } ?? Tensor(row.attribute("q")!.array!.map { $0.double! }, dtype: .float64)
    return quantile(
      x[0], shares, axis: row.int("axis")!, method: row.string("method").map { methods[$0]! } ?? .linear)
  },
  "all": reduction { all($0, axes: $1, keepDims: $2) }, "any": reduction { any($0, axes: $1, keepDims: $2) },
  "argmax": arg({ argMax($0, axis: $1, keepDims: $2) }, argMax),
  "argmin": arg({ argMin($0, axis: $1, keepDims: $2) }, argMin),
  "average": many { row, x in average(x[0], axis: row.int("axes")!, weights: x[1]) },
  "countNonzero": reduction { countNonZero($0, axes: $1, keepDims: $2) },
  "cumlogsumexp": cumulative { cumulativeLogSumExp($0, axis: $1, reversed: $2) },
  "logmeanexp": reduction { logMeanExp($0, axes: $1, keepDims: $2) },
  "logsumexp": many { row, x in
    logSumExp(x[0] * (row.double("scale") ?? 1), axes: row.ints("axes") ?? row.int("axes").map { [$0] })
  },
  "logsumexp.weighted": many { row, x in logSumExp(x[0], weights: x[1], axes: [row.int("axes")!]) },
  "nonzero": { row in { nonZero($0[0], size: row.int("size")!, fillValue: row.int("fillValue")!) } },
  "ptp": reduction { peakToPeak($0, axes: $1, keepDims: $2) },
  "reduceSum": many { row, x in Primitive.reduce(Reduce(.sum, axes: [row.int("axes")!]))(x[0]) },
  "standardDeviation": many { row, x in
    std(
      x[0], axes: row.ints("axes") ?? row.int("axes").map { [$0] }, correction: row.double("ddof") ?? 0)
  },
  "variance": many { row, x in
    variance(
      x[0], axes: row.ints("axes") ?? row.int("axes").map { [$0] }, correction: row.double("ddof") ?? 0)
  },
  "percentile": many { row, x in percentile(x[0], Tensor(row.double("q")!), axis: row.int("axis")!) },
]

private func reduction(
  _ function: @escaping @Sendable (_ x: Tensor, _ axes: [Int]?, _ keepDims: Bool) -> Tensor
) -> Maker {
  many { row, x in
    let axes = row.ints("axes") ?? row.int("axes").map { [$0] }
    return function(x[0], axes, row.bool("keepDimensions") ?? false)
  }
}
private func arg(
  _ alongAxis: @escaping @Sendable (_ x: Tensor, _ axis: Int, _ keepDims: Bool) -> Tensor,
  _ ofAll: @escaping @Sendable (Tensor) -> Tensor
) -> Maker {
  many { row, x in
    row.int("axis").map { alongAxis(x[0], $0, row.bool("keepDimensions") ?? false) } ?? ofAll(x[0])
  }
}
private func cumulative(_ function: @escaping @Sendable (_ x: Tensor, _ axis: Int, _ reversed: Bool) -> Tensor) -> Maker
{
  many { row, x in
    guard let axis = row.int("axis") else { return function(ravel(x[0]), 0, false) }
    return function(x[0], axis, row.bool("reverse") ?? false)
  }
}
