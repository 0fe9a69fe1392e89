import Foundation

/// The speed of a loop as it is now: what was done over the time it took, both forgotten over about three seconds, so
/// that a slow first step (one that compiles, say) does not spoil the estimate of the time left for long.
struct RateMeter {
  private var amount = 0.0
  private var seconds = 0.0
  private var lastCount: Int
  private var lastTime = 0.0
  private static let memorySeconds = 3.0

  /// A meter for a loop that begins with this much done.
  init(count: Int = 0) { lastCount = count }

  /// What is done in a second, nil before there is anything to measure or while nothing moves.
  var perSecond: Double? { amount > 0 && seconds > 0 ? amount / seconds : nil }

  /// Takes note of how much is done at a time, in seconds since the start.
  mutating func record(_ count: Int, at time: Double) {
    let elapsed = time - lastTime
    let kept = exp(-elapsed / Self.memorySeconds)
    amount = amount * kept + Double(count - lastCount)
    seconds = seconds * kept + elapsed
    (lastCount, lastTime) = (count, time)
  }
}
