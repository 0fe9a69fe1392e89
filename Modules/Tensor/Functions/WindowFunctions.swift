/// What is put around a tensor under which a window slides, for each dimension of the window.
public enum Padding: Sendable {
  /// Nothing: windows lie inside.
  case valid
  /// So much that there are size / stride windows, rounded up; of an odd number one more after than before.
  case same
  /// As `same`, but of an odd number one more before than after.
  case sameLower
  /// These numbers of elements before the first and after the last of each dimension; negative numbers cut off.
  case explicit([(low: Int, high: Int)])

  /// The padding for sizes of dimensions, and of windows that are `strides` apart.
  package func widths(_ sizes: [Int], window: [Int], strides: [Int], _ operation: String) -> [(low: Int, high: Int)] {
    switch self {
    case .valid: return sizes.map { _ in (0, 0) }
    case .same, .sameLower:
      return sizes.indices.map { i in
        let count = (sizes[i] + strides[i] - 1) / strides[i]
        let total = max((count - 1) * strides[i] + window[i] - sizes[i], 0)
        if case .sameLower = self { return (total - total / 2, total / 2) }
        return (total / 2, total - total / 2)
      }
    case .explicit(let widths):
      if widths.count != sizes.count {
        fail(operation, [], "\(widths.count) pairs of padding were given for \(sizes.count) dimensions")
      }
      return widths
    }
  }
}

/// A combination of the elements under a sliding window; `jax.lax.reduce_window`.
///
/// - Parameters:
///   - operation: `sum`, `product`, `maximum` or `minimum` of numbers, `and` or `or` of integers and truth values.
///   - window: the size of the window for each dimension: 1 for those that stay.
///   - strides: the distance between windows; 1 if left out.
///   - padding: what is put around: it takes no part in the combination.
///   - baseDilation: the distance of neighbours of x once padding is put between; 1 if left out.
///   - windowDilation: the distance of neighbours under the window; 1 if left out.
/// - Returns: an element for each window; 0, 1, the lowest or the highest value for a window with no elements.
///
/// Of equal extrema under a window the first, in row-major order, has the derivative. Lists of another length than x has
/// dimensions stop the program.
public func reduceWindow(
  _ x: Tensor, _ operation: Reduce.Operation, window: [Int], strides: [Int]? = nil, padding: Padding = .valid,
  baseDilation: [Int]? = nil, windowDilation: [Int]? = nil
) -> Tensor {
  let sliding = slidingWindow(x, window, strides, padding, baseDilation, windowDilation, "reduceWindow")
  return Primitive.reduceWindow(ReduceWindow(operation, sliding))(x)
}

/// For each window, `source` is added where the largest (or smallest) element of x under the window lies: of equal ones at the first in
/// row-major order. The gradient of `reduceWindow` with extrema.
///
/// - Parameters:
///   - source: an element for each window.
///   - x: a tensor of floats under which the window slides; the result has its shape.
public func selectAndScatterAdd(
  _ source: Tensor, _ x: Tensor, largest: Bool = true, window: [Int], strides: [Int]? = nil, padding: Padding = .valid
) -> Tensor {
  let sliding = slidingWindow(x, window, strides, padding, nil, nil, "selectAndScatterAdd")
  let operands = promote("selectAndScatterAdd", [source, x])
  return Primitive.selectAndScatter(SelectAndScatter(WindowSelection(largest: largest, sliding)))(operands)[0]
}

private func slidingWindow(
  _ x: Tensor, _ sizes: [Int], _ strides: [Int]?, _ padding: Padding, _ baseDilation: [Int]?, _ windowDilation: [Int]?,
  _ operation: String
) -> SlidingWindow {
  var window = SlidingWindow(sizes, strides: strides, baseDilation: baseDilation, windowDilation: windowDilation)
  let lists = [window.sizes, window.strides, window.baseDilation, window.windowDilation]
  if !lists.allSatisfy({ $0.count == x.rank && $0.allSatisfy { $0 > 0 } }) {
    fail(
      operation, [x.type], "needs a positive window size, stride and dilation for each of \(x.rank) dimensions",
      hint: "dimensions that are not reduced have size 1")
  }
  let taps = sizes.indices.map { sizes[$0].dilated(window.windowDilation[$0]) }
  let widths = padding.widths(x.shape, window: taps, strides: window.strides, operation)
  window.low = widths.map(\.low)
  window.high = widths.map(\.high)
  return window
}
