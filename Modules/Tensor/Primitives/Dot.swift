import CKernels

/// A product of two tensors: elements are paired along the batch dimensions, multiplied and summed along the contracted ones.
///
/// The result has the batch dimensions first, then the left operand's remaining dimensions, then the right one's. Sums of
/// `float16` and `bfloat16` are made in `float32`.
public struct Dot: Hashable, Sendable {
  /// The left operand's summed dimensions.
  public var lhsContracting: [Int]
  /// The right operand's summed dimensions, in the same order.
  public var rhsContracting: [Int]
  /// The left operand's paired dimensions.
  public var lhsBatch: [Int]
  /// The right operand's paired dimensions, in the same order.
  public var rhsBatch: [Int]

  /// A product with these contracted and batch dimensions.
  public init(lhsContracting: [Int], rhsContracting: [Int], lhsBatch: [Int] = [], rhsBatch: [Int] = []) {
    self.lhsContracting = lhsContracting
    self.rhsContracting = rhsContracting
    self.lhsBatch = lhsBatch
    self.rhsBatch = rhsBatch
  }

  /// The left operand's dimensions that the result keeps, in order.
  package func lhsFree(rank: Int) -> [Int] {
    (0..<rank).filter { !lhsContracting.contains($0) && !lhsBatch.contains($0) }
  }
  /// The right operand's dimensions that the result keeps, in order.
  package func rhsFree(rank: Int) -> [Int] {
    (0..<rank).filter { !rhsContracting.contains($0) && !rhsBatch.contains($0) }
  }
}

extension Dot: PrimitiveFamily {
  package var name: String { "dot" }
  package var attributes: [(name: String, value: String)] {
    [("contracting", "\(lhsContracting)·\(rhsContracting)")]
      + (lhsBatch.isEmpty ? [] : [("batch", "\(lhsBatch)·\(rhsBatch)")])
  }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(2, operands)
    let (lhs, rhs) = (operands[0], operands[1])
    try require(lhs.dtype == rhs.dtype, operands, "the operands must have one element type")
    try require(
      lhsContracting.count == rhsContracting.count && lhsBatch.count == rhsBatch.count, operands,
      "the operands must have equally many contracted and equally many batch dimensions")
    try requireAxes(lhsContracting + lhsBatch, [lhs])
    try requireAxes(rhsContracting + rhsBatch, [rhs])
    for (kind, pairs) in [
      ("contracted", zip(lhsContracting, rhsContracting)), ("batch", zip(lhsBatch, rhsBatch)),
    ] {
      for (l, r) in pairs {
        try require(
          lhs.shape[l] == rhs.shape[r], operands,
          "the \(kind) dimension \(l) of the left operand has size \(lhs.shape[l]), "
            + "dimension \(r) of the right one size \(rhs.shape[r])",
          hint: kind == "contracted" ? "transpose or reshape an operand so that the sizes agree" : nil)
      }
    }
    let shape =
      lhsBatch.map { lhs.shape[$0] } + lhsFree(rank: lhs.rank).map { lhs.shape[$0] }
      + rhsFree(rank: rhs.rank).map { rhs.shape[$0] }
    return [TensorType(lhs.dtype, shape, isWeak: lhs.isWeak && rhs.isWeak)]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let type = results[0]
    let computed: DType = type.dtype == .float16 || type.dtype == .bfloat16 ? .float32 : type.dtype
    let (lhsType, rhsType) = (operands[0].type, operands[1].type)
    let batch = lhsBatch.map { lhsType.shape[$0] }.product
    let (lhsFree, rhsFree) = (lhsFree(rank: lhsType.rank), rhsFree(rank: rhsType.rank))
    let (m, n) = (lhsFree.map { lhsType.shape[$0] }.product, rhsFree.map { rhsType.shape[$0] }.product)
    let k = lhsContracting.map { lhsType.shape[$0] }.product
    let canTranspose = computed.isFloating
    let result = ConcreteValue(uninitialized: type.with(dtype: computed))
    let lhs = operands[0].converted(to: computed).matrix(
      lhsBatch, rows: lhsFree, columns: lhsContracting, canTranspose: canTranspose)
    let rhs = operands[1].converted(to: computed).matrix(
      rhsBatch, rows: rhsContracting, columns: rhsFree, canTranspose: canTranspose)
    defer { withExtendedLifetime((lhs, rhs)) {} }
    if computed.isFloating {
      MatrixProduct(
        m: m, n: n, k: k, lhs: lhs.value.pointer, lhsIsTransposed: lhs.isTransposed, rhs: rhs.value.pointer,
        rhsIsTransposed: rhs.isTransposed, out: result.pointer, isDouble: computed == .float64
      ).run(batch: batch)
    } else {
      jn_dot_integer(
        type.dtype.kernelType, result.pointer, lhs.value.pointer, rhs.value.pointer, batch, m, n, k)
    }
    return [result.converted(to: type.dtype)]
  }
}

extension ConcreteValue {
  /// The same values in another element type.
  package func converted(to dtype: DType) -> ConcreteValue {
    dtype == type.dtype ? self : Convert(dtype).evaluate([self], [type.with(dtype: dtype)])[0]
  }

  /// The elements as batch × rows × columns, or batch × columns × rows if that spares a copy and `canTranspose`.
  fileprivate func matrix(
    _ batch: [Int], rows: [Int], columns: [Int], canTranspose: Bool
  ) -> (value: ConcreteValue, isTransposed: Bool) {
    func isInOrder(_ dimensions: [Int]) -> Bool {
      let moved = dimensions.filter { type.shape[$0] != 1 }
      return zip(moved, moved.dropFirst()).allSatisfy(<)
    }
    let value = dense
    if isInOrder(batch + rows + columns) { return (value, false) }
    if canTranspose && isInOrder(batch + columns + rows) { return (value, true) }
    let permutation = batch + rows + columns
    let moved = type.with(shape: permutation.map { type.shape[$0] })
    return (Transpose(permutation).evaluate([value], [moved])[0], false)
  }
}
