import CKernels
import Tensor

/// The addresses that a running plan works with: its own memory first, then inputs, outputs and constants.
typealias Slots = UnsafeMutablePointer<UnsafeMutableRawPointer>

/// An address, as it is known before the plan runs.
struct Place: Hashable {
  /// The index of a memory block.
  var slot: Int
  /// Bytes from its beginning.
  var offset: Int

  static func + (place: Place, bytes: Int) -> Place { Place(slot: place.slot, offset: place.offset + bytes) }

  @inline(__always)
  func pointer(_ slots: Slots) -> UnsafeMutableRawPointer { slots[slot] + offset }
}

/// One thing that a plan does; immutable, so that several threads may run it, each on memory of its own.
class Step: @unchecked Sendable {
  /// What printed plans and timelines call it.
  var summary: String { "" }

  /// Does it.
  func run(_ slots: Slots) {}

  /// The plans that it runs.
  var inner: [Plan] { [] }
}

/// Steps one after the other.
final class SequenceStep: Step, @unchecked Sendable {
  private let name: String
  private let steps: [Step]

  init(_ name: String, _ steps: [Step]) {
    self.name = name
    self.steps = steps
  }

  override var summary: String { name }

  override func run(_ slots: Slots) { for step in steps { step.run(slots) } }
}

/// An operation without a step of its own, evaluated as outside of compiled functions.
final class PrimitiveStep: Step, @unchecked Sendable {
  private let primitive: Primitive
  private let operands: [(place: Place, type: TensorType)]
  private let results: [(place: Place, type: TensorType)]

  init(_ primitive: Primitive, operands: [(Place, TensorType)], results: [(Place, TensorType)]) {
    self.primitive = primitive
    self.operands = operands
    self.results = results
  }

  override var summary: String { "\(primitive.name) \(results.map(\.type).map(\.description).joined(separator: ", "))" }

  override func run(_ slots: Slots) {
    let values = operands.map { place, type in
      ConcreteValue(type, Storage(borrowing: place.pointer(slots), byteCount: type.byteCount))
    }
    let outputs = primitive.evaluate(values, results.map(\.type))
    for (output, result) in zip(outputs, results) {
      let dense = output.dense
      result.place.pointer(slots).copyMemory(from: dense.pointer, byteCount: result.type.byteCount)
    }
  }
}
