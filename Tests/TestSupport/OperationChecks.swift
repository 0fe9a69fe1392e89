import Autodiff
import Tensor
import Testing

// What every way to run the table of operations is held to.

extension OperationCase {
  /// Expects results of the operands' own types within the row's tolerance of the reference: float32 against the reference in float64;
  /// integers, and 16-bit floats, which JAX has computed itself, against its results.
  ///
  /// - Parameter allowsErrorOfJAX: whether a result may also be as far away as JAX's own is.
  public func expectWithinTolerance(
    _ results: [Tensor], allowsErrorOfJAX: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let expected = golden.numbered("out")
    #expect(results.count == expected.count, "\(self)", sourceLocation: sourceLocation)
    let tolerance = floatTolerance
    let unit = tolerance.isRelativeToLargest ? "ulp of the largest" : "ulp"
    for (index, (a, b)) in zip(results, expected).enumerated() {
      let what = "\(self), output \(index)"
      if !a.dtype.isFloating || isExact && tolerance.ulp == 0 {
        expectEqual(a, b, what, sourceLocation: sourceLocation)
        continue
      }
      let jax = isExact ? b : golden["out\(index)_f32"]
      #expect(a.dtype == jax.dtype && a.shape == b.shape, "\(what)", sourceLocation: sourceLocation)
      if a.shape != b.shape { continue }
      let (error, jaxError) = (tolerance.error(a, b), tolerance.error(jax, b))
      let limit = allowsErrorOfJAX ? max(tolerance.ulp, jaxError.rounded(.up)) : tolerance.ulp
      #expect(
        error <= limit, "\(what): \(error) \(unit), at most \(limit); JAX's own error is \(jaxError)",
        sourceLocation: sourceLocation)
    }
  }

  /// Whether the row is one of linear algebra with float results: their errors are those of the matrix, and no number of units says what
  /// they may be.
  public var isFactorization: Bool { topic == "linalg" && !isExact }

  /// Whether it is known how far the results of linear algebra in float32 may be from the reference: by derivatives; of singular values,
  /// which change by no more than the matrix does (Weyl); and of counts. Not of R alone, which the rows of both factors have.
  public var hasFloat32Bound: Bool {
    isFactorization && (isDifferentiable.contains(true) || isBoundedWithoutDerivative)
  }

  private var isBoundedWithoutDerivative: Bool { ["svd.full", "vectorNorm.0"].contains(golden.name) }

  /// Expects the results of linear algebra in float32 as near to the reference in float64 as the problem allows: its algorithms are
  /// backward stable, that is their results are those of operands changed by a few units times the size of the matrix (Higham, "Accuracy
  /// and Stability"), which the derivatives tell.
  public func expectBackwardStable(_ results: [Tensor], sourceLocation: SourceLocation = #_sourceLocation) {
    let operands = operands
    let size = Double(operands.flatMap(\.shape).max() ?? 1)
    for (index, (result, expected)) in zip(results, golden.numbered("out")).enumerated()
    where result.dtype.isFloating {
      let what = "\(self), output \(index)"
      #expect(
        result.dtype == .float32 && result.shape == expected.shape, "\(what)", sourceLocation: sourceLocation)
      // Rounding of the result itself.
      var bound = [Double](repeating: expected.array(of: Double.self).map { abs($0) }.max() ?? 0, count: expected.count)
      for (place, operand) in operands.enumerated() where isDifferentiable[place] {
        let jacobian = jacfwd { (x: Tensor) in
          var changed = operands
          changed[place] = x
          return function(changed)[index]
        }(operand)
        let largest = operand.array(of: Double.self).map { abs($0) }.max() ?? 0
        let sums = sum(abs(jacobian).reshaped(to: [expected.count, operand.count]), axis: 1).array(of: Double.self)
        for i in bound.indices { bound[i] += sums[i] * largest * size }
      }
      if golden.name == "svd.full" {
        // The largest change of a singular value with the elements is that of the norm, whose derivatives' squares add up to 1.
        let largest = operands[0].array(of: Double.self).map { abs($0) }.max() ?? 0
        for i in bound.indices { bound[i] += Double(operands[0].count).squareRoot() * largest * size }
      }
      let difference = zip(result.array(of: Double.self), expected.array(of: Double.self)).map { abs($0 - $1) }
      for (error, limit) in zip(difference, bound) {
        #expect(
          error <= 4 * limit * 0x1p-24, "\(what): \(error), at most \(4 * limit * 0x1p-24)",
          sourceLocation: sourceLocation)
      }
    }
  }
}
