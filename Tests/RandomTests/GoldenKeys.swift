import Random
import TestSupport

/// Keys, bits and numbers as JAX 0.10.2 draws them.
let golden = Golden("random")

extension GoldenCase {
  /// The key that the case draws from, in the scheme that its name tells.
  var key: PRNGKey { PRNGKey(data: self["key"], scheme: name.hasPrefix("legacy.") ? .legacy : .partitionable) }
  /// The shape of the draw.
  var shape: [Int] { ints("shape")! }
}
