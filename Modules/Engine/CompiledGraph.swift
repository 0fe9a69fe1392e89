import Foundation
import Tensor

/// A graph made ready to run: optimised, fused into kernels, with all memory planned. Making one takes about as long as a few calls.
///
/// Safe to run from several threads at once; each run has memory of its own, which is kept for the next.
public final class CompiledGraph: @unchecked Sendable {  // the lock guards the frames
  /// Where an output comes from.
  private enum Source {
    /// Computed: an index among the plan's outputs.
    case plan(Int)
    case input(Int)
    case constant(ConcreteValue)
  }

  /// The program after all passes.
  public let graph: Graph
  private let plan: Plan
  /// Where the outputs come from; nil if they are the plan's, in order.
  private let sources: [Source]?
  private let results: [ResultPlan]
  private let resultByteCount: Int
  private let lock = NSLock()
  /// Memory for runs, whose tables name the constants.
  private var frames: [Slots] = []

  package init(_ original: Graph, _ context: CompilationContext) {
    let optimized = original.optimized(context)
    var sources: [Source] = []
    var computed: [Graph.ValueID] = []
    let constants = Dictionary(
      optimized.constants.map { ($0.id, $0.tensor.fetched!) }, uniquingKeysWith: { first, _ in first })
    for id in optimized.outputs {
      if let input = optimized.inputs.firstIndex(of: id) {
        sources.append(.input(input))
      } else if let constant = constants[id] {
        sources.append(.constant(constant))
      } else if let index = computed.firstIndex(of: id) {
        sources.append(.plan(index))
      } else {
        sources.append(.plan(computed.count))
        computed.append(id)
      }
    }
    graph = Graph(
      name: original.name, types: optimized.types, inputs: optimized.inputs, constants: optimized.constants,
      equations: optimized.equations, outputs: computed
    ).withoutDeadCode()
    let isComputed = sources.enumerated().allSatisfy { if case .plan($0) = $1 { true } else { false } }
    self.sources = isComputed ? nil : sources
    outputTypes = original.outputTypes
    let plan = Planner.plan(graph)
    self.plan = plan
    // An input that is also an output stays as it is.
    let passed = Set(sources.compactMap { if case .input(let index) = $0 { index } else { nil } })
    results = computed.indices.map { j in
      let lender = plan.aliases[j].flatMap { passed.contains($0) ? nil : $0 }
      return ResultPlan(
        original.outputTypes[optimized.outputs.firstIndex(of: computed[j])!], lender: lender,
        lenderType: lender.map { original.inputTypes[$0] })
    }
    resultByteCount = results.reduce(0) { $0 + $1.byteCount }
  }

  /// The types of the results.
  package let outputTypes: [TensorType]

  deinit { for frame in frames { UnsafeMutableRawPointer(frame).deallocate() } }

  /// Runs the program on tensors with elements in memory, one for each. A tensor that nothing else holds may lend its memory to
  /// a result.
  package func run(_ inputs: consuming [Tensor]) -> [Tensor] {
    let slots = takeFrame()
    inputs.writePointers(to: slots + plan.inputSlot)
    let outputs = results.makeResults(from: &inputs, pointers: slots + plan.outputSlot)
    plan.execute(slots)
    giveBack(slots)
    guard let sources else { return outputs }
    return sources.indices.map { index in
      switch sources[index] {
      case .plan(let output): outputs[output]
      case .input(let input): Tensor(inputs[input].concrete!.retyped(outputTypes[index]))
      case .constant(let value): Tensor(value.retyped(outputTypes[index]))
      }
    }
  }

  private func takeFrame() -> Slots {
    lock.lock()
    defer { lock.unlock() }
    return frames.popLast()
      ?? plan.begin(.allocate(byteCount: plan.frameByteCount, alignment: Plan.alignment))
  }

  private func giveBack(_ frame: Slots) {
    lock.lock()
    defer { lock.unlock() }
    frames.append(frame)
  }
}

/// The memory that a compiled program uses, in bytes.
public struct MemoryUse: Hashable, Sendable {
  /// Of the arguments' tensors.
  public var inputs: Int
  /// Of the results. A result may be given the memory of an argument that nobody else holds.
  public var outputs: Int
  /// Of tensors that the program holds.
  public var constants: Int
  /// Of values between, which share memory wherever their lifetimes allow it.
  public var temporaries: Int

  /// The most that is in use at one time.
  public var peak: Int { inputs + outputs + constants + temporaries }
}

extension CompiledGraph {
  /// The memory that a call uses.
  public var memory: MemoryUse {
    MemoryUse(
      inputs: graph.inputTypes.reduce(0) { $0 + $1.byteCount },
      outputs: resultByteCount,
      constants: plan.constantByteCount, temporaries: plan.frameByteCount)
  }
}

extension CompiledGraph: CustomStringConvertible {
  /// The plan: the memory it needs and its steps, one a line, with those of loops and branches below them.
  public var description: String {
    func lines(_ plan: Plan) -> [String] {
      plan.steps.flatMap { step in
        ["  " + step.summary] + step.inner.flatMap { lines($0).map { "  " + $0 } }
      }
    }
    return
      (["plan \(graph.name): \(plan.steps.count) steps, \(plan.arenaByteCount) bytes for values between"] + lines(plan))
      .joined(separator: "\n")
  }
}
