import Autodiff
import Tensor

/// How random bits are made of a key: which of JAX's two ways of counting.
public enum RandomScheme: Hashable, Sendable {
  /// Element i hashes the counter i, so that it does not depend on how many elements are drawn: JAX's default
  /// (`jax_threefry_partitionable=True`).
  case partitionable
  /// The counters are hashed in two halves, as JAX did before: `jax_threefry_partitionable=False`.
  case legacy
}

/// Where random numbers come from: a value that a random function turns into numbers, always the same for the same key.
///
///     let (a, b) = split(PRNGKey(42))
///     let weights = normal(a, [784, 10])
///     let noise = uniform(b, [128])
///
/// There is no hidden state: drawing twice from one key gives the same numbers twice, so every use takes a key of its own, made
/// with `split` or `foldIn`. Bits, and uniform numbers made of them, are those of JAX.
///
/// A key is two 32-bit words. An array of keys, as `split(_:shape:)` makes it, is taken apart by `vmap` or by an index. Keys are
/// trees, so transformations accept them; they are not tensors, so they are not mistaken for data.
public struct PRNGKey: Sendable {
  /// The words: a `uint32` tensor of shape [2], or [.., 2] for an array of keys.
  public private(set) var data: Tensor
  /// How random bits are made of it.
  public let scheme: RandomScheme

  /// The key of a seed, whose upper and lower 32 bits are its words.
  ///
  /// The same as `jax.random.PRNGKey(seed)` for seeds in 0 ..< 2³². For others it is what JAX gives with 64-bit integers enabled;
  /// without them JAX drops the upper 32 bits, so that seeds 2³² apart have one key.
  public init(_ seed: Int, scheme: RandomScheme = .partitionable) {
    let bits = UInt64(bitPattern: Int64(seed))
    self.init(
      unchecked: Tensor([UInt32(truncatingIfNeeded: bits >> 32), UInt32(truncatingIfNeeded: bits)]), scheme)
  }

  /// The key of a seed that is an integer scalar, for example inside a traced function; a seed of at most 32 bits gives 0 as
  /// the first word. A tensor of seeds gives an array of keys of its shape.
  public init(_ seed: Tensor, scheme: RandomScheme = .partitionable) {
    if !seed.dtype.isInteger { fail("PRNGKey", [seed.type], "a seed must be an integer") }
    let bits = seed.asType(seed.dtype.unsignedOfSameSize)
    let high = bits.dtype == .uint64 ? bits >> scalar(32, .uint64) : zerosLike(bits)
    self.init(unchecked: stack([high.asType(.uint32), bits.asType(.uint32)], axis: -1), scheme)
  }

  /// The key with these words: `uint32`, shape [2], or [.., 2] for an array of keys; anything else stops the program.
  public init(data: Tensor, scheme: RandomScheme = .partitionable) {
    self.init(unchecked: data, scheme)
    check("PRNGKey", allowsArrays: true)
  }

  init(unchecked data: Tensor, _ scheme: RandomScheme) {
    self.data = data
    self.scheme = scheme
  }

  /// The shape of an array of keys; empty for a single key.
  public var shape: [Int] { data.shape.dropLast() }

  /// One of an array of keys, or an array with one dimension less; counted from the end if negative.
  public subscript(_ index: Int) -> PRNGKey {
    if shape.isEmpty { fail("subscript", [data.type], "a single key has no elements", hint: "make more with `split`") }
    return PRNGKey(unchecked: data[index], scheme)
  }
}

extension PRNGKey: Tree {
  /// Visits the words.
  public mutating func walk(_ walker: inout TreeWalker) {
    walker.declare(scheme == .partitionable ? 0 : 1)
    walker.visit(&data)
  }
}

extension PRNGKey: CustomStringConvertible {
  /// The words of a single key, such as `PRNGKey(0, 42)`; the type of what is not known or more than one.
  public var description: String {
    if data.isTraced || data.count != 2 { return "PRNGKey(\(data.type))" }
    let words = data.array(of: UInt32.self)
    return "PRNGKey(\(words[0]), \(words[1]))"
  }
}

extension PRNGKey {
  /// The mistake in using words of this type for a random function, nil if there is none.
  package static func error(_ operation: String, _ type: TensorType, allowsArrays: Bool = false) -> TensorError? {
    if type.dtype != .uint32 || type.shape.last != 2 {
      return TensorError(
        operation, [type], "a key is two words: uint32[2], or uint32[.., 2] for an array of keys",
        hint: "make keys with PRNGKey(seed), split and foldIn")
    }
    if !allowsArrays && type.rank != 1 {
      return TensorError(
        operation, [type], "takes a single key, not an array of keys of shape \(Array(type.shape.dropLast()))",
        hint: "use vmap to draw from each, or take one of them with keys[i]")
    }
    return nil
  }

  /// Stops the program if this is no key, or more than one where that is not allowed.
  func check(_ operation: String, allowsArrays: Bool = false) {
    if let error = Self.error(operation, data.type, allowsArrays: allowsArrays) {
      fail(error.operation, error.operands, error.problem, hint: error.hint)
    }
  }
}

// MARK: Keys from keys

/// Two new keys; the given one should not be used again.
public func split(_ key: PRNGKey) -> (PRNGKey, PRNGKey) {
  let keys = split(key, shape: [2])
  return (keys[0], keys[1])
}

/// `count` new keys; the given one should not be used again.
public func split(_ key: PRNGKey, _ count: Int) -> [PRNGKey] {
  let keys = split(key, shape: [count])
  return (0..<count).map { keys[$0] }
}

/// An array of new keys, for `vmap`; the given one should not be used again. Source: `jax.random.split`.
///
/// By the partitionable scheme each is independent of how many there are, and the same as `foldIn(key, i)` for the i-th.
public func split(_ key: PRNGKey, shape: [Int]) -> PRNGKey {
  key.check("split")
  let count = checkedCount("split", shape)
  switch key.scheme {
  case .partitionable:
    let (first, second) = key.hash(positions(count))
    return PRNGKey(unchecked: stack([first, second], axis: -1).reshaped(to: shape + [2]), key.scheme)
  case .legacy:
    return PRNGKey(unchecked: key.legacyWords("split", 2 * count).reshaped(to: shape + [2]), key.scheme)
  }
}

/// A new key from a key and a number in 0 ..< 2³², such as the index of a step; another number stops the program.
public func foldIn(_ key: PRNGKey, _ data: Int) -> PRNGKey {
  guard let word = UInt32(exactly: data) else {
    fail("foldIn", [key.data.type], "the number \(data) is not in 0 ..< 2^32")
  }
  return foldIn(key, Tensor(word))
}

/// A new key from a key and an integer scalar, which is converted to `uint32` (wrapping), as in a traced function. A tensor of
/// numbers gives an array of keys of its shape. Source: `jax.random.fold_in`.
public func foldIn(_ key: PRNGKey, _ data: Tensor) -> PRNGKey {
  key.check("foldIn")
  if !data.dtype.isInteger { fail("foldIn", [key.data.type, data.type], "the data must be integers") }
  let low = ravel(data.asType(.uint32))
  let (first, second) = key.hash((zerosLike(low), low))
  return PRNGKey(unchecked: stack([first, second], axis: -1).reshaped(to: data.shape + [2]), key.scheme)
}
