import CKernels
import Testing

extension KernelTests {
  @Suite struct Integers {
    /// The edges of the type, small numbers, and others from a fixed seed.
    func values<T: FixedWidthInteger>(_: T.Type) -> [T] {
      var random = SplitMix64(state: 4)
      let edges: [T] = [.min, .min &+ 1, .max, .max &- 1, 0, 1, 2, 3, 5, 7, 8, 63, 64, 100, T(truncatingIfNeeded: -1)]
      return edges + (0..<60).map { _ in T(truncatingIfNeeded: random.next() >> (random.next() % 64)) }
    }

    func power<T: FixedWidthInteger>(_ x: T, _ y: T) -> T {
      if y < 0 { return x == 1 ? 1 : T.isSigned && x == T(truncatingIfNeeded: -1) ? (y & 1 == 0 ? 1 : x) : 0 }
      var result: T = 1, base = x, count = y
      while count != 0 {
        if count & 1 == 1 { result = result &* base }
        base = base &* base
        count >>= 1
      }
      return result
    }

    func divide<T: FixedWidthInteger>(_ x: T, _ y: T) -> T {
      y == 0 ? T(truncatingIfNeeded: -1) : x.dividedReportingOverflow(by: y).partialValue
    }

    func remainder<T: FixedWidthInteger>(_ x: T, _ y: T) -> T {
      y == 0 ? x : x.remainderReportingOverflow(dividingBy: y).partialValue
    }

    func check<T: FixedWidthInteger & Element>(_ type: T.Type) {
      let all = values(type)
      let x = all.flatMap { a in all.map { _ in a } }, y = all.flatMap { _ in all }
      let isInside = { (count: T) in count >= 0 && count < T(truncatingIfNeeded: T.bitWidth) }
      let rows: [(String, jn_binary_op, (T, T) -> T)] = [
        ("add", JN_ADD, { $0 &+ $1 }), ("sub", JN_SUB, { $0 &- $1 }), ("mul", JN_MUL, { $0 &* $1 }),
        ("div", JN_DIV, divide), ("rem", JN_REM, remainder), ("max", JN_MAX, max), ("min", JN_MIN, min),
        ("pow", JN_POW, power), ("and", JN_AND, { $0 & $1 }), ("or", JN_OR, { $0 | $1 }), ("xor", JN_XOR, { $0 ^ $1 }),
        ("shl", JN_SHL, { isInside($1) ? $0 << $1 : 0 }),
        (
          "shr logical", JN_SHR_LOGICAL,
          { isInside($1) ? T(truncatingIfNeeded: T.Magnitude(truncatingIfNeeded: $0) >> T.Magnitude($1)) : 0 }
        ),
        (
          "shr arithmetic", JN_SHR_ARITHMETIC,
          { a, b in
            // Of unsigned numbers too the top bit is the sign.
            let sign: T = a & (1 << T(truncatingIfNeeded: T.bitWidth - 1)) != 0 ? T(truncatingIfNeeded: -1) : 0
            if !isInside(b) { return sign }
            return b == 0 ? a : (a &>> b) | (sign &<< (T(truncatingIfNeeded: T.bitWidth) &- b))
          }
        ),
      ]
      for (name, op, expected) in rows {
        let z = binary(op, x, y)
        let wrong = z.indices.first { z[$0] != expected(x[$0], y[$0]) }
        #expect(wrong == nil, "\(T.self) \(name): \(wrong.map { "(\(x[$0]), \(y[$0])) gave \(z[$0])" } ?? "")")
      }
      let unaryRows: [(String, jn_unary_op, (T) -> T)] = [
        ("neg", JN_NEG, { 0 &- $0 }), ("abs", JN_ABS, { $0 < 0 ? 0 &- $0 : $0 }), ("sign", JN_SIGN, { $0.signum() }),
        ("not", JN_NOT, { ~$0 }), ("popcount", JN_POPCOUNT, { T($0.nonzeroBitCount) }),
        ("clz", JN_CLZ, { T($0.leadingZeroBitCount) }),
      ]
      for (name, op, expected) in unaryRows { #expect(unary(op, all) == all.map(expected), "\(T.self) \(name)") }
    }

    @Test(arguments: InstructionSet.available)
    func everyOperation(isa: InstructionSet) {
      isa.use {
        check(Int8.self)
        check(Int16.self)
        check(Int32.self)
        check(Int64.self)
        check(UInt8.self)
        check(UInt16.self)
        check(UInt32.self)
        check(UInt64.self)
      }
    }

    @Test(arguments: InstructionSet.available)
    func bool(isa: InstructionSet) {
      isa.use {
        let x: [UInt8] = [0, 0, 1, 1], y: [UInt8] = [0, 1, 0, 1]
        let rows: [(jn_binary_op, [UInt8])] = [
          (JN_AND, [0, 0, 0, 1]), (JN_OR, [0, 1, 1, 1]), (JN_XOR, [0, 1, 1, 0]), (JN_MAX, [0, 1, 1, 1]),
          (JN_MIN, [0, 0, 0, 1]), (JN_ADD, [0, 1, 1, 1]), (JN_MUL, [0, 0, 0, 1]),
        ]
        for (op, expected) in rows {
          var out = [UInt8](repeating: 9, count: 4)
          jn_binary(op, JN_BOOL, &out, x, false, y, false, 4)
          #expect(out == expected)
        }
        var out = [UInt8](repeating: 9, count: 4)
        jn_unary(JN_NOT, JN_BOOL, &out, x, 4)
        #expect(out == [1, 1, 0, 0])
      }
    }

    @Test func whatIsSupported() {
      #expect(jn_unary_supports(JN_EXP, JN_BFLOAT16) && jn_unary_supports(JN_NEG, JN_UINT8))
      #expect(!jn_unary_supports(JN_EXP, JN_INT32) && !jn_unary_supports(JN_POPCOUNT, JN_FLOAT32))
      #expect(jn_binary_supports(JN_POW, JN_INT8) && jn_binary_supports(JN_NEXTAFTER, JN_FLOAT16))
      #expect(!jn_binary_supports(JN_SHL, JN_FLOAT32) && !jn_binary_supports(JN_SUB, JN_BOOL))
    }
  }
}
