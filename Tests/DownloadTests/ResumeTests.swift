import Data
import Download
import Foundation
import TestSupport
import Testing

private typealias Reply = LoopbackServer.Reply

@Suite("Going on with a download")
struct ResumeTests {
  private let file = PublishedFile.usual

  @Test func aCutConnectionGoesOnWhereItEnded() async throws {
    let server = try LoopbackServer { [file] request, number in
      .file(file.compressed, request, cutAfter: number < 2 ? 60_000 : nil)
    }
    let target = try Target()
    #expect(
      try await target.download(file.check, from: [server.url()]) == .downloaded(byteCount: file.compressed.count))
    #expect(try bytes(of: target.path) == file.compressed)
    #expect(try target.folder.contents == ["file.gz"])
    #expect(target.offsets == [0, 60_000, 120_000])
    #expect(server.requests.map(\.rangeStart) == [nil, 60_000, 120_000])
    #expect(server.requests.map { $0.headers["if-range"] } == [nil, "\"v1\"", "\"v1\""])
  }

  @Test func aLaterDownloadGoesOnWithAnEarlierOne() async throws {
    let server = try LoopbackServer { [file] request, number in
      .file(file.compressed, request, cutAfter: number == 0 ? 60_000 : nil)
    }
    let target = try Target()
    var once = impatience
    once.attempts = 1
    let error = await #expect(throws: DownloadError.self) {
      try await target.download(file.check, from: [server.url()], patience: once)
    }
    guard case .everySourceFailed(_, let reasons) = error, reasons.count == 1 else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try target.folder.contents == ["file.gz.part", "file.gz.part.origin"])
    #expect(try bytes(of: target.path + ".part") == Array(file.compressed.prefix(60_000)))
    #expect(
      try await target.download(file.check, from: [server.url()])
        == .downloaded(byteCount: file.compressed.count - 60_000))
    #expect(try bytes(of: target.path) == file.compressed)
    #expect(try target.folder.contents == ["file.gz"])
  }

  @Test func aServerThatIgnoresRangesSendsAllAnew() async throws {
    let server = try LoopbackServer { [file] request, number in
      Reply(200, file.compressed, headers: [("ETag", "\"v1\"")], cutAfter: number == 0 ? 60_000 : nil)
    }
    let target = try Target()
    _ = try await target.download(file.check, from: [server.url()])
    #expect(try bytes(of: target.path) == file.compressed)
    #expect(target.offsets == [0, 0])
    #expect(server.requests[1].rangeStart == 60_000)
  }

  @Test func aConnectionThatIsAlwaysCutAtTheSamePlaceIsGivenUp() async throws {
    let server = try LoopbackServer { [file] request, _ in
      Reply(200, file.compressed, cutAfter: 60_000)
    }
    let target = try Target()
    await #expect(throws: DownloadError.self) { try await target.download(file.check, from: [server.url()]) }
    #expect(server.requests.count == 3)
    #expect(!FileManager.default.fileExists(atPath: target.path))
  }

  @Test(
    "A file that has changed is fetched anew, whether the server looks at If-Range or not", arguments: [true, false])
  func changedFile(serverLooks: Bool) async throws {
    let old = PublishedFile(seed: 7)
    let server = try LoopbackServer { [file] request, number in
      if number == 0 { return .file(old.compressed, request, tag: "\"old\"", cutAfter: 60_000) }
      var request = request
      if !serverLooks { request = request.without("if-range") }
      return .file(file.compressed, request, tag: "\"new\"")
    }
    let target = try Target()
    _ = try await target.download(file.check, from: [server.url()])
    #expect(try bytes(of: target.path) == file.compressed)
    #expect(server.requests.map(\.rangeStart) == (serverLooks ? [nil, 60_000] : [nil, 60_000, nil]))
  }

  @Test func halvesThatDoNotGoTogetherAreFetchedAnewOnce() async throws {
    let other = PublishedFile(seed: 7)
    // The server gives two files the same tag.
    let server = try LoopbackServer { [file] request, number in
      number == 0 ? .file(other.compressed, request, cutAfter: 60_000) : .file(file.compressed, request)
    }
    let target = try Target()
    _ = try await target.download(file.check, from: [server.url()])
    #expect(try bytes(of: target.path) == file.compressed)
    #expect(server.requests.map(\.rangeStart) == [nil, 60_000, nil])
  }

  @Test("Without a strong tag or a date nothing is put together", arguments: [nil, "W/\"v1\""] as [String?])
  func weakTags(tag: String?) async throws {
    let server = try LoopbackServer { [file] request, number in
      .file(file.compressed, request, tag: tag, cutAfter: number == 0 ? 60_000 : nil)
    }
    let target = try Target()
    _ = try await target.download(file.check, from: [server.url()])
    #expect(server.requests.map(\.rangeStart) == [nil, nil])
    #expect(try bytes(of: target.path) == file.compressed)
  }

  @Test func theDateOfTheLastChangeServesAsATag() async throws {
    let date = "Wed, 21 Oct 2015 07:28:00 GMT"
    let server = try LoopbackServer { [file] request, number in
      var reply = Reply.file(file.compressed, request, tag: nil, cutAfter: number == 0 ? 60_000 : nil)
      if number > 0 { reply = .file(file.compressed, request, tag: date) }
      reply.headers = reply.headers.filter { $0.0 != "ETag" } + [("Last-Modified", date)]
      return reply
    }
    let target = try Target()
    _ = try await target.download(file.check, from: [server.url()])
    #expect(server.requests[1].headers["if-range"] == date)
    #expect(target.offsets == [0, 60_000])
    #expect(try bytes(of: target.path) == file.compressed)
  }

  @Test func aWholeFileThatDidNotGetItsNameGetsIt() async throws {
    let server = try LoopbackServer { [file] request, _ in .file(file.compressed, request) }
    let target = try Target()
    _ = try target.folder.file("file.gz.part", file.compressed)
    _ = try target.folder.file(
      "file.gz.part.origin", Array(#"{"url":"\#(server.url())","validator":"\"v1\""}"#.utf8))
    #expect(try await target.download(file.check, from: [server.url()]) == .downloaded(byteCount: 0))
    #expect(server.requests.map(\.rangeStart) == [file.compressed.count])
    #expect(try target.folder.contents == ["file.gz"])
  }

  @Test(
    "What an earlier download left may be anything",
    arguments: [nil, "", "{", #"{"url":"http://elsewhere/","validator":"\"v1\""}"#] as [String?])
  func remains(origin: String?) async throws {
    let server = try LoopbackServer { [file] request, _ in .file(file.compressed, request) }
    let target = try Target()
    _ = try target.folder.file("file.gz.part", noise(300_000, seed: 3))
    if let origin { _ = try target.folder.file("file.gz.part.origin", Array(origin.utf8)) }
    _ = try await target.download(file.check, from: [server.url()])
    #expect(server.requests.map(\.rangeStart) == [nil])
    #expect(try bytes(of: target.path) == file.compressed)
    #expect(try target.folder.contents == ["file.gz"])
  }

  @Test func theNextSourceBeginsAnew() async throws {
    let breaking = try LoopbackServer { [file] request, _ in
      .file(file.compressed, request, tag: nil, cutAfter: 60_000)
    }
    let good = try LoopbackServer { [file] request, _ in .file(file.compressed, request) }
    let target = try Target()
    _ = try await target.download(file.check, from: [breaking.url(), good.url()])
    #expect(good.requests.map(\.rangeStart) == [nil])
    #expect(try bytes(of: target.path) == file.compressed)
  }

  // MARK: Two at once

  @Test func twoDownloadsOfTheSameFileAtOnce() async throws {
    let server = try LoopbackServer { [file] request, _ in
      .file(file.compressed, request, cutAfter: 60_000, hangs: true)
    }
    let folder = try TemporaryFolder()
    let path = folder.path + "/file.gz"
    var patient = impatience
    patient.stallSeconds = 20
    let first = Task { [file, patient] in
      try await Downloader(patience: patient).download(path, check: file.check, from: [server.url()])
    }
    try await eventually { !server.requests.isEmpty }
    let second = await #expect(throws: DownloadError.busy(path: path)) {
      try await Downloader(patience: impatience).download(path, check: file.check, from: [server.url()])
    }
    #expect(
      second?.description == "another download of \(path) is under way: wait for it, or end it and try again")
    first.cancel()
    _ = await first.result
    #expect(server.requests.count == 1)
    #expect(!FileManager.default.fileExists(atPath: path))
    // The lock is gone with the download.
    let good = try LoopbackServer { [file] request, _ in .file(file.compressed, request) }
    _ = try await Downloader(patience: impatience).download(path, check: file.check, from: [good.url()])
    #expect(try folder.contents == ["file.gz"])
  }
}

extension LoopbackServer.Request {
  fileprivate func without(_ header: String) -> Self {
    var headers = headers
    headers[header] = nil
    return Self(target: target, method: method, headers: headers)
  }
}
