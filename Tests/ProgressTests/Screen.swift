import Progress
import Synchronization

/// Keeps what a progress bar writes, and a clock that stands still until it is told.
final class Screen: Sendable {
  private let written = Mutex("")
  private let seconds = Mutex(0.0)

  /// All that was written, as it was.
  var text: String { written.withLock { $0 } }

  /// The time, in seconds.
  var time: Double {
    get { seconds.withLock { $0 } }
    set { seconds.withLock { $0 = newValue } }
  }

  /// The lines that a terminal would show: what came before a carriage return on the same line is drawn over.
  var lines: [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.split(separator: "\r").last.map { String($0.replacing("\u{1B}[K", with: "")) } ?? ""
    }
  }

  func output(isTerminal: Bool, width: Int? = nil, usesColor: Bool = false, usesUnicode: Bool = false) -> ProgressOutput
  {
    ProgressOutput(
      isTerminal: isTerminal, usesColor: usesColor, usesUnicode: usesUnicode, width: { width },
      write: { [self] text in written.withLock { $0 += text } })
  }

  func terminal(width: Int? = nil) -> ProgressOutput { output(isTerminal: true, width: width) }
  var file: ProgressOutput { output(isTerminal: false) }
}
