import Tensor

extension Unary: Elementwise, LinearFamily {
  var primitive: Primitive { .unary(self) }

  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let x = primals[0]
    let y = primitive(x)
    return ([y], [tangents[0].flatMap { derivative(of: self, $0, x, y) }])
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    precondition(self == .negate, "\(self) is not linear")
    return [cotangents[0].map { -$0 }]
  }
}

private let twoOverSqrtPi = 2 / Double.pi.squareRoot()
private let halfSqrtPi = Double.pi.squareRoot() / 2

/// The tangent of y = f(x) for a tangent t of x. Written with y where that is cheaper, as in JAX.
private func derivative(of function: Unary, _ t: Tensor, _ x: Tensor, _ y: Tensor) -> Tensor? {
  switch function {
  case .negate: return -t
  case .abs: return select(x .>= 0, t, -t)
  case .sign, .not, .popcount, .countLeadingZeros, .floor, .ceil, .round, .roundEven: return nil
  case .exp: return t * y
  case .expm1: return t * (y + 1)
  case .log: return t / x
  case .log1p: return t / (x + 1)
  case .sqrt: return t * (0.5 / y)
  case .rsqrt: return t * (-0.5 * (y / x))
  case .cbrt: return t / (3 * (y * y))
  case .sin: return t * cos(x)
  case .cos: return t * -sin(x)
  case .tan: return t * (1 + y * y)
  case .asin: return t * rsqrt(1 - x * x)
  case .acos: return t * -rsqrt(1 - x * x)
  case .atan: return t / (1 + x * x)
  case .sinh: return t * cosh(x)
  case .cosh: return t * sinh(x)
  case .tanh: return t * ((1 - y) * (1 + y))
  case .asinh: return t * rsqrt(x * x + 1)
  case .acosh: return t * rsqrt((x - 1) * (x + 1))
  case .atanh: return t * reciprocal((1 - x) * (1 + x))
  case .logistic: return t * (y * (1 - y))
  case .erf: return t * (twoOverSqrtPi * exp(-(x * x)))
  case .erfc: return t * (-twoOverSqrtPi * exp(-(x * x)))
  case .erfInv: return t * (halfSqrtPi * exp(y * y))
  case .lgamma: return t * digamma(x)
  case .digamma: return t * trigamma(x)
  }
}

extension Binary: Elementwise, LinearFamily {
  var primitive: Primitive { .binary(self) }

  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let (x, y) = (primals[0], primals[1])
    let z = primitive(x, y)
    let left = tangents[0].flatMap { leftDerivative(of: self, $0, x, y, z) }
    let right = tangents[1].flatMap { rightDerivative(of: self, $0, x, y, z) }
    return ([z], [addTangents(left, right)])
  }

  /// 1 where `mine` is the extremum z, a half where the other operand is too, 0 elsewhere.
  fileprivate func share(_ mine: Tensor, _ other: Tensor, _ z: Tensor) -> Tensor {
    let whole = select(mine .== z, onesLike(z), zerosLike(z))
    return whole * select(other .== z, full(z.shape, 0.5, dtype: z.dtype), onesLike(z))
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    guard let cotangent = cotangents[0] else { return [nil, nil] }
    let (left, right) = (operands[0], operands[1])
    switch self {
    case .add: return [left.isLinear ? cotangent : nil, right.isLinear ? cotangent : nil]
    case .subtract: return [left.isLinear ? cotangent : nil, right.isLinear ? -cotangent : nil]
    case .multiply:
      if let factor = right.known { return [cotangent * factor, nil] }
      return [nil, cotangent * left.known!]
    case .divide: return [cotangent / right.known!, nil]
    default: preconditionFailure("\(self) is not linear")
    }
  }
}

/// The tangent of z = f(x, y) for a tangent t of x.
private func leftDerivative(of function: Binary, _ t: Tensor, _ x: Tensor, _ y: Tensor, _ z: Tensor) -> Tensor? {
  switch function {
  case .add, .subtract, .remainder: return t
  case .multiply: return t * y
  case .divide: return t / y
  case .maximum, .minimum: return t * function.share(x, y, z)
  case .power:
    // y·xʸ⁻¹, and 0 where y is 0, even at x = 0.
    return t * select(y .== 0, zerosLike(y), y * pow(x, select(y .== 0, onesLike(y), y - 1)))
  case .atan2: return t * (y / (x * x + y * y))
  case .nextAfter, .and, .or, .xor, .shiftLeft, .shiftRightLogical, .shiftRightArithmetic: return nil
  }
}

/// The tangent of z = f(x, y) for a tangent t of y.
private func rightDerivative(of function: Binary, _ t: Tensor, _ x: Tensor, _ y: Tensor, _ z: Tensor) -> Tensor? {
  switch function {
  case .add: return t
  case .subtract: return -t
  case .multiply: return t * x
  case .divide: return t * -(z / y)
  case .remainder:
    // x - y·trunc(x / y); the quotient is exact up to rounding.
    return t * -truncated(x / y)
  case .maximum, .minimum: return t * function.share(y, x, z)
  case .power: return t * (log(select(x .== 0, onesLike(x), x)) * z)
  case .atan2: return t * (-x / (x * x + y * y))
  case .nextAfter, .and, .or, .xor, .shiftLeft, .shiftRightLogical, .shiftRightArithmetic: return nil
  }
}

private func truncated(_ x: Tensor) -> Tensor { select(x .< 0, ceil(x), floor(x)) }

/// The sum of two tangents or cotangents, of which nil is zero.
func addTangents(_ a: Tensor?, _ b: Tensor?) -> Tensor? {
  guard let a else { return b }
  guard let b else { return a }
  return a + b
}

extension Comparison: Elementwise, PiecewiseConstant {
  var primitive: Primitive { .compare(self) }
}

extension IsFinite: Elementwise, PiecewiseConstant {
  var primitive: Primitive { .isFinite(self) }
}

extension Threefry2x32: Elementwise, PiecewiseConstant {
  var primitive: Primitive { .threefry2x32(self) }
}

extension Marker: Elementwise, PiecewiseConstant {
  var primitive: Primitive { .marker(self) }
}

extension Bitcast: Elementwise, PiecewiseConstant {
  var primitive: Primitive { .bitcast(self) }
}

extension Select: Elementwise, LinearFamily {
  var primitive: Primitive { .select(self) }

  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let output = primitive(primals)
    if tangents[1] == nil && tangents[2] == nil { return (output, [nil]) }
    let cases = zip(primals, tangents).dropFirst().map { primal, tangent in tangent ?? .zero(primal.type) }
    return (output, [primitive([primals[0]] + cases)[0]])
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    guard let cotangent = cotangents[0] else { return [nil, nil, nil] }
    let condition = operands[0].known!
    let zero = zerosLike(cotangent)
    return [
      nil, operands[1].isLinear ? primitive(condition, cotangent, zero) : nil,
      operands[2].isLinear ? primitive(condition, zero, cotangent) : nil,
    ]
  }
}

extension Convert: Elementwise, LinearFamily {
  var primitive: Primitive { .convert(self) }

  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    (primitive(primals), dtype.isFloating ? primitive(tangents.map { $0! }) : [nil])
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    let type = operands[0].type
    return [cotangents[0].map { Primitive.convert(Convert(type.dtype, isWeak: type.isWeak))($0) }]
  }
}
