import Tensor

/// The type of a value in StableHLO: that of a tensor, or one of complex numbers between two steps of a transform.
struct HLOType: Hashable {
  var dtype: DType
  var shape: [Int]
  /// Whether the elements are complex numbers whose parts are of the element type.
  var isComplex = false

  init(_ dtype: DType, _ shape: [Int] = [], isComplex: Bool = false) {
    self.dtype = dtype
    self.shape = shape
    self.isComplex = isComplex
  }

  init(_ type: TensorType) { self.init(type.dtype, type.shape) }

  var rank: Int { shape.count }
  var elementCount: Int { shape.product }
  func with(dtype: DType) -> HLOType { HLOType(dtype, shape) }
  func with(shape: [Int]) -> HLOType { HLOType(dtype, shape) }

  /// The same as a type of this library's.
  var tensorType: TensorType { TensorType(dtype, shape) }

  /// For example `tensor<3x5xf32>`.
  var text: String {
    let element = isComplex ? "complex<\(dtype.stableHLO)>" : dtype.stableHLO
    return "tensor<\(shape.map { "\($0)x" }.joined())\(element)>"
  }
}

extension DType {
  /// The name in StableHLO.
  var stableHLO: String {
    switch self {
    case .bool: "i1"
    case .int8: "i8"
    case .int16: "i16"
    case .int32: "i32"
    case .int64: "i64"
    case .uint8: "ui8"
    case .uint16: "ui16"
    case .uint32: "ui32"
    case .uint64: "ui64"
    case .float16: "f16"
    case .bfloat16: "bf16"
    case .float32: "f32"
    case .float64: "f64"
    }
  }

  /// The type that sums and products of this type are made in.
  var accumulated: DType { self == .float16 || self == .bfloat16 ? .float32 : self }

  /// The type that indices of this type are compared with sizes in: one of 8 or 16 bits has no room for those.
  var ofPositions: DType { itemSize < 4 ? .int32 : self }
}

/// A value in the text of a function.
struct HLOValue {
  /// How the text refers to it, such as `%3` or `%3#1`.
  var name: String
  var type: HLOType

  var dtype: DType { type.dtype }
  var shape: [Int] { type.shape }
  var rank: Int { type.shape.count }
}

/// An attribute of an operation, as text.
struct HLOAttribute {
  var name: String
  var value: String

  init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  /// A list of 64-bit integers.
  init(_ name: String, _ integers: [Int]) {
    self.init(name, integers.isEmpty ? "array<i64>" : "array<i64: \(integers.commaSeparated)>")
  }

  /// A list of truth values.
  init(_ name: String, _ flags: [Bool]) {
    self.init(name, flags.isEmpty ? "array<i1>" : "array<i1: \(flags.map { "\($0)" }.joined(separator: ", "))>")
  }

  /// A 64-bit integer.
  init(_ name: String, _ integer: Int) { self.init(name, "\(integer) : i64") }

  /// A truth value.
  init(_ name: String, _ flag: Bool) { self.init(name, flag ? "true" : "false") }

  /// Pairs of integers, as padding is given.
  init(_ name: String, pairs: [(Int, Int)]) {
    let list = pairs.map { "[\($0), \($1)]" }.joined(separator: ", ")
    self.init(name, "dense<\(pairs.isEmpty ? "" : "[\(list)]")> : tensor<\(pairs.count)x2xi64>")
  }

  /// A word of one of StableHLO's own kinds.
  init(_ name: String, kind: String, _ word: String) { self.init(name, "#stablehlo<\(kind) \(word)>") }

  /// Named lists of one of StableHLO's own kinds; empty ones are left out.
  init(_ name: String, kind: String, _ lists: [(name: String, integers: [Int])], index: (name: String, Int)? = nil) {
    var parts = lists.filter { !$0.integers.isEmpty }.map { "\($0.name) = [\($0.integers.commaSeparated)]" }
    if let index { parts.append("\(index.name) = \(index.1)") }
    self.init(name, "#stablehlo.\(kind)<\(parts.joined(separator: ", "))>")
  }
}

extension [Int] {
  var commaSeparated: String { map(String.init).joined(separator: ", ") }
}
