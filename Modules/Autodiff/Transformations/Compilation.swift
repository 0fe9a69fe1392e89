import Engine
import Synchronization
import Tensor

/// One compilation by `jit`: of what, for which types, and why.
public struct Compilation: Hashable, Sendable, CustomStringConvertible {
  /// The name that `jit` was given.
  public var name: String
  /// The types of the arguments' tensors.
  public var types: [TensorType]
  /// Why it was necessary: the first call, or what changed since the last one.
  public var cause: String

  /// Name, types and cause.
  public var description: String {
    "\(name)(\(types.map(\.description).joined(separator: ", "))): \(cause)"
  }

  static func cause(
    _ types: [TensorType], _ structure: TreeStructure, known: (types: [TensorType], structure: TreeStructure)?
  ) -> String {
    guard let known else { return "the first call" }
    if known.types.count != types.count {
      return "the arguments have \(types.count) tensors, before it was \(known.types.count)"
    }
    let changes = types.indices.filter { types[$0] != known.types[$0] }
    if changes.isEmpty {
      return known.structure != structure
        ? "the arguments have another structure" : "the function holds what is right for one call alone"
    }
    return changes.prefix(3).map { "tensor \($0) is \(types[$0]), before it was \(known.types[$0])" }
      .joined(separator: "; ")
  }

  @TaskLocal private static var recorder: Recorder?

  private final class Recorder: Sendable {
    let compilations = Mutex<[Compilation]>([])
  }

  static func note(_ compilation: Compilation) {
    recorder?.compilations.withLock { $0.append(compilation) }
  }

  /// The compilations that `jit` makes while `body` runs, and the body's result.
  public static func during<Result>(_ body: () throws -> Result) rethrows -> (
    compilations: [Compilation], result: Result
  ) {
    let recorder = Recorder()
    let result = try $recorder.withValue(recorder) { try body() }
    return (recorder.compilations.withLock { $0 }, result)
  }
}

/// Runs `body`, and stops the program if `jit` compiles more than `limit` times meanwhile: for tests that a training loop does not
/// compile again and again.
///
/// The text tells for each compilation which argument changed.
@discardableResult
public func assertCompiles<Result>(atMost limit: Int, _ body: () throws -> Result) rethrows -> Result {
  let (compilations, result) = try Compilation.during(body)
  if compilations.count > limit { orFail { () throws(TensorError) in throw Compilation.excess(compilations, limit) } }
  return result
}

extension Compilation {
  package static func excess(_ compilations: [Compilation], _ limit: Int) -> TensorError {
    TensorError(
      "assertCompiles", [],
      "there were \(compilations.count) compilations, at most \(limit) expected:\n"
        + compilations.map { "    \($0)" }.joined(separator: "\n"),
      hint:
        "pass arguments of the same shapes and element types, and keep the result of `jit` instead of making it anew")
  }
}

/// The compiled form of a function for arguments like these: what `jit` runs. Nothing is computed.
///
///     let program = compile(step)(state, images, labels)
///     print(program)              // kernels, products, loops
///     print(program.memory.peak)  // bytes
public func compile<Output, P: Tree, each A: Tree>(
  _ function: @escaping (P, repeat each A) -> Output
) -> Function<CompiledGraph, P, repeat each A> {
  Function { (p: P, a: repeat each A) in
    CompiledGraph(traceCall("compile", function, p, repeat each a).graph, .engine)
  }
}

/// The compiled form of a transformed function for arguments like these.
public func compile<Output, P: Tree, each A: Tree>(
  _ function: Function<Output, P, repeat each A>
) -> Function<CompiledGraph, P, repeat each A> {
  compile(function.body)
}
