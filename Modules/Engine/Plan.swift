import Tensor

/// A program ready to run: a flat list of steps over one block of memory.
///
/// Its memory, the frame, begins with a table of addresses. Slot 0 is the memory for intermediate values; then follow inputs, outputs
/// and constants.
final class Plan: @unchecked Sendable {  // immutable
  let name: String
  let steps: [Step]
  let inputCount: Int
  let outputCount: Int
  /// Bytes for intermediate values.
  let arenaByteCount: Int
  /// For each output, the input whose memory it may be given.
  let aliases: [Int?]
  private let constants: [ConcreteValue]
  /// The steps again, to be called without counting references.
  private let calls: [Unmanaged<Step>]

  /// Bytes of constants.
  var constantByteCount: Int {
    constants.reduce(0) { $0 + $1.storage.byteCount } + steps.flatMap(\.inner).reduce(0) { $0 + $1.constantByteCount }
  }

  init(
    name: String, steps: [Step], inputCount: Int, outputCount: Int, arenaByteCount: Int, aliases: [Int?],
    constants: [ConcreteValue]
  ) {
    self.name = name
    self.steps = steps
    calls = steps.map { .passUnretained($0) }
    self.inputCount = inputCount
    self.outputCount = outputCount
    self.arenaByteCount = arenaByteCount
    self.aliases = aliases
    self.constants = constants
  }

  static let alignment = 64

  var inputSlot: Int { 1 }
  var outputSlot: Int { 1 + inputCount }
  private var constantSlot: Int { 1 + inputCount + outputCount }

  private var tableByteCount: Int {
    ((constantSlot + constants.count) * MemoryLayout<UnsafeMutableRawPointer>.stride + Self.alignment - 1)
      / Self.alignment * Self.alignment
  }

  /// Bytes that a run needs, a multiple of the alignment.
  var frameByteCount: Int { tableByteCount + arenaByteCount }

  /// Prepares a frame: all slots but those of inputs and outputs are set.
  func begin(_ frame: UnsafeMutableRawPointer) -> Slots {
    let slots = frame.bindMemory(
      to: UnsafeMutableRawPointer.self, capacity: constantSlot + constants.count)
    slots[0] = frame + tableByteCount
    for (i, constant) in constants.enumerated() { slots[constantSlot + i] = constant.pointer }
    return slots
  }

  /// Runs, given slots that are all set.
  func execute(_ slots: Slots) {
    if let profile = Profile.shared { return execute(slots, profile) }
    for call in calls { call._withUnsafeGuaranteedRef { $0.run(slots) } }
  }

  private func execute(_ slots: Slots, _ profile: Profile) {
    for step in steps {
      let begin = Profile.now
      step.run(slots)
      profile.note(step.summary, from: begin)
    }
  }
}
