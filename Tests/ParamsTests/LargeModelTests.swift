import Foundation
import TestSupport
import Testing

/// `Tools/check-memory`'s program as a process of its own, with fewer parameters than its default of 100 million.
@Suite("A large model") struct LargeModelTests {
  private let smaller = ["--blocks", "8", "--features", "512", "--vocabulary", "4096", "--length", "256"]

  private func run(_ arguments: [String]) async throws -> Program.Result {
    try await Program.run(Program.path(of: "large-model"), arguments, environment: ["LC_ALL": "C.UTF-8"])
  }

  @Test func parametersAreInMemoryOnce() async throws {
    let folder = try TemporaryFolder()
    // Twice the parameters would be more than 1.2 times their size and this base, of which the program takes half.
    let result = try await run(smaller + ["--base", "80", "--file", folder.path + "/params.safetensors"])
    #expect(result.status == 0, "\(result.output) \(result.errors)")
    #expect(result.output.hasPrefix("27,448,320 parameters of 110 MB: memory of "), "\(result.output)")
    for work in ["initialising", "saving", "comparing what was saved", "loading", "comparing what was loaded"] {
      #expect(result.errors.contains("\(work): 110 MB/110 MB, 100%"), "\(result.errors)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func whatTakesTooMuchMemoryIsSeen() async throws {
    let folder = try TemporaryFolder()
    let result = try await run(smaller + ["--base", "0", "--file", folder.path + "/params.safetensors"])
    #expect(result.status == 1 && result.output.contains("at most 132 MB is allowed"), "\(result.output)")
  }

  @Test func mistakesAreTold() async throws {
    let result = try await run(["--features", "100"])
    #expect(result.status == 64 && result.errors.contains("--features must be a multiple of 64."))
  }
}
