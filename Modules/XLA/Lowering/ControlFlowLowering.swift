import Tensor

extension Switch: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let inputs = Array(operands.dropFirst())
    // StableHLO takes any index outside for the last.
    let zero = writer.constant(integer: 0, operands[0].type)
    let last = writer.constant(integer: branches.count - 1, operands[0].type)
    let index = writer.binary("minimum", writer.binary("maximum", operands[0], zero), last)
    var regions: [FunctionWriter.Region] = []
    for branch in branches {
      regions.append(try writer.region { _ throws(LoweringError) in try writer.call(branch, inputs) })
    }
    return writer.operation("stablehlo.case", [index], regions: regions, results: results)
  }
}

extension FunctionWriter {
  /// Repeats a loop: all that its regions use goes through it, the constants too large to be written included. `values`
  /// go through unchanged; `condition` and `body` get them and the carry.
  fileprivate func loop(
    _ values: [HLOValue], _ carry: [HLOValue], graphs: [Graph],
    condition: ([HLOValue], [HLOValue]) throws(LoweringError) -> HLOValue,
    body: ([HLOValue], [HLOValue]) throws(LoweringError) -> [HLOValue]
  ) throws(LoweringError) -> [HLOValue] {
    var large: [Tensor] = []
    for tensor in graphs.flatMap({ module.largeConstants(of: $0) })
    where !large.contains(where: { $0.identity == tensor.identity }) { large.append(tensor) }
    let operands = values + large.map { arguments[$0.identity]! } + carry
    let types = operands.map(\.type)
    let fixed = values.count + large.count
    func enter(_ inputs: [HLOValue]) -> (values: [HLOValue], carry: [HLOValue]) {
      for (tensor, value) in zip(large, inputs[values.count...]) { arguments[tensor.identity] = value }
      return (Array(inputs[..<values.count]), Array(inputs[fixed...]))
    }
    let test = try region(types) { inputs throws(LoweringError) in
      let parts = enter(inputs)
      return [try condition(parts.values, parts.carry)]
    }
    let step = try region(types) { inputs throws(LoweringError) in
      let parts = enter(inputs)
      return inputs[..<fixed] + (try body(parts.values, parts.carry))
    }
    return Array(operation("stablehlo.while", operands, regions: [test, step], results: types)[fixed...])
  }
}

extension WhileLoop: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let (conditionConstants, bodyConstants, carry) = parts(operands)
    return try writer.loop(conditionConstants + bodyConstants, carry, graphs: [condition, body]) {
      values, carry throws(LoweringError) in
      try writer.call(condition, values[..<conditionConstantCount] + carry)[0]
    } body: { values, carry throws(LoweringError) in
      try writer.call(body, values[conditionConstantCount...] + carry)
    }
  }
}

extension Scan: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let (constants, first, sliced) = parts(operands)
    let stacked = results.dropFirst(carryCount).map { writer.constant(integer: 0, $0) }
    if length == 0 { return first + stacked }
    let counter = HLOType(.int32)
    let start = writer.constant(integer: 0, counter)
    let outputs = try writer.loop(constants + sliced, [start] + first + stacked, graphs: [body]) {
      _, carry throws(LoweringError) in
      writer.compare("LT", carry[0], writer.constant(integer: length, counter))
    } body: { values, carry throws(LoweringError) in
      try round(Array(values[..<constants.count]), Array(values[constants.count...]), carry, writer)
    }
    return Array(outputs.dropFirst())
  }

  /// The next counter, carry and stacked results.
  private func round(
    _ constants: [HLOValue], _ sliced: [HLOValue], _ state: [HLOValue], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let (count, carry) = (state[0], Array(state[1...carryCount]))
    let index =
      isReversed
      ? writer.binary("subtract", writer.constant(integer: length - 1, count.type), count) : count
    func starts(_ rank: Int) -> [HLOValue] {
      [index] + (1..<rank).map { _ in writer.constant(integer: 0, count.type) }
    }
    let slices = sliced.map { whole in
      let sizes = [1] + whole.shape.dropFirst()
      let part = writer.operation(
        "stablehlo.dynamic_slice", [whole] + starts(whole.rank), [HLOAttribute("slice_sizes", sizes)],
        result: whole.type.with(shape: sizes))
      return writer.reshape(part, to: Array(whole.shape.dropFirst()))
    }
    let outputs = try writer.call(body, constants + carry + slices)
    let stacked = zip(state[(1 + carryCount)...], outputs[carryCount...]).map { whole, output in
      let row = writer.reshape(output, to: [1] + output.shape)
      return writer.operation(
        "stablehlo.dynamic_update_slice", [whole, row] + starts(whole.rank), result: whole.type)
    }
    let next = writer.binary("add", count, writer.constant(integer: 1, count.type))
    return [next] + outputs[..<carryCount] + stacked
  }
}
