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
  /// The number of elements; `Int.max` where it is larger, for types can be of tensors that no memory holds.
  public var elementCount: Int { shape.product }
  /// The number of bytes that the elements take; `Int.max` where it is larger.
  public var byteCount: Int { [elementCount, dtype.itemSize].product }

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
  /// The product of the elements, 1 for none: the number of elements of a tensor of this shape. `Int.max` where it is larger:
  /// programs are followed on shapes alone, too, whose tensors would fit into no memory.
  package var product: Int {
    var result = 1
    for size in self {
      let (product, overflows) = result.multipliedReportingOverflow(by: size)
      if overflows { return contains(0) ? 0 : .max }
      result = product
    }
    return result
  }

  /// The product divided by that of other positive sizes, nil if it is no multiple; exact where the products are too large.
  package func product(dividedBy others: [Int]) -> Int? {
    var sizes = self
    for var other in others {
      for i in sizes.indices where other > 1 {
        let common = greatestCommonDivisor(sizes[i], other)
        sizes[i] /= common
        other /= common
      }
      if other != 1 { return nil }
    }
    return sizes.product
  }

  /// The distance between neighbours along each dimension, in elements, for a dense row-major array of this shape.
  package var rowMajorStrides: [Int] {
    var strides = [Int](repeating: 1, count: count)
    for i in stride(from: count - 2, through: 0, by: -1) { strides[i] = strides[i + 1] * self[i + 1] }
    return strides
  }
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
  var (a, b) = (a, b)
  while b != 0 { (a, b) = (b, a % b) }
  return a
}
