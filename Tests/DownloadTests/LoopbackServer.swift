import Foundation
import Synchronization

/// An HTTP server on 127.0.0.1 that gives each request the reply that a test wants, faults included.
final class LoopbackServer: Sendable {
  struct Request: Sendable {
    /// Path, or the whole address if the server is asked as a proxy.
    let target: String
    let method: String
    /// By names in lower case.
    let headers: [String: String]

    /// The place that a `Range: bytes=N-` asks for.
    var rangeStart: Int? { headers["range"].flatMap { Int($0.dropFirst("bytes=".count).dropLast()) } }
  }

  struct Reply: Sendable {
    var status = 200
    var headers: [(String, String)] = []
    var body: [UInt8] = []
    /// What `Content-Length` says, nil for no such header.
    var announcedLength: Int?
    /// The number of bytes of the body that are sent.
    var sentLength: Int
    /// Whether the connection stays open, silent, after what was sent.
    var hangs = false
    /// Whether not even a status line is sent.
    var saysNothing = false

    init(
      _ status: Int = 200, _ body: [UInt8] = [], headers: [(String, String)] = [], announcing length: Int?? = .none,
      cutAfter sentLength: Int? = nil, hangs: Bool = false
    ) {
      self.status = status
      self.headers = headers
      self.body = body
      announcedLength = length ?? body.count
      self.sentLength = sentLength ?? body.count
      self.hangs = hangs
    }

    static let silence: Reply = {
      var reply = Reply(hangs: true)
      reply.saysNothing = true
      return reply
    }()
  }

  private let socket: Int32
  private let reply: @Sendable (Request, _ number: Int) -> Reply
  private let received = Mutex<[Request]>([])
  let port: Int

  /// A server whose replies depend on the request and its number, from 0.
  init(_ reply: @escaping @Sendable (Request, _ number: Int) -> Reply) throws {
    // Where the environment names a proxy, the tests still ask this server.
    setenv("no_proxy", "127.0.0.1", 1)
    self.reply = reply
    #if os(Linux)
      socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      socket = Foundation.socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let socket = socket
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(socket, address, size) == 0 && listen(socket, 16) == 0 && getsockname(socket, address, &size) == 0
      }
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    guard isListening else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    Thread.detachNewThread { [weak self, socket] in
      while true {
        let hasCaller = isReady(socket)
        guard let server = self else { break }
        if !hasCaller { continue }
        let connection = accept(socket, nil, nil)
        if connection >= 0 { Thread.detachNewThread { server.serve(connection) } }
      }
      close(socket)
    }
  }

  /// A server that gives all requests the same reply.
  convenience init(_ reply: Reply) throws { try self.init { _, _ in reply } }

  /// The requests so far.
  var requests: [Request] { received.withLock { $0 } }

  func url(_ file: String = "file.gz") -> String { "http://127.0.0.1:\(port)/\(file)" }

  private func serve(_ connection: Int32) {
    defer { close(connection) }
    var head: [UInt8] = []
    while !head.suffix(4).elementsEqual(Array("\r\n\r\n".utf8)) {
      var byte: UInt8 = 0
      let count = read(connection, &byte, 1)
      if count < 0 && errno == EINTR { continue }
      guard count == 1 else { return }
      head.append(byte)
    }
    guard let request = Request(head) else { return }
    let number = received.withLock { requests in
      requests.append(request)
      return requests.count - 1
    }
    let reply = reply(request, number)
    if !reply.saysNothing {
      var lines = ["HTTP/1.1 \(reply.status) \(reply.status < 400 ? "OK" : "Trouble")", "Connection: close"]
      if let length = reply.announcedLength { lines.append("Content-Length: \(length)") }
      lines += reply.headers.map { "\($0): \($1)" }
      send(connection, Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
      send(connection, Array(reply.body.prefix(reply.sentLength)))
    }
    // The client closes a connection that it has given up. Until then it stays open for an hour at most, since a test that waits may
    // be kept waiting for minutes by others.
    var left = reply.hangs ? 72_000 : 0
    while left > 0 && !isReady(connection) { left -= 1 }
  }

  private func send(_ connection: Int32, _ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      // Processes that other tests start and end interrupt it.
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
  }
}

/// Whether something comes, or the other side closes, within a twentieth of a second.
private func isReady(_ descriptor: Int32) -> Bool {
  var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  return poll(&entry, 1, 50) > 0
}

extension LoopbackServer.Request {
  /// The request whose head these bytes are.
  init?(_ head: [UInt8]) {
    let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ")
    guard words.count == 3 else { return nil }
    method = String(words[0])
    target = String(words[1])
    let fields = lines.dropFirst().compactMap { line -> (String, String)? in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      return (line[..<colon].lowercased(), String(value))
    }
    headers = Dictionary(fields, uniquingKeysWith: { first, _ in first })
  }
}

extension LoopbackServer.Reply {
  /// What a well-behaved server replies to a request for a file: all of it, or the rest of it if that is asked for.
  static func file(
    _ contents: [UInt8], _ request: LoopbackServer.Request, tag: String? = "\"v1\"", cutAfter count: Int? = nil,
    hangs: Bool = false
  ) -> Self {
    let headers = tag.map { [("ETag", $0)] } ?? []
    guard let start = request.rangeStart, request.headers["if-range"].map({ $0 == tag }) ?? true else {
      return Self(200, contents, headers: headers, cutAfter: count, hangs: hangs)
    }
    if start >= contents.count {
      return Self(416, [], headers: headers + [("Content-Range", "bytes */\(contents.count)")])
    }
    let range = ("Content-Range", "bytes \(start)-\(contents.count - 1)/\(contents.count)")
    return Self(206, Array(contents[start...]), headers: headers + [range], cutAfter: count, hangs: hangs)
  }
}
