import Tensor
import TestSupport
import Testing

@Suite("Broadcasting follows NumPy")
struct BroadcastingTests {
  @Test("the shape that two shapes broadcast to")
  func shapes() {
    let rows: [(a: [Int], b: [Int], result: [Int]?)] = [
      ([], [], []), ([], [3], [3]), ([3], [], [3]), ([3], [3], [3]), ([1], [3], [3]), ([2, 3], [3], [2, 3]),
      ([2, 3], [1], [2, 3]), ([2, 1], [3], [2, 3]), ([2, 1], [1, 3], [2, 3]), ([4, 1, 3], [2, 1], [4, 2, 3]),
      ([1, 1], [5], [1, 5]), ([0], [1], [0]), ([0, 3], [1, 3], [0, 3]), ([2, 0], [2, 1], [2, 0]), ([2], [3], nil),
      ([2, 3], [2], nil), ([2, 3], [3, 2], nil), ([0], [2], nil), ([4, 2, 3], [4, 1], nil),
    ]
    for row in rows {
      #expect(broadcastShape(row.a, row.b) == row.result, "\(row.a) with \(row.b)")
      #expect(broadcastShape(row.b, row.a) == row.result, "\(row.b) with \(row.a)")
    }
  }

  @Test("sums of every two shapes are those of the repeated operands")
  func sums() {
    let shapes: [[Int]] = [
      [], [1], [4], [3, 1], [3, 4], [1, 4], [2, 1, 1], [2, 1, 4], [2, 3, 1], [1, 3, 4], [2, 3, 4],
    ]
    for a in shapes {
      for b in shapes {
        let x = arange(a.reduce(1, *)).reshaped(to: a)
        let y = (arange(b.reduce(1, *)) * 100).reshaped(to: b)
        let shape = broadcastShape(a, b)!
        let result = x + y
        #expect(result.shape == shape)
        let expected = zip(repeated(x, shape), repeated(y, shape)).map(+)
        #expect(result.array(of: Int.self) == expected, "\(a) + \(b)")
      }
    }
  }

  /// The elements of a tensor repeated to a shape, by index arithmetic alone.
  private func repeated(_ x: Tensor, _ shape: [Int]) -> [Int] {
    let elements = x.array(of: Int.self)
    return (0..<shape.reduce(1, *)).map { index in
      var (rest, source, stride) = (index, 0, 1)
      for (offset, size) in shape.reversed().enumerated() {
        if offset < x.rank {
          let own = x.shape[x.rank - 1 - offset]
          if own != 1 { source += rest % size * stride }
          stride *= own
        }
        rest /= size
      }
      return elements[source]
    }
  }

  @Test("broadcast(to:) repeats along new dimensions and those of size 1")
  func broadcastTo() {
    let row = Tensor([1, 2, 3])
    expectEqual(row.broadcast(to: [2, 3]), Tensor([[1, 2, 3], [1, 2, 3]]))
    expectEqual(row.reshaped(to: [3, 1]).broadcast(to: [3, 2]), Tensor([[1, 1], [2, 2], [3, 3]]))
    expectEqual(Tensor(5).broadcast(to: [2, 1]), Tensor([[5], [5]]))
    #expect(row.reshaped(to: [1, 3]).broadcast(to: [0, 3]).shape == [0, 3])
    #expect(zeros([0]).broadcast(to: [2, 0]).shape == [2, 0])
    #expect((2.5 as Tensor).broadcast(to: [3]).isWeaklyTyped)
  }

  @Test("empty operands broadcast")
  func empty() {
    #expect((zeros([0]) + 1).shape == [0])
    #expect((zeros([0, 3]) * ones([3])).shape == [0, 3])
    #expect((zeros([2, 0]) + ones([2, 1])).shape == [2, 0])
    #expect(maximum(zeros([0]), 1).dtype == .float32)
    #expect(select(zeros([0], dtype: .bool), 1, 2).shape == [0])
    #expect((zeros([0]) .== 1).type == TensorType(.bool, [0]))
  }

  @Test("select broadcasts the condition and both cases")
  func selection() {
    let condition = Tensor([[true], [false]])
    expectEqual(select(condition, Tensor([1, 2, 3]), 0), Tensor([[1, 2, 3], [0, 0, 0]]))
    expectEqual(select(Tensor(true), Tensor([1.0, 2]), 5), Tensor([1.0, 2]))
    expectEqual(select(Tensor([0, 2, -1]), 1.5, Tensor(2, dtype: .float16)), Tensor([2, 1.5, 1.5], dtype: .float16))
  }

  @Test("clip bounds from either side or both")
  func clipping() {
    let x = Tensor([-2.0, -0.5, 0.5, 2])
    expectEqual(clip(x, min: -1, max: 1), Tensor([-1, -0.5, 0.5, 1]))
    expectEqual(clip(x, min: 0), Tensor([0, 0, 0.5, 2]))
    expectEqual(clip(x, max: 0), Tensor([-2, -0.5, 0, 0]))
    expectEqual(clip(x), x)
    expectEqual(clip(x, min: 1, max: -1), Tensor([-1.0, -1, -1, -1]))
    expectEqual(clip(x, min: Tensor([[-1.0], [1]])), Tensor([[-1, -0.5, 0.5, 2], [1, 1, 1, 2]]))
    expectEqual(clip(Tensor([1, 5, 9], dtype: .uint8), min: 2, max: 7), Tensor([2, 5, 7], dtype: .uint8))
  }
}
