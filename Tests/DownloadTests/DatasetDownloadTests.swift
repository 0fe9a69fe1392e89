import Data
import Digests
import Download
import Foundation
import TestSupport
import Testing

@Suite("Data sets in archives, and on mirrors")
struct DatasetDownloadTests {
  private static let files: [(name: String, contents: [UInt8], isDeflated: Bool)] = [
    ("set/one.bin", noise(300_000), false), ("set/two.txt", [UInt8](repeating: 7, count: 900_000), true),
  ]

  private func dataset(_ url: String, archive: [UInt8], names: [String] = ["one.bin", "two.txt"]) -> DownloadableDataset
  {
    DownloadableDataset(
      name: "set", summary: "a set", homepage: "", caveat: nil,
      downloads: [
        RemoteFile(
          file: DatasetFile("all.zip", .file(size: archive.count, sha256: SHA256.hexadecimal(of: archive))),
          sources: [url], archiveFolder: "set")
      ],
      files: names.map { name in
        let contents = Self.files.first { $0.name == "set/" + name }?.contents ?? []
        return DatasetFile(name, .contents(size: contents.count, sha256: SHA256.hexadecimal(of: contents)))
      })
  }

  @Test func theFilesOfAnArchiveAreLeftAndTheArchiveGoes() async throws {
    let archive = zipFile(Self.files)
    let server = try LoopbackServer { request, _ in .file(archive, request) }
    let set = dataset(server.url("all.zip"), archive: archive)
    let folder = try TemporaryFolder()
    let downloader = Downloader(patience: impatience)
    #expect(try await downloader.download(set, to: folder.path) == [.downloaded(byteCount: archive.count)])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path + "/set").sorted() == ["one.bin", "two.txt"])
    #expect(set.verify(in: folder.path).allSatisfy { $0.problem == nil })
    // Once they are there the archive is not fetched again.
    #expect(try await downloader.download(set, to: folder.path) == [.present])
    #expect(server.requests.count == 1)
    // Until one of them is gone.
    try FileManager.default.removeItem(atPath: folder.path + "/set/two.txt")
    #expect(set.verify(in: folder.path)[1].problem == .missing(path: folder.path + "/set/two.txt"))
    _ = try await downloader.download(set, to: folder.path)
    #expect(set.verify(in: folder.path).allSatisfy { $0.problem == nil })
  }

  @Test func anArchiveWithoutOneOfTheFiles() async throws {
    let archive = zipFile(Self.files)
    let server = try LoopbackServer { request, _ in .file(archive, request) }
    let folder = try TemporaryFolder()
    let set = dataset(server.url("all.zip"), archive: archive, names: ["one.bin", "missing"])
    await #expect(
      throws: DownloadError.damaged(source: folder.path + "/set/all.zip", reason: "it has no set/missing")
    ) {
      try await Downloader(patience: impatience).download(set, to: folder.path)
    }
  }

  @Test func anArchiveThatIsDamagedInside() async throws {
    var archive = zipFile(Self.files)
    archive[60] ^= 1
    let server = try LoopbackServer { [archive] request, _ in .file(archive, request) }
    let folder = try TemporaryFolder()
    let set = dataset(server.url("all.zip"), archive: archive)
    let path = folder.path + "/set/all.zip"
    await #expect(
      throws: DownloadError.damaged(
        source: path, reason: "\(path) is damaged: set/one.bin is not what the directory says")
    ) {
      try await Downloader(patience: impatience).download(set, to: folder.path)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/set") == ["all.zip"])
  }

  @Test func mirrorsAreAskedFirst() async throws {
    let file = PublishedFile()
    let mirror = try LoopbackServer { request, _ in .file(file.compressed, request) }
    let usual = try LoopbackServer(LoopbackServer.Reply(404))
    let part = DatasetFile("file.gz", file.check)
    let set = DownloadableDataset(
      name: "set", summary: "", homepage: "", caveat: nil,
      downloads: [RemoteFile(file: part, sources: [usual.url()])], files: [part])
    let folder = try TemporaryFolder()
    for base in [mirror.url("a/b"), mirror.url("a/b/")] {
      _ = try await Downloader(patience: impatience).download(set, to: folder.path, mirrors: [base])
      try FileManager.default.removeItem(atPath: folder.path + "/set")
    }
    #expect(mirror.requests.map(\.target) == ["/a/b/set/file.gz", "/a/b/set/file.gz"])
    #expect(usual.requests.isEmpty)
  }
}
