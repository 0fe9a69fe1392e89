import Tensor
import TestSupport
import Testing

@Suite("Shapes")
struct ShapeTests {
  private let matrix = Tensor([[1, 2, 3], [4, 5, 6]])

  @Test("reshaped, with a size that is left open")
  func reshaping() {
    let rows: [(from: [Int], to: [Int], result: [Int])] = [
      ([6], [2, 3], [2, 3]), ([6], [-1], [6]), ([6], [2, -1], [2, 3]), ([6], [-1, 2], [3, 2]),
      ([2, 3], [3, -1, 1], [3, 2, 1]),
      ([], [-1], [1]), ([], [1, 1], [1, 1]), ([1], [], []), ([0], [0, 5], [0, 5]), ([0], [-1, 5], [0, 5]),
      ([0, 3], [3, -1], [3, 0]), ([4], [4, 1, -1], [4, 1, 1]),
    ]
    for row in rows {
      #expect(zeros(row.from).reshaped(to: row.to).shape == row.result, "\(row.from) to \(row.to)")
      let x = arange(row.from.reduce(1, *)).reshaped(to: row.from)
      #expect(x.reshaped(to: row.to).array(of: Int.self) == x.array(of: Int.self))
    }
  }

  @Test("shapes of more elements than an integer counts")
  func hugeShapes() {
    let huge = Tensor(1.5).broadcast(to: [1 << 40, 6, 1 << 30])
    #expect(huge.count == .max && huge.type.byteCount == .max)
    #expect(huge.reshaped(to: [1 << 41, -1]).shape == [1 << 41, 3 << 30])
    #expect(huge.reshaped(to: [3, 128, 1 << 32, 1 << 32]).shape == [3, 128, 1 << 32, 1 << 32])
    #expect((try? Reshape([1 << 40, 7, 1 << 30]).resultTypes(of: [huge.type])) == nil)
    #expect(zeros([1 << 62, 0, 4]).count == 0)
  }

  @Test("transposed")
  func transposing() {
    expectEqual(matrix.T, Tensor([[1, 4], [2, 5], [3, 6]]))
    expectEqual(matrix.transposed([-1, 0]), matrix.T)
    expectEqual(matrix.transposed([0, 1]), matrix)
    #expect(zeros([2, 3, 4]).T.shape == [4, 3, 2])
    #expect(zeros([2, 0, 4]).transposed([1, 2, 0]).shape == [0, 4, 2])
    #expect(zeros([2, 3, 4, 5]).movingAxis(0, to: -1).shape == [3, 4, 5, 2])
    #expect(zeros([2, 3, 4, 5]).movingAxis(-1, to: 0).shape == [5, 2, 3, 4])
    #expect(zeros([2, 3, 4]).swappingAxes(0, -1).shape == [4, 3, 2])
    expectEqual(Tensor(3).T, Tensor(3))
  }

  @Test("dimensions of size 1 come and go")
  func expanding() {
    let x = zeros([2, 3])
    #expect(
      [0, 1, 2, -1, -2, -3].map { x.expandingDims($0).shape } == [
        [1, 2, 3], [2, 1, 3], [2, 3, 1], [2, 3, 1], [2, 1, 3], [1, 2, 3],
      ])
    #expect(zeros([1, 2, 1, 3]).squeezed().shape == [2, 3])
    #expect(zeros([1, 2, 1, 3]).squeezed([0]).shape == [2, 1, 3])
    #expect(zeros([1, 2, 1, 3]).squeezed([-2]).shape == [1, 2, 3])
    #expect(zeros([1, 1]).squeezed().shape == [])
  }

  @Test("flatten keeps the first dimension, ravel none")
  func flattening() {
    #expect(flatten(zeros([2, 3, 4])).shape == [2, 12])
    #expect(flatten(zeros([5])).shape == [5, 1])
    #expect(flatten(zeros([0, 3, 2])).shape == [0, 6])
    #expect(flatten(zeros([2, 0, 3])).shape == [2, 0])
    expectEqual(ravel(matrix), Tensor([1, 2, 3, 4, 5, 6]))
    #expect(ravel(Tensor(1)).shape == [1])
  }

  @Test("reversed")
  func reversing() {
    expectEqual(matrix.reversed(), Tensor([[6, 5, 4], [3, 2, 1]]))
    expectEqual(matrix.reversed([0]), Tensor([[4, 5, 6], [1, 2, 3]]))
    expectEqual(matrix.reversed([-1]), Tensor([[3, 2, 1], [6, 5, 4]]))
    #expect(zeros([0, 3]).reversed().shape == [0, 3])
  }

  @Test("concatenate")
  func concatenating() {
    expectEqual(concatenate([Tensor([1, 2]), Tensor([3])]), Tensor([1, 2, 3]))
    expectEqual(concatenate([matrix, matrix[.all, 0..<1]], axis: 1), Tensor([[1, 2, 3, 1], [4, 5, 6, 4]]))
    expectEqual(concatenate([matrix, matrix[0..<1]], axis: -2), Tensor([[1, 2, 3], [4, 5, 6], [1, 2, 3]]))
    expectEqual(concatenate([matrix]), matrix)
    expectEqual(concatenate([zeros([0]), Tensor([1.0]), zeros([0])]), Tensor([1.0]))
    #expect(concatenate([zeros([0, 3]), zeros([0, 3])]).shape == [0, 3])
    expectEqual(concatenate([zeros([2]), ones([1]), full([2], 3)]), Tensor([0.0, 0, 1, 3, 3]))
  }

  @Test("stack and split")
  func stacking() {
    let (a, b) = (Tensor([1, 2]), Tensor([3, 4]))
    expectEqual(stack([a, b]), Tensor([[1, 2], [3, 4]]))
    expectEqual(stack([a, b], axis: 1), Tensor([[1, 3], [2, 4]]))
    expectEqual(stack([a, b], axis: -1), Tensor([[1, 3], [2, 4]]))
    expectEqual(stack([Tensor(1), Tensor(2)]), Tensor([1, 2]))
    #expect(stack([zeros([0]), zeros([0])]).shape == [2, 0])
    let parts = split(matrix, into: 3, axis: -1)
    #expect(parts.map { $0.array(of: Int.self) } == [[1, 4], [2, 5], [3, 6]])
    #expect(parts.allSatisfy { $0.shape == [2, 1] })
    expectEqual(concatenate(split(matrix, into: 2), axis: 0), matrix)
    #expect(split(zeros([0, 2]), into: 3).map(\.shape) == [[0, 2], [0, 2], [0, 2]])
  }

  @Test("pad, with numbers cut off by negative widths")
  func padding() {
    expectEqual(
      pad(matrix, [(1, 0), (0, 2)]), Tensor([[0, 0, 0, 0, 0], [1, 2, 3, 0, 0], [4, 5, 6, 0, 0]]))
    expectEqual(pad(Tensor([1.5]), [(1, 1)], value: 9), Tensor([9, 1.5, 9]))
    expectEqual(pad(matrix, [(-1, 0), (1, -2)], value: 7), Tensor([[7, 4]]))
    expectEqual(pad(zeros([0]), [(2, 1)], value: 1), ones([3]))
    expectEqual(pad(Tensor([1, 2]), [(-5, 5)], value: 3), Tensor([3, 3]))
    #expect(pad(Tensor([1, 2], dtype: .int8), [(0, 1)], value: 2.5).dtype == .int8)
  }

  @Test("interior padding, of every width, is what it says")
  func interiorPadding() {
    for size in 0...4 {
      for low in -3...2 {
        for high in -3...2 {
          for interior in 0...2 {
            // The definition: spread the elements, then put padding around them or cut.
            var spread: [Int] = []
            for i in 0..<size { spread += (i > 0 ? [Int](repeating: 0, count: interior) : []) + [i + 1] }
            spread = [Int](repeating: 0, count: max(low, 0)) + spread + [Int](repeating: 0, count: max(high, 0))
            if spread.count + min(low, 0) + min(high, 0) < 0 { continue }
            let expected = Array(spread.dropFirst(max(-low, 0)).dropLast(max(-high, 0)))
            let padding = Primitive.pad(Pad(low: [low], high: [high], interior: [interior]))
            let result = padding(arange(size) + 1, Tensor(0))
            #expect(result.array(of: Int.self) == expected, "\(size) elements, \(low) \(high) \(interior)")
          }
        }
      }
    }
  }

  @Test("dynamic slices count negative starts from the end, and move those outside inside")
  func dynamicSlices() {
    // Starts of a type that does not reach the end.
    expectEqual(dynamicSlice(arange(300), [Tensor(Int8(-1))], sizes: [1]), Tensor([299]))
    expectEqual(dynamicUpdateSlice(zeros([200]), ones([1]), [Tensor(Int8(-2))])[198...], Tensor([1.0, 0.0]))
    let x = arange(5)
    let rows: [(start: Int, first: Int)] = [
      (0, 0), (1, 1), (2, 2), (3, 2), (100, 2), (-1, 2), (-4, 1), (-5, 0), (-100, 0),
    ]
    for row in rows {
      let part = dynamicSlice(x, [Tensor(row.start)], sizes: [3])
      #expect(part.array(of: Int.self) == Array(row.first..<(row.first + 3)), "start \(row.start)")
      let updated = dynamicUpdateSlice(x, Tensor([7, 8, 9]), [Tensor(row.start)])
      var expected = [0, 1, 2, 3, 4]
      expected.replaceSubrange(row.first..<(row.first + 3), with: [7, 8, 9])
      #expect(updated.array(of: Int.self) == expected, "start \(row.start)")
    }
    for dtype in DType.allCases where dtype.isInteger {
      #expect(dynamicSlice(x, [Tensor(2, dtype: dtype)], sizes: [1]).array(of: Int.self) == [2], "\(dtype)")
    }
    #expect(dynamicSlice(x, [Tensor(UInt64.max)], sizes: [2]).array(of: Int.self) == [3, 4])
    #expect(dynamicSlice(x, [Tensor(9)], sizes: [0]).shape == [0])
    expectEqual(
      dynamicSlice(matrix, [Tensor(1), Tensor(-3)], sizes: [1, 2]), Tensor([[4, 5]]))
    expectEqual(dynamicUpdateSlice(x, zeros([0], dtype: .int32), [Tensor(2)]), x)
    #expect(x.array(of: Int.self) == [0, 1, 2, 3, 4])
  }

  @Test("one-hot rows; an index outside gives zeros")
  func oneHotRows() {
    expectEqual(oneHot(Tensor([1, 0, 3, -1]), 3), Tensor([[0.0, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0]]))
    expectEqual(oneHot(Tensor(2, dtype: .uint8), 4, dtype: .bool), Tensor([false, false, true, false]))
    #expect(oneHot(zeros([2, 3], dtype: .int32), 5).shape == [2, 3, 5])
    #expect(oneHot(zeros([0], dtype: .int32), 5).shape == [0, 5])
    // More classes than the indices' type counts to.
    expectEqual(sum(oneHot(Tensor([44], dtype: .uint8), 400), axis: 1), Tensor([1.0]))
    expectEqual(sum(oneHot(Tensor([-56], dtype: .int8), 400), axis: 1), Tensor([0.0]))
  }
}
