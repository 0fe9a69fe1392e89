import Foundation

/// What kept a file from being downloaded, or is wrong with one that was.
public enum DownloadError: Error, Hashable, Sendable {
  // MARK: The source

  /// The server could not be reached or broke the connection off, for the reason given.
  case network(url: String, reason: String)
  /// The server said nothing more for this many seconds.
  case stalled(url: String, seconds: Double)
  /// The server answered with an error, such as 404.
  case status(url: String, code: Int)
  /// The server sent a web page instead of the file, as networks do that want a sign-in, and servers that lost a file.
  case webPage(url: String)
  /// The connection ended before all of the file had come.
  case incomplete(url: String, received: Int, expected: Int)
  /// The server sent another part of the file than it was asked for, or a part of another version.
  case changed(url: String)

  // MARK: The contents

  /// The contents have another length than they should, in bytes. Of contents that are longer not all may be counted.
  case wrongSize(source: String, expected: Int, found: Int)
  /// The contents have another SHA-256 than they should.
  case wrongChecksum(source: String, expected: String, found: String)
  /// The contents cannot be read as what they should be.
  case damaged(source: String, reason: String)
  /// There is no such file.
  case missing(path: String)

  // MARK: The disk

  /// The file cannot be written, for the reason that the system gives.
  case unwritable(path: String, reason: String)
  /// The disk has less room than the file needs, in bytes.
  case noRoom(path: String, needed: Int, free: Int)
  /// Another download of the same file is under way.
  case busy(path: String)

  // MARK: All of it

  /// No source gave the file; what happened with each.
  case everySourceFailed(file: String, reasons: [DownloadError])
}

extension DownloadError: CustomStringConvertible {
  /// What is wrong, where, and what to do about it where that is known.
  public var description: String {
    switch self {
    case .network(let url, let reason): "\(url): \(reason)"
    case .stalled(let url, let seconds): "\(url): the server sent nothing for \(Self.seconds(seconds))"
    case .status(let url, let code): "\(url): the server answered \(code) (\(Self.meaning(of: code)))"
    case .webPage(let url): "\(url): the server sent a web page instead of the file"
    case .incomplete(let url, let received, let expected):
      "\(url): the connection ended after \(received) of \(expected) bytes"
    case .changed(let url): "\(url): the file has changed since its first part came"
    case .wrongSize(let source, let expected, let found):
      found > expected
        ? "\(source): the contents have more than the \(expected) bytes that they should have"
        : "\(source): the contents have \(found) bytes, not the \(expected) that they should have"
    case .wrongChecksum(let source, let expected, let found):
      "\(source): the contents have another SHA-256 than they should\n  expected: \(expected)\n  found: \(found)"
    case .damaged(let source, let reason): "\(source): \(reason)"
    case .missing(let path): "\(path): there is no such file"
    case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
    case .noRoom(let path, let needed, let free):
      "cannot write \(path): it needs \(needed) bytes, and the disk has room for \(free)"
    case .busy(let path): "another download of \(path) is under way: wait for it, or end it and try again"
    case .everySourceFailed(let file, let reasons):
      (["no source gave \(file)"] + reasons.map { "  \($0)".replacing("\n", with: "\n  ") }).joined(separator: "\n")
    }
  }

  private static func seconds(_ seconds: Double) -> String {
    seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
  }

  private static func meaning(of code: Int) -> String {
    switch code {
    case 401: "it wants a password"
    case 403: "forbidden"
    case 404, 410: "there is no such file"
    case 407: "the proxy wants a password"
    case 408, 504: "it took too long"
    case 416: "there is no such part of the file"
    case 429: "too many requests"
    case 503: "it is too busy"
    case 500..<600: "it has trouble of its own"
    default: "which it should not"
    }
  }
}

extension DownloadError: LocalizedError {
  /// The description, for programs that print `localizedDescription`.
  public var errorDescription: String? { description }
}

extension DownloadError {
  /// Whether the same request may succeed a little later.
  var isTransient: Bool {
    switch self {
    case .network, .stalled, .incomplete, .changed: true
    case .status(_, let code): code == 408 || code == 429 || code >= 500
    default: false
    }
  }

  /// Whether the bytes that came are not the file's, so that nothing can be built on them.
  var isOfContents: Bool {
    switch self {
    case .wrongSize, .wrongChecksum, .damaged, .webPage, .changed: true
    default: false
    }
  }

  /// Whether another source of the same file may do better.
  var isOfSource: Bool {
    switch self {
    case .unwritable, .noRoom, .busy, .missing: false
    default: true
    }
  }
}
