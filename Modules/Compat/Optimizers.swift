// Other libraries' functions under their own names and with their own conventions, for programs that are ported from
// them. It is not part of the umbrella `JAXnet`, so that these names are there only where they are asked for.

import Autodiff
import Optimizers
import Tensor

/// `jax.example_libraries.optimizers`: optimizers as triples of functions, which are told the number of the step.
///
///     let opt = optimizers.momentum(0.01, mass: 0.9)
///     var state = opt.initialize(params)
///     for i in 0..<100 { state = opt.update(i, grad(loss)(opt.getParams(state), batch), state) }
public enum optimizers {
  /// What JAX gives as `(init_fun, update_fun, get_params)`.
  public struct Optimizer: Sendable {
    private let optimizer: Optimizers.Optimizer

    fileprivate init(_ optimizer: Optimizers.Optimizer) { self.optimizer = optimizer }

    /// `init_fun`: the state before the first update.
    public func initialize<P: Tree>(_ params: P) -> OptimizerState<P> { optimizer.initialize(params) }

    /// `update_fun`: the state after update number `i`, counted from 0, by gradients.
    public func update<P: Tree>(_ i: Int, _ gradients: P, _ state: OptimizerState<P>) -> OptimizerState<P> {
      update(Tensor(i), gradients, state)
    }

    /// `update_fun` with the number of the step as an integer scalar, which may be traced.
    public func update<P: Tree>(_ i: Tensor, _ gradients: P, _ state: OptimizerState<P>) -> OptimizerState<P> {
      optimizer.update(from: gradients, state.at(step: i.asType(.int32)))
    }

    /// `get_params`: the parameters of a state.
    public func getParams<P: Tree>(_ state: OptimizerState<P>) -> P { optimizer.params(of: state) }
  }

  /// `sgd(step_size)`.
  public static func sgd(_ stepSize: some LearningRate) -> Optimizer { Optimizer(SGD(stepSize)) }
  /// `momentum(step_size, mass)`.
  public static func momentum(_ stepSize: some LearningRate, mass: Double) -> Optimizer {
    Optimizer(Momentum(stepSize, mass: mass))
  }
  /// `nesterov(step_size, mass)`.
  public static func nesterov(_ stepSize: some LearningRate, mass: Double) -> Optimizer {
    Optimizer(Nesterov(stepSize, mass: mass))
  }
  /// `adagrad(step_size, momentum)`.
  public static func adagrad(_ stepSize: some LearningRate, momentum: Double = 0.9) -> Optimizer {
    Optimizer(Adagrad(stepSize, momentum: momentum))
  }
  /// `rmsprop(step_size, gamma, eps)`.
  public static func rmsprop(_ stepSize: some LearningRate, gamma: Double = 0.9, eps: Double = 1e-8) -> Optimizer {
    Optimizer(RMSProp(stepSize, decay: gamma, epsilon: eps))
  }
  /// `rmsprop_momentum(step_size, gamma, eps, momentum)`.
  public static func rmspropMomentum(
    _ stepSize: some LearningRate, gamma: Double = 0.9, eps: Double = 1e-8, momentum: Double = 0.9
  ) -> Optimizer {
    Optimizer(RMSProp(stepSize, decay: gamma, epsilon: eps, momentum: momentum))
  }
  /// `adam(step_size, b1, b2, eps)`.
  public static func adam(
    _ stepSize: some LearningRate, b1: Double = 0.9, b2: Double = 0.999, eps: Double = 1e-8
  ) -> Optimizer {
    Optimizer(Adam(stepSize, b1: b1, b2: b2, epsilon: eps))
  }
  /// `adamax(step_size, b1, b2, eps)`.
  public static func adamax(
    _ stepSize: some LearningRate, b1: Double = 0.9, b2: Double = 0.999, eps: Double = 1e-8
  ) -> Optimizer {
    Optimizer(AdaMax(stepSize, b1: b1, b2: b2, epsilon: eps))
  }
  /// `sm3(step_size, momentum)`.
  public static func sm3(_ stepSize: some LearningRate, momentum: Double = 0.9) -> Optimizer {
    Optimizer(SM3(stepSize, momentum: momentum))
  }

  /// `l2_norm(tree)`.
  public static func l2Norm(_ tree: some Tree) -> Tensor { globalNorm(tree) }
  /// `clip_grads(grad_tree, max_norm)`.
  public static func clipGrads<P: Tree>(_ gradients: P, _ maxNorm: Double) -> P { clipped(gradients, toNorm: maxNorm) }
}
