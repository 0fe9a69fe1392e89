import Foundation

/// A function that draws a `ProgressBar` as it is told how much is done and how much there is in all, for calls that report their
/// progress to a function.
///
/// ```swift
/// try params.save(to: path, progress: showProgress("saving"))
/// ```
///
/// The bar counts from this call, appears when something is done, and ends its line when all is done. One such function is for one
/// piece of work, on one thread.
///
/// - Parameters:
///   - label: what is in progress.
///   - unit: what is counted: a name in the plural, or `.bytes`.
///   - output: where to write.
///   - now: a clock that never goes back, in seconds.
public func showProgress(
  _ label: String, unit: ProgressUnit = .bytes, output: ProgressOutput = .standardError,
  now: @escaping () -> Double = { ProcessInfo.processInfo.systemUptime }
) -> (_ done: Int, _ total: Int) -> Void {
  let start = now()
  var bar: ProgressBar?
  return { done, total in
    let shown = bar ?? ProgressBar(total: total, label: label, unit: unit, output: output, startedAt: start, now: now)
    bar = shown
    shown.advance(by: done - shown.completed)
    if done >= total { shown.finish() }
  }
}
