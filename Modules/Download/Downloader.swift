import Foundation

/// How long to try.
public struct DownloadPatience: Hashable, Sendable {
  /// How often to ask one source without getting any further before the next one is asked.
  public var attempts: Int
  /// The pause before the second attempt; it doubles with each further one, in seconds.
  public var firstPause: Double
  /// The longest pause, even if a server asks for a longer one, in seconds.
  public var longestPause: Double
  /// How long a server may be silent, in seconds.
  public var stallSeconds: Double

  /// Patience with these limits.
  public init(
    attempts: Int = 4, firstPause: Double = 1, longestPause: Double = 30, stallSeconds: Double = 30
  ) {
    self.attempts = attempts
    self.firstPause = firstPause
    self.longestPause = longestPause
    self.stallSeconds = stallSeconds
  }

  /// The pause after so many failures in a row; `askedFor` is what the server wishes.
  package func pause(after failures: Int, askedFor: Double?) -> Double {
    min(max(firstPause * pow(2, Double(failures - 1)), askedFor ?? 0), longestPause)
  }
}

/// What happens in a download, for a person to see.
public enum DownloadEvent: Sendable {
  /// Bytes begin to come, `offset` of them being there from an earlier attempt; `total` is nil if the server did not
  /// say how many they will be.
  case started(url: String, offset: Int, total: Int?)
  /// This many more bytes have come.
  case received(Int)
  /// An attempt failed; after a pause the source is asked again.
  case retrying(DownloadError, pauseSeconds: Double)
  /// A source failed; the next one is asked.
  case nextSource(DownloadError)
  /// The file that is there is not what it should be, and is downloaded again.
  case replacing(DownloadError)
}

/// How a file came to be there.
public enum DownloadOutcome: Hashable, Sendable {
  /// It was there already.
  case present
  /// It was downloaded, this many bytes of it now.
  case downloaded(byteCount: Int)
}

/// Downloads files so that each is whole when it has its name, or is not there.
///
/// A file comes as `NAME.part`; it is verified, written to the disk and then renamed. A download that broke off goes on
/// where it ended, if the server still has the same version of the file; the sources are asked in turn, each several
/// times if need be.
public struct Downloader: Sendable {
  /// How long to try.
  public let patience: DownloadPatience

  /// A downloader.
  public init(patience: DownloadPatience = DownloadPatience()) { self.patience = patience }

  /// Makes a file be there and be what it should be.
  ///
  /// - Parameters:
  ///   - path: where to put the file; its folder must be there.
  ///   - check: what it must be.
  ///   - sources: its addresses, the first to try first.
  ///   - report: is told what happens.
  /// - Throws: what is wrong: with the disk or, as `everySourceFailed`, with each of the sources. A file that was there
  ///   stays until there is a better one.
  public func download(
    _ path: String, check: FileCheck, from sources: [String], report: (DownloadEvent) -> Void = { _ in }
  ) async throws(DownloadError) -> DownloadOutcome {
    if try isThere(path, check, report) { return .present }
    let part = try PartFile(for: path)
    // Another download may just have ended.
    if try isThere(path, check, { _ in }) {
      part.discard()
      return .present
    }
    var reasons: [DownloadError] = []
    for (index, source) in sources.enumerated() {
      do throws(DownloadError) {
        let count = try await fetch(source, part, check, report)
        try part.finish()
        return .downloaded(byteCount: count)
      } catch  where error.isOfSource {
        reasons.append(error)
        if index + 1 < sources.count { report(.nextSource(error)) }
      } catch {
        // Half a file on a full disk would only be in the way of everything else.
        part.discard()
        throw error
      }
    }
    if part.count == 0 { part.discard() }
    throw .everySourceFailed(file: path, reasons: reasons)
  }

  private func isThere(
    _ path: String, _ check: FileCheck, _ report: (DownloadEvent) -> Void
  ) throws(DownloadError) -> Bool {
    guard FileManager.default.fileExists(atPath: path) else { return false }
    do throws(DownloadError) {
      try check.verify(path, source: path)
      return true
    } catch {
      report(.replacing(error))
      return false
    }
  }

  /// Gets the whole file from one source; returns how many bytes came.
  private func fetch(
    _ source: String, _ part: PartFile, _ check: FileCheck, _ report: (DownloadEvent) -> Void
  ) async throws(DownloadError) -> Int {
    guard let url = URL(string: source), url.host != nil else {
      throw .network(url: source, reason: "this is not the address of a file on a server")
    }
    var failures = 0
    var received = 0
    var furthest = part.count
    var mayStartOver = true
    while true {
      var transfer = Transfer(url: url, part: part, check: check, stallSeconds: patience.stallSeconds)
      do throws(DownloadError) {
        try await transfer.run(report)
        try part.verify(check, source: source)
        return received + transfer.received
      } catch {
        received += transfer.received
        if error.isOfContents {
          try part.begin(nil)
          // What did not go together with an older half may be whole when it comes in one piece.
          if transfer.hasResumed && mayStartOver {
            mayStartOver = false
            continue
          }
        }
        failures = part.count > furthest ? 1 : failures + 1
        furthest = max(furthest, part.count)
        guard error.isTransient, failures < patience.attempts else { throw error }
        let pause = patience.pause(after: failures, askedFor: transfer.retryAfter)
        report(.retrying(error, pauseSeconds: pause))
        do { try await Task.sleep(for: .seconds(pause)) } catch { throw .network(url: source, reason: "cancelled") }
      }
    }
  }
}
