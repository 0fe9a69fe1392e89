import Tensor

extension MultiplyAdd: Elementwise, LinearFamily {
  var primitive: Primitive { .multiplyAdd(self) }

  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let left = tangents[0].map { $0 * primals[1] }
    let right = tangents[1].map { primals[0] * $0 }
    return (primitive(primals), [addTangents(addTangents(left, right), tangents[2])])
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    guard let cotangent = cotangents[0] else { return [nil, nil, nil] }
    let (a, b) = (operands[0], operands[1])
    return [
      a.isLinear ? cotangent * b.known! : nil, b.isLinear ? cotangent * a.known! : nil,
      operands[2].isLinear ? cotangent : nil,
    ]
  }
}
