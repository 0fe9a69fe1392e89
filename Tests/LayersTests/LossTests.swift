import JAXnet
import TestSupport
import Testing

/// Losses, by their definitions and those of optax.
@Suite struct LossTests {
  static let golden = Golden("losses")

  /// A loss as a function of the inputs of a case.
  static func loss(_ row: GoldenCase) -> (([Tensor]) -> Tensor)? {
    switch row.name.split(separator: ".")[0] {
    case "crossEntropy":
      if row.name == "crossEntropy.targets" { return { crossEntropy($0[0], targets: $0[1]) } }
      return { crossEntropy($0[0], labels: $0[1], labelSmoothing: row.double("labelSmoothing") ?? 0) }
    case "binaryCrossEntropy": return { binaryCrossEntropy($0[0], targets: $0[1]) }
    case "focalLoss":
      return { focalLoss($0[0], targets: $0[1], alpha: row.double("alpha"), gamma: row.double("gamma") ?? 2) }
    case "squaredError": return { squaredError($0[0], $0[1]) }
    case "huber": return { huber($0[0], $0[1], delta: row.double("delta")!) }
    case "logCosh": return { logCosh($0[0], $0[1]) }
    case "hinge":
      let signs = row.attribute("targets")!.array!.map { $0.array!.map { $0.double! } }
      return { hinge($0[0], Tensor(signs)) }
    case "klDivergence":
      if row.name == "klDivergence.log" { return { klDivergence($0[0], logTargets: $0[1]) } }
      return { klDivergence($0[0], targets: $0[1]) }
    case "cosineSimilarity": return { cosineSimilarity($0[0], $0[1]) }
    case "cosineDistance": return { cosineDistance($0[0], $0[1], epsilon: row.double("epsilon") ?? 0) }
    case "ctc":
      return { ctcLoss($0[0], labels: $0[1], stepCounts: $0[2], labelCounts: $0[3], blank: row.int("blank")!) }
    default: return nil
    }
  }

  @Test(arguments: golden.cases()) func valuesAndDerivativesAreOptaxs(row: GoldenCase) throws {
    let loss = try #require(Self.loss(row))
    let operands = row.numbered("in").map { $0.dtype.isFloating ? $0.asType(.float64) : $0 }
    let places = operands.indices.filter { operands[$0].dtype.isFloating }
    func ofFloats(_ floats: [Tensor]) -> Tensor {
      var all = operands
      for (place, float) in zip(places, floats) { all[place] = float }
      return loss(all)
    }
    let floats = places.map { operands[$0] }
    let (output, pullback) = vjp({ (x: [Tensor]) in ofFloats(x) }, floats)
    expectClose(output, row["out0"], relativeToLargest: 1e-12, "\(row)")
    for (place, gradient) in zip(places, pullback(row["cotangent0"].asType(.float64))) {
      expectClose(gradient, row["grad\(place)"], relativeToLargest: 1e-11, "\(row), gradient \(place)")
    }
    let tangents = row.numbered("tangent").map { $0.asType(.float64) }
    expectClose(
      jvp({ (x: [Tensor]) in ofFloats(x) }, floats, tangents).1, row["jvp0"], relativeToLargest: 1e-11,
      "\(row), tangent")
    let single = loss(row.numbered("in"))
    #expect(single.dtype == .float32)
    expectClose(single, row["out0_f32"], relativeToLargest: 1e-5, "\(row), float32")
    expectClose(jit { (x: [Tensor]) in loss(x) }(row.numbered("in")), single, relativeToLargest: 1e-5, "\(row), jit")
  }

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

  @Test func sharesOfRightAnswersAmongTheFirst() {
    let logits = Tensor([[0.1, 0.5, 0.4], [0.9, 0.0, 0.1], [0.2, 0.3, 0.5]])
    let labels = Tensor([2, 1, 0])
    expectEqual(topKAccuracy(1, logits, labels: labels), Tensor(0.0))
    expectEqual(topKAccuracy(2, logits, labels: labels), Tensor(1 / 3.0))
    expectEqual(topKAccuracy(3, logits, labels: labels), Tensor(1.0))
  }

  @Test func countsOfWhatWasTakenForWhat() {
    let (labels, predictions) = (Tensor([2, 0, 2, 2, 0, 1, 7]), Tensor([0, 0, 2, 2, 0, 2, 1]))
    let expected = Tensor([[2, 0, 0], [0, 0, 1], [1, 0, 2]])
    expectEqual(confusionMatrix(predictions, labels: labels, classes: 3), expected)
    expectEqual(jit { (x: Tensor) in confusionMatrix(x, labels: labels, classes: 3) }(predictions), expected)
  }

  @Test func placementsOfLabelsAreSummed() {
    // All ways to place [1, 2] in three steps, one by one.
    let logits = normal(PRNGKey(4), [3, 4], dtype: .float64)
    let p = exp(logSoftmax(logits))
    let ways = [[1, 2, 0], [1, 0, 2], [0, 1, 2], [1, 1, 2], [1, 2, 2]]
    let total = ways.map { way in way.enumerated().map { p[$0, $1] }.reduce(1, *) }.reduce(0, +)
    expectClose(ctcLoss(logits, labels: Tensor([1, 2])), -log(total), relative: 1e-12)
    // A label twice needs a blank between.
    expectClose(ctcLoss(logits, labels: Tensor([3, 3])), -log(p[0, 3] * p[1, 0] * p[2, 3]), relative: 1e-12)
    expectClose(ctcLoss(logits, labels: zeros([0], dtype: .int32)), -log(p[0, 0] * p[1, 0] * p[2, 0]), relative: 1e-12)
    let many = ctcLoss(zeros([2, 5, 3, 4]), labels: ones([2, 5, 2], dtype: .int32))
    #expect(many.shape == [2, 5])
    expectClose(
      vmap { (x: Tensor) in ctcLoss(x, labels: Tensor([1, 2])) }(stack([logits, logits]))[1], -log(total),
      relative: 1e-12)
  }

  @Test func probabilitiesOfZeroDoNoHarm() {
    let targets = Tensor([1.0, 0.0])
    let slope = grad { (t: Tensor) in klDivergence(Tensor([-0.5, -1.0]), targets: t) }(targets)
    #expect(Bool(all(isFinite(slope))))
    expectEqual(klDivergence(Tensor([-0.5, -1.0]), targets: targets), Tensor(0.5))
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
