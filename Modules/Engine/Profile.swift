import Foundation
import Synchronization

/// A record of what compiled programs do and when, for `chrome://tracing` or Perfetto.
///
/// Set `JAXNET_PROFILE` to the path of a file: when the program ends, it is written with an event for each step of each call.
final class Profile: Sendable {
  private struct Event {
    var name: String
    var begin: UInt64
    var end: UInt64
    var thread: UInt
  }

  /// The record of this process, if one is asked for.
  static let shared: Profile? = {
    guard let path = ProcessInfo.processInfo.environment["JAXNET_PROFILE"], !path.isEmpty else { return nil }
    let profile = Profile(path: path)
    atexit { Profile.shared?.write() }
    return profile
  }()

  /// More events than this are counted, not kept.
  private static let mostEvents = 1_000_000

  private let path: String
  private let events = Mutex<(kept: [Event], lost: Int)>(([], 0))

  private init(path: String) { self.path = path }

  static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }

  func note(_ name: String, from begin: UInt64) {
    let event = Event(name: name, begin: begin, end: Self.now, thread: UInt(pthread_self()))
    events.withLock { events in
      if events.kept.count < Self.mostEvents { events.kept.append(event) } else { events.lost += 1 }
    }
  }

  /// Writes the file under another name first, so that it is never half there.
  private func write() {
    let (kept, lost) = events.withLock { ($0.kept, $0.lost) }
    let first = kept.map(\.begin).min() ?? 0
    var threads: [UInt: Int] = [:]
    var lines: [String] = []
    for event in kept {
      if threads[event.thread] == nil { threads[event.thread] = threads.count }
      let name = event.name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      let (start, length) = (Double(event.begin - first) / 1000, Double(event.end - event.begin) / 1000)
      lines.append(
        "{\"name\":\"\(name)\",\"ph\":\"X\",\"pid\":1,\"tid\":\(threads[event.thread]!),\"ts\":\(start),\"dur\":\(length)}"
      )
    }
    let text = "{\"traceEvents\":[\n" + lines.joined(separator: ",\n") + "\n],\"otherData\":{\"lostEvents\":\(lost)}}\n"
    let url = URL(fileURLWithPath: path)
    do {
      try text.write(to: url, atomically: true, encoding: .utf8)
    } catch {
      FileHandle.standardError.write(Data("JAXNET_PROFILE: cannot write \(path): \(error)\n".utf8))
    }
  }
}

/// What the library tells on the standard error stream where `JAXNET_LOG` is set.
package enum Log {
  package static let isOn: Bool = {
    let value = ProcessInfo.processInfo.environment["JAXNET_LOG"] ?? ""
    return !value.isEmpty && value != "0"
  }()

  package static func write(_ message: @autoclosure () -> String) {
    if isOn { FileHandle.standardError.write(Data("jaxnet: \(message())\n".utf8)) }
  }
}
