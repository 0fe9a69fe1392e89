import Tensor

extension Reduce.Operation {
  /// The operation that combines two elements.
  var stableHLO: String {
    switch self {
    case .sum: "add"
    case .product: "multiply"
    case .maximum: "maximum"
    case .minimum: "minimum"
    case .and: "and"
    case .or: "or"
    }
  }

  /// What a combination of no elements is.
  func identity(_ dtype: DType, _ writer: FunctionWriter) -> HLOValue {
    let scalar = HLOType(dtype)
    switch self {
    case .sum, .or: return writer.constant(integer: 0, scalar)
    case .product: return writer.constant(integer: 1, scalar)
    case .and: return writer.constant(integer: dtype == .bool ? 1 : -1, scalar)
    case .maximum: return writer.lowest(scalar)
    case .minimum: return writer.highest(scalar)
    }
  }

  /// The type in which elements are combined: sums and products of 16-bit floats are made in `float32`.
  func computed(_ dtype: DType) -> DType { self == .sum || self == .product ? dtype.accumulated : dtype }
}

extension FunctionWriter {
  /// The lowest number of a type, in every element.
  func lowest(_ type: HLOType) -> HLOValue {
    if type.dtype.isFloating { return constant(-.infinity, type) }
    return constant(integer: type.dtype.isSignedInteger ? -1 << (type.dtype.bitWidth - 1) : 0, type)
  }

  /// The highest number of a type, in every element.
  func highest(_ type: HLOType) -> HLOValue {
    if type.dtype.isFloating { return constant(.infinity, type) }
    if type.dtype == .bool { return constant(integer: 1, type) }
    return constant(integer: type.dtype.isSignedInteger ? Int.max >> (64 - type.dtype.bitWidth) : -1, type)
  }

  /// A region that combines two scalars.
  func combination(_ operation: Reduce.Operation, _ dtype: DType) throws(LoweringError) -> Region {
    try region([HLOType(dtype), HLOType(dtype)]) { [binary(operation.stableHLO, $0[0], $0[1])] }
  }
}

extension Reduce: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    if axes.isEmpty { return operands }
    let computed = operation.computed(operands[0].dtype)
    let result = writer.operation(
      "stablehlo.reduce", [writer.convert(operands[0], to: computed), operation.identity(computed, writer)],
      [HLOAttribute("dimensions", axes)], regions: [try writer.combination(operation, computed)],
      result: results[0].with(dtype: computed))
    return [writer.convert(result, to: results[0].dtype)]
  }
}

extension ArgReduce: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let x = operands[0]
    let (scalar, place) = (HLOType(x.dtype), HLOType(x.shape[axis] > Int(Int32.max) ? .int64 : .int32))
    let region = try writer.region([scalar, place, scalar, place]) { [largest] pairs in
      let (a, i, b, j) = (pairs[0], pairs[1], pairs[2], pairs[3])
      var isBefore = writer.compare(largest ? "GT" : "LT", a, b)
      var isEqual = writer.compare("EQ", a, b)
      if scalar.dtype.isFloating {
        // NaN comes before all, and is equal to NaN.
        let (aIsNaN, bIsNaN) = (writer.compare("NE", a, a), writer.compare("NE", b, b))
        isBefore = writer.binary("or", isBefore, writer.binary("and", aIsNaN, writer.unary("not", bIsNaN)))
        isEqual = writer.binary("or", isEqual, writer.binary("and", aIsNaN, bIsNaN))
      }
      let isFirst = writer.binary("and", isEqual, writer.compare("LT", i, j))
      let isTaken = writer.binary("or", isBefore, isFirst)
      return [writer.select(isTaken, a, b), writer.select(isTaken, i, j)]
    }
    let places = writer.iota(x.type.with(dtype: place.dtype), dimension: axis)
    let outputs = writer.operation(
      "stablehlo.reduce",
      [
        x, places, largest ? writer.lowest(scalar) : writer.highest(scalar),
        // After every place that an equal element has.
        writer.highest(place),
      ], [HLOAttribute("dimensions", [axis])], regions: [region],
      results: [results[0].with(dtype: x.dtype), results[0].with(dtype: place.dtype)])
    return [writer.convert(outputs[1], to: indexType)]
  }
}

extension Cumulative: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let computed = operation.computed(operands[0].dtype)
    var window = SlidingWindow(operands[0].shape.map { _ in 1 })
    let size = operands[0].shape[axis]
    window.sizes[axis] = size
    if isReversed { window.high[axis] = size - 1 } else { window.low[axis] = size - 1 }
    let result = try writer.reduceWindow(
      writer.convert(operands[0], to: computed), operation, window, results[0].with(dtype: computed))
    return [writer.convert(result, to: results[0].dtype)]
  }
}
