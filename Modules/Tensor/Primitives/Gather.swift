import CKernels

/// What an index that lies outside its dimension means to `Gather` and `Scatter`.
///
/// An index is one of a window's start; it lies outside if any part of the window would.
public enum GatherScatterMode: Hashable, Sendable {
  /// It is moved to the nearest place inside.
  case clip
  /// Its whole window is left out: filled with a number by a gather, dropped by a scatter.
  case fillOrDrop
  /// There is none. If there is one in spite of that, a gather clips and a scatter drops, and derivatives are wrong.
  case promiseInBounds
}

/// How windows of an array relate to index vectors, as in StableHLO: which windows a gather takes out of its operand, and a
/// scatter combines with it.
///
/// The last dimension of the indices holds the index vectors: component `k` is where a window starts along dimension
/// `startIndexMap[k]` of the operand; along the other dimensions it starts at 0. The windows are laid out in an array whose
/// dimensions `offsetDims` are those of a window, in order, and whose others are those of the indices but the last.
public struct GatherDimensions: Hashable, Sendable {
  /// The dimensions of the array of windows that go through a window, in increasing order.
  public var offsetDims: [Int]
  /// The operand's dimensions, in increasing order, along which a window has size 1 and which it leaves out.
  public var collapsedSliceDims: [Int]
  /// For each component of an index vector, the operand's dimension that it is an index of.
  public var startIndexMap: [Int]
  /// The operand's dimensions, in increasing order, that go along with dimensions of the indices: a window stands at the same
  /// place in both.
  public var operandBatchingDims: [Int]
  /// The dimensions of the indices that go along with `operandBatchingDims`, in the same order.
  public var startIndicesBatchingDims: [Int]

  /// Windows that relate to index vectors like this.
  public init(
    offsetDims: [Int], collapsedSliceDims: [Int], startIndexMap: [Int], operandBatchingDims: [Int] = [],
    startIndicesBatchingDims: [Int] = []
  ) {
    self.offsetDims = offsetDims
    self.collapsedSliceDims = collapsedSliceDims
    self.startIndexMap = startIndexMap
    self.operandBatchingDims = operandBatchingDims
    self.startIndicesBatchingDims = startIndicesBatchingDims
  }

  /// The operand's dimensions that a window has, in order.
  package func windowDims(rank: Int) -> [Int] {
    (0..<rank).filter { !collapsedSliceDims.contains($0) && !operandBatchingDims.contains($0) }
  }

  /// The dimensions of the array of windows that number them, in order.
  package func batchDims(rank: Int) -> [Int] { (0..<rank).filter { !offsetDims.contains($0) } }

  /// The size of a window along each dimension of the operand, given the shape of the array of windows.
  package func sliceSizes(operand: [Int], windows: [Int]) -> [Int] {
    var sizes = operand.map { _ in 1 }
    for (dimension, offset) in zip(windowDims(rank: operand.count), offsetDims) { sizes[dimension] = windows[offset] }
    return sizes
  }

  package var attributes: [(name: String, value: String)] {
    var result = [
      ("offsetDims", "\(offsetDims)"), ("collapsedSliceDims", "\(collapsedSliceDims)"),
      ("startIndexMap", "\(startIndexMap)"),
    ]
    if !operandBatchingDims.isEmpty {
      result.append(("batching", "\(operandBatchingDims)·\(startIndicesBatchingDims)"))
    }
    return result
  }
}

/// Windows of an operand, one for each of the index vectors in the second operand, of integers.
public struct Gather: Hashable, Sendable {
  /// How windows relate to index vectors.
  public var dimensions: GatherDimensions
  /// The size of a window along each dimension of the operand.
  public var sliceSizes: [Int]
  /// What an index outside means.
  public var mode: GatherScatterMode
  /// What `fillOrDrop` fills with; nil stands for NaN, the lowest signed integer, the highest unsigned one, or true.
  public var fillValue: Double?

  /// Windows of these sizes.
  public init(
    _ dimensions: GatherDimensions, sliceSizes: [Int], mode: GatherScatterMode, fillValue: Double? = nil
  ) {
    self.dimensions = dimensions
    self.sliceSizes = sliceSizes
    self.mode = mode
    self.fillValue = fillValue
  }
}

extension Gather: PrimitiveFamily {
  package var name: String { "gather" }
  package var attributes: [(name: String, value: String)] {
    dimensions.attributes + [("sliceSizes", "\(sliceSizes)"), ("mode", "\(mode)")]
      + (fillValue.map { [("fillValue", "\($0)")] } ?? [])
  }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(2, operands)
    let (operand, indices) = (operands[0], operands[1])
    try requireDimensions(dimensions, operands)
    try require(
      sliceSizes.count == operand.rank, operands, "needs the size of a window along each of \(operand.rank) dimensions")
    let isEmpty = indices.elementCount == 0
    for (i, size) in sliceSizes.enumerated() {
      try require(
        size >= 0 && (size <= operand.shape[i] || isEmpty), operands,
        "a window of size \(size) does not fit into dimension \(i) of size \(operand.shape[i])")
    }
    for i in dimensions.collapsedSliceDims + dimensions.operandBatchingDims {
      try require(
        sliceSizes[i] == 1 || sliceSizes[i] == 0 && dimensions.operandBatchingDims.contains(i), operands,
        "a window that leaves out dimension \(i) must have size 1 along it, not \(sliceSizes[i])")
    }
    let rank = indices.rank - 1 + dimensions.offsetDims.count
    var shape = [Int](repeating: 0, count: rank)
    for (i, size) in zip(dimensions.batchDims(rank: rank), indices.shape) { shape[i] = size }
    for (i, dimension) in zip(dimensions.offsetDims, dimensions.windowDims(rank: operand.rank)) {
      shape[i] = sliceSizes[dimension]
    }
    return [operand.with(shape: shape)]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let (operand, indices) = (operands[0], operands[1].dense)
    if operand.isSplat && mode != .fillOrDrop { return [operand.retyped(results[0])] }
    let array = operand.dense
    let result = ConcreteValue(uninitialized: results[0])
    let fill = ConcreteValue.fill(results[0].dtype, fillValue)
    let windows = WindowLayout(
      dimensions, operand: array.type.shape, windows: results[0].shape, indices: indices.type.shape,
      sliceSizes: sliceSizes)
    jn_gather(
      results[0].dtype.itemSize, result.pointer, array.pointer, fill.pointer, mode != .fillOrDrop,
      indices.type.dtype.kernelType, indices.pointer, windows.components.count, windows.components,
      windows.batch.count, windows.batch, windows.window.count, windows.window)
    withExtendedLifetime((array, indices, fill)) {}
    return [result]
  }
}

extension ConcreteValue {
  /// One element to fill with: `number`, or what stands for no element.
  fileprivate static func fill(_ dtype: DType, _ number: Double?) -> ConcreteValue {
    let type = TensorType(dtype)
    if let number { return .splat(type, number) }
    if dtype.isFloating { return .splat(type, .nan) }
    if dtype == .bool { return .splat(type, integer: 1) }
    let all = UInt64.max >> UInt64(64 - dtype.bitWidth)
    return .splat(type, integer: Int64(bitPattern: dtype.isSignedInteger ? all / 2 + 1 : all))
  }
}

/// Where windows lie in the operand and in the array of windows, as the kernels take it.
struct WindowLayout {
  var components: [jn_window_index]
  var batch: [jn_window_dimension] = []
  var window: [jn_window_dimension] = []

  init(_ dimensions: GatherDimensions, operand: [Int], windows: [Int], indices: [Int], sliceSizes: [Int]) {
    let (strides, windowStrides) = (operand.rowMajorStrides, windows.rowMajorStrides)
    components = dimensions.startIndexMap.map {
      jn_window_index(limit: Int64(operand[$0] - sliceSizes[$0]), stride: Int64(strides[$0]))
    }
    for (index, i) in dimensions.batchDims(rank: windows.count).enumerated() {
      let along = dimensions.startIndicesBatchingDims.firstIndex(of: index).map { dimensions.operandBatchingDims[$0] }
      batch.append(
        jn_window_dimension(
          size: Int64(indices[index]), in_array: Int64(along.map { strides[$0] } ?? 0),
          in_windows: Int64(windowStrides[i])))
    }
    for (i, dimension) in zip(dimensions.offsetDims, dimensions.windowDims(rank: operand.count)) {
      window.append(
        jn_window_dimension(
          size: Int64(windows[i]), in_array: Int64(strides[dimension]), in_windows: Int64(windowStrides[i])))
    }
  }
}

extension PrimitiveFamily {
  /// What gather and scatter ask of their dimensions; the first two operands are the array and the indices.
  func requireDimensions(_ dimensions: GatherDimensions, _ operands: [TensorType]) throws(TensorError) {
    let (operand, indices) = (operands[0], operands[1])
    try require(
      indices.dtype.isInteger && indices.rank >= 1, operands,
      "the indices must be integers, and their last dimension the index vectors")
    let rank = indices.rank - 1 + dimensions.offsetDims.count
    func requireDims(_ dims: [Int], below limit: Int, sorted: Bool, _ what: String) throws(TensorError) {
      try require(
        Set(dims).count == dims.count && dims.allSatisfy { 0..<limit ~= $0 } && (!sorted || dims == dims.sorted()),
        operands,
        "\(what) \(dims) must be distinct\(sorted ? ", in increasing order," : "") and in 0..<\(limit)")
    }
    let left = dimensions.collapsedSliceDims + dimensions.operandBatchingDims
    try requireDims(dimensions.offsetDims, below: rank, sorted: true, "offsetDims")
    try requireDims(dimensions.collapsedSliceDims, below: operand.rank, sorted: true, "collapsedSliceDims")
    try requireDims(dimensions.operandBatchingDims, below: operand.rank, sorted: true, "operandBatchingDims")
    try requireDims(left, below: operand.rank, sorted: false, "collapsedSliceDims and operandBatchingDims")
    try requireDims(
      dimensions.startIndexMap + dimensions.operandBatchingDims, below: operand.rank, sorted: false,
      "startIndexMap and operandBatchingDims")
    try requireDims(
      dimensions.startIndicesBatchingDims, below: indices.rank - 1, sorted: false, "startIndicesBatchingDims")
    try require(
      dimensions.startIndexMap.count == indices.shape[indices.rank - 1], operands,
      "startIndexMap \(dimensions.startIndexMap) must have an entry for each of \(indices.shape[indices.rank - 1]) "
        + "components of the index vectors, the last dimension of the indices")
    try require(
      dimensions.offsetDims.count + left.count == operand.rank, operands,
      "each of the operand's \(operand.rank) dimensions must be one of the \(dimensions.offsetDims.count) offsetDims, "
        + "or one of \(left)")
    try require(
      dimensions.operandBatchingDims.map { operand.shape[$0] }
        == dimensions.startIndicesBatchingDims.map { indices.shape[$0] }, operands,
      "operandBatchingDims \(dimensions.operandBatchingDims) and startIndicesBatchingDims "
        + "\(dimensions.startIndicesBatchingDims) must have the same sizes")
  }
}
