import Autodiff
import Random
import Tensor

/// A module of one tensor with one tensor as its result, such as `Dense` and `Sequential`.
public typealias Layer = Parametrized<Tensor, Tensor>

/// A function with parameters: what `parametrized` makes of a function that asks for parameters and uses other modules.
///
///     let params = net.initParams(PRNGKey(0), inputs)     // shapes are found without running the network
///     net(params, inputs)                                 // the function, with its parameters as first argument
///     net(params, inputs, key: key)                       // with a random key for `randomKey()`
///     net(params, inputs, state: state)                   // with what training keeps besides parameters
///     net(inputs)                                         // within another module, whose parameters hold its own
///
/// A module holds no parameters: it is immutable and may be used anywhere. Its identity decides what is shared: a
/// module that is used twice, in one other module or in several, has one set of parameters there.
public final class Parametrized<Output, each Input: Tree>: AnyModule, @unchecked Sendable {
  private let body: @Sendable (repeat each Input) -> Output
  /// What `applyFrom` has compiled.
  let reusing = CompiledCache()

  init(_ name: String, _ declared: Declarations?, _ body: @escaping @Sendable (repeat each Input) -> Output) {
    self.body = body
    super.init(name: name, declared: declared)
  }

  /// Initial parameters for inputs of certain shapes.
  ///
  /// - Parameters:
  ///   - key: the key that random initializers draw from: parameter number i, in the order of `leaves`, from
  ///     `foldIn(key, i)`, so that another layer at the end does not change the parameters before it.
  ///   - inputs: inputs of the shapes and element types to come; their elements do not matter, and may be traced.
  ///   - reuse: parameters to take over: the module that they are for and every module within it gets these very
  ///     tensors, wherever in this module it is used.
  ///   - progress: is told the number of bytes made so far, and of all that are to be made, after each tensor;
  ///     `showProgress("initialising")` draws a bar.
  /// - Returns: the parameters, in the order in which they are declared or first used.
  ///
  /// The network is not run: its body is called with tensors that have shapes and no elements. Works inside `jit` and
  /// `vmap`, too.
  public func initParams(
    _ key: PRNGKey, _ inputs: repeat each Input, reuse: [AnyModule: Params] = [:], progress: ProgressHandler? = nil
  ) -> Params {
    shapedParams(repeat each inputs, reuse: Reuse(reuse, mustBeUsed: true)).initialized(key, progress)
  }

  /// The result for these parameters and inputs.
  ///
  /// - Parameters:
  ///   - params: parameters from `initParams` of this module, or others with the same names and shapes.
  ///   - state: state from `initState` or `applyInTraining`, for modules that keep some, such as `BatchNorm` with running
  ///     statistics: it stays as it is. Without it, a module that belongs to the one whose body is running has the state
  ///     that it has there.
  ///   - key: what `randomKey()` in this module and the ones within it draws from.
  ///
  /// Missing parameters and state, and those of other shapes, stop the program.
  public func callAsFunction(
    _ params: Params, _ inputs: repeat each Input, state: Params? = nil, key: PRNGKey? = nil
  ) -> Output {
    let keptState = state.map { StateSource.given(StateStore($0, isTraining: false).root) }
    return apply(params, repeat each inputs, state: keptState ?? Frame.here?.knownState(of: self) ?? .missing, key)
  }

  func apply(
    _ params: Params, _ inputs: repeat each Input, state: StateSource, _ key: PRNGKey?, recorder: CallRecorder? = nil
  ) -> Output {
    let keys = key.map { KeySource($0) } ?? Frame.here?.keys ?? .missing
    let recorder = recorder ?? Frame.here?.recorder
    return call(repeat each inputs) {
      let frame = Frame(self, .given(params), state, keys, inputs: $0)
      frame.recorder = recorder
      return frame
    }
  }

  /// Runs the body as a call of its own.
  private func call(_ inputs: repeat each Input, in makeFrame: @escaping ([Tensor]) -> Frame) -> Output {
    let frame = makeFrame(leaves(repeat each inputs))
    guard let recorder = frame.recorder else { return ModulePath.with(frame) { body(repeat each inputs) } }
    let graph = makeGraph { (_: [Tensor], inputs: repeat each Input) in
      // Another frame, for a frame is for one run of the body.
      let frame = makeFrame(leaves(repeat each inputs))
      frame.recorder = nil
      return ModulePath.with(frame) { self.body(repeat each inputs) }
    }
    return recorder.record(frame, graph([], repeat each inputs)) {
      ModulePath.with(frame) { body(repeat each inputs) }
    }
  }

  /// The result within another module, whose parameters include those of this one.
  ///
  /// - Parameter key: what `randomKey()` draws from instead of the key of the other module.
  ///
  /// Outside of any module this stops the program: there are no parameters to use.
  public func callAsFunction(_ inputs: repeat each Input, key: PRNGKey? = nil) -> Output {
    guard let outer = Frame.here else {
      fail(
        name, [], "the module was called without parameters, outside of any module",
        hint: "call \(name)(params, inputs), with params from \(name).initParams(key, inputs)")
    }
    return call(repeat each inputs) { outer.entering(self, inputs: $0, key: key) }
  }

  /// The parameters that this module has in the module whose body is running: for modules that change, measure or
  /// share the parameters of others, and call those with the result.
  ///
  ///     let scaled = parametrized("scaled", ["model": model]) { p, inputs in
  ///       let params = p["model"]!.currentParams(inputs)
  ///       return p["model"]!(params.mapLeaves { $0 * 2 }, inputs)
  ///     }
  ///
  /// - Parameter inputs: inputs that the module is called with; their shapes decide those of the parameters.
  ///
  /// Outside of any module this stops the program: there are no parameters.
  public func currentParams(_ inputs: repeat each Input) -> Params {
    currentParams(repeat each inputs, initTransform: nil)
  }

  /// As above, with a change of the first values of these parameters.
  package func currentParams(_ inputs: repeat each Input, initTransform: InitialTransform?) -> Params {
    guard let outer = Frame.here else {
      fail(
        "currentParams", [], "the parameters of `\(name)` are asked for outside of any module",
        hint: "make some: \(name).initParams(key, inputs)")
    }
    let frame = outer.entering(self, inputs: leaves(repeat each inputs), key: nil)
    switch frame.source {
    case .given(let params): return params
    case .building(let builder):
      ModulePath.with(frame) { _ = body(repeat each inputs) }
      if let initTransform { builder.add(initTransform) }
      return builder.paramsSoFar()
    }
  }

  /// What the parameters are for inputs of these shapes.
  func shapedParams(_ inputs: repeat each Input, reuse: Reuse) -> ShapedParams {
    shapedParams(repeat each inputs, reuse: reuse, stateReuse: Reuse([:])).params
  }

  /// What the parameters and the state are for inputs of these shapes.
  func shapedParams(
    _ inputs: repeat each Input, reuse: Reuse, stateReuse: Reuse
  ) -> (params: ShapedParams, state: ShapedParams) {
    Shaping.look(at: self, reuse: reuse, stateReuse: stateReuse) { trace, enter in
      let abstract = (repeat (each inputs).mapLeaves { trace.tensor($0.type) })
      let frame = enter(leaves(repeat each abstract))
      ModulePath.with(frame) { _ = body(repeat each abstract) }
    }
  }
}

/// A module from a function that asks for parameters by `parameter` and calls other modules where it needs them.
///
///     func Dense(_ outDim: Int) -> Layer {
///       parametrized("dense") { inputs in
///         let kernel = parameter("kernel", [inputs.shape.last!, outDim], glorot())
///         let bias = parameter("bias", [outDim], randn())
///         return dot(inputs, kernel) + bias
///       }
///     }
///
/// - Parameters:
///   - name: what paths call it where nothing else names it; modules of one name in one call are numbered: `dense0`,
///     `dense1`.
///   - body: a function of trees. It is called once for shapes, and for every application. The modules and parameters
///     that it uses must not depend on elements of tensors. A module made in the body belongs to the place where it is
///     used.
public func parametrized<Output, each Input: Tree>(
  _ name: String = "fun", _ body: @escaping @Sendable (repeat each Input) -> Output
) -> Parametrized<Output, repeat each Input> {
  Parametrized(name, nil, body)
}

/// A module from a function and the submodules and parameters that it uses, which are known by their labels from
/// outside, too.
///
///     let encode = parametrized("encode", (
///       net: Sequential { Dense(512); relu },
///       means: Dense(10),
///       variances: Sequential { Dense(10); softplus }
///     )) { p, images in
///       let hidden = p.net(images)
///       return (p.means(hidden), p.variances(hidden))
///     }
///     encode.net.layers[0]       // a submodule
///     params.net.layers[0].bias  // its parameter
///
/// - Parameters:
///   - name: what paths call it where nothing else names it.
///   - declared: modules and `Param`s in a labelled tuple, a struct, an array or a dictionary, nested to any depth.
///     Other values in it have no parameters. In lists they count, so that positions are those of the list.
///   - body: a function of what was declared and of trees. What it does not use has no parameters.
public func parametrized<Declared: Sendable, Output, each Input: Tree>(
  _ name: String = "fun", _ declared: Declared, _ body: @escaping @Sendable (Declared, repeat each Input) -> Output
) -> Parametrized<Output, repeat each Input> {
  Parametrized(name, Declarations(of: declared, in: name)) { (inputs: repeat each Input) in
    body(declared, repeat each inputs)
  }
}

/// The tensors of several trees.
func leaves<each Input: Tree>(_ inputs: repeat each Input) -> [Tensor] {
  var result: [Tensor] = []
  for input in repeat each inputs { result += input.leaves }
  return result
}
