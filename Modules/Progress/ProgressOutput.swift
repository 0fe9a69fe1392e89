import Foundation

/// Where a progress bar is written, and what can be written there.
///
/// `standardError` suits programs; tests make their own, with a `write` that keeps the text.
public struct ProgressOutput: Sendable {
  /// Whether the last line can be drawn over: false for a file or a pipe, which get whole lines instead, now and then.
  public var isTerminal: Bool
  /// Whether the text may be coloured by escape sequences.
  public var usesColor: Bool
  /// Whether characters beyond ASCII can be shown.
  public var usesUnicode: Bool
  /// The number of columns, asked for at each drawing, since windows change; nil if it is not known.
  public var width: @Sendable () -> Int?
  /// Writes text as it is.
  public var write: @Sendable (String) -> Void

  /// An output with these properties.
  public init(
    isTerminal: Bool, usesColor: Bool = false, usesUnicode: Bool = true,
    width: @escaping @Sendable () -> Int? = { nil },
    write: @escaping @Sendable (String) -> Void
  ) {
    self.isTerminal = isTerminal
    self.usesColor = usesColor
    self.usesUnicode = usesUnicode
    self.width = width
    self.write = write
  }

  /// The program's standard error, so that a bar does not end up among the results that a program prints.
  ///
  /// It is coloured on a terminal unless the environment sets `NO_COLOR` (<https://no-color.org>), and a terminal that
  /// can only append (`TERM=dumb`) gets whole lines.
  public static var standardError: ProgressOutput { fileDescriptor(STDERR_FILENO) }

  /// The program's standard output, treated as `standardError` is.
  public static var standardOutput: ProgressOutput { fileDescriptor(STDOUT_FILENO) }

  private static func fileDescriptor(_ descriptor: Int32) -> ProgressOutput {
    ProgressOutput(
      descriptor: descriptor, isTerminal: isatty(descriptor) != 0, environment: ProcessInfo.processInfo.environment)
  }

  package init(descriptor: Int32, isTerminal: Bool, environment: [String: String]) {
    let canRedraw = isTerminal && environment["TERM"] != "dumb"
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    self.init(
      isTerminal: canRedraw,
      usesColor: canRedraw && (environment["NO_COLOR"] ?? "").isEmpty,
      usesUnicode: locale.uppercased().replacingOccurrences(of: "-", with: "").contains("UTF8"),
      width: { terminalWidth(descriptor) },
      write: { writeAll($0, to: descriptor) })
  }
}

/// The columns of the terminal behind a file descriptor.
private func terminalWidth(_ descriptor: Int32) -> Int? {
  var size = winsize()
  guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
  return Int(size.ws_col)
}

private func writeAll(_ text: String, to descriptor: Int32) {
  // What the program printed before comes before, even where its output is buffered.
  fflush(nil)
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress!, $0.count) }
    // A bar that cannot be shown is no reason to stop the work that it shows.
    if written < 0 && errno != EINTR { return }
    rest = rest.dropFirst(max(written, 0))
  }
}
