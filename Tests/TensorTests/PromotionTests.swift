import Tensor
import TestSupport
import Testing

/// JAX's promotion tables, from `Tests/Golden/promotion.safetensors`.
private enum PromotionTable {
  private static let golden = Golden("promotion")
  // Read once: attributes are decoded each time they are asked for.
  private static let pairs = golden("table").attributes
  private static let unary = golden("unary").attributes
  private static let binary = golden("binary").attributes

  /// For every pair of the 13 types and Python's 3, the type of the sum.
  static var sumTypes: [[DType?]] { pairs["dtypes"]!.array!.map(types) }
  /// For every pair of the 13 types and Python's 3, whether the sum is weak.
  static var sumIsWeak: [[Bool]] { pairs["weak"]!.array!.map { $0.array!.map { $0.bool! } } }
  /// For every type, that of the result of a function; nil where JAX refuses.
  static func results(unary function: String) -> [DType?] { types(unary["dtypes"]!.object![function]!) }
  /// For every pair of types, that of the result of a function; nil where JAX refuses.
  static func results(binary function: String) -> [[DType?]] {
    binary["dtypes"]!.object![function]!.array!.map(types)
  }

  private static func types(_ row: JSONValue) -> [DType?] {
    row.array!.map { name in DType.allCases.first { "\($0)" == name.string } }
  }
}

@Suite("Element types are promoted as in JAX")
struct PromotionTests {
  /// An operand of each of the table's 16 kinds: the 13 element types, and Swift's `Bool`, `Int` and `Double` for Python's.
  private let operands: [Tensor] = DType.allCases.map { ones([], dtype: $0) } + [Tensor(true), 1, 1.0]

  @Test("numbers that Swift takes for tensors are combined exactly, too")
  func numbersBesideNumbers() {
    let (one, third) = (ones([1], dtype: .float64), 1.0 / 3)
    // In each of these the first two numbers meet before the tensor, and one of them is a literal, which may be a tensor.
    expectEqual(2 * Double.pi * one, Tensor([2 * Double.pi], dtype: .float64))
    expectEqual(1 / third / one, Tensor([1 / third], dtype: .float64))
    expectEqual(0.1 + third + one - 1, Tensor([0.1 + third + 1 - 1], dtype: .float64))
    expectEqual(-(2 * third) * one, Tensor([-(2 * third)], dtype: .float64))
    let weak: Tensor = 2 * third - 0.1
    #expect(weak.type == TensorType(.float32, isWeak: true))
    expectEqual(weak * one, Tensor([2 * third - 0.1], dtype: .float64))
    expectEqual(weak * ones([1]), Tensor([Float(2 * third - 0.1)]))
  }

  @Test("every pair of types and literals: the type of the sum, and whether it is weak")
  func everyPair() {
    let (types, weak) = (PromotionTable.sumTypes, PromotionTable.sumIsWeak)
    #expect(types.count == operands.count)
    for (i, a) in operands.enumerated() {
      for (j, b) in operands.enumerated() {
        let promoted = promoteTypes(a.dtype, isWeak: a.isWeaklyTyped, with: b.dtype, otherIsWeak: b.isWeaklyTyped)
        #expect(promoted.dtype == types[i][j], "\(a.type) with \(b.type)")
        #expect(promoted.isWeak == weak[i][j], "\(a.type) with \(b.type)")
        let sum = a + b
        #expect(sum.dtype == promoted.dtype, "\(a.type) + \(b.type)")
        #expect(sum.isWeaklyTyped == promoted.isWeak, "\(a.type) + \(b.type)")
      }
    }
  }

  @Test("promotion is symmetric, and a type with itself is the type")
  func lattice() {
    for a in DType.allCases {
      #expect(promoteTypes(a, with: a).dtype == a && !promoteTypes(a, with: a).isWeak)
      for b in DType.allCases { #expect(promoteTypes(a, with: b) == promoteTypes(b, with: a)) }
    }
  }

  private static let unary: [(name: String, function: @Sendable (Tensor) -> Tensor)] = [
    ("sum", { sum($0) }), ("prod", { product($0) }), ("max", { max($0) }), ("mean", { mean($0) }),
    ("variance", { variance($0) }), ("standardDeviation", { std($0) }), ("cumsum", { cumulativeSum($0, axis: 0) }),
    ("cumprod", { cumulativeProduct($0, axis: 0) }), ("sin", sin), ("exp", exp), ("sqrt", sqrt), ("abs", abs),
    ("neg", { -$0 }), ("sign", sign), ("floor", floor), ("ceil", ceil), ("round", round), ("reciprocal", reciprocal),
    ("argmax", { argMax($0) }), ("argsort", { argSort($0) }), ("sort", { sort($0) }), ("isFinite", isFinite),
    ("isNaN", isNaN), ("bitwiseNot", { ~$0 }), ("logsumexp", { logSumExp($0) }), ("any", { any($0) }),
    ("all", { all($0) }),
  ]

  @Test("functions of one operand: the type of the result", arguments: unary.map(\.name))
  func functionsOfOne(_ name: String) throws {
    let function = try #require(Self.unary.first { $0.name == name }).function
    for (dtype, expected) in zip(DType.allCases, PromotionTable.results(unary: name)) {
      guard let expected else { continue }
      let result = function(ones([3], dtype: dtype))
      #expect(result.dtype == expected, "\(name) of \(dtype)")
      #expect(!result.isWeaklyTyped)
    }
  }

  private static let binary: [(name: String, function: @Sendable (Tensor, Tensor) -> Tensor)] = [
    ("add", (+)), ("sub", (-)), ("mul", (*)), ("div", (/)), ("pow", pow), ("max", maximum), ("min", minimum),
    ("atan2", atan2), ("logaddexp", logAddExp), ("equal", (.==)), ("less", (.<)), ("bitwiseAnd", (&)),
    ("shiftLeft", (<<)), ("where", { select($0 .== $0, $0, $1) }), ("concatenate", { concatenate([$0, $1]) }),
  ]

  @Test("functions of two operands: the type of the result", arguments: binary.map(\.name))
  func functionsOfTwo(_ name: String) throws {
    let function = try #require(Self.binary.first { $0.name == name }).function
    for (a, row) in zip(DType.allCases, PromotionTable.results(binary: name)) {
      for (b, expected) in zip(DType.allCases, row) {
        guard let expected else { continue }
        // JAX converts two bools to int32 here; powers and shifts of bools are not defined.
        if a == .bool && b == .bool && (name == "pow" || name == "shiftLeft") { continue }
        #expect(function(ones([3], dtype: a), ones([3], dtype: b)).dtype == expected, "\(name) of \(a) and \(b)")
      }
    }
  }

  @Test("a literal keeps the type of every number type", arguments: DType.allCases.filter { $0 != .bool })
  func literals(_ dtype: DType) {
    let x = ones([2], dtype: dtype)
    for result in [x * 2, 2 * x, x + 1, 1 - x, x - 1] {
      #expect(result.type == TensorType(dtype, [2]))
    }
    let halves = dtype.isFloating ? dtype : .float32
    for result in [x * 0.5, 0.5 * x, x + 0.5, x - 0.5] { #expect(result.dtype == halves) }
    for result in [x / 2, 1 / x] {
      #expect(result.dtype == (dtype.isFloating ? dtype : dtype.itemSize == 8 ? .float64 : .float32))
    }
  }

  @Test("Swift variables count as literals", arguments: DType.allCases.filter(\.isFloating))
  func variables(_ dtype: DType) {
    let (x, rate, single, count, byte) = (ones([2], dtype: dtype), 0.5, Float(0.25), 3, UInt8(2))
    for result in [
      x * rate, rate * x, x * single, single * x, x * count, count * x, x / count, x + byte, rate * x * rate,
    ] {
      #expect(result.type == TensorType(dtype, [2]))
    }
    #expect((rate * x * rate).array(of: Double.self) == [0.25, 0.25])
    #expect((x / count - 1).dtype == dtype)
    #expect((x .> rate).array(of: Bool.self) == [true, true])
    #expect((count .<= x).array(of: Bool.self) == [false, false])
    var y = x
    y *= rate
    y += count
    y -= single
    y /= byte
    #expect(y.array(of: Double.self) == [1.625, 1.625] && y.dtype == dtype)
  }

  @Test("integers beside an Int stay integers, beside a Double become floats")
  func integerVariables() {
    let (x, n, d) = (Tensor([1, 2], dtype: .int8), 3, 0.5)
    #expect((x * n).type == TensorType(.int8, [2]))
    #expect((x * d).dtype == .float32)
    #expect((x * true).type == TensorType(.int8, [2]))
    #expect((Tensor([true]) * n).dtype == .int32)
  }

  @Test("a literal is as exact as the type it is combined with")
  func exactLiterals() {
    let x = ones([2], dtype: .float64)
    #expect((x * 0.1).array(of: Double.self) == [0.1, 0.1])
    #expect((0.1 + x).array(of: Double.self) == [1.1, 1.1])
    let third = 1.0 / 3
    #expect((x * third).array(of: Double.self) == [third, third])
    #expect(maximum(x, 1.1).array(of: Double.self) == [1.1, 1.1])
    #expect((x.reshaped(to: [2, 1]) * 0.1).array(of: Double.self) == [0.1, 0.1])
    #expect(select(x .> 2, x, 0.1).array(of: Double.self) == [0.1, 0.1])
    #expect((0.1 as Tensor).asType(.float64).scalar(as: Double.self) == 0.1)
    #expect((ones([1], dtype: .float32) * 0.1).asType(.float64).scalar(as: Double.self) == Double(Float(0.1)))
    #expect(mean(Tensor([0.1, 0.3], dtype: .float64)).scalar(as: Double.self) == 0.2)
  }

  @Test("several operands are promoted together")
  func several() {
    let parts = [ones([1], dtype: .int8), ones([1], dtype: .float16), ones([1], dtype: .bfloat16)]
    #expect(concatenate(parts).dtype == .float32)
    #expect(stack([ones([], dtype: .uint8), 2, 2.5]).dtype == .float32)
    #expect(select(Tensor([true, false]), Tensor([1, 2], dtype: .int8), 0.5).dtype == .float32)
    #expect(select(Tensor([true, false]), Tensor([1.0, 2], dtype: .float16), 0.5).dtype == .float16)
  }
}
