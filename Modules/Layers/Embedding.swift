import Params
import Random
import Tensor

/// A vector for each integer, such as the number of a word: row i of a table.
///
/// - Parameters:
///   - count: the number of vectors.
///   - outDim: the number of features of a vector.
///   - embeddingInit: makes the table, shape [count, outDim]; by default normal with variance 1 / outDim.
///
/// Shapes: integers [..] → [.., outDim]. Parameter: `embedding`. A number -count ..< 0 counts from the end; one outside gives
/// NaN. Inputs that are no integers stop the program. Source: `flax.linen.Embed`.
public func Embedding(
  _ count: Int, _ outDim: Int,
  embeddingInit: @escaping Initializer = varianceScaling(1, .fanIn, .normal, outAxes: [0])
) -> Layer {
  if count < 0 || outDim < 0 { fail("Embedding", [], "\(count) vectors of \(outDim) features: a size is negative") }
  return parametrized("embedding") { inputs in
    if !inputs.dtype.isInteger {
      fail(
        "Embedding", [inputs.type], "needs integers, such as the numbers of words", hint: "convert with asType(.int32)")
    }
    return take(parameter("embedding", [count, outDim], embeddingInit), inputs, axis: 0)
  }
}

/// Scores of all integers for vectors, by the table of an `Embedding`: x · tableᵀ, the last layer of many language models.
///
///     let words = Embedding(1000, 64)
///     let model = Sequential { words; TransformerBlock(4, isCausal: true); TiedLogits(words) }
///
/// - Parameter embedding: the module that has the table, which both share.
///
/// Shapes: [.., features] → [.., count]. Parameters: `embedding`, those of the module. Source: Press & Wolf, "Using the
/// Output Embedding to Improve Language Models"; `flax.linen.Embed.attend`.
public func TiedLogits(_ embedding: Layer) -> Layer {
  parametrized("tiedLogits", ["embedding": embedding]) { declared, inputs in
    let params = declared["embedding"]!.currentParams(zeros([1], dtype: .int32))
    let table: Tensor = params.embedding
    if inputs.shape.last != table.shape[1] {
      fail(
        "TiedLogits", [inputs.type, table.type],
        "the inputs need as many features as the embedding has, \(table.shape[1])")
    }
    return dot(inputs, table.transposed())
  }
}
