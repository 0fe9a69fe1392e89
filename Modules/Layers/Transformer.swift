import Params
import Random
import Tensor

/// A block of a Transformer: attention, then two dense layers for each position, each with a normalization and a shortcut
/// around it.
///
///     let model = Sequential {
///       Embedding(1000, 64)
///       addSinusoidalPositions
///       for _ in 0..<6 { TransformerBlock(4, isCausal: true) }
///       LayerNorm()
///       Dense(1000)
///     }
///
/// - Parameters:
///   - heads: the number of heads of attention.
///   - keyValueHeads: the number of heads of keys and values; as many as `heads` if left out.
///   - headDim: the number of features of a head; features / heads if left out.
///   - hiddenDim: the number of features between the dense layers; four times those of inputs if left out.
///   - isCausal: whether a position sees only itself and those before it.
///   - rotaryBase: turns queries and keys by their positions with this base, see `rotary`; nil for no turning.
///   - activation: the function between the dense layers.
///   - dropout: the probability to drop an element of what the shortcuts are added to, in calls with a random key.
///   - normalizesFirst: whether to normalize before attention and dense layers, x + f(norm(x)), or after the sum,
///     norm(x + f(x)), as the paper has it.
///   - norm: makes a normalization.
///   - kernelInit: makes the kernels.
///   - biasInit: makes the biases; nil for none.
///
/// Shapes: [.., length, features] → the same. Parameters: `attentionNorm`, `attention`, `hiddenNorm`, `hidden`. Mask, keys
/// and values of the inputs, and the cache, are those of the attention.
///
/// Source: Vaswani et al., "Attention Is All You Need"; Xiong et al., "On Layer Normalization in the Transformer
/// Architecture", for normalizing first.
public func TransformerBlock(
  _ heads: Int, keyValueHeads: Int? = nil, headDim: Int? = nil, hiddenDim: Int? = nil, isCausal: Bool = false,
  rotaryBase: Double? = nil, activation: @escaping @Sendable (Tensor) -> Tensor = { gelu($0) }, dropout: Double = 0,
  normalizesFirst: Bool = true, norm: @Sendable () -> Layer = { LayerNorm() },
  kernelInit: @escaping Initializer = glorot(), biasInit: Initializer? = zeros()
) -> AttentionModule {
  let dropped = Dropout(dropout)
  let parts = Parts(
    attentionNorm: norm(),
    attention: MultiHeadAttention(
      heads, keyValueHeads: keyValueHeads, headDim: headDim, isCausal: isCausal, rotaryBase: rotaryBase,
      kernelInit: kernelInit, biasInit: biasInit),
    hiddenNorm: norm(),
    hidden: parametrized("hidden") { x in
      guard let features = x.shape.last else {
        fail("TransformerBlock", [x.type], "needs shape [.., length, features]")
      }
      let hidden = Dense(hiddenDim ?? 4 * features, kernelInit: kernelInit, biasInit: biasInit)(x)
      return Dense(features, kernelInit: kernelInit, biasInit: biasInit)(activation(hidden))
    })
  return parametrized("transformerBlock", parts) { (parts: Parts, inputs: AttentionInputs) in
    func around(_ x: Tensor, _ norm: Layer, _ function: (Tensor) -> Tensor) -> Tensor {
      let change = dropped(function(normalizesFirst ? norm(x) : x))
      return normalizesFirst ? x + change : norm(x + change)
    }
    var cache: KeyValueCache?
    let attended = around(inputs.queries, parts.attentionNorm) { x in
      var inner = inputs
      inner.queries = x
      let result = parts.attention(inner)
      cache = result.cache
      return result.outputs
    }
    return AttentionOutputs(around(attended, parts.hiddenNorm) { parts.hidden($0) }, cache: cache)
  }
}

/// What a block declares.
private struct Parts: Sendable {
  let attentionNorm: Layer
  let attention: AttentionModule
  let hiddenNorm: Layer
  let hidden: Layer
}
