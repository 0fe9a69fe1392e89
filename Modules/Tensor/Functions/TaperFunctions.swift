// Weights that fall towards both ends, by which parts of a signal are multiplied before they are transformed.

/// A triangle, 0 at both ends: shape [count]. Source: `jax.numpy.bartlett`.
public func bartlett(_ count: Int, dtype: DType = .defaultFloat) -> Tensor {
  taper("bartlett", count, dtype) { position in 1 - abs(2 * position - 1) }
}

/// 0.42 - 0.5 cos 2πx + 0.08 cos 4πx for x from 0 to 1: shape [count]. Source: `jax.numpy.blackman`.
public func blackman(_ count: Int, dtype: DType = .defaultFloat) -> Tensor {
  taper("blackman", count, dtype) { 0.42 - 0.5 * cos($0 * turn) + 0.08 * cos($0 * twoTurns) }
}

/// 0.54 - 0.46 cos 2πx for x from 0 to 1: shape [count]. Source: `jax.numpy.hamming`.
public func hamming(_ count: Int, dtype: DType = .defaultFloat) -> Tensor {
  taper("hamming", count, dtype) { 0.54 - 0.46 * cos($0 * turn) }
}

/// 0.5 - 0.5 cos 2πx for x from 0 to 1: shape [count]. Source: `jax.numpy.hanning`.
public func hanning(_ count: Int, dtype: DType = .defaultFloat) -> Tensor {
  taper("hanning", count, dtype) { 0.5 - 0.5 * cos($0 * turn) }
}

private let turn = 2 * Double.pi
private let twoTurns = 2 * turn

/// A function of `count` positions from 0 to 1; of a single one, 1.
private func taper(_ operation: String, _ count: Int, _ dtype: DType, _ weight: (Tensor) -> Tensor) -> Tensor {
  if count < 0 { fail(operation, [], "the count \(count) is negative") }
  // In double precision first: at the ends nearly equal numbers cancel.
  return count == 1
    ? ones([1], dtype: dtype) : weight(arange(count, dtype: .float64) / Double(max(count - 1, 1))).asType(dtype)
}
