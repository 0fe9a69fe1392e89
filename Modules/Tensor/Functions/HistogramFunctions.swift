// Counts of numbers by bin, and functions between given points.

/// The edges of a number of bins of equal width: shape [bins + 1].
///
/// - Parameters:
///   - x: the numbers that the bins go across, unless a range is given.
///   - bins: how many.
///   - range: where the first begins and the last ends. One number twice is widened by a half to either side.
///
/// Source: `jax.numpy.histogram_bin_edges`.
public func histogramBinEdges(_ x: Tensor, bins: Int, range: (low: Tensor, high: Tensor)? = nil) -> Tensor {
  if bins < 1 { fail("histogramBinEdges", [x.type], "needs at least one bin, not \(bins)") }
  let x = x.asFloating
  let low = range?.low.asType(x.dtype) ?? min(x)
  let high = range?.high.asType(x.dtype) ?? max(x)
  let isPoint = high .== low
  let start = select(isPoint, low - 0.5, low)
  let stop = select(isPoint, high + 0.5, high)
  let share = arange(bins + 1).asType(x.dtype) / Tensor(Double(bins))
  return select(arange(bins + 1) .== Tensor(bins), stop, start * (1 - share) + stop * share)
}

/// How many elements fall into each bin, or the sum of their weights; and the edges of the bins.
///
/// - Parameters:
///   - x: any shape.
///   - edges: shape [n + 1], in increasing order. A bin goes from an edge to the next, which only the last bin includes.
///   - weights: a number for each element, 1 by default.
///   - density: whether to divide by the widths of the bins and the sum of all, so that the integral is 1.
///
/// Shapes [n] and [n + 1]; the counts are floats, as the elements are. Source: `jax.numpy.histogram`.
public func histogram(
  _ x: Tensor, edges: Tensor, weights: Tensor? = nil, density: Bool = false
) -> (counts: Tensor, edges: Tensor) {
  if edges.rank != 1 || edges.count < 2 {
    fail("histogram", [x.type, edges.type], "the edges must be a vector of at least two")
  }
  let x = x.asFloating
  let edges = edges.asType(x.dtype)
  if let weights, weights.shape != x.shape {
    fail("histogram", [x.type, weights.type], "needs a weight for each element")
  }
  let values = weights.map { promote("histogram", [x, $0])[1] } ?? onesLike(x)
  let bin = select(x .== edges[-1], Tensor(edges.count - 1), searchSorted(edges, x, side: .right))
  // Bin 0 holds what lies before the first edge; what lies behind the last is dropped.
  let sums = bincount(bin, weights: values, length: edges.count)[1...]
  if !density { return (sums, edges) }
  return (sums / (edges[1...] - edges[..<(-1)]) / sum(sums), edges)
}

/// How many elements fall into each of a number of bins of equal width, and the edges of these.
///
/// Of `bins` and `range` see `histogramBinEdges`, of the rest the other `histogram`.
public func histogram(
  _ x: Tensor, bins: Int = 10, range: (low: Tensor, high: Tensor)? = nil, weights: Tensor? = nil,
  density: Bool = false
) -> (counts: Tensor, edges: Tensor) {
  histogram(x, edges: histogramBinEdges(x, bins: bins, range: range), weights: weights, density: density)
}

/// The function that goes through points and is linear between them, at each of some positions.
///
/// - Parameters:
///   - x: the positions, any shape.
///   - xs: where the points are, shape [n], in increasing order unless there is a period.
///   - ys: the values there, shape [n].
///   - left: the value before the first point, by default that at it.
///   - right: the value behind the last point, by default that at it.
///   - period: the distance after which the function repeats; `left` and `right` are then without meaning.
///
/// The shape of `x`. Source: `jax.numpy.interp`.
public func interp(
  _ x: Tensor, _ xs: Tensor, _ ys: Tensor, left: Tensor? = nil, right: Tensor? = nil, period: Double? = nil
) -> Tensor {
  if xs.rank != 1 || xs.shape != ys.shape || xs.count == 0 {
    fail("interp", [x.type, xs.type, ys.type], "the points must be given by two vectors of one size, at least 1")
  }
  let promoted = promote("interp", [x, xs]).map(\.asFloating)
  var (x, xs, ys) = (promoted[0], promoted[1], ys.asFloating)
  if let period {
    let length = Tensor(abs(period))
    func wrapped(_ x: Tensor) -> Tensor { x - floor(x / length) * length }
    (x, xs) = (wrapped(x), wrapped(xs))
    let sorted = sort([xs, ys])
    xs = concatenate([sorted[0][(-1)...] - length, sorted[0], sorted[0][..<1] + length])
    ys = concatenate([sorted[1][(-1)...], sorted[1], sorted[1][..<1]])
  }
  if xs.count == 1 && period == nil { return interpolatedAtOne(x, xs, ys, left, right) }
  let upper = clip(searchSorted(xs, x, side: .right), min: 1, max: Tensor(xs.count - 1))
  func at(_ points: Tensor, _ index: Tensor) -> Tensor { take(points, index, axis: 0, mode: .clip) }
  let (x0, y0) = (at(xs, upper - 1), at(ys, upper - 1))
  let width = at(xs, upper) - x0
  // Points in one place would divide by nothing, in the derivative too.
  let epsilon = xs.dtype == .float64 ? 0x1p-104 : 0x1p-46
  let isNarrow = abs(width) .<= Tensor(epsilon)
  let slope = (x - x0) / select(isNarrow, onesLike(width), width)
  var result = select(isNarrow, y0, y0 + slope * (at(ys, upper) - y0))
  if period == nil {
    result = select(x .< xs[0], left ?? ys[0], result)
    result = select(x .> xs[-1], right ?? ys[-1], result)
  }
  return result
}

private func interpolatedAtOne(_ x: Tensor, _ xs: Tensor, _ ys: Tensor, _ left: Tensor?, _ right: Tensor?) -> Tensor {
  let before = select(x .< xs[0], left ?? ys[0], ys[0])
  return select(x .> xs[0], right ?? ys[0], before)
}
