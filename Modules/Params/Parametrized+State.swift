import Autodiff
import Random
import Tensor

// Calls of modules that keep state from one training step to the next:
//
//     var state = net.initState(inputs)
//     let (outputs, next) = net.applyInTraining(params, state, inputs)
//     state = next
//     net(params, inputs, state: state)     // evaluation

extension Parametrized {
  /// The state before training, for inputs of certain shapes: empty for modules that keep none.
  ///
  /// - Parameters:
  ///   - inputs: inputs of the shapes and element types to come; their elements do not matter.
  ///   - key: what initializers of state draw from, if they are random.
  /// - Returns: a tree like that of the parameters, without the modules that keep no state: `state.layers[1].mean`.
  ///
  /// The network is not run.
  public func initState(_ inputs: repeat each Input, key: PRNGKey = PRNGKey(0)) -> Params {
    shapedParams(repeat each inputs, reuse: Reuse([:]), stateReuse: Reuse([:])).state.initialized(key)
  }

  /// The result for these parameters and inputs, as training computes it, and the state after it.
  ///
  /// - Parameters:
  ///   - params: parameters from `initParams`.
  ///   - state: state from `initState` or from the call before.
  ///   - key: what `randomKey()` in this module and the ones within it draws from.
  ///
  /// It is a function without side effects: `jit`, `vmap` and loops take it as any other. Missing parameters and state,
  /// and those of other shapes, stop the program.
  public func applyInTraining(
    _ params: Params, _ state: Params, _ inputs: repeat each Input, key: PRNGKey? = nil
  ) -> (output: Output, state: Params) {
    let store = StateStore(state, isTraining: true)
    let output = apply(params, repeat each inputs, state: .given(store.root), key)
    return (output, store.state)
  }

  /// This module's state, found in those of other modules, such as a loss of which it is a part.
  ///
  ///     let accuracyState = accuracy.stateFrom([loss: state], images, labels)
  ///
  /// - Parameter reuse: state by the module that it is for. What is not found stops the program.
  public func stateFrom(_ reuse: [AnyModule: Params], _ inputs: repeat each Input) -> Params {
    let found = shapedParams(repeat each inputs, reuse: Reuse([:]), stateReuse: Reuse(reuse)).state
    switch found.takenOver {
    case .success(let state): return state
    case .failure(let missing):
      fail(
        "stateFrom", [],
        "what was given has no state for these of `\(name)`: \(missing.paths.joined(separator: ", "))",
        hint: "give the state of a module that contains the same modules")
    }
  }
}

extension Parametrized where Output == Tensor {
  /// A loss in training: its value, the state after it, and its derivative with respect to the parameters.
  ///
  ///     let (value, next, gradient) = loss.valueAndGradInTraining(params, state, images, labels)
  ///
  /// - Parameters:
  ///   - params: parameters from `initParams`.
  ///   - state: state from `initState` or from the call before.
  ///   - key: what `randomKey()` in this module and the ones within it draws from.
  ///
  /// A result that is no scalar stops the program.
  public func valueAndGradInTraining(
    _ params: Params, _ state: Params, _ inputs: repeat each Input, key: PRNGKey? = nil
  ) -> (value: Tensor, state: Params, gradient: Params) {
    let derivative = valueAndGradWithAux {
      (params: Params, state: Params, key: PRNGKey?, inputs: repeat each Input) -> (Tensor, Params) in
      let (value, next) = self.applyInTraining(params, state, repeat each inputs, key: key)
      return (value, next)
    }
    let (value, next, gradient) = derivative(params, state, key, repeat each inputs)
    return (value, next, gradient)
  }
}
