// Differences, sums under curves, polynomials, sequences under sliding weights, and covariances, as NumPy has them.

/// The differences of neighbours along a dimension, taken `order` times. Shape [.., n, ..] → [.., n - order, ..].
///
/// Of `bool`, whether neighbours differ. Source: `jax.numpy.diff`.
public func diff(_ x: Tensor, order: Int = 1, axis: Int = -1) -> Tensor {
  let dimension = x.normalizedAxis(axis, "diff")
  if order < 0 { fail("diff", [x.type], "the order \(order) is negative") }
  return (0..<order).reduce(x) { x, _ in
    let size = x.shape[dimension]
    let (behind, before) = (x.sliced(min(1, size), size, axis: dimension), x.sliced(0, size - 1, axis: dimension))
    return x.dtype == .bool ? behind .!= before : behind - before
  }
}

/// The differences of neighbours, all elements as a vector, with vectors put before and behind. Source: `jax.numpy.ediff1d`.
public func ediff1d(_ x: Tensor, before: Tensor? = nil, after: Tensor? = nil) -> Tensor {
  let parts = [before, diff(ravel(x)), after].compactMap { $0 }
  return concatenate(parts.map { ravel($0).converted(to: x.dtype, isWeak: false) })
}

/// The derivative of a function by its values at points `spacing` apart along a dimension, which has at least two: central
/// differences inside, one-sided ones at the ends.
///
/// Shape [.., n, ..] → [.., n, ..]. Source: `jax.numpy.gradient`.
public func gradient(_ values: Tensor, spacing: Double = 1, axis: Int) -> Tensor {
  let (x, dimension) = (values.asFloating, checkedGradientAxis(values, axis))
  let size = x.shape[dimension]
  func part(_ start: Int, _ stop: Int) -> Tensor { x.sliced(start, stop, axis: dimension) }
  let inner = (part(2, size) - part(0, size - 2)) / (2 * spacing)
  let ends = (part(1, 2) - part(0, 1), part(size - 1, size) - part(size - 2, size - 1))
  return concatenate([ends.0 / spacing, inner, ends.1 / spacing], axis: dimension)
}

/// The derivative of a function by its values at points along a dimension; `points` is a vector of their positions.
///
/// Inside, the derivative of the parabola through three points: exact to second order where they are not equally far apart.
public func gradient(_ values: Tensor, points: Tensor, axis: Int) -> Tensor {
  let dimension = checkedGradientAxis(values, axis)
  let size = values.shape[dimension]
  if points.shape != [size] {
    fail("gradient", [values.type, points.type], "needs a vector of \(size) points for axis \(axis)")
  }
  let operands = promote("gradient", [values, points]).map(\.asFloating)
  let (x, h) = (operands[0], operands[1].reshaped(to: values.shape.indices.map { $0 == dimension ? size : 1 }))
  func part(_ x: Tensor, _ start: Int, _ stop: Int) -> Tensor { x.sliced(start, stop, axis: dimension) }
  let steps = part(h, 1, size) - part(h, 0, size - 1)
  let (before, after) = (part(steps, 0, size - 2), part(steps, 1, size - 1))
  let inner =
    -after / (before * (before + after)) * part(x, 0, size - 2)
    + (after - before) / (before * after) * part(x, 1, size - 1)
    + before / (after * (before + after)) * part(x, 2, size)
  let first = (part(x, 1, 2) - part(x, 0, 1)) / part(steps, 0, 1)
  let last = (part(x, size - 1, size) - part(x, size - 2, size - 1)) / part(steps, size - 2, size - 1)
  return concatenate([first, inner, last], axis: dimension)
}

/// The derivatives along every dimension, of values at points `spacing` apart: a tensor of the shape of x for each.
public func gradient(_ values: Tensor, spacing: Double = 1) -> [Tensor] {
  (0..<values.rank).map { gradient(values, spacing: spacing, axis: $0) }
}

private func checkedGradientAxis(_ x: Tensor, _ axis: Int) -> Int {
  let dimension = x.normalizedAxis(axis, "gradient")
  if x.shape[dimension] < 2 { fail("gradient", [x.type], "needs at least two values along axis \(axis)") }
  return dimension
}

/// The integral of a function by its values at points `dx` apart along a dimension, linear between them.
///
/// Shape [.., n, ..] → [.., ..]. Source: `jax.numpy.trapezoid`.
public func trapezoid(_ y: Tensor, dx: Double = 1, axis: Int = -1) -> Tensor {
  let (y, dimension) = (y.asFloating, y.normalizedAxis(axis, "trapezoid"))
  let size = y.shape[dimension]
  if size == 0 { return zeros(sum(y, axis: dimension).shape, dtype: y.dtype) }
  let ends = y.sliced(0, 1, axis: dimension) + y.sliced(size - 1, size, axis: dimension)
  return (sum(y, axis: dimension) - ends.squeezed([dimension]) * 0.5) * dx
}

/// The integral of a function by its values at points along a dimension, linear between them. `x` has the positions of the points:
/// a vector, or the shape of y.
public func trapezoid(_ y: Tensor, _ x: Tensor, axis: Int = -1) -> Tensor {
  let operands = promote("trapezoid", [y, x]).map(\.asFloating)
  let values = operands[0].movingAxis(axis, to: -1)
  let points = x.rank == 1 ? operands[1] : operands[1].movingAxis(axis, to: -1)
  if points.shape.last != values.shape.last {
    fail("trapezoid", [y.type, x.type], "needs a point for each value along axis \(axis)")
  }
  let size = values.shape[values.rank - 1]
  let pairs = values[..., ..<max(size - 1, 0)] + values[..., min(1, size)...]
  return sum(diff(points) * pairs, axis: -1) * 0.5
}

/// Angles with jumps taken out: where neighbours along a dimension differ by more than `discontinuity` (half a period if none is
/// given), a multiple of the period is added from there on.
///
/// Source: `jax.numpy.unwrap`.
public func unwrap(
  _ x: Tensor, discontinuity: Double? = nil, period: Double = 6.28318530717958647692, axis: Int = -1
) -> Tensor {
  let (x, dimension) = (x.asFloating, x.normalizedAxis(axis, "unwrap"))
  let size = x.shape[dimension]
  if size < 2 { return x }
  let half = period / 2
  let steps = diff(x, axis: dimension)
  let wrapped = remainder(steps + half, Tensor(period)) - half
  let centred = select((wrapped .== -half) & (steps .> 0), fullLike(wrapped, half), wrapped)
  let correction = select(abs(steps) .< (discontinuity ?? half), zerosLike(steps), centred - steps)
  return concatenate(
    [
      x.sliced(0, 1, axis: dimension),
      x.sliced(1, size, axis: dimension) + cumulativeSum(correction, axis: dimension),
    ], axis: dimension)
}

// MARK: Polynomials and sequences

/// The value of a polynomial at each element of x; the coefficient of the highest power comes first.
///
/// Shapes [n, ..] and [..] → [..], by Horner's rule. Source: `jax.numpy.polyval`.
public func polyval(_ coefficients: Tensor, _ x: Tensor) -> Tensor {
  if coefficients.rank == 0 { fail("polyval", [coefficients.type, x.type], "the coefficients must be a vector") }
  let operands = promote("polyval", [coefficients, x])
  guard let shape = broadcastShape(Array(coefficients.shape.dropFirst()), x.shape) else {
    fail("polyval", [coefficients.type, x.type], "the shapes do not broadcast")
  }
  let parts = unstack(operands[0])
  return parts.dropFirst().reduce(parts.first?.broadcast(to: shape) ?? zeros(shape, dtype: operands[0].dtype)) {
    $0 * operands[1] + $1
  }
}

/// How much of two sequences overlaps where a result is.
public enum ConvolutionMode: Hashable, Sendable {
  /// At least one element: n + m - 1 results.
  case full
  /// As many results as the longer sequence has elements, those in the middle of `full`.
  case same
  /// The shorter sequence entirely.
  case valid
}

/// The convolution of two vectors: Σ a[i] · b[k - i] for each k. Source: `jax.numpy.convolve`.
public func convolve(_ a: Tensor, _ b: Tensor, mode: ConvolutionMode = .full) -> Tensor {
  checkSequences(a, b, "convolve")
  let (longer, shorter) = a.count < b.count ? (b, a) : (a, b)
  return slid(longer, shorter.reversed(), mode, "convolve")
}

/// The correlation of two vectors: Σ a[i + k] · b[i] for each k. Source: `jax.numpy.correlate`.
public func correlate(_ a: Tensor, _ b: Tensor, mode: ConvolutionMode = .valid) -> Tensor {
  checkSequences(a, b, "correlate")
  return a.count < b.count ? slid(b, a, mode, "correlate").reversed() : slid(a, b, mode, "correlate")
}

private func checkSequences(_ a: Tensor, _ b: Tensor, _ name: String) {
  if a.rank != 1 || b.rank != 1 || a.count == 0 || b.count == 0 {
    fail(name, [a.type, b.type], "needs two vectors that are not empty")
  }
}

/// The sums of products of the shorter sequence with what is under it.
private func slid(_ longer: Tensor, _ shorter: Tensor, _ mode: ConvolutionMode, _ name: String) -> Tensor {
  let operands = promote(name, [longer, shorter]).map(\.asFloating)
  let size = shorter.count
  let padding: (low: Int, high: Int) =
    switch mode {
    case .full: (size - 1, size - 1)
    case .same: (size / 2, size - size / 2 - 1)
    case .valid: (0, 0)
    }
  let result = convGeneralDilated(
    operands[0].reshaped(to: [1, 1, longer.count]), operands[1].reshaped(to: [1, 1, size]),
    padding: .explicit([padding]), dimensionNumbers: .ncw)
  return ravel(result)
}

// MARK: Covariances

/// The covariances of variables: shape [variables, observations] → [variables, variables]; of a vector its variance, a scalar.
///
/// - Parameters:
///   - x: a matrix whose rows are variables, or a vector of observations of one.
///   - y: further variables, of the same observations.
///   - rowsAreVariables: false if the columns are.
///   - correction: what is subtracted from the number of observations.
///   - weights: the weight of each observation, a vector. The sum of weights then counts as in `numpy.cov` with `aweights`.
///
/// Source: `jax.numpy.cov`.
public func cov(
  _ x: Tensor, _ y: Tensor? = nil, rowsAreVariables: Bool = true, correction: Double = 1, weights: Tensor? = nil
) -> Tensor {
  let operands = promote("cov", [x] + (y.map { [$0] } ?? [])).map(\.asFloating)
  if let wrong = operands.first(where: { $0.rank > 2 }) { fail("cov", [wrong.type], "needs vectors or matrices") }
  let matrices = operands.map { $0.rank == 2 && !rowsAreVariables ? $0.T : atLeast2D($0) }
  let variables = matrices.count == 1 ? matrices[0] : concatenate(matrices, axis: 0)
  let count = variables.shape[1]
  let centred: Tensor
  var (total, weighted): (Tensor, Tensor)
  if let weights {
    if weights.shape != [count] {
      fail("cov", [x.type, weights.type], "needs a weight for each of \(count) observations")
    }
    let w = abs(weights.asFloating).asType(variables.dtype)
    centred = variables - average(variables, axis: 1, weights: w, keepDims: true)
    total = sum(w) - sum(w * w) / sum(w) * correction
    weighted = centred * w
  } else {
    centred = variables - mean(variables, axis: 1, keepDims: true)
    total = Tensor(Double(count) - correction)
    weighted = centred
  }
  return (tensordot(centred, weighted, axes: ([1], [1])) / total).squeezed()
}

/// The correlation coefficients of variables, in -1...1: the covariances divided by both standard deviations.
///
/// Shapes as those of `cov`. Source: `jax.numpy.corrcoef`.
public func corrcoef(_ x: Tensor, _ y: Tensor? = nil, rowsAreVariables: Bool = true) -> Tensor {
  let covariances = cov(x, y, rowsAreVariables: rowsAreVariables)
  if covariances.rank == 0 { return covariances / covariances }
  let deviations = sqrt(diagonal(covariances))
  return clip(covariances / deviations.expandingDims(1) / deviations.expandingDims(0), min: -1, max: 1)
}
