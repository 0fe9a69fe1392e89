import Foundation
import Tensor

/// A learning rate: a number, or a schedule that gives one for each step.
public protocol LearningRate: Sendable {
  /// The rate as a schedule.
  var schedule: Schedule { get }
}

extension Double: LearningRate {
  /// The same rate for each step.
  public var schedule: Schedule { .constant(self) }
}

extension Int: LearningRate {
  /// The same rate for each step.
  public var schedule: Schedule { .constant(Double(self)) }
}

/// A number for each step of training, such as a learning rate.
///
///     Adam(.exponentialDecay(1e-3, steps: 1000, factor: 0.9))
///     let mine = Schedule { step in 0.1 / sqrt(step + 1) }
public struct Schedule: LearningRate {
  private let function: @Sendable (Tensor) -> Tensor

  /// A schedule of your own: a function of the step, a `float32` scalar that counts from 0, with a scalar as its
  /// result.
  public init(_ function: @escaping @Sendable (_ step: Tensor) -> Tensor) { self.function = function }

  /// The schedule itself.
  public var schedule: Schedule { self }

  /// The number for a step, an integer scalar that counts from 0 and may be traced.
  public func callAsFunction(_ step: Tensor) -> Tensor {
    let value = function(step.asFloating)
    if value.rank != 0 { fail("Schedule", [value.type], "a schedule must give a scalar") }
    return value
  }

  /// The number for a step.
  public func callAsFunction(_ step: Int) -> Tensor { self(Tensor(step)) }
}

// The functions are on the protocol, so that `Adam(.exponentialDecay(…))` finds them. Those without another source are
// in `jax.example_libraries.optimizers`.
extension LearningRate where Self == Schedule {
  /// The same number for each step.
  public static func constant(_ rate: Double) -> Schedule { Schedule { _ in Tensor(floatLiteral: rate) } }

  /// rate · factor^(step / steps): times `factor` every `steps` steps.
  public static func exponentialDecay(_ rate: Double, steps: Int, factor: Double) -> Schedule {
    let exponent = log(factor) / Double(steps)
    return Schedule { step in exp(step * exponent) * rate }
  }

  /// rate / (1 + decay · step / steps).
  ///
  /// - Parameter isStaircase: whether the fraction is rounded down, so that the rate changes every `steps` steps.
  public static func inverseTimeDecay(
    _ rate: Double, steps: Int, decay: Double, isStaircase: Bool = false
  ) -> Schedule {
    Schedule { step in
      let time = step / Double(steps)
      return rate / ((isStaircase ? floor(time) : time) * decay + 1)
    }
  }

  /// (rate - final) · (1 - step / steps)^power + final until `steps`, then `final`.
  public static func polynomialDecay(_ rate: Double, to final: Double, steps: Int, power: Double = 1) -> Schedule {
    Schedule { step in
      let rest = 1 - minimum(step, Tensor(floatLiteral: Double(steps))) / Double(steps)
      return (power == 1 ? rest : pow(rest, Tensor(floatLiteral: power))) * (rate - final) + final
    }
  }

  /// From one number to another in a straight line over `steps` steps, then the other; `optax.linear_schedule`.
  public static func linear(from start: Double, to final: Double, steps: Int) -> Schedule {
    polynomialDecay(start, to: final, steps: steps)
  }

  /// `values[0]` up to and including step `boundaries[0]`, `values[1]` up to and including `boundaries[1]`, and so on.
  ///
  /// There is one value more than there are boundaries; another number stops the program.
  public static func piecewiseConstant(boundaries: [Int], values: [Double]) -> Schedule {
    if values.count != boundaries.count + 1 {
      fail(
        "piecewiseConstant", [],
        "\(boundaries.count) boundaries need \(boundaries.count + 1) values, not \(values.count)")
    }
    return Schedule { step in
      zip(boundaries, values.dropFirst()).reduce(Tensor(floatLiteral: values[0])) { rate, next in
        select(step .> Double(next.0), Tensor(floatLiteral: next.1), rate)
      }
    }
  }

  /// rate · ((1 - final) · (½ + ½ cos(π · step / steps))^exponent + final) until `steps`, then rate · final.
  ///
  /// - Parameter final: the share of the rate that is left at the end.
  ///
  /// Source: Loshchilov & Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts";
  /// `optax.cosine_decay_schedule`.
  public static func cosineDecay(_ rate: Double, steps: Int, final: Double = 0, exponent: Double = 1) -> Schedule {
    Schedule { step in
      let angle = minimum(step, Tensor(floatLiteral: Double(steps))) * (Double.pi / Double(steps))
      let wave = (cos(angle) + 1) * 0.5
      return ((exponent == 1 ? wave : pow(wave, Tensor(floatLiteral: exponent))) * (1 - final) + final) * rate
    }
  }
}

extension Schedule {
  /// This schedule after a start in a straight line from `start` to this schedule's first number, over `steps` steps.
  public func warmedUp(from start: Double = 0, steps: Int) -> Schedule {
    let line = Schedule { [self] step in (self(0) - start) * minimum(step / Double(steps), 1) + start }
    return line.followed(by: self, at: steps)
  }

  /// This schedule before a step, and from there on another one, whose steps count from 0 there.
  public func followed(by next: Schedule, at boundary: Int) -> Schedule {
    let (first, second) = (function, next.function)
    return Schedule { step in select(step .< Double(boundary), first(step), second(step - Double(boundary))) }
  }
}
