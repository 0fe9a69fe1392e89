import Tensor
import TestSupport
import Testing

private let nan = Double.nan
private let inf = Double.infinity

/// Expects elements to be those of a table, NaN included, 0 told from -0.
private func expectElements(
  _ actual: Tensor, _ expected: [Double], _ what: String, _ location: SourceLocation = #_sourceLocation
) {
  expectEqual(actual, Tensor(expected, dtype: actual.dtype).reshaped(to: actual.shape), what, sourceLocation: location)
}

@Suite("NaN, infinities, overflow, division by zero, no elements")
struct SpecialValueTests {
  private static let floats = DType.allCases.filter(\.isFloating)

  // MARK: Floats

  private static let unary: [(name: String, function: @Sendable (Tensor) -> Tensor, x: [Double], result: [Double])] = [
    ("-", { -$0 }, [0, inf, nan], [-0.0, -inf, nan]), ("abs", abs, [-0.0, -inf, nan], [0, inf, nan]),
    ("sign", sign, [0, -0.0, inf, -inf, nan], [0, -0.0, 1, -1, nan]),
    ("floor", floor, [-0.5, 0.5, -0.0, inf, nan], [-1, 0, -0.0, inf, nan]),
    ("ceil", ceil, [-0.5, 0.5, -0.0, -inf, nan], [-0.0, 1, -0.0, -inf, nan]),
    ("round", round, [0.5, 1.5, 2.5, -0.5, -1.5, inf, nan], [0, 2, 2, -0.0, -2, inf, nan]),
    ("exp", exp, [0, -inf, inf, nan], [1, 0, inf, nan]), ("expm1", expm1, [0, -inf, inf, nan], [0, -1, inf, nan]),
    ("log", log, [1, 0, -0.0, -1, inf, nan], [0, -inf, -inf, nan, inf, nan]),
    ("log1p", log1p, [0, -1, -2, inf, nan], [0, -inf, nan, inf, nan]),
    ("sqrt", sqrt, [4, 0, -0.0, -1, inf, nan], [2, 0, -0.0, nan, inf, nan]),
    ("rsqrt", rsqrt, [4, 0, inf, -1, nan], [0.5, inf, 0, nan, nan]),
    ("cbrt", cbrt, [-8, 0, -inf, nan], [-2, 0, -inf, nan]),
    ("sin", sin, [0, -0.0, inf, nan], [0, -0.0, nan, nan]), ("cos", cos, [0, inf, nan], [1, nan, nan]),
    ("tan", tan, [0, inf, nan], [0, nan, nan]), ("asin", asin, [0, 2, nan], [0, nan, nan]),
    ("acos", acos, [1, -2, nan], [0, nan, nan]), ("atan", atan, [0, nan], [0, nan]),
    ("sinh", sinh, [0, inf, -inf, nan], [0, inf, -inf, nan]), ("cosh", cosh, [0, inf, -inf, nan], [1, inf, inf, nan]),
    ("tanh", tanh, [0, -0.0, inf, -inf, nan], [0, -0.0, 1, -1, nan]),
    ("asinh", asinh, [0, inf, -inf, nan], [0, inf, -inf, nan]),
    ("acosh", acosh, [1, inf, 0.5, nan], [0, inf, nan, nan]),
    ("atanh", atanh, [0, 1, -1, 2, nan], [0, inf, -inf, nan, nan]),
    ("logistic", { Primitive.unary(.logistic)($0) }, [0, inf, -inf, nan], [0.5, 1, 0, nan]),
    ("erf", erf, [0, inf, -inf, nan], [0, 1, -1, nan]), ("erfc", erfc, [0, inf, -inf, nan], [1, 0, 2, nan]),
    ("erfInv", erfInv, [0, 1, -1, 2, nan], [0, inf, -inf, nan, nan]),
    ("lgamma", lgamma, [1, 2, 0, -1, inf, nan], [0, 0, inf, inf, inf, nan]),
    ("digamma", digamma, [-1, nan], [nan, nan]),
    ("reciprocal", reciprocal, [0, -0.0, inf, nan], [inf, -inf, 0, nan]), ("square", square, [-inf, nan], [inf, nan]),
  ]

  @Test("functions of one operand", arguments: floats)
  func functionsOfOne(_ dtype: DType) {
    for row in Self.unary {
      expectElements(row.function(Tensor(row.x, dtype: dtype)), row.result, "\(row.name) of \(dtype)")
    }
  }

  private static let binary:
    [(name: String, function: @Sendable (Tensor, Tensor) -> Tensor, a: [Double], b: [Double], result: [Double])] = [
      ("+", (+), [inf, inf, nan, 0], [1, -inf, 1, -0.0], [inf, nan, nan, 0]),
      ("-", (-), [inf, 1], [inf, inf], [nan, -inf]),
      ("*", (*), [0, -1, inf], [inf, 0, -inf], [nan, -0.0, -inf]),
      ("/", (/), [1, -1, 0, 1, inf], [0, 0, 0, inf, inf], [inf, -inf, nan, 0, nan]),
      ("maximum", maximum, [nan, 1, -inf, inf], [1, nan, 2, 0], [nan, nan, 2, inf]),
      ("minimum", minimum, [nan, 1, -inf, inf], [1, nan, 2, 0], [nan, nan, -inf, 0]),
      (
        "pow", pow, [0, 0, 2, -2, -2, inf, nan, 1, 0, -8], [0, -1, inf, 2, 0.5, -1, 0, nan, 2, 3],
        [1, inf, inf, 4, nan, 0, 1, 1, 0, -512]
      ),
      ("atan2", atan2, [0, 0, nan], [1, 0, 1], [0, 0, nan]),
      (
        "remainder", { Primitive.binary(.remainder)($0, $1) }, [5, -5, 5, 1, inf, nan], [3, 3, -3, inf, 1, 1],
        [2, -2, 2, 1, nan, nan]
      ),
      ("logAddExp", logAddExp, [inf, -inf, -inf, inf, nan], [inf, -inf, 1, -inf, 1], [inf, -inf, 1, inf, nan]),
    ]

  @Test("functions of two operands", arguments: floats)
  func functionsOfTwo(_ dtype: DType) {
    for row in Self.binary {
      let result = row.function(Tensor(row.a, dtype: dtype), Tensor(row.b, dtype: dtype))
      expectElements(result, row.result, "\(row.name) of \(dtype)")
    }
  }

  @Test("comparisons with NaN are false, but that it differs", arguments: floats)
  func comparisons(_ dtype: DType) {
    let (a, b) = (Tensor([nan, nan, 0, inf, 1], dtype: dtype), Tensor([nan, 1, -0.0, inf, inf], dtype: dtype))
    let rows: [(String, Tensor, [Bool])] = [
      (".==", a .== b, [false, false, true, true, false]), (".!=", a .!= b, [true, true, false, false, true]),
      (".<", a .< b, [false, false, false, false, true]), (".<=", a .<= b, [false, false, true, true, true]),
      (".>", a .> b, [false, false, false, false, false]), (".>=", a .>= b, [false, false, true, true, false]),
      ("isNaN", isNaN(a), [true, true, false, false, false]),
      ("isFinite", isFinite(a), [false, false, true, false, true]),
      ("isInfinite", isInfinite(-b), [false, false, false, true, true]),
    ]
    for (name, result, expected) in rows { #expect(result.array(of: Bool.self) == expected, "\(name) of \(dtype)") }
    #expect(
      isFinite(Tensor([1])).array(of: Bool.self) == [true] && isInfinite(Tensor([1])).array(of: Bool.self) == [false])
  }

  @Test("nextAfter steps by one number")
  func nextAfterSteps() {
    let x = nextAfter(Tensor([1.0, 0, 1, nan]), Tensor([2.0, -1, 1, 0]))
    #expect(x.array(of: Float.self)[0] == Float(1).nextUp && x.array(of: Float.self)[1] == -Float.leastNonzeroMagnitude)
    #expect(x.array(of: Float.self)[2] == 1 && x.array(of: Float.self)[3].isNaN)
    let y = nextAfter(Tensor([1.0], dtype: .float64), Tensor([0.0], dtype: .float64))
    #expect(y.array(of: Double.self) == [Double(1).nextDown])
    #expect(nextAfter(Tensor([1.0], dtype: .bfloat16), 2).array(of: Double.self) == [1.0078125])
  }

  @Test("reductions carry NaN and infinities", arguments: floats)
  func reductions(_ dtype: DType) {
    let x = Tensor([[1, nan, 3], [1, inf, 3], [1, -inf, inf]], dtype: dtype)
    let rows: [(String, Tensor, [Double])] = [
      ("sum", sum(x, axis: 1), [nan, inf, nan]), ("max", max(x, axis: 1), [nan, inf, inf]),
      ("min", min(x, axis: 1), [nan, 1, -inf]), ("product", product(x, axis: 1), [nan, inf, -inf]),
      ("mean", mean(x, axis: 1), [nan, inf, nan]),
      ("cumulativeMax", cumulativeMax(x, axis: 1), [1, nan, nan, 1, inf, inf, 1, 1, inf]),
      ("cumulativeMin", cumulativeMin(x, axis: 1), [1, nan, nan, 1, 1, 1, 1, -inf, -inf]),
      ("cumulativeSum", cumulativeSum(x, axis: 1), [1, nan, nan, 1, inf, inf, 1, -inf, nan]),
    ]
    for (name, result, expected) in rows { expectElements(result, expected, "\(name) of \(dtype)") }
    #expect(argMax(x, axis: 1).array(of: Int.self) == [1, 1, 2])
    #expect(argMin(x, axis: 1).array(of: Int.self) == [1, 0, 1])
  }

  @Test("logSumExp with infinities", arguments: floats)
  func logSumExpInfinities(_ dtype: DType) {
    let rows: [([Double], Double)] = [
      ([-inf, -inf], -inf), ([-inf, 0], 0), ([inf, 0], inf), ([inf, -inf], inf), ([inf, inf], inf), ([nan, 0], nan),
      ([nan, inf], nan), ([2.5], 2.5),
    ]
    for (x, expected) in rows { expectElements(logSumExp(Tensor(x, dtype: dtype)), [expected], "\(x) of \(dtype)") }
    #expect(logSumExp(zeros([0], dtype: dtype)).scalar(as: Double.self) == -inf)
    #expect(logSumExp(full([4], 60_000, dtype: dtype)).scalar(as: Double.self).isFinite)
    #expect(logSumExp(zeros([2, 3]), axis: 1, keepDims: true).shape == [2, 1])
  }

  @Test("means and variances of 16-bit floats do not overflow on the way", arguments: [DType.float16, .bfloat16])
  func halfMeans(_ dtype: DType) {
    let x = full([1000], 1024, dtype: dtype)
    #expect(mean(x).scalar(as: Double.self) == 1024 && mean(x).dtype == dtype)
    #expect(variance(x).scalar(as: Double.self) == 0)
    #expect(std(Tensor([0, 1024, 0, 1024], dtype: dtype)).scalar(as: Double.self) == 512)
  }

  // MARK: Integers

  @Test("integers wrap", arguments: DType.allCases.filter(\.isInteger))
  func overflow(_ dtype: DType) {
    let bits = dtype.bitWidth
    let largest = dtype.isSignedInteger ? Int64.max >> (64 - bits) : Int64(bitPattern: UInt64.max >> (64 - bits))
    let top = Tensor([largest], dtype: .int64).asType(dtype)
    let bottom = dtype.isSignedInteger ? Tensor([-largest - 1], dtype: .int64).asType(dtype) : zeros([1], dtype: dtype)
    expectEqual(top + 1, bottom)
    expectEqual(bottom - 1, top)
    expectEqual(top * 2, full([1], -2, dtype: .int64).asType(dtype))
    expectEqual(-bottom, bottom)
    expectEqual(sum(concatenate([top, top])), ((top.asType(sum(top).dtype)) * 2)[0])
    expectEqual(cumulativeSum(concatenate([top, ones([1], dtype: dtype)]), axis: 0), concatenate([top, bottom]))
    if dtype.isSignedInteger { expectEqual(abs(bottom), bottom) }
  }

  @Test("division of integers by zero, and of the lowest by -1", arguments: DType.allCases.filter(\.isInteger))
  func divisionByZero(_ dtype: DType) {
    let (x, zero) = (Tensor([7, 0, 100], dtype: dtype), zeros([3], dtype: dtype))
    expectEqual(Primitive.binary(.divide)(x, zero), full([3], -1, dtype: .int64).asType(dtype))
    expectEqual(Primitive.binary(.remainder)(x, zero), x)
    let quotients = x / zero
    #expect(quotients.dtype.isFloating)
    expectElements(quotients, [inf, nan, inf], "\(dtype)")
    if dtype.isSignedInteger {
      let lowest = min(zeros([1, 0], dtype: dtype), axis: 1) * 0 + max(zeros([1, 0], dtype: dtype), axis: 1)
      let minusOne = full([1], -1, dtype: dtype)
      expectEqual(Primitive.binary(.divide)(lowest, minusOne), lowest)
      expectEqual(Primitive.binary(.remainder)(lowest, minusOne), zeros([1], dtype: dtype))
      expectEqual(
        Primitive.binary(.divide)(Tensor([-7, 7], dtype: dtype), Tensor([2, -2], dtype: dtype)),
        Tensor([-3, -3], dtype: dtype))
      expectEqual(
        Primitive.binary(.remainder)(Tensor([-7, 7], dtype: dtype), Tensor([2, -2], dtype: dtype)),
        Tensor([-1, 1], dtype: dtype))
    }
  }

  @Test("powers of integers", arguments: DType.allCases.filter(\.isInteger))
  func powers(_ dtype: DType) {
    expectEqual(
      pow(Tensor([0, 1, 2, 3], dtype: dtype), Tensor([0, 9, 6, 4], dtype: dtype)), Tensor([1, 1, 64, 81], dtype: dtype))
    #expect(pow(Tensor([3], dtype: dtype), 2).dtype == dtype)
    if dtype.isSignedInteger {
      expectEqual(
        pow(Tensor([2, 1, -1, -1], dtype: dtype), Tensor([-1, -5, -2, -3], dtype: dtype)),
        Tensor([0, 1, 1, -1], dtype: dtype))
    }
  }

  @Test("bits")
  func bits() {
    expectEqual(populationCount(Tensor([0, 7, -1], dtype: .int8)), Tensor([0, 3, 8], dtype: .int8))
    expectEqual(countLeadingZeros(Tensor([0, 1, -1], dtype: .int16)), Tensor([16, 15, 0], dtype: .int16))
    expectEqual(Tensor([1, -8], dtype: .int32) >> 1, Tensor([0, -4]))
    expectEqual(Tensor([1, 248], dtype: .uint8) >> 1, Tensor([0, 124], dtype: .uint8))
    expectEqual(Tensor([1, 1, 1]) << Tensor([0, 31, 32]), Tensor([1, Int(Int32.min), 0]))
    expectEqual(Tensor([-1, 1]) >> Tensor([40, 40]), Tensor([-1, 0]))
    expectEqual(~Tensor([true, false]), Tensor([false, true]))
    expectEqual(Tensor([true, true, false]) ^ Tensor([true, false, false]), Tensor([false, true, false]))
    expectEqual(Tensor([12, 10]) & 6, Tensor([4, 2]))
    expectEqual(Tensor([12, 10]) | Tensor(true), Tensor([13, 11]))
  }

  // MARK: No elements

  @Test("reductions over no elements", arguments: DType.allCases)
  func noElements(_ dtype: DType) {
    let x = zeros([2, 0], dtype: dtype)
    expectEqual(sum(x, axis: 1), zeros([2], dtype: sum(x).dtype))
    expectEqual(product(x, axis: 1), ones([2], dtype: sum(x).dtype))
    #expect(sum(x, axis: 0).shape == [0] && max(x, axis: 0).shape == [0])
    expectEqual(all(x), Tensor(true))
    expectEqual(any(x), Tensor(false))
    #expect(mean(x).scalar(as: Double.self).isNaN)
    if dtype.isFloating {
      expectEqual(max(x, axis: 1), full([2], -inf, dtype: dtype))
      expectEqual(min(x, axis: 1), full([2], inf, dtype: dtype))
    }
    if dtype != .bool { #expect(cumulativeSum(x, axis: 1).shape == [2, 0]) }
    #expect(sort(x).shape == [2, 0] && argSort(x).shape == [2, 0] && argMax(x, axis: 0).shape == [0])
    #expect((x + 1).shape == [2, 0] && x.T.shape == [0, 2])
  }

  @Test("products with no elements")
  func emptyProducts() {
    expectEqual(matmul(zeros([2, 0]), zeros([0, 3])), zeros([2, 3]))
    #expect(matmul(zeros([0, 2]), zeros([2, 3])).shape == [0, 3])
    #expect(matmul(zeros([0, 2, 3]), zeros([0, 3, 4])).shape == [0, 2, 4])
    expectEqual(dot(zeros([0]), zeros([0])), Tensor(0.0))
    expectEqual(dot(zeros([0], dtype: .int8), zeros([0], dtype: .int8)), Tensor(0, dtype: .int8))
  }

  @Test("scalars go through every kind of function")
  func scalars() {
    let x = Tensor(3.0)
    expectEqual(sum(x), x)
    expectEqual(sum(x, axes: []), x)
    expectEqual(max(x, keepDims: true), x)
    expectEqual(argMax(x), Tensor(0))
    expectEqual(dot(x, Tensor([1.0, 2])), Tensor([3.0, 6]))
    expectEqual(exp(Tensor(0.0)), Tensor(1.0))
    expectEqual(mean(x), x)
    expectEqual(logSumExp(x), x)
    #expect(stack([x, x]).shape == [2] && x.expandingDims(0).shape == [1])
  }

  // MARK: Sorting

  @Test("NaN sorts last; equal numbers keep their order")
  func sorting() {
    expectElements(sort(Tensor([3, nan, -inf, 0, inf, -1])), [-inf, -1, 0, 3, inf, nan], "sort")
    #expect(argSort(Tensor([1, 0, 1, 0, 1])).array(of: Int.self) == [1, 3, 0, 2, 4])
    #expect(argSort(Tensor([0.0, -0.0, nan, -nan, 0])).array(of: Int.self) == [0, 1, 4, 2, 3])
    expectEqual(sort(Tensor([[3, 1], [2, 4]]), axis: 0), Tensor([[2, 1], [3, 4]]))
    expectEqual(sort(Tensor([true, false, true])), Tensor([false, true, true]))
    expectEqual(sort(Tensor([Int.max, .min, 0], dtype: .int64)), Tensor([Int.min, 0, .max], dtype: .int64))
    expectEqual(sort(Tensor([UInt64.max, 0, 1 << 63])), Tensor([0, 1 << 63, UInt64.max]))
  }
}
