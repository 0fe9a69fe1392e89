import Data
import Download
import Foundation
import Progress
import TestSupport
import Testing

private typealias Reply = LoopbackServer.Reply

/// `Tools/download` as a process of its own, with a server on loopback in place of the world: also where the catalogue
/// names other servers, by way of a proxy.
@Suite("The download command")
struct DownloadCommandTests {
  private let program = Program.path(of: "jaxnet-download")

  /// A file with as many words and letters as the published one: what can be seen of it without a checksum.
  private static let letters: [UInt8] = {
    var generator = SplitMix64(seed: 5)
    var text: [UInt8] = []
    text.reserveCapacity(15_000_000)
    let (wordCount, letterCount) = (6877, 52_152)
    for word in 0..<wordCount {
      let length = letterCount / wordCount + (word < letterCount % wordCount ? 1 : 0)
      for position in 1...length {
        let number = position == length ? -1 : 2
        text += Array("\(position == 1 ? 1 : 2)\ta\t\(number)\t\(word)\t\(position)\t\(word % 10)".utf8)
        for half in [generator.next(), generator.next()] {
          for bit in 0..<64 { text += [UInt8(ascii: "\t"), UInt8(ascii: "0") + UInt8(half >> UInt64(bit) & 1)] }
        }
        text += Array("\t\n".utf8)
      }
    }
    return Gzip.compress(text, level: 1)
  }()

  private func run(_ arguments: [String], proxy: LoopbackServer? = nil) async throws -> Program.Result {
    try await Program.run(program, arguments, environment: environment(proxy))
  }

  private func environment(_ proxy: LoopbackServer?) -> [String: String] {
    let address = proxy.map { "http://127.0.0.1:\($0.port)" } ?? ""
    return [
      "http_proxy": address, "https_proxy": address, "all_proxy": "", "no_proxy": proxy == nil ? "127.0.0.1" : "",
    ]
  }

  @Test func aDataSetIsDownloadedCheckedAndThere() async throws {
    let server = try LoopbackServer { request, _ in .file(Self.letters, request) }
    let folder = try TemporaryFolder()
    let options = ["--to", folder.path, "--mirror", server.url("sets")]
    let first = try await run(["ocr"] + options)
    #expect(first.status == 0)
    #expect(
      first.output == "ocr: downloaded \(HumanReadable.bytes(Self.letters.count)) in 1 file in \(folder.path)/ocr\n")
    #expect(first.errors.hasPrefix("letter.data.gz: "))
    #expect(server.requests.map(\.target) == ["/sets/ocr/letter.data.gz"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/ocr") == ["letter.data.gz"])
    #expect(try OCRWords.load(from: folder.path + "/ocr").count == 6877)

    let second = try await run(["ocr"] + options)
    #expect(second.status == 0)
    #expect(second.output == "ocr: was there already, and is what was published, in \(folder.path)/ocr\n")
    #expect(server.requests.count == 1)

    let checked = try await run(["ocr", "--verify", "--to", folder.path])
    #expect(checked.status == 0)
    #expect(checked.output == "ocr/letter.data.gz: as published\n")

    _ = try folder.file("ocr/letter.data.gz", Array(Self.letters.dropLast(100)))
    let damaged = try await run(["ocr", "--verify", "--to", folder.path])
    #expect(damaged.status == 65)
    #expect(damaged.errors.contains("the gzip data end early"))
    let missing = try await run(["mnist", "--verify", "--to", folder.path])
    #expect(missing.status == 66)
    #expect(missing.errors.contains("\(folder.path)/mnist/t10k-labels-idx1-ubyte.gz: there is no such file\n"))
  }

  @Test func proxiesAreAsked() async throws {
    let proxy = try LoopbackServer { request, _ in
      request.method == "GET" ? .file(Self.letters, request) : Reply(403)
    }
    let folder = try TemporaryFolder()
    let result = try await run(["ocr", "--to", folder.path], proxy: proxy)
    #expect(result.status == 0)
    #expect(proxy.requests.map(\.target) == ["http://ai.stanford.edu/~btaskar/ocr/letter.data.gz"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/ocr") == ["letter.data.gz"])
  }

  @Test func allServersFail() async throws {
    let nothing = try LoopbackServer(Reply(404))
    let folder = try TemporaryFolder()
    let result = try await run(
      ["ocr", "--to", folder.path, "--mirror", "http://mirror.example/", "--attempts", "1"], proxy: nothing)
    #expect(result.status == 69)
    #expect(result.output == "ocr: failed\n")
    #expect(
      result.errors.contains(
        """
        no source gave \(folder.path)/ocr/letter.data.gz
          http://mirror.example/ocr/letter.data.gz: the server answered 404 (there is no such file)
          http://ai.stanford.edu/~btaskar/ocr/letter.data.gz: the server answered 404 (there is no such file)
          https://ai.stanford.edu/~btaskar/ocr/letter.data.gz: 
        """))
    #expect(nothing.requests.map(\.method) == ["GET", "GET", "CONNECT"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/ocr") == [])
  }

  @Test func aWebPageInPlaceOfTheFile() async throws {
    let page = try LoopbackServer(
      Reply(200, Array("<html>Sign in</html>".utf8), headers: [("Content-Type", "text/html")]))
    let folder = try TemporaryFolder()
    let result = try await run(["ocr", "--to", folder.path, "--attempts", "1"], proxy: page)
    #expect(result.status == 65)
    #expect(result.errors.contains("the server sent a web page instead of the file"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/ocr") == [])
  }

  @Test(
    "A wrong command line",
    arguments: [
      (["minst"], "There is no data set 'minst'. There are: mnist, fashion-mnist, kmnist, emnist, ocr."),
      ([], "Name the data sets to download: mnist,"),
      (["mnist", "--mirror", "elsewhere"], "'elsewhere' is not the address of a server"),
      (["mnist", "--timeout", "0"], "--timeout must be positive."),
      (["mnist", "--attempts", "0"], "--attempts must be at least 1."),
      (["mnist", "--quickly"], "Unknown option '--quickly'"),
    ])
  func usage(arguments: [String], message: String) async throws {
    let result = try await run(arguments)
    #expect(result.status == 64)
    #expect(result.errors.contains(message))
    #expect(result.output.isEmpty)
  }

  @Test func theList() async throws {
    let folder = try TemporaryFolder()
    for file in DownloadableDataset.named("kmnist")!.files { _ = try folder.file("kmnist/\(file.name)", []) }
    let result = try await run(["--list", "--to", folder.path])
    #expect(result.status == 0)
    #expect(result.output.contains("mnist: MNIST, handwritten digits, 28x28, 60,000 + 10,000\n  http://yann.lecun.com"))
    #expect(
      result.output.contains("\nkmnist: Kuzushiji-MNIST, ten cursive Japanese characters, 28x28, 60,000 + 10,000 (in "))
    #expect(result.output.contains("  no checksum is published: it is checked by reading"))
  }

  // MARK: The end of the process, of the disk, and two processes

  @Test func aKilledDownloadGoesOn() async throws {
    let server = try LoopbackServer { request, number in
      .file(Self.letters, request, cutAfter: number == 0 ? 200_000 : nil, hangs: number == 0)
    }
    let folder = try TemporaryFolder()
    let options = ["ocr", "--to", folder.path, "--mirror", server.url("")]
    let path = folder.path + "/ocr/letter.data.gz"
    let first = try Program(program, options + ["--timeout", "600"], environment: environment(nil))
    try await eventually { (try? bytes(of: path + ".part").count) == 200_000 }

    // While it is there, nobody else gets in its way.
    let second = try await run(options)
    #expect(second.status == 75)
    #expect(second.errors.contains("another download of \(path) is under way"))
    #expect(try bytes(of: path + ".part").count == 200_000)

    first.kill()
    let ended = await first.wait()
    #expect(ended.status == -SIGKILL)
    #expect(!FileManager.default.fileExists(atPath: path))
    let third = try await run(options)
    #expect(third.status == 0)
    #expect(third.errors.contains("letter.data.gz: going on after 200 kB"))
    #expect(server.requests.map(\.rangeStart) == [nil, 200_000])
    #expect(try bytes(of: path) == Self.letters)
  }

  @Test func aDiskThatIsFullAtOnce() async throws {
    let server = try LoopbackServer { request, _ in .file(Self.letters, request) }
    let folder = try TemporaryFolder()
    try await withSmallDisk(folder.path, program, ["ocr", "--to", folder.path, "--mirror", server.url("")]) { result in
      #expect(result.status == 73)
      #expect(result.errors.contains("cannot write \(folder.path)/ocr/letter.data.gz: it needs "))
      #expect(result.output == "ocr: failed\nleft: \n")
    }
  }

  @Test func aDiskThatFillsUp() async throws {
    let server = try LoopbackServer { request, _ in
      var reply = Reply.file(Self.letters, request)
      reply.announcedLength = nil
      return reply
    }
    let folder = try TemporaryFolder()
    try await withSmallDisk(folder.path, program, ["ocr", "--to", folder.path, "--mirror", server.url("")]) { result in
      #expect(result.status == 73)
      #expect(
        result.errors.contains("cannot write \(folder.path)/ocr/letter.data.gz.part: No space left on device"))
      #expect(result.output == "ocr: failed\nleft: \n")
    }
  }

  @Test func filesMayNotBeThatLarge() async throws {
    let server = try LoopbackServer { request, _ in .file(Self.letters, request) }
    let folder = try TemporaryFolder()
    // 100 blocks of 512 or 1,024 bytes.
    let result = try await Program.run(
      "/bin/sh",
      ["-c", "ulimit -f 100; exec \"$@\"", "sh", program, "ocr", "--to", folder.path, "--mirror", server.url("")],
      environment: environment(nil))
    #expect(result.status == 73)
    #expect(result.errors.contains("cannot write \(folder.path)/ocr/letter.data.gz.part: File too large"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/ocr") == [])
  }

  /// Runs a program with a file system of 300 kB at a folder, where the system lets one be made; what it leaves there
  /// is the last line of its output.
  private func withSmallDisk(
    _ folder: String, _ program: String, _ arguments: [String], _ body: (Program.Result) throws -> Void
  ) async throws {
    let script = """
      mount -t tmpfs -o size=300k none "$1" || exit 99
      shift
      "$@"
      status=$?
      printf 'left: %s\\n' "$(ls "\(folder)/ocr")"
      exit $status
      """
    let result = try await Program.run(
      "/bin/sh",
      ["-c", "exec unshare --map-root-user --mount sh -c \"$0\" sh \"$@\"", script, folder, program] + arguments,
      environment: environment(nil))
    // Containers may forbid it; `filesMayNotBeThatLarge` then shows the same path.
    if result.errors.contains("unshare") || result.status == 99 { return }
    try body(result)
  }
}
