// Functions along dimensions that networks normalize with, by the formulas of `jax.nn`.

/// eˣ / Σ eˣ along the last dimension, without overflow.
public func softmax(_ x: Tensor) -> Tensor { softmax(x, axis: -1) }
/// eˣ / Σ eˣ along a dimension.
public func softmax(_ x: Tensor, axis: Int) -> Tensor { softmax(x, axes: [axis]) }
/// eˣ / Σ eˣ over several dimensions together, all of them for nil.
///
/// With a mask, which broadcasts to the shape of x, only the elements where it is true take part; the others are 0.
public func softmax(_ x: Tensor, axes: [Int]?, where mask: Tensor? = nil) -> Tensor {
  let x = x.asFloating
  if let mask {
    let masked = x.masked(mask, with: -.infinity)
    let powers = exp(masked - stopGradient(finiteMax(masked, axes)))
    return (powers / sum(powers, axes: axes, keepDims: true)).masked(mask, with: 0)
  }
  let powers = exp(x - stopGradient(max(x, axes: axes, keepDims: true)))
  return powers / sum(powers, axes: axes, keepDims: true)
}

/// log softmax(x) along the last dimension, without overflow.
public func logSoftmax(_ x: Tensor) -> Tensor { logSoftmax(x, axis: -1) }
/// log softmax(x) along a dimension.
public func logSoftmax(_ x: Tensor, axis: Int) -> Tensor { logSoftmax(x, axes: [axis]) }
/// log softmax(x) over several dimensions together, all of them for nil.
///
/// With a mask, which broadcasts to the shape of x, only the elements where it is true take part; the others are -∞.
public func logSoftmax(_ x: Tensor, axes: [Int]?, where mask: Tensor? = nil) -> Tensor {
  let x = x.asFloating
  if let mask {
    let shifted = x.masked(mask, with: 0) - stopGradient(finiteMax(x.masked(mask, with: -.infinity), axes))
    let powers = exp(shifted.masked(mask, with: 0)).masked(mask, with: 0)
    return (shifted - log(sum(powers, axes: axes, keepDims: true))).masked(mask, with: -.infinity)
  }
  let shifted = x - stopGradient(max(x, axes: axes, keepDims: true))
  return shifted - log(sum(exp(shifted), axes: axes, keepDims: true))
}

/// (x - mean) / √(variance + 10⁻⁵) along the last dimension.
public func standardize(_ x: Tensor) -> Tensor { standardize(x, axes: [-1]) }
/// (x - mean) / √(variance + epsilon) over several dimensions together, all of them for nil.
///
/// Source: `jax.nn.standardize`, which loses the digits of numbers that are close to each other and far from zero.
public func standardize(_ x: Tensor, axes: [Int]?, epsilon: Double = 1e-5) -> Tensor {
  let x = x.asFloating
  let average = mean(x, axes: axes, keepDims: true)
  // The mean square of the distances from any number, minus the squared distance of the mean from it.
  let center = stopGradient(average)
  let squares = mean(square(x - center), axes: axes, keepDims: true)
  let variance = maximum(squares - square(average - center), 0)
  return (x - average) * rsqrt(variance + epsilon)
}

extension Tensor {
  /// The elements where a mask is true, and a number elsewhere.
  fileprivate func masked(_ mask: Tensor, with value: Double) -> Tensor {
    select(mask.broadcast(to: shape), self, full(shape, value, dtype: dtype))
  }
}

/// The largest element over dimensions, which stay; 0 where that is infinite, so that nothing is subtracted from itself.
private func finiteMax(_ x: Tensor, _ axes: [Int]?) -> Tensor {
  let largest = max(x, axes: axes, keepDims: true)
  return select(isFinite(largest), largest, zerosLike(largest))
}
