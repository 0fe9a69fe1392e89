import Tensor
import TestSupport
import Testing

/// Python's rule for a slice of a sequence, as its `slice.indices` states it: the positions taken, in order.
private func pythonPositions(_ start: Int?, _ stop: Int?, _ step: Int, size: Int) -> [Int] {
  func bounded(_ index: Int?, default other: Int) -> Int {
    guard var index else { return other }
    if index < 0 {
      index += size
      if index < 0 { return step < 0 ? -1 : 0 }
    } else if index >= size {
      return step < 0 ? size - 1 : size
    }
    return index
  }
  let first = bounded(start, default: step < 0 ? size - 1 : 0)
  let last = bounded(stop, default: step < 0 ? -1 : size)
  return Array(stride(from: first, to: last, by: step))
}

@Suite("Indexing follows Python")
struct IndexingTests {
  private let cube = arange(24).reshaped(to: [2, 3, 4])

  @Test("every slice of every small vector")
  func slices() {
    for size in 0...4 {
      let x = arange(size)
      let bounds: [Int?] = [nil] + Array(-6...6)
      for start in bounds {
        for stop in bounds {
          for step in [-3, -2, -1, 1, 2, 3] {
            let part = x[.strided(from: start, to: stop, by: step)]
            let expected = pythonPositions(start, stop, step, size: size)
            #expect(
              part.array(of: Int.self) == expected,
              "\(size) elements, \(start.map(String.init) ?? "")|\(stop.map(String.init) ?? "")|\(step)")
            #expect(part.shape == [expected.count])
          }
        }
      }
    }
  }

  @Test("ranges are slices")
  func ranges() {
    let x = arange(6)
    let rows: [(Tensor, [Int])] = [
      (x[1..<3], [1, 2]), (x[1...3], [1, 2, 3]), (x[2...], [2, 3, 4, 5]), (x[..<2], [0, 1]), (x[...2], [0, 1, 2]),
      (x[0..<0], []), (x[4..<100], [4, 5]), (x[10...], []), (x[(-2)...], [4, 5]), (x[..<(-4)], [0, 1]),
      (x[...(-1)], [0, 1, 2, 3, 4, 5]), (x[...(-5)], [0, 1]), (x[(-3)..<(-1)], [3, 4]), (x[(-3)...(-1)], [3, 4, 5]),
      (x[(-100)..<2], [0, 1]), (x[.all], [0, 1, 2, 3, 4, 5]), (x[.every(2)], [0, 2, 4]),
      (x[.every(-1)], [5, 4, 3, 2, 1, 0]),
      (x[.every(-4)], [5, 1]), (x[.strided(from: 1, to: -1)], [1, 2, 3, 4]), (x[.strided(from: 1, by: 2)], [1, 3, 5]),
      (x[.strided(to: 3)], [0, 1, 2]), (x[.strided(from: 4, to: 1, by: -2)], [4, 2]),
    ]
    for (index, (part, expected)) in rows.enumerated() {
      #expect(part.array(of: Int.self) == expected, "row \(index)")
      #expect(part.shape == [expected.count], "row \(index)")
    }
  }

  @Test("every kind of index in any place: shape and first element")
  func kinds() {
    let (x, i) = (cube, 1)
    let rows: [(part: Tensor, shape: [Int], first: Int)] = [
      (x[0], [3, 4], 0), (x[-1], [3, 4], 12), (x[1, 2], [4], 20), (x[1, 2, 3], [], 23), (x[-2, -3, -4], [], 0),
      (x[i, i + 1, i..<(i + 2)], [2], 21), (x[.all, 1], [2, 4], 4), (x[.all, .all, 1], [2, 3], 1),
      (x[...], [2, 3, 4], 0),
      (x[..., 0], [2, 3], 0), (x[..., 1, 2], [2], 6), (x[0, ...], [3, 4], 0), (x[0, ..., 1], [3], 1),
      (x[0, 1, ..., 2], [], 6), (x[0, 1, 2, ...], [], 6), (x[0, 1, 2, ..., .newAxis], [1], 6),
      (x[0..., ..., 2], [2, 3], 2),
      (x[.newAxis], [1, 2, 3, 4], 0), (x[.newAxis, 0, ...], [1, 3, 4], 0), (x[..., .newAxis], [2, 3, 4, 1], 0),
      (x[0, .newAxis, 1], [1, 4], 4), (x[.all, .newAxis], [2, 1, 3, 4], 0),
      (x[.newAxis, .newAxis, ..., .newAxis], [1, 1, 2, 3, 4, 1], 0), (x[.ellipsis, 1], [2, 3], 1),
      (x[.position(1), .every(2)], [2, 4], 12), (x[0, .all, .every(2)], [3, 2], 0), (x[0..., 1..<3], [2, 2, 4], 4),
      (x[1..., 1..., 1...], [1, 2, 3], 17), (x[.every(-1), .every(-2), .every(-3)], [2, 2, 2], 23),
      (x[1][2][3], [], 23), (x[0, ...][1], [4], 4),
    ]
    for (index, row) in rows.enumerated() {
      #expect(row.part.shape == row.shape, "row \(index)")
      #expect(row.part.array(of: Int.self)[0] == row.first, "row \(index)")
    }
  }

  @Test("parts of empty tensors and of dimensions of size 0")
  func empty() {
    let x = zeros([0, 3])
    #expect(x[.all, 1].shape == [0])
    #expect(x[0..<0].shape == [0, 3])
    #expect(x[.every(-1)].shape == [0, 3])
    #expect(x[..., .newAxis].shape == [0, 3, 1])
    #expect(cube[2...].shape == [0, 3, 4])
    #expect(cube[.all, 3..<3, 0].shape == [2, 0])
  }

  @Test("a scalar takes new dimensions and the ellipsis")
  func scalar() {
    let x = Tensor(5)
    #expect(x[.newAxis].shape == [1])
    #expect(x[...].shape == [])
    #expect(x[.newAxis, ..., .newAxis].shape == [1, 1])
  }

  @Test("parts keep the element type", arguments: DType.allCases)
  func dtypes(_ dtype: DType) {
    let x = Tensor([0, 1, 1, 0, 1], dtype: dtype)
    expectEqual(x[1..<4], Tensor([1, 1, 0], dtype: dtype))
    expectEqual(x[.every(-2)], Tensor([1, 1, 0], dtype: dtype))
  }

  @Test("an index term is a value that can be stored")
  func stored() {
    let terms: [IndexTerm] = [.position(0), .every(2)]
    #expect(cube[terms[0], terms[1]].shape == [2, 4])
    #expect(IndexTerm.all == .every(1))
  }
}
