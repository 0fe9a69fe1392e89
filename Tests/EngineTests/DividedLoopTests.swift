import Autodiff
import Tensor
import TestSupport
import Testing

/// Loops that are done for some rows of the carry after the other.
@Suite("Loops in parts") struct DividedLoopTests {
  typealias Body = @Sendable (_ h: Tensor, _ x: Tensor, _ w: Tensor, _ all: Tensor) -> (Tensor, Tensor)

  private static func noise(_ shape: [Int], _ factor: Double, _ dtype: DType) -> Tensor {
    sin(arange(shape.reduce(1, *), dtype: .float64) * Tensor(factor, dtype: .float64)).reshaped(to: shape).asType(dtype)
  }

  /// What a loop over 7 slices gives, performed equation by equation and compiled, with 1 to 3 threads; the parts that the plan
  /// tells, or 1.
  private func compare(rows: Int, reversed: Bool = false, dtype: DType = .float64, _ body: @escaping Body) -> Int {
    let size = 64
    let inputs = [
      Self.noise([rows, size], 0.37, dtype), Self.noise([7, rows, size], 0.11, dtype),
      Self.noise([size, size], 0.23, dtype) / 8, Self.noise([rows, size], 0.71, dtype),
    ]
    let loop = { (inputs: [Tensor]) in
      let last = scan(inputs[0], inputs[1], reversed: reversed) { h, x in body(h, x, inputs[2], inputs[3]) }
      return [last.carry, last.ys]
    }
    let expected = makeGraph(loop)(inputs).perform(inputs)
    let compiled = jit(loop)
    for threads in 1...3 {
      for (result, expected) in zip(withThreads(threads) { compiled(inputs) }, expected) {
        let bound = dtype == .float64 ? 1e-13 : 1e-5
        expectClose(result, expected, relative: bound, absolute: bound)
      }
    }
    let bits = (1...3).map { threads in
      withThreads(threads) { compiled(inputs).map { $0.asType(.float64).array(of: Double.self) } }
    }
    #expect(bits.allSatisfy { $0 == bits[0] })
    let text = compile(loop)(inputs).description
    return (2...8).first { text.contains("in \($0) parts") } ?? 1
  }

  @Test("are those in which rows do not depend on each other", arguments: [DType.float64, .float32])
  func cells(dtype: DType) {
    let cell: Body = { h, x, w, all in
      let both = dot(concatenate([h, x], axis: 1), concatenate([w, w], axis: 0))
      let next = tanh(both + all) * 0.5 + dot(w, h.transposed()).transposed() * 0.1
      let scaled = next / (1 + sum(square(next), axis: 1, keepDims: true))
      return (scaled, scaled[..., 8..<24])
    }
    #expect(compare(rows: 8, dtype: dtype, cell) == 2)
    #expect(compare(rows: 10, reversed: true, dtype: dtype, cell) == 2)
    #expect(compare(rows: 64, dtype: dtype, cell) == 8)
  }

  @Test("are not those with few or oddly many rows")
  func rows() {
    let cell: Body = { h, x, w, _ in
      let next = tanh(dot(h, w) + x)
      return (next, next)
    }
    #expect(compare(rows: 9, cell) == 1)
    #expect(compare(rows: 6, cell) == 1)
    #expect(compare(rows: 16, cell) == 2)
  }

  @Test("are not those in which rows depend on each other")
  func dependentRows() {
    let bodies: [Body] = [
      { h, x, w, _ in (tanh(dot(h, w) + x - mean(h, axis: 0)), x) },
      { h, x, w, _ in (tanh(dot(h, w) + x.reversed([0])), x) },
      { h, x, w, _ in (tanh(dot(h, w) + dot(dot(h, h.transposed()), x) / 64), x) },
      { h, x, w, _ in (tanh(dot(h, w) + concatenate([x[1...], x[..<1]], axis: 0)), x) },
      { h, x, w, _ in (tanh(dot(h, w) + cumulativeSum(x, axis: 0)), x) },
      { h, x, w, _ in (tanh(dot(h, w) + x), sum(h, axis: 0)) },
    ]
    for (index, body) in bodies.enumerated() { #expect(compare(rows: 8, body) == 1, "body \(index)") }
  }

  /// As many rows as columns: which dimension has the rows is a matter of the equations, not of sizes.
  @Test("know rows from columns of the same number")
  func squares() {
    #expect(
      compare(rows: 64) { h, x, w, all in (tanh(dot(h, w) + x.reversed([1]) * all), h) } == 8)
    #expect(compare(rows: 64) { h, x, w, _ in (tanh(dot(w, h) + x), h) } == 1)
    #expect(compare(rows: 64) { h, x, w, _ in (tanh(dot(h, w) + h.transposed()), x) } == 1)
  }

  @Test("have derivatives that are loops in parts")
  func derivatives() {
    let inputs = [
      Self.noise([8, 64], 0.3, .float64), Self.noise([5, 8, 64], 0.7, .float64),
      Self.noise([64, 64], 0.2, .float64) / 8,
    ]
    let loss = { (inputs: [Tensor]) in
      sum(square(scan(inputs[0], inputs[1]) { h, x in (tanh(dot(h, inputs[2]) + x), ()) }.carry))
    }
    let derivative = grad(loss)
    let expected = makeGraph(derivative)(inputs).perform(inputs)
    for (result, expected) in zip(jit(derivative)(inputs), expected) {
      expectClose(result, expected, relative: 1e-12, absolute: 1e-12)
    }
    let text = compile(derivative)(inputs).description
    #expect(text.components(separatedBy: "in 2 parts").count == 3, "\(text)")
  }

  /// A carry that takes turns between two places, and one that stays where it is.
  @Test("keep carries apart")
  func carries() {
    let inputs = [0.3, 0.7].map { Self.noise([8, 64], $0, .float64) } + [Self.noise([64, 64], 0.2, .float64) / 8]
    for length in [4, 5] {
      let loop = { (inputs: [Tensor]) in
        scan([inputs[0], inputs[1]], length: length) { (pair: [Tensor]) in
          ([tanh(dot(pair[1], inputs[2])), pair[0] + 0.5 * pair[1]], pair[0] - pair[1])
        }
      }
      let flat = { (inputs: [Tensor]) in
        let result = loop(inputs)
        return result.carry + [result.ys]
      }
      #expect(compile(flat)(inputs).description.contains("in 2 parts"))
      for (result, expected) in zip(jit(flat)(inputs), makeGraph(flat)(inputs).perform(inputs)) {
        expectClose(result, expected, relative: 1e-13, absolute: 1e-13)
      }
    }
  }
}
