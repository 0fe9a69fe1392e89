/// An immutable array of numbers with a shape and an element type: the value that every function of the library works on.
///
/// Operations are performed at once, so a tensor has elements that a debugger can show, except inside a transformed function,
/// where it stands for the elements of a later call.
public struct Tensor: Sendable {
  package internal(set) var value: TensorValue

  /// The shape, element type, and whether that is weak.
  public var type: TensorType { value.type }
  /// The size of each dimension; empty for a scalar.
  public var shape: [Int] { value.type.shape }
  /// The type of the elements.
  public var dtype: DType { value.type.dtype }
  /// The number of dimensions.
  public var rank: Int { value.type.shape.count }
  /// The number of elements.
  public var count: Int { value.type.elementCount }
  /// Whether the element type gives way to another operand's, as that of a Swift literal does.
  public var isWeaklyTyped: Bool { value.type.isWeak }
  /// Whether it stands for the elements of a later call, inside a transformed function, and has none to read now.
  public var isTraced: Bool { tracer != nil }

  /// Which object this is: equal for copies of one tensor, different for tensors computed apart.
  package var identity: ObjectIdentifier { ObjectIdentifier(value) }

  /// Whether both are the same tensor, not only equal elements.
  public static func === (a: Tensor, b: Tensor) -> Bool { a.value === b.value }
}

extension Tensor {
  /// A dimension counted from the end if negative, checked.
  package func normalizedAxis(_ axis: Int, _ operation: String) -> Int {
    let result = axis < 0 ? axis + rank : axis
    if !(0..<rank ~= result) {
      fail(
        operation, [type], "there is no axis \(axis)",
        hint: rank == 0 ? "a scalar has no axes" : "axes go from \(-rank) to \(rank - 1)")
    }
    return result
  }

  /// Dimensions counted from the end if negative, checked, in increasing order; all of them for nil.
  package func normalizedAxes(_ axes: [Int]?, _ operation: String) -> [Int] {
    guard let axes else { return Array(0..<rank) }
    let result = axes.map { normalizedAxis($0, operation) }.sorted()
    if Set(result).count != result.count { fail(operation, [type], "the axes \(axes) name a dimension twice") }
    return result
  }
}
