// Convolutions do not reverse the kernel: what others call cross-correlations.

/// The general convolution; `jax.lax.conv_general_dilated`.
///
/// - Parameters:
///   - lhs: what the kernel slides over: dimensions for batch and features, and up to 8 spatial ones.
///   - rhs: the kernel: dimensions for output and input features, and the spatial ones.
///   - strides: the distance between windows, for each spatial dimension; 1 if left out.
///   - padding: the zeros around `lhs`.
///   - lhsDilation: the distance of neighbours of `lhs` once zeros are put between, for each spatial dimension; 1 if left
///     out. With others than 1 the padding cannot be `same`.
///   - rhsDilation: the distance of neighbours of the kernel once zeros are put between; 1 if left out.
///   - dimensionNumbers: which dimensions are which; features first if left out, [N, C, …] and [O, I, …], as in JAX.
///   - featureGroupCount: in how many groups the features are divided; each has its own part of the output features. With as
///     many as there are features the convolution is depthwise.
///   - batchGroupCount: in how many groups the batch is divided; each has its own part of the output features.
/// - Returns: the sums of products: with `dimensionNumbers` features first, shape [N, O, …].
///
/// Operands of different element types are promoted. Sizes that do not fit stop the program.
public func convGeneralDilated(
  _ lhs: Tensor, _ rhs: Tensor, strides: [Int]? = nil, padding: Padding = .valid, lhsDilation: [Int]? = nil,
  rhsDilation: [Int]? = nil, dimensionNumbers: ConvolutionDimensionNumbers? = nil, featureGroupCount: Int = 1,
  batchGroupCount: Int = 1
) -> Tensor {
  let name = "convGeneralDilated"
  requireSpatial(lhs, rhs, name)
  let operands = promote(name, [lhs, rhs])
  let ones = [Int](repeating: 1, count: lhs.rank - 2)
  let (strides, numbers) = (strides ?? ones, dimensionNumbers ?? .channelsFirst(ones.count))
  let (lhsDilation, rhsDilation) = (lhsDilation ?? ones, rhsDilation ?? ones)
  requireLists([strides, lhsDilation, rhsDilation], numbers, lhs, rhs, name)
  switch padding {
  case .valid, .explicit: break
  case .same, .sameLower:
    if lhsDilation.contains(where: { $0 != 1 }) {
      fail(
        name, [lhs.type, rhs.type], "`same` padding is not defined for a dilated left operand",
        hint: "give explicit padding, or use `convTranspose`")
    }
  }
  let sizes = ones.indices.map { lhs.shape[numbers.lhs[$0 + 2]] }
  let window = ones.indices.map { rhs.shape[numbers.rhs[$0 + 2]].dilated(rhsDilation[$0]) }
  let widths = padding.widths(sizes, window: window, strides: strides, name)
  return Primitive.convolution(
    Convolution(
      strides: strides, low: widths.map(\.low), high: widths.map(\.high), lhsDilation: lhsDilation,
      rhsDilation: rhsDilation, dimensionNumbers: numbers, featureGroupCount: featureGroupCount,
      batchGroupCount: batchGroupCount))(operands)[0]
}

/// A convolution of tensors with features first; `jax.lax.conv`.
///
/// Shapes: [N, I, …] · [O, I, …] → [N, O, …].
///
/// - Parameters:
///   - strides: the distance between windows, for each spatial dimension.
///   - padding: the zeros around `lhs`.
public func conv(_ lhs: Tensor, _ rhs: Tensor, strides: [Int]? = nil, padding: Padding = .valid) -> Tensor {
  convGeneralDilated(lhs, rhs, strides: strides, padding: padding)
}

/// The convolution with fractional strides, which networks enlarge images with; `jax.lax.conv_transpose`.
///
/// - Parameters:
///   - strides: how many times larger the result is, roughly, for each spatial dimension.
///   - padding: `same` and `valid` are those of the convolution whose transpose this is: the result has size · stride
///     elements along a dimension, or what that convolution would need. Explicit padding is that of the dilated `lhs`.
///   - rhsDilation: the distance of neighbours of the kernel once zeros are put between.
///   - dimensionNumbers: which dimensions are which; features last if left out, [N, …, C] and […, I, O], as in JAX.
///   - transposesKernel: whether the kernel is reversed and its input and output features exchanged, which makes this
///     the gradient of the convolution with that kernel.
public func convTranspose(
  _ lhs: Tensor, _ rhs: Tensor, strides: [Int], padding: Padding = .same, rhsDilation: [Int]? = nil,
  dimensionNumbers: ConvolutionDimensionNumbers? = nil, transposesKernel: Bool = false
) -> Tensor {
  let name = "convTranspose"
  requireSpatial(lhs, rhs, name)
  let numbers = dimensionNumbers ?? .channelsLast(lhs.rank - 2)
  let dilation = rhsDilation ?? [Int](repeating: 1, count: lhs.rank - 2)
  requireLists([strides, dilation], numbers, lhs, rhs, name)
  let widths = dilation.indices.map { i -> (low: Int, high: Int) in
    let (size, stride) = (rhs.shape[numbers.rhs[i + 2]].dilated(dilation[i]), strides[i])
    switch padding {
    case .explicit(let widths) where i < widths.count: return widths[i]
    case .explicit: fail(name, [lhs.type, rhs.type], "needs a pair of padding for each spatial dimension")
    case .valid: return (size - 1, size + stride - 2 + max(size - stride, 0) - (size - 1))
    case .sameLower: fail(name, [lhs.type, rhs.type], "`sameLower` padding is not defined", hint: "use `same`")
    case .same:
      let total = size + stride - 2
      let low = stride > size - 1 ? size - 1 : (total + 1) / 2
      return (low, total - low)
    }
  }
  var kernel = rhs
  if transposesKernel {
    kernel = kernel.reversed(Array(numbers.rhs[2...])).swappingAxes(numbers.rhs[0], numbers.rhs[1])
  }
  return convGeneralDilated(
    lhs, kernel, padding: .explicit(widths), lhsDilation: strides, rhsDilation: dilation, dimensionNumbers: numbers)
}

/// The elements under each window as features; `jax.lax.conv_general_dilated_patches`.
///
/// - Parameters:
///   - filterShape: the size of the window, for each spatial dimension.
///   - strides: the distance between windows.
///   - padding: the zeros around x.
///   - rhsDilation: the distance of neighbours under the window.
///   - dimensionNumbers: which dimensions are which; features first if left out. Those of the kernel do not matter.
/// - Returns: with C · elements of the window in place of the C features: all of the first feature, then of the next.
public func convPatches(
  _ x: Tensor, filterShape: [Int], strides: [Int]? = nil, padding: Padding = .valid, lhsDilation: [Int]? = nil,
  rhsDilation: [Int]? = nil, dimensionNumbers: ConvolutionDimensionNumbers? = nil
) -> Tensor {
  let name = "convPatches"
  if x.rank < 2 || filterShape.count != x.rank - 2 {
    fail(name, [x.type], "needs a window size for each spatial dimension, of which there are \(max(x.rank - 2, 0))")
  }
  var numbers = dimensionNumbers ?? .channelsFirst(filterShape.count)
  let features = x.shape[numbers.lhs[1]]
  let count = filterShape.reduce(1, *)
  // One kernel for each element of the window: a one at its place. The same for each feature.
  let kernel = eye(count, dtype: x.dtype).reshaped(to: [1, count, 1] + filterShape)
    .broadcast(to: [features, count, 1] + filterShape).reshaped(to: [features * count, 1] + filterShape)
  numbers.rhs = Array(0..<x.rank)
  return convGeneralDilated(
    x, kernel, strides: strides, padding: padding, lhsDilation: lhsDilation, rhsDilation: rhsDilation,
    dimensionNumbers: numbers, featureGroupCount: features)
}

private func requireSpatial(_ lhs: Tensor, _ rhs: Tensor, _ operation: String) {
  if lhs.rank < 2 || lhs.rank != rhs.rank {
    fail(
      operation, [lhs.type, rhs.type],
      "the operands must have equally many dimensions: two for batch and features, and the spatial ones")
  }
}

private func requireLists(
  _ lists: [[Int]], _ numbers: ConvolutionDimensionNumbers, _ lhs: Tensor, _ rhs: Tensor, _ operation: String
) {
  let rank = lhs.rank
  if !lists.allSatisfy({ $0.count == rank - 2 && $0.allSatisfy { $0 > 0 } }) {
    fail(
      operation, [lhs.type, rhs.type],
      "needs a positive stride and dilation for each of \(rank - 2) spatial dimensions")
  }
  if ![numbers.lhs, numbers.rhs, numbers.out].allSatisfy({ $0.sorted() == Array(0..<rank) }) {
    fail(operation, [lhs.type, rhs.type], "the dimension numbers \(numbers) do not name \(rank) dimensions each")
  }
}
