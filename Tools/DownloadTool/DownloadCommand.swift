import ArgumentParser
import Data
import Download
import FileSupport
import Foundation
import Progress

@main struct DownloadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "Tools/download", abstract: "Downloads data sets, and checks that they are what was published.",
    discussion: """
      A file has its name only when it is whole and was checked. A download that broke off goes on where it ended: give \
      the command once more. Proxies are taken from the variables http_proxy, https_proxy, all_proxy and no_proxy.

      EXIT STATUS
        0   everything is there and is what it should be
        64  the command line is wrong
        65  what came, or what is there, is not what it should be
        66  a file is missing (--verify)
        69  no server gave the file
        73  the file cannot be written
        75  another download of the same file is under way
      """)

  @Argument(help: ArgumentHelp("The data sets to download; --list tells their names.", valueName: "name"))
  var names: [String] = []
  @Option(
    help: ArgumentHelp(
      "Where to keep data sets: each gets a folder there. By default the user's cache, where programs look for them.",
      valueName: "folder"))
  var to: String?
  @Option(
    help: ArgumentHelp(
      "A server to ask first: a folder of data sets such as --to makes. May be given several times.", valueName: "url"))
  var mirror: [String] = []
  @Flag(help: "List the data sets, and whether they are there.")
  var list = false
  @Flag(help: "Check what is there, and download nothing.")
  var verify = false
  @Option(help: ArgumentHelp("How many seconds a server may be silent.", valueName: "seconds"))
  var timeout = 30.0
  @Option(help: ArgumentHelp("How often to ask a server that fails.", valueName: "count"))
  var attempts = 4

  private var datasets: [DownloadableDataset] { names.compactMap(DownloadableDataset.named) }

  func validate() throws {
    let known = DownloadableDataset.catalog.map(\.name).joined(separator: ", ")
    for name in names where DownloadableDataset.named(name) == nil {
      throw ValidationError("There is no data set '\(name)'. There are: \(known).")
    }
    if names.isEmpty && !list { throw ValidationError("Name the data sets to download: \(known).") }
    if !(timeout > 0) { throw ValidationError("--timeout must be positive.") }
    if attempts < 1 { throw ValidationError("--attempts must be at least 1.") }
    for address in mirror where URL(string: address)?.host == nil {
      throw ValidationError("'\(address)' is not the address of a server: give one such as http://host/folder.")
    }
  }

  func run() async throws {
    // A limit on the size of files is an error to be told, not a reason to vanish.
    signal(SIGXFSZ, SIG_IGN)
    guard let folder = to ?? userCacheFolder() else {
      throw ValidationError("Without a home folder there is no cache: say by --to where to keep the data sets.")
    }
    if list {
      printList(in: folder)
    } else {
      let problems = verify ? checkAll(in: folder) : await downloadAll(to: folder)
      if let first = problems.first { throw ExitCode(first.exitStatus) }
    }
  }

  // MARK: Listing

  private func printList(in folder: String) {
    for dataset in names.isEmpty ? DownloadableDataset.catalog : datasets {
      let isThere = dataset.files.allSatisfy {
        FileManager.default.fileExists(atPath: "\(folder)/\(dataset.name)/\($0.name)")
      }
      print("\(dataset.name): \(dataset.summary)\(isThere ? " (in \(folder))" : "")")
      print("  \(dataset.homepage)")
      if let caveat = dataset.caveat { print("  \(caveat)") }
    }
  }

  // MARK: Checking

  private func checkAll(in folder: String) -> [DownloadError] {
    var problems: [DownloadError] = []
    for dataset in datasets {
      for (file, problem) in dataset.verify(in: folder) {
        if let problem {
          say("\(problem)")
          problems.append(problem)
        } else {
          print("\(dataset.name)/\(file.name): as published")
        }
      }
    }
    return problems
  }

  // MARK: Downloading

  private func downloadAll(to folder: String) async -> [DownloadError] {
    let downloader = Downloader(patience: DownloadPatience(attempts: attempts, stallSeconds: timeout))
    var problems: [DownloadError] = []
    var lines: [String] = []
    for dataset in datasets {
      let display = DownloadDisplay()
      do {
        let outcomes = try await downloader.download(dataset, to: folder, mirrors: mirror) { display.show($0, $1) }
        display.close()
        lines.append("\(dataset.name): \(summary(outcomes)) in \(folder)/\(dataset.name)")
      } catch {
        display.close()
        say("\(error)")
        problems.append(error)
        lines.append("\(dataset.name): failed")
      }
    }
    print(lines.joined(separator: "\n"))
    return problems
  }

  private func summary(_ outcomes: [DownloadOutcome]) -> String {
    let sizes = outcomes.compactMap { if case .downloaded(let count) = $0 { count } else { nil } }
    if sizes.isEmpty { return "was there already, and is what was published," }
    let all =
      "downloaded \(HumanReadable.bytes(sizes.reduce(0, +))) in \(sizes.count == 1 ? "1 file" : "\(sizes.count) files")"
    return all + (sizes.count < outcomes.count ? ", the others were there already," : "")
  }
}

extension DownloadError {
  /// What the program exits with, as in sysexits.h.
  var exitStatus: Int32 {
    switch self {
    case .wrongSize, .wrongChecksum, .damaged, .webPage, .changed: 65
    case .missing: 66
    case .network, .stalled, .status, .incomplete: 69
    case .unwritable, .noRoom: 73
    case .busy: 75
    case .everySourceFailed(_, let reasons): reasons.contains { $0.exitStatus == 65 } ? 65 : 69
    }
  }
}

/// What the program prints is written out, and it ends without the clean-up of the libraries in it: threads of the
/// network library may still be at work then, and crash.
extension DownloadCommand {
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
      leave(0)
    } catch {
      let code = exitCode(for: error).rawValue
      let text = fullMessage(for: error)
      if code == 0 { print(text) } else if !text.isEmpty { say(text) }
      leave(code)
    }
  }

  private static func leave(_ status: Int32) -> Never {
    fflush(nil)
    _exit(status)
  }
}

private func say(_ text: String) { FileHandle.standardError.write(Foundation.Data((text + "\n").utf8)) }
