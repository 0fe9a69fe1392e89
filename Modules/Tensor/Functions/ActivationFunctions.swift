// Functions of each element, by the formulas of `jax.nn`. Integers become `float32` where only floats will do. Each is
// a plain function, so that it can stand in a `Sequential`; parameters with defaults are in overloads.

/// max(x, 0); its derivative at 0 is 0.
public func relu(_ x: Tensor) -> Tensor { select(x .<= 0, 0, x) }

/// min(max(x, 0), 6); its derivatives at 0 and 6 are 0.
public func relu6(_ x: Tensor) -> Tensor { select(x .<= 0, 0, select(x .>= 6, 6, x)) }

/// x where x ≥ 0, x / 100 elsewhere.
public func leakyRelu(_ x: Tensor) -> Tensor { leakyRelu(x, negativeSlope: 0.01) }
/// x where x ≥ 0, `negativeSlope` · x elsewhere.
public func leakyRelu(_ x: Tensor, negativeSlope: Double) -> Tensor { select(x .>= 0, x, x * negativeSlope) }

/// x where x > 0, eˣ - 1 elsewhere. Source: Clevert et al., "Fast and Accurate Deep Network Learning by Exponential
/// Linear Units".
public func elu(_ x: Tensor) -> Tensor { elu(x, alpha: 1) }
/// x where x > 0, alpha · (eˣ - 1) elsewhere.
public func elu(_ x: Tensor, alpha: Double) -> Tensor {
  let x = x.asFloating
  // The exponential must not overflow where it is not used: its derivative would be 0 · ∞.
  let negative = expm1(select(x .> 0, 0, x))
  return select(x .> 0, x, negative * alpha)
}

/// max(x, 0) + e^min(x, 0) - 1. Source: Barron, "Continuously Differentiable Exponential Linear Units".
public func celu(_ x: Tensor) -> Tensor { celu(x, alpha: 1) }
/// max(x, 0) + alpha · (e^(min(x, 0) / alpha) - 1).
public func celu(_ x: Tensor, alpha: Double) -> Tensor {
  let x = x.asFloating
  return maximum(x, 0) + expm1(minimum(x, 0) / alpha) * alpha
}

/// 1.0507 · elu(x, alpha: 1.6733), which keeps mean 0 and variance 1. Source: Klambauer et al., "Self-Normalizing
/// Neural Networks".
public func selu(_ x: Tensor) -> Tensor {
  elu(x, alpha: 1.6732632423543772848170429916717) * 1.0507009873554804934193349852946
}

/// x · Φ(x) with the normal distribution's Φ approximated by tanh.
///
/// Source: Hendrycks & Gimpel, "Gaussian Error Linear Units".
public func gelu(_ x: Tensor) -> Tensor { gelu(x, isApproximate: true) }
/// x · Φ(x), with the normal distribution's Φ exact or approximated by tanh.
public func gelu(_ x: Tensor, isApproximate: Bool) -> Tensor {
  let x = x.asFloating
  if !isApproximate { return x * 0.5 * erfc(-x * 0.5.squareRoot()) }
  let cubic = x + x * x * x * 0.044715
  let cumulative = (tanh(cubic * (2 / Double.pi).squareRoot()) + 1) * 0.5
  return x * cumulative
}

/// 1 / (1 + e⁻ˣ), the logistic function.
public func sigmoid(_ x: Tensor) -> Tensor { Primitive.unary(.logistic)(x.asFloating) }

/// log sigmoid(x), without underflow.
public func logSigmoid(_ x: Tensor) -> Tensor { -softplus(-x.asFloating) }

/// x · sigmoid(x), also called swish. Source: Elfwing et al., "Sigmoid-Weighted Linear Units".
public func silu(_ x: Tensor) -> Tensor { x * sigmoid(x) }

/// x · tanh(softplus(x)). Source: Misra, "Mish: A Self Regularized Non-Monotonic Activation Function".
public func mish(_ x: Tensor) -> Tensor { x * tanh(softplus(x)) }

/// log(1 + eˣ), without overflow.
public func softplus(_ x: Tensor) -> Tensor { logAddExp(x, 0) }

/// (x + √(x² + 4)) / 2. Source: Barron, "Squareplus".
public func squareplus(_ x: Tensor) -> Tensor { squareplus(x, b: 4) }
/// (x + √(x² + b)) / 2.
public func squareplus(_ x: Tensor, b: Double) -> Tensor { (x + sqrt(square(x) + b)) / 2 }

/// 0 where x ≤ -1, x where x ≥ 1, (x + 1)² / 4 between.
public func sparsePlus(_ x: Tensor) -> Tensor {
  let x = x.asFloating
  return select(x .<= -1, 0, select(x .>= 1, x, square(x + 1) / 4))
}

/// (x + 1) / 2, bounded by 0 and 1.
public func sparseSigmoid(_ x: Tensor) -> Tensor { clip(x.asFloating + 1, min: 0, max: 2) * 0.5 }

/// x / (|x| + 1).
public func softsign(_ x: Tensor) -> Tensor { x / (abs(x) + 1) }

/// relu6(x + 3) / 6.
public func hardSigmoid(_ x: Tensor) -> Tensor { relu6(x.asFloating + 3) / 6 }

/// x · hardSigmoid(x), also called hard swish.
public func hardSilu(_ x: Tensor) -> Tensor { x * hardSigmoid(x) }

/// x, bounded by -1 and 1.
public func hardTanh(_ x: Tensor) -> Tensor { select(x .> 1, 1, select(x .< -1, -1, x)) }

// MARK: Functions along a dimension

/// a · sigmoid(b), of the first half a and the second half b of the last dimension. Shape [.., 2n] → [.., n].
///
/// Source: Dauphin et al., "Language Modeling with Gated Convolutional Networks".
public func glu(_ x: Tensor) -> Tensor { glu(x, axis: -1) }
/// a · sigmoid(b), of the first half a and the second half b of a dimension, whose size is even.
public func glu(_ x: Tensor, axis: Int) -> Tensor {
  let halves = split(x, into: 2, axis: axis)
  return halves[0] * sigmoid(halves[1])
}
