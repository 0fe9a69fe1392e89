import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// One attempt to get a file, or the rest of it, from one source.
struct Transfer {
  let url: URL
  let part: PartFile
  let check: FileCheck
  let stallSeconds: Double

  /// The number of bytes that came.
  private(set) var received = 0
  /// Whether the bytes were put to others of an earlier attempt.
  private(set) var hasResumed = false
  /// How long the server wants to be left alone, in seconds.
  private(set) var retryAfter: Double?
  /// The size of the whole file, if the server told.
  private var total: Int?

  private var source: String { url.absoluteString }

  init(url: URL, part: PartFile, check: FileCheck, stallSeconds: Double) {
    self.url = url
    self.part = part
    self.check = check
    self.stallSeconds = stallSeconds
  }

  /// Gets the bytes. Afterwards the part has all of them; whether they are right is not looked at.
  mutating func run(_ report: (DownloadEvent) -> Void) async throws(DownloadError) {
    let origin = part.origin.flatMap { $0.url == source ? $0 : nil }
    let headers = origin.map { ["Range": "bytes=\(part.count)-", "If-Range": $0.validator] } ?? [:]
    let exchange = HTTPExchange(url, headers: headers, stallSeconds: stallSeconds)
    do {
      try await receive(exchange, origin, report)
      await exchange.end()
    } catch {
      await exchange.end()
      throw error as? DownloadError ?? .network(url: source, reason: "\(error)")
    }
    if let total, part.count < total { throw .incomplete(url: source, received: part.count, expected: total) }
  }

  private mutating func receive(
    _ exchange: HTTPExchange, _ origin: PartFile.Origin?, _ report: (DownloadEvent) -> Void
  ) async throws {
    for try await event in exchange.events {
      switch event {
      case .response(let response):
        guard try begin(response, origin) else { return }
        report(.started(url: source, offset: part.count, total: total))
      case .body(let bytes):
        try take(bytes)
        report(.received(bytes.count))
      }
    }
  }

  /// Prepares for the body; answers whether one is needed.
  private mutating func begin(_ response: HTTPURLResponse, _ origin: PartFile.Origin?) throws(DownloadError) -> Bool {
    retryAfter = response.value(forHTTPHeaderField: "Retry-After").flatMap(Double.init)
    let range = response.value(forHTTPHeaderField: "Content-Range").flatMap(ContentRange.init)
    switch response.statusCode {
    case 200:
      if response.mimeType == "text/html" { throw .webPage(url: source) }
      try part.begin(Self.validator(of: response).map { PartFile.Origin(url: source, validator: $0) })
      total = response.expectedContentLength >= 0 ? Int(response.expectedContentLength) : nil
    case 206:
      guard let origin, range?.start == part.count, Self.isSameVersion(response, origin) else {
        throw .changed(url: source)
      }
      hasResumed = true
      total = range?.total
    case 416 where origin != nil:
      // The process may have ended just before the whole file got its name.
      hasResumed = true
      if range?.total == part.count { return false }
      throw .changed(url: source)
    default: throw .status(url: source, code: response.statusCode)
    }
    if let total { try checkSize(total, isWhole: true) }
    try part.requireRoom(for: (total ?? check.fileSize ?? part.count) - part.count)
    return true
  }

  private mutating func take(_ bytes: Data) throws(DownloadError) {
    // Not every web page says that it is one; no file of a data set begins as they do.
    if part.count == 0 && bytes.first == UInt8(ascii: "<") { throw .webPage(url: source) }
    try checkSize(part.count + bytes.count, isWhole: false)
    try part.append(bytes)
    received += bytes.count
  }

  private func checkSize(_ size: Int, isWhole: Bool) throws(DownloadError) {
    let expected = check.fileSize ?? check.maximumFileSize
    if size > expected || isWhole && check.fileSize != nil && size != expected {
      throw .wrongSize(source: source, expected: expected, found: size)
    }
  }

  /// What tells this version of the file from others. A weak `ETag` does not tell versions apart by the byte.
  private static func validator(of response: HTTPURLResponse) -> String? {
    let tag = response.value(forHTTPHeaderField: "ETag").flatMap { $0.hasPrefix("W/") ? nil : $0 }
    return tag ?? response.value(forHTTPHeaderField: "Last-Modified")
  }

  private static func isSameVersion(_ response: HTTPURLResponse, _ origin: PartFile.Origin) -> Bool {
    validator(of: response).map { $0 == origin.validator } ?? true
  }
}

/// The header `Content-Range`: `bytes 100-199/200`, `bytes */200` or `bytes 100-199/*`.
struct ContentRange: Equatable {
  /// The place of the first byte.
  var start: Int?
  /// The size of the whole file.
  var total: Int?

  init?(_ header: String) {
    let words = header.split(separator: " ")
    guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
    let parts = words[1].split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    start = parts[0].split(separator: "-").first.flatMap { Int($0) }
    total = Int(parts[1])
  }
}
