import CKernels
import Foundation

/// A convolution as matrix products: windows are gathered as rows of a matrix in blocks that fit a cache, and multiplied with the
/// kernel as a matrix.
///
/// Where windows are larger than the result, as in gradients by kernels, the two are exchanged: the gathered rows are the columns of the
/// transposed problem, and the product sums over them.
struct ProductConvolution: ConvolutionEvaluator {
  private let parts: [any ConvolutionEvaluator]
  let scratchByteCount: Int

  init?(_ geometry: ConvolutionGeometry, _ dtype: DType) {
    if dtype != .float32 && dtype != .float64 { return nil }
    parts = geometry.withoutInputDilation.filter { $0.outCount > 0 }.map { part in
      if part.taps * part.inFeatures == 0 { return DirectConvolution(part, dtype) }
      return part.isLikeKernelGradient ? SummedWindows(part, dtype) : WindowProducts(part, dtype)
    }
    scratchByteCount = parts.map(\.scratchByteCount).max() ?? 0
  }

  /// Whether products beat sums one after the other: not where the matrices are mere vectors, as with a kernel for each feature.
  static func isWorthwhile(_ geometry: ConvolutionGeometry) -> Bool {
    let (m, n) = (geometry.batch * geometry.positions, geometry.outFeatures)
    return m * n * geometry.taps * geometry.inFeatures >= 256 && (n >= 4 || geometry.inFeatures >= 8)
  }

  func run(
    lhs: UnsafeRawPointer, rhs: UnsafeRawPointer, out: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
  ) {
    for part in parts { part.run(lhs: lhs, rhs: rhs, out: out, scratch: scratch) }
  }
}

extension ConvolutionGeometry {
  /// Whether it looks like the gradient by the kernel of another convolution, whose result lies under windows that are larger still.
  var isLikeKernelGradient: Bool {
    taps > positions || taps == positions && lhs.feature > lhs.batch
  }
}

// MARK: Operands as matrices

/// An operand in the order and density that a product needs: as it is, or copied.
private struct PackedOperand: Sendable {
  /// Sizes, outermost first, and the steps of the original along each.
  let shape: [Int], steps: [Int]
  let offset: Int
  /// Whether the original will do.
  let isInPlace: Bool

  /// - Parameter rowStep: given the steps, whether rows are in place: the first dimension may have any step.
  init(_ dimensions: [(size: Int, step: Int)], offset: Int, isInPlace: Bool) {
    shape = dimensions.map(\.size)
    steps = dimensions.map(\.step)
    self.offset = offset
    self.isInPlace = isInPlace
  }

  /// The size of the copy, in elements.
  var count: Int { isInPlace ? 0 : shape.product }

  /// The operand's matrix: within the original, or copied to `memory`.
  func pointer(_ original: UnsafeRawPointer, _ memory: UnsafeMutableRawPointer, _ size: Int) -> UnsafeRawPointer {
    if isInPlace { return original + offset * size }
    jn_copy_strided(
      size, shape.count, shape.map(Int64.init), memory, shape.rowMajorStrides.map(Int64.init), original + offset * size,
      steps.map(Int64.init))
    return UnsafeRawPointer(memory)
  }

  /// Copies the other way: from a dense result to where it belongs.
  func store(_ dense: UnsafeRawPointer, to original: UnsafeMutableRawPointer, _ size: Int) {
    jn_copy_strided(
      size, shape.count, shape.map(Int64.init), original + offset * size, steps.map(Int64.init), dense,
      shape.rowMajorStrides.map(Int64.init))
  }
}

/// Whether dimensions, outermost first, lie as rows that are one step apart: the step, or nil. Those of size 1 lie anyhow.
private func rowStep(_ dimensions: [(size: Int, step: Int)]) -> Int? {
  let moved = dimensions.filter { $0.size != 1 }
  guard let last = moved.last else { return .some(0) }
  var expected = last.step
  for dimension in moved.reversed() {
    if dimension.step != expected { return nil }
    expected *= dimension.size
  }
  return last.step
}

extension ConvolutionGeometry {
  fileprivate var kernelDimensions: [(size: Int, step: Int)] { dimensions.map { ($0.kernel, $0.kernelStep) } }
  fileprivate var outputDimensions: [(size: Int, step: Int)] { dimensions.map { ($0.output, $0.outputStep) } }
  fileprivate var inputDimensions: [(size: Int, step: Int)] { dimensions.map { ($0.input, $0.inputStep) } }

  /// The left operand with the elements that are innermost in gathered rows, `inner`, next to each other; and the geometry of the copy.
  fileprivate func packedLHS(
    isInPlace: Bool, batchIsInner: Bool
  ) -> (operand: PackedOperand, geometry: ConvolutionGeometry) {
    let batches = (size: batch, step: lhs.batch)
    let features = (size: inFeatures, step: lhs.feature)
    let inner = batchIsInner ? batches : features
    let order = [(groups, lhs.group), batchIsInner ? features : batches] + inputDimensions + [inner]
    let operand = PackedOperand(order, offset: lhs.offset, isInPlace: isInPlace)
    var copy = self
    copy.lhs.offset = 0
    if isInPlace { return (operand, copy) }
    let steps = operand.shape.rowMajorStrides
    copy.lhs.group = steps[0]
    copy.lhs.batch = batchIsInner ? 1 : steps[1]
    copy.lhs.feature = batchIsInner ? steps[1] : 1
    for i in dimensions.indices { copy.dimensions[i].inputStep = steps[i + 2] }
    return (operand, copy)
  }
}

/// The elements of a block of gathered rows: small enough for a core's own cache, large enough for the product to be efficient.
private func blockRows(_ width: Int, itemSize: Int) -> Int { max(16, min(4096, 196_608 / (width * itemSize))) / 8 * 8 }

/// How many tasks share work: by its amount alone.
private func taskCount(_ work: Int, atMost: Int) -> Int { max(1, min(16, atMost, work / (64 * 64 * 64))) }

// MARK: Rows times the kernel

/// For blocks of output positions: their windows as rows, times the kernel.
private struct WindowProducts: ConvolutionEvaluator {
  private let geometry: ConvolutionGeometry
  private let kernel: jn_convolution
  private let lhs, rhs: PackedOperand
  private let rhsGroup, rhsRow: Int
  /// The distance of neighbouring rows of the result, nil where they must be put in their places one by one.
  private let outRow: Int?
  private let size: Int
  private let blocks, rowsOfBlock: Int
  private let tasks: Int
  private let rhsPlace, taskPlace, taskSize: Int
  let scratchByteCount: Int

  init(_ part: ConvolutionGeometry, _ dtype: DType) {
    size = dtype.itemSize
    (lhs, geometry) = part.packedLHS(isInPlace: part.lhs.feature == 1 || part.inFeatures == 1, batchIsInner: false)
    kernel = geometry.forKernels
    let (k, n) = (part.taps * part.inFeatures, part.outFeatures)
    let kernelRows = rowStep(part.kernelDimensions + [(part.inFeatures, part.rhs.input)])
    let rhsIsInPlace = (part.rhs.output == 1 || n == 1) && (kernelRows.map { $0 >= n || k == 1 } ?? false)
    rhs = PackedOperand(
      [(part.groups, part.rhs.group)] + part.kernelDimensions + [
        (part.inFeatures, part.rhs.input), (n, part.rhs.output),
      ],
      offset: part.rhs.offset, isInPlace: rhsIsInPlace)
    rhsGroup = rhsIsInPlace ? part.rhs.group : k * n
    rhsRow = rhsIsInPlace ? max(kernelRows!, n) : n
    let outRows = rowStep([(part.batch, part.out.batch)] + part.outputDimensions)
    let rows = part.batch * part.positions
    outRow = part.out.feature == 1 || n == 1 ? outRows.flatMap { $0 >= n || rows == 1 ? max($0, n) : nil } : nil
    rowsOfBlock = min(blockRows(k, itemSize: size), rows.roundedUp(to: 8))
    let blocksOfGroup = (rows + rowsOfBlock - 1) / rowsOfBlock
    blocks = part.groups * blocksOfGroup
    tasks = taskCount(part.groups * rows * k * n, atMost: blocks)
    rhsPlace = (lhs.count * size).roundedUp(to: 64)
    taskPlace = rhsPlace + (rhs.count * size).roundedUp(to: 64)
    taskSize = (rowsOfBlock * (k + (outRow == nil ? n : 0)) * size).roundedUp(to: 64)
    scratchByteCount = taskPlace + tasks * taskSize
  }

  private struct Arrays: @unchecked Sendable {  // used while the call lasts
    var lhs, rhs: UnsafeRawPointer
    var out, scratch: UnsafeMutableRawPointer
  }

  func run(
    lhs lhsArray: UnsafeRawPointer, rhs rhsArray: UnsafeRawPointer, out: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer
  ) {
    let arrays = Arrays(
      lhs: lhs.pointer(lhsArray, scratch, size), rhs: rhs.pointer(rhsArray, scratch + rhsPlace, size),
      out: out + geometry.out.offset * size, scratch: scratch + taskPlace)
    inParallel(tasks) { task in
      for block in blocks * task / tasks..<blocks * (task + 1) / tasks { runBlock(block, arrays, task) }
    }
  }

  private func runBlock(_ block: Int, _ arrays: Arrays, _ task: Int) {
    let (k, n) = (geometry.taps * geometry.inFeatures, geometry.outFeatures)
    let (group, number) = block.quotientAndRemainder(dividingBy: blocks / geometry.groups)
    let rows = number * rowsOfBlock..<min((number + 1) * rowsOfBlock, geometry.batch * geometry.positions)
    let windows = arrays.scratch + task * taskSize
    let out = arrays.out + group * geometry.out.group * size
    let products = windows + rowsOfBlock * k * size
    withUnsafePointer(to: kernel) { kernel in
      jn_convolution_gather(
        size, kernel, Int64(rows.lowerBound), Int64(rows.upperBound), windows,
        arrays.lhs + group * geometry.lhs.group * size)
      gemm(
        m: rows.count, n: n, k: k, a: windows, lda: k, b: arrays.rhs + group * rhsGroup * size, ldb: rhsRow,
        c: outRow.map { out + rows.lowerBound * $0 * size } ?? products, ldc: outRow ?? n, isDouble: size == 8)
      if outRow == nil {
        jn_convolution_scatter(size, kernel, Int64(rows.lowerBound), Int64(rows.upperBound), out, products)
      }
    }
  }
}

// MARK: Products summed over rows

/// For blocks of taps: what lies under them at all output positions, as rows, transposed, times the rows of the kernel; summed over blocks.
private struct SummedWindows: ConvolutionEvaluator {
  private let geometry: ConvolutionGeometry
  private let kernel: jn_convolution
  private let lhs, rhs, out: PackedOperand
  private let rhsGroup, rhsRow: Int
  private let size: Int
  private let rows, columns, rowsOfBlock, blocks: Int
  private let tasks: Int
  private let rhsPlace, sumsPlace, taskPlace, taskSize: Int
  let scratchByteCount: Int

  init(_ part: ConvolutionGeometry, _ dtype: DType) {
    size = dtype.itemSize
    let packed = part.packedLHS(isInPlace: part.lhs.batch == 1 || part.batch == 1, batchIsInner: true)
    lhs = packed.operand
    geometry = packed.geometry.exchanged
    kernel = geometry.forKernels
    let n = part.outFeatures
    let (rows, columns) = (part.inFeatures * part.taps, part.positions * part.batch)
    (self.rows, self.columns) = (rows, columns)
    let kernelRows = rowStep([(part.inFeatures, part.rhs.input)] + part.kernelDimensions)
    let rhsIsInPlace = (part.rhs.output == 1 || n == 1) && (kernelRows.map { $0 >= n || rows == 1 } ?? false)
    rhs = PackedOperand(
      [(part.groups, part.rhs.group), (part.inFeatures, part.rhs.input)] + part.kernelDimensions + [
        (n, part.rhs.output)
      ],
      offset: part.rhs.offset, isInPlace: rhsIsInPlace)
    rhsGroup = rhsIsInPlace ? part.rhs.group : rows * n
    rhsRow = rhsIsInPlace ? max(kernelRows!, n) : n
    out = PackedOperand(
      [(part.groups, part.out.group)] + part.outputDimensions + [(part.batch, part.out.batch), (n, part.out.feature)],
      offset: part.out.offset, isInPlace: false)
    rowsOfBlock = min(blockRows(columns, itemSize: size), rows.roundedUp(to: 8))
    blocks = (rows + rowsOfBlock - 1) / rowsOfBlock
    // Each task of a group has sums of its own, which must not take more memory than is worth.
    let perGroup = max(1, min(8, 1 << 22 / max(columns * n, 1)))
    tasks = taskCount(rows * columns * n, atMost: min(perGroup, blocks))
    rhsPlace = (lhs.count * size).roundedUp(to: 64)
    sumsPlace = rhsPlace + (rhs.count * size).roundedUp(to: 64)
    taskPlace = sumsPlace + part.groups * tasks * (columns * n * size).roundedUp(to: 64)
    taskSize = (rowsOfBlock * columns * size).roundedUp(to: 64)
    scratchByteCount = taskPlace + part.groups * tasks * taskSize
  }

  private struct Arrays: @unchecked Sendable {  // used while the call lasts
    var lhs, rhs: UnsafeRawPointer
    var sums, scratch: UnsafeMutableRawPointer
  }

  func run(
    lhs lhsArray: UnsafeRawPointer, rhs rhsArray: UnsafeRawPointer, out outArray: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer
  ) {
    let arrays = Arrays(
      lhs: lhs.pointer(lhsArray, scratch, size), rhs: rhs.pointer(rhsArray, scratch + rhsPlace, size),
      sums: scratch + sumsPlace, scratch: scratch + taskPlace)
    inParallel(geometry.groups * tasks) { runTask($0, arrays) }
    let (count, stride) = (columns * geometry.outFeatures, sumsSize)
    for group in 0..<geometry.groups {
      let first = arrays.sums + group * tasks * stride
      for task in 1..<max(tasks, 1) {
        jn_binary(
          JN_ADD, size == 8 ? JN_FLOAT64 : JN_FLOAT32, first, first, false, first + task * stride, false, count)
      }
      if group > 0 { memmove(arrays.sums + group * count * size, first, count * size) }
    }
    out.store(arrays.sums, to: outArray, size)
  }

  private var sumsSize: Int { (columns * geometry.outFeatures * size).roundedUp(to: 64) }

  private func runTask(_ index: Int, _ arrays: Arrays) {
    let (group, task) = index.quotientAndRemainder(dividingBy: tasks)
    let n = geometry.outFeatures
    let windows = arrays.scratch + index * taskSize
    let range = blocks * task / tasks..<blocks * (task + 1) / tasks
    withUnsafePointer(to: kernel) { kernel in
      for block in range {
        let rows = block * rowsOfBlock..<min((block + 1) * rowsOfBlock, rows)
        jn_convolution_gather(
          size, kernel, Int64(rows.lowerBound), Int64(rows.upperBound), windows,
          arrays.lhs + group * geometry.lhs.group * size)
        gemm(
          m: columns, n: n, k: rows.count, a: windows, lda: columns, aIsTransposed: true,
          b: arrays.rhs + (group * rhsGroup + rows.lowerBound * rhsRow) * size, ldb: rhsRow,
          c: arrays.sums + index * sumsSize, ldc: n, accumulates: block > range.lowerBound, isDouble: size == 8)
      }
    }
  }
}
