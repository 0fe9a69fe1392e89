import CKernels
import Foundation
import Testing

/// One function: what it is exactly, where it is tried, and how far off it may be.
struct AccuracyRow: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var op: jn_unary_op
  var range: ClosedRange<Double>
  var ulp: Double
  var exact: @Sendable (Double) -> Double

  init(
    _ name: String, _ op: jn_unary_op, _ range: ClosedRange<Double>, _ ulp: Double,
    _ exact: @escaping @Sendable (Double) -> Double
  ) {
    (testDescription, self.op, self.range, self.ulp, self.exact) = (name, op, range, ulp, exact)
  }
}

private let everything = -Double(Float.greatestFiniteMagnitude)...Double(Float.greatestFiniteMagnitude)

private func logistic(_ x: Double) -> Double { x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)) }

/// XLA's formula, in double but for the square, which it rounds to float.
private func erfinvOfXLA(_ x: Double) -> Double {
  if abs(x) == 1 { return x * .infinity }
  if abs(x) > 1 { return .nan }
  let w = -log(1 - Double(Float(x) * Float(x)))
  let central = [
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164,
    0.246640727, 1.50140941,
  ]
  let tail = [
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
    1.00167406, 2.83297682,
  ]
  let t = w < 5 ? w - 2.5 : w.squareRoot() - 3
  return (w < 5 ? central : tail).reduce(0) { $0 * t + $1 } * x
}

extension KernelTests {
  @Suite struct Accuracy {
    static let functions: [AccuracyRow] = [
      .init("exp", JN_EXP, -110...90, 1, exp),
      .init("expm1", JN_EXPM1, -110...90, 2, expm1),
      .init("expm1 near 0", JN_EXPM1, -0.5...0.5, 2, expm1),
      // Rounded step by step as XLA does, so that random numbers agree with JAX's: 1.192 at worst, not below 1.
      .init("log", JN_LOG, 0...everything.upperBound, 1.2, log),
      .init("log near 1", JN_LOG, 0.5...2, 1.2, log),
      .init("log1p", JN_LOG1P, -1...everything.upperBound, 1.5, log1p),
      .init("log1p near 0", JN_LOG1P, -0.5...1, 1.5, log1p),
      .init("sqrt", JN_SQRT, 0...everything.upperBound, 0.5, sqrt),
      .init("rsqrt", JN_RSQRT, 0...everything.upperBound, 1.5) { 1 / $0.squareRoot() },
      .init("cbrt", JN_CBRT, everything, 1.5, cbrt),
      .init("sin", JN_SIN, -10...10, 1.5, sin),
      .init("sin of large angles", JN_SIN, everything, 1.5, sin),
      .init("cos", JN_COS, -10...10, 1.5, cos),
      .init("cos of large angles", JN_COS, everything, 1.5, cos),
      .init("tan", JN_TAN, -10...10, 2.5, tan),
      .init("tan of large angles", JN_TAN, everything, 2.5, tan),
      .init("asin", JN_ASIN, -1...1, 2.5, asin),
      .init("acos", JN_ACOS, -1...1, 1.5, acos),
      .init("atan", JN_ATAN, everything, 3, atan),
      .init("sinh", JN_SINH, -90...90, 2.5, sinh),
      .init("cosh", JN_COSH, -90...90, 2, cosh),
      .init("tanh", JN_TANH, -12...12, 2, tanh),
      .init("tanh near 0", JN_TANH, -0.7...0.7, 2, tanh),
      .init("asinh", JN_ASINH, everything, 2, asinh),
      .init("acosh", JN_ACOSH, 1...everything.upperBound, 2, acosh),
      .init("acosh near 1", JN_ACOSH, 1...3, 2, acosh),
      .init("atanh", JN_ATANH, -1...1, 2.5, atanh),
      .init("logistic", JN_LOGISTIC, -110...40, 2.5, logistic),
      .init("erf", JN_ERF, -5...5, 2, erf),
      .init("erfc", JN_ERFC, -5...11, 2.5, erfc),
      .init("erfinv by XLA's formula", JN_ERFINV, -1...1, 3, erfinvOfXLA),
      .init("lgamma", JN_LGAMMA, -30...1e4, 1, { lgamma($0) }),
      .init("floor", JN_FLOOR, -1e5...1e5, 0, { $0.rounded(.down) }),
      .init("ceil", JN_CEIL, -1e5...1e5, 0, { $0.rounded(.up) }),
      .init("round", JN_ROUND, -1e5...1e5, 0, { $0.rounded(.toNearestOrAwayFromZero) }),
      .init("round to even", JN_ROUND_EVEN, -1e5...1e5, 0, { $0.rounded(.toNearestOrEven) }),
      .init("neg", JN_NEG, everything, 0, { -$0 }),
      .init("abs", JN_ABS, everything, 0, { abs($0) }),
      .init("sign", JN_SIGN, everything, 0) { $0 == 0 || $0.isNaN ? $0 : $0 < 0 ? -1 : 1 },
    ]

    /// Where functions change their formula, overflow, or are special.
    static let special: [Float] =
      [
        0, .leastNonzeroMagnitude, 0x1p-133, .leastNormalMagnitude, 1e-30, 1e-10, 1e-7, 1e-4, 0.25, 0.45, 0.49999997,
        0.5,
        0.50000006, 0.625,
        0.70710677, 0.70710683, 0.92773, 0.99999994, 1, 1.0000001, 1.4142135, 1.5, 2, 2.4142137, 2.5, 3.5, 9, 10.5, 17,
        50, 87.33655, 88, 88.7228, 88.72284, 89.4, 89.5, 103.97, 104, 105, 1e4, 131072, 131073, 1048576, 8388607.5,
        8388608, 16777218, 1e10, 1e20, 1e38, 3.4028235e38, .infinity,
      ].flatMap { [$0, -$0] } + [.nan]

    /// The special values, then numbers spread evenly over the range, and evenly over the patterns of its floats.
    static func samples(_ range: ClosedRange<Double>) -> [Float] {
      var random = SplitMix64(state: 1)
      var result = special
      for _ in 0..<15000 { result.append(Float(Double.random(in: range, using: &random))) }
      while result.count < 30000 {
        let x = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
        if range.contains(Double(x)) { result.append(x) }
        let small = Float(range.upperBound) * x.significand / Float(1 << (random.next() % 20))
        if range.contains(Double(small)) { result.append(small) }
      }
      return result
    }

    @Test(arguments: InstructionSet.available, functions)
    func float32(isa: InstructionSet, row: AccuracyRow) {
      let x = Self.samples(row.range)
      let y = isa.use { unary(row.op, x) }
      let errors = zip(x, y).map { ulps($1, exact: row.exact(Double($0))) }
      let worst = errors.indices.max { errors[$0] < errors[$1] }!
      #expect(errors[worst] <= row.ulp, "\(row.testDescription)(\(x[worst])) gave \(y[worst])")
    }

    /// Against libm, which is within 1 ulp itself.
    @Test(arguments: InstructionSet.available, functions)
    func float64(isa: InstructionSet, row: AccuracyRow) {
      if row.op == JN_ERFINV { return }
      let x = Self.samples(row.range).map { Double($0) }
      let y = isa.use { unary(row.op, x) }
      let errors = zip(x, y).map { ulps($1, exact: row.exact($0)) }
      let worst = errors.indices.max { errors[$0] < errors[$1] }!
      #expect(errors[worst] <= 2.5, "\(row.testDescription)(\(x[worst])) gave \(y[worst])")
    }

    @Test(arguments: InstructionSet.available)
    func erfinvOfFloat64(isa: InstructionSet) {
      var random = SplitMix64(state: 2)
      let x = (0..<2000).map { _ in Double.random(in: -1...1, using: &random) } + [1 - 1e-9, 0.999999, 1e-300, -0.5]
      let y = isa.use { unary(JN_ERFINV, x) }
      for (x, y) in zip(x, y) {
        // The error of erf(y) allows for that of the inverse: erf'(y) is the condition.
        let slope = 2 / Double.pi.squareRoot() * exp(-y * y)
        #expect(abs(erf(y) - x) <= 1e-14 * abs(x) + 4e-15 * abs(y) * slope + 1e-16, "erfinv(\(x)) gave \(y)")
      }
      #expect(unary(JN_ERFINV, [1.0, -1.0, 0.0]) == [.infinity, -.infinity, 0])
    }

    /// Digits from Abramowitz and Stegun, table 6.1, and the functional equations.
    @Test(arguments: [
      (1, -0.577_215_664_901_532_9), (0.5, -1.963_510_026_021_423_5), (2, 0.422_784_335_098_467_1),
      (10, 2.251_752_589_066_721), (100, 4.600_161_852_738_087), (-0.5, 0.036_489_973_978_576_52),
      (1.5, 0.036_489_973_978_576_52), (-1.5, 0.703_156_640_645_243_2), (1e-3, -1000.575_571_931_810_3),
      (0, .nan), (-3, .nan), (.infinity, .infinity), (.nan, .nan),
    ])
    func digamma(x: Double, exact: Double) {
      #expect(ulps(unary(JN_DIGAMMA, [Float(x)])[0], exact: exact) <= (x == 1e-3 ? 4 : 1.5))
      let y = unary(JN_DIGAMMA, [x])[0]
      #expect(y == exact || abs(y - exact) <= 2e-15 * max(1, abs(exact)) || (y.isNaN && exact.isNaN))
    }

    // MARK: 16-bit floats

    static let sixteenBit = [JN_EXP, JN_LOG, JN_TANH, JN_SIN, JN_SQRT, JN_ERF, JN_NEG, JN_ROUND, JN_SIGN]

    @Test(arguments: InstructionSet.available, sixteenBit.map(\.rawValue))
    func sixteenBitsAreFloat32RoundedOnce(isa: InstructionSet, op: UInt32) {
      let op = jn_unary_op(rawValue: op), patterns = (0...UInt16.max).map { $0 }
      isa.use {
        let half = patterns.map { Float16(bitPattern: $0) }
        let exactHalf = unary(op, half.map { Float($0) }).map { Float16($0) }
        #expect(zip(unary(op, half), exactHalf).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
        let brain = patterns.map { BFloat16(bits: $0) }
        let exactBrain = unary(op, brain.map(\.value)).map { Narrow.bfloat16.round(Double($0)) }
        #expect(zip(unary(op, brain), exactBrain).allSatisfy { Double($0.value) == $1 || ($0.value.isNaN && $1.isNaN) })
      }
    }
  }
}
