import JAXnet
import TestSupport
import Testing

/// Losses, by their definitions.
@Suite struct LossTests {
  let logits = Tensor([[2.0, -1.0, 0.5], [0.0, 0.0, 0.0]])
  let labels = Tensor([0, 2])

  @Test func crossEntropies() {
    let logProbabilities = logSoftmax(logits)
    let expected = -stack([logProbabilities[0, 0], logProbabilities[1, 2]])
    expectClose(crossEntropy(logits, labels: labels), expected, ulp: 1)
    expectClose(crossEntropy(logits, targets: oneHot(labels, 3)), expected, ulp: 1)
    let smoothed = expected * 0.9 - mean(logProbabilities, axis: 1) * 0.1
    expectClose(crossEntropy(logits, labels: labels, labelSmoothing: 0.1), smoothed, relative: 1e-6)
    // A label outside of the classes counts as none.
    expectClose(crossEntropy(logits, labels: Tensor([-1, 3])), zeros([2]), relative: 0)
    // Far from zero it neither overflows nor loses the difference.
    expectEqual(crossEntropy(Tensor([1000.0, 0.0]), labels: Tensor(1)), Tensor(1000.0))
    #expect(crossEntropy(zeros([4, 5, 7]), labels: zeros([4, 5], dtype: .int32)).shape == [4, 5])
    // The gradient is the difference of probabilities.
    expectClose(
      grad { (x: Tensor) in sum(crossEntropy(x, labels: Tensor([0, 2]))) }(logits),
      softmax(logits) - oneHot(labels, 3), relative: 1e-6, absolute: 1e-7)
  }

  @Test func binaryCrossEntropies() {
    let (x, t) = (Tensor([-200.0, -1.0, 0.0, 3.0, 200.0]), Tensor([0.0, 1.0, 0.5, 0.25, 1.0]))
    let p = sigmoid(x[1..<4])
    let expected = -(t[1..<4] * log(p) + (1 - t[1..<4]) * log(1 - p))
    let losses = binaryCrossEntropy(x, targets: t)
    expectClose(losses[1..<4], expected, relative: 1e-5)
    expectEqual(losses[0], Tensor(0.0))
    expectEqual(losses[4], Tensor(0.0))
  }

  @Test func errors() {
    let (a, b) = (Tensor([1.0, 2.0, 5.0]), Tensor([1.5, 0.0, 5.0]))
    expectEqual(mse(a, b), Tensor(4.25 / 3))
    expectEqual(mae(a, b), Tensor(2.5 / 3))
    expectEqual(huber(a, b), Tensor([0.125, 1.5, 0.0]))
    expectEqual(huber(a, b, delta: 3), Tensor([0.125, 2.0, 0.0]))
  }

  @Test func shareOfRightAnswers() {
    expectEqual(accuracy(logits, labels: labels), Tensor(0.5))
    expectEqual(accuracy(logits, labels: Tensor([0, 0])), Tensor(1.0))
  }

  @Test func labelsOfAnotherShapeStopTheProgram() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = crossEntropy(zeros([2, 3]), labels: zeros([2, 3]))
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      output.contains(
        """
        crossEntropy: needs logits of shape [.., classes] and integer labels of shape [..]
          operands: float32[2, 3], float32[2, 3]
          hint: give probabilities for each class as `targets:`
        """))
  }
}
