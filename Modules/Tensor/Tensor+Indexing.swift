/// What may stand between the brackets of `x[…]`, for one dimension: an `Int`, a range, or one of the cases of `IndexTerm`.
public protocol TensorIndex {
  /// What it selects.
  var indexTerm: IndexTerm { get }
}

/// What an index selects along a dimension. Negative positions count from the end.
public struct IndexTerm: TensorIndex, Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case position(Int)
    case strided(from: Int?, to: Int?, by: Int)
    case ellipsis
    case newAxis
  }

  let kind: Kind

  init(_ kind: Kind) { self.kind = kind }

  /// Itself.
  public var indexTerm: IndexTerm { self }
}

extension TensorIndex where Self == IndexTerm {
  /// One position; the dimension disappears.
  public static func position(_ position: Int) -> IndexTerm { IndexTerm(.position(position)) }
  /// A new dimension of size 1.
  public static var newAxis: IndexTerm { IndexTerm(.newAxis) }
  /// As many whole dimensions as are left; `...` stands for it.
  public static var ellipsis: IndexTerm { IndexTerm(.ellipsis) }
  /// The whole dimension.
  public static var all: IndexTerm { every(1) }
  /// Every `step`-th position of the dimension, backwards from the last if negative.
  public static func every(_ step: Int) -> IndexTerm { strided(from: nil, to: nil, by: step) }
  /// Every `step`-th position from `start` up to, not including, `stop`; nil stands for the first or last.
  ///
  /// A negative step goes backwards, from `start` (nil for the last) down to, not including, `stop`. Python's `1:-1`, whose
  /// bounds no Swift range accepts, is `.strided(from: 1, to: -1)`.
  public static func strided(from start: Int? = nil, to stop: Int? = nil, by step: Int = 1) -> IndexTerm {
    IndexTerm(.strided(from: start, to: stop, by: step))
  }
}

extension Int: TensorIndex {
  /// One position.
  public var indexTerm: IndexTerm { .position(self) }
}
extension Range<Int>: TensorIndex {
  /// The positions of the range.
  public var indexTerm: IndexTerm { .strided(from: lowerBound, to: upperBound, by: 1) }
}
extension ClosedRange<Int>: TensorIndex {
  /// The positions of the range.
  public var indexTerm: IndexTerm { .strided(from: lowerBound, to: upperBound == -1 ? nil : upperBound + 1, by: 1) }
}
extension PartialRangeFrom<Int>: TensorIndex {
  /// The positions from a start.
  public var indexTerm: IndexTerm { .strided(from: lowerBound, to: nil, by: 1) }
}
extension PartialRangeUpTo<Int>: TensorIndex {
  /// The positions before an end.
  public var indexTerm: IndexTerm { .strided(from: nil, to: upperBound, by: 1) }
}
extension PartialRangeThrough<Int>: TensorIndex {
  /// The positions up to and including an end.
  public var indexTerm: IndexTerm { .strided(from: nil, to: upperBound == -1 ? nil : upperBound + 1, by: 1) }
}

extension Tensor {
  /// A part of the tensor, as in NumPy: `x[0]`, `x[1..<3]`, `x[0, .all, .every(2)]`, `x[.newAxis]`, `x[-1]`.
  ///
  /// Dimensions without an index are whole. Ranges reach at most to the end; a position outside the dimension, or more
  /// indices than dimensions, stop the program.
  public subscript(_ indices: any TensorIndex...) -> Tensor { indexed(indices.map(\.indexTerm)) }
  /// A part of the tensor; `...` stands for as many whole dimensions as are left.
  public subscript(_ ellipsis: UnboundedRange, _ rest: any TensorIndex...) -> Tensor {
    indexed([.ellipsis] + rest.map(\.indexTerm))
  }
  /// A part of the tensor; `...` stands for as many whole dimensions as are left.
  public subscript(
    _ first: any TensorIndex, _ ellipsis: UnboundedRange, _ rest: any TensorIndex...
  ) -> Tensor {
    indexed([first.indexTerm, .ellipsis] + rest.map(\.indexTerm))
  }
  /// A part of the tensor; `...` stands for as many whole dimensions as are left.
  public subscript(
    _ first: any TensorIndex, _ second: any TensorIndex, _ ellipsis: UnboundedRange, _ rest: any TensorIndex...
  ) -> Tensor {
    indexed([first.indexTerm, second.indexTerm, .ellipsis] + rest.map(\.indexTerm))
  }
  /// A part of the tensor; `...` stands for as many whole dimensions as are left. (Behind more indices, write `.ellipsis`.)
  public subscript(
    _ first: any TensorIndex, _ second: any TensorIndex, _ third: any TensorIndex, _ ellipsis: UnboundedRange,
    _ rest: any TensorIndex...
  ) -> Tensor {
    indexed([first.indexTerm, second.indexTerm, third.indexTerm, .ellipsis] + rest.map(\.indexTerm))
  }

  private func indexed(_ terms: [IndexTerm]) -> Tensor {
    let used = terms.count { $0.kind != .ellipsis && $0.kind != .newAxis }
    if used > rank || terms.count(where: { $0.kind == .ellipsis }) > 1 {
      fail(
        "subscript", [type], "\(used) indices for \(rank) dimensions",
        hint: "use at most one `...`, and one index a dimension")
    }
    let whole = [IndexTerm](repeating: .all, count: rank - used)
    let position = terms.firstIndex { $0.kind == .ellipsis }
    var full = terms
    if let position {
      full.replaceSubrange(position...position, with: whole)
    } else {
      full += whole
    }

    var slice = Slice(start: [], limit: [], stride: [])
    var (reversed, shape) = ([Int](), [Int]())
    for term in full {
      let dimension = slice.start.count
      switch term.kind {
      case .newAxis: shape.append(1)
      case .ellipsis: preconditionFailure("the ellipsis was replaced")
      case .position(let index):
        let size = self.shape[dimension]
        let start = index < 0 ? index + size : index
        if !(0..<size ~= start) {
          fail("subscript", [type], "index \(index) is outside dimension \(dimension) of size \(size)")
        }
        slice.start.append(start)
        slice.limit.append(start + 1)
        slice.stride.append(1)
      case .strided(let start, let stop, let step):
        let part = range(from: start, to: stop, by: step, dimension: dimension)
        slice.start.append(part.start)
        slice.limit.append(part.limit)
        slice.stride.append(abs(step))
        if step < 0 { reversed.append(dimension) }
        shape.append((part.limit - part.start + abs(step) - 1) / abs(step))
      }
    }
    var result = self
    if slice.start.contains(where: { $0 != 0 }) || slice.limit != self.shape
      || slice.stride.contains(where: { $0 != 1 })
    {
      result = Primitive.slice(slice)(result)
    }
    if !reversed.isEmpty { result = Primitive.reverse(Reverse(reversed))(result) }
    return result.reshaped(to: shape)
  }

  /// The first position and the one behind the last, in increasing order, of a Python-style slice.
  private func range(from start: Int?, to stop: Int?, by step: Int, dimension: Int) -> (start: Int, limit: Int) {
    let size = shape[dimension]
    if step == 0 { fail("subscript", [type], "the step of dimension \(dimension) is zero") }
    func clamped(_ position: Int?, default other: Int, _ bounds: ClosedRange<Int>) -> Int {
      guard let position else { return other }
      return min(max(position < 0 ? position + size : position, bounds.lowerBound), bounds.upperBound)
    }
    if step > 0 {
      let first = clamped(start, default: 0, 0...size)
      return (first, max(first, clamped(stop, default: size, 0...size)))
    }
    // Backwards: the positions first, first + step, … above last, taken in increasing order.
    let first = clamped(start, default: size - 1, -1...(size - 1))
    let last = clamped(stop, default: -1, -1...(size - 1))
    if first <= last { return (0, 0) }
    let count = (first - last - 1) / -step + 1
    return (first + (count - 1) * step, first + 1)
  }
}
