/// Attention: softmax(query · keyᵀ · scale + bias) · value, for each head.
///
/// - Parameters:
///   - query: shape [batch, t, heads, width], or [t, heads, width] without a batch.
///   - key: shape [batch, s, keyHeads, width]; `keyHeads` divides `heads`, and as many heads of the query share one of the keys
///     (grouped-query attention, or multi-query attention for one).
///   - value: shape [batch, s, keyHeads, width].
///   - bias: added to the products; broadcasts to shape [batch, heads, t, s].
///   - mask: `bool`, broadcasts to shape [batch, heads, t, s]; a query sees only the keys where it is true.
///   - isCausal: whether query i sees only the keys 0...i.
///   - scale: what the products are multiplied by; 1 / √width by default.
///   - window: how many keys before and after its own place a query sees, all by default.
///
/// The shape and element type of the query; 16-bit floats accumulate, and the softmax is taken, in `float32`. A query that sees
/// no key gets the mean of the values. Source: `jax.nn.dot_product_attention`; Vaswani et al., "Attention Is All You Need";
/// Ainslie et al., "GQA".
public func dotProductAttention(
  _ query: Tensor, _ key: Tensor, _ value: Tensor, bias: Tensor? = nil, mask: Tensor? = nil, isCausal: Bool = false,
  scale: Double? = nil, window: (before: Int, after: Int)? = nil
) -> Tensor {
  let types = [query, key, value].map(\.type)
  if query.rank == 3 && key.rank == 3 && value.rank == 3 {
    let batched = [query, key, value].map { $0.expandingDims(0) }
    return dotProductAttention(
      batched[0], batched[1], batched[2], bias: bias, mask: mask, isCausal: isCausal, scale: scale, window: window
    ).squeezed([0])
  }
  if query.rank != 4 || key.rank != 4 || value.rank != 4 {
    fail("dotProductAttention", types, "needs shapes [batch, length, heads, width], or without the batch")
  }
  let (batch, t, heads, width) = (query.shape[0], query.shape[1], query.shape[2], query.shape[3])
  let (s, keyHeads) = (key.shape[1], key.shape[2])
  if key.shape != [batch, s, keyHeads, width] || value.shape != [batch, s, keyHeads, value.shape[3]] {
    fail("dotProductAttention", types, "batch, length, heads and width of keys and values do not agree")
  }
  if keyHeads == 0 || heads % keyHeads != 0 {
    fail("dotProductAttention", types, "the \(heads) heads of the query are no multiple of the \(keyHeads) of the keys")
  }
  let operands = promote("dotProductAttention", [query, key, value]).map(\.asFloating)
  let dtype = operands[0].dtype
  let wide = operands.map { dtype.itemSize == 2 ? $0.asType(.float32) : $0 }

  let grouped = wide[0].reshaped(to: [batch, t, keyHeads, heads / keyHeads, width])
  let products = einsum("btkgh,bskh->bkgts", grouped, wide[1]).reshaped(to: [batch, heads, t, s])
  var logits = products * (scale ?? 1 / Double(width).squareRoot())
  if let bias { logits = logits + bias.asType(logits.dtype) }
  if let visible = visibility(mask, t, s, isCausal, window) {
    // Not -∞: of a query that sees nothing the softmax is then still a number.
    let hidden = logits.dtype == .float64 ? -0.7 * 0x1.fffffffffffffp1023 : -0.7 * 0x1.fffffep127
    logits = select(visible.broadcast(to: logits.shape), logits, fullLike(logits, hidden))
  }
  let shares = softmax(logits).reshaped(to: [batch, keyHeads, heads / keyHeads, t, s])
  let result = einsum("bkgts,bskh->btkgh", shares, wide[2])
  return result.reshaped(to: [batch, t, heads, value.shape[3]]).asType(dtype)
}

/// Which keys a query sees, nil for all: a `bool` tensor that broadcasts to shape [batch, heads, t, s].
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
