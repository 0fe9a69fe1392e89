import Autodiff
import Params
import Random
import Tensor

// Modules around any other module or network, whose code they leave as it is. Its parameters are under `model`.

/// A loss with a penalty for its parameters: loss + Σ regularizer(parameter), over all elements of all parameters.
///
/// - Parameters:
///   - loss: a module with a scalar as its result.
///   - regularizer: the penalty of each element of a tensor. A shared parameter counts once.
///
/// Parameters: `model`, those of the loss, which goes on sharing them with other modules.
public func Regularized<each Input: Tree>(
  _ loss: Parametrized<Tensor, repeat each Input>, _ regularizer: @escaping @Sendable (Tensor) -> Tensor
) -> Parametrized<Tensor, repeat each Input> {
  parametrized("regularized", ["model": loss]) {
    (declared: [String: Parametrized<Tensor, repeat each Input>], inputs: repeat each Input) in
    let model = declared["model"]!
    let penalties = model.currentParams(repeat each inputs).leaves.map { sum(regularizer($0)) }
    let value = model(repeat each inputs)
    return penalties.reduce(value) { $0 + $1 }
  }
}

/// A loss with half of the squares of its parameters added: loss + scale / 2 · Σ parameter².
///
/// - Parameters:
///   - loss: a module with a scalar as its result.
///   - scale: how much the squares count.
///
/// Parameters: `model`, those of the loss. Its gradient is that of the loss plus scale · parameter.
public func L2Regularized<each Input: Tree>(
  _ loss: Parametrized<Tensor, repeat each Input>, scale: Double
) -> Parametrized<Tensor, repeat each Input> {
  Regularized(loss) { square($0) * scale * 0.5 }
}

/// A module that uses its parameters by way of a function of each of them.
///
///     let positive = Reparametrized(net, by: softplus)
///
/// - Parameters:
///   - model: a module or a whole network.
///   - initTransform: changes the first values of its parameters, keeping their shapes: the inverse of `transform`, for
///     example, such that the network starts as it would without it.
///   - transform: a function that keeps the shape of a tensor.
///
/// Parameters: `model`, before the transformation; they are trained through it. Another shape stops the program.
public func Reparametrized<Output, each Input: Tree>(
  _ model: Parametrized<Output, repeat each Input>, initTransform: (@Sendable (Params) -> Params)? = nil,
  by transform: @escaping @Sendable (Tensor) -> Tensor
) -> Parametrized<Output, repeat each Input> {
  reparametrized("reparametrized", model, initTransform) { $0.mapLeaves(transform) }
}

/// A module that uses each of its parameters by way of a module of its own.
///
///     func Scaled() -> Layer {
///       parametrized("scaled") { weights in 2 * parameter("scale", [], ones()) * weights }
///     }
///     let scaledNet = Reparametrized(net) { Scaled() }
///
/// - Parameters:
///   - model: a module or a whole network.
///   - initTransform: changes the first values of its parameters, keeping their shapes.
///   - makeTransform: makes the module for a parameter; called for each of them, in their order.
///
/// Parameters: `model`, before the transformation, and the modules that were made, numbered where there are several.
/// Source: `Reparametrized` of JAXnet 0.2.
public func Reparametrized<Output, each Input: Tree>(
  _ model: Parametrized<Output, repeat each Input>, initTransform: (@Sendable (Params) -> Params)? = nil,
  _ makeTransform: @escaping @Sendable () -> Layer
) -> Parametrized<Output, repeat each Input> {
  reparametrized("reparametrized", model, initTransform) { $0.mapLeaves { makeTransform()($0) } }
}

/// A module whose parameters are a function of those that are trained: called in the body of the module around it, where
/// it may ask for more.
func reparametrized<Output, each Input: Tree>(
  _ name: String, _ model: Parametrized<Output, repeat each Input>,
  _ initTransform: (@Sendable (Params) -> Params)? = nil, _ transform: @escaping @Sendable (Params) -> Params
) -> Parametrized<Output, repeat each Input> {
  parametrized(name, ["model": model]) {
    (declared: [String: Parametrized<Output, repeat each Input>], inputs: repeat each Input) in
    let model = declared["model"]!
    let params = model.currentParams(repeat each inputs, initTransform: initTransform)
    let transformed = transform(params)
    if transformed.leaves.map(\.shape) != params.leaves.map(\.shape) {
      fail(
        name, transformed.leaves.map(\.type),
        "the parameters have shapes \(params.leaves.map(\.shape)), which a transformation of them must keep")
    }
    return model(transformed, repeat each inputs)
  }
}

/// A module of one example as a module of a batch: the parameters are common to all examples.
///
/// - Parameters:
///   - model: a module of one example.
///   - inAxes: for each input the axis along which the examples lie in all its tensors, nil for an input common to all
///     examples; the first axis of every input if left out.
///   - outAxes: for each element of a tuple that is the result, or for the whole result, the axis along which the
///     examples lie; the first axis if left out.
///   - axisName: a name under which `psum`, `axisIndex` and the like combine the examples.
///
/// Parameters: `model`, those of the module for one example. A random key for the call is split into one for each example.
public func Batched<Output, each Input: Tree>(
  _ model: Parametrized<Output, repeat each Input>, inAxes: [Int?]? = nil, outAxes: [Int?]? = nil,
  axisName: String? = nil
) -> Parametrized<Output, repeat each Input> {
  parametrized("batched", ["model": model]) {
    (declared: [String: Parametrized<Output, repeat each Input>], inputs: repeat each Input) in
    let model = declared["model"]!
    let single = ModuleFunction(model.name) { (_: Params, _: Params?, key: PRNGKey?, inputs: repeat each Input) in
      model(repeat each inputs, key: key)
    }
    let batched = vmap(single, inAxes: inAxes, outAxes: outAxes, axisName: axisName)
    return batched(.none, repeat each inputs, key: optionalRandomKey())
  }
}
