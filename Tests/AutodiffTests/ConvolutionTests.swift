import Autodiff
import Tensor
import TestSupport
import Testing

private let cases = operationCases("convolution")

/// Convolutions by each of the ways to compute them, and what the table of operations does not have.
@Suite struct ConvolutionTests {
  @Test(arguments: cases.filter { $0.golden.has("jvp0") }, [ConvolutionMethod.direct, .products, .oneDNN, .automatic])
  func everyMethodIsJAXs(_ row: OperationCase, _ method: ConvolutionMethod) {
    for (dtype, tolerance) in [(DType.float64, 1e-12), (.float32, 2e-6), (.bfloat16, 0.03)] {
      if method == .oneDNN && dtype == .float64 { continue }
      ConvolutionMethod.$current.withValue(method) {
        let operands = row.golden.numbered("in").map { $0.asType(dtype) }
        let (outputs, pullback) = vjp(row.function, operands)
        expectClose(
          outputs[0], row.golden["out0"], relativeToLargest: tolerance, "\(row), \(method), \(dtype), value")
        let gradients = pullback([row.golden["cotangent0"].asType(dtype)])
        for (index, gradient) in gradients.enumerated() {
          #expect(gradient.dtype == dtype)
          expectClose(
            gradient, row.golden["grad\(index)"], relativeToLargest: tolerance, "\(row), \(method), \(dtype), \(index)")
        }
      }
    }
  }

  @Test(arguments: cases.filter { !$0.golden.has("jvp0") }) func otherTypes(_ row: OperationCase) {
    expectEqual(row.function(row.golden.numbered("in"))[0], row.golden["out0"], "\(row)")
  }

  @Test(arguments: [DType.int8, .uint8, .int16, .uint16, .int32, .uint32, .int64, .uint64])
  func integersWrap(_ dtype: DType) {
    let x = arange(2 * 7 * 3).asType(dtype).reshaped(to: [2, 7, 3]) * 11
    let w = arange(3 * 3 * 2).asType(dtype).reshaped(to: [3, 3, 2]) + 90
    let result = convGeneralDilated(x, w, strides: [2], padding: .same, dimensionNumbers: .nwc)
    let exact = convGeneralDilated(
      x.asType(.int64), w.asType(.int64), strides: [2], padding: .same, dimensionNumbers: .nwc)
    expectEqual(result, exact.asType(dtype), "\(dtype)")
  }

  @Test func reversedKernel() {
    let (x, w) = (sine([2, 7, 6, 3], 1), sine([3, 2, 3, 4], 2))
    for reversal in [[true, false], [false, true], [true, true]] {
      let convolution = Convolution(
        strides: [2, 1], low: [1, 0], high: [0, 2], rhsDilation: [1, 2], isReversed: reversal, dimensionNumbers: .nhwc)
      var plain = convolution
      plain.isReversed = [false, false]
      func reversed(_ w: Tensor) -> Tensor { w.reversed([0, 1].filter { reversal[$0] }) }
      expectClose(
        Primitive.convolution(convolution)(x, w), Primitive.convolution(plain)(x, reversed(w)), relativeToLargest: 1e-13
      )
      let operands = [x, w]
      let (_, pullback) = vjp({ [Primitive.convolution(convolution)($0[0], $0[1])] }, operands)
      let (outputs, expected) = vjp({ [Primitive.convolution(plain)($0[0], reversed($0[1]))] }, operands)
      let cotangent = sine(outputs[0].shape, 3)
      for (a, b) in zip(pullback([cotangent]), expected([cotangent])) { expectClose(a, b, relativeToLargest: 1e-13) }
    }
  }

  @Test func resultsDoNotDependOnThreads() {
    let (x, w) = (sine([16, 12, 12, 8], 1).asType(.float32), sine([3, 3, 8, 24], 2).asType(.float32))
    for method in ConvolutionMethod.allCases {
      ConvolutionMethod.$current.withValue(method) {
        let function = { (x: Tensor, w: Tensor) in conv2D(x, w) }
        let results = [1, 2, 5].map { threads in
          withThreads(threads) {
            let (output, pullback) = vjp({ [function($0[0], $0[1])] }, [x, w])
            return output + pullback([onesLike(output[0])])
          }
        }
        for result in results.dropFirst() {
          for (a, b) in zip(result, results[0]) { expectEqual(a, b, "\(method)") }
        }
      }
    }
  }

  /// What networks are made of: that oneDNN computes these itself, and their gradients, in every layout.
  @Test(.enabled(if: ConvolutionMethod.available.contains(.oneDNN)), arguments: [false, true], usualConvolutions)
  func oneDNNComputesWhatIsUsual(_ isChannelsFirst: Bool, _ row: UsualConvolution) throws {
    let numbers: ConvolutionDimensionNumbers =
      isChannelsFirst ? .channelsFirst(row.window.count) : .channelsLast(row.window.count)
    func shape(_ numbers: [Int], _ sizes: [Int]) -> [Int] {
      var shape = sizes
      for (dimension, size) in zip(numbers, sizes) { shape[dimension] = size }
      return shape
    }
    let x = sine(shape(numbers.lhs, [row.batch, row.inputs] + row.sizes), 1)
    let w = sine(shape(numbers.rhs, [row.outputs, row.inputs / row.groups] + row.window), 2)
    let function = { (operands: [Tensor]) in
      [
        convGeneralDilated(
          operands[0], operands[1], strides: row.strides, padding: row.padding, rhsDilation: row.dilation,
          dimensionNumbers: numbers, featureGroupCount: row.groups)
      ]
    }
    func all(_ operands: [Tensor], _ change: (Tensor) -> Tensor = { $0 }) -> [Tensor] {
      let (outputs, pullback) = vjp(function, operands.map(change))
      return outputs + pullback([change(sine(outputs[0].shape, 3).asType(operands[0].dtype))])
    }
    let operands = [x, w].map { $0.asType(.float32) }
    let graph = makeGraph { (operands: [Tensor]) in all(operands) }(operands)
    var count = 0
    for equation in graph.equations {
      guard case .convolution(let convolution) = equation.primitive else { continue }
      let types = equation.operands.map { graph.types[$0] }
      #expect(
        ConvolutionPlan(convolution, types[0], types[1], method: .oneDNN) != nil, "\(row): \(convolution), \(types)")
      count += 1
    }
    #expect(count == 3)
    let expected = ConvolutionMethod.$current.withValue(.direct) { all([x, w]) }
    let results = ConvolutionMethod.$current.withValue(.oneDNN) { all(operands) }
    // Rounding errors are at most half an ulp of the sum of sizes for each term.
    let (sums, counts) = ConvolutionMethod.$current.withValue(.direct) { (all([x, w], abs), all([x, w], onesLike)) }
    for index in results.indices {
      let bound = Double(max(sums[index])) * Double(max(counts[index])) * 0x1p-24
      expectClose(results[index], expected[index], relative: 0, absolute: bound, "\(row) \(index)")
    }
  }

  @Test func emptyBatchesOfExamples() {
    let (x, w) = (zeros([0, 2, 5, 3]), zeros([0, 3, 3, 4]))
    #expect(vmap { (x: Tensor) in line(x, zeros([3, 3, 4])) }(x).shape == [0, 2, 3, 4])
    #expect(vmap { (w: Tensor) in line(zeros([2, 5, 3]), w) }(w).shape == [0, 2, 3, 4])
    #expect(vmap { (x: Tensor, w: Tensor) in line(x, w) }(x, w).shape == [0, 2, 3, 4])
  }

  @Test func plansAreForRawMemory() throws {
    let (x, w) = (sine([2, 6, 6, 4], 1).asType(.bfloat16), sine([3, 3, 4, 8], 2).asType(.bfloat16))
    let convolution = Convolution(strides: [1, 1], low: [1, 1], high: [1, 1], dimensionNumbers: .nhwc)
    let plan = try #require(ConvolutionPlan(convolution, x.type, w.type, method: .automatic))
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: plan.scratchByteCount, alignment: 64)
    defer { scratch.deallocate() }
    let out = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * 6 * 6 * 8 * 2, alignment: 64)
    defer { out.deallocate() }
    x.withUnsafeBytes { x in
      w.withUnsafeBytes { w in
        plan.run(lhs: x.baseAddress!, rhs: w.baseAddress!, out: out.baseAddress!, scratch: scratch)
      }
    }
    let result = Tensor(bytes: UnsafeRawBufferPointer(out), shape: [2, 6, 6, 8], dtype: .bfloat16)
    expectEqual(result, Primitive.convolution(convolution)(x, w))
  }
}

struct UsualConvolution: Sendable, CustomStringConvertible {
  var batch: Int, sizes: [Int], inputs: Int, outputs: Int, window: [Int]
  var strides: [Int]?
  var padding = Padding.valid
  var dilation: [Int]?
  var groups = 1

  var description: String {
    "\(batch) x \(sizes), \(inputs) to \(outputs), \(window), strides \(strides ?? []), dilation \(dilation ?? []), "
      + "groups \(groups), \(padding)"
  }
}

private let usualConvolutions = [
  UsualConvolution(batch: 6, sizes: [12, 11], inputs: 1, outputs: 32, window: [3, 3]),
  UsualConvolution(batch: 33, sizes: [12, 12], inputs: 32, outputs: 64, window: [3, 3]),
  UsualConvolution(
    batch: 3, sizes: [23, 20], inputs: 3, outputs: 64, window: [7, 7], strides: [2, 2], padding: .same),
  UsualConvolution(batch: 2, sizes: [8, 8], inputs: 24, outputs: 40, window: [1, 1], strides: [2, 2]),
  UsualConvolution(batch: 2, sizes: [9, 8], inputs: 5, outputs: 7, window: [3, 3], strides: [2, 2]),
  UsualConvolution(
    batch: 2, sizes: [12, 12], inputs: 16, outputs: 16, window: [3, 3], padding: .same, dilation: [2, 2]),
  UsualConvolution(batch: 2, sizes: [10, 10], inputs: 64, outputs: 64, window: [3, 3], padding: .same, groups: 4),
  UsualConvolution(batch: 2, sizes: [10, 10], inputs: 32, outputs: 32, window: [3, 3], padding: .same, groups: 32),
  UsualConvolution(batch: 4, sizes: [30], inputs: 16, outputs: 32, window: [5], strides: [2], padding: .same),
  UsualConvolution(batch: 2, sizes: [6, 7, 8], inputs: 4, outputs: 16, window: [3, 3, 3], padding: .same),
]

private func sine(_ shape: [Int], _ seed: Double) -> Tensor {
  sin(arange(shape.reduce(1, *), dtype: .float64) * 12.9898 + seed * 78.233).reshaped(to: shape)
}

private func conv2D(_ x: Tensor, _ w: Tensor) -> Tensor {
  convGeneralDilated(x, w, padding: .same, dimensionNumbers: .nhwc)
}

private func line(_ x: Tensor, _ w: Tensor) -> Tensor { convGeneralDilated(x, w, dimensionNumbers: .nwc) }
