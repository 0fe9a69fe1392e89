import Autodiff
import Tensor
import TestSupport
import Testing

/// Windows: what the table of operations does not have.
@Suite struct WindowTests {
  @Test(arguments: operationCases("windows").filter { !$0.golden.has("jvp0") }) func values(_ row: OperationCase) {
    let result = row.function(row.golden.numbered("in"))[0]
    if result.dtype.isFloating && row.golden.has("out0_f32") {
      expectClose(result, row.golden["out0"], relativeToLargest: 1e-6, "\(row)")
    } else {
      expectEqual(result, row.golden["out0"], "\(row)")
    }
  }

  @Test(arguments: Golden("windows").cases("maxWithTies.", "reduceWindow.max.channels", "reduceWindow.max.gapped"))
  func gradientsOfExtrema(_ row: GoldenCase) {
    let pads = row.attribute("padding")!.array!.map { (low: $0.array![0].int!, high: $0.array![1].int!) }
    // Rounded to 16 bits other elements are equal; the integers of the rows with ties are exact.
    for dtype in [DType.float64, .float32] + (row.name.hasPrefix("maxWithTies") ? [.bfloat16] : []) {
      for isMinimum in [false, true] {
        let sign = isMinimum ? -1.0 : 1
        let x = row["in0"].asType(dtype) * sign
        let (y, pullback) = vjp(
          { x in
            reduceWindow(
              x, isMinimum ? .minimum : .maximum, window: row.ints("window")!, strides: row.ints("strides"),
              padding: .explicit(pads))
          }, x)
        expectEqual(y * sign, row["out0"].asType(dtype), "\(row), \(dtype)")
        let gradient = pullback(row["cotangent0"].asType(dtype))
        let tolerance = dtype == .float64 ? 1e-15 : dtype == .float32 ? 1e-6 : 0.01
        expectClose(gradient, row["grad0"], relativeToLargest: tolerance, "\(row), \(dtype)")
      }
    }
  }

  /// Of products, also where elements are zero, and where JAX has no gradient: with dilation and padding that cuts off.
  @Test func derivativesOfEveryConfiguration() {
    let x = sin(arange(7 * 6, dtype: .float64) * 12.9898).reshaped(to: [7, 6])
    for operation in [Reduce.Operation.sum, .product, .maximum, .minimum] {
      for (window, strides, padding, base, dilation) in [
        ([2, 3], [1, 2], [(0, 0), (0, 0)], [1, 1], [1, 1]), ([2, 3], [2, 1], [(1, 2), (-1, 1)], [1, 1], [2, 1]),
        ([3, 2], [2, 3], [(2, -1), (3, 3)], [2, 3], [1, 2]), ([1, 2], [3, 3], [(0, 4), (0, 0)], [1, 2], [1, 1]),
      ] {
        let function = { (x: Tensor) in
          reduceWindow(
            x, operation, window: window, strides: strides, padding: .explicit(padding.map { ($0.0, $0.1) }),
            baseDilation: base, windowDilation: dilation)
        }
        let isFinite = isFinite(function(x))
        checkGrads("\(operation) \(window)", order: 2, tolerance: 1e-6, [x]) { x in
          [select(isFinite, function(x[0]), 0)]
        }
        let batch = stack([x, x * 0.5, -x])
        expectClose(vmap(function)(batch), stack((0..<3).map { function(batch[$0]) }), relativeToLargest: 1e-15)
      }
    }
    let zeros = Tensor([0.0, 2.0, 0.0, 3.0, 4.0], dtype: .float64)
    let product = { (x: Tensor) in sum(reduceWindow(x, .product, window: [2])) }
    expectEqual(grad(product)(zeros), Tensor([2.0, 0.0, 5.0, 4.0, 3.0], dtype: .float64))
  }

  @Test(arguments: [DType.int8, .uint8, .int16, .int32, .int64, .uint64]) func integers(_ dtype: DType) {
    let x = Tensor([3, 1, 2, 100], dtype: dtype)
    expectEqual(reduceWindow(x, .maximum, window: [2]), Tensor([3, 2, 100], dtype: dtype))
    expectEqual(reduceWindow(x, .minimum, window: [2]), Tensor([1, 1, 2], dtype: dtype))
    expectEqual(reduceWindow(x, .sum, window: [2], strides: [2]), Tensor([4, 102], dtype: dtype))
    expectEqual(reduceWindow(x, .product, window: [2]), Tensor([3, 2, 200]).asType(dtype))
    expectEqual(reduceWindow(x, .or, window: [2]), Tensor([3, 3, 102], dtype: dtype))
    expectEqual(reduceWindow(x, .and, window: [2]), Tensor([1, 0, 0], dtype: dtype))
  }

  @Test func windowsWithoutElements() {
    let x = Tensor([1.0, 2.0])
    func with(_ operation: Reduce.Operation) -> Tensor {
      reduceWindow(x, operation, window: [1], strides: [2], padding: .explicit([(1, 2)]))
    }
    expectEqual(with(.sum), Tensor([0.0, 2.0, 0.0]))
    expectEqual(with(.product), Tensor([1.0, 2.0, 1.0]))
    expectEqual(with(.maximum), Tensor([-.infinity, 2.0, -.infinity] as [Float]))
    expectEqual(with(.minimum), Tensor([.infinity, 2.0, .infinity] as [Float]))
    expectEqual(grad { (x: Tensor) in with(.sum)[1] }(x), Tensor([0.0, 0.0]))
    #expect(reduceWindow(zeros([0, 3]), .sum, window: [2, 2]).shape == [0, 2])
    expectEqual(
      reduceWindow(zeros([0]), .sum, window: [2], padding: .explicit([(1, 1)])), zeros([1]))
    let truths = Tensor([true, false, false])
    expectEqual(reduceWindow(truths, .or, window: [2]), Tensor([true, false]))
    expectEqual(reduceWindow(truths, .and, window: [2], padding: .same), Tensor([false, false, false]))
  }

  @Test func NaNs() {
    let x = Tensor([1, .nan, 2, 3, 0] as [Float])
    expectEqual(reduceWindow(x, .maximum, window: [2]), Tensor([.nan, .nan, 3, 3] as [Float]))
  }

  @Test func namedPadding() {
    let x = arange(5).asType(.float32)
    expectEqual(reduceWindow(x, .sum, window: [2], padding: .same), Tensor([1.0, 3.0, 5.0, 7.0, 4.0]))
    expectEqual(reduceWindow(x, .sum, window: [2], padding: .sameLower), Tensor([0.0, 1.0, 3.0, 5.0, 7.0]))
    expectEqual(reduceWindow(x, .sum, window: [2], strides: [2], padding: .valid), Tensor([1.0, 5.0]))
  }
}
