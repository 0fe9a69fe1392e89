import Foundation
import JAXnet

/// Something to time, and how its results are compared with those of JAX.
struct Workload: Sendable {
  let name: String
  /// What it does, for the list.
  let about: String
  /// After how many rounds the results are compared.
  let checkedRounds: Int
  /// Goes through the loop of the stopwatch and answers the numbers to compare.
  let run: @Sendable (Stopwatch) -> [Double]

  /// How far results may be from JAX's, as a share of the largest number that is compared.
  private static let tolerance = 1e-5

  init(
    _ name: String, _ about: String, checkedRounds: Int = 1, run: @escaping @Sendable (Stopwatch) -> [Double]
  ) {
    self.name = name
    self.about = about
    self.checkedRounds = checkedRounds
    self.run = run
  }

  static let all = training + operations

  /// Times it, and then makes sure that it computes what it should.
  func measured(seconds: Double, on device: Device) throws -> Measurement {
    try withDefaultDevice(device) {
      let stopwatch = Stopwatch(seconds: seconds)
      stopwatch.isOnDevice = device != .host
      _ = run(stopwatch)
      let measurement = Measurement(name, stopwatch)
      try check()
      return measurement
    }
  }

  private func check() throws {
    let values = run(Stopwatch(rounds: checkedRounds))
    guard let expected = try ExpectedResults.load()[name] else { throw WrongResult.unknown(name) }
    let scale = expected.map(abs).max() ?? 0
    let isRight =
      values.count == expected.count && zip(values, expected).allSatisfy { abs($0 - $1) <= Self.tolerance * scale }
    if !isRight { throw WrongResult.differs(name, values, expected, rounds: checkedRounds) }
  }
}

/// The numbers that JAX gives, by workload; `Tools/bench-peers/jax_peer.py --expected` writes them.
enum ExpectedResults {
  private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("bench-peers/expected.json")

  static func load() throws -> [String: [Double]] {
    try JSONDecoder().decode([String: [Double]].self, from: Data(contentsOf: file))
  }
}

/// A workload whose results are not those of JAX.
enum WrongResult: Error, CustomStringConvertible {
  case unknown(String)
  case differs(String, [Double], [Double], rounds: Int)

  var description: String {
    switch self {
    case .unknown(let name):
      "There are no results of JAX to compare \(name) with: write them with jax_peer.py --expected."
    case .differs(let name, let values, let expected, let rounds):
      "\(name) gives \(values) after \(rounds) \(rounds == 1 ? "round" : "rounds"), JAX \(expected)."
    }
  }
}
