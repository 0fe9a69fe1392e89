import JAXnet

/// Times the rounds of a loop, or only counts them: `for _ in stopwatch { … }`.
///
/// The first round is timed by itself, another one warms up, and a third tells how many rounds make a sample of a twentieth of
/// a second; samples are taken until the time is up.
final class Stopwatch: Sequence, IteratorProtocol {
  private enum Phase {
    case start, first, warmUp, trial, sampling, end
  }

  private static let sampleSeconds = 0.05
  private static let fewestSamples = 5

  private let seconds: Double
  private let clock = ContinuousClock()
  private var phase: Phase
  private var roundsAhead = 0
  private var roundsInSample = 1
  private var began: ContinuousClock.Instant
  private var end: ContinuousClock.Instant

  /// Seconds of the first round.
  private(set) var first = 0.0
  /// Seconds of one round, for each sample.
  private(set) var samples: [Double] = []

  /// Takes samples for some seconds.
  init(seconds: Double) {
    self.seconds = seconds
    phase = .start
    began = clock.now
    end = began
  }

  /// Lets a loop go round so many times.
  init(rounds: Int) {
    seconds = 0
    phase = .end
    roundsAhead = rounds
    began = clock.now
    end = began
  }

  /// Whether results are computed elsewhere while the loop goes on.
  var isOnDevice = false

  /// Waits for a round's results where they are computed elsewhere, after the last round of a sample: until then the next ones
  /// are begun, as in a program that looks at its loss now and then.
  func wait(for results: some Tree) { if isOnDevice && roundsAhead == 0 { results.waitUntilReady() } }

  func next() -> Void? {
    if roundsAhead > 0 {
      roundsAhead -= 1
      return ()
    }
    return nextPhase()
  }

  private func nextPhase() -> Void? {
    let now = clock.now
    let passed = (now - began) / .seconds(1)
    switch phase {
    case .start: phase = .first
    case .first:
      first = passed
      phase = .warmUp
    case .warmUp: phase = .trial
    case .trial:
      roundsInSample = Swift.max(1, Int(Self.sampleSeconds / Swift.max(passed, 1e-7)))
      end = now + .seconds(seconds)
      phase = .sampling
      roundsAhead = roundsInSample - 1
    case .sampling:
      samples.append(passed / Double(roundsInSample))
      if now >= end && samples.count >= Self.fewestSamples {
        phase = .end
        return nil
      }
      roundsAhead = roundsInSample - 1
    case .end: return nil
    }
    began = clock.now
    return ()
  }
}
