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
  return Function { (p: consuming P, a: repeat each A) in
    // Held by nobody else, the first argument's tensors can lend their memory to the results.
    var first: P? = p
    let collector = ArgumentWalker()
    collector.collect(first!)
    for argument in repeat each a { collector.collect(argument) }
    let entry =
      cache.entry(collector)
      ?? cache.trace(collector) { leaves in
        let replacer = ArgumentWalker(replacements: leaves)
        return function(replacer.replaced(first!), repeat replacer.replaced(each a))
      }
    first = nil
    return cache.run(entry, collector.takeLeaves())
  }
}

/// A transformed function that is traced once for each combination of argument types and structures.
public func jit<Output, P: Tree, each A: Tree>(
  name: String = "jit", _ function: Function<Output, P, repeat each A>
) -> Function<Output, P, repeat each A> {
  jit(name: name, function.body)
}

/// The graphs of a function, one for each combination of types and structures that it was called with, and of the named axes whose
/// examples it may combine.
private final class CompiledFunction<Output>: @unchecked Sendable {  // the lock guards the entries
  final class Entry: Sendable {
    let types: [TensorType]
    let structure: TreeStructure
    let axes = BatchTrace.namedAxes
    let graph: Graph
    let compiled: CompiledGraph
    let captured: [Tensor]
    private nonisolated(unsafe) let output: AnyTree<Output>  // immutable

    init(
      _ types: [TensorType], _ structure: TreeStructure, _ graph: Graph, captured: [Tensor], output: AnyTree<Output>
    ) {
      self.types = types
      self.structure = structure
      self.graph = graph
      compiled = CompiledGraph(graph, .engine)
      self.captured = captured
      self.output = output
    }

    func matches(_ arguments: ArgumentWalker, _ axes: [BatchAxis]) -> Bool {
      let leaves = arguments.leaves
      return leaves.count == types.count && leaves.indices.allSatisfy { leaves[$0].type == types[$0] }
        && arguments.structure == structure && axes == self.axes
    }

    func result(_ outputs: [Tensor]) -> Output { output.replacingLeaves(with: outputs) }
  }

  private let name: String
  private let lock = NSLock()
  /// The last one used comes first.
  private var entries: [Entry] = []

  init(name: String) { self.name = name }

  func entry(_ arguments: ArgumentWalker) -> Entry? {
    let axes = BatchTrace.namedAxes
    return lock.withLock {
      guard let index = entries.firstIndex(where: { $0.matches(arguments, axes) }) else { return nil }
      if index > 0 { entries.swapAt(0, index) }
      return entries[0]
    }
  }

  func trace(_ arguments: ArgumentWalker, _ function: ([Tensor]) -> Output) -> Entry {
    let begin = ContinuousClock.now
    let types = arguments.leaves.map(\.type)
    let known = lock.withLock { entries.first.map { ($0.types, $0.structure) } }
    let compilation = Compilation(
      name: name, types: types, cause: Compilation.cause(types, arguments.structure, known: known))
    Compilation.note(compilation)
    var output: AnyTree<Output>?
    let (graph, captured) = Graph.trace(name: name, types, transformation: "jit") { inputs in
      let result = AnyTree(value: function(inputs), operation: "jit")
      output = result
      return result.flattened.leaves
    }
    // The result serves as the pattern of later ones; its tracers need not live on.
    let pattern = output!.replacingLeaves(with: graph.outputTypes.map { .zero($0) })
    let entry = Entry(
      types, arguments.structure, graph, captured: captured, output: AnyTree(value: pattern, operation: "jit"))
    Log.write(
      "compiled \(name) in \(ContinuousClock.now - begin): \(graph.equations.count) operations, "
        + "\(entry.compiled.memory.temporaries) bytes for values between; \(compilation.cause)")
    // A graph that captures tracers, or a module's parameters as constants, is right for this call alone.
    if captured.isEmpty && ModulePath.innermost == nil { lock.withLock { entries.insert(entry, at: 0) } }
    return entry
  }

  func run(_ entry: Entry, _ inputs: consuming [Tensor]) -> Output {
    if !entry.captured.isEmpty { inputs += entry.captured }
    let call = Primitive.call(Call(entry.graph))
    if Trace.current != nil { return entry.result(call(inputs)) }
    for i in inputs.indices where inputs[i].concrete == nil { call.leaked(inputs[i]) }
    return entry.result(entry.compiled.run(inputs))
  }
}

extension CompilationContext {
  /// What the engine needs of this layer.
  package static let engine = CompilationContext { graph, axes, size in graph.batched(axes, size: size) }
}
