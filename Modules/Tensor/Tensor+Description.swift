extension Tensor {
  /// The number, if one number stands for all elements: how printed graphs show a constant.
  var inlineDescription: String? {
    guard let value = concrete, value.isSplat || value.type.elementCount == 1 else { return nil }
    let scalar = Tensor(ConcreteValue(TensorType(dtype), value.storage))
    let text =
      dtype.isFloating
      ? "\(scalar.array(of: Float.self)[0])" : dtype == .bool ? "\(scalar.array(of: Bool.self)[0])" : "\(scalar.array(of: Int64.self)[0])"
    return type.rank == 0 ? text : "\(text): \(type)"
  }
}

extension Tensor: CustomStringConvertible {
  /// The elements.
  public var description: String { isTraced ? "\(type)" : "\(array(of: Double.self)) \(type)" }
}
