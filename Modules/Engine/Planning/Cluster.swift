import Tensor

/// Equations that run as one fused kernel: elementwise operations over one space of elements, and reductions of these.
///
/// The space is seen as rows of `columns` elements once a reduction is part of it: a value then has an element for each point,
/// or one for each row. What is reduced over the rows can only leave the kernel.
final class Cluster {
  /// Where a value of the cluster has elements.
  enum Level {
    case full, perRow
    /// A result that nothing in the kernel can use.
    case final
  }

  /// The equations, in order.
  var equations: [Int] = []
  /// The number of points of the space.
  let count: Int
  /// The space's dimensions, without those of size 1; nil as long as every array is read in order, so that any will do.
  var shape: [Int]?
  /// The number of points in a row, if rows matter.
  var columns: Int?
  /// Whether the kernel counts along a dimension, which must then stay one.
  private var counts = false
  /// The values that it computes.
  var levels: [Graph.ValueID: Level] = [:]
  /// The values from outside that it reads.
  var reads: Set<Graph.ValueID> = []

  /// The equations that a kernel may have; more do not make it faster, and their tiles crowd the cache.
  static let mostEquations = 64
  static let mostReads = 40
  /// Sums over rows are kept for each column, several at a time: with more columns than this they would not stay in the cache.
  static let mostColumnsOfRowSums = 16384

  init(count: Int) { self.count = count }

  var rows: Int { count / (columns ?? 1) }

  /// A copy, to try a change on.
  func copy() -> Cluster {
    let result = Cluster(count: count)
    result.equations = equations
    result.shape = shape
    result.columns = columns
    result.levels = levels
    result.reads = reads
    result.counts = counts
    return result
  }

  /// Makes `shape` the space's dimensions, if it can be.
  private func adopt(shape new: [Int]) -> Bool {
    let new = new.filter { $0 != 1 }
    if let shape { return shape == new }
    if let columns, !Self.isAligned(new, columns: columns) { return false }
    shape = new
    return true
  }

  /// Makes `columns` the length of a row, if it can be.
  private func adopt(columns new: Int) -> Bool {
    if let columns { return columns == new }
    if let shape, !Self.isAligned(shape, columns: new) || (counts && shape.last != new) { return false }
    columns = new
    return true
  }

  private static func isAligned(_ shape: [Int], columns: Int) -> Bool {
    var product = 1
    for size in shape.reversed() {
      if product == columns { return true }
      product *= size
    }
    return product == columns
  }

  /// Adds an elementwise equation, if its operands fit: each given by its view.
  func add(elementwise index: Int, _ equation: Graph.Equation, shape resultShape: [Int], operands: [View]) -> Bool {
    if equations.count >= Self.mostEquations { return false }
    let size = resultShape.product
    var isFull = size == count
    // Where rows have one element, or there is one row, the operands decide.
    if !isFull || (columns == 1 && operands.contains { levels[$0.root] == .perRow }) {
      guard columns != nil, size == rows, operands.contains(where: { levels[$0.root] == .perRow }) else { return false }
      isFull = false
    }
    for operand in operands {
      switch levels[operand.root] {
      case .final: return false
      case .full:
        if !isFull || !operand.isDense || operand.offset != 0 { return false }
      case .perRow:
        guard operand.offset == 0 else { return false }
        if isFull {
          if !isPerRow(operand) { return false }
        } else if !operand.isDense {
          return false
        }
      case nil:
        if operand.isUniform { continue }
        if isFull {
          if !operand.isDense && !adopt(shape: resultShape) { return false }
        } else if !operand.isDense {
          return false
        }
      }
    }
    if case .iota = equation.primitive {
      if !isFull || !adopt(shape: resultShape) { return false }
      if let columns, shape?.last != columns { return false }
      counts = true
    }
    return finish(index, equation, operands, level: isFull ? .full : .perRow)
  }

  /// Adds a reduction of `operand` over `axes`, if it fits.
  func add(reduction index: Int, _ equation: Graph.Equation, axes: [Int], operand: View) -> Bool {
    guard operand.count == count, equations.count < Self.mostEquations, let split = Self.split(axes, operand.shape)
    else {
      return false
    }
    switch levels[operand.root] {
    case .final: return false
    case .full:
      if !operand.isDense || operand.offset != 0 { return false }
    case .perRow:
      if operand.offset != 0 || !isPerRow(operand) { return false }
    case nil:
      if !operand.isDense && !operand.isUniform && !adopt(shape: operand.shape) { return false }
    }
    switch split {
    case .all: return finish(index, equation, [operand], level: .final)
    case .columns(let size):
      if !adopt(columns: size) { return false }
      return finish(index, equation, [operand], level: .perRow)
    case .rows(let columns):
      if columns > Self.mostColumnsOfRowSums || !adopt(columns: columns) { return false }
      return finish(index, equation, [operand], level: .final)
    }
  }

  private func finish(_ index: Int, _ equation: Graph.Equation, _ operands: [View], level: Level) -> Bool {
    for operand in operands where levels[operand.root] == nil { reads.insert(operand.root) }
    if reads.count > Self.mostReads { return false }
    for result in equation.results { levels[result] = level }
    equations.append(index)
    return true
  }

  /// Whether a view of a value with an element for each row repeats it along each row.
  private func isPerRow(_ view: View) -> Bool {
    guard let columns, view.count == count else { return false }
    var (rest, dimension) = (columns, view.shape.count)
    while rest > 1 {
      dimension -= 1
      if dimension < 0 || rest % view.shape[dimension] != 0 || view.strides[dimension] != 0 { return false }
      rest /= view.shape[dimension]
    }
    let rows = View(
      root: view.root, offset: 0, shape: Array(view.shape[..<dimension]), strides: Array(view.strides[..<dimension]))
    return rows.isDense
  }

  /// How a reduction divides a space into rows and columns.
  enum Split: Equatable {
    case all
    /// Along rows of this many elements.
    case columns(Int)
    /// Over all rows, for each of this many columns.
    case rows(Int)
  }

  /// The division that a reduction makes, or nil if it is neither of whole rows nor over all rows.
  static func split(_ axes: [Int], _ shape: [Int]) -> Split? {
    let reduced = axes.filter { shape[$0] != 1 }
    let kept = shape.indices.filter { !axes.contains($0) && shape[$0] != 1 }
    guard let firstReduced = reduced.first, let lastReduced = reduced.last else { return nil }
    guard let firstKept = kept.first, let lastKept = kept.last else { return .all }
    if lastKept < firstReduced { return .columns(reduced.map { shape[$0] }.product) }
    if lastReduced < firstKept { return .rows(kept.map { shape[$0] }.product) }
    return nil
  }

  /// Takes in another cluster of the same space, if both fit together.
  func absorb(_ other: Cluster) -> Bool {
    guard other.count == count, equations.count + other.equations.count <= Self.mostEquations else { return false }
    counts = counts || other.counts
    if let columns = other.columns, !adopt(columns: columns) { return false }
    if let shape = other.shape, !adopt(shape: shape) { return false }
    if counts, let columns, shape?.last != columns { return false }
    // A result that only one of them may use, or an array read in another order than computed, keeps them apart.
    for read in reads where other.levels[read] != nil { return false }
    for read in other.reads where levels[read] != nil { return false }
    reads.formUnion(other.reads)
    if reads.count > Self.mostReads { return false }
    levels.merge(other.levels) { mine, _ in mine }
    equations = (equations + other.equations).sorted()
    return true
  }
}
