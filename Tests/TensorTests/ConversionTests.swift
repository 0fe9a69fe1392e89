import Tensor
import TestSupport
import Testing

@Suite("Conversions at the edges of types")
struct ConversionTests {
  private static let floats = DType.allCases.filter(\.isFloating)

  @Test("floats outside an integer type's range become its nearest number, NaN becomes 0", arguments: floats)
  func saturation(_ source: DType) {
    let x = Tensor([Double.infinity, -.infinity, .nan, -1, 2.9, -2.9], dtype: source)
    for target in DType.allCases where target.isInteger {
      let bits = target.bitWidth
      let result = x.asType(target)
      if target.isSignedInteger {
        let largest = Int64.max >> (64 - bits)
        #expect(result.array(of: Int64.self) == [largest, -largest - 1, 0, -1, 2, -2], "\(source) to \(target)")
      } else {
        #expect(result.array(of: UInt64.self) == [.max >> (64 - bits), 0, 0, 0, 2, 0], "\(source) to \(target)")
      }
    }
    #expect(x.asType(.bool).array(of: Bool.self) == [true, true, true, true, true, true])
    #expect(Tensor([0.0, -0.0, 1e-7], dtype: source).asType(.bool).array(of: Bool.self) == [false, false, true])
  }

  @Test("floats at the very edge of the 64-bit range")
  func edges() {
    let x = Tensor(
      [9.223372036854775e18, 9.223372036854776e18, -9.223372036854776e18, 1.8446744073709552e19], dtype: .float64)
    #expect(x.asType(.int64).array(of: Int64.self) == [9_223_372_036_854_774_784, .max, .min, .max])
    #expect(x.asType(.uint64).array(of: UInt64.self) == [9_223_372_036_854_774_784, 1 << 63, 0, .max])
    #expect(
      Tensor([2_147_483_648.0, 2_147_483_520], dtype: .float32).asType(.int32).array(of: Int.self) == [
        2_147_483_647, 2_147_483_520,
      ])
  }

  @Test("integers become the nearest float, ties to even")
  func rounding() {
    let x = Tensor([16_777_217, 16_777_219, -16_777_217], dtype: .int64)
    #expect(x.asType(.float32).array(of: Double.self) == [16_777_216, 16_777_220, -16_777_216])
    #expect(
      Tensor([2049, 2051, 65504, 65519, 65520], dtype: .int32).asType(.float16).array(of: Double.self) == [
        2048, 2052, 65504, 65504, .infinity,
      ])
    #expect(Tensor([257, 259, 0x7FFF_FFFF]).asType(.bfloat16).array(of: Double.self) == [256, 260, 2_147_483_648])
    #expect(Tensor([UInt64.max]).asType(.float64).array(of: Double.self) == [18_446_744_073_709_551_616])
    // Just above a tie in float32: rounding to float32 first would lose the excess.
    #expect(Tensor([0x40_4000_0000_0001], dtype: .int64).asType(.bfloat16).array(of: Double.self) == [0x1.02p54])
  }

  @Test("float64 becomes 16 bits in one rounding")
  func conversionRoundsOnce() {
    let x = Tensor([0x1.0020000001p0, 0x1.0100000001p0, 0x1.0000000008p-25], dtype: .float64)
    #expect(x.asType(.float16).array(of: Double.self) == [0x1.004p0, 0x1.01p0, 0x1p-24])
    #expect(x.asType(.bfloat16).array(of: Double.self) == [1, 0x1.02p0, 0x1p-25])
  }

  @Test("every 16-bit number survives the way through float32 and float64", arguments: [DType.float16, .bfloat16])
  func everyHalf(_ dtype: DType) {
    let all = arange(65536, dtype: .uint16).bitcast(to: dtype)
    let numbers = select(isNaN(all), 0, all)
    expectEqual(numbers.asType(.float32).asType(dtype), numbers)
    expectEqual(numbers.asType(.float64).asType(dtype), numbers)
    #expect(isNaN(all).array(of: Bool.self) == isNaN(all.asType(.float64)).array(of: Bool.self))
  }

  @Test("every 8-bit number in every type", arguments: [DType.int8, .uint8])
  func everyByte(_ dtype: DType) {
    let all = arange(256, dtype: .uint8).bitcast(to: dtype)
    for other in DType.allCases
    where other.isFloating || other.itemSize > 1 && other.isSignedInteger == dtype.isSignedInteger {
      expectEqual(all.asType(other).asType(dtype), all, "\(other)")
    }
  }

  @Test("a conversion keeps the shape, and to the same type is the tensor itself")
  func shapes() {
    let x = zeros([2, 0, 3], dtype: .int8)
    #expect(x.asType(.float64).type == TensorType(.float64, [2, 0, 3]))
    #expect(x.asType(.int8) === x)
    #expect((3 as Tensor).asType(.int32).type == TensorType(.int32))
  }

  @Test("bitcast keeps the bits")
  func bitcasts() {
    #expect(Tensor([1.0, -0.0]).bitcast(to: .uint32).array(of: UInt32.self) == [0x3F80_0000, 0x8000_0000])
    #expect(Tensor([0x3C00], dtype: .uint16).bitcast(to: .float16).array(of: Double.self) == [1])
    #expect(Tensor([0x3F80], dtype: .uint16).bitcast(to: .bfloat16).array(of: Double.self) == [1])
    #expect(Tensor([-1], dtype: .int64).bitcast(to: .uint64).array(of: UInt64.self) == [.max])
    #expect(full([3], 1).bitcast(to: .int32).array(of: Int.self) == [0x3F80_0000, 0x3F80_0000, 0x3F80_0000])
    #expect((1.0 as Tensor).bitcast(to: .uint32).type == TensorType(.uint32))
  }
}
