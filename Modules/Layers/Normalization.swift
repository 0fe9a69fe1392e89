import Params
import Tensor

// Layers that standardize: (x - mean) / √(variance + epsilon) · scale + bias. They differ in what the mean and the variance are
// taken over. Those of 16-bit floats are computed in `float32`.

/// Standardizes each example over its last dimensions, then scales and shifts.
///
/// - Parameters:
///   - axes: the dimensions to standardize over.
///   - epsilon: what keeps the division from failing.
///   - scaleInit: makes the scale; nil for none.
///   - biasInit: makes the bias; nil for none.
///
/// The shape stays. Parameters: `scale` and `bias`, of the sizes of `axes`. Source: Ba et al., "Layer Normalization";
/// `flax.linen.LayerNorm`.
public func LayerNorm(
  axes: [Int] = [-1], epsilon: Double = 1e-6, scaleInit: Initializer? = ones(), biasInit: Initializer? = zeros()
) -> Layer {
  parametrized("layerNorm") { inputs in
    let axes = inputs.normalizedAxes(axes, "LayerNorm")
    return inputs.normalized(
      Moments(inputs, axes), epsilon, .init(scaleInit, biasInit, dimensions: axes))
  }
}

/// Divides by the root of the mean square over the last dimensions, then scales: x / √(mean x² + epsilon) · scale.
///
/// - Parameters:
///   - axes: the dimensions to take the mean over.
///   - epsilon: what keeps the division from failing.
///   - scaleInit: makes the scale; nil for none.
///
/// The shape stays. Parameter: `scale`, of the sizes of `axes`. Source: Zhang & Sennrich, "Root Mean Square Layer
/// Normalization"; `flax.linen.RMSNorm`.
public func RMSNorm(axes: [Int] = [-1], epsilon: Double = 1e-6, scaleInit: Initializer? = ones()) -> Layer {
  parametrized("rmsNorm") { inputs in
    let axes = inputs.normalizedAxes(axes, "RMSNorm")
    return inputs.normalized(Moments(aroundZero: inputs, axes), epsilon, .init(scaleInit, nil, dimensions: axes))
  }
}

/// Standardizes each example over all positions and the features of one group, then scales and shifts each feature.
///
/// - Parameters:
///   - groups: in how many groups the features are divided.
///   - epsilon: what keeps the division from failing.
///   - scaleInit: makes the scale; nil for none.
///   - biasInit: makes the bias; nil for none.
///
/// Shapes: [N, .., C] → [N, .., C]. Parameters: `scale` and `bias`, shape [C]. Inputs without dimensions for batch and
/// features, and features that do not divide into the groups, stop the program. Source: Wu & He, "Group Normalization";
/// `flax.linen.GroupNorm`.
public func GroupNorm(
  _ groups: Int, epsilon: Double = 1e-6, scaleInit: Initializer? = ones(), biasInit: Initializer? = zeros()
) -> Layer {
  if groups < 1 { fail("GroupNorm", [], "the number of groups, \(groups), is not positive") }
  return parametrized("groupNorm") { inputs in
    let features = requireFeatures(inputs, "GroupNorm")
    if features % groups != 0 {
      fail("GroupNorm", [inputs.type], "the \(features) features do not divide into \(groups) groups")
    }
    let grouped = inputs.reshaped(to: inputs.shape.dropLast() + [groups, features / groups])
    let moments = Moments(grouped, Array(1..<inputs.rank - 1) + [inputs.rank])
    return inputs.normalized(
      moments.mapped { statistic in
        // The statistic of its group for each feature.
        statistic.broadcast(to: statistic.shape.dropLast() + [features / groups])
          .reshaped(to: statistic.shape.dropLast(2) + [features])
      }, epsilon, .init(scaleInit, biasInit, dimensions: [inputs.rank - 1]))
  }
}

/// Standardizes each feature of each example over all positions, then scales and shifts: `GroupNorm` with a group for each
/// feature.
///
/// - Parameters:
///   - epsilon: what keeps the division from failing.
///   - scaleInit: makes the scale; nil for none.
///   - biasInit: makes the bias; nil for none.
///
/// Shapes: [N, .., C] → [N, .., C]. Parameters: `scale` and `bias`, shape [C]. Source: Ulyanov et al., "Instance
/// Normalization"; `flax.linen.InstanceNorm`.
public func InstanceNorm(
  epsilon: Double = 1e-6, scaleInit: Initializer? = ones(), biasInit: Initializer? = zeros()
) -> Layer {
  parametrized("instanceNorm") { inputs in
    _ = requireFeatures(inputs, "InstanceNorm")
    return inputs.normalized(
      Moments(inputs, Array(1..<inputs.rank - 1)), epsilon,
      .init(scaleInit, biasInit, dimensions: [inputs.rank - 1]))
  }
}

/// Standardizes each feature over a batch, then scales and shifts.
///
///     let net = Sequential { Conv(32, [3, 3]); BatchNorm(momentum: 0.99); relu }
///     var (params, state) = (net.initParams(key, images), net.initState(images))
///     let (outputs, next) = net.applyInTraining(params, state, images)   // by statistics of the batch
///     net(params, images, state: next)                                   // by running statistics
///
/// - Parameters:
///   - axes: the dimensions to standardize over; all but the last if left out.
///   - momentum: the share of the running mean and variance that stays in each training step, such as 0.99, for calls that
///     are not in training; nil to keep none and always go by the batch, as stax does.
///   - epsilon: what keeps the division from failing.
///   - scaleInit: makes the scale; nil for none.
///   - biasInit: makes the bias; nil for none.
///
/// The shape stays. Parameters: `scale` and `bias`, of the sizes of the dimensions that are not in `axes`. With momentum
/// there is state, `mean` and `variance`, of that shape, too: calls without state stop the program. The variance is that of
/// the batch itself, not an estimate of that of all examples (which PyTorch's running variance is; its momentum is one minus
/// this one), and is computed in one pass, so that features whose mean is thousands of times their deviation lose digits. Source: Ioffe & Szegedy, "Batch Normalization"; `stax.BatchNorm`, `flax.linen.BatchNorm`.
public func BatchNorm(
  axes: [Int]? = nil, momentum: Double? = nil, epsilon: Double = 1e-5, scaleInit: Initializer? = ones(),
  biasInit: Initializer? = zeros()
) -> Layer {
  if let momentum, !(0...1 ~= momentum) { fail("BatchNorm", [], "the momentum is \(momentum), not in 0...1") }
  return parametrized("batchNorm") { inputs in
    if inputs.rank == 0 { fail("BatchNorm", [inputs.type], "needs inputs with at least one dimension") }
    let axes = inputs.normalizedAxes(axes ?? Array(0..<inputs.rank - 1), "BatchNorm")
    let kept = inputs.shape.indices.filter { !axes.contains($0) }
    let affine = Affine(scaleInit, biasInit, dimensions: kept)
    guard let momentum else { return inputs.normalized(Moments(inputs, axes, inOnePass: true), epsilon, affine) }

    let shape = kept.map { inputs.shape[$0] }
    let (mean, variance) = (
      stateVariable("mean", shape, zeros()), stateVariable("variance", shape, ones())
    )
    guard mean.isTraining else {
      let aligned = inputs.shape.keeping(axes)
      return inputs.normalized(
        Moments(mean: mean.value.reshaped(to: aligned), variance: variance.value.reshaped(to: aligned)), epsilon, affine
      )
    }
    let moments = Moments(inputs, axes, inOnePass: true)
    let new = 1 - momentum
    mean.update(to: mean.value * momentum + moments.mean!.reshaped(to: shape) * new)
    variance.update(to: variance.value * momentum + moments.variance.reshaped(to: shape) * new)
    return inputs.normalized(moments, epsilon, affine)
  }
}

private func requireFeatures(_ inputs: Tensor, _ operation: String) -> Int {
  if inputs.rank < 2 {
    fail(operation, [inputs.type], "needs inputs with dimensions for batch and features: [N, .., C]")
  }
  return inputs.shape.last!
}

// MARK: What they have in common

/// A mean and a variance, in shapes that broadcast to what they are of.
private struct Moments {
  /// Nil for 0.
  var mean: Tensor?
  var variance: Tensor

  init(mean: Tensor?, variance: Tensor) {
    self.mean = mean
    self.variance = variance
  }

  /// Those over dimensions, which stay with size 1.
  ///
  /// The variance is the mean square of the distances from any number, minus the squared distance of the mean from it, and so are its
  /// derivatives, whatever the number is. With the mean, few close numbers far from zero keep their digits; with zero, as Flax has it,
  /// one pass over the inputs is enough.
  init(_ x: Tensor, _ axes: [Int], inOnePass: Bool = false) {
    let x = x.inNormalFloats
    let average = meanKeepingDimensions(x, axes)
    mean = average
    let (distances, distance) = inOnePass ? (x, average) : (x - stopGradient(average), average - stopGradient(average))
    variance = maximum(meanKeepingDimensions(square(distances), axes) - square(distance), 0)
  }

  /// The mean square in place of the variance.
  init(aroundZero x: Tensor, _ axes: [Int]) {
    mean = nil
    variance = meanKeepingDimensions(square(x.inNormalFloats), axes)
  }

  func mapped(_ transform: (Tensor) -> Tensor) -> Moments {
    Moments(mean: mean.map(transform), variance: transform(variance))
  }
}

private func meanKeepingDimensions(_ x: Tensor, _ axes: [Int]) -> Tensor { mean(x, axes: axes, keepDims: true) }

/// What follows a standardization: parameters that belong to some dimensions.
private struct Affine {
  let scaleInit, biasInit: Initializer?
  let dimensions: [Int]

  init(_ scaleInit: Initializer?, _ biasInit: Initializer?, dimensions: [Int]) {
    self.scaleInit = scaleInit
    self.biasInit = biasInit
    self.dimensions = dimensions
  }

  /// The parameters for tensors of a shape, with dimensions that broadcast to it.
  func parameters(_ shape: [Int]) -> (scale: Tensor?, bias: Tensor?) {
    let sizes = dimensions.map { shape[$0] }
    func aligned(_ name: String, _ initializer: Initializer?) -> Tensor? {
      guard let initializer else { return nil }
      let value = parameter(name, sizes, initializer)
      if dimensions == Array(shape.count - dimensions.count..<shape.count) { return value }
      return value.reshaped(to: shape.indices.map { dimensions.contains($0) ? shape[$0] : 1 })
    }
    return (aligned("scale", scaleInit), aligned("bias", biasInit))
  }
}

extension Tensor {
  /// Floats of 32 bits at least.
  fileprivate var inNormalFloats: Tensor { dtype.isFloating && dtype.itemSize > 2 ? self : asType(.float32) }

  fileprivate func normalized(_ moments: Moments, _ epsilon: Double, _ affine: Affine) -> Tensor {
    let (scale, bias) = affine.parameters(shape)
    let result = [scale, bias].compactMap { $0?.dtype }.reduce(asFloating.dtype) { promoteTypes($0, with: $1).dtype }
    let x = inNormalFloats
    // Few numbers are multiplied before many are.
    let factor = rsqrt(moments.variance + epsilon)
    var outputs = (moments.mean.map { x - $0 } ?? x) * (scale.map { factor * $0 } ?? factor)
    if let bias { outputs += bias }
    return outputs.asType(result)
  }
}
