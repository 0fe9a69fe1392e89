import Download
import Progress

/// Shows the events of a download: a bar for each file, and a line for what goes wrong.
final class DownloadDisplay {
  private var bar: ProgressBar?
  private let output = ProgressOutput.standardError

  func show(_ file: String, _ event: DownloadEvent) {
    switch event {
    case .started(let url, let offset, let total):
      close()
      if offset > 0 { say("\(file): going on after \(HumanReadable.bytes(offset)) from \(url)") }
      bar = ProgressBar(total: total, startingAt: offset, label: file, unit: .bytes, output: output)
    case .received(let count): bar?.advance(by: count)
    case .retrying(let error, let pause):
      close()
      say("\(error)\n  trying again in \(HumanReadable.duration(pause))")
    case .nextSource(let error):
      close()
      say("\(error)\n  trying the next server")
    case .replacing(let error): say("\(error)\n  downloading it again")
    }
  }

  /// Ends the bar of a file, with a summary if all of it has come.
  func close() {
    if let bar, bar.total == nil || bar.completed == bar.total { bar.finish() }
    bar = nil
  }

  private func say(_ text: String) { output.write(text + "\n") }
}
