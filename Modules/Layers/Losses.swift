import Tensor

// Each gives one number for each example; `mean` of that is the usual loss. Elements of examples lie along the last
// dimension.

/// The cross entropy of class probabilities softmax(logits) with the right classes: -log softmax(logits)[label].
///
/// - Parameters:
///   - logits: scores before softmax, shape [.., classes].
///   - labels: the right classes, integers of shape [..]. One outside of 0..<classes counts as no class.
///   - labelSmoothing: the share of probability, 0 to 1, that is spread over all classes.
/// - Returns: shape [..].
///
/// Source: Szegedy et al., "Rethinking the Inception Architecture", for smoothing;
/// `optax.softmax_cross_entropy_with_integer_labels`.
public func crossEntropy(_ logits: Tensor, labels: Tensor, labelSmoothing: Double = 0) -> Tensor {
  if !labels.dtype.isInteger || logits.rank == 0 || labels.shape != Array(logits.shape.dropLast()) {
    fail(
      "crossEntropy", [logits.type, labels.type],
      "needs logits of shape [.., classes] and integer labels of shape [..]",
      hint: "give probabilities for each class as `targets:`")
  }
  let targets = oneHot(labels, logits.shape.last!, dtype: logits.asFloating.dtype)
  return crossEntropy(logits, targets: targets, labelSmoothing: labelSmoothing)
}

/// The cross entropy of class probabilities softmax(logits) with target probabilities: -Σ targets · log
/// softmax(logits).
///
/// - Parameters:
///   - logits: scores before softmax, shape [.., classes].
///   - targets: probabilities, such as one-hot vectors, of the same shape.
///   - labelSmoothing: the share of probability, 0 to 1, that is spread over all classes.
/// - Returns: shape [..]; `optax.softmax_cross_entropy`.
public func crossEntropy(_ logits: Tensor, targets: Tensor, labelSmoothing: Double = 0) -> Tensor {
  if logits.rank == 0 || logits.shape != targets.shape {
    fail(
      "crossEntropy", [logits.type, targets.type], "logits and targets must have one shape, [.., classes]",
      hint: "give classes as integers of shape [..] as `labels:`")
  }
  if !(0...1 ~= labelSmoothing) { fail("crossEntropy", [], "labelSmoothing is \(labelSmoothing), not in 0...1") }
  let smoothed =
    labelSmoothing == 0 ? targets : targets * (1 - labelSmoothing) + labelSmoothing / Double(logits.shape.last!)
  return -sum(smoothed * logSoftmax(logits), axis: -1)
}

/// The cross entropy of independent probabilities sigmoid(logits) with targets, element by element.
///
/// Logits and targets (0 to 1) are broadcast together; `optax.sigmoid_binary_cross_entropy`.
public func binaryCrossEntropy(_ logits: Tensor, targets: Tensor) -> Tensor {
  -targets * logSigmoid(logits) - (1 - targets) * logSigmoid(-logits)
}

/// (predictions - targets)², element by element.
public func squaredError(_ predictions: Tensor, _ targets: Tensor) -> Tensor { square(predictions - targets) }

/// |predictions - targets|, element by element.
public func absoluteError(_ predictions: Tensor, _ targets: Tensor) -> Tensor { abs(predictions - targets) }

/// The mean of (predictions - targets)² over all elements: a scalar.
public func mse(_ predictions: Tensor, _ targets: Tensor) -> Tensor { mean(squaredError(predictions, targets)) }

/// The mean of |predictions - targets| over all elements: a scalar.
public func mae(_ predictions: Tensor, _ targets: Tensor) -> Tensor { mean(absoluteError(predictions, targets)) }

/// Half of the squared error where that is at most `delta`, linear beyond, element by element; `optax.huber_loss`.
///
/// Source: Huber, "Robust Estimation of a Location Parameter".
public func huber(_ predictions: Tensor, _ targets: Tensor, delta: Double = 1) -> Tensor {
  let error = abs(predictions - targets)
  let quadratic = minimum(error, Tensor(floatLiteral: delta))
  return square(quadratic) * 0.5 + (error - quadratic) * delta
}

/// The share of examples whose largest logit is that of the right class: a scalar.
///
/// - Parameters:
///   - logits: scores or probabilities, shape [.., classes].
///   - labels: the right classes, integers of shape [..].
public func accuracy(_ logits: Tensor, labels: Tensor) -> Tensor {
  if !labels.dtype.isInteger || logits.rank == 0 || labels.shape != Array(logits.shape.dropLast()) {
    fail(
      "accuracy", [logits.type, labels.type], "needs logits of shape [.., classes] and integer labels of shape [..]")
  }
  return mean(argMax(logits, axis: -1) .== labels)
}
