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
  let cache = CompiledFunction(name: name)
  return Function { (p: consuming P, a: repeat each A) in
    var arguments = TreeWalker()
    arguments.collect(p)
    for argument in repeat each a { arguments.collect(argument) }
    let place = Place(of: name, arguments.leaves, chosen: device)
    var entry = cache.entry(arguments, place)
    if entry == nil {
      let first = copy p
      entry = cache.trace(arguments, place) { leaves in
        let replacer = ArgumentWalker(replacements: leaves)
        return function(replacer.replaced(first), repeat replacer.replaced(each a))
      }
    }
    // Held by nobody else, the first argument's tensors can lend their memory to the results.
    _ = consume p
    let outputs = cache.run(entry!, arguments.takeLeaves(), place)
    return unsafeDowncast(entry!.output, to: AnyTree<Output>.self).replacingLeaves(with: outputs)
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
private final class CompiledFunction: @unchecked Sendable {  // the lock guards the entries
  final class Entry: Sendable {
    let types: [TensorType]
    let structure: TreeStructure
    let axes = BatchTrace.namedAxes
    let graph: Graph
    /// The engine's program, nil where another back end or a transformation runs the graph.
    let compiled: CompiledGraph?
    let captured: [Tensor]
    /// The `AnyTree` of the function's result, which serves as the pattern of later ones.
    nonisolated(unsafe) let output: AnyObject  // immutable

    init(
      _ types: [TensorType], _ structure: TreeStructure, _ graph: Graph, captured: [Tensor], output: AnyObject,
      forEngine: Bool
    ) {
      self.types = types
      self.structure = structure
      self.graph = graph
      compiled = forEngine ? CompiledGraph(graph, .engine) : nil
      self.captured = captured
      self.output = output
    }

    func matches(_ arguments: TreeWalker, _ axes: [BatchAxis], forEngine: Bool) -> Bool {
      arguments.leaves.have(types) && arguments.structure == structure && axes == self.axes
        && (compiled != nil || !forEngine)
    }
  }

  private let name: String
  private let lock = NSLock()
  /// The last one used comes first.
  private var entries: [Entry] = []

  init(name: String) { self.name = name }

  func entry(_ arguments: TreeWalker, _ place: Place) -> Entry? {
    let axes = BatchTrace.namedAxes
    lock.lock()
    defer { lock.unlock() }
    for index in entries.indices where entries[index].matches(arguments, axes, forEngine: place.isEngine) {
      if index > 0 { entries.swapAt(0, index) }
      return entries[0]
    }
    return nil
  }

  func trace<Output>(_ arguments: TreeWalker, _ place: Place, _ function: ([Tensor]) -> Output) -> Entry {
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
    // The tracers of the result need not live on in the pattern.
    let pattern = output!.replacingLeaves(with: graph.outputTypes.map { .zero($0) })
    let entry = Entry(
      types, arguments.structure, graph, captured: captured, output: output!.with(value: pattern),
      forEngine: place.isEngine)
    let memory = entry.compiled.map { ", \($0.memory.temporaries) bytes for values between" } ?? ""
    Log.write(
      "\(place.isEngine ? "compiled" : "traced") \(name) in \(ContinuousClock.now - begin): "
        + "\(graph.equations.count) operations\(memory); \(compilation.cause)")
    // A graph that captures tracers, or a module's parameters as constants, is right for this call alone.
    if captured.isEmpty && !ModulePath.isInModule { lock.withLock { entries.insert(entry, at: 0) } }
    return entry
  }

  func run(_ entry: Entry, _ inputs: consuming [Tensor], _ place: Place) -> [Tensor] {
    if !entry.captured.isEmpty { inputs += entry.captured }
    var call: Primitive { .call(Call(entry.graph)) }
    switch place {
    case .transformation: return call(inputs)
    case .device(let device):
      if let tracer = inputs.first(where: \.isTraced) { call.leaked(tracer) }
      return device.run(entry.graph, inputs)
    case .engine:
      if let tracer = inputs.makeDenseOnHost() { call.leaked(tracer) }
      return entry.compiled!.run(inputs)
    }
  }
}

extension CompilationContext {
  /// What the engine needs of this layer.
  package static let engine = CompilationContext { graph, axes, size in graph.batched(axes, size: size) }
}
