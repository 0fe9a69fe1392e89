import CKernels
import Foundation

extension Tensor {
  /// A tensor with the elements of a number or of nested arrays of numbers, such as `Tensor([[1, 2], [3, 4]])`.
  ///
  /// - Parameters:
  ///   - values: a number, or arrays nested to any depth; those of one depth have one size.
  ///   - dtype: the element type; by default that of the numbers, but `float32` for `Double` and `int32` for `Int`.
  ///
  /// A lone `Int` or `Double` without a `dtype` is weakly typed, be it a literal or a variable: it gives way to what it is
  /// combined with. Arrays of different sizes at one depth, and an `Int` outside the element type's range, stop the program.
  public init<Values: TensorConvertible>(_ values: Values, dtype: DType? = nil) {
    let shape = values.tensorShape
    var scalars: [Values.Scalar] = []
    scalars.reserveCapacity(shape.product)
    if !values.appendScalars(to: &scalars, shape: shape[...]) {
      fail("Tensor", [], "the nested arrays are ragged: the first ones have shape \(shape), others differ")
    }
    // Swift makes `Tensor(1)` of the literal, without coming here; a variable must not be different.
    if dtype == nil && shape.isEmpty && Values.Scalar.defaultDType != Values.Scalar.dtype {
      self = scalars[0].weakTensor
    } else {
      self.init(scalars, shape: shape, dtype: dtype)
    }
  }

  /// A tensor with these elements, row by row.
  ///
  /// - Parameters:
  ///   - scalars: the elements, as many as the shape holds.
  ///   - shape: the size of each dimension.
  ///   - dtype: the element type; by default that of the numbers, but `float32` for `Double` and `int32` for `Int`.
  public init<Scalar: TensorScalar>(_ scalars: [Scalar], shape: [Int], dtype: DType? = nil) {
    if scalars.count != shape.product {
      fail("Tensor", [], "\(scalars.count) elements do not fit the shape \(shape)")
    }
    let dtype = dtype ?? Scalar.defaultDType
    let value = ConcreteValue(uninitialized: TensorType(dtype, shape))
    scalars.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, !scalars.isEmpty else { return }
      if dtype == Scalar.dtype {
        value.pointer.copyMemory(from: base, byteCount: bytes.count)
      } else {
        jn_convert(dtype.kernelType, value.pointer, Scalar.dtype.kernelType, base, scalars.count)
      }
    }
    self.init(value)
    if Scalar.self == Int.self && dtype.isInteger && dtype.itemSize < 8 { Self.checkRange(scalars, self) }
  }

  /// A tensor with the elements that lie in memory, row by row, in the machine's byte order.
  public init(bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) {
    let value = ConcreteValue(uninitialized: TensorType(dtype, shape))
    if bytes.count != value.type.byteCount {
      fail("Tensor", [value.type], "needs \(value.type.byteCount) bytes, not \(bytes.count)")
    }
    if let base = bytes.baseAddress { value.pointer.copyMemory(from: base, byteCount: bytes.count) }
    self.init(value)
  }

  /// A tensor whose elements `initialize` writes into memory of the right size, row by row, in the machine's byte order.
  public init(
    unsafeUninitializedShape shape: [Int], dtype: DType, initialize: (UnsafeMutableRawBufferPointer) throws -> Void
  ) rethrows {
    let value = ConcreteValue(uninitialized: TensorType(dtype, shape))
    try initialize(UnsafeMutableRawBufferPointer(start: value.pointer, count: value.type.byteCount))
    self.init(value)
  }

  /// Stops the program if a number has changed on its way into a narrower integer type.
  private static func checkRange<Scalar: TensorScalar>(_ scalars: [Scalar], _ tensor: Tensor) {
    let wide = tensor.concrete!.converted(to: .int64)
    let isSame = scalars.withUnsafeBytes { bytes in
      bytes.count == 0 || memcmp(bytes.baseAddress!, wide.pointer, bytes.count) == 0
    }
    if !isSame {
      fail(
        "Tensor", [tensor.type], "a number is outside the range of \(tensor.dtype)",
        hint: "give a wider dtype, such as .int64")
    }
  }

  /// A tensor in which one number stands for all elements.
  package static func splat(_ double: Double, _ type: TensorType) -> Tensor {
    Tensor(ConcreteValue.splat(type, double))
  }
  /// A tensor in which one number stands for all elements.
  package static func splat(integer: Int64, _ type: TensorType) -> Tensor {
    Tensor(ConcreteValue.splat(type, integer: integer))
  }
}

extension Tensor: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  /// A weakly typed `float32` scalar: combined with another floating-point tensor it takes that tensor's type.
  public init(floatLiteral value: Double) { self = .splat(value, TensorType(.defaultFloat, isWeak: true)) }
  /// A weakly typed `int32` scalar: combined with another number tensor it takes that tensor's type.
  public init(integerLiteral value: Int) { self.init(weak: value) }

  /// A weakly typed scalar.
  package init<Integer: BinaryInteger>(weak value: Integer) {
    guard let narrow = Int32(exactly: value) else {
      fail(
        "Tensor", [], "the number \(value) is outside the range of int32, the type of a Swift number beside a tensor",
        hint: "write Tensor(\(value), dtype: .int64)")
    }
    self = .splat(integer: Int64(narrow), TensorType(.defaultInt, isWeak: true))
  }
}

// MARK: Constant tensors and ranges

/// A tensor of zeros.
public func zeros(_ shape: [Int], dtype: DType = .defaultFloat) -> Tensor { .splat(0, TensorType(dtype, shape)) }
/// A tensor of ones.
public func ones(_ shape: [Int], dtype: DType = .defaultFloat) -> Tensor { .splat(1, TensorType(dtype, shape)) }
/// A tensor whose elements are all one number.
public func full(_ shape: [Int], _ value: Double, dtype: DType = .defaultFloat) -> Tensor {
  .splat(value, TensorType(dtype, shape))
}
/// Zeros with the shape and element type of another tensor.
public func zerosLike(_ x: Tensor) -> Tensor { .splat(0, x.type.strong) }
/// Ones with the shape and element type of another tensor.
public func onesLike(_ x: Tensor) -> Tensor { .splat(1, x.type.strong) }

/// The numbers `0, 1, …, count - 1`: shape [count].
public func arange(_ count: Int, dtype: DType = .defaultInt) -> Tensor {
  if count < 0 { fail("arange", [], "the count \(count) is negative") }
  return Primitive.iota(Iota(TensorType(dtype, [count]), dimension: 0))()
}

/// The numbers `start, start + step, …` below `stop` (above it for a negative step): shape [⌈(stop - start) / step⌉].
public func arange(_ start: Double, _ stop: Double, step: Double = 1, dtype: DType = .defaultFloat) -> Tensor {
  if step == 0 { fail("arange", [], "the step is zero") }
  let count = max(0, Int(((stop - start) / step).rounded(.up)))
  return (arange(count, dtype: .float64) * Tensor(step, dtype: .float64) + Tensor(start, dtype: .float64)).asType(dtype)
}

/// The integers `start, start + step, …` below `stop` (above it for a negative step).
public func arange(_ start: Int, _ stop: Int, step: Int = 1, dtype: DType = .defaultInt) -> Tensor {
  if step == 0 { fail("arange", [], "the step is zero") }
  let count = max(0, (stop - start + step - step.signum()) / step)
  return (arange(count, dtype: .int64) * Tensor(step, dtype: .int64) + Tensor(start, dtype: .int64)).asType(dtype)
}

/// A matrix with ones on a diagonal, `offset` above the main one: shape [rows, columns], square if no columns are given.
public func eye(_ rows: Int, _ columns: Int? = nil, offset: Int = 0, dtype: DType = .defaultFloat) -> Tensor {
  let type = TensorType(.int32, [rows, columns ?? rows])
  let row = Primitive.iota(Iota(type, dimension: 0))()
  return (row + Tensor(offset) .== Primitive.iota(Iota(type, dimension: 1))()).asType(dtype)
}
