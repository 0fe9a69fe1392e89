import Testing

/// Waits until a condition holds that something else brings about; fails where it does not, rather than waiting for ever.
func eventually(
  within limit: Duration = .seconds(120), sourceLocation: SourceLocation = #_sourceLocation,
  _ condition: () throws -> Bool
) async throws {
  let start = ContinuousClock.now
  while try !condition() {
    if ContinuousClock.now - start > limit {
      Issue.record("what was waited for did not happen within \(limit)", sourceLocation: sourceLocation)
      throw CancellationError()
    }
    try await Task.sleep(for: .milliseconds(10))
  }
}
