import ArgumentParser
import ExampleSupport
import JAXnet

/// The logarithms of the probabilities of the letters, for each place of each word.
let predict = Sequential {
  for _ in 0..<3 { RNN(GRUCell(200, resetsFirst: true, biasInit: nil)) }
  Dense(OCRWords.classCount)
  logSoftmax
}

/// The cross entropy of each word's letters together, the mean over words.
let loss = parametrized("loss") { (images: Tensor, labels: Tensor, mask: Tensor) in
  let right = sum(predict(images) * oneHot(labels, OCRWords.classCount), axis: -1)
  return -mean(sum(right * mask, axis: 1))
}

/// The most probable letters: shape [words, length].
let read = parametrized("read") { (images: Tensor) in argMax(predict(images), axis: -1) }

@main struct OCRRNN: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ocr-rnn", abstract: "Trains a recurrent network to read handwritten words.",
    discussion: """
      The network has three layers of 200 gated recurrent units and a dense one, and reads words letter by letter; it is \
      trained with RMSProp on folds 0 to 6 of Stanford's words and tested on 7 to 9. Without --data it learns from 1,000 of \
      the words, which are in the repository; `Tools/download ocr` gets all of them.
      """)

  @Option(
    help: ArgumentHelp("Stanford's letter.data, also compressed by gzip, or its folder.", valueName: "file"))
  var data: String?
  @Option(help: "How many steps of training are an epoch.")
  var batches = 100
  @Option(help: "How many words each step of training looks at.")
  var batchSize = 10
  @Option(help: "How fast the network learns.")
  var learningRate = 0.003
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if batches < 1 { throw ValidationError("--batches must be at least 1.") }
    if batchSize < 1 { throw ValidationError("--batch-size must be at least 1.") }
    if !(learningRate > 0) { throw ValidationError("--learning-rate must be positive.") }
  }

  func run() throws {
    let words = try data.map { try OCRWords.load(from: $0) } ?? OCRWords.load(.sample)
    // The words are few and written by many: only in other folds they are in another hand.
    let (trainWords, testWords) = (words.inFolds(0...6), words.inFolds(7...9))
    if trainWords.count == 0 || testWords.count == 0 {
      throw ValidationError("--data: there are no words in folds 0 to 6, or none in folds 7 to 9.")
    }
    let (train, test) = (trainWords.padded(to: words.longest), testWords.padded(to: words.longest))
    print("\(train.count) words to learn from, \(test.count) to be tested with")

    let (initKey, epochKey) = split(PRNGKey(common.seed))
    let optimizer = RMSProp(learningRate)

    // A whole epoch is one call, in which the parameters change in place.
    let runEpoch = jit {
      (state: OptimizerState<Params>, images: Tensor, labels: Tensor, mask: Tensor, key: PRNGKey) in
      scan(state, arange(batches)) { state, index in
        let chosen = randint(foldIn(key, index), [batchSize], min: 0, max: train.count)
        return optimizer.updateAndGetLoss(
          loss, state, take(images, chosen, axis: 0), take(labels, chosen, axis: 0), take(mask, chosen, axis: 0))
      }
    }

    // Some of the training words, evenly chosen, show how well those are known by now.
    let places = arange(0, train.count, step: max(train.count / 500, 1))
    let known = (
      images: take(train.images, places, axis: 0), labels: take(train.labels, places, axis: 0),
      mask: take(train.mask, places, axis: 0)
    )

    let params = try common.params(of: loss, initKey, train.images[..<1], train.labels[..<1], train.mask[..<1])
    var state = optimizer.initialize(params)
    var curves = (train: [Double](), test: [Double]())
    let bar = ProgressBar(total: common.epochs, label: "training", unit: "epochs")
    for epoch in 0..<common.epochs {
      let losses: Tensor
      (state, losses) = runEpoch(consume state, train.images, train.labels, train.mask, foldIn(epochKey, epoch))
      let testError = error(optimizer.params(of: state), test.images, test.labels, test.mask)
      curves.train.append(error(optimizer.params(of: state), known.images, known.labels, known.mask).ofLetters)
      curves.test.append(testError.ofLetters)
      bar.advance(note: "loss \(HumanReadable.decimal(Double(mean(losses)), places: 3)), \(testError)")
      bar.message("epoch \(epoch + 1): \(testError)")
    }
    if common.epochs > 0 { bar.finish() }

    let trained = optimizer.params(of: state)
    print("\(error(trained, test.images, test.labels, test.mask)) after \(common.length)")
    if common.epochs > 1 {
      let curves = [
        PlotSeries("train", curves.train.map { $0 * 100 }), PlotSeries("test", curves.test.map { $0 * 100 }),
      ]
      try common.write(LinePlot("Reading words", x: "epoch", y: "letter error / %", curves), "error")
    }
    try common.write(.words(testWords, readAs: letters(trained, test.images)), "words")
    print("pictures in \(common.pictureFolder)")
    try common.save(trained)
  }

  private func letters(_ params: Params, _ images: Tensor) -> Tensor {
    read.applyFrom([loss: params], images, jit: true)
  }

  private func error(_ params: Params, _ images: Tensor, _ labels: Tensor, _ mask: Tensor) -> LetterError {
    let isWrong = letters(params, images) .!= labels
    return LetterError(ofLetters: Double(sum(isWrong * mask) / sum(mask)), withPadding: Double(mean(isWrong)))
  }
}

/// The shares of letters that are read as others.
struct LetterError: CustomStringConvertible {
  /// Of the letters of words.
  let ofLetters: Double
  /// Of all places with the padding, which counts as right where it is read as an "a": the original's measure.
  let withPadding: Double

  var description: String {
    "letter error \(HumanReadable.percent(ofLetters)) (\(HumanReadable.percent(withPadding)) with padding)"
  }
}
