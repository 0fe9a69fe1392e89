import Params
import Tensor

// Layers whose kernel slides over their inputs. Windows, strides and dilations are lists with an entry for each spatial
// dimension: `Conv(32, [3, 3], strides: [2, 2], padding: .same)`.

/// A convolution of images with features last: each output is the sum of products of a kernel with the elements under
/// it, + bias.
///
///     let net = Sequential { Conv(32, [3, 3]); relu; MaxPool([2, 2], strides: [2, 2]); flatten; Dense(10) }
///
/// - Parameters:
///   - outChannels: the number of output features.
///   - window: the height and the width of the kernel.
///   - strides: the distance between windows, for each spatial dimension; 1 if left out.
///   - padding: the zeros around the inputs.
///   - dilation: the distance of neighbours under the kernel, for each spatial dimension; 1 if left out.
///   - groups: in how many groups the features are divided; each has its own part of the output features.
///   - kernelInit: makes the kernel, shape [height, width, inputs / groups, outputs].
///   - biasInit: makes the bias, shape [outputs]; nil for none.
///
/// Shapes: [N, H, W, inputs] → [N, H', W', outputs]. Parameters: `kernel`, `bias`. As in others' libraries the kernel is
/// not reversed. Inputs of another rank, numbers of features that do not divide into `groups`, and lists of another
/// length than 2 stop the program. For lines there is `Conv1D`, for volumes `Conv3D`, for other orders of dimensions
/// `GeneralConv`. Source: `stax.Conv`, `flax.linen.Conv`.
public func Conv(
  _ outChannels: Int, _ window: [Int], strides: [Int]? = nil, padding: Padding = .valid, dilation: [Int]? = nil,
  groups: Int = 1, kernelInit: @escaping Initializer = glorot(), biasInit: Initializer? = randn()
) -> Layer {
  requireRank(2, window, "Conv")
  return convolution(
    "Conv", "conv", outChannels, window, strides: strides, padding: padding, dilation: dilation, groups: groups, .nhwc,
    kernelInit, biasInit)
}

/// A convolution of lines with features last, such as sounds or words; its options are those of `Conv`.
///
/// Shapes: [N, W, inputs] → [N, W', outputs]. Parameters: `kernel`, shape [width, inputs / groups, outputs], and `bias`.
public func Conv1D(
  _ outChannels: Int, _ window: Int, stride: Int = 1, padding: Padding = .valid, dilation: Int = 1, groups: Int = 1,
  kernelInit: @escaping Initializer = glorot(), biasInit: Initializer? = randn()
) -> Layer {
  convolution(
    "Conv1D", "conv", outChannels, [window], strides: [stride], padding: padding, dilation: [dilation], groups: groups,
    .nwc, kernelInit, biasInit)
}

/// A convolution of volumes with features last, such as films; its options are those of `Conv`.
///
/// Shapes: [N, D, H, W, inputs] → [N, D', H', W', outputs]. Parameters: `kernel`, shape [depth, height, width,
/// inputs / groups, outputs], and `bias`.
public func Conv3D(
  _ outChannels: Int, _ window: [Int], strides: [Int]? = nil, padding: Padding = .valid, dilation: [Int]? = nil,
  groups: Int = 1, kernelInit: @escaping Initializer = glorot(), biasInit: Initializer? = randn()
) -> Layer {
  requireRank(3, window, "Conv3D")
  return convolution(
    "Conv3D", "conv", outChannels, window, strides: strides, padding: padding, dilation: dilation, groups: groups,
    .ndhwc, kernelInit, biasInit)
}

/// A convolution of each feature by itself, with features last and as many spatial dimensions as the window has.
///
/// - Parameters:
///   - window: the size of the kernels, for each spatial dimension.
///   - multiplier: the number of kernels, and so of output features, for each feature; those of the first feature come
///     first.
///   - strides: the distance between windows, for each spatial dimension; 1 if left out.
///   - padding: the zeros around the inputs.
///   - dilation: the distance of neighbours under the kernel, for each spatial dimension; 1 if left out.
///   - kernelInit: makes the kernel, shape [window.., 1, inputs · multiplier].
///   - biasInit: makes the bias, shape [inputs · multiplier]; nil for none.
///
/// Shapes: [N, .., inputs] → [N, .., inputs · multiplier]. Parameters: `kernel`, `bias`. With a `Conv` of window [1, 1]
/// after it, it is a separable convolution. Source: Chollet, "Xception"; Keras' `DepthwiseConv2D`.
public func DepthwiseConv(
  _ window: [Int], multiplier: Int = 1, strides: [Int]? = nil, padding: Padding = .valid, dilation: [Int]? = nil,
  kernelInit: @escaping Initializer = glorot(), biasInit: Initializer? = randn()
) -> Layer {
  let operation = "DepthwiseConv"
  if multiplier < 1 { fail(operation, [], "the number of kernels for each feature, \(multiplier), is not positive") }
  requirePositive(window, strides, dilation, operation: operation)
  return parametrized("depthwiseConv") { inputs in
    requireSpatial(inputs, window, operation)
    let channels = inputs.shape.last!
    let kernel = parameter("kernel", window + [1, channels * multiplier], kernelInit)
    let outputs = convGeneralDilated(
      inputs, kernel, strides: strides, padding: padding, rhsDilation: dilation,
      dimensionNumbers: .channelsLast(window.count), featureGroupCount: channels)
    return biasInit.map { outputs + parameter("bias", [channels * multiplier], $0) } ?? outputs
  }
}

/// A convolution with dimensions in any order, and any number of spatial ones.
///
/// - Parameters:
///   - outChannels: the number of output features.
///   - window: the size of the kernel, for each spatial dimension in the order in which the kernel has them.
///   - dimensionNumbers: which dimensions are which, such as `.nchw`.
///   - strides: the distance between windows; 1 if left out.
///   - padding: the zeros around the inputs.
///   - inputDilation: the distance of neighbours of the inputs once zeros are put between; 1 if left out.
///   - dilation: the distance of neighbours under the kernel; 1 if left out.
///   - groups: in how many groups the features are divided.
///   - kernelInit: makes the kernel, whose dimensions are in the order that `dimensionNumbers` says; `glorot` for these
///     dimensions if left out.
///   - biasInit: makes the bias, shape [outputs]; nil for none.
///
/// Parameters: `kernel`, `bias`. Source: `stax.GeneralConv`.
public func GeneralConv(
  _ outChannels: Int, _ window: [Int], dimensionNumbers: ConvolutionDimensionNumbers, strides: [Int]? = nil,
  padding: Padding = .valid, inputDilation: [Int]? = nil, dilation: [Int]? = nil, groups: Int = 1,
  kernelInit: Initializer? = nil, biasInit: Initializer? = randn()
) -> Layer {
  requireNumbers(dimensionNumbers, window, "GeneralConv")
  return convolution(
    "GeneralConv", "conv", outChannels, window, strides: strides, padding: padding, inputDilation: inputDilation,
    dilation: dilation, groups: groups, dimensionNumbers, kernelInit ?? dimensionNumbers.glorotKernel, biasInit)
}

// MARK: Transposed convolutions

/// A transposed convolution of images with features last, which enlarges them: the gradient of a convolution, by size.
///
/// - Parameters:
///   - outChannels: the number of output features.
///   - window: the height and the width of the kernel.
///   - strides: how many times larger the outputs are, roughly, for each spatial dimension; 1 if left out.
///   - padding: that of the convolution whose transpose this is: with `same` the outputs have size · stride elements
///     along a dimension. Explicit padding is that of the inputs with zeros put between.
///   - dilation: the distance of neighbours under the kernel; 1 if left out.
///   - kernelInit: makes the kernel, shape [height, width, inputs, outputs].
///   - biasInit: makes the bias, shape [outputs]; nil for none.
///
/// Shapes: [N, H, W, inputs] → [N, H', W', outputs]. Parameters: `kernel`, `bias`. Source: `stax.ConvTranspose`,
/// `flax.linen.ConvTranspose` (whose padding is `same` if left out).
public func ConvTranspose(
  _ outChannels: Int, _ window: [Int], strides: [Int]? = nil, padding: Padding = .valid, dilation: [Int]? = nil,
  kernelInit: @escaping Initializer = glorot(), biasInit: Initializer? = randn()
) -> Layer {
  requireRank(2, window, "ConvTranspose")
  return transposedConvolution(
    "ConvTranspose", outChannels, window, strides: strides, padding: padding, dilation: dilation, .nhwc, kernelInit,
    biasInit)
}

/// A transposed convolution of lines with features last; its options are those of `ConvTranspose`.
///
/// Shapes: [N, W, inputs] → [N, W', outputs]. Parameters: `kernel`, shape [width, inputs, outputs], and `bias`.
public func Conv1DTranspose(
  _ outChannels: Int, _ window: Int, stride: Int = 1, padding: Padding = .valid, dilation: Int = 1,
  kernelInit: @escaping Initializer = glorot(), biasInit: Initializer? = randn()
) -> Layer {
  transposedConvolution(
    "Conv1DTranspose", outChannels, [window], strides: [stride], padding: padding, dilation: [dilation], .nwc,
    kernelInit, biasInit)
}

/// A transposed convolution with dimensions in any order, and any number of spatial ones.
///
/// - Parameters:
///   - outChannels: the number of output features.
///   - window: the size of the kernel, for each spatial dimension in the order in which the kernel has them.
///   - dimensionNumbers: which dimensions are which, such as `.nchw`.
///   - strides: how many times larger the outputs are, roughly; 1 if left out.
///   - padding: as that of `ConvTranspose`.
///   - dilation: the distance of neighbours under the kernel; 1 if left out.
///   - kernelInit: makes the kernel; `glorot` for these dimensions if left out.
///   - biasInit: makes the bias, shape [outputs]; nil for none.
///
/// Parameters: `kernel`, `bias`. Source: `stax.GeneralConvTranspose`.
public func GeneralConvTranspose(
  _ outChannels: Int, _ window: [Int], dimensionNumbers: ConvolutionDimensionNumbers, strides: [Int]? = nil,
  padding: Padding = .valid, dilation: [Int]? = nil, kernelInit: Initializer? = nil, biasInit: Initializer? = randn()
) -> Layer {
  requireNumbers(dimensionNumbers, window, "GeneralConvTranspose")
  return transposedConvolution(
    "GeneralConvTranspose", outChannels, window, strides: strides, padding: padding, dilation: dilation,
    dimensionNumbers, kernelInit ?? dimensionNumbers.glorotKernel, biasInit)
}

// MARK: What they have in common

private func convolution(
  _ operation: String, _ name: String, _ outChannels: Int, _ window: [Int], strides: [Int]?, padding: Padding,
  inputDilation: [Int]? = nil, dilation: [Int]?, groups: Int, _ numbers: ConvolutionDimensionNumbers,
  _ kernelInit: @escaping Initializer, _ biasInit: Initializer?
) -> Layer {
  requireChannels(outChannels, operation)
  requirePositive(window, strides, dilation, inputDilation, operation: operation)
  if groups < 1 || outChannels % groups != 0 {
    fail(operation, [], "\(outChannels) output features do not divide into \(groups) groups")
  }
  return parametrized(name) { inputs in
    requireSpatial(inputs, window, operation)
    let channels = inputs.shape[numbers.lhs[1]]
    if channels % groups != 0 {
      fail(
        operation, [inputs.type], "the \(channels) features of the inputs do not divide into \(groups) groups",
        hint: "features are dimension \(numbers.lhs[1]) here; `GeneralConv` takes dimensions in another order")
    }
    let kernel = parameter("kernel", numbers.kernelShape(outChannels, channels / groups, window), kernelInit)
    let outputs = convGeneralDilated(
      inputs, kernel, strides: strides, padding: padding, lhsDilation: inputDilation, rhsDilation: dilation,
      dimensionNumbers: numbers, featureGroupCount: groups)
    return numbers.addingBias(biasInit, outChannels, to: outputs)
  }
}

private func transposedConvolution(
  _ operation: String, _ outChannels: Int, _ window: [Int], strides: [Int]?, padding: Padding, dilation: [Int]?,
  _ numbers: ConvolutionDimensionNumbers, _ kernelInit: @escaping Initializer, _ biasInit: Initializer?
) -> Layer {
  requireChannels(outChannels, operation)
  requirePositive(window, strides, dilation, operation: operation)
  return parametrized("convTranspose") { inputs in
    requireSpatial(inputs, window, operation)
    let kernel = parameter(
      "kernel", numbers.kernelShape(outChannels, inputs.shape[numbers.lhs[1]], window), kernelInit)
    let outputs = convTranspose(
      inputs, kernel, strides: strides ?? window.map { _ in 1 }, padding: padding, rhsDilation: dilation,
      dimensionNumbers: numbers)
    return numbers.addingBias(biasInit, outChannels, to: outputs)
  }
}

extension ConvolutionDimensionNumbers {
  fileprivate func kernelShape(_ outputs: Int, _ inputs: Int, _ window: [Int]) -> [Int] {
    var shape = [Int](repeating: 0, count: rhs.count)
    for (dimension, size) in zip(rhs, [outputs, inputs] + window) { shape[dimension] = size }
    return shape
  }

  fileprivate var glorotKernel: Initializer { glorot(inAxes: [rhs[1]], outAxes: [rhs[0]]) }

  fileprivate func addingBias(_ initializer: Initializer?, _ count: Int, to outputs: Tensor) -> Tensor {
    guard let initializer else { return outputs }
    let bias = parameter("bias", [count], initializer)
    if out[1] == out.count - 1 { return outputs + bias }
    return outputs + bias.reshaped(to: out.indices.map { $0 == out[1] ? count : 1 })
  }
}

// MARK: Mistakes

private func requireChannels(_ count: Int, _ operation: String) {
  if count < 0 { fail(operation, [], "the number of output features, \(count), is negative") }
}

private func requireRank(_ rank: Int, _ window: [Int], _ operation: String) {
  if window.count != rank {
    fail(
      operation, [], "the window \(window) should have \(rank) sizes, one for each spatial dimension",
      hint: "`Conv1D` is for lines, `Conv` for images, `Conv3D` for volumes, `GeneralConv` for all")
  }
}

private func requireNumbers(_ numbers: ConvolutionDimensionNumbers, _ window: [Int], _ operation: String) {
  let all = Array(0..<window.count + 2)
  if ![numbers.lhs, numbers.rhs, numbers.out].allSatisfy({ $0.sorted() == all }) {
    fail(
      operation, [],
      "the window \(window) is for \(window.count) spatial dimensions, but \(numbers) does not name these"
        + " and those of batch and features, each once")
  }
}

/// Expects positive sizes, and lists of one length.
func requirePositive(_ window: [Int], _ lists: [Int]?..., operation: String) {
  for list in [window] + lists.compactMap({ $0 }) where list.count != window.count || list.contains(where: { $0 < 1 }) {
    fail(
      operation, [],
      "\(list) should be \(window.count) positive numbers, one for each spatial dimension, as in \(window)")
  }
}

/// Expects inputs with dimensions for batch and features, and the spatial ones.
func requireSpatial(_ inputs: Tensor, _ window: [Int], _ operation: String) {
  if inputs.rank == window.count + 2 { return }
  let isExample = inputs.rank == window.count + 1
  fail(
    operation, [inputs.type],
    "a window of \(window.count) dimensions needs inputs of \(window.count + 2): batch, features and the spatial ones",
    hint: isExample ? "make a batch of one example: inputs.expandingDims(0)" : nil)
}
