import Autodiff
import Tensor

/// A graph as a StableHLO module.
package struct LoweredModule: Sendable {
  /// The module, whose function is `main`.
  package let text: String
  /// The constants too large to be written, which are the function's last arguments.
  package let constants: [Tensor]
  /// The types of the arguments, those of the constants included.
  package let argumentTypes: [TensorType]
  /// The types of the results.
  package let resultTypes: [TensorType]
}

extension Graph {
  /// The graph as a StableHLO module. The same graph gives the same text at every run.
  ///
  /// - Parameters:
  ///   - argumentAttributes: what is declared of each input, such as `tf.aliasing_output = 0 : i32`; nil for nothing,
  ///     and for all that the list does not reach.
  ///   - resultAttributes: the same of each output.
  ///   - partitions: over how many devices the program is divided.
  ///   - forProcessors: whether forms are chosen that XLA computes fast on processors.
  package func lowered(
    argumentAttributes: [String?] = [], resultAttributes: [String?] = [], partitions: Int = 1,
    forProcessors: Bool = false
  ) throws(LoweringError) -> LoweredModule {
    let writer = ModuleWriter(isForProcessors: forProcessors)
    let constants = writer.largeConstants(of: self)
    func declared(_ text: String, _ attributes: [String?], _ index: Int) -> String {
      guard index < attributes.count, let attribute = attributes[index] else { return text }
      return "\(text) {\(attribute)}"
    }
    let text = try writer.module(
      self, attributes: "mhlo.num_partitions = \(partitions) : i32, mhlo.num_replicas = 1 : i32"
    ) { arguments, results in
      let parameters = arguments.enumerated().map { index, argument in
        declared("\(argument.name): \(argument.type.text)", argumentAttributes, index)
      }
      let answers = results.enumerated().map { index, type in declared(type.text, resultAttributes, index) }
      return "func.func public @main(\(parameters.joined(separator: ", "))) -> (\(answers.joined(separator: ", ")))"
    }
    return LoweredModule(
      text: text, constants: constants, argumentTypes: inputTypes.map(\.strong) + constants.map(\.type.strong),
      resultTypes: outputTypes.map(\.strong))
  }
}

/// A function for arguments of certain types, for other compilers: what `lower` answers.
public struct LoweredFunction: Sendable {
  /// The traced function.
  public let graph: Graph

  /// The function as a module of StableHLO, with some operations of CHLO, in text; an operation that it has no form of
  /// is an error.
  ///
  /// Its function `main` takes the tensors of the arguments one after the other, then `constants`.
  public var stableHLO: String { get throws(LoweringError) { try graph.lowered().text } }

  /// The values inside of the function that are too large to be written: the last arguments of `main`.
  public var constants: [Tensor] { ModuleWriter().largeConstants(of: graph) }
}

/// The StableHLO of a function for arguments like these, to be given to any compiler that takes it. Nothing is
/// computed.
///
///     print(try lower(step)(state, images, labels).stableHLO)
///
/// Values that the function takes from enclosing transformations become arguments after those of the function.
///
/// Source: `jax.jit(f).lower(…).as_text()`.
public func lower<Output, P: Tree, each A: Tree>(
  _ function: @escaping (P, repeat each A) -> Output
) -> Function<LoweredFunction, P, repeat each A> {
  let trace = makeGraph(function)
  return Function { (p: P, a: repeat each A) in LoweredFunction(graph: trace(p, repeat each a)) }
}

/// The StableHLO of a transformed function for arguments like these.
public func lower<Output, P: Tree, each A: Tree>(
  _ function: Function<Output, P, repeat each A>
) -> Function<LoweredFunction, P, repeat each A> {
  let trace = makeGraph(function)
  return Function { (p: P, a: repeat each A) in LoweredFunction(graph: trace(p, repeat each a)) }
}
