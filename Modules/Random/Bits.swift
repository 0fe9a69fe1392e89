import Tensor

/// Random bits as unsigned integers, all equally likely: shape `shape`.
///
/// - Parameters:
///   - key: where they come from.
///   - shape: the shape of the result.
///   - dtype: `uint8`, `uint16`, `uint32` or `uint64`; another stops the program.
///
/// The bits are those of `jax.random.bits`.
public func bits(_ key: PRNGKey, _ shape: [Int] = [], dtype: DType = .uint32) -> Tensor {
  if !dtype.isUnsignedInteger {
    fail(
      "bits", [key.data.type], "the bits are unsigned integers, not \(dtype)", hint: "use uniform or randint for others"
    )
  }
  return randomBits("bits", key, shape, dtype)
}

/// As `bits`, for the random function `operation`.
func randomBits(_ operation: String, _ key: PRNGKey, _ shape: [Int], _ dtype: DType) -> Tensor {
  key.check(operation)
  let count = checkedCount(operation, shape)
  let flat =
    switch key.scheme {
    case .partitionable: partitionableBits(key, count, dtype)
    case .legacy: legacyBits(operation, key, count, dtype)
    }
  return flat.reshaped(to: shape)
}

/// One hash for each element.
private func partitionableBits(_ key: PRNGKey, _ count: Int, _ dtype: DType) -> Tensor {
  let (first, second) = key.hash(positions(count))
  if dtype == .uint64 { return joined(first, second) }
  return (first ^ second).asType(dtype)
}

/// As many words as the elements need: narrow elements are parts of one, the lowest first, and the words of the wide ones are
/// hashed apart.
private func legacyBits(_ operation: String, _ key: PRNGKey, _ count: Int, _ dtype: DType) -> Tensor {
  let wordCount = (count * dtype.bitWidth + 31) / 32
  let words = key.legacyWords(operation, wordCount)
  switch dtype {
  case .uint32: return words
  case .uint64: return joined(words[0..<count], words[count...])
  default:
    let partCount = 32 / dtype.bitWidth
    let shifts = arange(partCount, dtype: .uint32) * scalar(Double(dtype.bitWidth), .uint32)
    let parts = words.expandingDims(-1) >> shifts.expandingDims(0)
    return ravel(parts.asType(dtype))[0..<count]
  }
}

/// 64-bit integers from their upper and lower halves.
private func joined(_ high: Tensor, _ low: Tensor) -> Tensor {
  high.asType(.uint64) << scalar(32, .uint64) | low.asType(.uint64)
}

/// The positions 0 ..< count as upper and lower words: shape [count].
func positions(_ count: Int) -> (high: Tensor, low: Tensor) {
  if count <= 1 << 32 { return (zeros([count], dtype: .uint32), arange(count, dtype: .uint32)) }
  let position = arange(count, dtype: .uint64)
  return ((position >> scalar(32, .uint64)).asType(.uint32), position.asType(.uint32))
}

extension PRNGKey {
  /// The hash of counters, given as upper and lower words, under this single key: two words for each.
  func hash(_ counters: (high: Tensor, low: Tensor)) -> (Tensor, Tensor) {
    let shape = counters.high.shape
    let words = [data[0].broadcast(to: shape), data[1].broadcast(to: shape), counters.high, counters.low]
    let results = Primitive.threefry2x32(Threefry2x32())(words)
    return (results[0], results[1])
  }

  /// The hash of the counters 0 ..< count, of which the first half is paired with the second: shape [count].
  func legacyWords(_ operation: String, _ count: Int) -> Tensor {
    if count >= UInt32.max {
      fail(
        operation, [data.type], "the legacy scheme gives at most 2^32 - 2 words at once, not \(count)",
        hint: "draw in parts with a key each, or use the partitionable scheme")
    }
    let half = (count + 1) / 2
    let first = arange(half, dtype: .uint32)
    // An odd number of counters is filled up with a 0.
    let rest = arange(count - half, dtype: .uint32) + scalar(Double(half), .uint32)
    let second = count % 2 == 0 ? rest : concatenate([rest, zeros([1], dtype: .uint32)])
    let (a, b) = hash((first, second))
    return concatenate([a, b])[0..<count]
  }
}

/// The number of elements of a shape; a negative size stops the program.
func checkedCount(_ operation: String, _ shape: [Int]) -> Int {
  if let size = shape.first(where: { $0 < 0 }) {
    fail(operation, [], "the shape \(shape) has the negative size \(size)")
  }
  return shape.product
}

/// A number as a scalar of a type, exact to the type's own precision.
func scalar(_ value: Double, _ dtype: DType) -> Tensor { .splat(value, TensorType(dtype)) }
