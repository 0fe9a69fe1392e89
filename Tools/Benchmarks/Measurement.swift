import Foundation

/// What was measured of a workload, with the keys that the scripts of the peers use, too.
struct Measurement: Codable {
  let peer: String
  let name: String
  /// Milliseconds of the first round: tracing, compilation and running.
  let firstMilliseconds: Double
  let medianMicroseconds: Double
  let minimumMicroseconds: Double
  /// The most memory that the process has held at once, in KiB.
  let peakKibibytes: Int

  enum CodingKeys: String, CodingKey {
    case peer, name
    case firstMilliseconds = "first_ms"
    case medianMicroseconds = "median_us"
    case minimumMicroseconds = "min_us"
    case peakKibibytes = "peak_kb"
  }

  init(_ name: String, _ stopwatch: Stopwatch) {
    let samples = stopwatch.samples.sorted()
    peer = "jaxnet"
    self.name = name
    firstMilliseconds = stopwatch.first * 1e3
    medianMicroseconds = samples[samples.count / 2] * 1e6
    minimumMicroseconds = samples[0] * 1e6
    peakKibibytes = Measurement.peakKibibytes
  }

  private static var peakKibibytes: Int {
    #if os(Linux)
      // The kernel's own count for this program: `getrusage` counts what ran in the process before it, too.
      let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
      let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      return line.flatMap { Int($0.split(separator: " ").dropLast().last ?? "") } ?? 0
    #else
      var usage = rusage()
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss / 1024
    #endif
  }

  // MARK: As text

  static let header = row("", "first call", "median", "minimum", "peak memory")

  var row: String {
    Self.row(
      name, Self.time(firstMilliseconds * 1e3), Self.time(medianMicroseconds), Self.time(minimumMicroseconds),
      "\((Double(peakKibibytes) / 1024).rounded(toPlaces: 1)) MiB")
  }

  private static func row(_ name: String, _ columns: String...) -> String {
    name.padding(toLength: 16, withPad: " ", startingAt: 0)
      + columns.map { String(repeating: " ", count: max(1, 13 - $0.count)) + $0 }.joined()
  }

  private static func time(_ microseconds: Double) -> String {
    microseconds < 1000
      ? "\(microseconds.rounded(toPlaces: 3)) µs" : "\((microseconds / 1000).rounded(toPlaces: 3)) ms"
  }
}

extension Double {
  fileprivate func rounded(toPlaces places: Int) -> Double {
    let scale = pow(10, Double(places))
    return (self * scale).rounded() / scale
  }
}
