import Foundation
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A request and its answer, whose body comes in pieces.
///
/// `URLSession` does the talking: TLS, redirections, and proxies by the usual environment variables. That the server
/// falls silent is watched here, since its own time-outs differ between systems.
final class HTTPExchange: NSObject, URLSessionDataDelegate {
  /// What comes from the server.
  enum Event: Sendable {
    case response(HTTPURLResponse)
    case body(Data)
  }

  /// The answer, to be gone through once. It ends with an error, a `DownloadError`, if the connection does.
  let events: AsyncThrowingStream<Event, any Error>

  private let url: String
  private let stallSeconds: Double
  private let continuation: AsyncThrowingStream<Event, any Error>.Continuation
  /// Ends when the session has no more to do with the exchange.
  private let (ending, endingContinuation) = AsyncStream.makeStream(of: Never.self)
  private let task = Mutex<URLSessionDataTask?>(nil)
  /// When the server was last heard of.
  private let lastSign = Mutex(ContinuousClock.now)

  /// Sends a request.
  ///
  /// - Parameters:
  ///   - headers: what to send besides the usual headers.
  ///   - stallSeconds: how long the server may be silent.
  init(_ url: URL, headers: [String: String], stallSeconds: Double) {
    self.url = url.absoluteString
    self.stallSeconds = stallSeconds
    (events, continuation) = AsyncThrowingStream.makeStream(of: Event.self)
    super.init()

    var request = URLRequest(url: url, cachePolicy: .reloadIgnoringLocalAndRemoteCacheData)
    request.timeoutInterval = 24 * 3600
    // Parts of a file can be put together only as they are.
    request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    request.setValue("jaxnet-download", forHTTPHeaderField: "User-Agent")
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    let configuration = URLSessionConfiguration.ephemeral
    configuration.urlCache = nil
    configuration.timeoutIntervalForResource = 7 * 24 * 3600
    let session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
    let task = session.dataTask(with: request)
    self.task.withLock { $0 = task }
    let watch = watchForSilence()
    continuation.onTermination = { _ in watch.cancel() }
    task.resume()
    session.finishTasksAndInvalidate()
  }

  /// Ends the exchange, if it has not ended by itself, and waits until nothing of it goes on in other threads.
  func end() async {
    task.withLock { $0?.cancel() }
    for await _ in ending {}
  }

  /// Ends the exchange when the server has been silent for too long.
  private func watchForSilence() -> Task<Void, Never> {
    Task { [weak self, stallSeconds] in
      while !Task.isCancelled {
        try? await Task.sleep(for: .seconds(stallSeconds / 8))
        guard let self else { return }
        let silence = lastSign.withLock { ContinuousClock.now - $0 }
        if silence > .seconds(stallSeconds) {
          return continuation.finish(throwing: DownloadError.stalled(url: url, seconds: stallSeconds))
        }
      }
    }
  }

  private func noteSign() { lastSign.withLock { $0 = .now } }

  // MARK: What the session tells

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    noteSign()
    if let response = response as? HTTPURLResponse {
      continuation.yield(.response(response))
      completionHandler(.allow)
    } else {
      continuation.finish(throwing: DownloadError.network(url: url, reason: "the answer is not one of HTTP"))
      completionHandler(.cancel)
    }
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    noteSign()
    continuation.yield(.body(data))
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    self.task.withLock { $0 = nil }
    if let error {
      continuation.finish(throwing: DownloadError.network(url: url, reason: Self.reason(error)))
    } else {
      continuation.finish()
    }
  }

  func urlSession(_ session: URLSession, didBecomeInvalidWithError error: (any Error)?) { endingContinuation.finish() }

  /// The words for an error of the session, which on some systems has only a number.
  private static func reason(_ error: any Error) -> String {
    switch (error as? URLError)?.code {
    case .cannotFindHost, .dnsLookupFailed: "the server's address cannot be found"
    case .cannotConnectToHost: "the server does not take the connection"
    case .notConnectedToInternet: "there is no network"
    case .networkConnectionLost: "the connection was lost"
    case .timedOut: "the server took too long"
    case .badServerResponse, .cannotParseResponse: "the answer is not one of HTTP"
    case .unsupportedURL, .badURL: "this kind of address is not supported"
    case .httpTooManyRedirects: "the servers send the request around in circles"
    case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
      .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid:
      "no secure connection could be made: \(error.localizedDescription)"
    default: error.localizedDescription
    }
  }
}
