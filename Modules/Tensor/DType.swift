import CKernels

/// The type of a tensor's elements.
public enum DType: UInt32, Sendable, Hashable, CaseIterable {
  // The order is that of `jn_dtype` in the kernels.
  case bool
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case float16, bfloat16, float32, float64

  /// What the type of a Swift floating-point literal becomes: `float32`.
  public static let defaultFloat = DType.float32
  /// What the type of a Swift integer literal becomes: `int32`.
  public static let defaultInt = DType.int32

  /// The size of an element in bytes.
  public var itemSize: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }

  /// Whether it is one of the floating-point types: those that derivatives exist for.
  public var isFloating: Bool { rawValue >= DType.float16.rawValue }
  /// Whether it is a signed or unsigned integer type (`bool` is neither).
  public var isInteger: Bool { self != .bool && !isFloating }
  /// Whether it is an integer type with a sign.
  public var isSignedInteger: Bool { (DType.int8.rawValue...DType.int64.rawValue).contains(rawValue) }
  /// Whether it is an integer type without a sign.
  public var isUnsignedInteger: Bool { (DType.uint8.rawValue...DType.uint64.rawValue).contains(rawValue) }
  /// The size of an element in bits, 8 for `bool`.
  public var bitWidth: Int { itemSize * 8 }

  /// The unsigned integer type of the same size: what `bitcast` turns an element into.
  public var unsignedOfSameSize: DType {
    switch itemSize {
    case 1: .uint8
    case 2: .uint16
    case 4: .uint32
    default: .uint64
    }
  }

  package var kernelType: jn_dtype { jn_dtype(rawValue: rawValue) }
}

extension DType: CustomStringConvertible {
  /// The name that JAX and NumPy use, such as `float32`.
  public var description: String {
    switch self {
    case .bool: "bool"
    case .int8: "int8"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    case .uint8: "uint8"
    case .uint16: "uint16"
    case .uint32: "uint32"
    case .uint64: "uint64"
    case .float16: "float16"
    case .bfloat16: "bfloat16"
    case .float32: "float32"
    case .float64: "float64"
    }
  }
}
