import CKernels
import Tensor

/// Elements moved from one arrangement to another.
final class CopyStep: Step, @unchecked Sendable {
  private let itemSize: Int
  private let shape: [Int64]
  private let source: Place
  private let sourceStrides: [Int64]
  private let target: Place
  private let targetStrides: [Int64]
  private let isBlock: Bool

  init(
    itemSize: Int, shape: [Int], source: Place, sourceStrides: [Int], target: Place, targetStrides: [Int]
  ) {
    self.itemSize = itemSize
    self.shape = shape.map(Int64.init)
    self.source = source
    self.sourceStrides = sourceStrides.map(Int64.init)
    self.target = target
    self.targetStrides = targetStrides.map(Int64.init)
    isBlock =
      View(root: 0, offset: 0, shape: shape, strides: sourceStrides).isDense
      && View(root: 0, offset: 0, shape: shape, strides: targetStrides).isDense
  }

  override var summary: String { "copy \(shape)\(isBlock ? "" : " from strides \(sourceStrides)")" }

  override func run(_ slots: Slots) {
    let (from, to) = (source.pointer(slots), target.pointer(slots))
    if isBlock {
      // An output may have been given the memory of the input that it repeats.
      if from != to { to.copyMemory(from: from, byteCount: Int(shape.reduce(1, *)) * itemSize) }
      return
    }
    jn_copy_strided(itemSize, shape.count, shape, to, targetStrides, from, sourceStrides)
  }
}

/// Copies of one element.
final class FillStep: Step, @unchecked Sendable {
  private let itemSize: Int
  private let count: Int
  private let value: Place
  private let target: Place

  init(itemSize: Int, count: Int, value: Place, target: Place) {
    (self.itemSize, self.count, self.value, self.target) = (itemSize, count, value, target)
  }

  override var summary: String { "fill [\(count)]" }

  override func run(_ slots: Slots) { jn_fill(itemSize, target.pointer(slots), value.pointer(slots), count) }
}

/// A rectangular part that starts where integers in memory say, read or written.
final class DynamicPartStep: Step, @unchecked Sendable {
  private let isUpdate: Bool
  private let itemSize: Int
  private let wholeShape: [Int]
  private let wholeStrides: [Int64]
  private let partShape: [Int]
  private let partStrides: [Int64]
  private let whole: Place
  private let part: Place
  private let starts: [(place: Place, dtype: DType)]
  private let sizes: [Int64]

  /// Reads the part of `whole`, or writes it.
  init(
    isUpdate: Bool, itemSize: Int, whole: Place, wholeShape: [Int], part: Place, partShape: [Int],
    starts: [(Place, DType)]
  ) {
    (self.isUpdate, self.itemSize) = (isUpdate, itemSize)
    (self.whole, self.wholeShape, self.part, self.partShape) = (whole, wholeShape, part, partShape)
    wholeStrides = wholeShape.rowMajorStrides.map(Int64.init)
    partStrides = partShape.rowMajorStrides.map(Int64.init)
    sizes = partShape.map(Int64.init)
    self.starts = starts
  }

  override var summary: String { "\(isUpdate ? "update" : "read") part \(partShape) of \(wholeShape)" }

  override func run(_ slots: Slots) {
    var offset = 0
    for (i, start) in starts.enumerated() {
      var value: Int64 = 0
      jn_convert(JN_INT64, &value, start.dtype.kernelType, start.place.pointer(slots), 1)
      // An unsigned 64-bit start beyond the range of Int64 lies past the end.
      if start.dtype == .uint64 && value < 0 { value = Int64.max }
      offset += min(max(Int(value), 0), wholeShape[i] - partShape[i]) * Int(wholeStrides[i])
    }
    let inside = whole.pointer(slots) + offset * itemSize
    if isUpdate {
      jn_copy_strided(itemSize, sizes.count, sizes, inside, wholeStrides, part.pointer(slots), partStrides)
    } else {
      jn_copy_strided(itemSize, sizes.count, sizes, part.pointer(slots), partStrides, inside, wholeStrides)
    }
  }
}
