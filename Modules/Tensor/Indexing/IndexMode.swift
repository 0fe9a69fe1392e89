/// What an index outside its dimension means to a function that takes index tensors.
///
/// But for `wrap`, negative indices count from the end first. Shapes never depend on the indices, and no index ever reaches
/// memory outside the tensor.
public enum IndexMode: Hashable, Sendable {
  /// A result is filled there, with NaN or what the function is told; an update is dropped.
  case fill
  /// The index is moved to the nearest place inside.
  case clip
  /// The index counts modulo the size of the dimension.
  case wrap
  /// There is none; if there is in spite of that, results clip, updates are dropped, and derivatives are wrong.
  case promiseInBounds

  /// The same as `fill`, for updates.
  public static var drop: IndexMode { .fill }

  var primitiveMode: GatherScatterMode {
    switch self {
    case .fill: .fillOrDrop
    case .clip: .clip
    case .wrap, .promiseInBounds: .promiseInBounds
    }
  }

  /// Indices into a dimension that count from its start, in a type that can hold them.
  func normalized(_ indices: Tensor, of x: Tensor, axis: Int, _ operation: String) -> Tensor {
    normalized(indices, size: x.shape[x.normalizedAxis(axis, operation)], [x.type, indices.type], operation)
  }

  /// Indices into a dimension of a size; the types are for an error's text.
  func normalized(_ indices: Tensor, size: Int, _ types: [TensorType], _ operation: String) -> Tensor {
    if !indices.dtype.isInteger { fail(operation, types, "the indices must be integers") }
    if indices.dtype.isUnsignedInteger && self != .wrap || size == 0 { return indices }
    let needed = size > Int(Int32.max) ? DType.int64 : .int32
    let indices = indices.dtype.itemSize < needed.itemSize ? indices.asType(needed) : indices
    let count = full(indices.shape, Double(size), dtype: indices.dtype)
    guard self == .wrap else { return select(indices .< 0, indices + count, indices) }
    let rest = Primitive.binary(.remainder)(indices, count)
    return indices.dtype.isUnsignedInteger ? rest : select(rest .< 0, rest + count, rest)
  }
}

extension Tensor {
  /// Values that take the place of this tensor's elements, in its element type, which must hold them.
  func update(with values: Tensor, _ operation: String) -> Tensor {
    let promoted = promoteTypes(dtype, isWeak: isWeaklyTyped, with: values.dtype, otherIsWeak: values.isWeaklyTyped)
    if promoted.dtype != dtype {
      fail(
        operation, [type, values.type], "the values do not fit the element type \(dtype)",
        hint: "convert the tensor or the values with `asType`")
    }
    return values.asType(dtype)
  }
}
