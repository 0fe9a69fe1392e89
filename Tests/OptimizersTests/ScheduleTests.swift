import JAXnet
import TestSupport
import Testing

/// Schedules against those of `jax.example_libraries.optimizers` and optax.
@Suite struct ScheduleTests {
  static let schedules: [(name: String, schedule: Schedule)] = [
    ("constant", .constant(0.3)),
    ("exponentialDecay", .exponentialDecay(0.5, steps: 10, factor: 0.7)),
    ("inverseTimeDecay", .inverseTimeDecay(0.5, steps: 7, decay: 0.6)),
    ("inverseTimeDecay.staircase", .inverseTimeDecay(0.5, steps: 7, decay: 0.6, isStaircase: true)),
    ("polynomialDecay", .polynomialDecay(0.5, to: 0.1, steps: 25)),
    ("polynomialDecay.power2", .polynomialDecay(0.5, to: 0.1, steps: 25, power: 2)),
    ("piecewiseConstant", .piecewiseConstant(boundaries: [5, 12, 30], values: [1, 0.5, 0.25, 0.1])),
    ("optax.linear", Schedule.constant(0.1).followed(by: .linear(from: 0.1, to: 0.9, steps: 20), at: 5)),
    ("optax.cosineDecay", .cosineDecay(0.5, steps: 25, final: 0.1)),
    ("optax.cosineDecay.exponent", .cosineDecay(0.5, steps: 25, final: 0.1, exponent: 2)),
    ("optax.warmupCosineDecay", Schedule.cosineDecay(1, steps: 24, final: 0.1).warmedUp(steps: 8)),
    ("optax.warmupConstant", Schedule.constant(1).warmedUp(from: 0.1, steps: 8)),
    ("optax.warmupExponentialDecay", Schedule.exponentialDecay(1, steps: 6, factor: 0.5).warmedUp(steps: 8)),
    ("optax.join", Schedule.linear(from: 0, to: 1, steps: 6).followed(by: .constant(0.5), at: 10)),
  ]

  @Test(arguments: schedules)
  func valuesAreThoseOfJAX(row: (name: String, schedule: Schedule)) {
    let golden = Golden("optimizers")("schedule.\(row.name)")
    for (index, step) in golden["steps"].array(of: Int.self).enumerated() {
      let expected = golden["out"][index]
      expectClose(row.schedule(step), expected, relative: 1e-5, absolute: 1e-7, "\(row.name), step \(step)")
      let traced = jit { (step: Tensor) in row.schedule(step) }(Tensor(step))
      expectClose(traced, expected, relative: 1e-5, absolute: 1e-7, "\(row.name), traced step \(step)")
    }
  }

  @Test func anOptimizerFollowsItsSchedule() {
    let optimizer = SGD(Schedule { step in 1 / (step + 1) })
    var state = optimizer.initialize([ones([2])])
    for step in 0..<3 {
      let before = optimizer.params(of: state)[0]
      state = optimizer.update(from: [ones([2])], state)
      expectClose(before - optimizer.params(of: state)[0], full([2], 1 / Double(step + 1)), relative: 1e-6)
    }
  }
}
