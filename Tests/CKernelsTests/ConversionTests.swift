import CKernels
import Foundation
import Testing

/// Rounding to a binary format by arithmetic on exact numbers, to nearest even.
struct Narrow: Sendable {
  var fractionBits: Int
  var leastExponent: Int
  var greatestExponent: Int

  static let float16 = Narrow(fractionBits: 10, leastExponent: -14, greatestExponent: 15)
  static let bfloat16 = Narrow(fractionBits: 7, leastExponent: -126, greatestExponent: 127)
  static let float32 = Narrow(fractionBits: 23, leastExponent: -126, greatestExponent: 127)

  /// The nearest number of the format.
  func round(_ x: Double) -> Double {
    if x == 0 || !x.isFinite { return x }
    let unit = scalbn(1.0, max(Int(x.exponent), leastExponent) - fractionBits)
    let rounded = (x / unit).rounded(.toNearestOrEven) * unit
    return abs(rounded) >= scalbn(1.0, greatestExponent + 1) ? (x < 0 ? -.infinity : .infinity) : rounded
  }

  func round<T: FixedWidthInteger>(_ x: T) -> Double {
    let magnitude = UInt64(x.magnitude)
    let lost = max(0, 64 - magnitude.leadingZeroBitCount - fractionBits - 1)
    if lost == 0 { return round(x < 0 ? -Double(magnitude) : Double(magnitude)) }
    let kept = magnitude >> UInt64(lost), rest = magnitude - kept << UInt64(lost), half: UInt64 = 1 << UInt64(lost - 1)
    let up = rest > half || (rest == half && kept & 1 == 1)
    let rounded = Double(kept + (up ? 1 : 0)) * scalbn(1.0, lost)
    return round(x < 0 ? -rounded : rounded)
  }
}

extension KernelTests {
  @Suite struct Conversion {
    static let doubles: [Double] = {
      var random = SplitMix64(state: 5)
      var result: [Double] =
        [
          0, .leastNonzeroMagnitude, 0x1p-1030, 0x1p-150, 0x1.8p-150, 0x1p-149, 0x1.8p-149, 0x1p-126, 0x1p-25,
          0x1.000001p-25, 0x1p-24,
          0x1.8p-24, 0x1p-14, 0x1.ffcp-15, 0x1.ffep-15, 0.5, 1, 0x1.002p0, 0x1.006p0, 0x1.0020000000001p0,
          0x1.00200001p0, 0x1.01p0, 0x1.03p0, 0x1.0100000000001p0, 0x1.0000010000001p0, 127, 127.5, 128, 255, 255.5,
          256, 32767.9, 65503, 65519.9999999, 65520, 65536, 2147483647, 2147483647.5, 2147483648, 4294967295.5,
          4294967296, 0x1.fffffep62, 0x1p63, 0x1.fffffep63, 0x1p64, 0x1.feffffffffp127, 0x1.ffp127, 0x1.fffffep127,
          0x1.ffffff0000001p127, 0x1.ffffffp127, 1e300, .infinity,
        ].flatMap { [$0, -$0] } + [.nan]
      for _ in 0..<4000 {
        result.append(Double(bitPattern: random.next()))
        result.append(Double(Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))))
        result.append(Double.random(in: -300...300, using: &random))
        result.append(scalbn(Double.random(in: -2...2, using: &random), Int.random(in: -30...70, using: &random)))
      }
      return result
    }()

    func integers<T: FixedWidthInteger>(_: T.Type) -> [T] {
      var random = SplitMix64(state: 6)
      var result: [T] = [0, 1, .min, .max, .max - 1, T(truncatingIfNeeded: -1)]
      for shift in 0..<T.bitWidth {
        let power = T(truncatingIfNeeded: 1 as UInt64) << T(truncatingIfNeeded: shift)
        for offset in [-3, -2, -1, 0, 1, 2, 3] { result.append(power &+ T(truncatingIfNeeded: offset)) }
        // Just beside a tie of 8 or 11 bits.
        for pattern: UInt64 in [0b1_0000_0001, 0b1_0000_0011, 0b1000_0000_0001, 0b1000_0000_0011] {
          let tie = T(truncatingIfNeeded: pattern) &<< T(truncatingIfNeeded: max(0, shift - 12))
          result += [tie, tie &+ 1, tie &- 1, 0 &- tie, 0 &- tie &+ 1]
        }
      }
      return result + (0..<500).map { _ in T(truncatingIfNeeded: random.next() >> (random.next() % 64)) }
    }

    func same(_ a: Double, _ b: Double) -> Bool { a == b ? a.sign == b.sign : a.isNaN && b.isNaN }

    func expect<From>(_ from: [From], _ got: [Double], _ expected: [Double], _ place: Comment) {
      let wrong = from.indices.first { !same(got[$0], expected[$0]) }
      #expect(wrong == nil, "\(place): \(wrong.map { "\(from[$0]) gave \(got[$0]) for \(expected[$0])" } ?? "")")
    }

    // MARK: To floats

    func toFloats<From: Element>(_ from: [From], exactly: [Double], _ round: (Narrow, Int) -> Double) {
      let every = from.indices
      expect(from, convert(from, to: Float16(0)).map { Double($0) }, every.map { round(.float16, $0) }, "to float16")
      expect(from, convert(from, to: Float(0)).map { Double($0) }, every.map { round(.float32, $0) }, "to float32")
      expect(from, convert(from, to: Double(0)), exactly, "to float64")
      let brain = convert(from, to: BFloat16(bits: 0)).map { Double($0.value) }
      expect(from, brain, every.map { round(.bfloat16, $0) }, "to bfloat16")
    }

    @Test(arguments: InstructionSet.available)
    func floatsToFloats(isa: InstructionSet) {
      isa.use {
        let d = Self.doubles, f = d.map { Float($0) }
        let h = (0...UInt16.max).map { Float16(bitPattern: $0) }, b = (0...UInt16.max).map { BFloat16(bits: $0) }
        toFloats(d, exactly: d) { $0.round(d[$1]) }
        toFloats(f, exactly: f.map { Double($0) }) { $0.round(Double(f[$1])) }
        toFloats(h, exactly: h.map { Double($0) }) { $0.round(Double(h[$1])) }
        toFloats(b, exactly: b.map { Double($0.value) }) { $0.round(Double(b[$1].value)) }
      }
    }

    func integersToFloats<T: FixedWidthInteger & Element>(_ type: T.Type) {
      let x = integers(type)
      toFloats(x, exactly: x.map { Double($0) }) { $0.round(x[$1]) }
    }

    @Test(arguments: InstructionSet.available)
    func integersToFloats(isa: InstructionSet) {
      isa.use {
        integersToFloats(Int8.self)
        integersToFloats(Int16.self)
        integersToFloats(Int32.self)
        integersToFloats(Int64.self)
        integersToFloats(UInt8.self)
        integersToFloats(UInt16.self)
        integersToFloats(UInt32.self)
        integersToFloats(UInt64.self)
      }
    }

    // MARK: To integers

    func saturated<T: FixedWidthInteger>(_ x: Double, to _: T.Type) -> T {
      if x.isNaN { return 0 }
      let whole = x.rounded(.towardZero)
      if whole >= scalbn(1.0, T.bitWidth - (T.isSigned ? 1 : 0)) { return .max }
      if whole <= Double(T.min) { return .min }
      return T(whole)
    }

    func toInteger<From: Element, To: FixedWidthInteger & Element>(_ from: [From], exactly: [Double], _: To.Type) {
      let got = convert(from, to: To.zero), expected = exactly.map { saturated($0, to: To.self) }
      let wrong = got.indices.first { got[$0] != expected[$0] }
      #expect(wrong == nil, "\(From.self) to \(To.self): \(wrong.map { "\(from[$0]) gave \(got[$0])" } ?? "")")
    }

    func toIntegers<From: Element>(_ from: [From], exactly: [Double]) {
      toInteger(from, exactly: exactly, Int8.self)
      toInteger(from, exactly: exactly, Int16.self)
      toInteger(from, exactly: exactly, Int32.self)
      toInteger(from, exactly: exactly, Int64.self)
      toInteger(from, exactly: exactly, UInt8.self)
      toInteger(from, exactly: exactly, UInt16.self)
      toInteger(from, exactly: exactly, UInt32.self)
      toInteger(from, exactly: exactly, UInt64.self)
      var bool = [UInt8](repeating: 9, count: from.count)
      jn_convert(JN_BOOL, &bool, From.dtype, from, from.count)
      #expect(bool == exactly.map { $0 != 0 ? 1 : 0 })
    }

    @Test(arguments: InstructionSet.available)
    func floatsToIntegers(isa: InstructionSet) {
      isa.use {
        let d = Self.doubles, f = d.map { Float($0) }, h = d.map { Float16($0) }
        toIntegers(d, exactly: d)
        toIntegers(f, exactly: f.map { Double($0) })
        toIntegers(h, exactly: h.map { Double($0) })
        let b = (0...UInt16.max).map { BFloat16(bits: $0) }
        toIntegers(b, exactly: b.map { Double($0.value) })
      }
    }

    func wrap<From: FixedWidthInteger & Element, To: FixedWidthInteger & Element>(_ from: From.Type, _: To.Type) {
      let x = integers(from)
      #expect(convert(x, to: To.zero) == x.map { To(truncatingIfNeeded: $0) }, "\(From.self) to \(To.self)")
    }

    func wrapToAll<From: FixedWidthInteger & Element>(_ from: From.Type) {
      wrap(from, Int8.self)
      wrap(from, Int16.self)
      wrap(from, Int32.self)
      wrap(from, Int64.self)
      wrap(from, UInt8.self)
      wrap(from, UInt16.self)
      wrap(from, UInt32.self)
      wrap(from, UInt64.self)
    }

    @Test(arguments: InstructionSet.available)
    func integersToIntegers(isa: InstructionSet) {
      isa.use {
        wrapToAll(Int8.self)
        wrapToAll(Int16.self)
        wrapToAll(Int32.self)
        wrapToAll(Int64.self)
        wrapToAll(UInt8.self)
        wrapToAll(UInt16.self)
        wrapToAll(UInt32.self)
        wrapToAll(UInt64.self)
      }
    }

    @Test(arguments: InstructionSet.available)
    func bool(isa: InstructionSet) {
      isa.use {
        var half = [Float16](repeating: 9, count: 2), wide = [Int64](repeating: 9, count: 2)
        jn_convert(JN_FLOAT16, &half, JN_BOOL, [0, 1] as [UInt8], 2)
        jn_convert(JN_INT64, &wide, JN_BOOL, [0, 1] as [UInt8], 2)
        #expect(half == [0, 1] && wide == [0, 1])
      }
    }
  }
}
