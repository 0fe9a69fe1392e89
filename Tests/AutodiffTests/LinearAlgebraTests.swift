import Autodiff
import CKernels
import Tensor
import TestSupport
import Testing

/// What the rows of the table of operations leave out of linear algebra: factors with free signs, matrices that cannot be factored, no
/// elements, narrow types.
@Suite struct LinearAlgebraTests {
  private static let golden = Golden("linalg")

  /// Signs that make the largest element of each column positive: shape [.., 1, n].
  private static func signs(_ columns: Tensor) -> Tensor {
    let places = argMax(abs(columns), axis: -2, keepDims: true)
    return sign(takeAlong(columns, places, axis: columns.rank - 2))
  }

  private static func expectFactors(_ row: GoldenCase, _ actual: [Tensor]) {
    for (index, (a, b)) in zip(actual, row.numbered("out")).enumerated() {
      expectClose(a, b, relativeToLargest: 1e-11, "\(row), output \(index)")
    }
  }

  @Test(arguments: golden.cases("eigh.vectors")) func eigenvectorsAreJAXs(row: GoldenCase) {
    let (values, vectors) = eigh(row["in0"].asType(.float64))
    Self.expectFactors(row, [values, vectors * Self.signs(vectors) * Self.signs(row["out1"])])
  }

  @Test(arguments: golden.cases("svd.vectors")) func singularVectorsAreJAXs(row: GoldenCase) {
    let (u, s, vt) = svd(row["in0"].asType(.float64), fullMatrices: false)
    let signs = Self.signs(u) * Self.signs(row["out0"])
    Self.expectFactors(row, [u * signs, s, vt * signs.mT])
  }

  @Test(arguments: golden.cases("qr.")) func orthonormalColumnsAreJAXs(row: GoldenCase) {
    let isComplete = row.name.hasPrefix("qr.complete")
    if !isComplete && !row.name.hasPrefix("qr.vectors") { return }
    let (q, r) = qr(row["in0"].asType(.float64), complete: isComplete)
    let signs = Self.signs(q) * Self.signs(row["out0"])
    Self.expectFactors(row, [q * signs, r * signs.mT])
  }

  @Test(arguments: [[4, 3], [3, 4], [2, 5, 5]]) func fullSingularVectorsAreOrthonormal(shape: [Int]) {
    let a = sin(arange(shape.reduce(1, *), dtype: .float64) * 1.7).reshaped(to: shape)
    let (u, s, vt) = svd(a)
    let (m, n) = (shape[shape.count - 2], shape[shape.count - 1])
    let k = min(m, n)
    expectClose(matmul(u, u.mT), eye(m, dtype: .float64).broadcast(to: u.shape), relativeToLargest: 1e-14)
    expectClose(matmul(vt, vt.mT), eye(n, dtype: .float64).broadcast(to: vt.shape), relativeToLargest: 1e-14)
    let product = matmul(u[..., ..<k] * s.expandingDims(-2), vt[..., ..<k, .all])
    expectClose(product, a, relativeToLargest: 1e-14)
  }

  // MARK: What cannot be factored

  @Test(arguments: [DType.float32, .float64]) func anIndefiniteMatrixHasNoCholeskyFactor(dtype: DType) {
    let matrices = Tensor([[[1, 2], [2, 1]], [[4, 2], [2, 5]]], dtype: dtype)
    let factor = cholesky(matrices)
    expectEqual(factor[0], Tensor([[.nan, 0], [.nan, .nan]], dtype: dtype))
    expectEqual(factor[1], Tensor([[2, 0], [1, 2]], dtype: dtype))
    expectEqual(cholesky(matrices, upper: true)[0], Tensor([[.nan, .nan], [0, .nan]], dtype: dtype))
  }

  @Test func aSingularMatrix() {
    let a = Tensor([[1.0, 2.0], [2.0, 4.0]])
    let (sign, logarithm) = slogdet(a)
    #expect(Double(det(a)) == 0 && Double(sign) == 0 && Double(logarithm) == -.infinity)
    #expect(!Bool(any(isFinite(inverse(a)))))
    #expect(Int(matrixRank(a)) == 1 && Double(conditionNumber(a)) > 1e7)
    // The derivative of the determinant is the adjugate, transposed.
    expectEqual(grad { (x: Tensor) in det(x) }(a), Tensor([[4.0, -2.0], [-2.0, 1.0]]))
    let poor = ones([4, 4], dtype: .float64)
    expectEqual(grad { (x: Tensor) in det(x) }(poor), zerosLike(poor))
  }

  @Test(arguments: [Double.nan, .infinity]) func numbersThatAreNotFinite(number: Double) {
    let matrices = stack([eye(3), select(eye(3, offset: 1) .== 1, full([], number), ones([3, 3]))])
    for result in [singularValues(matrices), svd(matrices).u, eigh(matrices).values, eigh(matrices).vectors] {
      #expect(Bool(all(isFinite(result[0]))) && Bool(all(isNaN(result[1]))))
    }
    #expect(Bool(any(isNaN(cholesky(matrices)[1]))))
    #expect(Double(conditionNumber(matrices)[0]) == 1)
  }

  private static let corners: [(name: String, function: @Sendable (Tensor) -> [Tensor])] = [
    ("cholesky.indefinite", { [cholesky($0)] }), ("det.singular", { [det($0)] }), ("det.zero", { [det($0)] }),
    ("inv.singular", { [inverse($0)] }),
    (
      "slogdet.singular",
      {
        let (sign, logarithm) = slogdet($0)
        return [sign, logarithm]
      }
    ), ("norm.zero", { [norm($0)] }),
    ("norm.infinity.ties", { [vectorNorm($0, order: .infinity)] }), ("norm.empty", { [norm($0)] }),
    ("norm.scalar", { [norm($0)] }),
  ]

  /// Values, tangents and gradients where matrices cannot be factored and vectors are 0, as JAX has them in float32.
  @Test(arguments: corners.map(\.name)) func cornersAreJAXs(name: String) {
    let row = Golden("corners")(name)
    let function = Self.corners.first { $0.name == name }!.function
    let x = row["in0"]
    let direction = (arange(x.count, dtype: x.dtype) + 1).reshaped(to: x.shape)
    let (outputs, changes) = jvp(function, x, direction)
    for (index, output) in outputs.enumerated() {
      expectClose(output, row["out\(index)"], ulp: 2, "output \(index)")
      expectClose(changes[index], row["jvp\(index)"], ulp: 4, "tangent \(index)")
    }
    let (_, pullback) = vjp(function, x)
    let cotangents = outputs.map { (arange($0.count, dtype: .float32) + 1).reshaped(to: $0.shape) }
    expectClose(pullback(cotangents), row["grad0"], ulp: 4, "gradient")
  }

  // MARK: Shapes and types

  @Test func noElements() {
    let none = zeros([0, 0])
    #expect(cholesky(none).shape == [0, 0] && inverse(none).shape == [0, 0] && eigh(none).vectors.shape == [0, 0])
    #expect(cholesky(zeros([0, 3, 3])).shape == [0, 3, 3] && solve(zeros([0, 3, 3]), ones([3])).shape == [0, 3])
    #expect(Double(det(none)) == 1 && Double(slogdet(none).logAbsDet) == 0)
    expectEqual(qr(zeros([2, 0]), complete: true).q, eye(2))
    expectEqual(svd(zeros([0, 2])).vt, eye(2))
    #expect(pinv(zeros([0, 2])).shape == [2, 0] && solve(ones([2, 2]), zeros([2, 0])).shape == [2, 0])
    #expect(lstsq(zeros([0, 2]), zeros([0])).solution.shape == [2] && expm(none).shape == [0, 0])
    #expect(Double(matrixNorm(none, order: .spectral)) == 0 && Double(norm(none)) == 0)
  }

  @Test(arguments: [DType.float16, .bfloat16]) func narrowFloatsAreFactoredInFloat32(dtype: DType) {
    let a = Tensor([[4, 2], [2, 5]], dtype: dtype)
    expectEqual(cholesky(a), Tensor([[2, 0], [1, 2]], dtype: dtype))
    expectEqual(solve(a, Tensor([8, 12], dtype: dtype)), Tensor([1, 2], dtype: dtype))
    expectEqual(det(a), Tensor(16, dtype: dtype))
    #expect(svd(a).u.dtype == dtype && eigh(a).values.dtype == dtype && expm(a).dtype == dtype)
  }

  @Test func integersBecomeFloats() {
    let a = Tensor([[4, 2], [2, 5]])
    expectEqual(cholesky(a), Tensor([[2.0, 0.0], [1.0, 2.0]]))
    expectEqual(det(a), Tensor(16.0, dtype: .float32))
    expectEqual(matrixPower(a, 2), Tensor([[20, 18], [18, 29]]))
  }

  @Test func tensorsAsMaps() {
    let a = (sin(arange(36, dtype: .float64) * 1.7) + ravel(eye(6, dtype: .float64)) * 3).reshaped(to: [2, 3, 3, 2])
    let b = cos(arange(6, dtype: .float64)).reshaped(to: [2, 3])
    let x = tensorSolve(a, b)
    #expect(x.shape == [3, 2])
    expectClose(sum(a * x, axes: [2, 3]), b, relativeToLargest: 1e-13)
    let inverse = tensorInverse(a)
    #expect(inverse.shape == [3, 2, 2, 3])
    expectClose(sum(inverse * b, axes: [2, 3]), x, relativeToLargest: 1e-13)
  }

  @Test func aPermutationOfRows() {
    let factors = luFactor(Tensor([[0.0, 1.0], [2.0, 4.0]]))
    expectEqual(factors.packed, Tensor([[2.0, 4.0], [0.0, 1.0]]))
    expectEqual(factors.permutation, Tensor([1, 0]))
    expectEqual(factors.pivots, Tensor([1, 1]))
  }

  /// The parts of a batch are the same on any number of threads, and as alone.
  @Test func threadsDoNotMatter() {
    let matrices = sin(arange(40 * 30 * 30, dtype: .float64) * 0.7).reshaped(to: [40, 30, 30])
    func results() -> [Tensor] {
      let (q, r) = qr(matrices)
      let (values, vectors) = eigh(matrices)
      return [q, r, values, vectors, svd(matrices).u, luFactor(matrices).packed, inverse(matrices)]
    }
    let threads = jn_thread_count()
    defer { jn_set_thread_count(threads) }
    jn_set_thread_count(1)
    let alone = results()
    jn_set_thread_count(4)
    for (a, b) in zip(results(), alone) { expectEqual(a, b) }
    expectEqual(inverse(matrices[7]), alone[6][7])
  }

  @Test func factorsGoThroughTransformations() {
    let a = Tensor([[4.0, 1.0], [2.0, 3.0]])
    let b = Tensor([1.0, 2.0])
    let factors = jit { (a: Tensor) in luFactor(a) }(a)
    expectClose(jit { (f: LUFactors, b: Tensor) in luSolve(f, b) }(factors, b), solve(a, b), ulp: 4)
    let triangle = vmap { (a: Tensor) in choFactor(a, lower: true) }(stack([a, a]))
    #expect(triangle.isLower && triangle.factor.shape == [2, 2, 2])
  }

  // MARK: Mistakes

  @Test func mistakesNameTheRule() throws {
    func problem(_ primitive: Primitive, _ types: TensorType...) -> String {
      do {
        _ = try primitive.resultTypes(of: types)
        return "none"
      } catch { return error.description }
    }
    #expect(
      problem(.factorization(.cholesky), TensorType(.float32, [2, 3])) == """
        cholesky: needs square matrices, not 2 x 3
          operands: float32[2, 3]
        """)
    #expect(
      problem(.factorization(.svd(isFull: true)), TensorType(.int32, [2, 3])) == """
        svd: is defined for float32 and float64
          operands: int32[2, 3]
          hint: convert the operand with `asType`
        """)
    let solve = TriangularSolve(leftSide: true, lower: true)
    #expect(
      problem(.triangularSolve(solve), TensorType(.float32, [2, 2]), TensorType(.float32, [3, 1])) == """
        triangularSolve: the right-hand side has 3 rows for matrices of size 2
          operands: float32[2, 2], float32[3, 1]
        """)
  }

  @Test func aBatchOfVectorsNeedsADimension() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = solve(zeros([5, 3, 3]), zeros([5, 3]))
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("solve: the right-hand side has 5 rows for matrices of size 3\n"))
    #expect(output.contains("hint: a batch of vectors needs a last dimension: b[..., .newAxis]"))
  }

  @Test func fullFactorsHaveNoDerivative() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      differentiateFullFactors()
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("svd: full factors of matrices that are not square have no derivative"))
  }
}

// Inlined into the test, it crashes the compiler of Swift 6.3 when it optimises.
@inline(never) private func differentiateFullFactors() {
  _ = grad { (x: Tensor) in sum(svd(x).u) }(ones([3, 2]))
}
