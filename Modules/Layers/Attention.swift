import Autodiff
import Params
import Random
import Tensor

/// A module of attention: `MultiHeadAttention`, `TransformerBlock`, or one of yours.
///
/// In a `Sequential` it gets a tensor and gives a tensor: each position looks at the others of the same sequence. Called by
/// itself it takes more:
///
///     let outputs = attention(params, AttentionInputs(x, mask: mask)).outputs
public typealias AttentionModule = Parametrized<AttentionOutputs, AttentionInputs>

/// What a module of attention is given.
public struct AttentionInputs: Tree, Sendable {
  /// The positions that look, shape [.., length, features].
  public var queries: Tensor
  /// The positions that are looked at, shape [.., count, features]; the same as `queries` if nil.
  public var keys: Tensor?
  /// What they hold, shape [.., count, features]; the same as `keys` if nil.
  public var values: Tensor?
  /// Which positions may be seen: true where a query may look at a key. Any shape that broadcasts to
  /// [.., heads, length, count].
  public var mask: Tensor?
  /// Earlier positions, which `queries` follow.
  public var cache: KeyValueCache?

  /// Inputs; with queries alone each position looks at the others of the same sequence.
  public init(
    _ queries: Tensor, keys: Tensor? = nil, values: Tensor? = nil, mask: Tensor? = nil, cache: KeyValueCache? = nil
  ) {
    self.queries = queries
    self.keys = keys
    self.values = values
    self.mask = mask
    self.cache = cache
  }

  /// Visits the tensors.
  public mutating func walk(_ walker: inout TreeWalker) {
    walker.visit(&queries, "queries")
    walker.visit(&keys, "keys")
    walker.visit(&values, "values")
    walker.visit(&mask, "mask")
    walker.visit(&cache, "cache")
  }
}

/// What a module of attention gives.
public struct AttentionOutputs: Tree, Sendable {
  /// A vector for each query, shape [.., length, features].
  public var outputs: Tensor
  /// The cache with the new positions, if there was one.
  public var cache: KeyValueCache?

  /// A result.
  public init(_ outputs: Tensor, cache: KeyValueCache? = nil) {
    self.outputs = outputs
    self.cache = cache
  }

  /// Visits the tensors.
  public mutating func walk(_ walker: inout TreeWalker) {
    walker.visit(&outputs, "outputs")
    walker.visit(&cache, "cache")
  }
}

/// Keys and values of earlier positions, so that a sequence can be made position by position at the cost of one each.
///
///     var cache = KeyValueCache(length: 100, heads: 4, headDim: 16)
///     for token in tokens {
///       let result = attention(params, AttentionInputs(token, cache: cache))  // token: shape [1, features]
///       cache = result.cache!
///     }
///
/// It is a value: a call returns the next one, and compiled calls update it in place where nobody else holds it.
public struct KeyValueCache: Tree, Sendable {
  /// Shape [.., length, heads, features of a head]; zeros from `position` on.
  public var keys: Tensor
  /// The shape of `keys`.
  public var values: Tensor
  /// The number of positions that are filled: an `int32` scalar.
  public var position: Tensor

  /// An empty cache.
  ///
  /// - Parameters:
  ///   - batch: the dimensions before the positions.
  ///   - length: the number of positions that there is room for. Where more are put in, the last ones overwrite each other
  ///     unnoticed: the position is known when the program runs only.
  ///   - heads: the number of heads of keys and values.
  ///   - headDim: the number of features of a head.
  ///   - dtype: the element type of the keys and values to come.
  public init(batch: [Int] = [], length: Int, heads: Int, headDim: Int, dtype: DType = .defaultFloat) {
    keys = zeros(batch + [length, heads, headDim], dtype: dtype)
    values = keys
    position = Tensor(Int32(0))
  }

  /// The cache with the keys and values of the next positions, shape [.., length, heads, features of a head].
  public func appending(keys newKeys: Tensor, values newValues: Tensor) -> KeyValueCache {
    let rank = keys.rank
    if newKeys.shape != newValues.shape || newKeys.rank != rank
      || newKeys.shape.dropLast(3) != keys.shape.dropLast(3) || newKeys.shape.suffix(2) != keys.shape.suffix(2)
      || newKeys.shape[rank - 3] > keys.shape[rank - 3]
    {
      fail(
        "KeyValueCache", [newKeys.type, newValues.type], "the new positions do not fit the cache's, \(keys.type)",
        hint: "make the cache with the batch, length, heads and features that the attention has")
    }
    var starts = [Tensor](repeating: Tensor(Int32(0)), count: rank)
    starts[rank - 3] = position
    var next = self
    next.keys = dynamicUpdateSlice(keys, newKeys.asType(keys.dtype), starts)
    next.values = dynamicUpdateSlice(values, newValues.asType(values.dtype), starts)
    next.position = position + Int32(newKeys.shape[rank - 3])
    return next
  }

  /// Visits keys, values and position.
  public mutating func walk(_ walker: inout TreeWalker) {
    walker.visit(&keys, "keys")
    walker.visit(&values, "values")
    walker.visit(&position, "position")
  }
}

/// Attention with several heads: each position gets a mean of what others hold, weighted by how well its query fits their
/// keys, softmax(queries · keysᵀ / √(features of a head)) · values, for each head; the heads are combined linearly.
///
/// - Parameters:
///   - heads: the number of heads.
///   - keyValueHeads: the number of heads of keys and values, a divisor of `heads`, which share them in groups; as many as
///     `heads` if left out. One is multi-query attention.
///   - headDim: the number of features of a head; features / heads if left out, which must then be an integer.
///   - outDim: the number of features of outputs; as many as the queries have if left out.
///   - isCausal: whether a position sees only itself and those before it.
///   - rotaryBase: turns queries and keys by their positions with this base, see `rotary`; nil for no turning.
///   - dropout: the probability to drop a weight, in calls with a random key.
///   - kernelInit: makes the kernels, as matrices from all inputs to all outputs.
///   - biasInit: makes the biases; nil for none.
///
/// Shapes: [.., length, features] → [.., length, outDim]. Parameters: `query`, `key`, `value`, each with `kernel`
/// [features, heads, headDim] and `bias` [heads, headDim]; `out` with `kernel` [heads, headDim, outDim] and `bias`
/// [outDim]. Weights are computed in `float32` at least. A query that may see nothing gets the mean of everything. With a
/// cache, positions before those of the call are seen, too, and `isCausal` counts from the first of all.
///
/// Source: Vaswani et al., "Attention Is All You Need"; Ainslie et al., "GQA", for groups;
/// `flax.linen.MultiHeadDotProductAttention`.
public func MultiHeadAttention(
  _ heads: Int, keyValueHeads: Int? = nil, headDim: Int? = nil, outDim: Int? = nil, isCausal: Bool = false,
  rotaryBase: Double? = nil, dropout: Double = 0, kernelInit: @escaping Initializer = glorot(),
  biasInit: Initializer? = zeros()
) -> AttentionModule {
  let keyValueHeads = keyValueHeads ?? heads
  if heads < 1 || keyValueHeads < 1 || heads % keyValueHeads != 0 {
    fail(
      "MultiHeadAttention", [], "\(heads) heads cannot share \(keyValueHeads) heads of keys and values in equal groups")
  }
  let dropped = Dropout(dropout)
  return parametrized("attention") { (inputs: AttentionInputs) in
    let queries = inputs.queries
    let keys = inputs.keys ?? queries
    let values = inputs.values ?? keys
    if queries.rank < 2 || keys.rank != queries.rank || values.rank != queries.rank
      || keys.shape.dropLast() != values.shape.dropLast() || keys.shape.dropLast(2) != queries.shape.dropLast(2)
    {
      fail(
        "MultiHeadAttention", [queries.type, keys.type, values.type],
        "needs queries of shape [.., length, features], keys and values of shape [.., count, features]")
    }
    let features = queries.shape[queries.rank - 1]
    if headDim == nil && features % heads != 0 {
      fail(
        "MultiHeadAttention", [queries.type], "\(features) features do not divide into \(heads) heads",
        hint: "give the features of a head as `headDim`")
    }
    let headDim = headDim ?? features / heads
    func projected(_ name: String, _ x: Tensor, _ heads: Int) -> Tensor {
      headProjection(name, heads, headDim, kernelInit, biasInit)(x)
    }
    var query = projected("query", queries, heads)
    var key = projected("key", keys, keyValueHeads)
    var value = projected("value", values, keyValueHeads)
    let length = queries.shape[queries.rank - 2]
    // Where the queries begin.
    let start = inputs.cache?.position ?? Tensor(Int32(0))
    if let rotaryBase {
      query = rotary(query, positions: arange(length) + start, base: rotaryBase)
      key = rotary(key, positions: arange(keys.shape[keys.rank - 2]) + start, base: rotaryBase)
    }
    let cache = inputs.cache?.appending(keys: key, values: value)
    if let cache { (key, value) = (cache.keys, cache.values) }
    let places = arange(key.shape[key.rank - 3])
    var mask = inputs.mask
    func see(_ other: Tensor) { mask = mask.map { $0 & other } ?? other }
    if isCausal { see((arange(length) + start).expandingDims(1) .>= places) }
    if let cache { see(places .< cache.position) }
    let heads = dotProductAttention(query, key, value, mask: mask, changeWeights: dropout > 0 ? { dropped($0) } : nil)
    return AttentionOutputs(outProjection(outDim ?? features, kernelInit, biasInit)(heads), cache: cache)
  }
}

/// The features of heads: [.., features] → [.., heads, headDim].
private func headProjection(
  _ name: String, _ heads: Int, _ headDim: Int, _ kernelInit: @escaping Initializer, _ biasInit: Initializer?
) -> Layer {
  parametrized(name) { x in
    let inDim = x.shape[x.rank - 1]
    let kernel = parameter("kernel", [inDim, heads, headDim]) { key, shape in
      kernelInit(key, [inDim, heads * headDim]).reshaped(to: shape)
    }
    let products = dot(x, kernel.reshaped(to: [inDim, heads * headDim])).reshaped(
      to: x.shape.dropLast() + [heads, headDim])
    guard let biasInit else { return products }
    return products + parameter("bias", [heads, headDim], biasInit)
  }
}

/// The heads combined: [.., heads, headDim] → [.., outDim].
private func outProjection(_ outDim: Int, _ kernelInit: @escaping Initializer, _ biasInit: Initializer?) -> Layer {
  parametrized("out") { x in
    let (heads, headDim) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
    let kernel = parameter("kernel", [heads, headDim, outDim]) { key, shape in
      kernelInit(key, [heads * headDim, outDim]).reshaped(to: shape)
    }
    let products = dot(
      x.reshaped(to: x.shape.dropLast(2) + [heads * headDim]), kernel.reshaped(to: [heads * headDim, outDim]))
    guard let biasInit else { return products }
    return products + parameter("bias", [outDim], biasInit)
  }
}
