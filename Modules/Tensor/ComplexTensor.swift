/// Complex numbers as two tensors of one shape and floating-point type, their real and imaginary parts: what Fourier transforms take
/// and give.
///
/// There is no complex element type: derivatives are by the two parts, as of any two tensors.
public struct ComplexTensor: Sendable {
  /// The real parts.
  public var real: Tensor
  /// The imaginary parts.
  public var imaginary: Tensor

  /// Complex numbers with these parts, which are promoted and broadcast to one floating-point type and shape; zeros are the imaginary
  /// parts if none are given.
  public init(_ real: Tensor, _ imaginary: Tensor? = nil) {
    let real = real.asFloating
    guard let imaginary else {
      (self.real, self.imaginary) = (real, zerosLike(real))
      return
    }
    let parts = promoteAndBroadcast("ComplexTensor", [real, imaginary.asFloating])
    (self.real, self.imaginary) = (parts[0], parts[1])
  }

  /// radius·exp(i·angle), with the angle in radians.
  public init(radius: Tensor, angle: Tensor) { self.init(radius * cos(angle), radius * sin(angle)) }

  /// The size of each dimension.
  public var shape: [Int] { real.shape }
  /// The type of the parts.
  public var dtype: DType { real.dtype }
  /// The number of dimensions.
  public var rank: Int { real.rank }

  /// The numbers with the sign of the imaginary parts changed.
  public var conjugate: ComplexTensor { ComplexTensor(parts: real, -imaginary) }

  /// Two parts that are alike already.
  init(parts real: Tensor, _ imaginary: Tensor) { (self.real, self.imaginary) = (real, imaginary) }

  /// A function of both parts.
  func mapParts(_ function: (Tensor) -> Tensor) -> ComplexTensor {
    ComplexTensor(parts: function(real), function(imaginary))
  }

  /// The part that `indices` select, as of a tensor.
  public subscript(indices: any TensorIndex...) -> ComplexTensor {
    let terms = indices.map(\.indexTerm)
    return mapParts { $0.indexed(terms) }
  }

  /// The same numbers, row by row, in another shape; one size may be -1, for what is left.
  public func reshaped(to shape: [Int]) -> ComplexTensor { mapParts { $0.reshaped(to: shape) } }

  /// The dimensions in another order; reversed if none are given.
  public func transposed(_ axes: [Int]? = nil) -> ComplexTensor { mapParts { $0.transposed(axes) } }

  /// The same values in another floating-point type.
  public func asType(_ dtype: DType) -> ComplexTensor {
    if !dtype.isFloating { fail("asType", [real.type], "the parts of complex numbers are floats, not \(dtype)") }
    return mapParts { $0.asType(dtype) }
  }
}

extension ComplexTensor {
  /// The sum, element by element.
  public static func + (a: ComplexTensor, b: ComplexTensor) -> ComplexTensor {
    ComplexTensor(a.real + b.real, a.imaginary + b.imaginary)
  }
  /// The difference, element by element.
  public static func - (a: ComplexTensor, b: ComplexTensor) -> ComplexTensor {
    ComplexTensor(a.real - b.real, a.imaginary - b.imaginary)
  }
  /// The product, element by element.
  public static func * (a: ComplexTensor, b: ComplexTensor) -> ComplexTensor {
    ComplexTensor(
      a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
  }
  /// The quotient, element by element.
  public static func / (a: ComplexTensor, b: ComplexTensor) -> ComplexTensor {
    // Scaled by the larger part, so that squares do not overflow.
    let scale = stopGradient(maximum(abs(b.real), abs(b.imaginary)))
    let (real, imaginary) = (b.real / scale, b.imaginary / scale)
    let size = (real * real + imaginary * imaginary) * scale
    let product = a * ComplexTensor(real, -imaginary)
    return ComplexTensor(product.real / size, product.imaginary / size)
  }
  /// The product with real numbers, element by element.
  public static func * (a: ComplexTensor, b: Tensor) -> ComplexTensor {
    ComplexTensor(a.real * b, a.imaginary * b)
  }
  /// The product with real numbers, element by element.
  public static func * (a: Tensor, b: ComplexTensor) -> ComplexTensor { b * a }
  /// The quotient by real numbers, element by element.
  public static func / (a: ComplexTensor, b: Tensor) -> ComplexTensor {
    ComplexTensor(a.real / b, a.imaginary / b)
  }
  /// The negative, element by element.
  public static prefix func - (a: ComplexTensor) -> ComplexTensor { a.mapParts { -$0 } }
}

/// The distances of complex numbers from 0. The derivative at 0 is 0.
public func abs(_ z: ComplexTensor) -> Tensor {
  // Scaled by the larger part, so that squares do not overflow.
  let larger = stopGradient(maximum(abs(z.real), abs(z.imaginary)))
  let isPlain = isFinite(larger) & (larger .> 0)
  let scale = select(isPlain, larger, onesLike(larger))
  let (x, y) = (z.real / scale, z.imaginary / scale)
  let square = x * x + y * y
  let root = sqrt(select(isPlain, square, onesLike(square)))
  return select(isPlain, root * scale, larger)
}

/// The angles of complex numbers in radians, in -π...π, 0 at 0. Source: `jax.numpy.angle`.
public func angle(_ z: ComplexTensor) -> Tensor { atan2(z.imaginary, z.real) }

/// The complex exponential, element by element.
public func exp(_ z: ComplexTensor) -> ComplexTensor { ComplexTensor(radius: exp(z.real), angle: z.imaginary) }

extension ComplexTensor: CustomStringConvertible {
  /// The real and the imaginary parts.
  public var description: String { "ComplexTensor(real: \(real), imaginary: \(imaginary))" }
}
