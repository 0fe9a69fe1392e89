import CKernels

/// What a program did wrong with tensors: the operation, its operands, the rule that is broken, where, and the way out.
///
/// Shape rules throw it; an operation that a program calls stops the program with its description, since the mistake is in
/// the program.
public struct TensorError: Error, Hashable, Sendable {
  /// The operation, by the name a program calls it.
  public var operation: String
  /// The types of the operands, in order.
  public var operands: [TensorType]
  /// What is wrong, one sentence.
  public var problem: String
  /// What to do about it, one sentence.
  public var hint: String?
  /// The modules it happened in, outermost first, such as `sequential.layers[3].dense`.
  public var path: String?

  /// An error, at the place in the modules where the program is.
  public init(
    _ operation: String, _ operands: [TensorType] = [], _ problem: String, hint: String? = nil,
    path: String? = ModulePath.current
  ) {
    self.operation = operation
    self.operands = operands
    self.problem = problem
    self.hint = hint
    self.path = path
  }
}

extension TensorError: CustomStringConvertible {
  /// The whole text, a line for each part that is known.
  public var description: String {
    var lines = ["\(operation): \(problem)"]
    if !operands.isEmpty { lines.append("  operands: " + operands.map(\.description).joined(separator: ", ")) }
    if let path { lines.append("  in: \(path)") }
    if let hint { lines.append("  hint: \(hint)") }
    return lines.joined(separator: "\n")
  }
}

/// Stops the program with the uniform text of a mistake.
package func fail(
  _ operation: String, _ operands: [TensorType] = [], _ problem: String, hint: String? = nil
) -> Never {
  fatalError(TensorError(operation, operands, problem, hint: hint).description)
}

/// Runs a shape rule; a broken one stops the program.
@inline(__always)
package func orFail<Result>(_ rule: () throws(TensorError) -> Result) -> Result {
  do { return try rule() } catch { fatalError(error.description) }
}

/// Where in the modules of a program the current thread is. The layer that knows modules overrides it.
open class ModulePath {
  /// A place with no name.
  public init() {}
  /// The path, such as `sequential.layers[3].dense`.
  open var path: String { "" }

  /// The path of the module that the current thread is in, if any.
  public static var current: String? { innermost?.path }

  /// The innermost place that the current thread is in, kept alive by whoever set it.
  package static var innermost: ModulePath? {
    guard let pointer = jn_tls_get(JN_TLS_MODULE) else { return nil }
    return Unmanaged<ModulePath>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// Whether the current thread is in a module, rather than nowhere or in a program that was recorded in one.
  package static var isInModule: Bool { innermost.map { !($0 is RecordedPlace) } ?? false }

  /// Runs `body` with this as the innermost place.
  package static func with<Result, Failure: Error>(
    _ place: ModulePath?, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let slot = JN_TLS_MODULE
    let outer = jn_tls_get(slot)
    jn_tls_set(slot, place.map { Unmanaged.passUnretained($0).toOpaque() })
    defer {
      jn_tls_set(slot, outer)
      withExtendedLifetime(place) {}
    }
    return try body()
  }
}

/// Where an operation was recorded.
private final class RecordedPlace: ModulePath {
  private let recorded: String

  init(_ path: String) { recorded = path }

  override var path: String { recorded }
}

extension Graph.Equation {
  /// Runs `body`, which performs the operation or what follows from it, where it was recorded; within a module it stays
  /// there.
  package func inItsPlace<Result>(_ body: () -> Result) -> Result {
    guard let path, !ModulePath.isInModule else { return body() }
    return ModulePath.with(RecordedPlace(path), body)
  }
}
