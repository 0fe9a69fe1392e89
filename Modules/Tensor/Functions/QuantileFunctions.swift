// Medians and other quantiles, over some dimensions or all.

/// What a quantile is that lies between two elements.
public enum QuantileMethod: Hashable, Sendable {
  /// In between, in proportion to the distances.
  case linear
  /// The lower element.
  case lower
  /// The higher element.
  case higher
  /// The mean of both.
  case midpoint
  /// The nearer element, the lower one in the middle.
  case nearest
}

/// The numbers below which the shares `q` of the elements lie: for n elements in order, the one at position q·(n - 1).
///
/// - Parameters:
///   - x: integers and `bool` are converted to floats first.
///   - q: shares in 0...1, a scalar or a vector.
///   - axes: the dimensions to go over, all for nil.
///   - method: what lies between two elements.
///   - keepDims: whether the dimensions stay, with size 1.
///
/// The result has the shape of `q`, then that of `x` without the axes. NaN if an element is. Source: `jax.numpy.quantile`.
public func quantile(
  _ x: Tensor, _ q: Tensor, axes: [Int]? = nil, method: QuantileMethod = .linear, keepDims: Bool = false
) -> Tensor {
  quantile(x, q, axes, method, keepDims, ignoresNaN: false, "quantile")
}
/// The numbers below which the shares `q` of the elements along a dimension lie.
public func quantile(
  _ x: Tensor, _ q: Tensor, axis: Int, method: QuantileMethod = .linear, keepDims: Bool = false
) -> Tensor {
  quantile(x, q, axes: [axis], method: method, keepDims: keepDims)
}

/// The numbers below which `q` percent of the elements lie: `quantile` of q / 100.
public func percentile(
  _ x: Tensor, _ q: Tensor, axes: [Int]? = nil, method: QuantileMethod = .linear, keepDims: Bool = false
) -> Tensor {
  quantile(x, percentage(q, x), axes, method, keepDims, ignoresNaN: false, "percentile")
}
/// The numbers below which `q` percent of the elements along a dimension lie.
public func percentile(
  _ x: Tensor, _ q: Tensor, axis: Int, method: QuantileMethod = .linear, keepDims: Bool = false
) -> Tensor {
  percentile(x, q, axes: [axis], method: method, keepDims: keepDims)
}

/// The middle element in order, the mean of the two in the middle of an even number; NaN if an element is.
public func median(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  quantile(x, 0.5, axes, .midpoint, keepDims, ignoresNaN: false, "median")
}
/// The middle element in order along a dimension.
public func median(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor {
  median(x, axes: [axis], keepDims: keepDims)
}

/// The numbers below which the shares `q` of the elements that are not NaN lie; NaN if none is. Otherwise as `quantile`.
public func nanQuantile(
  _ x: Tensor, _ q: Tensor, axes: [Int]? = nil, method: QuantileMethod = .linear, keepDims: Bool = false
) -> Tensor {
  quantile(x, q, axes, method, keepDims, ignoresNaN: true, "nanQuantile")
}

/// The numbers below which `q` percent of the elements that are not NaN lie; NaN if none is. Otherwise as `percentile`.
public func nanPercentile(
  _ x: Tensor, _ q: Tensor, axes: [Int]? = nil, method: QuantileMethod = .linear, keepDims: Bool = false
) -> Tensor {
  quantile(x, percentage(q, x), axes, method, keepDims, ignoresNaN: true, "nanPercentile")
}

/// The middle of the elements that are not NaN; NaN if none is. Otherwise as `median`.
public func nanMedian(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  quantile(x, 0.5, axes, .midpoint, keepDims, ignoresNaN: true, "nanMedian")
}

/// The element type that positions among elements are computed in.
private func positionType(_ x: Tensor) -> DType { x.asFloating.dtype == .float64 ? .float64 : .float32 }

private func percentage(_ q: Tensor, _ x: Tensor) -> Tensor { q.asType(positionType(x)) / 100 }

private func quantile(
  _ x: Tensor, _ q: Tensor, _ axes: [Int]?, _ method: QuantileMethod, _ keepDims: Bool, ignoresNaN: Bool,
  _ operation: String
) -> Tensor {
  if q.rank > 1 { fail(operation, [x.type, q.type], "the shares must be a scalar or a vector") }
  let axes = x.normalizedAxes(axes, operation)
  let kept = x.shape.indices.filter { !axes.contains($0) }
  let keptShape = kept.map { x.shape[$0] }
  let count = axes.map { x.shape[$0] }.product
  if count == 0 { fail(operation, [x.type, q.type], "there are no elements along the axes \(axes)") }

  // The elements in rows, sorted. NaN goes to the end; one makes the whole row NaN unless it is ignored.
  let rows = x.asFloating.transposed(kept + axes).reshaped(to: keptShape + [count])
  let isNumber = ~isNaN(rows)
  let last = rows.rank - 1
  let whole = ignoresNaN ? rows : select(all(isNumber, axis: last, keepDims: true), rows, Tensor(Double.nan))
  let sorted = sort(whole)

  let type = positionType(x)
  let shares = q.asType(type).reshaped(to: [q.count])
  let low: Tensor
  let high: Tensor
  let position: Tensor
  if ignoresNaN {
    let highest = sum(isNumber, axis: last, keepDims: true).asType(type) - 1
    position = shares * highest
    let limit = maximum(highest, 0)
    low = minimum(maximum(floor(position), 0), limit)
    high = minimum(maximum(ceil(position), 0), limit)
  } else {
    position = shares * Tensor(Double(count - 1))
    low = clip(floor(position), min: 0, max: Tensor(Double(count - 1)))
    high = clip(ceil(position), min: 0, max: Tensor(Double(count - 1)))
  }
  func element(_ place: Tensor) -> Tensor {
    let index = place.asType(.int32)
    return ignoresNaN ? takingAlong(sorted, index, axis: last) : take(sorted, index, axis: last, mode: .clip)
  }
  let (lower, higher) = (element(low), element(high))
  let share = position - floor(position)
  let result: Tensor
  switch method {
  case .linear: result = lower.asType(type) * (1 - share) + higher.asType(type) * share
  case .lower: result = lower
  case .higher: result = higher
  case .midpoint: result = (lower + higher) * 0.5
  case .nearest: result = select(share .<= 0.5, lower, higher)
  }
  let front = result.asType(sorted.dtype).movingAxis(-1, to: 0)
  return front.reshaped(to: q.shape + (keepDims ? x.shape.keeping(axes) : keptShape))
}
