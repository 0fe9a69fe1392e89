import Tensor
import TestSupport
import Testing

/// Formulas as programs write them. Each is one expression: that this file compiles, and quickly, is part of the test.
@Suite("Formulas")
struct FormulaTests {
  private let x = Tensor([1.0, 2, 4])
  private let y = Tensor([3.0, 6, 9])

  @Test("with literals")
  func literals() {
    expectEqual(x * 2 + y / 3 - 1, Tensor([2.0, 5, 10]))
    expectEqual(-mean(x * y) + 0.5 * sum(x * x), Tensor(-6.5, dtype: .float32))
    expectEqual(1 / (1 + square(x)) - 1 / (1 + x * x), zeros([3]))
    expectEqual((x - 1) * (y + 1) / 2 + 3 * -x - 4 * x * y + 3.5 - y * -2, Tensor([-5.5, -35, -119.5]))
    expectEqual(select((x .> 1.5) & (x .< 3) | (x .== 4), 1 - x * 2, x), Tensor([1.0, -3, -7]))
    expectEqual(maximum(0, x - 2) + minimum(x, 1.5) + pow(x, 2) + clip(x, min: 2, max: 3), Tensor([4.0, 7.5, 22.5]))
    expectClose(
      0.5 * x * (1 + tanh(0.7978845608 * (x + 0.044715 * x * x * x))), Tensor([0.8411920, 1.9545977, 3.9999297]),
      relative: 1e-6)
    let (a, b): (Tensor, Tensor) = (2 * 3 + 1, 0.5)
    expectEqual(a * b + x, Tensor([4.5, 5.5, 7.5]))
  }

  @Test("with numbers in variables")
  func variables() {
    let (rate, count, single) = (0.5, 2, Float(4))
    expectEqual(rate * x * rate, Tensor([0.25, 0.5, 1]))
    expectEqual(sum(x) / count + Tensor(count) * x - 2 * count * x / (count - 1), Tensor([1.5, -0.5, -4.5]))
    expectEqual((1 - rate) * x + rate * x / (1 - rate) - 2 * rate * x + x / (rate + 1.5), Tensor([1.0, 2, 4]))
    expectEqual(single * x - x / single + x * Double(count), Tensor([5.75, 11.5, 23]))
    expectEqual(select(x .> rate * 4, x * count, count - x) * (x .!= 1).asType(x.dtype), Tensor([0, 0, 8.0]))
  }

  @Test("of an optimizer's step")
  func optimizer() {
    let (beta1, beta2, epsilon, step) = (0.9, 0.999, 1e-8, 3)
    let gradient = x * 2
    let m = beta1 * x + (1 - beta1) * gradient
    let v = beta2 * y + (1 - beta2) * square(gradient)
    let result = x - 0.1 * (m / (1 - beta1)) / (sqrt(v / (1 - beta2)) + epsilon) * step
    expectClose(result, Tensor([0.9398, 1.9147, 3.8609]), relative: 1e-4)
  }

  @Test("of reductions and closures")
  func reductions() {
    let rows = stack([x, y])
    let normalized =
      (rows - mean(rows, axis: -1, keepDims: true)) / sqrt(variance(rows, axis: -1, keepDims: true) + 1e-5) * 2 + 1
    expectClose(mean(normalized, axis: 1), Tensor([1.0, 1]), relative: 1e-6)
    let total = [x, y].map { sum($0 * $0) }.reduce(0) { $0 + $1 }
    expectEqual(total, Tensor(147.0))
    expectEqual([x, y].map { 2 * $0 + 1 }.reduce(0, +) / 3, Tensor([10.0 / 3, 6, 28.0 / 3]))
    let divergence = -0.5 * sum(1 + x - square(y) - exp(x), axis: 0)
    #expect(Double(divergence) * 2 > 100)
  }
}
