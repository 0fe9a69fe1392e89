// Reductions over some dimensions, all of them if none are named. With `keepDims` the reduced dimensions stay, with size 1.

private func reduce(
  _ operation: Reduce.Operation, _ x: Tensor, _ axes: [Int]?, _ keepDims: Bool, _ name: String
) -> Tensor {
  let axes = x.normalizedAxes(axes, name)
  let result = Primitive.reduce(Reduce(operation, axes: axes))(x)
  return keepDims ? result.reshaped(to: x.shape.keeping(axes)) : result
}

extension [Int] {
  /// The shape with the sizes of some dimensions 1.
  package func keeping(_ axes: [Int]) -> [Int] { indices.map { axes.contains($0) ? 1 : self[$0] } }
}

extension Tensor {
  /// What sums and products are made of: integers narrower than 32 bits, and `bool`, would soon overflow.
  fileprivate var widened: Tensor {
    switch dtype {
    case .bool, .int8, .int16: asType(.int32)
    case .uint8, .uint16: asType(.uint32)
    default: self
    }
  }
}

/// The result of a function whose steps overflow 16-bit floats sooner than the result does: made in `float32`, then rounded.
func inWiderFloats(_ x: Tensor, _ function: (Tensor) -> Tensor) -> Tensor {
  let x = x.asFloating
  return x.dtype.itemSize == 2 ? function(x.asType(.float32)).asType(x.dtype) : function(x)
}

/// The sum over dimensions. Of integers narrower than 32 bits it is `int32` or `uint32`; of `bool`, the number of true elements.
public func sum(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  reduce(.sum, x.widened, axes, keepDims, "sum")
}
/// The sum over a dimension.
public func sum(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor { sum(x, axes: [axis], keepDims: keepDims) }

/// The product over dimensions. Of `bool` and of integers narrower than 32 bits it is `int32` or `uint32`.
public func product(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  reduce(.product, x.widened, axes, keepDims, "product")
}
/// The product over a dimension.
public func product(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor {
  product(x, axes: [axis], keepDims: keepDims)
}

/// The largest element over dimensions, NaN if any is; equal largest elements share the derivative equally.
public func max(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  reduce(.maximum, x, axes, keepDims, "max")
}
/// The largest element over a dimension.
public func max(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor { max(x, axes: [axis], keepDims: keepDims) }

/// The smallest element over dimensions, NaN if any is; equal smallest elements share the derivative equally.
public func min(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  reduce(.minimum, x, axes, keepDims, "min")
}
/// The smallest element over a dimension.
public func min(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor { min(x, axes: [axis], keepDims: keepDims) }

/// Whether all elements over dimensions are true (not zero).
public func all(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  reduce(.and, x.asType(.bool), axes, keepDims, "all")
}
/// Whether all elements over a dimension are true (not zero).
public func all(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor { all(x, axes: [axis], keepDims: keepDims) }

/// Whether any element over dimensions is true (not zero).
public func any(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  reduce(.or, x.asType(.bool), axes, keepDims, "any")
}
/// Whether any element over a dimension is true (not zero).
public func any(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor { any(x, axes: [axis], keepDims: keepDims) }

/// The mean over dimensions; integers and `bool` are converted to floats first. NaN over no elements.
public func mean(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  let normalized = x.normalizedAxes(axes, "mean")
  let count = Double(normalized.map { x.shape[$0] }.product)
  return inWiderFloats(x) { sum($0, axes: normalized, keepDims: keepDims) / count }
}
/// The mean over a dimension.
public func mean(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor { mean(x, axes: [axis], keepDims: keepDims) }

/// The mean squared distance from the mean over dimensions; `correction` is subtracted from the number of elements.
public func variance(_ x: Tensor, axes: [Int]? = nil, correction: Double = 0, keepDims: Bool = false) -> Tensor {
  let normalized = x.normalizedAxes(axes, "variance")
  let count = Double(normalized.map { x.shape[$0] }.product)
  return inWiderFloats(x) { x in
    let squares = square(x - mean(x, axes: normalized, keepDims: true))
    return sum(squares, axes: normalized, keepDims: keepDims) / (count - correction)
  }
}
/// The mean squared distance from the mean over a dimension.
public func variance(_ x: Tensor, axis: Int, correction: Double = 0, keepDims: Bool = false) -> Tensor {
  variance(x, axes: [axis], correction: correction, keepDims: keepDims)
}

/// The standard deviation over dimensions: the square root of `variance`.
public func std(_ x: Tensor, axes: [Int]? = nil, correction: Double = 0, keepDims: Bool = false) -> Tensor {
  inWiderFloats(x) { sqrt(variance($0, axes: axes, correction: correction, keepDims: keepDims)) }
}

/// The standard deviation over a dimension.
public func std(_ x: Tensor, axis: Int, correction: Double = 0, keepDims: Bool = false) -> Tensor {
  std(x, axes: [axis], correction: correction, keepDims: keepDims)
}

/// The mean over dimensions in which elements have weights: Σ x · w / Σ w. Without weights it is `mean`.
///
/// - Parameters:
///   - x: integers and `bool` are converted to floats first.
///   - axes: the dimensions to go over, all for nil.
///   - weights: the shape of x, or a vector if there is one axis. Weights whose sum is 0 give infinity or NaN.
///   - keepDims: whether the dimensions stay, with size 1.
///
/// Source: `jax.numpy.average`.
public func average(_ x: Tensor, axes: [Int]? = nil, weights: Tensor? = nil, keepDims: Bool = false) -> Tensor {
  guard var weights else { return mean(x, axes: axes, keepDims: keepDims) }
  let normalized = x.normalizedAxes(axes, "average")
  if weights.shape != x.shape {
    if weights.rank != 1 || normalized.count != 1 || weights.shape[0] != x.shape[normalized[0]] {
      fail(
        "average", [x.type, weights.type], "the weights must have the shape of the tensor, or be a vector for one axis")
    }
    weights = weights.broadcastInDim(x.shape, dimensions: normalized)
  }
  let operands = promote("average", [x, weights]).map(\.asFloating)
  let total = sum(operands[1], axes: normalized, keepDims: keepDims)
  return sum(operands[0] * operands[1], axes: normalized, keepDims: keepDims) / total
}
/// The mean along a dimension in which elements have weights.
public func average(_ x: Tensor, axis: Int, weights: Tensor? = nil, keepDims: Bool = false) -> Tensor {
  average(x, axes: [axis], weights: weights, keepDims: keepDims)
}

/// The difference of the largest and the smallest element over dimensions. Source: `jax.numpy.ptp`.
public func peakToPeak(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  max(x, axes: axes, keepDims: keepDims) - min(x, axes: axes, keepDims: keepDims)
}
/// The difference of the largest and the smallest element along a dimension.
public func peakToPeak(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor {
  peakToPeak(x, axes: [axis], keepDims: keepDims)
}

/// The number of elements over dimensions that are not zero: `int32`. Source: `jax.numpy.count_nonzero`.
public func countNonZero(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  sum(x.asType(.bool), axes: axes, keepDims: keepDims)
}
/// The number of elements along a dimension that are not zero: `int32`.
public func countNonZero(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor {
  countNonZero(x, axes: [axis], keepDims: keepDims)
}

/// log Σ w · eˣ over dimensions, without overflow; NaN where the sum is negative.
///
/// - Parameters:
///   - x: any shape.
///   - weights: w, promoted and broadcast with x. Where it is 0, x does not matter, be it infinite.
///   - axes: the dimensions to go over, all for nil.
///   - keepDims: whether the dimensions stay, with size 1.
///
/// Source: `jax.nn.logsumexp` with `b`.
public func logSumExp(_ x: Tensor, weights: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  let operands = promoteAndBroadcast("logSumExp", [x, weights]).map(\.asFloating)
  let weights = operands[1]
  let lowest = full(weights.shape, -.infinity, dtype: weights.dtype)
  let x = select(weights .== 0, lowest, operands[0])
  let axes = x.normalizedAxes(axes, "logSumExp")
  let largest = max(x, axes: axes, keepDims: true)
  let offset = stopGradient(select(isFinite(largest), largest, zerosLike(largest)))
  let result = log(sum(exp(x - offset) * weights, axes: axes, keepDims: true)) + offset
  return keepDims ? result : result.squeezed(axes)
}

/// log of the mean of eˣ over dimensions, without overflow. Source: `jax.nn.logmeanexp`.
public func logMeanExp(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  let normalized = x.normalizedAxes(axes, "logMeanExp")
  let count = Tensor(Double(normalized.map { x.shape[$0] }.product), dtype: .float64)
  // A number known here, whatever is being traced.
  let logarithm = Trace.with(nil) { Double(log(count)) }
  return logSumExp(x, axes: normalized, keepDims: keepDims) - logarithm
}
/// log of the mean of eˣ along a dimension.
public func logMeanExp(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor {
  logMeanExp(x, axes: [axis], keepDims: keepDims)
}

/// log Σ eˣ over dimensions, without overflow.
public func logSumExp(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  let x = x.asFloating
  let axes = x.normalizedAxes(axes, "logSumExp")
  let largest = max(x, axes: axes, keepDims: true)
  // An infinite largest element must not be subtracted from itself.
  let offset = stopGradient(select(isFinite(largest), largest, zerosLike(largest)))
  let result = log(sum(exp(x - offset), axes: axes, keepDims: true)) + offset
  return keepDims ? result : result.squeezed(axes)
}
/// log Σ eˣ over a dimension, without overflow.
public func logSumExp(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor {
  logSumExp(x, axes: [axis], keepDims: keepDims)
}

/// The index of the largest element along a dimension, the first of equals: `int32`. NaN counts as largest.
public func argMax(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor {
  arg(x, axis, keepDims, largest: true, "argMax")
}
/// The index of the largest of all elements, row by row: an `int32` scalar.
public func argMax(_ x: Tensor) -> Tensor { argMax(ravel(x), axis: 0) }
/// The index of the smallest element along a dimension, the first of equals: `int32`. NaN counts as smallest.
public func argMin(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor {
  arg(x, axis, keepDims, largest: false, "argMin")
}
/// The index of the smallest of all elements, row by row: an `int32` scalar.
public func argMin(_ x: Tensor) -> Tensor { argMin(ravel(x), axis: 0) }

private func arg(_ x: Tensor, _ axis: Int, _ keepDims: Bool, largest: Bool, _ name: String) -> Tensor {
  let axis = x.normalizedAxis(axis, name)
  let result = Primitive.argReduce(ArgReduce(largest: largest, axis: axis))(x)
  return keepDims ? result.expandingDims(axis) : result
}

/// The running sum along a dimension.
public func cumulativeSum(_ x: Tensor, axis: Int, reversed: Bool = false) -> Tensor {
  cumulative(.sum, x, axis, reversed, "cumulativeSum")
}
/// The running product along a dimension.
public func cumulativeProduct(_ x: Tensor, axis: Int, reversed: Bool = false) -> Tensor {
  cumulative(.product, x, axis, reversed, "cumulativeProduct")
}
/// The running maximum along a dimension.
public func cumulativeMax(_ x: Tensor, axis: Int, reversed: Bool = false) -> Tensor {
  cumulative(.maximum, x, axis, reversed, "cumulativeMax")
}
/// The running minimum along a dimension.
public func cumulativeMin(_ x: Tensor, axis: Int, reversed: Bool = false) -> Tensor {
  cumulative(.minimum, x, axis, reversed, "cumulativeMin")
}

private func cumulative(_ operation: Reduce.Operation, _ x: Tensor, _ axis: Int, _ reversed: Bool, _ name: String)
  -> Tensor
{
  let x = x.dtype == .bool ? x.asType(.defaultInt) : x
  return Primitive.cumulative(Cumulative(operation, axis: x.normalizedAxis(axis, name), isReversed: reversed))(x)
}
