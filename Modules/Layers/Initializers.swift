import Params
import Random
import Tensor

// Values and bits are those of `jax.nn.initializers` for the same key, shape and element type.

/// An initializer that makes zeros.
public func zeros(dtype: DType = .defaultFloat) -> Initializer { { _, shape in zeros(shape, dtype: dtype) } }

/// An initializer that makes ones.
public func ones(dtype: DType = .defaultFloat) -> Initializer { { _, shape in ones(shape, dtype: dtype) } }

/// An initializer that makes one number everywhere.
public func constant(_ value: Double, dtype: DType = .defaultFloat) -> Initializer {
  { _, shape in full(shape, value, dtype: dtype) }
}

/// An initializer that makes a matrix with ones on the diagonal; another number of dimensions stops the program.
public func eye(dtype: DType = .defaultFloat) -> Initializer {
  { _, shape in
    if shape.count != 2 { fail("eye", [], "makes matrices, but was asked for the shape \(shape)") }
    return eye(shape[0], shape[1], dtype: dtype)
  }
}

/// An initializer that draws from a normal distribution with mean 0; `jax.nn.initializers.normal`.
public func randn(_ stddev: Double = 1e-2, dtype: DType = .defaultFloat) -> Initializer {
  { key, shape in normal(key, shape, dtype: dtype) * stddev }
}

/// An initializer that draws uniformly from 0..<scale; `jax.nn.initializers.uniform`.
public func randUniform(_ scale: Double = 1e-2, dtype: DType = .defaultFloat) -> Initializer {
  { key, shape in uniform(key, shape, dtype: dtype) * scale }
}

/// An initializer that draws from a normal distribution with mean 0, cut off at `lower` and `upper` standard
/// deviations; `jax.nn.initializers.truncated_normal`.
///
/// The standard deviation is that before the cut.
public func randTruncated(
  _ stddev: Double = 1e-2, lower: Double = -2, upper: Double = 2, dtype: DType = .defaultFloat
) -> Initializer {
  { key, shape in truncatedNormal(key, Tensor(lower), Tensor(upper), shape, dtype: dtype) * stddev }
}

// MARK: Scaled by the numbers of inputs and outputs

/// Which number the variance of weights is divided by.
public enum FanMode: Sendable, Hashable, CaseIterable {
  /// The number of inputs of each output.
  case fanIn
  /// The number of outputs of each input.
  case fanOut
  /// The mean of both.
  case average
  /// The geometric mean of both.
  case geometricAverage
}

/// Which distribution weights are drawn from.
public enum WeightDistribution: Sendable, Hashable, CaseIterable {
  /// A normal distribution cut off at two standard deviations; the standard deviation is that after the cut.
  case truncatedNormal
  /// A normal distribution.
  case normal
  /// A uniform distribution.
  case uniform
}

/// An initializer for weights, with mean 0 and variance scale / n; `jax.nn.initializers.variance_scaling`.
///
/// - Parameters:
///   - scale: a positive factor.
///   - mode: what n is.
///   - distribution: what the weights are drawn from.
///   - inAxes: the dimensions of inputs; counted from the end if negative.
///   - outAxes: the dimensions of outputs.
///   - batchAxes: the dimensions of independent weights.
///
/// Other dimensions belong to the receptive field of a convolution: they multiply both numbers. A shape without these
/// dimensions stops the program.
public func varianceScaling(
  _ scale: Double, _ mode: FanMode, _ distribution: WeightDistribution, inAxes: [Int] = [-2], outAxes: [Int] = [-1],
  batchAxes: [Int] = [], dtype: DType = .defaultFloat
) -> Initializer {
  { key, shape in
    let (fanIn, fanOut) = fans(shape, inAxes, outAxes, batchAxes)
    let count =
      switch mode {
      case .fanIn: fanIn
      case .fanOut: fanOut
      case .average: (fanIn + fanOut) / 2
      case .geometricAverage: (fanIn * fanOut).squareRoot()
      }
    let variance = Tensor(scale / count, dtype: dtype)
    switch distribution {
    case .truncatedNormal:
      // The standard deviation of a standard normal distribution cut off at ±2.
      let stddev = sqrt(variance) / Tensor(0.87962566103423978, dtype: dtype)
      return truncatedNormal(key, -2, 2, shape, dtype: dtype) * stddev
    case .normal: return normal(key, shape, dtype: dtype) * sqrt(variance)
    case .uniform: return uniform(key, shape, dtype: dtype, min: -1, max: 1) * sqrt(variance * 3)
    }
  }
}

private func fans(_ shape: [Int], _ inAxes: [Int], _ outAxes: [Int], _ batchAxes: [Int]) -> (in: Double, out: Double) {
  func size(_ axes: [Int]) -> Double {
    axes.reduce(1) { product, axis in
      let position = axis < 0 ? axis + shape.count : axis
      guard shape.indices.contains(position) else {
        fail(
          "varianceScaling", [], "the shape \(shape) has no dimension \(axis) for inputs or outputs",
          hint: "weights need two dimensions; name others by `inAxes` and `outAxes`; use `zeros` for a bias")
      }
      return product * Double(shape[position])
    }
  }
  let (inSize, outSize) = (size(inAxes), size(outAxes))
  let receptiveField = size(Array(shape.indices)) / inSize / outSize / size(batchAxes)
  return (inSize * receptiveField, outSize * receptiveField)
}

/// Glorot's (also called Xavier's) initializer with a truncated normal distribution, the default of `Dense`; the same
/// as `glorotNormal`.
public func glorot(
  inAxes: [Int] = [-2], outAxes: [Int] = [-1], batchAxes: [Int] = [], dtype: DType = .defaultFloat
) -> Initializer {
  glorotNormal(inAxes: inAxes, outAxes: outAxes, batchAxes: batchAxes, dtype: dtype)
}

/// Glorot's (also called Xavier's) initializer: variance 1 / mean of inputs and outputs, truncated normal.
///
/// Source: Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks".
public func glorotNormal(
  inAxes: [Int] = [-2], outAxes: [Int] = [-1], batchAxes: [Int] = [], dtype: DType = .defaultFloat
) -> Initializer {
  varianceScaling(1, .average, .truncatedNormal, inAxes: inAxes, outAxes: outAxes, batchAxes: batchAxes, dtype: dtype)
}

/// Glorot's (also called Xavier's) initializer with a uniform distribution.
public func glorotUniform(
  inAxes: [Int] = [-2], outAxes: [Int] = [-1], batchAxes: [Int] = [], dtype: DType = .defaultFloat
) -> Initializer {
  varianceScaling(1, .average, .uniform, inAxes: inAxes, outAxes: outAxes, batchAxes: batchAxes, dtype: dtype)
}

/// LeCun's initializer: variance 1 / inputs, truncated normal.
///
/// Source: LeCun et al., "Efficient BackProp".
public func lecunNormal(
  inAxes: [Int] = [-2], outAxes: [Int] = [-1], batchAxes: [Int] = [], dtype: DType = .defaultFloat
) -> Initializer {
  varianceScaling(1, .fanIn, .truncatedNormal, inAxes: inAxes, outAxes: outAxes, batchAxes: batchAxes, dtype: dtype)
}

/// LeCun's initializer with a uniform distribution.
public func lecunUniform(
  inAxes: [Int] = [-2], outAxes: [Int] = [-1], batchAxes: [Int] = [], dtype: DType = .defaultFloat
) -> Initializer {
  varianceScaling(1, .fanIn, .uniform, inAxes: inAxes, outAxes: outAxes, batchAxes: batchAxes, dtype: dtype)
}

/// He's (also called Kaiming's) initializer, for layers before a `relu`: variance 2 / inputs, truncated normal.
///
/// Source: He et al., "Delving Deep into Rectifiers".
public func heNormal(
  inAxes: [Int] = [-2], outAxes: [Int] = [-1], batchAxes: [Int] = [], dtype: DType = .defaultFloat
) -> Initializer {
  varianceScaling(2, .fanIn, .truncatedNormal, inAxes: inAxes, outAxes: outAxes, batchAxes: batchAxes, dtype: dtype)
}

/// He's (also called Kaiming's) initializer with a uniform distribution.
public func heUniform(
  inAxes: [Int] = [-2], outAxes: [Int] = [-1], batchAxes: [Int] = [], dtype: DType = .defaultFloat
) -> Initializer {
  varianceScaling(2, .fanIn, .uniform, inAxes: inAxes, outAxes: outAxes, batchAxes: batchAxes, dtype: dtype)
}
