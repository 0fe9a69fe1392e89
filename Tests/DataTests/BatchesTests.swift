import Data
import Random
import Tensor
import Testing

@Suite("Batches")
struct BatchesTests {
  /// Ten examples of three numbers: example i holds i * 10 + 0, 1, 2.
  let examples = Tensor((0..<10).map { [$0 * 10, $0 * 10 + 1, $0 * 10 + 2] })
  let labels = arange(10)

  @Test(
    "The sizes of the batches",
    arguments: [
      (4, false, [4, 4, 2]), (4, true, [4, 4]), (5, false, [5, 5]), (5, true, [5, 5]), (10, false, [10]),
      (11, false, [10]),
      (11, true, []), (1, true, [Int](repeating: 1, count: 10)),
    ])
  func sizes(size: Int, dropsRemainder: Bool, expected: [Int]) {
    for key in [nil, PRNGKey(1)] {
      let batches = Batches(labels, size: size, shuffledBy: key, dropsRemainder: dropsRemainder)
      #expect(batches.count == expected.count)
      #expect(batches.exampleCount == expected.reduce(0, +))
      #expect(batches.map { $0.shape } == expected.map { [$0] })
    }
  }

  @Test func withoutAKeyTheOrderIsKept() {
    let batches = Array(Batches(examples, labels, size: 4))
    #expect(batches[2].0.array(of: Int.self) == [80, 81, 82, 90, 91, 92])
    #expect(batches.flatMap { $0.1.array(of: Int.self) } == Array(0..<10))
    #expect(batches[0].0.type == TensorType(.int32, [4, 3]))
  }

  @Test func aKeyShufflesAllTensorsAlike() {
    let order = permutation(PRNGKey(7), 10).array(of: Int.self)
    let batches = Array(Batches(examples, labels, labels * 2, size: 3, shuffledBy: PRNGKey(7)))
    #expect(batches.flatMap { $0.1.array(of: Int.self) } == order)
    let rows: [[Int]] = order.map { [$0 * 10, $0 * 10 + 1, $0 * 10 + 2] }
    #expect(batches.flatMap { $0.0.array(of: Int.self) } == rows.flatMap { $0 })
    #expect(batches.flatMap { $0.2.array(of: Int.self) } == order.map { $0 * 2 })
    #expect(order.sorted() == Array(0..<10))
  }

  @Test func theSameKeyGivesTheSameBatchesAndAnotherGivesOthers() {
    func order(_ seed: Int) -> [Int] {
      Batches([examples, labels], size: 4, shuffledBy: PRNGKey(seed)).flatMap { $0[1].array(of: Int.self) }
    }
    #expect(order(0) == order(0))
    #expect(order(0) != order(1))
  }

  @Test func aSequenceCanBePassedOverAgain() {
    let batches = Batches(labels, size: 4, shuffledBy: PRNGKey(3))
    #expect(batches.map { $0.array(of: Int.self) } == batches.map { $0.array(of: Int.self) })
  }

  @Test func noExamplesMakeNoBatches() {
    #expect(Array(Batches(zeros([0, 3]), size: 4)).isEmpty)
    #expect(Array(Batches(zeros([0, 3]), size: 4, shuffledBy: PRNGKey(0))).isEmpty)
  }

  @Test(
    "What is no batch is told",
    arguments: [
      ([], 4, "Batches: there is nothing to make batches of"),
      (
        [[10, 3]], 0,
        """
        Batches: the batch size is 0
          operands: float32[10, 3]
          hint: give a size of at least 1
        """
      ),
      (
        [[10, 3], [9]], 4,
        """
        Batches: the tensors differ in their first dimension, the number of examples
          operands: float32[10, 3], float32[9]
          hint: give tensors with one row for each example
        """
      ),
      (
        [[], []], 4,
        """
        Batches: the tensors differ in their first dimension, the number of examples
          operands: float32[], float32[]
          hint: give tensors with one row for each example
        """
      ),
    ] as [([[Int]], Int, String)])
  func mistakes(shapes: [[Int]], size: Int, message: String) {
    let error = #expect(throws: TensorError.self) { try checkBatches(shapes.map { zeros($0) }, size: size) }
    #expect(error?.description == message)
  }
}
