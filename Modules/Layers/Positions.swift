import Foundation
import Params
import Random
import Tensor

// What tells attention, which knows no order, where in a sequence a vector is.

/// Vectors of sines and cosines for positions: element 2i of position p is sin(p / base^(2i / features)), element 2i + 1 the
/// cosine.
///
/// - Parameters:
///   - count: the number of positions.
///   - features: the number of elements for each, an even number; another stops the program.
///   - base: the ratio of the longest to the shortest wave, about.
///
/// Shape: [count, features]. Source: Vaswani et al., "Attention Is All You Need".
public func sinusoidalPositions(
  _ count: Int, _ features: Int, base: Double = 10_000, dtype: DType = .defaultFloat
) -> Tensor {
  if features % 2 != 0 || features < 0 || count < 0 {
    fail(
      "sinusoidalPositions", [], "\(count) positions of \(features) features: features must be even, sizes not negative"
    )
  }
  let angles = angles(arange(count), features, base, dtype == .float64 ? .float64 : .float32)
  return stack([sin(angles), cos(angles)], axis: -1).reshaped(to: [count, features]).asType(dtype)
}

/// x + `sinusoidalPositions`, for sequences of vectors: shape [.., length, features].
///
/// A plain function, for `Sequential`. Fewer dimensions and an odd number of features stop the program.
public func addSinusoidalPositions(_ x: Tensor) -> Tensor {
  let x = x.asFloating
  if x.rank < 2 { fail("addSinusoidalPositions", [x.type], "needs inputs of shape [.., length, features]") }
  return x + sinusoidalPositions(x.shape[x.rank - 2], x.shape[x.rank - 1], dtype: x.dtype)
}

/// Adds a learned vector for each position to a sequence of vectors.
///
/// - Parameters:
///   - count: the number of positions that there are vectors for, at least the length of sequences.
///   - embeddingInit: makes the vectors, shape [count, features].
///
/// Shapes: [.., length, features] → the same. Parameter: `embedding`. Longer sequences stop the program.
public func LearnedPositions(_ count: Int, embeddingInit: @escaping Initializer = randn(0.02)) -> Layer {
  parametrized("learnedPositions") { inputs in
    if inputs.rank < 2 || inputs.shape[inputs.rank - 2] > count {
      fail(
        "LearnedPositions", [inputs.type],
        "needs inputs of shape [.., length, features], with at most \(count) positions")
    }
    let table = parameter("embedding", [count, inputs.shape[inputs.rank - 1]], embeddingInit)
    return inputs + table[..<inputs.shape[inputs.rank - 2]]
  }
}

/// How `rotary` pairs the elements that it turns together.
public enum RotaryPairs: Sendable, Hashable, CaseIterable {
  /// Element i of the first half with element i of the second half, as GPT-NeoX and Llama have it.
  case halves
  /// Element 2i with element 2i + 1, as the paper has it.
  case neighbours
}

/// Vectors turned by angles that grow with their positions, so that products of two of them depend on their distance.
///
/// - Parameters:
///   - x: queries or keys, shape [.., length, heads, features], with an even number of features.
///   - positions: the position of each vector, integers or floats of shape [length] or [.., length]; 0, 1, … if left out.
///   - base: pair i turns by position / base^(2i / features).
///   - pairs: which elements turn together.
/// - Returns: the shape and element type of `x`.
///
/// Fewer dimensions and an odd number of features stop the program. Source: Su et al., "RoFormer: Enhanced Transformer
/// with Rotary Position Embedding".
public func rotary(
  _ x: Tensor, positions: Tensor? = nil, base: Double = 10_000, pairs: RotaryPairs = .halves
) -> Tensor {
  let x = x.asFloating
  if x.rank < 3 || x.shape[x.rank - 1] % 2 != 0 {
    fail("rotary", [x.type], "needs shape [.., length, heads, features] with an even number of features")
  }
  let features = x.shape[x.rank - 1]
  let angles = angles(
    positions ?? arange(x.shape[x.rank - 3]), features, base, x.dtype == .float64 ? .float64 : .float32
  ).expandingDims(-2)
  let (cosines, sines) = (cos(angles).asType(x.dtype), sin(angles).asType(x.dtype))
  switch pairs {
  case .halves:
    let halves = split(x, into: 2, axis: -1)
    let turned = [halves[0] * cosines - halves[1] * sines, halves[1] * cosines + halves[0] * sines]
    return concatenate(turned, axis: -1)
  case .neighbours:
    let paired = x.reshaped(to: x.shape.dropLast() + [features / 2, 2])
    let parts = split(paired, into: 2, axis: -1).map { $0.squeezed([-1]) }
    let turned = [parts[0] * cosines - parts[1] * sines, parts[1] * cosines + parts[0] * sines]
    return stack(turned, axis: -1).reshaped(to: x.shape)
  }
}

/// positions / base^(2i / features), shape [.., features / 2].
private func angles(_ positions: Tensor, _ features: Int, _ base: Double, _ dtype: DType) -> Tensor {
  let rate: Double = -2 * log(base) / Double(Swift.max(features, 1))
  return positions.asType(dtype).expandingDims(-1) * exp(arange(features / 2, dtype: dtype) * rate)
}
