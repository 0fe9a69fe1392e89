import Engine
import Foundation
import Tensor

/// A function that is traced once for each combination of argument types and structures, and from then on runs as a graph.
///
/// - Parameters:
///   - name: what printed graphs call it.
///   - function: a function of trees whose result is a tree or a tuple of trees. It must not depend on anything that changes between
///     calls but its arguments, and cannot branch on the elements of tensors.
///   - device: where it runs; by default where its arguments are, or else on the default device, which is the host.
///
/// Values that the function takes from outside are kept as constants.
public func jit<Output, P: Tree, each A: Tree>(
  name: String = "jit", _ function: @escaping (P, repeat each A) -> Output, on device: Device? = nil
) -> Function<Output, P, repeat each A> {
  let cache = CompiledFunction<Output>(name: name)
  return Function { (p: consuming P, a: repeat each A) in
    // Held by nobody else, the first argument's tensors can lend their memory to the results.
    var first: P? = p
    let collector = ArgumentWalker()
    collector.collect(first!)
    for argument in repeat each a { collector.collect(argument) }
    let place = Place(of: name, collector.leaves, chosen: device)
    let entry =
      cache.entry(collector, place)
      ?? cache.trace(collector, place) { leaves in
        let replacer = ArgumentWalker(replacements: leaves)
        return function(replacer.replaced(first!), repeat replacer.replaced(each a))
      }
    first = nil
    return cache.run(entry, collector.takeLeaves(), place)
  }
}

/// A transformed function that is traced once for each combination of argument types and structures.
public func jit<Output, P: Tree, each A: Tree>(
  name: String = "jit", _ function: Function<Output, P, repeat each A>, on device: Device? = nil
) -> Function<Output, P, repeat each A> {
  jit(name: name, function.body, on: device)
}

/// Where a call of a compiled function runs.
private enum Place {
  /// In the transformation that is at work.
  case transformation
  /// Here, by the engine.
  case engine
  case device(Device)

  init(of name: String, _ arguments: [Tensor], chosen: Device?) {
    if Trace.isTransforming {
      self = .transformation
    } else if let device = chosen ?? Device.common(name, arguments) ?? Device.innermostDefault, device != .host {
      self = .device(device)
    } else {
      self = .engine
    }
  }

  var isEngine: Bool { if case .engine = self { true } else { false } }
}

/// The graphs of a function, one for each combination of types and structures that it was called with, and of the named axes whose
/// examples it may combine.
private final class CompiledFunction<Output>: @unchecked Sendable {  // the lock guards the entries
  final class Entry: Sendable {
    let types: [TensorType]
    let structure: TreeStructure
    let axes = BatchTrace.namedAxes
    let graph: Graph
    /// The engine's program, nil where another back end or a transformation runs the graph.
    let compiled: CompiledGraph?
    let captured: [Tensor]
    private nonisolated(unsafe) let output: AnyTree<Output>  // immutable

    init(
      _ types: [TensorType], _ structure: TreeStructure, _ graph: Graph, captured: [Tensor], output: AnyTree<Output>,
      forEngine: Bool
    ) {
      self.types = types
      self.structure = structure
      self.graph = graph
      compiled = forEngine ? CompiledGraph(graph, .engine) : nil
      self.captured = captured
      self.output = output
    }

    func matches(_ arguments: ArgumentWalker, _ axes: [BatchAxis], forEngine: Bool) -> Bool {
      let leaves = arguments.leaves
      return leaves.count == types.count && leaves.indices.allSatisfy { leaves[$0].type == types[$0] }
        && arguments.structure == structure && axes == self.axes && (compiled != nil || !forEngine)
    }

    func result(_ outputs: [Tensor]) -> Output { output.replacingLeaves(with: outputs) }
  }

  private let name: String
  private let lock = NSLock()
  /// The last one used comes first.
  private var entries: [Entry] = []

  init(name: String) { self.name = name }

  func entry(_ arguments: ArgumentWalker, _ place: Place) -> Entry? {
    let axes = BatchTrace.namedAxes
    return lock.withLock {
      guard let index = entries.firstIndex(where: { $0.matches(arguments, axes, forEngine: place.isEngine) }) else {
        return nil
      }
      if index > 0 { entries.swapAt(0, index) }
      return entries[0]
    }
  }

  func trace(_ arguments: ArgumentWalker, _ place: Place, _ function: ([Tensor]) -> Output) -> Entry {
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
      types, arguments.structure, graph, captured: captured, output: AnyTree(value: pattern, operation: "jit"),
      forEngine: place.isEngine)
    let memory = entry.compiled.map { ", \($0.memory.temporaries) bytes for values between" } ?? ""
    Log.write(
      "\(place.isEngine ? "compiled" : "traced") \(name) in \(ContinuousClock.now - begin): "
        + "\(graph.equations.count) operations\(memory); \(compilation.cause)")
    // A graph that captures tracers, or a module's parameters as constants, is right for this call alone.
    if captured.isEmpty && ModulePath.innermost == nil { lock.withLock { entries.insert(entry, at: 0) } }
    return entry
  }

  func run(_ entry: Entry, _ inputs: consuming [Tensor], _ place: Place) -> Output {
    if !entry.captured.isEmpty { inputs += entry.captured }
    switch place {
    case .transformation: return entry.result(Primitive.call(Call(entry.graph))(inputs))
    case .device(let device):
      checkNotTraced(inputs, entry)
      return entry.result(device.run(entry.graph, inputs))
    case .engine:
      checkNotTraced(inputs, entry)
      for i in inputs.indices where inputs[i].concrete == nil { inputs[i] = inputs[i].moved(to: .host) }
      return entry.result(entry.compiled!.run(inputs))
    }
  }

  private func checkNotTraced(_ inputs: [Tensor], _ entry: Entry) {
    for input in inputs where input.isTraced { Primitive.call(Call(entry.graph)).leaked(input) }
  }
}

extension CompilationContext {
  /// What the engine needs of this layer.
  package static let engine = CompilationContext { graph, axes, size in graph.batched(axes, size: size) }
}
