import Tensor

/// A plan run within another one, in a part of its memory.
struct InnerPlan {
  var plan: Plan
  /// Where its memory lies.
  var frame: Place
}

/// A value carried from round to round of a loop.
struct LoopCarry {
  var byteCount: Int
  var first: Place
  var last: Place
  /// Memory for every other round; nil if the body writes over what it was given.
  var spare: Place?
}

/// A function repeated along the first axis of arrays, or a number of times; perhaps for some of the carry's rows after the other.
final class ScanStep: Step, @unchecked Sendable {
  /// What a round reads or writes: of an array that is gone through, the slice.
  struct Array {
    var place: Place
    var byteCount: Int
  }

  private let body: InnerPlan
  private let length: Int
  private let isReversed: Bool
  private let parts: Int
  private let constants: [Array]
  private let carries: [LoopCarry]
  private let slices: [Array]
  private let results: [Array]
  /// For each input and then each output of the body, the bytes from what one part is given to what the next one is.
  private let partBytes: [Int]

  /// - Parameters:
  ///   - parts: how many parts of the rows are gone through one by one; the body's plan is for one of them.
  ///   - divides: for each input of the body, whether a part is given its own rows of it.
  init(
    body: InnerPlan, length: Int, isReversed: Bool, parts: Int, divides: [Bool]?, constants: [Array],
    carries: [LoopCarry],
    slices: [Array], results: [Array]
  ) {
    (self.body, self.length, self.isReversed, self.parts) = (body, length, isReversed, parts)
    (self.constants, self.carries, self.slices, self.results) = (constants, carries, slices, results)
    let inputs = constants.map(\.byteCount) + carries.map(\.byteCount) + slices.map(\.byteCount)
    let outputs = carries.map(\.byteCount) + results.map(\.byteCount)
    partBytes = inputs.indices.map { divides?[$0] == true ? inputs[$0] / parts : 0 } + outputs.map { $0 / parts }
  }

  override var summary: String { "scan \(length) rounds" + (parts > 1 ? " in \(parts) parts" : "") }
  override var inner: [Plan] { [body.plan] }

  override func run(_ slots: Slots) {
    for carry in carries where carry.spare == nil || length == 0 {
      let (from, to) = (carry.first.pointer(slots), carry.last.pointer(slots))
      if from != to { to.copyMemory(from: from, byteCount: carry.byteCount) }
    }
    if length == 0 { return }
    if parts == 1 { return run(part: 0, slots) }
    // Parts read the same addresses, and write to places of their own.
    nonisolated(unsafe) let slots = slots
    inParallel(parts) { self.run(part: $0, slots) }
  }

  private func run(part: Int, _ slots: Slots) {
    let plan = body.plan
    let inside = plan.begin(body.frame.pointer(slots) + part * plan.frameByteCount)
    let (inputs, outputs) = (inside + plan.inputSlot, inside + plan.outputSlot)
    func place(input index: Int, _ pointer: UnsafeMutableRawPointer) {
      inputs[index] = pointer + part * partBytes[index]
    }
    func place(output index: Int, _ pointer: UnsafeMutableRawPointer) {
      outputs[index] = pointer + part * partBytes[plan.inputCount + index]
    }
    for i in constants.indices { place(input: i, constants[i].place.pointer(slots)) }
    for round in 0..<length {
      let index = isReversed ? length - 1 - round : round
      for i in carries.indices {
        let carry = carries[i]
        let last = carry.last.pointer(slots)
        if let spare = carry.spare {
          // The last round writes to where the result belongs.
          let writesLast = (length - 1 - round) % 2 == 0
          let other = spare.pointer(slots)
          place(input: constants.count + i, round == 0 ? carry.first.pointer(slots) : writesLast ? other : last)
          place(output: i, writesLast ? last : other)
        } else {
          place(input: constants.count + i, last)
          place(output: i, last)
        }
      }
      for i in slices.indices {
        place(
          input: constants.count + carries.count + i, slices[i].place.pointer(slots) + index * slices[i].byteCount)
      }
      for i in results.indices {
        place(output: carries.count + i, results[i].place.pointer(slots) + index * results[i].byteCount)
      }
      plan.execute(inside)
    }
  }
}

/// A function repeated as long as a condition holds.
final class WhileStep: Step, @unchecked Sendable {
  private let condition: InnerPlan
  private let body: InnerPlan
  private let conditionConstants: [Place]
  private let bodyConstants: [Place]
  private let carries: [LoopCarry]
  private let flag: Place

  init(
    condition: InnerPlan, body: InnerPlan, conditionConstants: [Place], bodyConstants: [Place], carries: [LoopCarry],
    flag: Place
  ) {
    (self.condition, self.body, self.carries, self.flag) = (condition, body, carries, flag)
    (self.conditionConstants, self.bodyConstants) = (conditionConstants, bodyConstants)
  }

  override var summary: String { "while" }
  override var inner: [Plan] { [condition.plan, body.plan] }

  override func run(_ slots: Slots) {
    for carry in carries {
      let (from, to) = (carry.first.pointer(slots), carry.last.pointer(slots))
      if from != to { to.copyMemory(from: from, byteCount: carry.byteCount) }
    }
    let test = condition.plan.begin(condition.frame.pointer(slots))
    let inside = body.plan.begin(body.frame.pointer(slots))
    let (tested, inputs) = (test + condition.plan.inputSlot, inside + body.plan.inputSlot)
    for i in conditionConstants.indices { tested[i] = conditionConstants[i].pointer(slots) }
    for i in bodyConstants.indices { inputs[i] = bodyConstants[i].pointer(slots) }
    let outputs = inside + body.plan.outputSlot
    let answer = flag.pointer(slots)
    test[condition.plan.outputSlot] = answer
    var isSwapped = false
    while true {
      for i in carries.indices {
        let last = carries[i].last.pointer(slots)
        let spare = carries[i].spare?.pointer(slots) ?? last
        let current = isSwapped ? spare : last
        tested[conditionConstants.count + i] = current
        inputs[bodyConstants.count + i] = current
        outputs[i] = isSwapped ? last : spare
      }
      condition.plan.execute(test)
      if answer.load(as: UInt8.self) == 0 { break }
      body.plan.execute(inside)
      isSwapped.toggle()
    }
    if isSwapped {
      for carry in carries {
        guard let spare = carry.spare else { continue }
        carry.last.pointer(slots).copyMemory(from: spare.pointer(slots), byteCount: carry.byteCount)
      }
    }
  }
}

/// One of several functions, chosen by an index; or one function, called.
final class BranchStep: Step, @unchecked Sendable {
  private let branches: [InnerPlan]
  private let index: Place?
  private let inputs: [Place]
  private let outputs: [Place]

  init(branches: [InnerPlan], index: Place?, inputs: [Place], outputs: [Place]) {
    (self.branches, self.index, self.inputs, self.outputs) = (branches, index, inputs, outputs)
  }

  override var summary: String { index == nil ? "call" : "switch" }
  override var inner: [Plan] { branches.map(\.plan) }

  override func run(_ slots: Slots) {
    let chosen = index.map { Int($0.pointer(slots).load(as: Int32.self)) } ?? 0
    let branch = branches[min(max(chosen, 0), branches.count - 1)]
    let inside = branch.plan.begin(branch.frame.pointer(slots))
    for i in inputs.indices { inside[branch.plan.inputSlot + i] = inputs[i].pointer(slots) }
    for i in outputs.indices { inside[branch.plan.outputSlot + i] = outputs[i].pointer(slots) }
    branch.plan.execute(inside)
  }
}
