// Other libraries' functions under their own names and with their own conventions, for programs that are ported from
// them. It is not part of the umbrella `JAXnet`, so that these names are there only where they are asked for.

import Autodiff
import Optimizers
import Tensor

/// `jax.example_libraries.optimizers`: optimizers as triples of functions, which are told the number of the step.
///
///     let (optInit, optUpdate, getParams) = optimizers.momentum(0.01, mass: 0.9)
///     var state = optInit(params)
///     for i in 0..<100 { state = optUpdate(i, grad(loss)(getParams(state), batch), state) }
///
/// The parameters are any tree: a `PyTree` of stax, `Params`, or a type of yours. A step size is a number or a schedule.
public enum optimizers {
  /// What an optimizer is: a function that makes the state, one that updates it, and one that takes the parameters out.
  public typealias Optimizer = (initFun: InitFun, updateFun: UpdateFun, paramsFun: ParamsFun)

  /// `init_fun`: from the parameters, the state before the first update.
  public struct InitFun: Sendable {
    fileprivate let optimizer: Optimizers.Optimizer

    /// The state before the first update.
    public func callAsFunction<P: Tree>(_ params: P) -> OptimizerState<P> { optimizer.initialize(params) }
  }

  /// `update_fun`: from the number of the step, gradients and a state, the state after the update.
  public struct UpdateFun: Sendable {
    fileprivate let optimizer: Optimizers.Optimizer

    /// The state after update number `i`, counted from 0. Gradients of another structure than the parameters stop the program.
    public func callAsFunction<P: Tree>(_ i: Int, _ gradients: P, _ state: OptimizerState<P>) -> OptimizerState<P> {
      self(Tensor(i), gradients, state)
    }

    /// The state after an update whose number is an integer scalar, which may be traced.
    public func callAsFunction<P: Tree>(_ i: Tensor, _ gradients: P, _ state: OptimizerState<P>) -> OptimizerState<P> {
      optimizer.update(from: gradients, state.at(step: i.asType(.int32)))
    }
  }

  /// `params_fun`, usually called `get_params`: the parameters of a state.
  public struct ParamsFun: Sendable {
    fileprivate let optimizer: Optimizers.Optimizer

    /// The parameters of a state.
    public func callAsFunction<P: Tree>(_ state: OptimizerState<P>) -> P { optimizer.params(of: state) }
  }

  private static func triple(_ optimizer: Optimizers.Optimizer) -> Optimizer {
    (InitFun(optimizer: optimizer), UpdateFun(optimizer: optimizer), ParamsFun(optimizer: optimizer))
  }

  /// `sgd(step_size)`.
  public static func sgd(_ stepSize: some LearningRate) -> Optimizer { triple(SGD(stepSize)) }
  /// `momentum(step_size, mass)`.
  public static func momentum(_ stepSize: some LearningRate, mass: Double) -> Optimizer {
    triple(Momentum(stepSize, mass: mass))
  }
  /// `nesterov(step_size, mass)`.
  public static func nesterov(_ stepSize: some LearningRate, mass: Double) -> Optimizer {
    triple(Nesterov(stepSize, mass: mass))
  }
  /// `adagrad(step_size, momentum)`.
  public static func adagrad(_ stepSize: some LearningRate, momentum: Double = 0.9) -> Optimizer {
    triple(Adagrad(stepSize, momentum: momentum))
  }
  /// `rmsprop(step_size, gamma, eps)`.
  public static func rmsprop(_ stepSize: some LearningRate, gamma: Double = 0.9, eps: Double = 1e-8) -> Optimizer {
    triple(RMSProp(stepSize, decay: gamma, epsilon: eps))
  }
  /// `rmsprop_momentum(step_size, gamma, eps, momentum)`.
  public static func rmspropMomentum(
    _ stepSize: some LearningRate, gamma: Double = 0.9, eps: Double = 1e-8, momentum: Double = 0.9
  ) -> Optimizer {
    triple(RMSProp(stepSize, decay: gamma, epsilon: eps, momentum: momentum))
  }
  /// `adam(step_size, b1, b2, eps)`.
  public static func adam(
    _ stepSize: some LearningRate, b1: Double = 0.9, b2: Double = 0.999, eps: Double = 1e-8
  ) -> Optimizer {
    triple(Adam(stepSize, b1: b1, b2: b2, epsilon: eps))
  }
  /// `adamax(step_size, b1, b2, eps)`.
  public static func adamax(
    _ stepSize: some LearningRate, b1: Double = 0.9, b2: Double = 0.999, eps: Double = 1e-8
  ) -> Optimizer {
    triple(AdaMax(stepSize, b1: b1, b2: b2, epsilon: eps))
  }
  /// `sm3(step_size, momentum)`.
  public static func sm3(_ stepSize: some LearningRate, momentum: Double = 0.9) -> Optimizer {
    triple(SM3(stepSize, momentum: momentum))
  }

  // MARK: Schedules

  /// `constant(step_size)`: the same step size for each step.
  public static func constant(_ stepSize: Double) -> Schedule { .constant(stepSize) }

  /// `exponential_decay(step_size, decay_steps, decay_rate)`: stepSize · decayRate^(i / decaySteps).
  public static func exponentialDecay(_ stepSize: Double, _ decaySteps: Int, _ decayRate: Double) -> Schedule {
    .exponentialDecay(stepSize, steps: decaySteps, factor: decayRate)
  }

  /// `inverse_time_decay(step_size, decay_steps, decay_rate, staircase)`: stepSize / (1 + decayRate · i / decaySteps), the quotient
  /// rounded down for a staircase.
  public static func inverseTimeDecay(
    _ stepSize: Double, _ decaySteps: Int, _ decayRate: Double, staircase: Bool = false
  ) -> Schedule {
    .inverseTimeDecay(stepSize, steps: decaySteps, decay: decayRate, isStaircase: staircase)
  }

  /// `polynomial_decay(step_size, decay_steps, final_step_size, power)`: from one step size to the other over `decaySteps` steps.
  public static func polynomialDecay(
    _ stepSize: Double, _ decaySteps: Int, _ finalStepSize: Double, power: Double = 1
  ) -> Schedule {
    .polynomialDecay(stepSize, to: finalStepSize, steps: decaySteps, power: power)
  }

  /// `piecewise_constant(boundaries, values)`: values[0] up to and including step boundaries[0], and so on. Other than one value
  /// more than boundaries stops the program.
  public static func piecewiseConstant(_ boundaries: [Int], _ values: [Double]) -> Schedule {
    .piecewiseConstant(boundaries: boundaries, values: values)
  }

  /// `make_schedule(scalar_or_schedule)`: a number as the schedule that is constant, a schedule as it is.
  public static func makeSchedule(_ stepSize: some LearningRate) -> Schedule { stepSize.schedule }

  /// `make_schedule(callable)`: a function of the step, a `float32` scalar, as a schedule.
  public static func makeSchedule(_ function: @escaping @Sendable (_ i: Tensor) -> Tensor) -> Schedule {
    Schedule(function)
  }

  // MARK: Gradients

  /// `l2_norm(tree)`.
  public static func l2Norm(_ tree: some Tree) -> Tensor { globalNorm(tree) }
  /// `clip_grads(grad_tree, max_norm)`.
  public static func clipGrads<P: Tree>(_ gradients: P, _ maxNorm: Double) -> P { clipped(gradients, toNorm: maxNorm) }
}
