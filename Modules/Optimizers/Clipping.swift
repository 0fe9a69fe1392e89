import Autodiff
import Tensor

/// The length of all tensors of a tree together as one vector: the root of the sum of all squares, a scalar.
public func globalNorm(_ tree: some Tree) -> Tensor { norm(tree.leaves) }

/// A tree of gradients, made shorter if they are longer than `largest` together; `optimizers.clip_grads`.
public func clipped<Gradients: Tree>(_ gradients: Gradients, toNorm largest: Double) -> Gradients {
  gradients.replacingLeaves(with: clip(gradients.leaves, toNorm: largest))
}

private func norm(_ tensors: [Tensor]) -> Tensor {
  sqrt(tensors.reduce(0) { $0 + sum(square($1)) })
}

private func clip(_ tensors: [Tensor], toNorm largest: Double) -> [Tensor] {
  let norm = norm(tensors)
  return tensors.map { select(norm .< largest, $0, $0 * (largest / norm)).asType($0.dtype) }
}

extension Optimizer {
  /// The same optimizer for gradients that are made shorter if they are longer than `largest` together.
  ///
  /// Source: Pascanu et al., "On the difficulty of training recurrent neural networks".
  public func clippingGradients(toNorm largest: Double) -> Optimizer {
    transformingGradients { clip($0, toNorm: largest) }
  }

  /// The same optimizer for gradients whose elements are bounded by -`largest` and `largest`.
  public func clippingGradients(toValue largest: Double) -> Optimizer {
    transformingGradients { gradients in
      gradients.map { maximum(minimum($0, Tensor(floatLiteral: largest)), Tensor(floatLiteral: -largest)) }
    }
  }
}
