import Tensor

/// What StableHLO, or this back end, has no form of: the operation, its operands, why, and the way out.
public struct LoweringError: Error, Hashable, Sendable {
  /// The operation, by the name a program calls it.
  public var operation: String
  /// The types of the operands, in order.
  public var operands: [TensorType]
  /// Why there is no form of it, one sentence.
  public var problem: String
  /// What to do about it, one sentence.
  public var hint: String?
  /// The modules that the operation was recorded in, outermost first, such as `sequential.layers[3].dense`.
  public var path: String?

  /// An error about an operation.
  public init(
    _ operation: String, _ operands: [TensorType], _ problem: String, hint: String? = nil, path: String? = nil
  ) {
    self.operation = operation
    self.operands = operands
    self.problem = problem
    self.hint = hint
    self.path = path
  }
}

extension LoweringError: CustomStringConvertible {
  /// The whole text, a line for each part that is known.
  public var description: String {
    var lines = ["\(operation): \(problem)"]
    if !operands.isEmpty { lines.append("  operands: " + operands.map(\.description).joined(separator: ", ")) }
    if let path { lines.append("  in: \(path)") }
    if let hint { lines.append("  hint: \(hint)") }
    return lines.joined(separator: "\n")
  }
}
