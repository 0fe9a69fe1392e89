import CKernels

#if canImport(COneDNN)
  import COneDNN

  /// A convolution by oneDNN's kernels, in chunks of the batch, each by one thread.
  ///
  /// A convolution whose input is dilated, or whose kernel is reversed, is computed as the gradient by the input of another one,
  /// and one that looks like the gradient by a kernel as that: oneDNN has kernels of their own for these. Where the kernel is the
  /// result, each chunk has a sum of its own, which are added in order; the number of chunks depends on sizes alone, so that the
  /// result does not depend on threads.
  struct OneDNNConvolution: ConvolutionEvaluator {
    /// Which operand of oneDNN's convolution each array is.
    private struct Roles {
      var src, weights, dst: Array
      enum Array { case lhs, rhs, out }
    }

    private let roles: Roles
    /// The first examples of each chunk, and the convolution for so many.
    private let chunks: [(firstExample: Int, convolution: OneDNNHandle)]
    private let srcStep, dstStep: Int
    private let offsets: (src: Int, weights: Int, dst: Int)
    private let weightsSize: Int
    let scratchByteCount: Int

    init?(_ geometry: ConvolutionGeometry, _ dtype: DType) {
      guard dtype == .float32, (1...3).contains(geometry.dimensions.count), geometry.outCount > 0,
        let problem = OneDNNProblem(geometry)
      else { return nil }
      let batch = Int(problem.c.src.sizes.0)
      let size = OneDNNConvolution.chunkSize(batch, problem.work, sums: problem.c.direction == JN_DNNL_WEIGHTS)
      var known: [Int: OneDNNHandle] = [:]
      var chunks: [(firstExample: Int, convolution: OneDNNHandle)] = []
      for first in stride(from: 0, to: batch, by: size) {
        let count = min(size, batch - first)
        guard let convolution = known[count] ?? OneDNNHandle(problem.with(batch: count)) else { return nil }
        // The last chunk may be smaller; its kernel must have the same layout.
        if let other = known.values.first, !other.hasSameWeights(as: convolution) { return nil }
        known[count] = convolution
        chunks.append((first, convolution))
      }
      self.chunks = chunks
      switch problem.c.direction {
      case JN_DNNL_SRC: roles = Roles(src: .out, weights: .rhs, dst: .lhs)
      case JN_DNNL_WEIGHTS: roles = Roles(src: .lhs, weights: .out, dst: .rhs)
      default: roles = Roles(src: .lhs, weights: .rhs, dst: .out)
      }
      (srcStep, dstStep) = (Int(problem.c.src.steps.0), Int(problem.c.dst.steps.0))
      offsets = problem.offsets
      weightsSize = chunks[0].convolution.convolution.weights_bytes.roundedUp(to: 64)
      switch (roles.weights, chunks[0].convolution.isReordered) {
      case (.out, true): scratchByteCount = weightsSize * chunks.count
      case (.out, false): scratchByteCount = weightsSize * (chunks.count - 1)
      case (_, let isReordered): scratchByteCount = isReordered ? weightsSize : 0
      }
    }

    /// How many examples one thread computes at a time: so few that there is work for several, by the amount of work alone.
    private static func chunkSize(_ batch: Int, _ work: Int, sums: Bool) -> Int {
      let count = max(1, min(batch, sums ? 8 : 16, work >> 20))
      return (batch + count - 1) / count
    }

    private struct Arrays: @unchecked Sendable {  // used while the call lasts
      var src, weights, dst: UnsafeRawPointer
      var scratch: UnsafeMutableRawPointer
    }

    func run(
      lhs: UnsafeRawPointer, rhs: UnsafeRawPointer, out: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
    ) {
      LibraryThreads.makeOpenMPSingleThreaded()
      func array(_ array: Roles.Array, _ offset: Int) -> UnsafeRawPointer {
        switch array {
        case .lhs: lhs + offset * 4
        case .rhs: rhs + offset * 4
        case .out: UnsafeRawPointer(out) + offset * 4
        }
      }
      var arrays = Arrays(
        src: array(roles.src, offsets.src), weights: array(roles.weights, offsets.weights),
        dst: array(roles.dst, offsets.dst), scratch: scratch)
      if case .out = roles.weights { return sumChunks(arrays) }
      if chunks[0].convolution.isReordered {
        chunks[0].convolution.reorder(arrays.weights, to: scratch)
        arrays.weights = UnsafeRawPointer(scratch)
      }
      inParallel(chunks.count) { [arrays] in runChunk($0, arrays, weights: arrays.weights) }
    }

    private func runChunk(_ index: Int, _ arrays: Arrays, weights: UnsafeRawPointer) {
      LibraryThreads.makeOpenMPSingleThreaded()
      let (first, convolution) = chunks[index]
      convolution.run(arrays.src + first * srcStep * 4, weights, arrays.dst + first * dstStep * 4)
    }

    /// Each chunk's kernel, and their sum.
    private func sumChunks(_ arrays: Arrays) {
      let isReordered = chunks[0].convolution.isReordered
      let result = UnsafeMutableRawPointer(mutating: arrays.weights)
      @Sendable func sum(_ index: Int) -> UnsafeMutableRawPointer {
        if isReordered { return arrays.scratch + index * weightsSize }
        return index == 0
          ? UnsafeMutableRawPointer(mutating: arrays.weights) : arrays.scratch + (index - 1) * weightsSize
      }
      inParallel(chunks.count) { runChunk($0, arrays, weights: UnsafeRawPointer(sum($0))) }
      let count = chunks[0].convolution.convolution.weights_bytes / 4
      for index in chunks.indices.dropFirst() {
        jn_binary(JN_ADD, JN_FLOAT32, sum(0), sum(0), false, sum(index), false, count)
      }
      if isReordered { chunks[0].convolution.reorder(UnsafeRawPointer(sum(0)), to: result) }
    }
  }

  /// A convolution that oneDNN has made ready. Immutable, and safe to run on several threads at once.
  private final class OneDNNHandle: @unchecked Sendable {
    private(set) var convolution = jn_dnnl_convolution()

    /// oneDNN's handle of the processor, which lives as long as the program.
    private struct Engine: @unchecked Sendable {
      let handle = jn_dnnl_engine()
    }
    private static let engine = Engine()

    init?(_ problem: OneDNNProblem) {
      // The number of threads is decided here.
      LibraryThreads.makeOpenMPSingleThreaded()
      guard let engine = OneDNNHandle.engine.handle else { return nil }
      var c = problem.c
      if !jn_dnnl_convolution_make(&convolution, engine, &c) { return nil }
    }

    deinit { jn_dnnl_convolution_destroy(&convolution) }

    /// Whether the kernel has another layout than the given one.
    var isReordered: Bool { convolution.reorder != nil }

    func hasSameWeights(as other: OneDNNHandle) -> Bool {
      dnnl_memory_desc_equal(convolution.weights, other.convolution.weights) != 0
    }

    func run(_ src: UnsafeRawPointer, _ weights: UnsafeRawPointer, _ dst: UnsafeRawPointer) {
      let scratchpad = jn_scratch_take(max(convolution.scratchpad_bytes, 64))!
      defer { jn_scratch_give(scratchpad) }
      require(jn_dnnl_convolution_run(&convolution, src, weights, dst, scratchpad))
    }

    func reorder(_ weights: UnsafeRawPointer, to result: UnsafeMutableRawPointer) {
      require(jn_dnnl_convolution_reorder(&convolution, weights, result))
    }

    private func require(_ isDone: Bool) {
      if !isDone { fail("convGeneralDilated", [], "oneDNN could not run a convolution that it had made ready") }
    }
  }

  /// What oneDNN is asked for, and where its arrays begin.
  private struct OneDNNProblem {
    var c = jn_dnnl_problem()
    var offsets: (src: Int, weights: Int, dst: Int)
    let work: Int

    /// A dimension as sizes and steps of the three arrays.
    private struct Space {
      var src, weights, dst: (size: Int, step: Int)
      var stride, dilation, low: Int

      /// The zeros after the last element that the last window needs; negative if it ends before.
      var high: Int { (dst.size - 1) * stride + (weights.size - 1) * dilation + 1 - src.size - low }
    }

    init?(_ g: ConvolutionGeometry) {
      work = g.outCount * g.taps * g.inFeatures
      let steps = g.dimensions
      if g.taps * g.inFeatures == 0 { return nil }
      let isDilated = steps.contains { $0.inputDilation != 1 }
      let isReversed = steps.contains { $0.kernel > 1 && $0.kernelStep < 0 }
      let space: [Space]
      if !isDilated && !isReversed && g.isLikeKernelGradient {
        offsets = (g.lhs.offset, g.out.offset, g.rhs.offset)
        space = steps.map {
          Space(
            src: ($0.input, $0.inputStep), weights: ($0.output, $0.outputStep), dst: ($0.kernel, $0.kernelStep),
            stride: $0.dilation, dilation: $0.stride, low: $0.low)
        }
        guard
          set(
            JN_DNNL_WEIGHTS, space, g.groups, batch: g.inFeatures,
            src: (g.batch, g.lhs.feature, g.lhs.batch, g.lhs.group),
            dst: (g.outFeatures, g.rhs.input, g.rhs.output, g.rhs.group),
            weights: (g.out.group, g.out.feature, g.out.batch))
        else { return nil }
      } else if !isDilated && !isReversed {
        offsets = (g.lhs.offset, g.rhs.offset, g.out.offset)
        space = steps.map {
          Space(
            src: ($0.input, $0.inputStep), weights: ($0.kernel, $0.kernelStep), dst: ($0.output, $0.outputStep),
            stride: $0.stride, dilation: $0.dilation, low: $0.low)
        }
        guard
          set(
            JN_DNNL_DST, space, g.groups, batch: g.batch,
            src: (g.inFeatures, g.lhs.batch, g.lhs.feature, g.lhs.group),
            dst: (g.outFeatures, g.out.batch, g.out.feature, g.out.group),
            weights: (g.rhs.group, g.rhs.output, g.rhs.input))
        else { return nil }
      } else if steps.allSatisfy({ $0.stride == 1 }) {
        // What is read at i = (position + tap · dilation - low) / inputDilation is what the convolution with stride inputDilation
        // writes there, by the tap counted from the end.
        let lastTaps = steps.reduce(0) { $0 + ($1.kernel - 1) * $1.kernelStep }
        offsets = (g.out.offset, g.rhs.offset + lastTaps, g.lhs.offset)
        space = steps.map {
          Space(
            src: ($0.output, $0.outputStep), weights: ($0.kernel, -$0.kernelStep), dst: ($0.input, $0.inputStep),
            stride: $0.inputDilation, dilation: $0.dilation, low: ($0.kernel - 1) * $0.dilation - $0.low)
        }
        guard
          set(
            JN_DNNL_SRC, space, g.groups, batch: g.batch,
            src: (g.outFeatures, g.out.batch, g.out.feature, g.out.group),
            dst: (g.inFeatures, g.lhs.batch, g.lhs.feature, g.lhs.group),
            weights: (g.rhs.group, g.rhs.input, g.rhs.output))
        else { return nil }
      } else {
        return nil
      }
    }

    private typealias Features = (count: Int, batchStep: Int, step: Int, groupStep: Int)

    /// Fills in the problem; false where oneDNN has no such arrays.
    private mutating func set(
      _ direction: jn_dnnl_direction, _ space: [Space], _ groups: Int, batch: Int, src: Features, dst: Features,
      weights: (group: Int, output: Int, input: Int)
    ) -> Bool {
      // The features of all groups lie in one dimension, and nothing lies backwards.
      let features = [src, dst]
      if groups > 1 && !features.allSatisfy({ $0.groupStep == $0.count * $0.step }) { return false }
      // A kernel of one tap lies anyhow.
      let space = space.map { dimension in
        var dimension = dimension
        if dimension.weights.size == 1 { dimension.weights.step = abs(dimension.weights.step) }
        return dimension
      }
      // Elements that no window reaches are fewer than would make another one.
      if !space.allSatisfy({ $0.weights.step > 0 && $0.dst.step > 0 && $0.low >= 0 && $0.high > -$0.stride }) {
        return false
      }
      c.direction = direction
      c.src = jn_dnnl_array([(batch, src.batchStep), (groups * src.count, src.step)] + space.map(\.src))
      c.dst = jn_dnnl_array([(batch, dst.batchStep), (groups * dst.count, dst.step)] + space.map(\.dst))
      c.weights = jn_dnnl_array(
        (groups > 1 ? [(groups, weights.group)] : []) + [(dst.count, weights.output), (src.count, weights.input)]
          + space.map(\.weights))
      for (i, dimension) in space.enumerated() {
        withUnsafeMutableBytes(of: &c.strides) { $0.bindMemory(to: dnnl_dim_t.self)[i] = dnnl_dim_t(dimension.stride) }
        withUnsafeMutableBytes(of: &c.dilations) {
          $0.bindMemory(to: dnnl_dim_t.self)[i] = dnnl_dim_t(dimension.dilation - 1)
        }
        withUnsafeMutableBytes(of: &c.low) { $0.bindMemory(to: dnnl_dim_t.self)[i] = dnnl_dim_t(dimension.low) }
        withUnsafeMutableBytes(of: &c.high) {
          $0.bindMemory(to: dnnl_dim_t.self)[i] = dnnl_dim_t(max(dimension.high, 0))
        }
      }
      return true
    }

    /// The same for another number of examples.
    func with(batch: Int) -> OneDNNProblem {
      var result = self
      result.c.src.sizes.0 = dnnl_dim_t(batch)
      result.c.dst.sizes.0 = dnnl_dim_t(batch)
      return result
    }
  }

  extension jn_dnnl_array {
    fileprivate init(_ dimensions: [(size: Int, step: Int)]) {
      self.init()
      rank = Int32(dimensions.count)
      for (i, dimension) in dimensions.enumerated() {
        withUnsafeMutableBytes(of: &sizes) { $0.bindMemory(to: dnnl_dim_t.self)[i] = dnnl_dim_t(dimension.size) }
        withUnsafeMutableBytes(of: &steps) { $0.bindMemory(to: dnnl_dim_t.self)[i] = dnnl_dim_t(dimension.step) }
      }
    }
  }
#endif
