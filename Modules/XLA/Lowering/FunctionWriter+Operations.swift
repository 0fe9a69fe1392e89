import Tensor

/// The operations that forms of several families are made of.
extension FunctionWriter {
  /// A number in every element, rounded to the element type.
  func constant(_ number: Double, _ type: HLOType) -> HLOValue {
    let splat = Tensor(ConcreteValue.splat(TensorType(type.dtype), number))
    return constant(ConstantText.elements(splat), type)
  }

  /// An integer in every element.
  func constant(integer: Int, _ type: HLOType) -> HLOValue {
    let splat = Tensor(ConcreteValue.splat(TensorType(type.dtype), integer: Int64(integer)))
    return constant(ConstantText.elements(splat), type)
  }

  /// An operation of StableHLO on each element, whose result has the type of its operand.
  func unary(_ name: String, _ x: HLOValue) -> HLOValue { operation("stablehlo.\(name)", [x], result: x.type) }

  /// An operation of StableHLO on each pair of elements, whose result has their type.
  func binary(_ name: String, _ a: HLOValue, _ b: HLOValue) -> HLOValue {
    operation("stablehlo.\(name)", [a, b], result: a.type)
  }

  /// A comparison: `EQ`, `NE`, `LT`, `LE`, `GT` or `GE`. In the total order of floats, -0 is less than 0 and NaNs are
  /// at the ends.
  func compare(_ direction: String, _ a: HLOValue, _ b: HLOValue, inTotalOrder: Bool = false) -> HLOValue {
    let kind =
      a.dtype.isFloating ? inTotalOrder ? "TOTALORDER" : "FLOAT" : a.dtype.isSignedInteger ? "SIGNED" : "UNSIGNED"
    return operation(
      "stablehlo.compare", [a, b],
      [
        HLOAttribute("comparison_direction", kind: "comparison_direction", direction),
        HLOAttribute("compare_type", kind: "comparison_type", kind),
      ], result: a.type.with(dtype: .bool))
  }

  /// Elements of `a` where the condition is true, of `b` elsewhere.
  func select(_ condition: HLOValue, _ a: HLOValue, _ b: HLOValue) -> HLOValue {
    operation("stablehlo.select", [condition, a, b], result: a.type)
  }

  /// The values in another element type, as `Convert` has them.
  func convert(_ x: HLOValue, to dtype: DType) -> HLOValue {
    if x.dtype == dtype { return x }
    if dtype == .bool { return compare("NE", x, constant(integer: 0, x.type)) }
    return operation("stablehlo.convert", [x], result: x.type.with(dtype: dtype))
  }

  /// The elements in another shape.
  func reshape(_ x: HLOValue, to shape: [Int]) -> HLOValue {
    x.shape == shape ? x : operation("stablehlo.reshape", [x], result: x.type.with(shape: shape))
  }

  /// Dimension `i` of the operand as dimension `dimensions[i]` of a shape, repeated along the others.
  func broadcast(_ x: HLOValue, to shape: [Int], dimensions: [Int] = []) -> HLOValue {
    if x.shape == shape { return x }
    return operation(
      "stablehlo.broadcast_in_dim", [x], [HLOAttribute("broadcast_dimensions", dimensions)],
      result: x.type.with(shape: shape))
  }

  /// The index along a dimension.
  func iota(_ type: HLOType, dimension: Int) -> HLOValue {
    operation("stablehlo.iota", [], [HLOAttribute("iota_dimension", dimension)], result: type)
  }

  /// A rectangular part.
  func slice(_ x: HLOValue, start: [Int], limit: [Int], strides: [Int]? = nil) -> HLOValue {
    let strides = strides ?? start.map { _ in 1 }
    let shape = start.indices.map { (limit[$0] - start[$0] + strides[$0] - 1) / strides[$0] }
    if shape == x.shape { return x }
    return operation(
      "stablehlo.slice", [x],
      [
        HLOAttribute("start_indices", start), HLOAttribute("limit_indices", limit), HLOAttribute("strides", strides),
      ], result: x.type.with(shape: shape))
  }

  /// The elements with dimension `permutation[i]` as dimension `i`.
  func transpose(_ x: HLOValue, _ permutation: [Int]) -> HLOValue {
    if permutation == Array(permutation.indices) { return x }
    return operation(
      "stablehlo.transpose", [x], [HLOAttribute("permutation", permutation)],
      result: x.type.with(shape: permutation.map { x.shape[$0] }))
  }

  /// The elements in the opposite order along some dimensions.
  func reverse(_ x: HLOValue, _ dimensions: [Int]) -> HLOValue {
    if dimensions.isEmpty { return x }
    return operation("stablehlo.reverse", [x], [HLOAttribute("dimensions", dimensions)], result: x.type)
  }

  /// Padding with a scalar.
  func pad(_ x: HLOValue, with value: HLOValue, low: [Int], high: [Int], interior: [Int]) -> HLOValue {
    let shape = x.shape.enumerated().map { i, size in low[i] + size + max(size - 1, 0) * interior[i] + high[i] }
    return operation(
      "stablehlo.pad", [x, value],
      [
        HLOAttribute("edge_padding_low", low), HLOAttribute("edge_padding_high", high),
        HLOAttribute("interior_padding", interior),
      ], result: x.type.with(shape: shape))
  }
}
