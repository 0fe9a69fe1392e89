/// The type of a tensor: its shape, the type of its elements, and whether that is weak.
///
/// Shape rules map the types of operands to those of results, and tracing runs a program on types alone.
public struct TensorType: Hashable, Sendable {
  /// The type of the elements.
  public var dtype: DType
  /// The size of each dimension.
  public var shape: [Int]
  /// Whether the element type gives way to that of another operand, as that of a Swift literal does.
  public var isWeak: Bool

  /// The type of tensors of this element type and shape.
  public init(_ dtype: DType, _ shape: [Int] = [], isWeak: Bool = false) {
    self.dtype = dtype
    self.shape = shape
    self.isWeak = isWeak
  }

  /// The number of dimensions.
  public var rank: Int { shape.count }
  /// The number of elements.
  public var elementCount: Int { shape.product }
  /// The number of bytes that the elements take.
  public var byteCount: Int { elementCount * dtype.itemSize }

  /// This type with another shape.
  public func with(shape: [Int]) -> TensorType { TensorType(dtype, shape, isWeak: isWeak) }
  /// This type with another element type.
  public func with(dtype: DType) -> TensorType { TensorType(dtype, shape, isWeak: isWeak) }
  /// This type, not weak.
  public var strong: TensorType { TensorType(dtype, shape) }
}

extension TensorType: CustomStringConvertible {
  /// For example `float32[3, 5]`; a weak type has a star.
  public var description: String {
    "\(dtype)\(isWeak ? "*" : "")[\(shape.map(String.init).joined(separator: ", "))]"
  }
}

extension [Int] {
  /// The product of the elements, 1 for none: the number of elements of a tensor of this shape.
  package var product: Int { reduce(1, *) }

  /// The distance between neighbours along each dimension, in elements, for a dense row-major array of this shape.
  package var rowMajorStrides: [Int] {
    var strides = [Int](repeating: 1, count: count)
    for i in stride(from: count - 2, through: 0, by: -1) { strides[i] = strides[i + 1] * self[i + 1] }
    return strides
  }
}
