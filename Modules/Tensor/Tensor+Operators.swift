/// What a tensor of integers is shifted by: an `Int` or a tensor.
///
/// The shifts are generic over it so that `1 << 16` stays an `Int`: Swift's own shifts are generic too, and a plain operator of
/// tensors would be preferred to them.
public protocol ShiftCount {
  /// The count as a tensor.
  var shiftCount: Tensor { get }
}

extension Int: ShiftCount {
  /// A weakly typed scalar.
  public var shiftCount: Tensor { Tensor(weak: self) }
}

extension Tensor: ShiftCount {
  /// The tensor itself.
  public var shiftCount: Tensor { self }
}

extension Tensor {
  /// The sum, element by element.
  public static func + (a: Tensor, b: Tensor) -> Tensor { Binary.add(a, b, "+") }
  /// The difference, element by element.
  public static func - (a: Tensor, b: Tensor) -> Tensor { Binary.subtract(a, b, "-") }
  /// The product, element by element.
  public static func * (a: Tensor, b: Tensor) -> Tensor { Binary.multiply(a, b, "*") }
  /// The quotient, element by element; integers are converted to `float32` first, 64-bit ones to `float64`.
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    let operands = a.dtype.isFloating || b.dtype.isFloating ? [a, b] : promote("/", [a, b]).map(\.asFloating)
    return Binary.divide(operands[0], operands[1], "/")
  }
  /// The element-wise negative; unsigned integers wrap.
  public static prefix func - (a: Tensor) -> Tensor { unary(.negate, a, "-") }

  /// The bitwise and of integers, the logical and of `bool`.
  public static func & (a: Tensor, b: Tensor) -> Tensor { Binary.and(a, b, "&") }
  /// The bitwise or of integers, the logical or of `bool`.
  public static func | (a: Tensor, b: Tensor) -> Tensor { Binary.or(a, b, "|") }
  /// The bitwise exclusive or of integers, the logical one of `bool`.
  public static func ^ (a: Tensor, b: Tensor) -> Tensor { Binary.xor(a, b, "^") }
  /// The bitwise complement of integers, the logical one of `bool`.
  public static prefix func ~ (a: Tensor) -> Tensor { unary(.not, a, "~") }
  /// Integers shifted to the left; a count outside the width gives 0.
  public static func << <Count: ShiftCount>(a: Tensor, b: Count) -> Tensor { Binary.shiftLeft(a, b.shiftCount, "<<") }
  /// Integers shifted to the right, signed ones with their sign.
  public static func >> <Count: ShiftCount>(a: Tensor, b: Count) -> Tensor {
    let operands = promoteAndBroadcast(">>", [a, b.shiftCount])
    let shift: Binary = operands[0].dtype.isSignedInteger ? .shiftRightArithmetic : .shiftRightLogical
    return shift(operands[0], operands[1], ">>")
  }

  /// Adds another tensor.
  public static func += (a: inout Tensor, b: Tensor) { a = a + b }
  /// Subtracts another tensor.
  public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
  /// Multiplies by another tensor.
  public static func *= (a: inout Tensor, b: Tensor) { a = a * b }
  /// Divides by another tensor.
  public static func /= (a: inout Tensor, b: Tensor) { a = a / b }
}

extension Tensor {
  /// Whether elements are equal: a `bool` tensor.
  public static func .== (a: Tensor, b: Tensor) -> Tensor { compare(.equal, a, b, ".==") }
  /// Whether elements differ: a `bool` tensor.
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { compare(.notEqual, a, b, ".!=") }
  /// Whether elements are less: a `bool` tensor.
  public static func .< (a: Tensor, b: Tensor) -> Tensor { compare(.less, a, b, ".<") }
  /// Whether elements are less or equal: a `bool` tensor.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { compare(.lessOrEqual, a, b, ".<=") }
  /// Whether elements are greater: a `bool` tensor.
  public static func .> (a: Tensor, b: Tensor) -> Tensor { compare(.greater, a, b, ".>") }
  /// Whether elements are greater or equal: a `bool` tensor.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor { compare(.greaterOrEqual, a, b, ".>=") }
}

// Numbers in Swift variables count as weakly typed, as literals do: `x * rate` has the type of `x`. Generic functions, not one
// for each type, and disfavoured, so that the compiler decides long formulas with literals and variables in milliseconds.
extension Tensor {
  /// The sum with a number.
  @_disfavoredOverload public static func + <Number: TensorScalar>(a: Tensor, b: Number) -> Tensor { a + b.weakTensor }
  /// The sum with a number.
  @_disfavoredOverload public static func + <Number: TensorScalar>(a: Number, b: Tensor) -> Tensor { a.weakTensor + b }
  /// The difference to a number.
  @_disfavoredOverload public static func - <Number: TensorScalar>(a: Tensor, b: Number) -> Tensor { a - b.weakTensor }
  /// The difference from a number.
  @_disfavoredOverload public static func - <Number: TensorScalar>(a: Number, b: Tensor) -> Tensor { a.weakTensor - b }
  /// The product with a number.
  @_disfavoredOverload public static func * <Number: TensorScalar>(a: Tensor, b: Number) -> Tensor { a * b.weakTensor }
  /// The product with a number.
  @_disfavoredOverload public static func * <Number: TensorScalar>(a: Number, b: Tensor) -> Tensor { a.weakTensor * b }
  /// The quotient by a number.
  @_disfavoredOverload public static func / <Number: TensorScalar>(a: Tensor, b: Number) -> Tensor { a / b.weakTensor }
  /// The quotient of a number.
  @_disfavoredOverload public static func / <Number: TensorScalar>(a: Number, b: Tensor) -> Tensor { a.weakTensor / b }

  /// Adds a number.
  @_disfavoredOverload public static func += <Number: TensorScalar>(a: inout Tensor, b: Number) { a += b.weakTensor }
  /// Subtracts a number.
  @_disfavoredOverload public static func -= <Number: TensorScalar>(a: inout Tensor, b: Number) { a -= b.weakTensor }
  /// Multiplies by a number.
  @_disfavoredOverload public static func *= <Number: TensorScalar>(a: inout Tensor, b: Number) { a *= b.weakTensor }
  /// Divides by a number.
  @_disfavoredOverload public static func /= <Number: TensorScalar>(a: inout Tensor, b: Number) { a /= b.weakTensor }

  /// Whether elements equal a number: a `bool` tensor.
  @_disfavoredOverload public static func .== <Number: TensorScalar>(a: Tensor, b: Number) -> Tensor {
    a .== b.weakTensor
  }
  /// Whether elements equal a number: a `bool` tensor.
  @_disfavoredOverload public static func .== <Number: TensorScalar>(a: Number, b: Tensor) -> Tensor {
    a.weakTensor .== b
  }
  /// Whether elements differ from a number: a `bool` tensor.
  @_disfavoredOverload public static func .!= <Number: TensorScalar>(a: Tensor, b: Number) -> Tensor {
    a .!= b.weakTensor
  }
  /// Whether elements differ from a number: a `bool` tensor.
  @_disfavoredOverload public static func .!= <Number: TensorScalar>(a: Number, b: Tensor) -> Tensor {
    a.weakTensor .!= b
  }
  /// Whether elements are less than a number: a `bool` tensor.
  @_disfavoredOverload public static func .< <Number: TensorScalar>(a: Tensor, b: Number) -> Tensor {
    a .< b.weakTensor
  }
  /// Whether a number is less than elements: a `bool` tensor.
  @_disfavoredOverload public static func .< <Number: TensorScalar>(a: Number, b: Tensor) -> Tensor {
    a.weakTensor .< b
  }
  /// Whether elements are at most a number: a `bool` tensor.
  @_disfavoredOverload public static func .<= <Number: TensorScalar>(a: Tensor, b: Number) -> Tensor {
    a .<= b.weakTensor
  }
  /// Whether a number is at most the elements: a `bool` tensor.
  @_disfavoredOverload public static func .<= <Number: TensorScalar>(a: Number, b: Tensor) -> Tensor {
    a.weakTensor .<= b
  }
  /// Whether elements are greater than a number: a `bool` tensor.
  @_disfavoredOverload public static func .> <Number: TensorScalar>(a: Tensor, b: Number) -> Tensor {
    a .> b.weakTensor
  }
  /// Whether a number is greater than elements: a `bool` tensor.
  @_disfavoredOverload public static func .> <Number: TensorScalar>(a: Number, b: Tensor) -> Tensor {
    a.weakTensor .> b
  }
  /// Whether elements are at least a number: a `bool` tensor.
  @_disfavoredOverload public static func .>= <Number: TensorScalar>(a: Tensor, b: Number) -> Tensor {
    a .>= b.weakTensor
  }
  /// Whether a number is at least the elements: a `bool` tensor.
  @_disfavoredOverload public static func .>= <Number: TensorScalar>(a: Number, b: Tensor) -> Tensor {
    a.weakTensor .>= b
  }
}

func compare(_ comparison: Comparison, _ a: Tensor, _ b: Tensor, _ operation: String) -> Tensor {
  Primitive.compare(comparison)(promoteAndBroadcast(operation, [a, b]))[0]
}

/// A function of each element; integers become floats where only those will do.
func unary(_ function: Unary, _ x: Tensor, _ operation: String) -> Tensor {
  let x = function.needsFloat ? x.asFloating : x
  if Trace.current == nil, let value = x.concrete, x.dtype.isFloating {
    return Tensor(function.evaluate([value], [x.type])[0])
  }
  return Primitive.unary(function)(x)
}
