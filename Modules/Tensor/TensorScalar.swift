/// A Swift number or `Bool` that a tensor can be made of, and that its elements can be read as.
public protocol TensorScalar: BitwiseCopyable, Sendable, CustomStringConvertible {
  /// The element type with this memory layout.
  static var dtype: DType { get }
  /// The element type of a tensor made of such values: `dtype`, but `float32` for `Double` and `int32` for `Int`, the types of
  /// Swift's literals.
  static var defaultDType: DType { get }
  /// Zero or false.
  static var zero: Self { get }
  /// A scalar tensor that takes the element type of what it is combined with, as that of a literal does. An integer outside
  /// the range of `int32` stops the program.
  var weakTensor: Tensor { get }
}

extension TensorScalar {
  /// The element type with this memory layout.
  public static var defaultDType: DType { dtype }
}

extension TensorScalar where Self: BinaryFloatingPoint {
  /// A weakly typed `float32` scalar.
  public var weakTensor: Tensor { Tensor(floatLiteral: Double(self)) }
}

extension TensorScalar where Self: BinaryInteger {
  /// A weakly typed `int32` scalar.
  public var weakTensor: Tensor { Tensor(weak: self) }
}

extension Bool: TensorScalar {
  /// `bool`.
  public static var dtype: DType { .bool }
  /// False.
  public static var zero: Bool { false }
  /// A `bool` scalar, which takes the element type of any number.
  public var weakTensor: Tensor { Tensor(self) }
}
extension Int8: TensorScalar {
  /// `int8`.
  public static var dtype: DType { .int8 }
}
extension Int16: TensorScalar {
  /// `int16`.
  public static var dtype: DType { .int16 }
}
extension Int32: TensorScalar {
  /// `int32`.
  public static var dtype: DType { .int32 }
}
extension Int64: TensorScalar {
  /// `int64`.
  public static var dtype: DType { .int64 }
}
extension Int: TensorScalar {
  /// `int64`.
  public static var dtype: DType { .int64 }
  /// `int32`.
  public static var defaultDType: DType { .defaultInt }
}
extension UInt8: TensorScalar {
  /// `uint8`.
  public static var dtype: DType { .uint8 }
}
extension UInt16: TensorScalar {
  /// `uint16`.
  public static var dtype: DType { .uint16 }
}
extension UInt32: TensorScalar {
  /// `uint32`.
  public static var dtype: DType { .uint32 }
}
extension UInt64: TensorScalar {
  /// `uint64`.
  public static var dtype: DType { .uint64 }
}
#if !(os(macOS) && arch(x86_64))
  extension Float16: TensorScalar {
    /// `float16`.
    public static var dtype: DType { .float16 }
  }
#endif
extension Float: TensorScalar {
  /// `float32`.
  public static var dtype: DType { .float32 }
}
extension Double: TensorScalar {
  /// `float64`.
  public static var dtype: DType { .float64 }
  /// `float32`.
  public static var defaultDType: DType { .defaultFloat }
}

/// A Swift value that has a tensor's shape: a number, or an array of such values, nested to any depth.
public protocol TensorConvertible {
  /// The type of the numbers.
  associatedtype Scalar: TensorScalar
  /// The sizes of the nested arrays, outermost first, taken from the first of each.
  var tensorShape: [Int] { get }
  /// Appends the numbers in order; false if an array has not the size that `shape` asks for.
  func appendScalars(to scalars: inout [Scalar], shape: ArraySlice<Int>) -> Bool
}

extension TensorConvertible where Self: TensorScalar {
  /// No sizes: a number.
  public var tensorShape: [Int] { [] }
  /// Appends the number.
  public func appendScalars(to scalars: inout [Self], shape: ArraySlice<Int>) -> Bool {
    scalars.append(self)
    return shape.isEmpty
  }
}

extension Bool: TensorConvertible {}
extension Int8: TensorConvertible {}
extension Int16: TensorConvertible {}
extension Int32: TensorConvertible {}
extension Int64: TensorConvertible {}
extension Int: TensorConvertible {}
extension UInt8: TensorConvertible {}
extension UInt16: TensorConvertible {}
extension UInt32: TensorConvertible {}
extension UInt64: TensorConvertible {}
#if !(os(macOS) && arch(x86_64))
  extension Float16: TensorConvertible {}
#endif
extension Float: TensorConvertible {}
extension Double: TensorConvertible {}

extension Array: TensorConvertible where Element: TensorConvertible {
  /// The number of elements, then the sizes of the first.
  public var tensorShape: [Int] { [count] + (first?.tensorShape ?? []) }

  /// Appends the numbers of all elements.
  public func appendScalars(to scalars: inout [Element.Scalar], shape: ArraySlice<Int>) -> Bool {
    guard count == shape.first else { return false }
    if Element.self == Element.Scalar.self, shape.count == 1 {
      scalars += self as! [Element.Scalar]
      return true
    }
    return allSatisfy { $0.appendScalars(to: &scalars, shape: shape.dropFirst()) }
  }
}
