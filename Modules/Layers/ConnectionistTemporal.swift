import Autodiff
import Tensor

/// The loss of connectionist temporal classification: minus the log probability of a sequence of labels, summed over all ways
/// to place them in a longer sequence of steps with blanks between.
///
/// - Parameters:
///   - logits: scores before softmax of each class at each step, shape [.., steps, classes].
///   - labels: the sequences, integers of shape [.., count], none of them the blank.
///   - stepCounts: how many of the steps belong to each example, integers of shape [..]; all if left out.
///   - labelCounts: how many of the labels belong to each example, integers of shape [..]; all if left out.
///   - blank: the class that stands for no label.
/// - Returns: shape [..]; large, about 10⁵, where there are too few steps for the labels.
///
/// Half precision is computed in `float32`. Other shapes, and labels that are no integers, stop the program. Source: Graves et
/// al., "Connectionist Temporal Classification"; `optax.ctc_loss`, with its finite stand-in for log 0.
public func ctcLoss(
  _ logits: Tensor, labels: Tensor, stepCounts: Tensor? = nil, labelCounts: Tensor? = nil, blank: Int = 0
) -> Tensor {
  let batchShape = Array(logits.shape.dropLast(2))
  if logits.rank < 2 || labels.rank != logits.rank - 1 || Array(labels.shape.dropLast()) != batchShape
    || !labels.dtype.isInteger
    || [stepCounts, labelCounts].contains(where: { $0.map { $0.shape != batchShape } ?? false })
  {
    fail(
      "ctcLoss", [logits.type, labels.type] + [stepCounts, labelCounts].compactMap { $0?.type },
      "needs logits of shape [.., steps, classes], integer labels of shape [.., count], and counts of shape [..]")
  }
  let (steps, classes) = (logits.shape[batchShape.count], logits.shape[batchShape.count + 1])
  if !(0..<classes ~= blank) { fail("ctcLoss", [logits.type], "the blank, \(blank), is none of \(classes) classes") }
  let batch = batchShape.reduce(1, *)
  // Without any label there is still the blank before it.
  let count = Swift.max(labels.shape.last!, 1)
  let wide = logits.dtype.itemSize < 4 || !logits.dtype.isFloating ? logits.asType(.float32) : logits
  let labelTable =
    labels.shape.last == 0 ? zeros([batch, 1], dtype: .int32) : labels.reshaped(to: [batch, count])
  let all = full([batch], Double(labels.shape.last!), dtype: .int32)
  let labelCounts = labelCounts?.reshaped(to: [batch]) ?? all

  // Steps first: they are gone through.
  let logProbabilities = logSoftmax(wide.reshaped(to: [batch, steps, classes])).swappingAxes(0, 1)
  let blanks = logProbabilities[0..., 0..., blank..<(blank + 1)]
  let emissions = takeAlong(logProbabilities, labelTable.expandingDims(0), axis: 2, mode: .clip)
  let isPast =
    arange(steps).expandingDims(1)
    .>= (stepCounts?.reshaped(to: [batch]) ?? full([batch], Double(steps), dtype: .int32))

  // Where a label is followed by its like there must be a blank between.
  let repeats = concatenate(
    [
      (labelTable[0..., ..<(count - 1)] .== labelTable[0..., 1...]).asType(wide.dtype),
      zeros([batch, 1], dtype: wide.dtype),
    ],
    axis: 1)
  let logZero = -1e5
  let (afterOthers, afterLikes) = (repeats * logZero, (1 - repeats) * logZero)

  // The log probabilities of having come, without ending in a label, past the first n labels; and ending in label n.
  let start = concatenate(
    [zeros([batch, 1], dtype: wide.dtype), full([batch, count], logZero, dtype: wide.dtype)], axis: 1)
  func moved(_ between: Tensor, _ from: Tensor) -> Tensor {
    concatenate([between[0..., ..<1], logAddExp(between[0..., 1...], from)], axis: 1)
  }
  let (last, _) = scan(
    [start, full([batch, count], logZero, dtype: wide.dtype)], [emissions, blanks, isPast]
  ) { carry, step in
    let (between, inLabel) = (carry[0], carry[1])
    let (emission, blank, isPast) = (step[0], step[1], step[2].expandingDims(1))
    let open = moved(between, inLabel + afterOthers)
    let nextInLabel = logAddExp(open[0..., ..<count] + emission, inLabel + emission)
    let nextBetween = moved(open + blank, inLabel + blank + afterLikes)
    return ([select(isPast, between, nextBetween), select(isPast, inLabel, nextInLabel)], ())
  }
  let ends = moved(last[0], last[1])
  return -takeAlong(ends, labelCounts.expandingDims(1), axis: 1).reshaped(to: batchShape)
}
