import CKernels

/// Which dimensions of a convolution's operands and result are batch, features and space.
///
/// Strings name them as in JAX: `N` the batch, `C` features, in the kernel `O` and `I` its output and input features; the other
/// letters are spatial dimensions, in the order in which the kernel has them.
///
///     ConvolutionDimensionNumbers("NHWC", "HWIO", "NHWC")
public struct ConvolutionDimensionNumbers: Hashable, Sendable {
  /// The left operand's dimensions: batch, features, then each spatial one.
  public var lhs: [Int]
  /// The kernel's dimensions: output features, input features, then each spatial one.
  public var rhs: [Int]
  /// The result's dimensions: batch, features, then each spatial one.
  public var out: [Int]

  /// Dimensions by their numbers: batch (in the kernel output features), features (input features), then each spatial one.
  public init(lhs: [Int], rhs: [Int], out: [Int]) {
    self.lhs = lhs
    self.rhs = rhs
    self.out = out
  }

  /// Dimensions by letters. Strings that do not name the same dimensions, each once, stop the program.
  public init(_ lhs: String, _ rhs: String, _ out: String) {
    let names = (lhs: Array(lhs), rhs: Array(rhs), out: Array(out))
    let spatial = names.rhs.filter { $0 != "O" && $0 != "I" }
    func numbers(_ names: [Character], _ first: Character, _ second: Character) -> [Int] {
      let order = [first, second] + spatial
      if names.count != order.count || Set(names) != Set(order) || Set(order).count != order.count {
        fail(
          "ConvolutionDimensionNumbers", [],
          "\"\(lhs)\", \"\(rhs)\", \"\(out)\" do not name the same dimensions, each once",
          hint: "write N and C, in the kernel O and I, and one letter for each spatial dimension, such as "
            + "\"NHWC\", \"HWIO\", \"NHWC\"")
      }
      return order.map { names.firstIndex(of: $0)! }
    }
    self.lhs = numbers(names.lhs, "N", "C")
    self.rhs = numbers(names.rhs, "O", "I")
    self.out = numbers(names.out, "N", "C")
  }

  /// Features last, for tensors with this many spatial dimensions: [N, …, C], kernels […, I, O].
  public static func channelsLast(_ spatialRank: Int) -> ConvolutionDimensionNumbers {
    let space = Array(1..<spatialRank + 1)
    return ConvolutionDimensionNumbers(
      lhs: [0, spatialRank + 1] + space, rhs: [spatialRank + 1, spatialRank] + (0..<spatialRank),
      out: [0, spatialRank + 1] + space)
  }

  /// Features first, for tensors with this many spatial dimensions: [N, C, …], kernels [O, I, …].
  public static func channelsFirst(_ spatialRank: Int) -> ConvolutionDimensionNumbers {
    let all = Array(0..<spatialRank + 2)
    return ConvolutionDimensionNumbers(lhs: all, rhs: all, out: all)
  }

  /// Lines, features last: [N, W, C], kernels [W, I, O].
  public static let nwc = channelsLast(1)
  /// Images, features last: [N, H, W, C], kernels [H, W, I, O].
  public static let nhwc = channelsLast(2)
  /// Volumes, features last: [N, D, H, W, C], kernels [D, H, W, I, O].
  public static let ndhwc = channelsLast(3)
  /// Lines, features first: [N, C, W], kernels [O, I, W].
  public static let ncw = channelsFirst(1)
  /// Images, features first: [N, C, H, W], kernels [O, I, H, W].
  public static let nchw = channelsFirst(2)
  /// Volumes, features first: [N, C, D, H, W], kernels [O, I, D, H, W].
  public static let ncdhw = channelsFirst(3)
}

/// A convolution (without reversal of the kernel, what others call a cross-correlation), with StableHLO's attributes.
///
/// Each result is the sum of products of the kernel (the second operand) with the elements of the first operand under it. Sums of
/// `float16` and `bfloat16` are made in `float32`; integers wrap.
public struct Convolution: Hashable, Sendable {
  /// The distance between windows, for each spatial dimension; positive.
  public var strides: [Int]
  /// Zeros before the first element, for each spatial dimension; negative numbers cut off.
  public var low: [Int]
  /// Zeros after the last element, for each spatial dimension; negative numbers cut off.
  public var high: [Int]
  /// The distance of neighbours of the left operand once zeros are put between; positive.
  public var lhsDilation: [Int]
  /// The distance of neighbours of the kernel once zeros are put between; positive.
  public var rhsDilation: [Int]
  /// Whether the kernel is reversed, for each spatial dimension.
  public var isReversed: [Bool]
  /// Which dimensions are which.
  public var dimensionNumbers: ConvolutionDimensionNumbers
  /// In how many groups features are divided, each with its own kernel.
  public var featureGroupCount: Int
  /// In how many groups the batch is divided, each with its own part of the output features.
  public var batchGroupCount: Int

  /// A convolution.
  public init(
    strides: [Int], low: [Int], high: [Int], lhsDilation: [Int]? = nil, rhsDilation: [Int]? = nil,
    isReversed: [Bool]? = nil, dimensionNumbers: ConvolutionDimensionNumbers, featureGroupCount: Int = 1,
    batchGroupCount: Int = 1
  ) {
    self.strides = strides
    self.low = low
    self.high = high
    self.lhsDilation = lhsDilation ?? strides.map { _ in 1 }
    self.rhsDilation = rhsDilation ?? strides.map { _ in 1 }
    self.isReversed = isReversed ?? strides.map { _ in false }
    self.dimensionNumbers = dimensionNumbers
    self.featureGroupCount = featureGroupCount
    self.batchGroupCount = batchGroupCount
  }
}

extension Convolution: PrimitiveFamily {
  package var name: String { "convGeneralDilated" }
  package var attributes: [(name: String, value: String)] {
    func list(_ name: String, _ values: [Int]) -> [(name: String, value: String)] {
      values.allSatisfy { $0 == 1 } ? [] : [(name, "\(values)")]
    }
    let padding = zip(low, high).map { "\($0)…\($1)" }.joined(separator: ", ")
    let numbers = dimensionNumbers
    return list("strides", strides) + [("padding", "[\(padding)]")] + list("lhsDilation", lhsDilation)
      + list("rhsDilation", rhsDilation) + (isReversed.contains(true) ? [("reversed", "\(isReversed)")] : [])
      + [("dimensions", "\(numbers.lhs)·\(numbers.rhs)→\(numbers.out)")]
      + (featureGroupCount == 1 ? [] : [("featureGroups", "\(featureGroupCount)")])
      + (batchGroupCount == 1 ? [] : [("batchGroups", "\(batchGroupCount)")])
  }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(2, operands)
    let (lhs, rhs) = (operands[0], operands[1])
    try require(lhs.dtype == rhs.dtype && lhs.dtype != .bool, operands, "needs numbers of one element type")
    let rank = lhs.rank
    try require(
      rank == rhs.rank && rank >= 2, operands,
      "the operands must have equally many dimensions: two for batch and features, and the spatial ones")
    let spatialRank = rank - 2
    try require(
      spatialRank <= Int(JN_CONVOLUTION_RANK), operands, "has at most \(JN_CONVOLUTION_RANK) spatial dimensions")
    let numbers = dimensionNumbers
    for dimensions in [numbers.lhs, numbers.rhs, numbers.out] {
      try require(
        dimensions.sorted() == Array(0..<rank), operands,
        "the dimension numbers \(dimensions) must name each of \(rank) dimensions once")
    }
    let lists = [strides, low, high, lhsDilation, rhsDilation]
    try require(
      lists.allSatisfy { $0.count == spatialRank } && isReversed.count == spatialRank, operands,
      "needs a stride, padding and dilation for each of \(spatialRank) spatial dimensions")
    try require(
      (strides + lhsDilation + rhsDilation).allSatisfy { $0 > 0 }, operands, "strides and dilations must be positive")
    let (batch, features) = (lhs.shape[numbers.lhs[0]], lhs.shape[numbers.lhs[1]])
    let (outFeatures, inFeatures) = (rhs.shape[numbers.rhs[0]], rhs.shape[numbers.rhs[1]])
    try requireGroups(batch, features, outFeatures, inFeatures, operands)

    var shape = lhs.shape
    shape[numbers.out[0]] = batch / batchGroupCount
    shape[numbers.out[1]] = outFeatures
    for i in 0..<spatialRank {
      let padded = lhs.shape[numbers.lhs[i + 2]].dilated(lhsDilation[i]) + low[i] + high[i]
      try require(
        padded >= 0, operands,
        "the negative padding \(low[i]), \(high[i]) cuts off more than spatial dimension \(i) has")
      shape[numbers.out[i + 2]] = padded.windowCount(
        rhs.shape[numbers.rhs[i + 2]].dilated(rhsDilation[i]), stride: strides[i])
    }
    return [TensorType(lhs.dtype, shape, isWeak: lhs.isWeak && rhs.isWeak)]
  }

  private func requireGroups(
    _ batch: Int, _ features: Int, _ outFeatures: Int, _ inFeatures: Int, _ operands: [TensorType]
  ) throws(TensorError) {
    try require(
      featureGroupCount > 0 && batchGroupCount > 0 && (featureGroupCount == 1 || batchGroupCount == 1), operands,
      "the numbers of groups, \(featureGroupCount) of features and \(batchGroupCount) of the batch, must be positive, and one of them 1"
    )
    try require(
      features % featureGroupCount == 0 && features / featureGroupCount == inFeatures, operands,
      featureGroupCount == 1
        ? "the left operand has \(features) features, but the kernel takes \(inFeatures)"
        : "the left operand's \(features) features in \(featureGroupCount) groups are not the \(inFeatures) that the kernel takes",
      hint: "the kernel's dimension \(dimensionNumbers.rhs[1]) must have size \(features / featureGroupCount), or the "
        + "dimension numbers must say which dimensions are features")
    try require(
      outFeatures % featureGroupCount == 0 && outFeatures % batchGroupCount == 0, operands,
      "the kernel's \(outFeatures) output features do not divide into \(max(featureGroupCount, batchGroupCount)) groups"
    )
    try require(
      batch % batchGroupCount == 0, operands, "a batch of \(batch) does not divide into \(batchGroupCount) groups")
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let (lhs, rhs) = (operands[0].dense, operands[1].dense)
    let result = ConcreteValue(uninitialized: results[0])
    ConvolutionPlan.cached(self, lhs.type, rhs.type).run(lhs: lhs.pointer, rhs: rhs.pointer, out: result.pointer)
    withExtendedLifetime((lhs, rhs)) {}
    return [result]
  }
}

extension Int {
  /// The size once neighbours are `dilation` apart.
  package func dilated(_ dilation: Int) -> Int { self == 0 ? 0 : (self - 1) * dilation + 1 }

  /// How many windows of a size fit, `stride` apart.
  package func windowCount(_ window: Int, stride: Int) -> Int { self < window ? 0 : (self - window) / stride + 1 }
}
