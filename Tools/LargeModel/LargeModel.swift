import ArgumentParser
import Foundation
import JAXnet

/// Makes the parameters of a Transformer, saves, loads and compares them, and fails if that took more memory than it should:
/// little more than the parameters themselves.
@main struct LargeModel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "large-model",
    abstract: "Checks the memory that making, saving, loading and comparing parameters takes.",
    discussion: """
      The parameters are those of a Transformer, 100 million by default. The most memory that the process had at any time must \
      be at most 1.2 times their size and the base. They are compared bit by bit with the file, both those that were saved and \
      those that were loaded.
      """)

  @Option(help: "The number of blocks.")
  var blocks = 16
  @Option(help: "The number of features of each position.")
  var features = 640
  @Option(help: "The number of words.")
  var vocabulary = 32_768
  @Option(help: "The number of positions of a sequence.")
  var length = 1024
  @Option(help: "How much memory besides 1.2 times the parameters' size is allowed, in megabytes.")
  var base = 200
  @Option(help: ArgumentHelp("Where the parameters are saved; removed afterwards.", valueName: "file"))
  var file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors").path

  func validate() throws {
    for (name, value) in [("blocks", blocks), ("vocabulary", vocabulary), ("length", length)] where value < 1 {
      throw ValidationError("--\(name) must be at least 1.")
    }
    if features < 64 || features % 64 != 0 { throw ValidationError("--features must be a multiple of 64.") }
    if base < 0 { throw ValidationError("--base must be at least 0.") }
  }

  func run() throws {
    let net = transformer()
    // No machine could run the network on so many sequences: initialising looks at shapes alone.
    let inputs = zeros([], dtype: .int32).broadcast(to: [1 << 44, length])
    defer { try? FileManager.default.removeItem(atPath: file) }

    let (count, bytes) = try makeAndSave(net, inputs)
    let loaded = try net.loadParams(from: file, inputs, progress: showProgress("loading"))
    try compareWithFile(loaded, "comparing what was loaded")

    guard let peak = peakMemory() else { throw LargeModelError("The system does not tell the process's memory.") }
    let limit = bytes / 5 * 6 + base * 1_000_000
    print(
      "\(HumanReadable.count(count)) parameters of \(HumanReadable.bytes(bytes)): memory of \(HumanReadable.bytes(peak)), "
        + "at most \(HumanReadable.bytes(limit)) is allowed")
    if peak > limit { throw ExitCode.failure }
  }

  private func transformer() -> Layer {
    let words = Embedding(vocabulary, features)
    return Sequential {
      words
      LearnedPositions(length)
      for _ in 0..<blocks { TransformerBlock(features / 64, isCausal: true) }
      LayerNorm()
      TiedLogits(words)
    }
  }

  /// Leaves the parameters in the file, and nothing of them in memory.
  private func makeAndSave(_ net: Layer, _ inputs: Tensor) throws -> (count: Int, bytes: Int) {
    let params = net.initParams(PRNGKey(0), inputs, progress: showProgress("initialising"))
    try params.save(to: file, progress: showProgress("saving"))
    try compareWithFile(params, "comparing what was saved")
    return (params.elementCount, params.leaves.reduce(0) { $0 + $1.type.byteCount })
  }

  private func compareWithFile(_ params: Params, _ label: String) throws {
    let saved = try SafetensorsFile(file)
    let progress = showProgress(label)
    var done = 0
    for (path, tensor) in zip(params.leafPaths, params.leaves) {
      guard let other = try saved.tensor(named: path), other.type == tensor.type,
        Bool(all(other.bitcast(to: .uint32) .== tensor.bitcast(to: .uint32)))
      else { throw LargeModelError("\(path) is not the same in the file.") }
      done += tensor.type.byteCount
      progress(done, saved.byteCount)
    }
  }
}

/// What went wrong.
private struct LargeModelError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// The most memory that the process had at any time, in bytes; nil where the system does not tell.
private func peakMemory() -> Int? {
  #if os(Linux)
    // Not `getrusage`, which counts what the process was started from, too.
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kilobytes = line.split(separator: " ").compactMap({ Int($0) }).first
    else { return nil }
    return kilobytes * 1024
  #else
    var usage = rusage()
    return getrusage(RUSAGE_SELF, &usage) == 0 ? Int(usage.ru_maxrss) : nil
  #endif
}
