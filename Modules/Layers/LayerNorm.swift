import Params
import Tensor

/// Standardizes each example over its last dimensions, then scales and shifts: (x - mean) / √(variance + epsilon) ·
/// scale + bias.
///
/// - Parameters:
///   - axes: the dimensions to standardize over.
///   - epsilon: what keeps the division from failing.
///   - scaleInit: makes the scale; nil for none.
///   - biasInit: makes the bias; nil for none.
///
/// The shape stays. Parameters: `scale` and `bias`, of the sizes of `axes`. Source: Ba et al., "Layer Normalization".
public func LayerNorm(
  axes: [Int] = [-1], epsilon: Double = 1e-6, scaleInit: Initializer? = ones(), biasInit: Initializer? = zeros()
) -> Layer {
  parametrized("layerNorm") { inputs in
    let dimensions = inputs.normalizedAxes(axes, "LayerNorm")
    let shape = dimensions.map { inputs.shape[$0] }
    func aligned(_ parameter: Tensor) -> Tensor {
      parameter.reshaped(to: inputs.shape.indices.map { dimensions.contains($0) ? inputs.shape[$0] : 1 })
    }
    var outputs = standardize(inputs, axes: dimensions, epsilon: epsilon)
    if let scaleInit { outputs *= aligned(parameter("scale", shape, scaleInit)) }
    if let biasInit { outputs += aligned(parameter("bias", shape, biasInit)) }
    return outputs
  }
}
