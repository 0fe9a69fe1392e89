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
  let (kept, spread): (Double, Double) = (1 - labelSmoothing, labelSmoothing / Double(logits.shape.last!))
  let smoothed = labelSmoothing == 0 ? targets : targets * kept + spread
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

/// log cosh(predictions - targets), element by element: about half of the squared error near 0, linear far from it.
///
/// Source: `optax.log_cosh`.
public func logCosh(_ predictions: Tensor, _ targets: Tensor) -> Tensor {
  let error = predictions - targets
  return logAddExp(error, -error) - Tensor(floatLiteral: 0.69314718055994530942)
}

/// max(0, 1 - predictions · targets), element by element, for targets -1 and 1; `optax.hinge_loss`.
///
/// Its derivative is half of that of 1 - predictions · targets where that is 0.
public func hinge(_ predictions: Tensor, _ targets: Tensor) -> Tensor { maximum(0, 1 - predictions * targets) }

/// The divergence of Kullback and Leibler of probabilities from target probabilities: Σ targets · (log targets -
/// logPredictions).
///
/// - Parameters:
///   - logPredictions: logarithms of probabilities, such as `logSoftmax` gives: shape [.., classes].
///   - targets: probabilities of the same shape. Where one is 0 its logarithm counts as 0.
/// - Returns: shape [..]; `optax.kl_divergence`.
///
/// Source: Kullback & Leibler, "On Information and Sufficiency".
public func klDivergence(_ logPredictions: Tensor, targets: Tensor) -> Tensor {
  // The logarithm must not be infinite where it is not used: its derivative would be 0 · ∞.
  let logTargets = select(targets .== 0, 0, log(select(targets .== 0, 1, targets)))
  return sum(targets * (logTargets - logPredictions), axis: -1)
}

/// The divergence of Kullback and Leibler of probabilities from target probabilities, both given by their logarithms.
///
/// Shapes: [.., classes] → [..]; `optax.kl_divergence_with_log_targets`.
public func klDivergence(_ logPredictions: Tensor, logTargets: Tensor) -> Tensor {
  sum(exp(logTargets) * (logTargets - logPredictions), axis: -1)
}

/// The cosine of the angle between vectors: their product, of unit length each.
///
/// - Parameters:
///   - a: vectors, shape [.., features].
///   - b: vectors of the same shape.
///   - epsilon: the least squared length that is divided by. With 0 a vector of zeros gives NaN.
/// - Returns: shape [..]; `optax.cosine_similarity`.
public func cosineSimilarity(_ a: Tensor, _ b: Tensor, epsilon: Double = 0) -> Tensor {
  func unit(_ x: Tensor) -> Tensor {
    x / sqrt(maximum(sum(square(x), axis: -1, keepDims: true), Tensor(floatLiteral: epsilon)))
  }
  return sum(unit(a) * unit(b), axis: -1)
}

/// 1 - `cosineSimilarity`: 0 for vectors of one direction, 2 for opposite ones; `optax.cosine_distance`.
public func cosineDistance(_ a: Tensor, _ b: Tensor, epsilon: Double = 0) -> Tensor {
  1 - cosineSimilarity(a, b, epsilon: epsilon)
}

/// The binary cross entropy of sigmoid(logits), where elements that are right already count little: times
/// (1 - probability of the target)^gamma.
///
/// - Parameters:
///   - logits: scores before the sigmoid.
///   - targets: 0 or 1, or between.
///   - alpha: the weight of targets 1, with 1 - alpha for targets 0; nil for the same weight.
///   - gamma: how much less right elements count; 0 for the binary cross entropy.
///
/// Element by element. Source: Lin et al., "Focal Loss for Dense Object Detection"; `optax.sigmoid_focal_loss`.
public func focalLoss(_ logits: Tensor, targets: Tensor, alpha: Double? = nil, gamma: Double = 2) -> Tensor {
  // log((1 - targets) · p + targets · (1 - p)), from the larger of both.
  let (logP, logQ) = (logSigmoid(logits), logSigmoid(-logits))
  let largest = stopGradient(maximum(logP, logQ))
  let wrong = largest + log((1 - targets) * exp(logP - largest) + targets * exp(logQ - largest))
  let loss = binaryCrossEntropy(logits, targets: targets) * exp(wrong * gamma)
  guard let alpha else { return loss }
  let other: Double = 1 - alpha
  return (targets * alpha + (1 - targets) * other) * loss
}
