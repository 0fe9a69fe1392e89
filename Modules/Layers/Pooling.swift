import Params
import Tensor

// Combinations of the elements under a window that slides over the spatial dimensions: as functions of a tensor, and as
// layers, which have no parameters. The batch is the first dimension, and features are the last one unless `channelAxis`
// says otherwise; a window has a size for each of the others.

/// The largest element under each window.
///
/// - Parameters:
///   - x: shape [N, .., C].
///   - window: the size of the window, for each spatial dimension.
///   - strides: the distance between windows, for each spatial dimension; 1 if left out.
///   - padding: what is put around x; it is never the largest element.
///   - channelAxis: the dimension of features; counted from the end if negative.
/// - Returns: shape [N, .., C] with an element for each window.
///
/// Of equal largest elements the first has the derivative. Inputs without these dimensions stop the program. Source:
/// `stax.MaxPool`, `flax.linen.max_pool`.
public func maxPool(
  _ x: Tensor, _ window: [Int], strides: [Int]? = nil, padding: Padding = .valid, channelAxis: Int = -1
) -> Tensor {
  PoolingWindow(x, window, strides, channelAxis, "maxPool").reduce(x, .maximum, padding)
}

/// The sum of the elements under each window; its options are those of `maxPool`.
///
/// Source: `stax.SumPool`.
public func sumPool(
  _ x: Tensor, _ window: [Int], strides: [Int]? = nil, padding: Padding = .valid, channelAxis: Int = -1
) -> Tensor {
  PoolingWindow(x, window, strides, channelAxis, "sumPool").reduce(x, .sum, padding)
}

/// The mean of the elements under each window; its options are those of `maxPool`.
///
/// - Parameter countsPadding: whether zeros of the padding count as elements, as with `flax.linen.avg_pool`; otherwise the
///   mean is that of the elements of x alone, as with `stax.AvgPool`.
public func avgPool(
  _ x: Tensor, _ window: [Int], strides: [Int]? = nil, padding: Padding = .valid, channelAxis: Int = -1,
  countsPadding: Bool = false
) -> Tensor {
  let pooling = PoolingWindow(x, window, strides, channelAxis, "avgPool")
  let x = x.asFloating
  let sums = pooling.reduce(x, .sum, padding)
  let counts = countsPadding ? nil : pooling.counts(x.shape, padding)
  return sums / (counts ?? Tensor(Double(window.reduce(1, *)))).asType(x.dtype)
}

/// A layer that takes the largest element under each window, as `maxPool` does.
///
///     Sequential { Conv(32, [3, 3]); relu; MaxPool([2, 2], strides: [2, 2]) }
///
/// - Parameters:
///   - window: the size of the window, for each spatial dimension: [3] for lines, [2, 2] for images.
///   - strides: the distance between windows, for each spatial dimension; 1 if left out.
///   - padding: what is put around the inputs; it is never the largest element.
///   - channelAxis: the dimension of features; counted from the end if negative.
public func MaxPool(
  _ window: [Int], strides: [Int]? = nil, padding: Padding = .valid, channelAxis: Int = -1
) -> Layer {
  requirePositive(window, strides, operation: "MaxPool")
  return parametrized("maxPool") {
    maxPool($0, window, strides: strides, padding: padding, channelAxis: channelAxis)
  }
}

/// A layer that adds the elements under each window; its options are those of `MaxPool`.
public func SumPool(
  _ window: [Int], strides: [Int]? = nil, padding: Padding = .valid, channelAxis: Int = -1
) -> Layer {
  requirePositive(window, strides, operation: "SumPool")
  return parametrized("sumPool") {
    sumPool($0, window, strides: strides, padding: padding, channelAxis: channelAxis)
  }
}

/// A layer that takes the mean of the elements under each window; its options are those of `MaxPool`.
///
/// - Parameter countsPadding: whether zeros of the padding count as elements.
public func AvgPool(
  _ window: [Int], strides: [Int]? = nil, padding: Padding = .valid, channelAxis: Int = -1, countsPadding: Bool = false
) -> Layer {
  requirePositive(window, strides, operation: "AvgPool")
  return parametrized("avgPool") {
    avgPool(
      $0, window, strides: strides, padding: padding, channelAxis: channelAxis, countsPadding: countsPadding)
  }
}

// MARK: All positions at once

/// The mean over all spatial dimensions, with features last: [N, .., C] → [N, C].
public func globalAveragePool(_ x: Tensor) -> Tensor { mean(x, axes: spatialAxes(x, "globalAveragePool")) }

/// The largest element over all spatial dimensions, with features last: [N, .., C] → [N, C].
///
/// Equal largest elements share the derivative equally.
public func globalMaxPool(_ x: Tensor) -> Tensor { max(x, axes: spatialAxes(x, "globalMaxPool")) }

private func spatialAxes(_ x: Tensor, _ operation: String) -> [Int] {
  if x.rank < 2 { fail(operation, [x.type], "needs dimensions for batch and features: [N, .., C]") }
  return Array(1..<x.rank - 1)
}

// MARK: Windows

/// A window over the spatial dimensions as one over all dimensions.
private struct PoolingWindow {
  private let sizes, strides: [Int]
  private let channelAxis: Int
  private let operation: String

  init(_ x: Tensor, _ window: [Int], _ strides: [Int]?, _ channelAxis: Int, _ operation: String) {
    requirePositive(window, strides, operation: operation)
    requireSpatial(x, window, operation)
    self.operation = operation
    self.channelAxis = x.normalizedAxis(channelAxis, operation)
    if self.channelAxis == 0 { fail(operation, [x.type], "the first dimension is the batch, not the features") }
    sizes = PoolingWindow.whole(window, 1, self.channelAxis)
    self.strides = PoolingWindow.whole(strides ?? window.map { _ in 1 }, 1, self.channelAxis)
  }

  /// A list for the spatial dimensions with entries for batch and features.
  private static func whole<Element>(_ list: [Element], _ other: Element, _ channelAxis: Int) -> [Element] {
    var result = [other] + list
    result.insert(other, at: channelAxis)
    return result
  }

  private func whole(_ padding: Padding) -> Padding {
    guard case .explicit(let widths) = padding else { return padding }
    if widths.count != sizes.count - 2 {
      fail(operation, [], "\(widths.count) pairs of padding were given for \(sizes.count - 2) spatial dimensions")
    }
    return .explicit(PoolingWindow.whole(widths, (0, 0), channelAxis))
  }

  func reduce(_ x: Tensor, _ operation: Reduce.Operation, _ padding: Padding) -> Tensor {
    reduceWindow(x, operation, window: sizes, strides: strides, padding: whole(padding))
  }

  /// How many elements lie under each window, nil if no window reaches over the edge.
  func counts(_ shape: [Int], _ padding: Padding) -> Tensor? {
    if case .valid = padding { return nil }
    let elements = ones(shape.indices.map { $0 == 0 || $0 == channelAxis ? 1 : shape[$0] })
    return reduce(elements, .sum, padding)
  }
}
