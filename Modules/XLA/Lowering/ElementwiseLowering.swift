import Tensor

extension Unary: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let x = operands[0]
    if x.dtype.isUnsignedInteger {
      // StableHLO has these of numbers with a sign only.
      if self == .abs { return [x] }
      if self == .sign { return [writer.binary("minimum", x, writer.constant(integer: 1, x.type))] }
    }
    let result = writer.operation(operationName, [x], result: x.type)
    if self != .digamma { return [result] }
    // NaN at 0, as at the other poles: CHLO has an infinity.
    let isZero = writer.compare("EQ", x, writer.constant(integer: 0, x.type))
    return [writer.select(isZero, writer.constant(.nan, x.type), result)]
  }

  /// The operation, of CHLO where StableHLO has none: compilers of StableHLO have its formulas.
  private var operationName: String {
    switch self {
    case .negate: "stablehlo.negate"
    case .abs: "stablehlo.abs"
    case .sign: "stablehlo.sign"
    case .not: "stablehlo.not"
    case .popcount: "stablehlo.popcnt"
    case .countLeadingZeros: "stablehlo.count_leading_zeros"
    case .floor: "stablehlo.floor"
    case .ceil: "stablehlo.ceil"
    case .round: "stablehlo.round_nearest_afz"
    case .roundEven: "stablehlo.round_nearest_even"
    case .exp: "stablehlo.exponential"
    case .expm1: "stablehlo.exponential_minus_one"
    case .log: "stablehlo.log"
    case .log1p: "stablehlo.log_plus_one"
    case .sqrt: "stablehlo.sqrt"
    case .rsqrt: "stablehlo.rsqrt"
    case .cbrt: "stablehlo.cbrt"
    case .sin: "stablehlo.sine"
    case .cos: "stablehlo.cosine"
    case .tan: "stablehlo.tan"
    case .tanh: "stablehlo.tanh"
    case .logistic: "stablehlo.logistic"
    case .asin: "chlo.asin"
    case .acos: "chlo.acos"
    case .atan: "chlo.atan"
    case .sinh: "chlo.sinh"
    case .cosh: "chlo.cosh"
    case .asinh: "chlo.asinh"
    case .acosh: "chlo.acosh"
    case .atanh: "chlo.atanh"
    case .erf: "chlo.erf"
    case .erfc: "chlo.erfc"
    case .erfInv: "chlo.erf_inv"
    case .lgamma: "chlo.lgamma"
    case .digamma: "chlo.digamma"
    }
  }
}

extension Binary: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    // A scalar in the place of a tensor stands for all of its elements.
    let operands = operands.map { writer.broadcast($0, to: results[0].shape) }
    return [writer.operation(operationName, operands, result: results[0])]
  }

  private var operationName: String {
    switch self {
    case .add: "stablehlo.add"
    case .subtract: "stablehlo.subtract"
    case .multiply: "stablehlo.multiply"
    case .divide: "stablehlo.divide"
    case .remainder: "stablehlo.remainder"
    case .maximum: "stablehlo.maximum"
    case .minimum: "stablehlo.minimum"
    case .power: "stablehlo.power"
    case .atan2: "stablehlo.atan2"
    case .nextAfter: "chlo.next_after"
    case .and: "stablehlo.and"
    case .or: "stablehlo.or"
    case .xor: "stablehlo.xor"
    case .shiftLeft: "stablehlo.shift_left"
    case .shiftRightLogical: "stablehlo.shift_right_logical"
    case .shiftRightArithmetic: "stablehlo.shift_right_arithmetic"
    }
  }
}

extension IsFinite: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    [writer.operation("stablehlo.is_finite", operands, result: results[0])]
  }
}

extension Marker: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    operands
  }
}

extension Threefry2x32: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let types = operands.map(\.type)
    let callee = try writer.module.helper("threefry2x32 \(types[0].text)", "threefry2x32", types) { writer, words in
      Self.hash(key: Array(words[..<2]), counter: Array(words[2...]), writer)
    }
    return writer.operation("func.call", operands, [HLOAttribute("callee", "@\(callee)")], results: results)
  }

  /// 20 rounds, with a part of the key added before the first and after every fourth.
  private static func hash(key: [HLOValue], counter: [HLOValue], _ writer: FunctionWriter) -> [HLOValue] {
    let type = key[0].type
    let parity = writer.constant(integer: 0x1BD1_1BDA, type)
    let keys = [key[0], key[1], writer.binary("xor", writer.binary("xor", key[0], key[1]), parity)]
    let rotations = [[13, 15, 26, 6], [17, 29, 16, 24]]
    var (a, b) = (writer.binary("add", counter[0], keys[0]), writer.binary("add", counter[1], keys[1]))
    for group in 0..<5 {
      for distance in rotations[group % 2] {
        a = writer.binary("add", a, b)
        let left = writer.binary("shift_left", b, writer.constant(integer: distance, type))
        let right = writer.binary("shift_right_logical", b, writer.constant(integer: 32 - distance, type))
        b = writer.binary("xor", a, writer.binary("or", left, right))
      }
      a = writer.binary("add", a, keys[(group + 1) % 3])
      b = writer.binary("add", b, keys[(group + 2) % 3])
      b = writer.binary("add", b, writer.constant(integer: group + 1, type))
    }
    return [a, b]
  }
}
