import CKernels

extension ConcreteValue {
  /// Copies elements between two layouts: `shape` elements from this value, starting at element `offset` with `strides`
  /// between neighbours, to `target`, starting at `targetOffset` with `targetStrides`.
  package func copy(
    shape: [Int], strides: [Int], offset: Int = 0, to target: ConcreteValue, targetStrides: [Int],
    targetOffset: Int = 0
  ) {
    let size = type.dtype.itemSize
    let strides = isSplat ? [Int](repeating: 0, count: shape.count) : strides
    jn_copy_strided(
      size, shape.count, shape.map(Int64.init), target.pointer + targetOffset * size, targetStrides.map(Int64.init),
      pointer + (isSplat ? 0 : offset * size), strides.map(Int64.init))
  }

  /// A dense value of this type whose elements lie in this one at these strides.
  fileprivate func gathered(_ type: TensorType, strides: [Int], offset: Int = 0) -> ConcreteValue {
    if isSplat { return retyped(type) }
    let result = ConcreteValue(uninitialized: type)
    copy(shape: type.shape, strides: strides, offset: offset, to: result, targetStrides: type.shape.rowMajorStrides)
    return result
  }
}

/// New dimensions, along which the elements repeat.
///
/// Dimension `i` of the operand becomes dimension `dimensions[i]` of the result; where its size is 1 it may become any size.
public struct BroadcastInDim: Hashable, Sendable {
  /// The shape of the result.
  public var shape: [Int]
  /// For each dimension of the operand, the dimension of the result; strictly increasing.
  public var dimensions: [Int]

  /// A broadcast to a shape.
  public init(shape: [Int], dimensions: [Int]) {
    self.shape = shape
    self.dimensions = dimensions
  }
}

extension BroadcastInDim: PrimitiveFamily {
  package var name: String { "broadcastInDim" }
  package var attributes: [(name: String, value: String)] { [("shape", "\(shape)"), ("dimensions", "\(dimensions)")] }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(1, operands)
    let operand = operands[0]
    try require(
      dimensions.count == operand.rank && dimensions.allSatisfy { 0..<shape.count ~= $0 }
        && zip(dimensions, dimensions.dropFirst()).allSatisfy(<), operands,
      "the dimensions \(dimensions) must name, in order, one of \(shape.count) for each of the operand's \(operand.rank)"
    )
    for (size, dimension) in zip(operand.shape, dimensions) {
      try require(
        size == shape[dimension] || size == 1, operands,
        "size \(size) cannot become size \(shape[dimension]) of the shape \(shape)",
        hint: "only dimensions of size 1 repeat")
    }
    return [operand.with(shape: shape)]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let operand = operands[0]
    if operand.type.elementCount == 1 {
      return [
        ConcreteValue(
          results[0], operand.storage, isSplat: results[0].elementCount != 1, literal: operand.literal)
      ]
    }
    if operand.type.elementCount == results[0].elementCount { return [operand.retyped(results[0])] }
    let operandStrides = operand.type.shape.rowMajorStrides
    var strides = [Int](repeating: 0, count: shape.count)
    for (i, dimension) in dimensions.enumerated() where operand.type.shape[i] != 1 {
      strides[dimension] = operandStrides[i]
    }
    return [operand.gathered(results[0], strides: strides)]
  }
}

/// The same elements, in row-major order, in another shape.
public struct Reshape: Hashable, Sendable {
  /// The new shape.
  public var shape: [Int]

  /// A change of shape.
  public init(_ shape: [Int]) { self.shape = shape }
}

extension Reshape: PrimitiveFamily {
  package var name: String { "reshape" }
  package var attributes: [(name: String, value: String)] { [("shape", "\(shape)")] }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(1, operands)
    try require(
      shape.allSatisfy { $0 >= 0 } && shape.product == operands[0].elementCount
        && (shape.product < .max || operands[0].shape.product(dividedBy: shape) == 1), operands,
      "\(operands[0].elementCount) elements do not fit the shape \(shape)")
    return [operands[0].with(shape: shape)]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    [operands[0].retyped(results[0])]
  }
}

/// Another order of the dimensions: dimension `i` of the result is dimension `permutation[i]` of the operand.
public struct Transpose: Hashable, Sendable {
  /// For each dimension of the result, that of the operand.
  public var permutation: [Int]

  /// A change of the order of the dimensions.
  public init(_ permutation: [Int]) { self.permutation = permutation }
}

extension Transpose: PrimitiveFamily {
  package var name: String { "transpose" }
  package var attributes: [(name: String, value: String)] { [("permutation", "\(permutation)")] }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(1, operands)
    try require(
      permutation.sorted() == Array(0..<operands[0].rank), operands,
      "\(permutation) is not an order of the \(operands[0].rank) dimensions")
    return [operands[0].with(shape: permutation.map { operands[0].shape[$0] })]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let moved = permutation.filter { operands[0].type.shape[$0] != 1 }
    if zip(moved, moved.dropFirst()).allSatisfy(<) { return [operands[0].retyped(results[0])] }
    let strides = operands[0].type.shape.rowMajorStrides
    return [operands[0].gathered(results[0], strides: permutation.map { strides[$0] })]
  }
}

/// The opposite order along some dimensions.
public struct Reverse: Hashable, Sendable {
  /// The dimensions that are reversed.
  public var dimensions: [Int]

  /// A reversal along dimensions.
  public init(_ dimensions: [Int]) { self.dimensions = dimensions }
}

extension Reverse: PrimitiveFamily {
  package var name: String { "reverse" }
  package var attributes: [(name: String, value: String)] { [("dimensions", "\(dimensions)")] }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(1, operands)
    try requireAxes(dimensions, operands)
    return [operands[0]]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let shape = results[0].shape
    if results[0].elementCount == 0 { return [operands[0].retyped(results[0])] }
    var strides = shape.rowMajorStrides
    var offset = 0
    for dimension in dimensions {
      offset += (shape[dimension] - 1) * strides[dimension]
      strides[dimension] = -strides[dimension]
    }
    return [operands[0].gathered(results[0], strides: strides, offset: offset)]
  }
}

/// Several tensors of one element type, one after the other along a dimension; the other dimensions agree.
public struct Concatenate: Hashable, Sendable {
  /// The dimension that grows.
  public var dimension: Int

  /// A concatenation along a dimension.
  public init(_ dimension: Int) { self.dimension = dimension }
}

extension Concatenate: PrimitiveFamily {
  package var name: String { "concatenate" }
  package var attributes: [(name: String, value: String)] { [("dimension", "\(dimension)")] }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    guard var result = operands.first else { throw broken(operands, "needs at least one operand") }
    try requireAxes([dimension], operands)
    for operand in operands.dropFirst() {
      var expected = result.shape
      try require(operand.rank == result.rank, operands, "the operands have different numbers of dimensions")
      expected[dimension] = operand.shape[dimension]
      try require(
        operand.dtype == result.dtype && operand.shape == expected, operands,
        "the operands must agree in element type and in every dimension but \(dimension)")
      result.shape[dimension] += operand.shape[dimension]
      result.isWeak = result.isWeak && operand.isWeak
    }
    return [result]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    if operands.count == 1 { return operands }
    let result = ConcreteValue(uninitialized: results[0])
    let strides = results[0].shape.rowMajorStrides
    var position = 0
    for operand in operands {
      operand.copy(
        shape: operand.type.shape, strides: operand.type.shape.rowMajorStrides, to: result, targetStrides: strides,
        targetOffset: position * strides[dimension])
      position += operand.type.shape[dimension]
    }
    return [result]
  }
}

/// Padding with a value (the second operand, a scalar): before, after and between the elements along each dimension.
///
/// Negative `low` and `high` cut elements off, as in StableHLO; `interior` elements go between neighbours.
public struct Pad: Hashable, Sendable {
  /// Elements before the first, for each dimension.
  public var low: [Int]
  /// Elements after the last, for each dimension.
  public var high: [Int]
  /// Elements between neighbours, for each dimension; not negative.
  public var interior: [Int]

  /// Padding along each dimension.
  public init(low: [Int], high: [Int], interior: [Int]) {
    self.low = low
    self.high = high
    self.interior = interior
  }
}

extension Pad: PrimitiveFamily {
  package var name: String { "pad" }
  package var attributes: [(name: String, value: String)] {
    [("low", "\(low)"), ("high", "\(high)"), ("interior", "\(interior)")]
  }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(2, operands)
    let operand = operands[0]
    try require(
      operands[1].rank == 0 && operands[1].dtype == operand.dtype, operands,
      "the padding value must be a scalar of the operand's element type")
    try require(
      low.count == operand.rank && high.count == operand.rank && interior.count == operand.rank, operands,
      "needs low, high and interior padding for each of \(operand.rank) dimensions")
    try require(interior.allSatisfy { $0 >= 0 }, operands, "interior padding \(interior) cannot be negative")
    let shape = operand.shape.enumerated().map { i, size in
      low[i] + size + max(size - 1, 0) * interior[i] + high[i]
    }
    try require(shape.allSatisfy { $0 >= 0 }, operands, "the padding makes a negative size: \(shape)")
    return [operand.with(shape: shape)]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let (operand, type) = (operands[0], results[0])
    let result = ConcreteValue(uninitialized: type)
    jn_fill(type.dtype.itemSize, result.pointer, operands[1].pointer, type.elementCount)
    guard let part = placement(of: operand.type.shape, in: type.shape) else { return [result] }
    operand.copy(
      shape: part.shape, strides: operand.type.shape.rowMajorStrides, offset: part.offset, to: result,
      targetStrides: part.targetStrides, targetOffset: part.targetOffset)
    return [result]
  }

  /// Which elements of the operand land in the result, and where; nil if none do.
  package func placement(
    of operand: [Int], in result: [Int]
  ) -> (shape: [Int], offset: Int, targetStrides: [Int], targetOffset: Int)? {
    let strides = operand.rowMajorStrides
    let resultStrides = result.rowMajorStrides
    var (shape, offset, resultOffset) = ([Int](), 0, 0)
    for (i, size) in operand.enumerated() {
      // The elements of this dimension that land inside: first ... last.
      let step = interior[i] + 1
      let first = low[i] >= 0 ? 0 : (-low[i] + step - 1) / step
      let lastPosition = result[i] - 1 - low[i]
      let last = min(size - 1, lastPosition < 0 ? -1 : lastPosition / step)
      if last < first { return nil }
      shape.append(last - first + 1)
      offset += first * strides[i]
      resultOffset += (low[i] + first * step) * resultStrides[i]
    }
    return (shape, offset, zip(resultStrides, interior).map { $0 * ($1 + 1) }, resultOffset)
  }
}

/// A rectangular part: along each dimension the elements `start`, `start + stride`, … below `limit`.
public struct Slice: Hashable, Sendable {
  /// The first index, for each dimension.
  public var start: [Int]
  /// The index after the last that may be taken, for each dimension.
  public var limit: [Int]
  /// The distance between the elements taken, for each dimension; positive.
  public var stride: [Int]

  /// A part of a tensor.
  public init(start: [Int], limit: [Int], stride: [Int]) {
    self.start = start
    self.limit = limit
    self.stride = stride
  }
}

extension Slice: PrimitiveFamily {
  package var name: String { "slice" }
  package var attributes: [(name: String, value: String)] {
    [("start", "\(start)"), ("limit", "\(limit)")] + (stride.allSatisfy { $0 == 1 } ? [] : [("stride", "\(stride)")])
  }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(1, operands)
    let rank = operands[0].rank
    try require(
      start.count == rank && limit.count == rank && stride.count == rank, operands,
      "needs a start, a limit and a stride for each of \(rank) dimensions")
    for (i, size) in operands[0].shape.enumerated() {
      try require(
        0 <= start[i] && start[i] <= limit[i] && limit[i] <= size, operands,
        "\(start[i])..<\(limit[i]) is not within 0..<\(size) of dimension \(i)")
      try require(stride[i] > 0, operands, "the stride \(stride[i]) of dimension \(i) must be positive")
    }
    return [operands[0].with(shape: (0..<rank).map { (limit[$0] - start[$0] + stride[$0] - 1) / stride[$0] })]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    if results[0].shape == operands[0].type.shape { return operands }
    let strides = operands[0].type.shape.rowMajorStrides
    let offset = zip(start, strides).reduce(0) { $0 + $1.0 * $1.1 }
    return [operands[0].gathered(results[0], strides: zip(strides, stride).map(*), offset: offset)]
  }
}

/// A rectangular part of the first operand that starts where the others, integer scalars, one a dimension, say.
///
/// A start outside is moved so that the part lies inside.
public struct DynamicSlice: Hashable, Sendable {
  /// The size of the part.
  public var sizes: [Int]

  /// A part of these sizes.
  public init(_ sizes: [Int]) { self.sizes = sizes }
}

extension DynamicSlice: PrimitiveFamily {
  package var name: String { "dynamicSlice" }
  package var attributes: [(name: String, value: String)] { [("sizes", "\(sizes)")] }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    let rank = operands.first?.rank ?? 0
    try requireCount(rank + 1, operands)
    try requireStarts(operands.dropFirst(), operands)
    try require(
      sizes.count == rank && zip(sizes, operands[0].shape).allSatisfy { 0 <= $0 && $0 <= $1 }, operands,
      "a part of size \(sizes) does not fit")
    return [operands[0].with(shape: sizes)]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let strides = operands[0].type.shape.rowMajorStrides
    let starts = clampedStarts(operands.dropFirst(), shape: operands[0].type.shape, sizes: sizes)
    let offset = zip(starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
    return [operands[0].gathered(results[0], strides: strides, offset: offset)]
  }
}

/// The first operand with the part that starts where the others, integer scalars, one a dimension, say, replaced by the second.
///
/// A start outside is moved so that the part lies inside.
public struct DynamicUpdateSlice: Hashable, Sendable {
  /// The operation.
  public init() {}
}

extension DynamicUpdateSlice: PrimitiveFamily {
  package var name: String { "dynamicUpdateSlice" }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    let rank = operands.first?.rank ?? 0
    try requireCount(rank + 2, operands)
    try requireStarts(operands.dropFirst(2), operands)
    try require(
      operands[1].dtype == operands[0].dtype && operands[1].rank == rank
        && zip(operands[1].shape, operands[0].shape).allSatisfy(<=), operands,
      "the update must have the operand's element type and fit into it")
    return [operands[0]]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let (operand, update) = (operands[0], operands[1])
    let result = ConcreteValue(uninitialized: results[0])
    let strides = results[0].shape.rowMajorStrides
    operand.copy(shape: results[0].shape, strides: strides, to: result, targetStrides: strides)
    let starts = clampedStarts(operands.dropFirst(2), shape: results[0].shape, sizes: update.type.shape)
    update.copy(
      shape: update.type.shape, strides: update.type.shape.rowMajorStrides, to: result, targetStrides: strides,
      targetOffset: zip(starts, strides).reduce(0) { $0 + $1.0 * $1.1 })
    return [result]
  }
}

extension PrimitiveFamily {
  func requireStarts(_ starts: ArraySlice<TensorType>, _ operands: [TensorType]) throws(TensorError) {
    try require(
      starts.allSatisfy { $0.rank == 0 && $0.dtype.isInteger }, operands, "the starts must be integer scalars")
  }
}

private func clampedStarts(_ starts: ArraySlice<ConcreteValue>, shape: [Int], sizes: [Int]) -> [Int] {
  zip(starts, zip(shape, sizes)).map { start, size in min(max(start.integer, 0), size.0 - size.1) }
}

extension ConcreteValue {
  /// The first element, an integer; one above the range of `Int` is its largest.
  package var integer: Int {
    if type.dtype == .uint64 { return Int(clamping: pointer.load(as: UInt64.self)) }
    var result: Int64 = 0
    jn_convert(JN_INT64, &result, type.dtype.kernelType, pointer, 1)
    return Int(result)
  }
}

/// The index along a dimension: element `[…, i, …]` is `i`. No operands.
public struct Iota: Hashable, Sendable {
  /// The type of the result; its elements are numbers.
  public var type: TensorType
  /// The dimension that counts.
  public var dimension: Int

  /// Indices along a dimension.
  public init(_ type: TensorType, dimension: Int) {
    self.type = type
    self.dimension = dimension
  }
}

extension Iota: PrimitiveFamily {
  package var name: String { "iota" }
  package var attributes: [(name: String, value: String)] { [("type", "\(type)"), ("dimension", "\(dimension)")] }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(0, operands)
    try requireAxes([dimension], [type])
    try require(type.dtype != .bool, [type], "needs a number type")
    return [type]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let result = ConcreteValue(uninitialized: type)
    let (outer, size, inner) = type.shape.split(around: dimension)
    jn_iota(type.dtype.kernelType, result.pointer, outer, size, inner)
    return [result]
  }
}

extension [Int] {
  /// The number of elements before, along, and behind a dimension.
  package func split(around dimension: Int) -> (outer: Int, size: Int, inner: Int) {
    (Array(self[..<dimension]).product, self[dimension], Array(self[(dimension + 1)...]).product)
  }
}
