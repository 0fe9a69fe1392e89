/// What may stand between the brackets of `x[…]`: an `Int`, a range, a tensor or an array of integers, a mask, or one of the
/// cases of `IndexTerm`.
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
    case tensor(IndexTensor)
  }

  /// A tensor that equals itself alone.
  struct IndexTensor: Hashable {
    let tensor: Tensor

    static func == (a: IndexTensor, b: IndexTensor) -> Bool { a.tensor === b.tensor }
    func hash(into hasher: inout Hasher) { hasher.combine(tensor.identity) }
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

extension Tensor: TensorIndex {
  /// The positions that integers name, or where a `bool` tensor is true.
  public var indexTerm: IndexTerm { IndexTerm(.tensor(IndexTerm.IndexTensor(tensor: self))) }
}
extension Array: TensorIndex where Element: TensorConvertible {
  /// The positions that integers, in nested arrays or one, name, or where those of `Bool` are true.
  public var indexTerm: IndexTerm { Tensor(self).indexTerm }
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
  /// A part of the tensor, as in NumPy: `x[0]`, `x[1..<3]`, `x[0, .all, .every(2)]`, `x[.newAxis]`, `x[-1]`, `x[rows, columns]`.
  ///
  /// Dimensions without an index are whole. Ranges reach at most to the end; a position outside the dimension, or more
  /// indices than dimensions, stop the program.
  ///
  /// Integer tensors take the elements that they name, negative ones counted from the end; several are broadcast together, and
  /// so are positions beside them. Their dimensions take the place of those that they index, or come first if something
  /// stands between them. An element of them that is outside is moved inside, since a tensor must have a shape and elements
  /// come late; `at[…].get(mode:)` knows other ways, and the derivative goes where the element was taken.
  ///
  /// A `bool` tensor takes the elements where it is true: it counts as the integer tensors of their positions, one for each
  /// of its dimensions. How many they are depends on its elements, so that it cannot be a traced one.
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

  func indexed(_ terms: [IndexTerm]) -> Tensor {
    let plan = IndexPlan(terms, of: self)
    return plan.hasTensors ? plan.gathered(self, mode: .clip) : plan.sliced(self)
  }
}
