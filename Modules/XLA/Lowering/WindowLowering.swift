import Tensor

extension SlidingWindow {
  var stableHLO: [HLOAttribute] {
    [
      HLOAttribute("window_dimensions", sizes), HLOAttribute("window_strides", strides),
      HLOAttribute("base_dilations", baseDilation), HLOAttribute("window_dilations", windowDilation),
      HLOAttribute("padding", pairs: Array(zip(low, high))),
    ]
  }

  /// Whether elements are cut off.
  private var cutsOff: Bool { (low + high).contains { $0 < 0 } }

  /// The window over an operand to which padding and dilation have been applied, if that is needed: StableHLO's windows
  /// cut nothing off.
  fileprivate func withoutCuts(
    _ operands: [HLOValue], _ initial: [HLOValue], _ writer: FunctionWriter
  ) -> (window: SlidingWindow, operands: [HLOValue]) {
    if !cutsOff { return (self, operands) }
    let padded = zip(operands, initial).map { operand, value in
      writer.pad(operand, with: value, low: low, high: high, interior: baseDilation.map { $0 - 1 })
    }
    return (SlidingWindow(sizes, strides: strides, windowDilation: windowDilation), padded)
  }
}

extension FunctionWriter {
  /// A combination of the elements under a window, in the operand's type.
  func reduceWindow(
    _ x: HLOValue, _ operation: Reduce.Operation, _ window: SlidingWindow, _ result: HLOType
  ) throws(LoweringError) -> HLOValue {
    let initial = operation.identity(x.dtype, self)
    let (window, operands) = window.withoutCuts([x], [initial], self)
    return self.operation(
      "stablehlo.reduce_window", operands + [initial], window.stableHLO,
      regions: [try combination(operation, x.dtype)], result: result)
  }
}

extension ReduceWindow: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let computed = operation.computed(operands[0].dtype)
    let result = try writer.reduceWindow(
      writer.convert(operands[0], to: computed), operation, window, results[0].with(dtype: computed))
    return [writer.convert(result, to: results[0].dtype)]
  }
}

extension WindowSelection {
  /// For each window, what `values` has where `keys` has its extremum, or the value for no element: the selected one
  /// stays unless another element under the window is not as large (as small).
  fileprivate func gather(
    _ values: HLOValue, none: HLOValue, _ keys: HLOValue, _ shape: [Int], _ writer: FunctionWriter
  ) throws(LoweringError) -> HLOValue {
    let (key, value, flag) = (HLOType(keys.dtype), HLOType(values.dtype), HLOType(.bool))
    let region = try writer.region([key, value, flag, key, value, flag]) { [largest] parts in
      let (selected, value, isSelected) = (parts[0], parts[1], parts[2])
      let (other, otherValue, isElement) = (parts[3], parts[4], parts[5])
      // Padding is no element, whatever its key.
      let wins = writer.binary(
        "or", writer.compare(largest ? "GE" : "LE", selected, other), writer.unary("not", isElement))
      let stays = writer.binary("and", isSelected, wins)
      return [
        writer.select(stays, selected, other), writer.select(stays, value, otherValue),
        writer.binary("or", isSelected, isElement),
      ]
    }
    let initial = [
      writer.constant(integer: 0, key), none, writer.constant(integer: 0, flag),
    ]
    let areElements = writer.constant(integer: 1, keys.type.with(dtype: .bool))
    let (window, operands) = window.withoutCuts([keys, values, areElements], initial, writer)
    return writer.operation(
      "stablehlo.reduce_window", operands + initial, window.stableHLO, regions: [region],
      results: [keys.dtype, values.dtype, .bool].map { HLOType($0, shape) })[1]
  }
}

extension SelectAndGather: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let none = writer.constant(integer: 0, HLOType(operands[0].dtype))
    return [try selection.gather(operands[0], none: none, operands[1], results[0].shape, writer)]
  }
}

extension SelectAndScatter: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let computed = results[0].dtype.accumulated
    let (source, keys) = (writer.convert(operands[0], to: computed), writer.convert(operands[1], to: computed))
    let window = selection.window
    let isPlain =
      (window.low + window.high).allSatisfy { $0 >= 0 }
      && (window.baseDilation + window.windowDilation).allSatisfy { $0 == 1 }
    let result =
      isPlain
      ? try selectAndScatter(source, keys, writer)
      : try scatter(source, keys, writer)
    return [writer.convert(result, to: results[0].dtype)]
  }

  private func selectAndScatter(
    _ source: HLOValue, _ keys: HLOValue, _ writer: FunctionWriter
  ) throws(LoweringError) -> HLOValue {
    let (scalar, window) = (HLOType(keys.dtype), selection.window)
    let select = try writer.region([scalar, scalar]) { [selection] in
      [writer.compare(selection.largest ? "GE" : "LE", $0[0], $0[1])]
    }
    return writer.operation(
      "stablehlo.select_and_scatter", [keys, source, writer.constant(integer: 0, scalar)],
      [
        HLOAttribute("window_dimensions", window.sizes), HLOAttribute("window_strides", window.strides),
        HLOAttribute("padding", pairs: Array(zip(window.low, window.high))),
      ], regions: [select, try writer.combination(.sum, keys.dtype)], result: keys.type)
  }

  /// By the places that are selected, where there are dilations or cuts, which StableHLO's operation does not have.
  private func scatter(
    _ source: HLOValue, _ keys: HLOValue, _ writer: FunctionWriter
  ) throws(LoweringError) -> HLOValue {
    let count = keys.type.elementCount
    let place = HLOType(count > Int(Int32.max) ? .int64 : .int32, [count])
    let places = writer.reshape(writer.iota(place, dimension: 0), to: keys.shape)
    // A place outside is dropped.
    let none = writer.constant(integer: -1, HLOType(place.dtype))
    let selected = try selection.gather(places, none: none, keys, source.shape, writer)
    let dimensions = GatherDimensions(offsetDims: [], collapsedSliceDims: [0], startIndexMap: [0])
    let sums = try Scatter(.add, dimensions, mode: .fillOrDrop).write(
      [
        writer.constant(integer: 0, HLOType(keys.dtype, [count])),
        writer.reshape(selected, to: [source.type.elementCount, 1]),
        writer.reshape(source, to: [source.type.elementCount]),
      ], [HLOType(keys.dtype, [count])], writer)
    return writer.reshape(sums[0], to: keys.shape)
  }
}
