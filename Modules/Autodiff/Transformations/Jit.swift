import Engine
import Foundation
import Tensor

/// A function that is traced once for each combination of argument types and structures, and from then on runs as a graph.
///
/// - Parameters:
///   - name: what printed graphs call it.
///   - function: a function of trees whose result is a tree or a tuple of trees. It must not depend on anything that changes between
///     calls but its arguments, and cannot branch on the elements of tensors.
///
/// Values that the function takes from outside are kept as constants.
public func jit<Output, P: Tree, each A: Tree>(
  name: String = "jit", _ function: @escaping (P, repeat each A) -> Output
) -> Function<Output, P, repeat each A> {
  let cache = CompiledFunction<Output>(name: name)
  return Function { (p: P, a: repeat each A) in
    let collector = ArgumentWalker()
    collector.collect(p)
    for argument in repeat each a { collector.collect(argument) }
    return cache.call(collector.leaves, collector.structure) { leaves in
      let replacer = ArgumentWalker(replacements: leaves)
      return function(replacer.replaced(p), repeat replacer.replaced(each a))
    }
  }
}

/// A transformed function that is traced once for each combination of argument types and structures.
public func jit<Output, P: Tree, each A: Tree>(
  name: String = "jit", _ function: Function<Output, P, repeat each A>
) -> Function<Output, P, repeat each A> {
  jit(name: name, function.body)
}

/// The types and structures that a function was traced for.
private struct Signature: Hashable {
  var types: [TensorType]
  var structure: TreeStructure
}

/// The graphs of a function, one for each signature that it was called with.
private final class CompiledFunction<Output>: @unchecked Sendable {  // the lock guards the dictionary
  private struct Entry {
    var graph: Graph
    var compiled: CompiledGraph
    var captured: [Tensor]
    var output: AnyTree<Output>
  }

  private let name: String
  private let lock = NSLock()
  private var entries: [Signature: Entry] = [:]

  init(name: String) { self.name = name }

  func call(_ inputs: [Tensor], _ structure: TreeStructure, _ function: ([Tensor]) -> Output) -> Output {
    let signature = Signature(types: inputs.map(\.type), structure: structure)
    let entry = lock.withLock { entries[signature] } ?? trace(signature, function)
    let outputs = Self.perform(entry, inputs + entry.captured)
    return entry.output.replacingLeaves(with: outputs)
  }

  private static func perform(_ entry: Entry, _ operands: consuming [Tensor]) -> [Tensor] {
    let call = Primitive.call(Call(entry.graph))
    if Trace.current != nil { return call(operands) }
    let values = operands.map { operand in
      guard let value = operand.concrete else { call.leaked(operand) }
      return value
    }
    return entry.compiled.run(values).map { Tensor($0) }
  }

  private func trace(_ signature: Signature, _ function: ([Tensor]) -> Output) -> Entry {
    var output: AnyTree<Output>?
    let (graph, captured) = Graph.trace(name: name, signature.types, transformation: "jit") { inputs in
      let result = AnyTree(value: function(inputs), operation: "jit")
      output = result
      return result.flattened.leaves
    }
    // The result serves as the pattern of later ones; its tracers need not live on.
    let pattern = output!.replacingLeaves(with: graph.outputTypes.map { .zero($0) })
    let entry = Entry(
      graph: graph, compiled: CompiledGraph(graph, .engine), captured: captured,
      output: AnyTree(value: pattern, operation: "jit"))
    // A graph that captures tracers, or a module's parameters as constants, is right for this call alone.
    if captured.isEmpty && ModulePath.innermost == nil { lock.withLock { entries[signature] = entry } }
    return entry
  }
}

extension CompilationContext {
  /// What the engine needs of this layer.
  package static let engine = CompilationContext { graph, axes, size in graph.batched(axes, size: size) }
}
