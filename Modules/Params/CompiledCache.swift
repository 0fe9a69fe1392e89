import Foundation

/// Compiled functions by what they were compiled for, made once each; safe to use from several threads.
package final class CompiledCache: @unchecked Sendable {  // the lock guards the dictionary
  private let lock = NSLock()
  private var functions: [AnyHashable: Any] = [:]

  package init() {}

  package func value<Key: Hashable, Value>(for key: Key, _ make: () -> Value) -> Value {
    lock.withLock {
      if let known = functions[AnyHashable(key)] as? Value { return known }
      let value = make()
      functions[AnyHashable(key)] = value
      return value
    }
  }
}
