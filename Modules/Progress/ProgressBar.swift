import Foundation

/// What a progress bar counts.
public enum ProgressUnit: Hashable, Sendable, ExpressibleByStringLiteral {
  /// Things with a name, in the plural.
  case items(String)
  /// Bytes, shown as kB, MB and so on.
  case bytes

  /// Things with this name, in the plural.
  public init(stringLiteral name: String) { self = .items(name) }

  func count(_ count: Int) -> String {
    switch self {
    case .items: HumanReadable.count(count)
    case .bytes: HumanReadable.bytes(count)
    }
  }

  func rate(_ perSecond: Double) -> String {
    switch self {
    case .items(let name): HumanReadable.rate(perSecond, unit: name)
    case .bytes: perSecond.isFinite && perSecond < 1e18 ? HumanReadable.bytes(Int(perSecond)) + "/s" : "?/s"
    }
  }

  var name: String? {
    switch self {
    case .items(let name): name.isEmpty ? nil : name
    case .bytes: nil
    }
  }
}

/// Shows how far a long loop has come: its share done, its speed, the time left, and a note such as the loss.
///
/// ```swift
/// let bar = ProgressBar(total: 60_000, label: "epoch 1/5", unit: "examples")
/// for batch in batches {
///   // …
///   bar.advance(by: 128, note: "loss \(loss)")
/// }
/// bar.finish()
/// ```
///
/// On a terminal it is one line, drawn over at most ten times a second and fitted to the window. Anywhere else it
/// writes a whole line every five seconds and one at the end, so that logs stay short. A bar that is let go unfinished,
/// by an error for instance, ends its line. One thread uses it.
public final class ProgressBar {
  /// How much there is to do, nil if that is not known.
  public let total: Int?
  /// What is in progress.
  public let label: String
  /// What is counted.
  public let unit: ProgressUnit
  /// How much is done.
  public private(set) var completed: Int
  /// Whether `finish` was called.
  public private(set) var isFinished = false

  private let output: ProgressOutput
  private let now: () -> Double
  private let start: Double
  private let startCount: Int
  private var note = ""
  private var meter: RateMeter
  private var nextDrawing: Double
  /// Whether the terminal's last line is a bar that waits to be drawn over.
  private var lineIsOpen = false

  /// A bar that appears when it first advances.
  ///
  /// - Parameters:
  ///   - total: how much there is to do, in the same unit as `advance(by:)`; nil if that is not known.
  ///   - label: what is in progress, such as `epoch 1/5`.
  ///   - startCount: how much was done before: it counts, but not for the speed.
  ///   - unit: what is counted: a name in the plural, or `.bytes`.
  ///   - output: where to write.
  ///   - now: a clock that never goes back, in seconds.
  public convenience init(
    total: Int?, startingAt startCount: Int = 0, label: String = "", unit: ProgressUnit = "",
    output: ProgressOutput = .standardError,
    now: @escaping () -> Double = { ProcessInfo.processInfo.systemUptime }
  ) {
    self.init(
      total: total, startingAt: startCount, label: label, unit: unit, output: output, startedAt: now(), now: now)
  }

  /// A bar of work that began at a time of its clock.
  init(
    total: Int?, startingAt startCount: Int = 0, label: String, unit: ProgressUnit, output: ProgressOutput,
    startedAt start: Double, now: @escaping () -> Double
  ) {
    self.total = total
    self.startCount = startCount
    completed = startCount
    meter = RateMeter(count: startCount)
    self.label = label
    self.unit = unit
    self.output = output
    self.now = now
    self.start = start
    // A terminal shows the bar at once; a log's first line can wait.
    nextDrawing = start + (output.isTerminal ? 0 : Self.secondsBetweenLines)
  }

  deinit { closeLine() }

  private static let secondsBetweenDrawings = 0.1
  private static let secondsBetweenLines = 5.0

  /// Counts `amount` more as done.
  ///
  /// - Parameters:
  ///   - amount: how much, 0 to change just the note.
  ///   - note: what else to show, such as the loss. It is computed only when the bar is drawn, so a costly one does not
  ///     slow the loop.
  public func advance(by amount: Int = 1, note: @autoclosure () -> String? = nil) {
    completed += amount
    let time = now()
    let isComplete = total.map { completed >= $0 } ?? false
    // `finish` usually follows the last step and wants its note.
    guard time >= nextDrawing || isComplete else { return }
    if let note = note() { self.note = oneLine(note) }
    guard time >= nextDrawing, !isFinished else { return }
    nextDrawing = time + (output.isTerminal ? Self.secondsBetweenDrawings : Self.secondsBetweenLines)
    meter.record(completed, at: time - start)
    if output.isTerminal {
      drawOver(terminalLine(.running, width: width), open: true)
    } else {
      output.write(plainLine(.running) + "\n")
    }
  }

  /// Ends the line with what was done and how long it took. Calls after the first do nothing.
  ///
  /// - Parameter note: what to show instead of the last note.
  public func finish(note: String? = nil) {
    if isFinished { return }
    isFinished = true
    if let note { self.note = oneLine(note) }
    let summary = Phase.finished(seconds: now() - start)
    if output.isTerminal {
      drawOver(terminalLine(summary, width: width), open: false)
    } else {
      output.write(plainLine(summary) + "\n")
    }
  }

  /// Writes a line of its own above the bar, which stays the last line.
  public func message(_ text: String) {
    guard lineIsOpen else { return output.write(text + "\n") }
    output.write("\r\(Escape.clearLine)\(text)\n")
    drawOver(terminalLine(.running, width: width), open: true)
  }

  private var width: Int { output.width() ?? 80 }

  private func drawOver(_ line: String, open: Bool) {
    let prefix = lineIsOpen ? "\r" : ""
    output.write(prefix + line + Escape.clearLine + (open ? "" : "\n"))
    lineIsOpen = open
  }

  private func closeLine() {
    if lineIsOpen { output.write("\n") }
    lineIsOpen = false
  }
}

private enum Escape {
  static let clearLine = "\u{1B}[K"
  static let color = "\u{1B}[36m"
  static let reset = "\u{1B}[0m"
}

/// Text that cannot break the line it stands in.
private func oneLine(_ text: String) -> String {
  String(
    text.map { $0.isNewline ? " " : $0 }.filter { !$0.unicodeScalars.contains { $0.value < 32 || $0.value == 127 } })
}

// MARK: What the lines say

extension ProgressBar {
  private enum Phase {
    case running
    case finished(seconds: Double)
  }

  private var fraction: Double? {
    total.map { $0 <= 0 ? 1 : min(max(Double(completed) / Double($0), 0), 1) }
  }

  private var percent: String? { fraction.map { "\(Int(($0 * 100).rounded(.down)))%" } }

  private var counts: String {
    unit.count(completed) + (total.map { "/" + unit.count($0) } ?? "")
  }

  private func rateAndTime(_ phase: Phase) -> (rate: String?, time: String?) {
    switch phase {
    case .running:
      let perSecond = meter.perSecond
      let left = total.flatMap { total in perSecond.map { Double(max(total - completed, 0)) / $0 } }
      return (perSecond.map(unit.rate), left.map { HumanReadable.clock($0) + " left" })
    case .finished(let seconds):
      return (
        seconds > 0 ? unit.rate(Double(completed - startCount) / seconds) : nil, "in " + HumanReadable.duration(seconds)
      )
    }
  }

  /// A line for a log: `epoch 1/5: 4,000/10,000 examples, 40%, 800 examples/s, 0:08 left, loss 0.123`.
  private func plainLine(_ phase: Phase) -> String {
    let (rate, time) = rateAndTime(phase)
    let done = [counts, unit.name].compactMap { $0 }.joined(separator: " ")
    let parts = [done, percent, rate, time, note].compactMap { $0 }.filter { !$0.isEmpty }
    return (label.isEmpty ? "" : label + ": ") + parts.joined(separator: ", ")
  }

  /// A line for a terminal: `epoch 1/5  ━━━━━━─────────   40%  4,000/10,000  loss 0.123  800 examples/s  0:08 left`.
  ///
  /// Where the window is too narrow for all, it leaves out what matters least; the bar takes what room is left. The
  /// last column stays free, for a line that fills a terminal's width may wrap.
  private func terminalLine(_ phase: Phase, width: Int) -> String {
    let room = max(width - 1, 1)
    let (rate, time) = rateAndTime(phase)
    let paddedPercent = percent.map { String(repeating: " ", count: max(4 - $0.count, 0)) + $0 }
    let shortestBar = fraction.map { _ in String(repeating: " ", count: 10) }

    // In the order of the line, each with its rank: the highest is given up first.
    let barRank = 3
    let candidates = [
      (oneLine(label), 0), (shortestBar, barRank), (paddedPercent, 1), (counts, 6), (note, 2), (rate, 5), (time, 4),
    ]
    var pieces = candidates.compactMap { text, rank in text.flatMap { $0.isEmpty ? nil : (text: $0, rank: rank) } }
    var length: Int { pieces.reduce(-2) { $0 + 2 + $1.text.count } }
    while length > room, pieces.count > 1, let last = pieces.indices.max(by: { pieces[$0].rank < pieces[$1].rank }) {
      pieces.remove(at: last)
    }
    guard let fraction, let place = pieces.firstIndex(where: { $0.rank == barRank }) else {
      return String(pieces.map(\.text).joined(separator: "  ").prefix(room))
    }
    pieces[place].text = bar(fraction, length: min(pieces[place].text.count + room - length, 30))
    return pieces.map(\.text).joined(separator: "  ")
  }

  private func bar(_ fraction: Double, length: Int) -> String {
    let filled = Int((fraction * Double(length)).rounded(.down))
    let done = String(repeating: output.usesUnicode ? "━" : "#", count: filled)
    let left = String(repeating: output.usesUnicode ? "─" : "-", count: length - filled)
    return output.usesColor && filled > 0 ? Escape.color + done + Escape.reset + left : done + left
  }
}
