import ArgumentParser
import ExampleSupport
import Foundation

@main struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Times the library on workloads that JAX and PyTorch are timed on, too.",
    discussion: """
      Each workload runs in a process of its own, so that its first call and its peak memory are its own, and is an error if \
      its results are not those of JAX.
      """)

  @Option(parsing: .upToNextOption, help: "The workloads to run; all if none are named.")
  var only: [String] = []
  @Option(help: "How long to take samples of each workload.")
  var seconds = 2.0
  @Option(help: "A file for the results, as a list of JSON objects; - for the standard output.")
  var json: String?
  @Option(help: "How many threads share the work.")
  var threads: Int?
  @Option(help: "Where it runs: host, or xla, the first device of a PJRT plugin, or xla:1, the second one.")
  var device = DeviceChoice.host
  @Flag(help: "Keep one processor busy with another process.")
  var busy = false
  @Flag(help: "List the workloads.")
  var list = false

  func validate() throws {
    if let unknown = only.first(where: { name in !Workload.all.contains { $0.name == name } }) {
      throw ValidationError("There is no workload '\(unknown)'; --list names them.")
    }
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1.") }
    if seconds < 0 { throw ValidationError("--seconds must not be negative.") }
  }

  func run() throws {
    if list {
      for workload in Workload.all {
        print(workload.name.padding(toLength: 16, withPad: " ", startingAt: 0), workload.about)
      }
      return
    }
    if let threads { setenv("JAXNET_NUM_THREADS", "\(threads)", 1) }
    let neighbour = busy ? try Neighbour() : nil
    defer { withExtendedLifetime(neighbour) {} }

    let workloads = Workload.all.filter { only.isEmpty || only.contains($0.name) }
    let writesTable = json != "-"
    if writesTable { print(Measurement.header) }
    var measurements: [Measurement] = []
    for workload in workloads {
      let measurement =
        workloads.count == 1
        ? try workload.measured(seconds: seconds, on: device.device()) : try measuredApart(workload)
      if writesTable { print(measurement.row) }
      measurements.append(measurement)
    }
    if let json { try write(measurements, to: json) }
  }

  /// Measures in a process of its own.
  private func measuredApart(_ workload: Workload) throws -> Measurement {
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments = ["--only", workload.name, "--seconds", "\(seconds)", "--device", "\(device)", "--json", "-"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw ExitCode(process.terminationStatus) }
    return try JSONDecoder().decode([Measurement].self, from: output)[0]
  }

  private func write(_ measurements: [Measurement], to file: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    let data = try encoder.encode(measurements) + Data("\n".utf8)
    if file == "-" {
      FileHandle.standardOutput.write(data)
    } else {
      try data.write(to: URL(fileURLWithPath: file))
    }
  }
}
