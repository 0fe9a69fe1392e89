/// Attention: softmax(query · keyᵀ · scale + bias) · value, for each head.
///
/// - Parameters:
///   - query: shape [.., t, heads, width], with any number of dimensions of a batch.
///   - key: shape [.., s, keyHeads, width]; `keyHeads` divides `heads`, and as many heads of the query share one of the keys
///     (grouped-query attention, or multi-query attention for one).
///   - value: shape [.., s, keyHeads, valueWidth].
///   - bias: added to the products; broadcasts to shape [.., heads, t, s].
///   - mask: `bool`, broadcasts to shape [.., heads, t, s]; a query sees only the keys where it is true.
///   - isCausal: whether query i sees only the keys 0...i.
///   - scale: what the products are multiplied by; 1 / √width by default.
///   - window: how many keys before and after its own place a query sees, all by default.
///   - changeWeights: changes the weights of the values, shape [.., heads, t, s], before they are used; to drop some, for example.
///
/// Shape [.., t, heads, valueWidth], in the element type of the operands; 16-bit floats accumulate, and the softmax is taken, in
/// `float32`. A query that sees no key gets the mean of the values. Source: `jax.nn.dot_product_attention`; Vaswani et al.,
/// "Attention Is All You Need"; Ainslie et al., "GQA".
public func dotProductAttention(
  _ query: Tensor, _ key: Tensor, _ value: Tensor, bias: Tensor? = nil, mask: Tensor? = nil, isCausal: Bool = false,
  scale: Double? = nil, window: (before: Int, after: Int)? = nil, changeWeights: ((Tensor) -> Tensor)? = nil
) -> Tensor {
  let types = [query, key, value].map(\.type)
  let rank = query.rank
  if rank < 3 || key.rank != rank || value.rank != rank {
    fail("dotProductAttention", types, "needs shapes [.., length, heads, width], of as many dimensions each")
  }
  let batch = Array(query.shape.dropLast(3))
  let (t, heads, width) = (query.shape[rank - 3], query.shape[rank - 2], query.shape[rank - 1])
  let (s, keyHeads) = (key.shape[rank - 3], key.shape[rank - 2])
  if key.shape != batch + [s, keyHeads, width] || value.shape != batch + [s, keyHeads, value.shape[rank - 1]] {
    fail("dotProductAttention", types, "batch, length, heads and width of keys and values do not agree")
  }
  if keyHeads == 0 || heads % keyHeads != 0 {
    fail("dotProductAttention", types, "the \(heads) heads of the query are no multiple of the \(keyHeads) of the keys")
  }
  let operands = promote("dotProductAttention", [query, key, value]).map(\.asFloating)
  let dtype = operands[0].dtype
  // Heads come first, and those of the query that share one of the keys are the rows of one product.
  let wide = operands.map { (dtype.itemSize == 2 ? $0.asType(.float32) : $0).swappingAxes(-2, -3) }
  func rows(_ x: Tensor, _ columns: Int) -> Tensor {
    x.reshaped(to: batch + [keyHeads, heads / keyHeads * t, columns])
  }

  let products = matmul(rows(wide[0], width), wide[1].swappingAxes(-1, -2)).reshaped(to: batch + [heads, t, s])
  var logits = products * (scale ?? 1 / Double(width).squareRoot())
  if let bias { logits = logits + bias.asType(logits.dtype) }
  if let visible = visibility(mask, t, s, isCausal, window) {
    // Not -∞: of a query that sees nothing the softmax is then still a number.
    let hidden = logits.dtype == .float64 ? -0.7 * 0x1.fffffffffffffp1023 : -0.7 * 0x1.fffffep127
    logits = select(visible.broadcast(to: logits.shape), logits, fullLike(logits, hidden))
  }
  var weights = softmax(logits)
  if let changeWeights { weights = changeWeights(weights) }
  let sums = matmul(rows(weights, s), wide[2]).reshaped(to: batch + [heads, t, value.shape[rank - 1]])
  return sums.swappingAxes(-2, -3).asType(dtype)
}

/// Which keys a query sees, nil for all: a `bool` tensor that broadcasts to shape [.., heads, t, s].
private func visibility(
  _ mask: Tensor?, _ t: Int, _ s: Int, _ isCausal: Bool, _ window: (before: Int, after: Int)?
) -> Tensor? {
  var result = mask
  func restrict(_ condition: Tensor) { result = result.map { $0 & condition } ?? condition }
  if let mask, mask.dtype != .bool {
    fail("dotProductAttention", [mask.type], "the mask must be bool", hint: "add numbers to the products with `bias`")
  }
  if isCausal { restrict(tri(t, s, dtype: .bool)) }
  if let window {
    let distance = arange(s) - arange(t).expandingDims(1)
    restrict((distance .>= -window.before) & (distance .<= window.after))
  }
  return result
}
