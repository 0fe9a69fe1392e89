// Functions of probabilities, logarithms of them, and the normal distribution, as `jax.scipy.special` has them.

/// log(p / (1 - p)), the inverse of the logistic function. Source: `jax.scipy.special.logit`.
public func logit(_ p: Tensor) -> Tensor {
  let p = p.asFloating
  return log(p) - log1p(-p)
}

/// x · log(y), and 0 where x is 0, unless y is NaN. Source: `jax.scipy.special.xlogy`.
public func xlogy(_ x: Tensor, _ y: Tensor) -> Tensor {
  let operands = promoteAndBroadcast("xlogy", [x, y]).map(\.asFloating)
  let (x, y) = (operands[0], operands[1])
  // The logarithm must be a number where it is multiplied by 0, in the derivative too.
  let isLimit = (x .== 0) & ((y .<= 0) | isPositiveInfinity(y))
  return x * log(select(isLimit, onesLike(y), y))
}

/// x · log(1 + y), and 0 where x is 0, unless y is NaN. Source: `jax.scipy.special.xlog1py`.
public func xlog1py(_ x: Tensor, _ y: Tensor) -> Tensor {
  let operands = promoteAndBroadcast("xlog1py", [x, y]).map(\.asFloating)
  let (x, y) = (operands[0], operands[1])
  let isLimit = (x .== 0) & ((y .<= -1) | isPositiveInfinity(y))
  return x * log1p(select(isLimit, zerosLike(y), y))
}

/// -x · log(x), the summand of the entropy: 0 at 0, -∞ below. Source: `jax.scipy.special.entr`.
public func entr(_ x: Tensor) -> Tensor {
  let x = x.asFloating
  return select(x .< 0, full(x.shape, -.infinity, dtype: x.dtype), -xlogy(x, select(x .< 0, onesLike(x), x)))
}

/// x · log(x / y), the summand of the relative entropy: 0 for x = 0 ≤ y, ∞ elsewhere outside x, y > 0.
///
/// Source: `jax.scipy.special.rel_entr`.
public func relEntr(_ x: Tensor, _ y: Tensor) -> Tensor {
  let operands = promoteAndBroadcast("relEntr", [x, y]).map(\.asFloating)
  let (x, y) = (operands[0], operands[1])
  let areBothPositive = (x .> 0) & (y .> 0)
  let isZero = (x .== 0) & (y .>= 0)
  let (safeX, safeY) = (select(areBothPositive, x, onesLike(x)), select(areBothPositive, y, onesLike(y)))
  let value = safeX * (log(safeX) - log(safeY))
  let outside = select(isNaN(x + y), x + y, full(x.shape, .infinity, dtype: x.dtype))
  return select(areBothPositive, value, select(isZero, zerosLike(x), outside))
}

/// x · log(x / y) - x + y, the summand of the Kullback-Leibler divergence. Source: `jax.scipy.special.kl_div`.
public func klDiv(_ x: Tensor, _ y: Tensor) -> Tensor { relEntr(x, y) - x + y }

/// The probability that a normally distributed number is at most x: Φ(x). Source: `jax.scipy.special.ndtr`.
public func ndtr(_ x: Tensor) -> Tensor { erfc(x.asFloating * -0.70710678118654752440) * 0.5 }

/// log Φ(x), accurate far in the lower tail too. Source: `jax.scipy.special.log_ndtr`, with three terms of the asymptotic
/// series below -10 (-20 in `float64`).
public func logNdtr(_ x: Tensor) -> Tensor {
  inWiderFloats(x) { x in
    let isDouble = x.dtype == .float64
    let (low, high) = (Tensor(isDouble ? -20.0 : -10.0), Tensor(isDouble ? 8.0 : 5.0))
    let (isLow, isHigh) = (x .<= low, x .> high)
    let tail = select(isLow, x, low)
    let inverse = reciprocal(tail * tail)
    let series = 1 - inverse + 3 * inverse * inverse - 15 * inverse * inverse * inverse
    let lower = tail * tail * -0.5 - log(-tail) - 0.91893853320467274178 + log(series)
    let middle = log(ndtr(select(isLow | isHigh, zerosLike(x), x)))
    return select(isLow, lower, select(isHigh, -ndtr(-select(isHigh, x, high)), middle))
  }
}

/// The number below which a normally distributed number lies with probability p: the inverse of Φ. -∞ for 0, ∞ for 1, NaN
/// outside.
///
/// Source: `jax.scipy.special.ndtri`; the rational approximations of the Cephes library.
public func ndtri(_ p: Tensor) -> Tensor {
  inWiderFloats(p) { p in
    let edge = 0.13533528323661269189  // e⁻²
    let isUpper = p .> 1 - edge
    let mirrored = select(isUpper, 1 - p, p)
    let isEnd = mirrored .== 0
    let safe = select(isEnd, full(p.shape, 0.5, dtype: p.dtype), mirrored)
    let isMiddle = safe .> edge

    let w = select(isMiddle, safe, full(p.shape, 0.5, dtype: p.dtype)) - 0.5
    let squared = w * w
    let ratio = polynomial(ndtriMiddle.numerator, squared) / polynomial(ndtriMiddle.denominator, squared)
    let middle = (w + w * squared * ratio) * -2.50662827463100050242

    let z = sqrt(log(select(isMiddle, full(p.shape, edge, dtype: p.dtype), safe)) * -2)
    let inverse = reciprocal(z)
    func tail(_ table: (numerator: [Double], denominator: [Double])) -> Tensor {
      polynomial(table.numerator, inverse) / polynomial(table.denominator, inverse) * inverse
    }
    let far = z - log(z) / z - select(z .>= 8, tail(ndtriFar), tail(ndtriNear))
    let size = select(isMiddle, middle, far)
    let value = select(isUpper, size, -size)
    let infinity = full(p.shape, .infinity, dtype: p.dtype)
    return select(p .== 0, -infinity, select(p .== 1, infinity, value))
  }
}

/// A polynomial with the highest coefficient first.
private func polynomial(_ coefficients: [Double], _ x: Tensor) -> Tensor {
  coefficients.dropFirst().reduce(full(x.shape, coefficients[0], dtype: x.dtype)) { $0 * x + $1 }
}

private let ndtriMiddle = (
  numerator: [
    -5.99633501014107895267E1, 9.80010754185999661536E1, -5.66762857469070293439E1, 1.39312609387279679503E1,
    -1.23916583867381258016E0,
  ],
  denominator: [
    1.0, 1.95448858338141759834E0, 4.67627912898881538453E0, 8.63602421390890590575E1, -2.25462687854119370527E2,
    2.00260212380060660359E2, -8.20372256168333339912E1, 1.59056225126211695515E1, -1.18331621121330003142E0,
  ]
)
private let ndtriNear = (
  numerator: [
    4.05544892305962419923E0, 3.15251094599893866154E1, 5.71628192246421288162E1, 4.40805073893200834700E1,
    1.46849561928858024014E1, 2.18663306850790267539E0, -1.40256079171354495875E-1, -3.50424626827848203418E-2,
    -8.57456785154685413611E-4,
  ],
  denominator: [
    1.0, 1.57799883256466749731E1, 4.53907635128879210584E1, 4.13172038254672030440E1, 1.50425385692907503408E1,
    2.50464946208309415979E0, -1.42182922854787788574E-1, -3.80806407691578277194E-2, -9.33259480895457427372E-4,
  ]
)
private let ndtriFar = (
  numerator: [
    3.23774891776946035970E0, 6.91522889068984211695E0, 3.93881025292474443415E0, 1.33303460815807542389E0,
    2.01485389549179081538E-1, 1.23716634817820021358E-2, 3.01581553508235416007E-4, 2.65806974686737550832E-6,
    6.23974539184983293730E-9,
  ],
  denominator: [
    1.0, 6.02427039364742014255E0, 3.67983563856160859403E0, 1.37702099489081330271E0, 2.16236993594496635890E-1,
    1.34204006088543189037E-2, 3.28014464682127739104E-4, 2.89247864745380683936E-6, 6.79019409008981274425E-9,
  ]
)
