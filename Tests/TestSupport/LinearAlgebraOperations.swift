import Autodiff
import Tensor

/// The functions of the topic `linalg`.
let linearAlgebraTable: [String: Maker] = [
  "cholesky": many { _, x in cholesky(x[0]) },
  "cholesky.upper": many { _, x in cholesky(x[0], upper: true) },
  "cholesky.triangle": many { row, x in
    let lower = row.bool("lower")!
    return cholesky(lower ? x[0] : x[0].mT, upper: !lower, symmetrizesInput: false)
  },
  "choSolve": many { row, x in choSolve(choFactor(x[0], lower: row.bool("lower")!), x[1]) },
  "cond": many { row, x in
    row.string("order").map { conditionNumber(x[0], order: matrixNormOrders[$0]!) } ?? conditionNumber(x[0])
  },
  "det": many { _, x in det(x[0]) },
  "eigh": many { _, x in eigvalsh(x[0]) },
  "eigh.function": many { _, x in
    let (values, vectors) = eigh(x[0])
    return matmul(vectors * sin(values).expandingDims(-2), vectors.mT)
  },
  "expm": many { _, x in expm(x[0]) },
  "inv": many { _, x in inverse(x[0]) },
  "logdet": many { _, x in 2 * sum(log(diagonal(cholesky(x[0])))) },
  "lstsq": many { _, x in lstsq(x[0], x[1]).solution },
  "lstsq.all": { _ in
    { x in
      let result = lstsq(x[0], x[1])
      return [result.solution, result.residuals, result.singularValues]
    }
  },
  "lu": many { _, x in luFactor(x[0]).packed },
  "lu.factors": { _ in
    { x in
      let (p, l, u) = lu(x[0])
      return [p, l, u]
    }
  },
  "lu.pivots": { _ in
    { x in
      let factors = luFactor(x[0])
      return [factors.pivots, factors.permutation]
    }
  },
  "luSolve": many { row, x in luSolve(luFactor(x[0]), x[1], transposed: row.bool("transposed")!) },
  "matrixNorm": many { row, x in
    let axes = row.ints("axes") ?? [-2, -1]
    return matrixNorm(
      x[0], order: matrixNormOrders[row.string("order")!]!, axes: (axes[0], axes[1]),
      keepDims: row.bool("keepDimensions") ?? false)
  },
  "matrixPower": many { row, x in matrixPower(x[0], row.int("power")!) },
  "matrixRank": many { _, x in matrixRank(x[0]) },
  "multiDot": many { _, x in multiDot(x) },
  "pinv": many { _, x in pinv(x[0]) },
  "qr": { _ in
    { x in
      let (q, r) = qr(x[0])
      let signs = sign(diagonal(r, axis1: -2, axis2: -1))
      return [q * signs.expandingDims(-2), r * signs.expandingDims(-1)]
    }
  },
  "qr.projection": many { _, x in
    let q = qr(x[0], complete: true).q
    return matmul(q * arange(q.shape[1], dtype: q.dtype), q.mT)
  },
  "qr.r": many { _, x in qr(x[0]).r },
  "slogdet": { _ in
    { x in
      let (sign, logarithm) = slogdet(x[0])
      return [sign, logarithm]
    }
  },
  "solve": many { _, x in solve(x[0], x[1]) },
  "svd.full": many { _, x in svd(x[0]).s },
  "svd.function": many { _, x in
    let (u, s, vt) = svd(x[0], fullMatrices: false)
    return matmul(u * sin(s).expandingDims(-2), vt)
  },
  "svd.values": many { _, x in singularValues(x[0]) },
  "triangularSolve": many { row, x in
    triangularSolve(
      x[0], x[1], leftSide: row.bool("leftSide") ?? true, lower: row.bool("lower") ?? false,
      transposed: row.bool("transposeA") ?? false, unitDiagonal: row.bool("unitDiagonal") ?? false)
  },
  "vectorNorm": many { row, x in vectorNorm(x[0], order: row.vectorNormOrder, axes: row.ints("axes")) },
]

/// By JAX's names.
private let matrixNormOrders: [String: MatrixNormOrder] = [
  "fro": .frobenius, "nuc": .nuclear, "1": .largestColumnSum, "-1": .smallestColumnSum, "2": .spectral,
  "-2": .smallestSingularValue, "inf": .largestRowSum, "-inf": .smallestRowSum,
]

extension GoldenCase {
  /// The order of a norm that an attribute or else the name has; 2 if neither does.
  var vectorNormOrder: Double {
    let text = string("order") ?? String(name.drop { $0 != "." }.dropFirst())
    switch text {
    case "inf", "infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    default: return Double(text) ?? 2
    }
  }
}
