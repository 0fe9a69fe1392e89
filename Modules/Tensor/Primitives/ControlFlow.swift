import CKernels
import Foundation

/// One of several functions, chosen by an index: the first operand, an `int32` scalar, moved into range; the others are the inputs
/// of whichever is chosen.
public struct Switch: Hashable, Sendable {
  /// The functions, of the same input and output types.
  public var branches: [Graph]

  /// A choice between functions.
  public init(_ branches: [Graph]) { self.branches = branches }
}

extension Switch: PrimitiveFamily {
  package var name: String { "switch" }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try require(!branches.isEmpty, operands, "needs at least one branch")
    try require(
      operands.first?.dtype == .int32 && operands.first?.rank == 0, operands, "the index must be an int32 scalar")
    for branch in branches {
      try require(
        branch.inputTypes.map(\.strong) == operands.dropFirst().map(\.strong), operands,
        "a branch was traced for \(branch.inputTypes)")
      try require(
        branch.outputTypes.map(\.strong) == branches[0].outputTypes.map(\.strong), operands,
        "the branches have results of different types: \(branches[0].outputTypes) and \(branch.outputTypes)",
        hint: "give the results one shape and element type, with `asType` or `broadcast(to:)`")
    }
    return branches[0].outputTypes.map(\.strong)
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let index = min(max(operands[0].integer, 0), branches.count - 1)
    return branches[index].evaluate(Array(operands.dropFirst()))
  }
}

/// A function repeated as long as a condition on its result holds.
///
/// The operands are values that the condition uses, values that the body uses, and the first carry; the results are the last one.
public struct WhileLoop: Hashable, Sendable {
  /// From its values and the carry to a `bool` scalar: whether to go on.
  public var condition: Graph
  /// From its values and the carry to the next carry.
  public var body: Graph
  /// How many operands are for the condition alone.
  public var conditionConstantCount: Int
  /// How many operands are for the body alone.
  public var bodyConstantCount: Int

  /// A loop.
  public init(condition: Graph, body: Graph, conditionConstantCount: Int, bodyConstantCount: Int) {
    self.condition = condition
    self.body = body
    self.conditionConstantCount = conditionConstantCount
    self.bodyConstantCount = bodyConstantCount
  }

  /// The operands by their use.
  package func parts<Operand>(
    _ operands: [Operand]
  ) -> (conditionConstants: [Operand], bodyConstants: [Operand], carry: [Operand]) {
    let bodyEnd = conditionConstantCount + bodyConstantCount
    return (
      Array(operands[..<conditionConstantCount]), Array(operands[conditionConstantCount..<bodyEnd]),
      Array(operands[bodyEnd...])
    )
  }
}

extension WhileLoop: PrimitiveFamily {
  package var name: String { "whileLoop" }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    let (conditionConstants, bodyConstants, carry) = parts(operands)
    try require(
      condition.inputTypes.map(\.strong) == (conditionConstants + carry).map(\.strong)
        && condition.outputTypes.map(\.strong) == [TensorType(.bool)], operands,
      "the condition must answer a bool scalar for the carry")
    try require(
      body.inputTypes.map(\.strong) == (bodyConstants + carry).map(\.strong)
        && body.outputTypes.map(\.strong) == carry.map(\.strong), operands,
      "the body must answer a carry of the types that it takes: it takes \(carry), and answers \(body.outputTypes)",
      hint: "keep shapes and element types the same in every round")
    return carry.map(\.strong)
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let (conditionConstants, bodyConstants, first) = parts(operands)
    var carry = first
    while condition.evaluate(conditionConstants + carry)[0].integer != 0 {
      carry = body.evaluate(bodyConstants + carry)
    }
    return zip(carry, results).map { $0.retyped($1) }
  }
}

/// A function repeated along the first axis of some operands, with a value carried from each round to the next.
///
/// The operands are constants, the first carry, and the tensors that are gone through; the results are the last carry, and what
/// each round gave beside it, stacked along a new first axis.
public struct Scan: Hashable, Sendable {
  /// From constants, carry and slices to the next carry and this round's results.
  public var body: Graph
  /// The number of rounds.
  public var length: Int
  /// Whether the rounds go from the last slice to the first.
  public var isReversed: Bool
  /// How many operands are constants.
  public var constantCount: Int
  /// How many operands, and results, are the carry.
  public var carryCount: Int

  /// A repetition along an axis.
  public init(body: Graph, length: Int, isReversed: Bool, constantCount: Int, carryCount: Int) {
    self.body = body
    self.length = length
    self.isReversed = isReversed
    self.constantCount = constantCount
    self.carryCount = carryCount
  }

  /// The operands by their use.
  package func parts<Operand>(_ operands: [Operand]) -> (constants: [Operand], carry: [Operand], sliced: [Operand]) {
    let carryEnd = constantCount + carryCount
    return (
      Array(operands[..<constantCount]), Array(operands[constantCount..<carryEnd]), Array(operands[carryEnd...])
    )
  }
}

extension Scan: PrimitiveFamily {
  package var name: String { "scan" }
  package var attributes: [(name: String, value: String)] {
    [("length", "\(length)"), ("constants", "\(constantCount)"), ("carry", "\(carryCount)")]
      + (isReversed ? [("reversed", "true")] : [])
  }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    let (constants, carry, sliced) = parts(operands)
    for operand in sliced {
      try require(
        operand.shape.first == length, operands,
        "the first axis of \(operand) has not the length of the scan, \(length)")
    }
    let slices = sliced.map { TensorType($0.dtype, Array($0.shape.dropFirst())) }
    try require(
      body.inputTypes.map(\.strong) == (constants + carry).map(\.strong) + slices, operands,
      "the body was traced for \(body.inputTypes)")
    try require(
      body.outputTypes.prefix(carryCount).map(\.strong) == carry.map(\.strong), operands,
      "the body must answer a carry of the types that it takes: it takes \(carry), "
        + "and answers \(Array(body.outputTypes.prefix(carryCount)))",
      hint: "keep shapes and element types the same in every round")
    return carry.map(\.strong)
      + body.outputTypes.dropFirst(carryCount).map { TensorType($0.dtype, [length] + $0.shape) }
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let (constants, first, whole) = parts(operands)
    let sliced = whole.map(\.dense)
    var carry = first
    let sliceTypes = sliced.map { TensorType($0.type.dtype, Array($0.type.shape.dropFirst())) }
    let stacked = results.dropFirst(carryCount).map { ConcreteValue(uninitialized: $0) }
    for round in 0..<length {
      let index = isReversed ? length - 1 - round : round
      let slices = zip(sliced, sliceTypes).map { $0.slice(index, $1) }
      let outputs = body.evaluate(constants + carry + slices)
      carry = Array(outputs[..<carryCount])
      for (output, whole) in zip(outputs[carryCount...], stacked) {
        let dense = output.dense
        memcpy(whole.pointer + index * dense.type.byteCount, dense.pointer, dense.type.byteCount)
      }
    }
    return zip(carry, results).map { $0.retyped($1) } + stacked
  }
}

extension ConcreteValue {
  /// A copy of the elements at one position of the first axis.
  fileprivate func slice(_ index: Int, _ type: TensorType) -> ConcreteValue {
    let result = ConcreteValue(uninitialized: type)
    memcpy(result.pointer, pointer + index * type.byteCount, type.byteCount)
    return result
  }
}
