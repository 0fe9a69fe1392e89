import Foundation
import JAXnet
import TestSupport
import Testing

/// A Transformer of a hundred million parameters, in a process of its own, whose memory is measured.
@Suite struct LargeModelTests {
  @Test func aLargeTransformerNeedsLittleMoreMemoryThanItsParameters() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let path = folder.path + "/transformer.safetensors"
      let words = Embedding(20_000, 768)
      let net = Sequential {
        words
        for _ in 0..<12 { TransformerBlock(12, isCausal: true) }
        LayerNorm()
        TiedLogits(words)
      }
      // Inputs of a size that no layer could compute with.
      let tokens = zeros([], dtype: .int32).broadcast(to: [1 << 30, 1 << 10])

      var digests: [Int] = []
      var size = 0
      do {
        let params = net.initParams(PRNGKey(0), tokens)
        size = params.byteCount
        try require(params.elementCount > 100_000_000, "\(params.elementCount) parameters")
        let bar = ProgressBar(total: size, label: "saving", unit: .bytes)
        try params.save(to: path, progress: moving(bar))
        bar.finish()
        digests = params.leaves.map(digest)

        // Compared with what is in memory, tensor by tensor.
        let file = try SafetensorsFile(path)
        let comparing = ProgressBar(total: size, label: "comparing", unit: .bytes)
        for (name, leaf) in zip(params.leafPaths, params.leaves) {
          let tensor = try file.tensor(named: name)
          try require(tensor.map { digest($0) == digest(leaf) && $0.type == leaf.type } == true, name)
          comparing.advance(by: leaf.count * leaf.dtype.itemSize)
        }
        comparing.finish()
      }
      let bar = ProgressBar(total: size, label: "loading", unit: .bytes)
      let loaded = try net.loadParams(from: path, tokens, progress: moving(bar))
      bar.finish()
      try require(loaded.leaves.map(digest) == digests, "what was loaded")

      let limit = size * 12 / 10 + 200_000_000
      let peak = peakMemory()
      try require(peak <= limit, "\(peak) bytes at most in memory, for \(size) of parameters")
    }
  }
}

private struct Failed: Error, CustomStringConvertible {
  let description: String
}

private func require(_ condition: Bool, _ what: String) throws {
  if !condition { throw Failed(description: what) }
}

/// A number that differs where elements do, in all likelihood.
private func digest(_ tensor: Tensor) -> Int {
  tensor.withUnsafeBytes { bytes in
    var hasher = Hasher()
    hasher.combine(bytes: bytes)
    return hasher.finalize()
  }
}

/// What moves a progress bar to where a task has come.
private func moving(_ bar: ProgressBar) -> ProgressHandler {
  { done, _ in bar.advance(by: done - bar.completed) }
}

/// The most memory that this process has had, in bytes.
private func peakMemory() -> Int {
  var usage = rusage()
  getrusage(0, &usage)  // RUSAGE_SELF, which has another type on each system
  #if os(Linux)
    return usage.ru_maxrss * 1024
  #else
    return usage.ru_maxrss
  #endif
}
