import Tensor

extension LoweredFunction {
  /// The function compiled for a device, or for the devices of a mesh, on each of which its arguments are whole.
  ///
  ///     let program = try lower(step)(params, images).compile(on: device)
  ///     let results = try program(params.leaves + [images])
  ///
  /// `jit(step, on: device)` is the same with trees, compiles when it is first called, and stops the program where this throws.
  /// Source: `jax.stages.Lowered.compile`.
  public func compile(on place: XLAPlacement) throws(XLAError) -> XLAFunction {
    let layouts = graph.inputTypes.map { place.standardLayout(rank: $0.rank) }
    return XLAFunction(graph: graph, place: place, program: try place.program(for: graph, layouts, lends: false))
  }
}

/// A function compiled for devices, to be called with the tensors of its arguments one after the other.
public struct XLAFunction: Sendable {
  fileprivate let graph: Graph
  fileprivate let place: XLAPlacement
  fileprivate let program: XLAProgram

  /// The types of the arguments.
  public var argumentTypes: [TensorType] { graph.inputTypes.map(\.strong) }
  /// The types of the results.
  public var resultTypes: [TensorType] { graph.outputTypes.map(\.strong) }

  /// The results for tensors of the types that the function was compiled for; others are an error, as is what the device reports.
  public func callAsFunction(_ arguments: [Tensor]) throws(XLAError) -> [Tensor] {
    let types = arguments.map(\.type.strong)
    if types != argumentTypes {
      throw .arguments(
        TensorError(
          graph.name, types,
          "was compiled for \(argumentTypes.map(\.description).joined(separator: ", "))",
          hint: "give tensors of these types, or compile the function for the ones that there are"))
    }
    var inputs = arguments
    return try program.run(&inputs, on: place)
  }
}
