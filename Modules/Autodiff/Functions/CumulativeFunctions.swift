import Tensor

/// The running log Σ eˣ along a dimension, without overflow. Source: `jax.lax.cumlogsumexp`.
public func cumulativeLogSumExp(_ x: Tensor, axis: Int, reversed: Bool = false) -> Tensor {
  associativeScan([x.asFloating], axis: x.normalizedAxis(axis, "cumulativeLogSumExp"), reversed: reversed) { a, b in
    [logAddExp(a[0], b[0])]
  }[0]
}
