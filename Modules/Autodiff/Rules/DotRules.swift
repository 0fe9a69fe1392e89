import Tensor

extension Dot: FamilyRules, LinearFamily {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let primitive = Primitive.dot(self)
    let left = tangents[0].map { primitive($0, primals[1]) }
    let right = tangents[1].map { primitive(primals[0], $0) }
    return (primitive(primals), [addTangents(left, right)])
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    guard let cotangent = cotangents[0] else { return [nil, nil] }
    let (lhs, rhs) = (operands[0].type, operands[1].type)
    let batch = Array(0..<lhsBatch.count)
    let (lhsKept, rhsKept) = (lhsFree(rank: lhs.rank), rhsFree(rank: rhs.rank))
    let lhsResult = (0..<lhsKept.count).map { batch.count + $0 }
    let rhsResult = (0..<rhsKept.count).map { batch.count + lhsKept.count + $0 }
    if let known = operands[1].known {
      // The product with the right operand over what it brought: batch, the left one's own dimensions, the contracted ones in
      // the order in which the right operand has them.
      let product = Primitive.dot(
        Dot(lhsContracting: rhsResult, rhsContracting: rhsKept, lhsBatch: batch, rhsBatch: rhsBatch))(cotangent, known)
      let contracted = zip(lhsContracting, rhsContracting).sorted { $0.1 < $1.1 }.map(\.0)
      return [product.arranged(lhsBatch + lhsKept + contracted), nil]
    }
    let product = Primitive.dot(
      Dot(lhsContracting: lhsKept, rhsContracting: lhsResult, lhsBatch: lhsBatch, rhsBatch: batch))(
        operands[0].known!, cotangent)
    let contracted = zip(lhsContracting, rhsContracting).sorted { $0.0 < $1.0 }.map(\.1)
    return [nil, product.arranged(rhsBatch + contracted + rhsKept)]
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    if let left = axes[0], let right = axes[1] {
      let batched = Dot(
        lhsContracting: lhsContracting.skipping(left), rhsContracting: rhsContracting.skipping(right),
        lhsBatch: [left] + lhsBatch.skipping(left), rhsBatch: [right] + rhsBatch.skipping(right))
      return ([Primitive.dot(batched)(operands)[0]], [0])
    }
    if let left = axes[0] {
      // The batch is one more dimension that the left operand keeps; it comes out among these, in their order.
      let batched = Dot(
        lhsContracting: lhsContracting.skipping(left), rhsContracting: rhsContracting,
        lhsBatch: lhsBatch.skipping(left), rhsBatch: rhsBatch)
      let position = batched.lhsFree(rank: operands[0].rank).firstIndex(of: left)!
      return (Primitive.dot(batched)(operands), [lhsBatch.count + position])
    }
    let right = axes[1]!
    let batched = Dot(
      lhsContracting: lhsContracting, rhsContracting: rhsContracting.skipping(right), lhsBatch: lhsBatch,
      rhsBatch: rhsBatch.skipping(right))
    let position = batched.rhsFree(rank: operands[1].rank).firstIndex(of: right)!
    return (Primitive.dot(batched)(operands), [lhsBatch.count + lhsFree(rank: operands[0].rank).count + position])
  }
}

extension Tensor {
  /// The tensor whose dimension `dimensions[i]` is this one's dimension `i`.
  fileprivate func arranged(_ dimensions: [Int]) -> Tensor {
    transposed(dimensions.indices.sorted { dimensions[$0] < dimensions[$1] })
  }
}
