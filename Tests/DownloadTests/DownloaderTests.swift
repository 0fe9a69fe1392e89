import Data
import Digests
import Download
import Foundation
import TestSupport
import Testing

private typealias Reply = LoopbackServer.Reply

@Suite("Downloading a file")
struct DownloaderTests {
  private let file = PublishedFile.usual

  @Test func aFileComesWhole() async throws {
    let server = try LoopbackServer { [file] request, _ in .file(file.compressed, request) }
    let target = try Target()
    #expect(
      try await target.download(file.check, from: [server.url("a/file.gz")])
        == .downloaded(byteCount: file.compressed.count))
    #expect(try bytes(of: target.path) == file.compressed)
    #expect(try target.folder.contents == ["file.gz"])
    #expect(server.requests.map(\.target) == ["/a/file.gz"])
    #expect(server.requests[0].headers["accept-encoding"] == "identity")
    let total = target.events.reduce(0) { sum, event in
      if case .received(let count) = event { sum + count } else { sum }
    }
    #expect(total == file.compressed.count)
  }

  @Test func aFileThatIsThereIsNotFetched() async throws {
    let server = try LoopbackServer(Reply(500))
    let target = try Target()
    _ = try target.folder.file("file.gz", file.compressed)
    #expect(try await target.download(file.check, from: [server.url()]) == .present)
    #expect(server.requests.isEmpty)
    #expect(try target.folder.contents == ["file.gz"])
  }

  @Test func aDamagedFileThatIsThereIsReplaced() async throws {
    let server = try LoopbackServer { [file] request, _ in .file(file.compressed, request) }
    let target = try Target()
    _ = try target.folder.file("file.gz", Array(file.compressed.dropLast(9)))
    #expect(
      try await target.download(file.check, from: [server.url()]) == .downloaded(byteCount: file.compressed.count))
    #expect(try bytes(of: target.path) == file.compressed)
    guard case .replacing(.damaged) = target.events.first else {
      Issue.record("\(target.events)")
      return
    }
  }

  @Test func aFileThatIsThereStaysUntilThereIsABetterOne() async throws {
    let server = try LoopbackServer(Reply(404))
    let target = try Target()
    _ = try target.folder.file("file.gz", [1, 2, 3])
    await #expect(throws: DownloadError.self) { try await target.download(file.check, from: [server.url()]) }
    #expect(try bytes(of: target.path) == [1, 2, 3])
    #expect(try target.folder.contents == ["file.gz"])
  }

  @Test func contentsThatAreNotCompressedAreTheSameContents() async throws {
    let server = try LoopbackServer { [file] request, _ in .file(file.contents, request) }
    let target = try Target()
    #expect(try await target.download(file.check, from: [server.url()]) == .downloaded(byteCount: 200_000))
  }

  // MARK: Servers that give something else

  struct Fault: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let reply: LoopbackServer.Reply
    let reason: @Sendable (String) -> DownloadError
    /// How often the server is asked.
    var requestCount = 1
  }

  static let faults: [Fault] = {
    let file = PublishedFile()
    let page = Array("<!DOCTYPE html><html><body>Please sign in</body></html>".utf8)
    let other = PublishedFile(seed: 1)
    let longer = PublishedFile(300_000)
    return [
      Fault(
        testDescription: "a web page with status 200",
        reply: Reply(200, page, headers: [("Content-Type", "text/html; charset=utf-8")]),
        reason: { .webPage(url: $0) }),
      Fault(
        testDescription: "a web page that says it is data",
        reply: Reply(200, page, headers: [("Content-Type", "application/gzip")]), reason: { .webPage(url: $0) }),
      Fault(testDescription: "no such file", reply: Reply(404, page), reason: { .status(url: $0, code: 404) }),
      Fault(testDescription: "forbidden", reply: Reply(403), reason: { .status(url: $0, code: 403) }),
      Fault(
        testDescription: "a server in trouble", reply: Reply(503), reason: { .status(url: $0, code: 503) },
        requestCount: 3),
      Fault(
        testDescription: "another file of the same size", reply: Reply(200, other.compressed),
        reason: {
          .wrongChecksum(
            source: $0, expected: SHA256.hexadecimal(of: file.contents),
            found: SHA256.hexadecimal(of: other.contents))
        }),
      Fault(
        testDescription: "a shorter file", reply: Reply(200, PublishedFile(150_000).compressed),
        reason: { .wrongSize(source: $0, expected: 200_000, found: 150_000) }),
      Fault(
        testDescription: "a file that is too long, by its header", reply: Reply(200, longer.compressed),
        reason: { .wrongSize(source: $0, expected: 206_096, found: longer.compressed.count) }),
      Fault(
        testDescription: "a file that decompresses to too much",
        reply: Reply(200, Gzip.compress([UInt8](repeating: 0, count: 3_000_000))),
        reason: { .wrongSize(source: $0, expected: 200_000, found: 262_144) }),
      Fault(
        testDescription: "a file cut short, and no word of how long it is",
        reply: Reply(200, file.compressed, announcing: .some(nil), cutAfter: 100_000),
        reason: { .damaged(source: $0, reason: truncated($0)) }),
      Fault(
        testDescription: "nothing", reply: Reply(200, []),
        reason: { .wrongSize(source: $0, expected: 200_000, found: 0) }),
    ]
  }()

  @Test("What is not the file does not get its name", arguments: faults)
  func fault(_ fault: Fault) async throws {
    let server = try LoopbackServer(fault.reply)
    let target = try Target()
    let error = await #expect(throws: DownloadError.self) {
      try await target.download(file.check, from: [server.url()])
    }
    #expect(
      withoutPlace(error) == withoutPlace(.everySourceFailed(file: target.path, reasons: [fault.reason(server.url())])))
    #expect(try target.folder.contents == [])
    #expect(server.requests.count == fault.requestCount)
  }

  /// What zlib says names the file that it read, `NAME.part`.
  private static func truncated(_ url: String) -> String { "truncated" }

  /// An error in which the words of the reader, which names the `.part` file, are left out.
  private func withoutPlace(_ error: DownloadError?) -> DownloadError? {
    guard case .everySourceFailed(let file, let reasons) = error else { return error }
    return .everySourceFailed(
      file: file,
      reasons: reasons.map {
        guard case .damaged(let source, let reason) = $0 else { return $0 }
        return .damaged(source: source, reason: reason.contains("end early") ? "truncated" : reason)
      })
  }

  // MARK: Several sources

  @Test func theNextSourceIsAskedWhenOneFails() async throws {
    let lost = try LoopbackServer(Reply(404))
    let wrong = try LoopbackServer(Reply(200, PublishedFile(seed: 1).compressed))
    let good = try LoopbackServer { [file] request, _ in .file(file.compressed, request) }
    let target = try Target()
    let outcome = try await target.download(file.check, from: [lost.url(), wrong.url(), good.url()])
    #expect(outcome == .downloaded(byteCount: file.compressed.count))
    #expect(target.changes.count == 2)
    #expect(target.changes.first == .status(url: lost.url(), code: 404))
    #expect(try bytes(of: target.path) == file.compressed)
    #expect([lost, wrong, good].map(\.requests.count) == [1, 1, 1])
  }

  @Test func allReasonsAreTold() async throws {
    let lost = try LoopbackServer(Reply(404))
    let forbidding = try LoopbackServer(Reply(403))
    let target = try Target()
    let error = await #expect(throws: DownloadError.self) {
      try await target.download(file.check, from: [lost.url(), forbidding.url(), "nonsense"])
    }
    #expect(
      error?.description == """
        no source gave \(target.path)
          \(lost.url()): the server answered 404 (there is no such file)
          \(forbidding.url()): the server answered 403 (forbidden)
          nonsense: this is not the address of a file on a server
        """)
    #expect(error?.localizedDescription == error?.description)
  }

  @Test func aServerThatIsNotThere() async throws {
    let url = try LoopbackServer(Reply(404)).url()
    let target = try Target()
    // The port is free again as soon as the server's thread has seen that nobody needs it.
    try await Task.sleep(for: .seconds(0.2))
    let error = await #expect(throws: DownloadError.self) { try await target.download(file.check, from: [url]) }
    #expect(
      error
        == .everySourceFailed(
          file: target.path, reasons: [.network(url: url, reason: "the server does not take the connection")]))
    #expect(target.retries.count == 2)
    #expect(try target.folder.contents == [])
  }

  @Test func aBusyServerIsAskedAgainAfterAPause() async throws {
    let server = try LoopbackServer { [file] request, number in
      number < 2 ? Reply(503, headers: [("Retry-After", "3600")]) : .file(file.compressed, request)
    }
    let target = try Target()
    let start = ContinuousClock.now
    _ = try await target.download(
      file.check, from: [server.url()],
      patience: DownloadPatience(attempts: 3, firstPause: 0.01, longestPause: 0.2, stallSeconds: 5))
    #expect(target.retries == [.status(url: server.url(), code: 503), .status(url: server.url(), code: 503)])
    // It asked for an hour; the longest pause is a fifth of a second.
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    #expect(seconds > 0.4 && seconds < 600)
  }

  @Test(
    "Pauses double up to the longest",
    arguments: [(1, nil, 1), (2, nil, 2), (4, nil, 8), (9, nil, 30), (1, 5, 5), (4, 5, 8), (1, 1000, 30)]
      as [(Int, Double?, Double)])
  func pauses(failures: Int, askedFor: Double?, expected: Double) {
    #expect(DownloadPatience().pause(after: failures, askedFor: askedFor) == expected)
  }

  // MARK: Silence

  @Test(
    "A server that falls silent is given up",
    arguments: [("before its answer", true), ("within the file", false)])
  func silence(_ when: String, saysNothing: Bool) async throws {
    let server = try LoopbackServer { [file] request, _ in
      saysNothing ? Reply.silence : .file(file.compressed, request, tag: nil, cutAfter: 50_000, hangs: true)
    }
    let target = try Target()
    let start = ContinuousClock.now
    let error = await #expect(throws: DownloadError.self) {
      try await target.download(
        file.check, from: [server.url()],
        patience: DownloadPatience(attempts: 2, firstPause: 0.01, longestPause: 0.01, stallSeconds: 0.3))
    }
    let reason = DownloadError.stalled(url: server.url(), seconds: 0.3)
    #expect(error == .everySourceFailed(file: target.path, reasons: [reason]))
    #expect(reason.description == "\(server.url()): the server sent nothing for 0.3 s")
    #expect((ContinuousClock.now - start) / .seconds(1) < 1200)
    #expect(server.requests.count == 2)
    #expect(!FileManager.default.fileExists(atPath: target.path))
  }
}
