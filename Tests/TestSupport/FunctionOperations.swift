import Autodiff
import Tensor

/// The functions of the topic `functions`.
let functionTable: [String: Maker] = [
  "logNdtr": unary(logNdtr), "exp2": unary(exp2), "fraction": unary { modf($0).fraction },
  "nanToNum": unary { nanToNum($0) }, "heaviside": binary(heaviside), "fmax": binary(fmax), "fmin": binary(fmin),
  "relEntr": binary(relEntr), "klDiv": binary(klDiv), "ldexp": binary(ldexp),
  "frexp": { _ in
    { x in
      let parts = frexp(x[0])
      return [parts.mantissa, parts.exponent]
    }
  },
  "isClose": many { row, x in
    isClose(
      x[0], x[1], rtol: row.double("rtol") ?? 1e-5, atol: row.double("atol") ?? 1e-8,
      equalNaN: row.bool("equalNaN") ?? false)
  },
  "allClose": binary { allClose($0, $1) }, "arrayEqual": binary { arrayEqual($0, $1) },
  "isPositiveInfinity": unary(isPositiveInfinity), "isNegativeInfinity": unary(isNegativeInfinity),
  "divmod": { _ in
    { x in
      let result = divmod(x[0], x[1])
      return [result.quotient, result.remainder]
    }
  },

  "piecewise": unary { x in piecewise(x, [x .< -0.5, x .> 0.5], [{ -$0 }, { $0 * $0 }], default: { 3 * $0 }) },
  "piecewise.default": unary { x in piecewise(x, [x .> 0.5], [{ exp($0) }]) },
  "select.default": many { _, x in select([x[0]], [x[1]]) },

  "block": many { _, x in block([[x[0], x[1]], [x[2], x[3]]]) },
  "resize": many { row, x in resize(x[0], row.ints("shape")!) },
  "unstack": { row in { unstack($0[0], axis: row.int("axis")!) } },
  "atLeast1D": unary(atLeast1D), "atLeast2D": unary(atLeast2D), "atLeast3D": unary(atLeast3D),
  "matrixTranspose": unary(matrixTranspose), "append": binary { append($0, $1) },
  "delete": many { row, x in delete(x[0], row.ints("positions")!, axis: row.int("axis")) },
  "insert": many { row, x in
    insert(x[0], row.int("position")!, x.count > 1 ? x[1] : Tensor(row.double("value")!), axis: row.int("axis"))
  },
  "repeat": many { row, x in
    repeatElements(x[0], counts: x[1], axis: row.int("axis")!, totalCount: row.int("total")!)
  },
  "pad": many { row, x in
    let widths = row.attribute("widths")!.array!.map { (before: $0.array![0].int!, after: $0.array![1].int!) }
    let modes: [String: PadMode] = [
      "edge": .edge, "reflect": .reflect, "symmetric": .symmetric, "wrap": .wrap, "linear_ramp": .linearRamp(end: 0.5),
      "maximum": .maximum, "minimum": .minimum, "mean": .mean,
    ]
    return pad(x[0], widths, mode: modes[row.string("mode")!]!)
  },
  "meshgrid": { _ in { meshgrid($0, sparse: true) } },
  "indices": many { row, _ in indices(row.ints("shape")!) },
  "trilIndices": { row in
    { _ in
      let result = trilIndices(row.int("rows")!, row.int("columns")!, offset: row.int("offset")!)
      return [result.rows, result.columns]
    }
  },
  "triuIndices": { row in
    { _ in
      let result = triuIndices(row.int("rows")!, row.int("columns")!, offset: row.int("offset")!)
      return [result.rows, result.columns]
    }
  },
  "diagIndices": { row in { _ in diagIndices(row.int("n")!, rank: row.int("rank")!) } },
  "vander": many { row, x in vander(x[0], columns: row.int("columns"), increasing: row.name.hasSuffix("increasing")) },

  "ediff1d": ternary { ediff1d($0, before: $1, after: $2) },
  "diff": many { row, x in diff(x[0], order: row.int("n")!, axis: row.int("axis")!) },
  "gradient": many { row, x in gradient(x[0], spacing: row.double("spacing")!, axis: row.int("axis")!) },
  "gradient.all": { _ in { gradient($0[0]) } },
  "gradient.points": many { row, x in gradient(x[0], points: x[1], axis: row.int("axis")!) },
  "trapezoid": many { row, x in trapezoid(x[0], x[1], axis: row.int("axis")!) },
  "unwrap": unary { unwrap($0) }, "polyval": binary(polyval),
  "convolve": sliding { convolve($0, $1, mode: $2) }, "correlate": sliding { correlate($0, $1, mode: $2) },
  "cov.columns": unary { cov($0, rowsAreVariables: false, correction: 0) },
  "cov.two": binary { cov($0, $1) }, "cov.vector": unary { cov($0) },
  "cov.weights": binary { cov($0, weights: $1) }, "corrcoef": binary { corrcoef($0, $1) },
  "average": many { row, x in average(x[0], axis: row.int("axis")!, weights: x[1]) },

  "einsum": many { row, x in einsum(row.string("spec")!, x) },
  "cross.plane": binary { cross($0, $1) }, "cross.axis0": binary { cross($0, $1, axis: 0) },
  "kron": binary(kron), "vecdot": binary { vecdot($0, $1, axis: 0) },
]

/// A function of two sequences, the second one first in the cases that say so.
private func sliding(_ function: @escaping @Sendable (Tensor, Tensor, ConvolutionMode) -> Tensor) -> Maker {
  many { row, x in
    let modes: [String: ConvolutionMode] = ["full": .full, "same": .same, "valid": .valid]
    let (a, b) = row.name.contains("swapped") ? (x[1], x[0]) : (x[0], x[1])
    return function(a, b, modes[row.string("mode")!]!)
  }
}
