/// What the terms between the brackets select of a tensor: a slice, or where there are tensors among them a gather. The same
/// plan says where `at[…]` puts its updates.
struct IndexPlan {
  /// Whether a tensor is among the terms.
  let hasTensors: Bool
  /// The shape of what is selected.
  private(set) var resultShape: [Int] = []
  private let terms: [PlacedTerm]
  private let isFirst: Bool
  private let tensorShape: [Int]
  private let type: TensorType

  /// A term and the dimension of the tensor that it is for, if for one.
  private struct PlacedTerm {
    var kind: Kind
    var dimension: Int

    enum Kind {
      case newAxis
      case position(Int)
      case part(IndexRange)
      case tensor(Tensor)
    }
  }

  /// Positions start, start + step, … below limit, in the opposite order if `isReversed`.
  private struct IndexRange {
    var start, limit, step: Int
    var isReversed: Bool

    var count: Int { (limit - start + step - 1) / step }
  }

  init(_ terms: [IndexTerm], of x: Tensor) {
    type = x.type
    let expanded = expandingMasks(terms, of: x)
    hasTensors = expanded.contains { if case .tensor = $0.kind { true } else { false } }
    let full = withoutEllipsis(expanded, of: x)
    var (placed, dimension) = ([PlacedTerm](), 0)
    for term in full {
      placed.append(PlacedTerm(kind: Self.kind(term, of: x, dimension: dimension), dimension: dimension))
      if term.kind != .newAxis { dimension += 1 }
    }
    self.terms = placed

    var shape: [Int]? = []
    var tensors: [TensorType] = []
    for case .tensor(let tensor) in placed.map(\.kind) {
      tensors.append(tensor.type)
      shape = shape.flatMap { broadcastShape($0, tensor.shape) }
    }
    guard let shape else { fail("subscript", [x.type] + tensors, "the shapes of the index tensors do not broadcast") }
    tensorShape = shape
    // With something between them, tensors and the positions beside them leave no place for their dimensions but the first.
    let isAdvanced = expanded.map { term in
      switch term.kind {
      case .tensor, .position: !shape.isEmpty
      default: false
      }
    }
    let from = isAdvanced.firstIndex(of: true) ?? 0
    let to = isAdvanced.lastIndex(of: true) ?? -1
    isFirst = from <= to && isAdvanced[from...to].contains(false)
    resultShape = layout().flatMap(\.shape)
  }

  private static func kind(_ term: IndexTerm, of x: Tensor, dimension: Int) -> PlacedTerm.Kind {
    switch term.kind {
    case .newAxis: return .newAxis
    case .ellipsis: preconditionFailure("the ellipsis was replaced")
    case .position(let index):
      let size = x.shape[dimension]
      let start = index < 0 ? index + size : index
      if !(0..<size ~= start) {
        fail("subscript", [x.type], "index \(index) is outside dimension \(dimension) of size \(size)")
      }
      return .position(start)
    case .strided(let start, let stop, let step):
      return .part(range(of: x, from: start, to: stop, by: step, dimension: dimension))
    case .tensor(let index):
      if !index.tensor.dtype.isInteger {
        fail("subscript", [x.type, index.tensor.type], "an index tensor must hold integers, or bool")
      }
      if x.shape[dimension] == 0 && index.tensor.count > 0 {
        fail("subscript", [x.type, index.tensor.type], "dimension \(dimension) is empty, so no index is inside")
      }
      return .tensor(index.tensor)
    }
  }

  // MARK: The layout of the result

  /// A piece of the result's shape.
  private enum Piece {
    case newAxis
    case part(IndexRange, dimension: Int)
    case tensors([Int])

    var shape: [Int] {
      switch self {
      case .newAxis: [1]
      case .part(let range, _): [range.count]
      case .tensors(let shape): shape
      }
    }
  }

  /// The pieces of the result's shape, in order.
  private func layout() -> [Piece] {
    var pieces: [Piece] = isFirst ? [.tensors(tensorShape)] : []
    var isPlaced = isFirst || tensorShape.isEmpty
    for term in terms {
      switch term.kind {
      case .newAxis: pieces.append(.newAxis)
      case .part(let range): pieces.append(.part(range, dimension: term.dimension))
      case .position, .tensor:
        if !isPlaced { pieces.append(.tensors(tensorShape)) }
        isPlaced = true
      }
    }
    return pieces
  }

  // MARK: Slices

  /// The part of `x`, for terms without tensors.
  func sliced(_ x: Tensor) -> Tensor {
    var slice = Slice(start: [], limit: [], stride: [])
    var reversed: [Int] = []
    for term in terms {
      switch term.kind {
      case .newAxis, .tensor: continue
      case .position(let start): slice.append(start, start + 1, 1)
      case .part(let range):
        slice.append(range.start, range.limit, range.step)
        if range.isReversed { reversed.append(term.dimension) }
      }
    }
    var result = x
    if slice.start.contains(where: { $0 != 0 }) || slice.limit != x.shape || slice.stride.contains(where: { $0 != 1 }) {
      result = Primitive.slice(slice)(result)
    }
    if !reversed.isEmpty { result = Primitive.reverse(Reverse(reversed))(result) }
    return result.reshaped(to: resultShape)
  }

  // MARK: Gathers and scatters

  /// The terms as a gather: windows go through the dimensions with a part of step 1, index vectors name the others.
  private struct Windows {
    var dimensions = GatherDimensions(offsetDims: [], collapsedSliceDims: [], startIndexMap: [])
    var sliceSizes: [Int]
    var shape: [Int] = []
    var reversed: [Int] = []
    var indices = zeros([0], dtype: .int32)
  }

  private func windows(_ mode: IndexMode) -> Windows {
    var windows = Windows(sliceSizes: type.shape.map { _ in 1 })
    var batchShape: [Int] = []
    var components: [(dimension: Int, index: Tensor, place: Int)] = []
    var tensorPlace = 0
    for piece in layout() {
      switch piece {
      case .newAxis: continue
      case .tensors(let shape):
        tensorPlace = batchShape.count
        batchShape += shape
      case .part(let range, let dimension):
        if range.isReversed { windows.reversed.append(windows.shape.count) }
        if range.step == 1 {
          windows.dimensions.offsetDims.append(windows.shape.count)
          windows.sliceSizes[dimension] = range.count
          if range.start != 0 { components.append((dimension, Tensor(range.start, dtype: .int32), 0)) }
        } else {
          let positions = arange(range.start, range.limit, step: range.step)
          components.append((dimension, positions, batchShape.count))
          batchShape.append(range.count)
        }
      }
      windows.shape += piece.shape
    }
    for term in terms {
      switch term.kind {
      case .newAxis, .part: continue
      case .position(let start): components.append((term.dimension, Tensor(start, dtype: .int32), 0))
      case .tensor(let index):
        let size = type.shape[term.dimension]
        let counted = mode.normalized(index, size: size, [type, index.type], "subscript")
        components.append((term.dimension, counted, tensorPlace + tensorShape.count - index.rank))
      }
    }
    let whole = Set(layout().compactMap { if case .part(let range, let i) = $0, range.step == 1 { i } else { nil } })
    windows.dimensions.collapsedSliceDims = type.shape.indices.filter { !whole.contains($0) }
    windows.dimensions.startIndexMap = components.map(\.dimension)
    windows.indices = Self.vectors(components.map { ($0.index, $0.place) }, batchShape)
    return windows
  }

  /// Index vectors of components that lie at places among the dimensions of the batch.
  private static func vectors(_ components: [(index: Tensor, place: Int)], _ batchShape: [Int]) -> Tensor {
    if components.isEmpty { return zeros(batchShape + [0], dtype: .int32) }
    let dtypes = Set(components.map(\.index.dtype))
    let dtype =
      dtypes.count == 1 ? dtypes.first! : dtypes.contains(.uint64) || dtypes.contains(.int64) ? .int64 : .int32
    let columns = components.map { index, place in
      index.asType(dtype).broadcastInDim(batchShape, dimensions: (0..<index.rank).map { place + $0 })
    }
    return columns.count == 1 ? columns[0].expandingDims(-1) : stack(columns, axis: -1)
  }

  /// What the terms take of `x`.
  func gathered(_ x: Tensor, mode: IndexMode, fillValue: Double? = nil) -> Tensor {
    let windows = windows(mode)
    let result = gather(
      x, windows.indices, windows.dimensions, sliceSizes: windows.sliceSizes, mode: mode.primitiveMode,
      fillValue: fillValue)
    let ordered = windows.reversed.isEmpty ? result : Primitive.reverse(Reverse(windows.reversed))(result)
    return ordered.reshaped(to: resultShape)
  }

  /// `x` with values combined with what the terms select.
  func scattered(
    _ operation: Scatter.Operation, _ x: Tensor, _ values: Tensor, mode: IndexMode, uniqueIndices: Bool, _ name: String
  ) -> Tensor {
    let values = x.update(with: values, name)
    if broadcastShape(values.shape, resultShape) != resultShape {
      fail(name, [x.type, values.type], "the values do not broadcast to the shape \(resultShape) of what is selected")
    }
    let windows = windows(mode)
    let updates = values.broadcast(to: resultShape).reshaped(to: windows.shape)
    let ordered = windows.reversed.isEmpty ? updates : Primitive.reverse(Reverse(windows.reversed))(updates)
    return scatter(
      operation, x, windows.indices, ordered, windows.dimensions, mode: mode.primitiveMode,
      uniqueIndices: uniqueIndices || tensorShape.isEmpty)
  }
}

extension Slice {
  fileprivate mutating func append(_ start: Int, _ limit: Int, _ stride: Int) {
    self.start.append(start)
    self.limit.append(limit)
    self.stride.append(stride)
  }
}

extension IndexPlan {
  /// The positions of a Python-style slice.
  private static func range(
    of x: Tensor, from start: Int?, to stop: Int?, by step: Int, dimension: Int
  ) -> IndexRange {
    let size = x.shape[dimension]
    if step == 0 { fail("subscript", [x.type], "the step of dimension \(dimension) is zero") }
    func clamped(_ position: Int?, default other: Int, _ bounds: ClosedRange<Int>) -> Int {
      guard let position else { return other }
      return min(max(position < 0 ? position + size : position, bounds.lowerBound), bounds.upperBound)
    }
    if step > 0 {
      let first = clamped(start, default: 0, 0...size)
      let limit = max(first, clamped(stop, default: size, 0...size))
      return IndexRange(start: first, limit: limit, step: step, isReversed: false)
    }
    // Backwards: the positions first, first + step, … above last, taken in increasing order.
    let first = clamped(start, default: size - 1, -1...(size - 1))
    let last = clamped(stop, default: -1, -1...(size - 1))
    if first <= last { return IndexRange(start: 0, limit: 0, step: -step, isReversed: true) }
    let count = (first - last - 1) / -step + 1
    return IndexRange(start: first + (count - 1) * step, limit: first + 1, step: -step, isReversed: true)
  }
}

/// The terms with each mask as the positions where it is true.
private func expandingMasks(_ terms: [IndexTerm], of x: Tensor) -> [IndexTerm] {
  terms.flatMap { term -> [IndexTerm] in
    guard case .tensor(let index) = term.kind, index.tensor.dtype == .bool else { return [term] }
    let mask = index.tensor
    if mask.rank == 0 {
      fail(
        "subscript", [x.type, mask.type], "a mask needs at least one dimension",
        hint: "choose with `select(mask, a, b)`")
    }
    if mask.isTraced {
      fail(
        "subscript", [x.type, mask.type],
        "a mask selects as many elements as are true, so that the shape of the result would depend on data",
        hint: "use `select(mask, x, other)`, which keeps the shape, or indices from `nonZero(mask, size:)`")
    }
    return nonZero(mask).map(\.indexTerm)
  }
}

/// The terms with whole dimensions in place of the ellipsis, or at the end.
private func withoutEllipsis(_ terms: [IndexTerm], of x: Tensor) -> [IndexTerm] {
  let used = terms.count { $0.kind != .ellipsis && $0.kind != .newAxis }
  if used > x.rank || terms.count(where: { $0.kind == .ellipsis }) > 1 {
    fail(
      "subscript", [x.type], "\(used) indices for \(x.rank) dimensions",
      hint: "use at most one `...`, and one index a dimension")
  }
  let whole = [IndexTerm](repeating: .all, count: x.rank - used)
  guard let position = terms.firstIndex(where: { $0.kind == .ellipsis }) else { return terms + whole }
  var full = terms
  full.replaceSubrange(position...position, with: whole)
  return full
}
