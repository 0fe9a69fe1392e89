import Autodiff
import Random
import Tensor

/// A transformed module: what `jit`, `grad`, `valueAndGrad` and `vmap` make of one. Called as the module is, with
/// parameters first, and transformable again.
///
///     jit(net)(params, inputs)
///     jit(grad(loss))(params, inputs, targets, key: key)
public struct ModuleFunction<Output, each Input: Tree> {
  let name: String
  let body: (Params, Params?, PRNGKey?, repeat each Input) -> Output

  package init(_ name: String, _ body: @escaping (Params, Params?, PRNGKey?, repeat each Input) -> Output) {
    self.name = name
    self.body = body
  }

  init(_ module: Parametrized<Output, repeat each Input>) {
    name = module.name
    body = { (params: Params, state: Params?, key: PRNGKey?, inputs: repeat each Input) in
      module(params, repeat each inputs, state: state, key: key)
    }
  }

  /// The result for these parameters and inputs, and the state if the module keeps some; `key` is what `randomKey()` in the
  /// module draws from.
  public func callAsFunction(
    _ params: Params, _ inputs: repeat each Input, state: Params? = nil, key: PRNGKey? = nil
  ) -> Output {
    body(params, state, key, repeat each inputs)
  }
}

// MARK: jit

/// A module that is traced once for each combination of input types and parameter structures, and from then on runs as
/// a graph, on `device`, or else where its arguments are.
public func jit<Output, each Input: Tree>(
  _ module: Parametrized<Output, repeat each Input>, on device: Device? = nil
) -> ModuleFunction<Output, repeat each Input> {
  jit(ModuleFunction(module), on: device)
}

/// A transformed module that is traced once for each combination of input types and parameter structures.
public func jit<Output, each Input: Tree>(
  _ function: ModuleFunction<Output, repeat each Input>, on device: Device? = nil
) -> ModuleFunction<Output, repeat each Input> {
  let compiled = jit(
    name: function.name,
    { (params: Params, state: Params?, key: PRNGKey?, inputs: repeat each Input) in
      function.body(params, state, key, repeat each inputs)
    }, on: device)
  return ModuleFunction(function.name) { (params: Params, state: Params?, key: PRNGKey?, inputs: repeat each Input) in
    compiled(params, state, key, repeat each inputs)
  }
}

// MARK: grad

/// The derivative of a scalar module with respect to its parameters: a tree of their structure.
///
///     let gradients = grad(loss)(params, inputs, targets)
///     gradients.layers[0].kernel
public func grad<each Input: Tree>(
  _ module: Parametrized<Tensor, repeat each Input>
) -> ModuleFunction<Params, repeat each Input> {
  grad(ModuleFunction(module))
}

/// The derivative of a transformed scalar module with respect to its parameters.
public func grad<each Input: Tree>(
  _ function: ModuleFunction<Tensor, repeat each Input>
) -> ModuleFunction<Params, repeat each Input> {
  let derivative = grad { (params: Params, state: Params?, key: PRNGKey?, inputs: repeat each Input) in
    function.body(params, state, key, repeat each inputs)
  }
  return ModuleFunction("grad(\(function.name))") {
    (params: Params, state: Params?, key: PRNGKey?, inputs: repeat each Input) in
    derivative(params, state, key, repeat each inputs)
  }
}

/// A scalar module's result together with its derivative with respect to its parameters, for the cost of the
/// derivative.
public func valueAndGrad<each Input: Tree>(
  _ module: Parametrized<Tensor, repeat each Input>
) -> ModuleFunction<(value: Tensor, gradient: Params), repeat each Input> {
  valueAndGrad(ModuleFunction(module))
}

/// A transformed scalar module's result together with its derivative with respect to its parameters.
public func valueAndGrad<each Input: Tree>(
  _ function: ModuleFunction<Tensor, repeat each Input>
) -> ModuleFunction<(value: Tensor, gradient: Params), repeat each Input> {
  let derivative = valueAndGrad { (params: Params, state: Params?, key: PRNGKey?, inputs: repeat each Input) in
    function.body(params, state, key, repeat each inputs)
  }
  return ModuleFunction("valueAndGrad(\(function.name))") {
    (params: Params, state: Params?, key: PRNGKey?, inputs: repeat each Input) in
    derivative(params, state, key, repeat each inputs)
  }
}

// MARK: vmap

/// A module of one example as a function of a batch: parameters and state are common to all examples.
///
/// - Parameters:
///   - module: a module.
///   - inAxes: for each input the axis along which the examples lie in all its tensors, nil for an input common to all
///     examples; the first axis of every input if left out.
///   - outAxes: for each element of a tuple that is the result, or for the whole result, the axis along which the examples
///     lie, nil for what is common to all examples; the first axis if left out.
///   - axisName: a name under which `psum`, `axisIndex` and the like combine the examples.
///
/// A random key for the call is split into one for each example.
public func vmap<Output, each Input: Tree>(
  _ module: Parametrized<Output, repeat each Input>, inAxes: [Int?]? = nil, outAxes: [Int?]? = nil,
  axisName: String? = nil
) -> ModuleFunction<Output, repeat each Input> {
  vmap(ModuleFunction(module), inAxes: inAxes, outAxes: outAxes, axisName: axisName)
}

/// A transformed module of one example as a function of a batch: the parameters are common to all examples.
public func vmap<Output, each Input: Tree>(
  _ function: ModuleFunction<Output, repeat each Input>, inAxes: [Int?]? = nil, outAxes: [Int?]? = nil,
  axisName: String? = nil
) -> ModuleFunction<Output, repeat each Input> {
  ModuleFunction("vmap(\(function.name))") {
    (params: Params, state: Params?, key: PRNGKey?, inputs: repeat each Input) in
    var (inputAxes, keys) = ([Int?](), key)
    for input in repeat each inputs {
      let axis = inAxes.map { $0.indices.contains(inputAxes.count) ? $0[inputAxes.count] : nil } ?? 0
      inputAxes.append(axis)
      if let axis, let leaf = input.leaves.first, let key, keys?.shape.isEmpty == true {
        keys = split(key, shape: [leaf.shape[leaf.normalizedAxis(axis, "vmap")]])
      }
    }
    if let inAxes, inAxes.count != inputAxes.count {
      fail(
        "vmap", [], "inAxes has \(inAxes.count) entries for \(inputAxes.count) inputs",
        hint: "parameters are not counted")
    }
    let batched = vmap(
      { (params: Params, state: Params?, key: PRNGKey?, inputs: repeat each Input) in
        function.body(params, state, key, repeat each inputs)
      },
      inAxes: [nil, nil, 0] + inputAxes, outAxes: outAxes, axisName: axisName)
    return batched(params, state, keys, repeat each inputs)
  }
}

// MARK: Inspection

/// The traced graph of a module, for printing and for passes of your own.
public func makeGraph<Output, each Input: Tree>(
  _ module: Parametrized<Output, repeat each Input>
) -> ModuleFunction<Graph, repeat each Input> {
  makeGraph(ModuleFunction(module))
}

/// The traced graph of a transformed module.
public func makeGraph<Output, each Input: Tree>(
  _ function: ModuleFunction<Output, repeat each Input>
) -> ModuleFunction<Graph, repeat each Input> {
  let inspected = makeGraph { (params: Params, state: Params?, key: PRNGKey?, inputs: repeat each Input) in
    function.body(params, state, key, repeat each inputs)
  }
  return ModuleFunction("makeGraph(\(function.name))") {
    (params: Params, state: Params?, key: PRNGKey?, inputs: repeat each Input) in
    inspected(params, state, key, repeat each inputs)
  }
}

/// The types of a module's results, found on types alone: tensors of zeros that take no memory.
public func evalShape<Output, each Input: Tree>(
  _ module: Parametrized<Output, repeat each Input>
) -> ModuleFunction<Output, repeat each Input> {
  let shapes = evalShape { (params: Params, state: Params?, key: PRNGKey?, inputs: repeat each Input) in
    module(params, repeat each inputs, state: state, key: key)
  }
  return ModuleFunction("evalShape(\(module.name))") {
    (params: Params, state: Params?, key: PRNGKey?, inputs: repeat each Input) in
    shapes(params, state, key, repeat each inputs)
  }
}
