import CKernels
import Foundation
import Testing

extension KernelTests {
  @Suite struct Binary {
    // MARK: Floats

    struct Row: CustomTestStringConvertible, Sendable {
      var testDescription: String
      var op: jn_binary_op
      var ulp: Double
      var exact: @Sendable (Double, Double) -> Double
    }

    static let rows: [Row] = [
      Row(testDescription: "add", op: JN_ADD, ulp: 0.5, exact: { $0 + $1 }),
      Row(testDescription: "sub", op: JN_SUB, ulp: 0.5, exact: { $0 - $1 }),
      Row(testDescription: "mul", op: JN_MUL, ulp: 0.5, exact: { $0 * $1 }),
      Row(testDescription: "div", op: JN_DIV, ulp: 0.51, exact: { $0 / $1 }),
      Row(testDescription: "rem", op: JN_REM, ulp: 0, exact: { fmod($0, $1) }),
      Row(testDescription: "pow", op: JN_POW, ulp: 2, exact: { pow($0, $1) }),
      Row(testDescription: "atan2", op: JN_ATAN2, ulp: 4, exact: { atan2($0, $1) }),
      Row(testDescription: "max", op: JN_MAX, ulp: 0) { $0.isNaN || $1.isNaN ? .nan : Double.maximum($0, $1) },
      Row(testDescription: "min", op: JN_MIN, ulp: 0) { $0.isNaN || $1.isNaN ? .nan : Double.minimum($0, $1) },
    ]

    static let special: [Float] =
      [
        0, .leastNonzeroMagnitude, 0x1p-133, 1e-38, 0.5, 0.99999994, 1, 1.0000001, 1.5, 2, 2.5, 3, 127, 128, 149, 150,
        8388609, 16777218,
        33554432, 1e10, 3.4028235e38, .infinity,
      ].flatMap { [$0, -$0] } + [.nan]

    static let pairs: [(Float, Float)] = {
      var random = SplitMix64(state: 3)
      var result: [(Float, Float)] = []
      // The larger of 0 and -0 is left open by IEEE 754's older operations, which Swift follows: Zeros below.
      for x in special { for y in special where x != 0 || y != 0 || x.sign == y.sign { result.append((x, y)) } }
      for _ in 0..<6000 {
        let pattern = { Float(bitPattern: UInt32(truncatingIfNeeded: random.next())) }
        result.append((pattern(), pattern()))
        result.append((.random(in: 0...3, using: &random), .random(in: -200...200, using: &random)))
        result.append((.random(in: -20...20, using: &random), Float(Int.random(in: -30...30, using: &random))))
        result.append((.random(in: 0.999...1.001, using: &random), .random(in: -8e4...8e4, using: &random)))
        result.append((.random(in: -1e3...1e3, using: &random), .random(in: -5...5, using: &random)))
      }
      return result
    }()

    @Test(arguments: InstructionSet.available, rows)
    func float32(isa: InstructionSet, row: Row) {
      let x = Self.pairs.map(\.0), y = Self.pairs.map(\.1)
      let z = isa.use { binary(row.op, x, y) }
      let errors = z.indices.map { ulps(z[$0], exact: row.exact(Double(x[$0]), Double(y[$0]))) }
      let worst = errors.indices.max { errors[$0] < errors[$1] }!
      #expect(errors[worst] <= row.ulp, "\(row.testDescription)(\(x[worst]), \(y[worst])) gave \(z[worst])")
    }

    @Test(arguments: InstructionSet.available, rows)
    func float64(isa: InstructionSet, row: Row) {
      let x = Self.pairs.map { Double($0.0) }, y = Self.pairs.map { Double($0.1) }
      let z = isa.use { binary(row.op, x, y) }
      #expect(z.indices.allSatisfy { ulps(z[$0], exact: row.exact(x[$0], y[$0])) == 0 })
    }

    @Test(arguments: InstructionSet.available)
    func zeros(isa: InstructionSet) {
      isa.use {
        #expect(binary(JN_MAX, [0, -0.0, -0.0] as [Float], [-0.0, 0, -0.0]).map(\.sign) == [.plus, .plus, .minus])
        #expect(binary(JN_MIN, [0, -0.0, 0] as [Double], [-0.0, 0, 0]).map(\.sign) == [.minus, .minus, .plus])
      }
    }

    @Test(arguments: InstructionSet.available)
    func nextAfter(isa: InstructionSet) {
      isa.use {
        let half: [Float16] = [0, -0.0, 1, 1, -1, 65504, .leastNonzeroMagnitude, 6.1e-5, .infinity, 2]
        let up = binary(JN_NEXTAFTER, half, half.map { _ in .infinity })
        #expect(up == half.map { $0 == .infinity ? $0 : $0 == 0 ? .leastNonzeroMagnitude : $0.nextUp })
        let down = binary(JN_NEXTAFTER, half, half.map { _ in -.infinity })
        #expect(down == half.map { $0 == 0 ? -.leastNonzeroMagnitude : $0.nextDown })
        #expect(binary(JN_NEXTAFTER, [1, 0] as [Float16], [.nan, -0.0])[0].isNaN)
        #expect(bits(binary(JN_NEXTAFTER, [0] as [Float16], [-0.0])) == bits([-0.0 as Float16]))
        #expect(binary(JN_NEXTAFTER, [1, -1] as [Float], [2, 2]) == [Float(1).nextUp, Float(-1).nextUp])
        #expect(binary(JN_NEXTAFTER, [1, -1] as [Double], [2, 2]) == [Double(1).nextUp, Double(-1).nextUp])
        #expect(binary(JN_NEXTAFTER, [BFloat16(bits: 0x3f80)], [BFloat16(bits: 0)]) == [BFloat16(bits: 0x3f7f)])
      }
    }

    // MARK: Lengths, splats and results in place

    @Test(
      arguments: InstructionSet.available,
      [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 1000, 100_003])
    func lengths(isa: InstructionSet, n: Int) {
      isa.use {
        let x = (0..<n).map { Float($0 % 97) - 40 }, y = (0..<n).map { Float($0 % 13) + 1 }, three: [Float] = [3]
        var out = [Float](repeating: -1, count: n + 1)
        jn_binary(JN_SUB, JN_FLOAT32, &out, x, false, y, false, n)
        #expect(out == zip(x, y).map { $0 - $1 } + [-1])
        jn_binary(JN_SUB, JN_FLOAT32, &out, x, false, three, true, n)
        #expect(out == x.map { $0 - 3 } + [-1])
        jn_binary(JN_SUB, JN_FLOAT32, &out, three, true, y, false, n)
        #expect(out == y.map { 3 - $0 } + [-1])
        jn_binary(JN_SUB, JN_FLOAT32, &out, three, true, three, true, n)
        #expect(out == [Float](repeating: 0, count: n) + [-1])
        var inPlace = x
        inPlace.withUnsafeMutableBytes {
          jn_binary(JN_MUL, JN_FLOAT32, $0.baseAddress, $0.baseAddress, false, y, false, n)
        }
        #expect(inPlace == zip(x, y).map { $0 * $1 })
        inPlace.withUnsafeMutableBytes { jn_unary(JN_NEG, JN_FLOAT32, $0.baseAddress, $0.baseAddress, n) }
        #expect(inPlace == zip(x, y).map { -($0 * $1) })
        let half = x.map { Float16($0) }, halfThree: [Float16] = [3]
        var halfOut = half
        jn_binary(JN_ADD, JN_FLOAT16, &halfOut, half, false, halfThree, true, n)
        #expect(halfOut == half.map { $0 + 3 })
      }
    }

    // MARK: Comparison and selection

    func compare<T: Element & Comparable>(_ values: [T]) {
      let x = values.flatMap { a in values.map { _ in a } }, y = values.flatMap { _ in values }
      let rows: [(jn_compare_op, (T, T) -> Bool)] = [
        (JN_EQ, (==)), (JN_NE, (!=)), (JN_LT, (<)), (JN_LE, (<=)), (JN_GT, (>)), (JN_GE, (>=)),
      ]
      for (op, expected) in rows {
        var out = [UInt8](repeating: 9, count: x.count)
        jn_compare(op, T.dtype, &out, x, false, y, false, x.count)
        #expect(out == zip(x, y).map { expected($0, $1) ? 1 : 0 })
        jn_compare(op, T.dtype, &out, x, false, [y[1]], true, x.count)
        #expect(out == x.map { expected($0, y[1]) ? 1 : 0 })
      }
    }

    @Test(arguments: InstructionSet.available)
    func comparisons(isa: InstructionSet) {
      isa.use {
        compare([-128, -1, 0, 1, 5, 127] as [Int8])
        compare([.min, -1, 0, 1, 300, .max] as [Int16])
        compare([.min, -1, 0, 1, 70000, .max] as [Int32])
        compare([.min, -1, 0, 1, 1 << 40, .max] as [Int64])
        compare([0, 1, 127, 128, 255] as [UInt8])
        compare([0, 1, 32768, 65535] as [UInt16])
        compare([0, 1, 1 << 31, .max] as [UInt32])
        compare([0, 1, 1 << 63, .max] as [UInt64])
        compare([0, -0.0, 1, -1, .infinity, -.infinity, .nan] as [Float16])
        compare([0, -0.0, 1, -1, .infinity, -.infinity, .nan] as [Float])
        compare([0, -0.0, 1, -1, .infinity, -.infinity, .nan] as [Double])
      }
    }

    func select<T: Element>(_ a: [T], _ b: [T]) {
      let pred = a.indices.map { UInt8($0 % 3 == 0 ? 1 : 0) }, n = a.count, size = MemoryLayout<T>.size
      var out = a
      jn_select(size, &out, pred, false, a, false, b, false, n)
      #expect(out == a.indices.map { pred[$0] == 1 ? a[$0] : b[$0] })
      jn_select(size, &out, pred, false, a, true, b, false, n)
      #expect(out == a.indices.map { pred[$0] == 1 ? a[0] : b[$0] })
      jn_select(size, &out, pred, false, a, true, b, true, n)
      #expect(out == a.indices.map { pred[$0] == 1 ? a[0] : b[0] })
      jn_select(size, &out, [0], true, a, false, b, false, n)
      #expect(out == b)
    }

    @Test(arguments: InstructionSet.available, [1, 5, 16, 100, 1001])
    func selections(isa: InstructionSet, n: Int) {
      isa.use {
        select((0..<n).map { UInt8(truncatingIfNeeded: $0) }, (0..<n).map { UInt8(truncatingIfNeeded: 3 * $0 + 1) })
        select((0..<n).map { Int16($0) }, (0..<n).map { Int16(-$0) })
        select((0..<n).map { Float($0) }, (0..<n).map { Float(-$0) - 1 })
        select((0..<n).map { Double($0) }, (0..<n).map { Double(-$0) - 1 })
      }
    }

    @Test(arguments: InstructionSet.available)
    func isFinite(isa: InstructionSet) {
      func check<T: Element & BinaryFloatingPoint>(_ x: [T]) {
        var out = [UInt8](repeating: 9, count: x.count)
        jn_is_finite(T.dtype, &out, x, x.count)
        #expect(out == x.map { $0.isFinite ? 1 : 0 })
      }
      isa.use {
        check((0..<10).flatMap { _ in [0, 1, -1, .infinity, -.infinity, .nan, .greatestFiniteMagnitude] } as [Float16])
        check((0..<10).flatMap { _ in [0, 1, -1, .infinity, -.infinity, .nan, .greatestFiniteMagnitude] } as [Float])
        check((0..<10).flatMap { _ in [0, 1, -1, .infinity, -.infinity, .nan, .greatestFiniteMagnitude] } as [Double])
        var out = [UInt8](repeating: 9, count: 4)
        jn_is_finite(JN_BFLOAT16, &out, [0x7f80, 0xff80, 0x7fc0, 0x7f7f] as [UInt16], 4)
        #expect(out == [0, 0, 0, 1])
      }
    }
  }
}
