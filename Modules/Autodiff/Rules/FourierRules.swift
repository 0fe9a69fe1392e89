import Tensor

extension FourierTransform: FamilyRules, LinearFamily {
  private var primitive: Primitive { .fourier(self) }

  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let changes = zip(primals, tangents).map { $1 ?? .zero($0.type) }
    return (primitive(primals), primitive(changes))
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    guard let type = cotangents.lazy.compactMap({ $0?.type }).first else { return operands.map { _ in nil } }
    let given = cotangents.map { $0 ?? .zero(type) }
    let results: [Tensor]
    switch self {
    case .complex(let isInverse):
      // Of real and imaginary parts as one vector, the matrix of a transform is the transpose of the opposite one's.
      results = Primitive.fourier(.complex(isInverse: !isInverse))(given)
    case .toHalf:
      let size = operands[0].type.shape.last!
      let weights = 1 / Self.weights(size, type.dtype)
      results = Primitive.fourier(.fromHalf(count: size))(given.map { $0 * weights })
    case .fromHalf(let count):
      let weights = Self.weights(count, type.dtype)
      results = Primitive.fourier(.toHalf)(given).map { $0 * weights }
    }
    return zip(results, operands).map { $1.isLinear ? $0 : nil }
  }

  /// How often each element of half a spectrum of real numbers occurs in the whole, as itself or as its conjugate.
  private static func weights(_ size: Int, _ dtype: DType) -> Tensor {
    let places = arange(size / 2 + 1)
    return select((places .== 0) | (places * 2 .== size), Tensor(1), Tensor(2)).asType(dtype)
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let results = primitive(zip(operands, axes).map { $0.withBatch(from: $1, to: 0, size: size) })
    return (results, results.map { _ in 0 })
  }
}
