import CKernels

/// Runs `body` with another number of threads that share the work.
public func withThreads<Result>(_ count: Int, _ body: () -> Result) -> Result {
  let before = jn_thread_count()
  jn_set_thread_count(count)
  defer { jn_set_thread_count(before) }
  return body()
}
