import Params
import Tensor

/// Layers one after the other: each gets what the one before it gives.
///
///     let net = Sequential { Dense(1024); relu; Dense(10); logSoftmax }
///     let deep = Sequential {
///       for _ in 0..<3 {
///         Dense(64)
///         relu
///       }
///       if isClassifier { logSoftmax }
///     }
///
/// - Parameter layers: modules and plain functions of one tensor. Positions in `params.layers` and `net.layers` count
///   both.
///
/// A module that appears twice is there with one set of parameters.
public func Sequential(@LayerBuilder _ layers: () -> [SequentialEntry]) -> Layer { sequential(layers()) }

/// Modules one after the other.
public func Sequential(_ layers: Layer...) -> Layer { Sequential(layers) }

/// Modules one after the other.
public func Sequential(_ layers: [Layer]) -> Layer { sequential(layers.map(SequentialEntry.init)) }

private func sequential(_ entries: [SequentialEntry]) -> Layer {
  parametrized("sequential", Declared(layers: entries)) { declared, inputs in
    declared.layers.reduce(inputs) { $1.function($0) }
  }
}

/// What `Sequential` declares: the label names the list.
private struct Declared: Sendable {
  let layers: [SequentialEntry]
}

/// An entry of `Sequential`: a module or a plain function.
public struct SequentialEntry: Sendable {
  let function: @Sendable (Tensor) -> Tensor
  private let module: AnyModule?

  /// A module.
  public init(_ module: Layer) {
    function = { module($0) }
    self.module = module
  }

  /// A module of attention, in which every position looks at every other, as far as the module lets it.
  public init(_ module: AttentionModule) {
    function = { module(AttentionInputs($0)).outputs }
    self.module = module
  }

  /// A function without parameters.
  public init(_ function: @escaping @Sendable (Tensor) -> Tensor) {
    self.function = function
    module = nil
  }
}

extension SequentialEntry: ModuleHolder {
  package var heldModule: AnyModule? { module }
}

/// Makes the entries of `Sequential` from the lines between its braces.
@resultBuilder
public enum LayerBuilder {
  /// A plain function.
  public static func buildExpression(_ function: @escaping @Sendable (Tensor) -> Tensor) -> [SequentialEntry] {
    [SequentialEntry(function)]
  }
  /// A module.
  public static func buildExpression(_ module: Layer) -> [SequentialEntry] { [SequentialEntry(module)] }
  /// A module of attention, such as `TransformerBlock`.
  public static func buildExpression(_ module: AttentionModule) -> [SequentialEntry] { [SequentialEntry(module)] }
  /// Several modules.
  public static func buildExpression(_ modules: [Layer]) -> [SequentialEntry] { modules.map(SequentialEntry.init) }
  /// Lines one after the other.
  public static func buildBlock(_ parts: [SequentialEntry]...) -> [SequentialEntry] { parts.flatMap { $0 } }
  /// A loop.
  public static func buildArray(_ parts: [[SequentialEntry]]) -> [SequentialEntry] { parts.flatMap { $0 } }
  /// A condition.
  public static func buildOptional(_ part: [SequentialEntry]?) -> [SequentialEntry] { part ?? [] }
  /// The first branch of a condition.
  public static func buildEither(first: [SequentialEntry]) -> [SequentialEntry] { first }
  /// The second branch of a condition.
  public static func buildEither(second: [SequentialEntry]) -> [SequentialEntry] { second }
}
