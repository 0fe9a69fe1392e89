import CKernels
import Foundation
import Testing

/// An array of outer x size x inner elements.
struct Blocks: CustomTestStringConvertible, Sendable {
  var outer: Int
  var size: Int
  var inner: Int
  var count: Int { outer * size * inner }
  var testDescription: String { "\(outer) x \(size) x \(inner)" }

  init(_ outer: Int, _ size: Int, _ inner: Int) { (self.outer, self.size, self.inner) = (outer, size, inner) }

  /// The elements along the axis for each (o, i), in the order of the result.
  func lines<T>(_ a: [T]) -> [[T]] {
    (0..<outer).flatMap { o in
      (0..<inner).map { i in (0..<size).map { k in a[(o * size + k) * inner + i] } }
    }
  }

  /// The array whose lines these are.
  func array<T>(_ lines: [[T]]) -> [T] {
    (0..<outer).flatMap { o in (0..<size).flatMap { k in (0..<inner).map { i in lines[o * inner + i][k] } } }
  }

  /// One for each way that a reduction is made.
  static let all = [
    Blocks(1, 1, 1), Blocks(1, 7, 1), Blocks(3, 70, 1), Blocks(5, 1000, 1), Blocks(2, 150_000, 1), Blocks(40, 9, 1),
    Blocks(100, 4, 4), Blocks(17, 3, 5), Blocks(3, 2, 7), Blocks(2, 100, 3), Blocks(1, 40_000, 3), Blocks(3, 5, 100),
    Blocks(2, 600, 129), Blocks(1, 9, 2500), Blocks(1, 1300, 40),
  ]
}

extension KernelTests {
  @Suite struct Reduction {
    // MARK: Values

    func random<T: FixedWidthInteger>(_ blocks: Blocks, _: T.Type) -> [T] {
      var random = SplitMix64(state: 7)
      return (0..<blocks.count).map { _ in T(truncatingIfNeeded: random.next()) }
    }

    func checkIntegers<T: FixedWidthInteger & Element>(_ type: T.Type, _ blocks: Blocks) {
      let a = random(blocks, type), lines = blocks.lines(a)
      let rows: [(jn_reduce_op, (T, T) -> T)] = [
        (JN_REDUCE_SUM, { $0 &+ $1 }), (JN_REDUCE_PROD, { $0 &* $1 }), (JN_REDUCE_MAX, max), (JN_REDUCE_MIN, min),
        (JN_REDUCE_AND, { $0 & $1 }), (JN_REDUCE_OR, { $0 | $1 }),
      ]
      for (op, combine) in rows {
        let expected = lines.map { $0.dropFirst().reduce($0[0], combine) }
        let got = reduce(op, a, outer: blocks.outer, size: blocks.size, inner: blocks.inner, zero: 0)
        #expect(got == expected, "\(T.self), operation \(op.rawValue)")
      }
    }

    @Test(arguments: InstructionSet.available, Blocks.all)
    func integers(isa: InstructionSet, blocks: Blocks) {
      isa.use {
        checkIntegers(Int8.self, blocks)
        checkIntegers(UInt16.self, blocks)
        checkIntegers(Int32.self, blocks)
        checkIntegers(UInt32.self, blocks)
        checkIntegers(Int64.self, blocks)
      }
    }

    /// Sums against sums in double, products against sums of logarithms.
    func checkFloats<T: Element>(_ a: [T], value: (T) -> Double, ulp: Double, zero: T, _ blocks: Blocks) {
      let lines = blocks.lines(a.map(value))
      func result(_ op: jn_reduce_op) -> [Double] {
        reduce(op, a, outer: blocks.outer, size: blocks.size, inner: blocks.inner, zero: zero).map(value)
      }
      for (got, line) in zip(result(JN_REDUCE_SUM), lines) {
        let sum = line.reduce(0, +), scale = line.reduce(0) { $0 + abs($1) }
        #expect(abs(got - sum) <= ulp * abs(sum) + 4e-7 * scale)
      }
      for (got, line) in zip(result(JN_REDUCE_PROD), lines) {
        let product = line.reduce(1, *)
        #expect(abs(got - product) <= (ulp + 1e-7 * Double(line.count)) * abs(product) + 1e-30)
      }
      #expect(result(JN_REDUCE_MAX) == lines.map { $0.max()! })
      #expect(result(JN_REDUCE_MIN) == lines.map { $0.min()! })
    }

    @Test(arguments: InstructionSet.available, Blocks.all)
    func floats(isa: InstructionSet, blocks: Blocks) {
      var random = SplitMix64(state: 8)
      // Near 1 or -1, so that products of many neither vanish nor overflow.
      let spread = 0.5 / Double(blocks.size)
      let a = (0..<blocks.count).map { _ in
        (Bool.random(using: &random) ? 1 : -1) * Double.random(in: (1 - spread)...(1 + spread), using: &random)
      }
      isa.use {
        checkFloats(a, value: { $0 }, ulp: 1e-14, zero: 0, blocks)
        checkFloats(a.map { Float($0) }, value: { Double($0) }, ulp: 1e-6, zero: 0, blocks)
        checkFloats(a.map { Float16($0) }, value: { Double($0) }, ulp: 5e-4, zero: 0, blocks)
        let brain = a.map { BFloat16(bits: UInt16(Float(Narrow.bfloat16.round($0)).bitPattern >> 16)) }
        checkFloats(brain, value: { Double($0.value) }, ulp: 4e-3, zero: BFloat16(bits: 0), blocks)
      }
    }

    @Test(arguments: InstructionSet.available)
    func longSumsAreAccurate(isa: InstructionSet) {
      let n = 1 << 22, a = [Float](repeating: 0.1, count: n)
      let exact = Double(Float(0.1)) * Double(n)
      isa.use {
        for blocks in [Blocks(1, n, 1), Blocks(1, n / 4, 4)] {
          let sum = reduce(JN_REDUCE_SUM, a, outer: 1, size: blocks.size, inner: blocks.inner, zero: 0)
          #expect(
            sum.allSatisfy { abs(Double($0) - exact / Double(blocks.inner)) <= 1e-6 * exact / Double(blocks.inner) })
        }
      }
    }

    @Test(arguments: InstructionSet.available, Blocks.all)
    func nanAndZeros(isa: InstructionSet, blocks: Blocks) {
      isa.use {
        for place in Set([0, blocks.count / 2, blocks.count - 1]) {
          var a = (0..<blocks.count).map { Float($0 % 50) }
          a[place] = .nan
          let hasNaN = blocks.lines(a).map { $0.contains { $0.isNaN } }
          for op in [JN_REDUCE_MAX, JN_REDUCE_MIN, JN_REDUCE_SUM] {
            let got = reduce(op, a, outer: blocks.outer, size: blocks.size, inner: blocks.inner, zero: 0)
            #expect(got.map(\.isNaN) == hasNaN)
          }
          var zeros = [Double](repeating: -0.0, count: blocks.count)
          zeros[place] = 0
          let positive = blocks.lines(zeros).map { $0.contains { $0.sign == .plus } }
          let max = reduce(JN_REDUCE_MAX, zeros, outer: blocks.outer, size: blocks.size, inner: blocks.inner, zero: 1)
          #expect(max.map { $0.sign == .plus } == positive)
          let min = reduce(
            JN_REDUCE_MIN, zeros.map { -$0 }, outer: blocks.outer, size: blocks.size, inner: blocks.inner, zero: 1)
          #expect(min.map { $0.sign == .minus } == positive)
        }
      }
    }

    @Test func emptyReductionsGiveTheIdentity() {
      func identity<T: Element>(_ op: jn_reduce_op, zero: T) -> T {
        let got = reduce(op, [T](), outer: 2, size: 0, inner: 3, zero: zero)
        #expect(got.allSatisfy { $0 == got[0] })
        return got[0]
      }
      #expect(identity(JN_REDUCE_SUM, zero: Float(9)) == 0 && identity(JN_REDUCE_PROD, zero: Float(9)) == 1)
      #expect(identity(JN_REDUCE_MAX, zero: Float(9)) == -.infinity && identity(JN_REDUCE_MIN, zero: 9.0) == .infinity)
      #expect(
        identity(JN_REDUCE_PROD, zero: Float16(9)) == 1 && identity(JN_REDUCE_MAX, zero: Float16(9)) == -.infinity)
      #expect(identity(JN_REDUCE_MAX, zero: Int8(9)) == -128 && identity(JN_REDUCE_MIN, zero: Int64(9)) == .max)
      #expect(identity(JN_REDUCE_MAX, zero: UInt32(9)) == 0 && identity(JN_REDUCE_MIN, zero: UInt16(9)) == .max)
      #expect(identity(JN_REDUCE_AND, zero: Int32(9)) == -1 && identity(JN_REDUCE_OR, zero: Int32(9)) == 0)
      #expect(identity(JN_REDUCE_PROD, zero: BFloat16(bits: 9)).value == 1)
      let bool: [(jn_reduce_op, UInt8)] = [
        (JN_REDUCE_AND, 1), (JN_REDUCE_OR, 0), (JN_REDUCE_SUM, 0), (JN_REDUCE_PROD, 1), (JN_REDUCE_MAX, 0),
        (JN_REDUCE_MIN, 1),
      ]
      for (op, expected) in bool {
        var out: [UInt8] = [9]
        jn_reduce(op, JN_BOOL, &out, [UInt8](), 1, 0, 1)
        #expect(out == [expected])
      }
      var none: [Float] = [9]
      jn_reduce(JN_REDUCE_SUM, JN_FLOAT32, &none, [Float](), 0, 5, 1)
      #expect(none == [9])
    }

    @Test(arguments: InstructionSet.available)
    func bool(isa: InstructionSet) {
      let blocks = Blocks(3, 100, 1)
      var a = [UInt8](repeating: 0, count: 300)
      for i in 100..<200 { a[i] = 1 }
      a[250] = 1
      isa.use {
        for (op, expected) in [
          (JN_REDUCE_SUM, [0, 1, 1]), (JN_REDUCE_OR, [0, 1, 1]), (JN_REDUCE_MAX, [0, 1, 1]),
          (JN_REDUCE_PROD, [0, 1, 0]),
          (JN_REDUCE_AND, [0, 1, 0]), (JN_REDUCE_MIN, [0, 1, 0]),
        ] as [(jn_reduce_op, [UInt8])] {
          var out = [UInt8](repeating: 9, count: 3)
          jn_reduce(op, JN_BOOL, &out, a, blocks.outer, blocks.size, blocks.inner)
          #expect(out == expected)
        }
      }
    }

    /// A sum is bracketed alike by every instruction set.
    @Test(arguments: Blocks.all)
    func sumsAreTheSameOnEveryInstructionSet(blocks: Blocks) {
      var random = SplitMix64(state: 9)
      let a = (0..<blocks.count).map { _ in Float.random(in: -1...1, using: &random) }
      let sums = InstructionSet.available.map { isa in
        isa.use { reduce(JN_REDUCE_SUM, a, outer: blocks.outer, size: blocks.size, inner: blocks.inner, zero: 0) }
      }
      #expect(sums.allSatisfy { bits($0) == bits(sums[0]) })
    }

    // MARK: Places

    func place<T: Comparable>(_ line: [T], largest: Bool, isNaN: (T) -> Bool) -> Int {
      if let nan = line.firstIndex(where: isNaN) { return nan }
      let best = largest ? line.max()! : line.min()!
      return line.firstIndex(of: best)!
    }

    func checkPlaces<T: Element & Comparable>(_ a: [T], _ blocks: Blocks, isNaN: (T) -> Bool = { _ in false }) {
      for largest in [true, false] {
        let expected = blocks.lines(a).map { place($0, largest: largest, isNaN: isNaN) }
        var wide = [Int64](repeating: -1, count: expected.count), narrow = [Int32](repeating: -1, count: expected.count)
        jn_arg_reduce(largest, T.dtype, JN_INT64, &wide, a, blocks.outer, blocks.size, blocks.inner)
        jn_arg_reduce(largest, T.dtype, JN_INT32, &narrow, a, blocks.outer, blocks.size, blocks.inner)
        #expect(wide == expected.map { Int64($0) })
        #expect(narrow == expected.map { Int32($0) })
      }
    }

    @Test(arguments: InstructionSet.available, Blocks.all)
    func argReduce(isa: InstructionSet, blocks: Blocks) {
      isa.use {
        let few = random(blocks, UInt8.self).map { $0 % 40 }
        checkPlaces(few, blocks)
        checkPlaces(few.map { Int8($0) - 20 }, blocks)
        checkPlaces(few.map { Int32($0) - 20 }, blocks)
        checkPlaces(few.map { UInt32($0) << 27 }, blocks)
        checkPlaces(few.map { Int64($0) << 40 }, blocks)
        checkPlaces(random(blocks, UInt64.self), blocks)
        checkPlaces(few.map { Float16($0) }, blocks)
        checkPlaces(few.map { Float($0) - 20 }, blocks)
        checkPlaces(random(blocks, Int64.self).map { Double($0) }, blocks)
        var withNaN = few.map { Float($0) - 20 }
        for i in stride(from: 0, to: withNaN.count, by: 77) { withNaN[i] = .nan }
        checkPlaces(withNaN, blocks, isNaN: \.isNaN)
        checkPlaces(withNaN.map { Float16($0) }, blocks, isNaN: \.isNaN)
        checkPlaces([Float](repeating: -.infinity, count: blocks.count), blocks)
        checkPlaces(few.map { $0 % 2 == 0 ? 0.0 : -0.0 }, blocks)
      }
    }

    // MARK: Running results

    func checkRunning<T: Element>(_ op: jn_reduce_op, _ a: [T], _ blocks: Blocks, _ combine: (T, T) -> T) {
      for reverse in [false, true] {
        let lines = blocks.lines(a).map { line in
          let ordered = reverse ? line.reversed() : line
          let running = ordered.dropFirst().reduce(into: [ordered[0]]) { $0.append(combine($0.last!, $1)) }
          return reverse ? running.reversed() : running
        }
        var out = a
        jn_cumulative(op, T.dtype, reverse, &out, a, blocks.outer, blocks.size, blocks.inner)
        #expect(bits(out) == bits(blocks.array(lines)), "\(T.self), operation \(op.rawValue), reverse \(reverse)")
        var inPlace = a
        inPlace.withUnsafeMutableBytes {
          jn_cumulative(op, T.dtype, reverse, $0.baseAddress, $0.baseAddress, blocks.outer, blocks.size, blocks.inner)
        }
        #expect(bits(inPlace) == bits(out))
      }
    }

    @Test(arguments: InstructionSet.available, Blocks.all.filter { $0.count < 100_000 })
    func cumulative(isa: InstructionSet, blocks: Blocks) {
      isa.use {
        let a = random(blocks, Int32.self), small = random(blocks, UInt8.self)
        checkRunning(JN_REDUCE_SUM, a, blocks, &+)
        checkRunning(JN_REDUCE_PROD, a, blocks, &*)
        checkRunning(JN_REDUCE_MAX, a, blocks, max)
        checkRunning(JN_REDUCE_MIN, small, blocks, min)
        checkRunning(JN_REDUCE_SUM, small, blocks, &+)
        checkRunning(JN_REDUCE_AND, small, blocks, &)
        checkRunning(JN_REDUCE_OR, a, blocks, |)
        let f = small.map { Float($0) / 16 - 8 }
        checkRunning(JN_REDUCE_SUM, f, blocks, +)
        checkRunning(JN_REDUCE_MAX, f, blocks, max)
        checkRunning(JN_REDUCE_PROD, f.map { Double($0) }, blocks, *)
        var withNaN = f
        withNaN[withNaN.count / 2] = .nan
        checkRunning(JN_REDUCE_MIN, withNaN, blocks) { $0.isNaN || $1.isNaN ? .nan : min($0, $1) }
        checkRunning(JN_REDUCE_MAX, f.map { Float16($0) }, blocks, max)
      }
    }

    /// The running sum of 16-bit floats is kept in float32.
    @Test(arguments: InstructionSet.available, [Blocks(1, 5000, 1), Blocks(1, 5000, 2)])
    func cumulativeOf16Bits(isa: InstructionSet, blocks: Blocks) {
      isa.use {
        var out = [Float16](repeating: 0, count: blocks.count)
        jn_cumulative(
          JN_REDUCE_SUM, JN_FLOAT16, false, &out, [Float16](repeating: 1, count: blocks.count), 1, blocks.size,
          blocks.inner)
        #expect(out == (0..<blocks.count).map { Float16($0 / blocks.inner + 1) })
      }
    }
  }
}
