// Reductions that leave NaN out. Of integers and `bool`, which have none, they are the plain ones.

/// The sum over dimensions of the elements that are not NaN; 0 if none is.
public func nanSum(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  sum(x.replacingNaN(with: 0), axes: axes, keepDims: keepDims)
}
/// The sum over a dimension of the elements that are not NaN.
public func nanSum(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor {
  nanSum(x, axes: [axis], keepDims: keepDims)
}

/// The product over dimensions of the elements that are not NaN; 1 if none is.
public func nanProduct(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  product(x.replacingNaN(with: 1), axes: axes, keepDims: keepDims)
}
/// The product over a dimension of the elements that are not NaN.
public func nanProduct(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor {
  nanProduct(x, axes: [axis], keepDims: keepDims)
}

/// The largest over dimensions of the elements that are not NaN; NaN if all are.
public func nanMax(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  let result = max(x.replacingNaN(with: Tensor(-Double.infinity)), axes: axes, keepDims: keepDims)
  return x.dtype.isFloating ? nanWhereAllAre(x, axes, keepDims, result) : result
}
/// The largest over a dimension of the elements that are not NaN.
public func nanMax(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor {
  nanMax(x, axes: [axis], keepDims: keepDims)
}

/// The smallest over dimensions of the elements that are not NaN; NaN if all are.
public func nanMin(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  let result = min(x.replacingNaN(with: Tensor(Double.infinity)), axes: axes, keepDims: keepDims)
  return x.dtype.isFloating ? nanWhereAllAre(x, axes, keepDims, result) : result
}
/// The smallest over a dimension of the elements that are not NaN.
public func nanMin(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor {
  nanMin(x, axes: [axis], keepDims: keepDims)
}

/// The mean over dimensions of the elements that are not NaN; NaN if all are.
public func nanMean(_ x: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
  if !x.dtype.isFloating { return mean(x, axes: axes, keepDims: keepDims) }
  return inWiderFloats(x) { x in
    nanSum(x, axes: axes, keepDims: keepDims) / sum(~isNaN(x), axes: axes, keepDims: keepDims).asType(x.dtype)
  }
}
/// The mean over a dimension of the elements that are not NaN.
public func nanMean(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor {
  nanMean(x, axes: [axis], keepDims: keepDims)
}

/// The mean squared distance from the mean over dimensions of the elements that are not NaN; `correction` is subtracted from
/// their number, and NaN is the result where nothing is left.
public func nanVariance(
  _ x: Tensor, axes: [Int]? = nil, correction: Double = 0, keepDims: Bool = false
) -> Tensor {
  inWiderFloats(x) { x in
    let distances = select(isNaN(x), zerosLike(x), x - nanMean(x, axes: axes, keepDims: true))
    let count = sum(~isNaN(x), axes: axes, keepDims: keepDims).asType(x.dtype) - Tensor(correction)
    let total = sum(square(distances), axes: axes, keepDims: keepDims)
    let isEmpty = count .<= 0
    return select(isEmpty, Tensor(Double.nan), total) / select(isEmpty, onesLike(count), count)
  }
}
/// The mean squared distance from the mean over a dimension of the elements that are not NaN.
public func nanVariance(_ x: Tensor, axis: Int, correction: Double = 0, keepDims: Bool = false) -> Tensor {
  nanVariance(x, axes: [axis], correction: correction, keepDims: keepDims)
}

/// The standard deviation over dimensions of the elements that are not NaN: the square root of `nanVariance`.
public func nanStd(_ x: Tensor, axes: [Int]? = nil, correction: Double = 0, keepDims: Bool = false) -> Tensor {
  inWiderFloats(x) { sqrt(nanVariance($0, axes: axes, correction: correction, keepDims: keepDims)) }
}

/// The position along a dimension of the largest element that is not NaN: `int32`; -1 if all are.
public func nanArgMax(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor {
  if !x.dtype.isFloating { return argMax(x, axis: axis, keepDims: keepDims) }
  let found = argMax(x.replacingNaN(with: Tensor(-Double.infinity)), axis: axis, keepDims: keepDims)
  return select(all(isNaN(x), axis: axis, keepDims: keepDims), Tensor(-1), found)
}
/// The position along a dimension of the smallest element that is not NaN: `int32`; -1 if all are.
public func nanArgMin(_ x: Tensor, axis: Int, keepDims: Bool = false) -> Tensor {
  if !x.dtype.isFloating { return argMin(x, axis: axis, keepDims: keepDims) }
  let found = argMin(x.replacingNaN(with: Tensor(Double.infinity)), axis: axis, keepDims: keepDims)
  return select(all(isNaN(x), axis: axis, keepDims: keepDims), Tensor(-1), found)
}

/// The running sum along a dimension, in which NaN counts as 0.
public func nanCumulativeSum(_ x: Tensor, axis: Int, reversed: Bool = false) -> Tensor {
  cumulativeSum(x.replacingNaN(with: 0), axis: axis, reversed: reversed)
}
/// The running product along a dimension, in which NaN counts as 1.
public func nanCumulativeProduct(_ x: Tensor, axis: Int, reversed: Bool = false) -> Tensor {
  cumulativeProduct(x.replacingNaN(with: 1), axis: axis, reversed: reversed)
}

extension Tensor {
  fileprivate func replacingNaN(with number: Tensor) -> Tensor {
    dtype.isFloating ? select(isNaN(self), number, self) : self
  }
}

private func nanWhereAllAre(_ x: Tensor, _ axes: [Int]?, _ keepDims: Bool, _ result: Tensor) -> Tensor {
  select(all(isNaN(x), axes: axes, keepDims: keepDims), Tensor(Double.nan), result)
}
