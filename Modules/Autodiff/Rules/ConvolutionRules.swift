import Tensor

// Convolution is linear in each operand, and both transposes are convolutions. Ignoring space, with m for the batch, j for input and
// k for output features, it is the product [m, j] [j, k] → [m, k]; the transpose by the left operand [m, k] [k, j] → [m, j], and by
// the kernel [j, m] [m, k] → [j, k]. With g groups of features it is [m, gj] [j, gk] → [m, gk], and the transpose by the kernel has
// groups of the batch; with groups of the batch it is [gm, j] [j, gk] → [m, gk], and the transposes have groups of features.

extension Convolution: FamilyRules, LinearFamily {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let primitive = Primitive.convolution(self)
    let left = tangents[0].map { primitive($0, primals[1]) }
    let right = tangents[1].map { primitive(primals[0], $0) }
    return (primitive(primals), [addTangents(left, right)])
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    guard let cotangent = cotangents[0], cotangent.count > 0 else { return [nil, nil] }
    if let kernel = operands[1].known {
      return [transposeByLHS(cotangent, operands[0].type.shape, kernel), nil]
    }
    return [nil, transposeByKernel(cotangent, operands[0].known!, operands[1].type.shape)]
  }

  /// How far the ends of what windows cover are apart, for each spatial dimension.
  private func extents(_ lhs: [Int], _ rhs: [Int], _ out: [Int]) -> [(lhs: Int, rhs: Int, out: Int)] {
    strides.indices.map { i in
      (
        lhs[dimensionNumbers.lhs[i + 2]].dilated(lhsDilation[i]),
        rhs[dimensionNumbers.rhs[i + 2]].dilated(rhsDilation[i]), out[dimensionNumbers.out[i + 2]].dilated(strides[i])
      )
    }
  }

  private func transposeByLHS(_ cotangent: Tensor, _ shape: [Int], _ kernel: Tensor) -> Tensor {
    let numbers = dimensionNumbers
    let groups = max(featureGroupCount, batchGroupCount)
    var rhs = kernel
    if groups > 1 {
      // The groups go from the kernel's output features to its input features, which become the output features.
      rhs = rhs.splittingAxis(numbers.rhs[0], into: groups).mergingAxis(numbers.rhs[0], into: numbers.rhs[1])
    }
    let extents = extents(shape, kernel.shape, cotangent.shape)
    let before = zip(extents, low).map { $0.rhs - $1 - 1 }
    let after = zip(extents, before).map { $0.lhs + $0.rhs - 1 - $0.out - $1 }
    let transposed = Convolution(
      strides: lhsDilation, low: before, high: after, lhsDilation: strides, rhsDilation: rhsDilation,
      isReversed: isReversed.map { !$0 },
      dimensionNumbers: ConvolutionDimensionNumbers(
        lhs: numbers.out, rhs: [numbers.rhs[1], numbers.rhs[0]] + numbers.rhs[2...], out: numbers.lhs),
      featureGroupCount: groups)
    let result = Primitive.convolution(transposed)(cotangent, rhs)
    if batchGroupCount == 1 { return result }
    return result.splittingAxis(numbers.lhs[1], into: groups).mergingAxis(numbers.lhs[1], into: numbers.lhs[0])
  }

  private func transposeByKernel(_ cotangent: Tensor, _ lhs: Tensor, _ shape: [Int]) -> Tensor {
    let numbers = dimensionNumbers
    let extents = extents(lhs.shape, shape, cotangent.shape)
    let after = zip(extents, low).map { $0.out - $0.lhs + $0.rhs - $1 - 1 }
    func exchanged(_ dimensions: [Int]) -> [Int] { [dimensions[1], dimensions[0]] + dimensions[2...] }
    let transposed = Convolution(
      strides: rhsDilation, low: low, high: after, lhsDilation: lhsDilation, rhsDilation: strides,
      dimensionNumbers: ConvolutionDimensionNumbers(
        lhs: exchanged(numbers.lhs), rhs: exchanged(numbers.out), out: exchanged(numbers.rhs)),
      featureGroupCount: batchGroupCount, batchGroupCount: featureGroupCount)
    let result = Primitive.convolution(transposed)(lhs, cotangent)
    let reversed = isReversed.indices.filter { isReversed[$0] }.map { numbers.rhs[$0 + 2] }
    return reversed.isEmpty ? result : result.reversed(reversed)
  }

  // MARK: Batches

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    if size == 0 {
      // There is no dividing into groups, of which there would be none.
      let types = zip(operands, axes).map { $0.type.with(shape: $0.shape.removing($1)) }
      let result = orFail { () throws(TensorError) in try Primitive.convolution(self).resultTypes(of: types) }[0]
      return ([zeros([0] + result.shape, dtype: result.dtype)], [0])
    }
    switch (axes[0], axes[1]) {
    case (let left?, let right?): return batchBoth(operands, left, right, size)
    case (let left?, nil): return batchLHS(operands, left, size)
    default: return batchKernel(operands, axes[1]!, size)
    }
  }

  /// Each example has a kernel of its own: the examples become groups.
  private func batchBoth(_ operands: [Tensor], _ left: Int, _ right: Int, _ size: Int) -> ([Tensor], [Int?]) {
    let numbers = dimensionNumbers
    var batched = self
    if batchGroupCount > 1 {
      batched.batchGroupCount *= size
    } else {
      batched.featureGroupCount *= size
    }
    let lhs = operands[0].mergingAxis(left, into: numbers.lhs[batchGroupCount > 1 ? 0 : 1])
    let rhs = operands[1].mergingAxis(right, into: numbers.rhs[0])
    let result = Primitive.convolution(batched)(lhs, rhs)
    return ([result.splittingAxis(numbers.out[1], into: size)], [numbers.out[1]])
  }

  /// One kernel for all examples: they join the batch, within its groups if it has some.
  private func batchLHS(_ operands: [Tensor], _ left: Int, _ size: Int) -> ([Tensor], [Int?]) {
    let lhs = operands[0].mergingAxis(left, into: dimensionNumbers.lhs[0], within: batchGroupCount)
    let result = Primitive.convolution(self)(lhs, operands[1])
    return ([result.splittingAxis(dimensionNumbers.out[0], into: size)], [dimensionNumbers.out[0]])
  }

  /// Several kernels for one left operand: their output features stand side by side, within the groups if there are some.
  private func batchKernel(_ operands: [Tensor], _ right: Int, _ size: Int) -> ([Tensor], [Int?]) {
    let numbers = dimensionNumbers
    let groups = max(featureGroupCount, batchGroupCount)
    let rhs = operands[1].mergingAxis(right, into: numbers.rhs[0], within: groups)
    let result = Primitive.convolution(self)(operands[0], rhs)
    if groups == 1 { return ([result.splittingAxis(numbers.out[1], into: size)], [numbers.out[1]]) }
    let parts = result.splittingAxis(numbers.out[1], into: groups).splittingAxis(numbers.out[1] + 1, into: size)
    // Group, example, feature: the groups go back to the features.
    return ([parts.mergingAxis(numbers.out[1], into: numbers.out[1] + 1)], [numbers.out[1]])
  }
}

extension Tensor {
  /// A dimension as two, of which the first has this size.
  fileprivate func splittingAxis(_ axis: Int, into size: Int) -> Tensor {
    var shape = shape
    shape[axis] = shape[axis] / size
    return reshaped(to: shape.inserting(size, at: axis))
  }

  /// Without dimension `source`, whose indices become the more significant part of dimension `target` of what remains; where that is
  /// divided into groups, of the part within the group.
  fileprivate func mergingAxis(_ source: Int, into target: Int, within groups: Int = 1) -> Tensor {
    var shape = shape
    let size = shape.remove(at: source)
    if groups == 1 {
      shape[target] *= size
      return movingAxis(source, to: target).reshaped(to: shape)
    }
    // […, size, groups · part, …] → […, groups, size, part, …]
    let moved = movingAxis(source, to: target)
    var split = shape.inserting(size, at: target)
    split[target + 1] /= groups
    let ordered = moved.reshaped(to: split.inserting(groups, at: target + 1)).swappingAxes(target, target + 1)
    shape[target] *= size
    return ordered.reshaped(to: shape)
  }
}

extension [Int] {
  fileprivate func removing(_ axis: Int?) -> [Int] {
    guard let axis else { return self }
    var result = self
    result.remove(at: axis)
    return result
  }
}
