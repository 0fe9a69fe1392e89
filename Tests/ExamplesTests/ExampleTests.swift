import Foundation
import TestSupport
import Testing
import XLA

/// The examples as processes of their own, on the data that come with the package, in configurations of seconds.
@Suite("The examples", .serialized)
struct ExampleTests {
  private static let datasets = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Datasets").path

  /// An example in a configuration of seconds.
  struct Example: Sendable, CustomStringConvertible {
    let description: String
    let arguments: [String]
    /// What its result says, in which a number stands for `N`.
    let result: String
    let pictures: [String]

    /// Its name is the program's, up to a space.
    var program: String { Program.path(of: String(description.prefix { $0 != " " })) }
  }

  static let examples = [
    Example(
      description: "mnist-classifier",
      arguments: ["--data", datasets + "/optdigits", "--epochs", "2"],
      result: "test accuracy N % after 2 epochs", pictures: ["confusion", "loss", "mistakes"]),
    Example(
      description: "mnist-classifier --model cnn",
      arguments: ["--model", "cnn", "--data", datasets + "/optdigits", "--epochs", "1", "--batch-size", "64"],
      result: "test accuracy N % after 1 epoch", pictures: ["confusion", "loss", "mistakes"]),
    Example(
      description: "mnist-vae", arguments: ["--epochs", "1", "--batch-size", "500"],
      result: "test ELBO -N nats per image after 1 epoch", pictures: ["reconstructions-01", "samples-01"]),
    Example(
      description: "ocr-rnn", arguments: ["--epochs", "2", "--batches", "2"],
      result: "letter error N % (N % with padding) after 2 epochs", pictures: ["error", "words"]),
  ]

  private func run(_ example: Example, _ arguments: [String]) async throws -> Program.Result {
    try await Program.run(
      example.program, arguments, environment: ["JAXNET_DATASETS": Self.datasets, "LC_ALL": "C.UTF-8"])
  }

  /// Text with numbers replaced by `N`.
  private func withoutNumbers(_ text: String) -> String {
    text.replacingOccurrences(of: #"[0-9]+\.[0-9]+"#, with: "N", options: .regularExpression)
  }

  @Test(arguments: examples)
  func trainsAndLeavesPictures(_ example: Example) async throws {
    let folder = try TemporaryFolder()
    let (out, saved) = (folder.path + "/pictures/here", folder.path + "/params.safetensors")
    let options = example.arguments + ["--seed", "3", "--out", out]
    let first = try await run(example, options + ["--save", saved])
    #expect(first.status == 0, "\(first.errors)")
    let lines = first.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 4)
    #expect(lines.dropFirst().first.map(withoutNumbers) == example.result)
    #expect(Array(lines.dropFirst(2)) == ["pictures in \(out)", "saved the parameters in \(saved)"])
    #expect(first.errors.contains("training: "))
    #expect(try FileManager.default.contentsOfDirectory(atPath: out).sorted() == example.pictures.map { $0 + ".png" })
    for picture in example.pictures {
      #expect(try bytes(of: "\(out)/\(picture).png").starts(with: [0x89, 0x50, 0x4E, 0x47]))
    }

    // The same seed gives the same pictures and the same result, also from the parameters that were saved.
    let second = folder.path + "/again"
    let again = try await run(example, example.arguments + ["--seed", "3", "--out", second])
    #expect(again.output.split(separator: "\n")[1] == lines[1])
    for picture in example.pictures {
      #expect(try bytes(of: "\(out)/\(picture).png") == bytes(of: "\(second)/\(picture).png"), "\(picture)")
    }
    let loaded = try await run(
      example, example.arguments + ["--seed", "3", "--out", second, "--load", saved, "--epochs", "0", "--show"])
    #expect(loaded.status == 0, "\(loaded.errors)")
    #expect(loaded.output.contains("\n\(lines[1].components(separatedBy: " after ")[0]) after 0 epochs\n"))
    #expect(loaded.output.contains("░") || loaded.output.contains("█"))
    let other = try await run(example, example.arguments + ["--seed", "4", "--out", second])
    #expect(other.output.split(separator: "\n")[1] != lines[1])
  }

  /// The same program on a device of a plugin gives the figures of the host, up to sums that are made in another order.
  @Test(
    .enabled(if: (try? XLADevice.find()) != nil, "there is no PJRT plugin"), arguments: examples)
  func devicesGiveTheSameFigures(_ example: Example) async throws {
    let folder = try TemporaryFolder()
    let options = example.arguments + ["--seed", "3", "--out", folder.path]
    let figures = try await [[], ["--device", "xla"]].asyncMap { place in
      let result = try await run(example, options + place)
      #expect(result.status == 0, "\(result.errors)")
      let line = result.output.split(separator: "\n").dropFirst().first.map(String.init) ?? ""
      #expect(withoutNumbers(line) == example.result)
      return line.matches(of: #/[0-9]+\.[0-9]+/#).map { Double($0.output)! }
    }
    for (host, device) in zip(figures[0], figures[1]) { #expect(abs(host - device) <= 0.02 * max(abs(host), 10)) }
  }

  @Test func aDeviceThatIsNotThereIsTold() async throws {
    let example = Self.examples[0]
    let unknown = try await run(example, example.arguments + ["--device", "gpu7"])
    #expect(unknown.status == 64 && unknown.errors.contains("'gpu7' is invalid for '--device"))
    let missing = try await Program.run(
      example.program, example.arguments + ["--device", "xla"],
      environment: ["JAXNET_DATASETS": Self.datasets, "JAXNET_PJRT_PLUGIN": "/nowhere/plugin.so"])
    #expect(missing.status == 1 && missing.errors.contains("the plugin /nowhere/plugin.so cannot be loaded"))
  }

  @Test(arguments: examples)
  func mistakesAreTold(_ example: Example) async throws {
    let folder = try TemporaryFolder()
    let nothing = folder.path + "/nothing"
    let mistakes: [(arguments: [String], status: Int32, message: String)] = [
      (["--epochs=-1"], 64, "--epochs must be at least 0."),
      (["--batch-size", "0"], 64, "--batch-size must be at least 1."),
      (["--learning-rate", "0"], 64, "--learning-rate must be positive."),
      (["--save", nothing + "/params"], 64, "--save: files cannot be written in the folder \(nothing)."),
      (["--epoch", "1"], 64, "Unknown option '--epoch'"),
      (["--data", nothing], 1, "cannot read \(nothing)"),
      (["--load", nothing], 1, "cannot read \(nothing): No such file or directory"),
    ]
    for mistake in mistakes {
      let result = try await run(example, mistake.arguments)
      #expect(result.status == mistake.status, "\(mistake.arguments)")
      #expect(result.errors.contains(mistake.message), "\(mistake.arguments): \(result.errors)")
    }
    let help = try await run(example, ["--help"])
    #expect(help.status == 0)
    for option in ["--data <", "--epochs <", "--seed <", "--load <", "--save <", "--out <", "--show"] {
      #expect(help.output.contains(option))
    }
  }

  @Test func parametersOfAnotherNetworkAreNoneOfThisOne() async throws {
    let folder = try TemporaryFolder()
    let (mlp, cnn) = (Self.examples[0], Self.examples[1])
    let options = ["--epochs", "0", "--out", folder.path]
    let saved = folder.path + "/params"
    #expect(try await run(mlp, mlp.arguments + options + ["--save", saved]).status == 0)
    let result = try await run(cnn, cnn.arguments + options + ["--load", saved])
    #expect(result.status == 1)
    #expect(result.errors.contains(saved) && result.errors.contains("layers[0].kernel"), "\(result.errors)")
  }
}

extension Array {
  /// The elements' images, made one after the other.
  fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await transform(element)) }
    return results
  }
}
