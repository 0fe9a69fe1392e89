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

/// A function repeated along the first axis of arrays, or a number of times.
final class ScanStep: Step, @unchecked Sendable {
  /// An array that is gone through: read for slices, written for results.
  struct Slices {
    var place: Place
    var byteCount: Int
  }

  private let body: InnerPlan
  private let length: Int
  private let isReversed: Bool
  private let constants: [Place]
  private let carries: [LoopCarry]
  private let slices: [Slices]
  private let results: [Slices]

  init(
    body: InnerPlan, length: Int, isReversed: Bool, constants: [Place], carries: [LoopCarry], slices: [Slices],
    results: [Slices]
  ) {
    (self.body, self.length, self.isReversed) = (body, length, isReversed)
    (self.constants, self.carries, self.slices, self.results) = (constants, carries, slices, results)
  }

  override var summary: String { "scan \(length) rounds" }
  override var inner: [Plan] { [body.plan] }

  override func run(_ slots: Slots) {
    for carry in carries where carry.spare == nil || length == 0 {
      let (from, to) = (carry.first.pointer(slots), carry.last.pointer(slots))
      if from != to { to.copyMemory(from: from, byteCount: carry.byteCount) }
    }
    if length == 0 { return }
    let plan = body.plan
    let inside = plan.begin(body.frame.pointer(slots))
    let (inputs, outputs) = (inside + plan.inputSlot, inside + plan.outputSlot)
    for i in constants.indices { inputs[i] = constants[i].pointer(slots) }
    for round in 0..<length {
      let index = isReversed ? length - 1 - round : round
      for i in carries.indices {
        let carry = carries[i]
        let last = carry.last.pointer(slots)
        if let spare = carry.spare {
          // The last round writes to where the result belongs.
          let writesLast = (length - 1 - round) % 2 == 0
          let other = spare.pointer(slots)
          inputs[constants.count + i] = round == 0 ? carry.first.pointer(slots) : writesLast ? other : last
          outputs[i] = writesLast ? last : other
        } else {
          inputs[constants.count + i] = last
          outputs[i] = last
        }
      }
      for i in slices.indices {
        inputs[constants.count + carries.count + i] = slices[i].place.pointer(slots) + index * slices[i].byteCount
      }
      for i in results.indices {
        outputs[carries.count + i] = results[i].place.pointer(slots) + index * results[i].byteCount
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
