import Foundation
import Tensor

// The rules, for one tensor each: x is the parameter, g its gradient, i the number of updates before. They are those of
// `jax.example_libraries.optimizers` unless another source is named.

/// Gradient descent: x ← x - rate · g.
public func SGD(_ rate: some LearningRate) -> Optimizer {
  Optimizer(rate) { x, g, _, step in (x - step.rate * g, []) }
}

/// Gradient descent with momentum: v ← mass · v + g; x ← x - rate · v.
///
/// - Parameter mass: the share of the velocity that is kept, 0 to 1.
///
/// Source: Polyak, "Some methods of speeding up the convergence of iteration methods".
public func Momentum(_ rate: some LearningRate, mass: Double = 0.9) -> Optimizer {
  Optimizer(rate, slots: { [zerosLike($0)] }) { x, g, slots, step in
    let velocity = slots[0] * mass + g
    return (x - step.rate * velocity, [velocity])
  }
}

/// Gradient descent with Nesterov's momentum: v ← mass · v + g; x ← x - rate · (mass · v + g).
///
/// - Parameter mass: the share of the velocity that is kept, 0 to 1.
///
/// Source: Sutskever et al., "On the importance of initialization and momentum in deep learning".
public func Nesterov(_ rate: some LearningRate, mass: Double = 0.9) -> Optimizer {
  Optimizer(rate, slots: { [zerosLike($0)] }) { x, g, slots, step in
    let velocity = slots[0] * mass + g
    return (x - step.rate * (velocity * mass + g), [velocity])
  }
}

/// Adagrad: s ← s + g²; m ← (1 - momentum) · g / √s + momentum · m; x ← x - rate · m.
///
/// Source: Duchi et al., "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization".
public func Adagrad(_ rate: some LearningRate, momentum: Double = 0.9) -> Optimizer {
  Optimizer(rate, slots: { [zerosLike($0), zerosLike($0)] }) { x, g, slots, step in
    let squares = slots[0] + square(g)
    let mean = g * inverseRoot(squares) * (1 - momentum) + slots[1] * momentum
    return (x - step.rate * mean, [squares, mean])
  }
}

/// RMSProp: s ← decay · s + (1 - decay) · g²; m ← momentum · m + rate · g / √(s + epsilon); x ← x - m.
///
/// - Parameters:
///   - decay: the share of the mean of squares that is kept.
///   - epsilon: what keeps the division from failing.
///   - momentum: the share of the velocity that is kept; 0 for none.
///
/// Source: Tieleman & Hinton, "Lecture 6.5 - RMSProp".
public func RMSProp(
  _ rate: some LearningRate, decay: Double = 0.9, epsilon: Double = 1e-8, momentum: Double = 0
) -> Optimizer {
  let count = momentum == 0 ? 1 : 2
  return Optimizer(rate, slots: { x in (0..<count).map { _ in zerosLike(x) } }) { x, g, slots, step in
    let squares = slots[0] * decay + square(g) * (1 - decay)
    let change = step.rate * g / sqrt(squares + epsilon)
    if momentum == 0 { return (x - change, [squares]) }
    let velocity = slots[1] * momentum + change
    return (x - velocity, [squares, velocity])
  }
}

/// Adam: m ← b1 · m + (1 - b1) · g; v ← b2 · v + (1 - b2) · g²; x ← x - rate · m̂ / (√v̂ + epsilon), where
/// m̂ = m / (1 - b1ⁱ⁺¹) and v̂ = v / (1 - b2ⁱ⁺¹).
///
/// - Parameters:
///   - b1: the share of the mean of gradients that is kept.
///   - b2: the share of the mean of squares that is kept.
///   - epsilon: what keeps the division from failing.
///
/// Source: Kingma & Ba, "Adam: A Method for Stochastic Optimization".
public func Adam(
  _ rate: some LearningRate, b1: Double = 0.9, b2: Double = 0.999, epsilon: Double = 1e-8
) -> Optimizer {
  AdamW(rate, b1: b1, b2: b2, epsilon: epsilon, weightDecay: 0)
}

/// Adam with weight decay that does not go through the means: x ← x - rate · (m̂ / (√v̂ + epsilon) + weightDecay · x).
///
/// - Parameters:
///   - b1: the share of the mean of gradients that is kept.
///   - b2: the share of the mean of squares that is kept.
///   - epsilon: what keeps the division from failing.
///   - weightDecay: how strongly weights are pulled to 0.
///   - mask: which parameters decay, by their paths; all of them by default.
///
/// Source: Loshchilov & Hutter, "Decoupled Weight Decay Regularization"; `optax.adamw`.
public func AdamW(
  _ rate: some LearningRate, b1: Double = 0.9, b2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 1e-4,
  mask: Optimizer.Mask? = nil
) -> Optimizer {
  Optimizer(rate, slots: { [zerosLike($0), zerosLike($0)] }) { x, g, slots, step in
    let mean = g * (1 - b1) + slots[0] * b1
    let squares = square(g) * (1 - b2) + slots[1] * b2
    var change = unbiased(mean, b1, step) / (sqrt(unbiased(squares, b2, step)) + epsilon)
    if weightDecay != 0, mask?(step.path) ?? true { change += x * weightDecay }
    return (x - step.rate * change, [mean, squares])
  }
}

/// AdaMax, Adam with the largest gradient in the place of the mean of squares: u ← max(b2 · u, |g|);
/// x ← x - rate · m̂ / (u + epsilon).
///
/// Source: Kingma & Ba, "Adam: A Method for Stochastic Optimization", section 7.
public func AdaMax(
  _ rate: some LearningRate, b1: Double = 0.9, b2: Double = 0.999, epsilon: Double = 1e-8
) -> Optimizer {
  Optimizer(rate, slots: { [zerosLike($0), zerosLike($0)] }) { x, g, slots, step in
    let mean = g * (1 - b1) + slots[0] * b1
    let largest = maximum(slots[1] * b2, abs(g))
    return (x - step.rate * unbiased(mean, b1, step) / (largest + epsilon), [mean, largest])
  }
}

/// Lion: x ← x - rate · (sign(b1 · m + (1 - b1) · g) + weightDecay · x); m ← b2 · m + (1 - b2) · g.
///
/// - Parameters:
///   - b1: the share of the mean of gradients in the direction of the step.
///   - b2: the share of the mean of gradients that is kept.
///   - weightDecay: how strongly weights are pulled to 0.
///   - mask: which parameters decay, by their paths; all of them by default.
///
/// Source: Chen et al., "Symbolic Discovery of Optimization Algorithms"; `optax.lion`.
public func Lion(
  _ rate: some LearningRate, b1: Double = 0.9, b2: Double = 0.99, weightDecay: Double = 1e-3,
  mask: Optimizer.Mask? = nil
) -> Optimizer {
  Optimizer(rate, slots: { [zerosLike($0)] }) { x, g, slots, step in
    var change = sign(g * (1 - b1) + slots[0] * b1)
    if weightDecay != 0, mask?(step.path) ?? true { change += x * weightDecay }
    return (x - step.rate * change, [g * (1 - b2) + slots[0] * b2])
  }
}

/// SM3, Adagrad with the memory of one vector for each dimension instead of a whole tensor.
///
/// Source: Anil et al., "Memory-Efficient Adaptive Optimization".
public func SM3(_ rate: some LearningRate, momentum: Double = 0.9) -> Optimizer {
  Optimizer(rate, slots: { x in [zerosLike(x)] + dimensions(x).map { zeros([$0], dtype: x.dtype) } }) {
    x, g, slots, step in
    let shape = dimensions(x)
    let bounds = slots.dropFirst().enumerated().map { axis, bound in
      bound.reshaped(to: shape.indices.map { $0 == axis ? shape[$0] : 1 })
    }
    let gradient = g.reshaped(to: shape)
    let squares = bounds.dropFirst().reduce(bounds[0], minimum) + square(gradient)
    let mean = (gradient * inverseRoot(squares)).reshaped(to: x.shape) * (1 - momentum) + slots[0] * momentum
    let largest = shape.indices.map { axis in max(squares, axes: shape.indices.filter { $0 != axis }) }
    return (x - step.rate * mean, [mean] + largest)
  }
}

/// The dimensions that `SM3` keeps vectors for; a scalar counts as a vector of one element.
private func dimensions(_ x: Tensor) -> [Int] { x.rank == 0 ? [1] : x.shape }

/// 1 / √x, 0 where x is 0.
private func inverseRoot(_ x: Tensor) -> Tensor { select(x .> 0, 1 / sqrt(x), 0) }

/// A running mean that began with zero, without that beginning: mean / (1 - shareⁱ⁺¹).
private func unbiased(_ mean: Tensor, _ share: Double, _ step: Optimizer.Step) -> Tensor {
  // 1 - shareⁿ loses most of its digits in float32, where the share is near 1.
  let count = (step.count + 1).asType(mean.dtype == .float64 ? .float64 : .float32)
  return mean / -expm1(count * log(share))
}
