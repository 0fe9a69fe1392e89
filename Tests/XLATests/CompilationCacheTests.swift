import Foundation
import JAXnet
import TestSupport
import Testing
import XLA

@Suite("The cache of compiled programs", .enabled(if: TestDevice.isThere, "there is no plugin"))
struct CompilationCacheTests {
  /// The result of a program compiled by a new client with a cache, so that nothing is known but what is in the cache.
  private func result(_ cache: CompilationCache, _ factor: Double) throws -> [Float] {
    let client = try XLAClient(TestDevice.client!.plugin, cache: cache)
    return jit({ (x: Tensor) in x * factor + 1 }, on: client.devices[0])(Tensor([1.0, 2.0])).array(of: Float.self)
  }

  private func files(_ folder: TemporaryFolder) throws -> [String: Date] {
    var result: [String: Date] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(name)")
      result[name] = attributes[.modificationDate] as? Date
    }
    return result
  }

  @Test func programsAreFoundAgain() throws {
    let folder = try TemporaryFolder()
    let cache = CompilationCache(folder: folder.path)
    #expect(try result(cache, 2) == [3, 5])
    #expect(try files(folder).count == 1)
    #expect(try result(cache, 2) == [3, 5])
    #expect(try files(folder).count == 1)
    #expect(try result(cache, 3) == [4, 7])
    #expect(try files(folder).count == 2)
  }

  /// What was found is what runs: a file with another program in it, whole and with its digest, gives that program's results.
  @Test func whatIsFoundIsWhatRuns() throws {
    let folder = try TemporaryFolder()
    let cache = CompilationCache(folder: folder.path)
    _ = try result(cache, 2)
    let first = try #require(try files(folder).keys.first)
    _ = try result(cache, 3)
    let second = try #require(try files(folder).keys.first { $0 != first })
    let contents = try Foundation.Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(second)"))
    try contents.write(to: URL(fileURLWithPath: "\(folder.path)/\(first)"))
    #expect(try result(cache, 2) == [4, 7])
  }

  @Test(arguments: ["empty", "short", "a byte changed"])
  func aDamagedFileIsCompiledAnew(damage: String) throws {
    let folder = try TemporaryFolder()
    let cache = CompilationCache(folder: folder.path)
    _ = try result(cache, 2)
    let url = URL(fileURLWithPath: "\(folder.path)/\(try #require(try files(folder).keys.first))")
    let whole = try Foundation.Data(contentsOf: url)
    var damaged = whole
    switch damage {
    case "empty": damaged = Foundation.Data()
    case "short": damaged = whole.prefix(whole.count / 2)
    default: damaged[whole.count / 2] ^= 1
    }
    try damaged.write(to: url)
    #expect(try result(cache, 2) == [3, 5])
    #expect(try Foundation.Data(contentsOf: url) == whole || Foundation.Data(contentsOf: url) != damaged)
  }

  @Test func theLimitHolds() throws {
    let folder = try TemporaryFolder()
    _ = try result(CompilationCache(folder: folder.path), 2)
    let first = try #require(try files(folder).keys.first)
    let size = try Foundation.Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(first)")).count
    // There is room for two programs; the third one takes the place of the one that was used least recently.
    let cache = CompilationCache(folder: folder.path, byteLimit: size * 5 / 2)
    _ = try result(cache, 3)
    let second = try #require(try files(folder).keys.first { $0 != first })
    Thread.sleep(forTimeInterval: 0.05)
    _ = try result(cache, 2)
    Thread.sleep(forTimeInterval: 0.05)
    _ = try result(cache, 4)
    let left = try files(folder).keys
    #expect(left.count == 2 && left.contains(first) && !left.contains(second))
  }

  @Test func aFolderThatCannotBeWrittenCostsOnlyTime() throws {
    #expect(try result(CompilationCache(folder: "/proc/no/such/folder"), 2) == [3, 5])
  }

  @Test func severalClientsMayUseOneFolder() async throws {
    let folder = try TemporaryFolder()
    let cache = CompilationCache(folder: folder.path)
    try await withThrowingTaskGroup(of: [Float].self) { group in
      for index in 0..<6 { group.addTask { try result(cache, Double(index % 2 + 2)) } }
      for try await values in group { #expect(values == [3, 5] || values == [4, 7]) }
    }
    #expect(try files(folder).count == 2)
  }
}
