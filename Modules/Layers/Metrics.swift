import Tensor

/// The share of examples whose largest logit is that of the right class: a scalar.
///
/// - Parameters:
///   - logits: scores or probabilities, shape [.., classes].
///   - labels: the right classes, integers of shape [..].
public func accuracy(_ logits: Tensor, labels: Tensor) -> Tensor {
  checkLabels("accuracy", logits, labels)
  return mean(argMax(logits, axis: -1) .== labels)
}

/// The share of examples whose right class is among those of the `count` largest logits: a scalar.
///
/// - Parameters:
///   - count: how many classes may be named, 1 to the number of classes; of equal logits the first ones are.
///   - logits: scores or probabilities, shape [.., classes].
///   - labels: the right classes, integers of shape [..].
public func topKAccuracy(_ count: Int, _ logits: Tensor, labels: Tensor) -> Tensor {
  checkLabels("topKAccuracy", logits, labels)
  if !(1...Swift.max(logits.shape.last!, 1) ~= count) {
    fail("topKAccuracy", [logits.type], "\(count) of \(logits.shape.last!) classes cannot be named")
  }
  return mean(any(topK(logits, count).indices .== labels.expandingDims(-1), axis: -1))
}

/// How often examples of each class were taken for each class: row i, column j counts those of class i that were taken for
/// class j.
///
/// - Parameters:
///   - predictions: what examples were taken for: integers of any shape, such as `argMax(logits, axis: -1)`.
///   - labels: their classes: integers of the same shape.
///   - classes: the number of classes. An example with a number outside of 0 ..< classes, on either side, is not counted.
/// - Returns: `int32`, shape [classes, classes]. The diagonal has what is right. `ConfusionMatrix` draws a picture of it.
///
/// Works inside `jit`. Source: `sklearn.metrics.confusion_matrix`.
public func confusionMatrix(_ predictions: Tensor, labels: Tensor, classes: Int) -> Tensor {
  if !predictions.dtype.isInteger || !labels.dtype.isInteger || predictions.shape != labels.shape || classes < 0 {
    fail("confusionMatrix", [predictions.type, labels.type], "needs integers of one shape, and a number of classes")
  }
  // A product counts faster than a scatter: each example has one row and one column.
  let rows = oneHot(ravel(labels), classes), columns = oneHot(ravel(predictions), classes)
  return round(dot(rows.transposed(), columns)).asType(.int32)
}

func checkLabels(_ operation: String, _ logits: Tensor, _ labels: Tensor) {
  if !labels.dtype.isInteger || logits.rank == 0 || labels.shape != Array(logits.shape.dropLast()) {
    fail(
      operation, [logits.type, labels.type], "needs logits of shape [.., classes] and integer labels of shape [..]")
  }
}
