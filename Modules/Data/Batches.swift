import Foundation
import Random
import Tensor

/// The batches of one pass over a data set, in order or shuffled.
///
/// ```swift
/// for (images, labels) in Batches(train.images, train.labels, size: 128, shuffledBy: key) {
///   // images: float32[128, 28, 28, 1], labels: int32[128]
/// }
/// ```
///
/// A batch is made when it is asked for. The same key gives the same batches: for another order in each epoch give
/// another key, such as `foldIn(key, epoch)`.
public struct Batches<Batch>: Sequence {
  private let tensors: [Tensor]
  private let size: Int
  private let key: PRNGKey?
  private let batch: ([Tensor]) -> Batch

  /// The number of examples that the batches hold together.
  public let exampleCount: Int

  private init(
    _ tensors: [Tensor], size: Int, key: PRNGKey?, dropsRemainder: Bool, _ batch: @escaping ([Tensor]) -> Batch
  ) {
    orFail { () throws(TensorError) in try checkBatches(tensors, size: size) }
    self.tensors = tensors
    self.size = size
    self.key = key
    self.batch = batch
    let count = tensors[0].shape[0]
    exampleCount = dropsRemainder ? count - count % size : count
  }

  /// The number of batches.
  public var count: Int { (exampleCount + size - 1) / size }
  /// The number of batches.
  public var underestimatedCount: Int { count }

  /// Begins a pass: with a key, this is when the examples are shuffled.
  public func makeIterator() -> Iterator {
    Iterator(batches: self, order: key.map { permutation($0, tensors[0].shape[0]).array(of: Int.self) })
  }

  /// A pass over the batches.
  public struct Iterator: IteratorProtocol {
    fileprivate let batches: Batches
    /// The places of the examples, shuffled.
    fileprivate let order: [Int]?
    private var start = 0

    fileprivate init(batches: Batches, order: [Int]?) {
      self.batches = batches
      self.order = order
    }

    /// The next batch, nil at the end.
    public mutating func next() -> Batch? {
      guard start < batches.exampleCount else { return nil }
      let range = start..<Swift.min(start + batches.size, batches.exampleCount)
      start = range.upperBound
      return batches.batch(batches.tensors.map { tensor in order.map { rows(of: tensor, $0[range]) } ?? tensor[range] })
    }
  }
}

extension Batches where Batch == Tensor {
  /// Batches of one tensor.
  ///
  /// - Parameters:
  ///   - examples: shape [count, …].
  ///   - size: the number of examples in a batch.
  ///   - key: what to shuffle by; nil for the given order.
  ///   - dropsRemainder: whether to leave out the last batch if it would be smaller than the others.
  public init(_ examples: Tensor, size: Int, shuffledBy key: PRNGKey? = nil, dropsRemainder: Bool = false) {
    self.init([examples], size: size, key: key, dropsRemainder: dropsRemainder) { $0[0] }
  }
}

extension Batches where Batch == (Tensor, Tensor) {
  /// Batches of pairs, such as inputs and targets.
  ///
  /// - Parameters:
  ///   - first: shape [count, …].
  ///   - second: shape [count, …], with the same count.
  ///   - size: the number of examples in a batch.
  ///   - key: what to shuffle by; nil for the given order.
  ///   - dropsRemainder: whether to leave out the last batch if it would be smaller than the others.
  public init(
    _ first: Tensor, _ second: Tensor, size: Int, shuffledBy key: PRNGKey? = nil, dropsRemainder: Bool = false
  ) {
    self.init([first, second], size: size, key: key, dropsRemainder: dropsRemainder) { ($0[0], $0[1]) }
  }
}

extension Batches where Batch == (Tensor, Tensor, Tensor) {
  /// Batches of triples, such as inputs, targets and lengths.
  ///
  /// - Parameters:
  ///   - first: shape [count, …].
  ///   - second: shape [count, …], with the same count.
  ///   - third: shape [count, …], with the same count.
  ///   - size: the number of examples in a batch.
  ///   - key: what to shuffle by; nil for the given order.
  ///   - dropsRemainder: whether to leave out the last batch if it would be smaller than the others.
  public init(
    _ first: Tensor, _ second: Tensor, _ third: Tensor, size: Int, shuffledBy key: PRNGKey? = nil,
    dropsRemainder: Bool = false
  ) {
    self.init([first, second, third], size: size, key: key, dropsRemainder: dropsRemainder) { ($0[0], $0[1], $0[2]) }
  }
}

extension Batches where Batch == [Tensor] {
  /// Batches of any number of tensors.
  ///
  /// - Parameters:
  ///   - tensors: at least one, each of shape [count, …] with the same count.
  ///   - size: the number of examples in a batch.
  ///   - key: what to shuffle by; nil for the given order.
  ///   - dropsRemainder: whether to leave out the last batch if it would be smaller than the others.
  public init(_ tensors: [Tensor], size: Int, shuffledBy key: PRNGKey? = nil, dropsRemainder: Bool = false) {
    self.init(tensors, size: size, key: key, dropsRemainder: dropsRemainder) { $0 }
  }
}

/// The slices of a tensor at these places of its first dimension: shape [places.count, …].
private func rows(of tensor: Tensor, _ places: ArraySlice<Int>) -> Tensor {
  tensor.withUnsafeBytes { source in
    Tensor(unsafeUninitializedShape: [places.count] + tensor.shape.dropFirst(), dtype: tensor.dtype) { target in
      let rowSize = target.count / Swift.max(places.count, 1)
      guard rowSize > 0, let from = source.baseAddress, let to = target.baseAddress else { return }
      for (row, place) in places.enumerated() { memcpy(to + row * rowSize, from + place * rowSize, rowSize) }
    }
  }
}

/// The rule that a program breaks when it asks for batches that cannot be.
package func checkBatches(_ tensors: [Tensor], size: Int) throws(TensorError) {
  let types = tensors.map(\.type)
  if tensors.isEmpty { throw TensorError("Batches", types, "there is nothing to make batches of") }
  if size <= 0 { throw TensorError("Batches", types, "the batch size is \(size)", hint: "give a size of at least 1") }
  if Set(types.map(\.shape.first)).count != 1 || types[0].rank == 0 {
    throw TensorError(
      "Batches", types, "the tensors differ in their first dimension, the number of examples",
      hint: "give tensors with one row for each example")
  }
}
