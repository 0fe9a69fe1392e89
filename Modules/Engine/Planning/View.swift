import Tensor

/// Where the elements of a value lie: in the memory of another value, the root, with a stride for each dimension.
///
/// Broadcasts, transposes, slices and most reshapes are views: they cost nothing until something needs the elements in order.
struct View: Hashable {
  /// The value in whose memory the elements lie.
  var root: Graph.ValueID
  /// The first element, counted in elements.
  var offset: Int
  /// The size of each dimension.
  var shape: [Int]
  /// The distance between neighbours along each dimension, in elements; 0 where one element stands for all.
  var strides: [Int]

  /// All elements of a root, in order.
  init(dense root: Graph.ValueID, shape: [Int]) {
    self.init(root: root, offset: 0, shape: shape, strides: shape.rowMajorStrides)
  }

  init(root: Graph.ValueID, offset: Int, shape: [Int], strides: [Int]) {
    self.root = root
    self.offset = offset
    self.shape = shape
    // The stride of a dimension of size 1 has no meaning; one value for all lets views be compared.
    self.strides = zip(shape, strides).map { $0 == 1 ? 0 : $1 }
  }

  var count: Int { shape.product }

  /// Whether the elements lie one after the other.
  var isDense: Bool {
    var expected = 1
    for (size, stride) in zip(shape, strides).reversed() where size != 1 {
      if stride != expected { return false }
      expected *= size
    }
    return true
  }

  /// Whether one element stands for all.
  var isUniform: Bool { strides.allSatisfy { $0 == 0 } }

  /// The view through an operation that only arranges elements, or nil if it has to move them.
  func through(_ primitive: Primitive) -> View? {
    switch primitive {
    case .broadcastInDim(let broadcast): self.broadcast(broadcast)
    case .reshape(let reshape): reshaped(to: reshape.shape)
    case .transpose(let transpose):
      View(
        root: root, offset: offset, shape: transpose.permutation.map { shape[$0] },
        strides: transpose.permutation.map { strides[$0] })
    case .slice(let slice): sliced(slice)
    case .reverse(let reverse): reversed(reverse.dimensions)
    case .marker(.stopGradient), .partition: self
    default: nil
    }
  }

  private func broadcast(_ broadcast: BroadcastInDim) -> View {
    var strides = [Int](repeating: 0, count: broadcast.shape.count)
    for (i, dimension) in broadcast.dimensions.enumerated() where shape[i] != 1 { strides[dimension] = self.strides[i] }
    return View(root: root, offset: offset, shape: broadcast.shape, strides: strides)
  }

  private func sliced(_ slice: Slice) -> View {
    let sizes = zip(zip(slice.start, slice.limit), slice.stride).map { max(0, ($0.1 - $0.0 + $1 - 1) / $1) }
    let start = zip(slice.start, strides).map(*).reduce(offset, +)
    return View(root: root, offset: start, shape: sizes, strides: zip(strides, slice.stride).map(*))
  }

  private func reversed(_ dimensions: [Int]) -> View? {
    if count == 0 { return nil }
    var result = self
    for dimension in dimensions {
      result.offset += (shape[dimension] - 1) * strides[dimension]
      result.strides[dimension] = -strides[dimension]
    }
    return result
  }

  /// The same elements in row-major order in another shape, if strides can say so.
  func reshaped(to newShape: [Int]) -> View? {
    if count == 0 { return nil }
    let runs = Self.runs(shape, strides)
    var newStrides = [Int](repeating: 0, count: newShape.count)
    var dimension = newShape.count - 1
    // From the innermost out, each run is cut into the new dimensions that it covers.
    for run in runs.reversed() {
      var (left, stride) = (run.size, run.stride)
      while left > 1 {
        guard dimension >= 0 else { return nil }
        let size = newShape[dimension]
        if left % size != 0 { return nil }
        newStrides[dimension] = stride
        stride *= size
        left /= size
        dimension -= 1
      }
    }
    return View(root: root, offset: offset, shape: newShape, strides: newStrides)
  }

  /// The dimensions, outermost first, without those of size 1 and with neighbours joined that are one run of memory.
  static func runs(_ shape: [Int], _ strides: [Int]) -> [(size: Int, stride: Int)] {
    var runs: [(size: Int, stride: Int)] = []
    for (size, stride) in zip(shape, strides) where size != 1 {
      if let last = runs.last, last.stride == stride * size {
        runs[runs.count - 1] = (last.size * size, stride)
      } else {
        runs.append((size, stride))
      }
    }
    return runs
  }

  /// Some of the dimensions as one run, if they are: its size and stride, 1 and 0 for a single element.
  func run(of dimensions: [Int]) -> (size: Int, stride: Int)? {
    let runs = Self.runs(dimensions.map { shape[$0] }, dimensions.map { strides[$0] })
    return runs.isEmpty ? (1, 0) : runs.count == 1 ? runs[0] : nil
  }
}
