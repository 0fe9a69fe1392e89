import Autodiff
import Params
import Random
import Tensor

// MARK: From stax to modules

/// A layer of stax as a module: for a model that moves over a part at a time.
///
///     let net = Sequential {
///       asModule(stax.serial(stax.Dense(64), stax.Relu))   // not moved yet
///       Dense(10)
///     }
///
/// - Parameters:
///   - layer: a pair of functions, whose result for one tensor is one tensor.
///   - name: what paths call it where nothing else names it.
///
/// Its parameters are those of stax under the names that `Params(tree)` gives them, so that trained ones are taken over by
/// `Params(staxParams)` and given back by `PyTree(params, like: staxParams)`. New ones are what `initFun` makes of one key: that of
/// the first of its parameters, `foldIn(key, 0)` if it stands alone. Its random key is the next that the call draws.
public func asModule(_ layer: stax.Layer, name: String = "stax") -> Parametrized<Tensor, Tensor> {
  parametrized(name) { inputs in
    layer.applyFun(staxParameters(layer, .sizes(inputs.shape)), inputs, rng: optionalRandomKey())
  }
}

/// A layer of stax whose inputs or outputs are lists, such as one with `parallel`, as a module of trees.
@_disfavoredOverload
public func asModule(_ layer: stax.Layer, name: String = "stax") -> Parametrized<PyTree, PyTree> {
  parametrized(name) { inputs in
    layer.applyFun(staxParameters(layer, stax.Shape(of: inputs)), inputs, rng: optionalRandomKey())
  }
}

/// The parameters that the call of a module was given for a layer.
private func staxParameters(_ layer: stax.Layer, _ shape: stax.Shape) -> PyTree {
  let initFun = layer.initFun
  return parameterTree { key in NamedPyTree(initFun(key, shape).params) }.tree
}

// MARK: From modules to stax

/// A module as a layer of stax: for a part that has moved over already, in a model that has not.
///
///     let (initFun, applyFun) = stax.serial(stax.Flatten, asStax(Dense(10)), stax.LogSoftmax)
///
/// Its parameters are the module's, as `PyTree(params)` has them: names become positions, lists stay. `initFun` gives what
/// `initParams` gives for the same key, and `rng` is the key of the call. Inputs are `float32` in `initFun`.
///
/// A size of -1 in the input shape is -1 in the output shape where the outputs' size is the same; if the outputs or the
/// parameters depend on it in another way, the program stops.
public func asStax(_ module: Parametrized<Tensor, Tensor>) -> stax.Layer {
  asStax(
    module.name, initParams: { module.initParams($0, $1.tensor) },
    apply: { PyTree(module($0, $1.tensor, key: $2)) })
}

/// A module of trees as a layer of stax, whose inputs and outputs may be lists.
public func asStax(_ module: Parametrized<PyTree, PyTree>) -> stax.Layer {
  asStax(module.name, initParams: { module.initParams($0, $1) }, apply: { module($0, $1, key: $2) })
}

private func asStax(
  _ name: String, initParams: @escaping @Sendable (PRNGKey, PyTree) -> Params,
  apply: @escaping @Sendable (Params, PyTree, PRNGKey?) -> PyTree
) -> stax.Layer {
  // What the parameters are for each of the inputs' types.
  let structures = CompiledCache()

  @Sendable func outputShape(_ params: Params, _ inputs: PyTree) -> stax.Shape {
    let outputs = evalShape { (params: Params, inputs: PyTree, key: PRNGKey) in apply(params, inputs, key) }
    return stax.Shape(of: outputs(params, inputs, PRNGKey(0)))
  }

  return (
    stax.InitFun { rng, shape in
      let inputs = shape.tensors(unknown: 1)
      let params = initParams(rng, inputs)
      let output = outputShape(params, inputs)
      if !shape.hasUnknown { return (output, PyTree(params)) }
      let more = shape.tensors(unknown: 2)
      let known = params.leaves.map(\.shape)
      let types = evalShape { (key: PRNGKey) in initParams(key, more) }(rng)
      guard types.leaves.map(\.shape) == known, let result = output.unknown(outputShape(params, more)) else {
        fail("asStax", [], "the shapes in `\(name)` depend on the size -1 of \(shape)", hint: "give the size itself")
      }
      return (result, PyTree(params))
    },
    stax.ApplyFun { tree, inputs, rng in
      let known: Params = structures.value(for: inputs.description) {
        let example = inputs.mapLeaves { zeros($0.shape, dtype: $0.dtype) }
        return evalShape { (key: PRNGKey) in initParams(key, example) }(PRNGKey(0))
      }
      let tensors = tree.leaves
      if tensors.count != known.tensors.count {
        fail(
          "asStax", inputs.leaves.map(\.type), "`\(name)` has \(known.tensors.count) parameters, but was given \(tree)",
          hint: "make them with the layer's initFun")
      }
      return apply(Params(known.structure, tensors), inputs, rng)
    }
  )
}

extension stax.Shape {
  /// Whether there is a size of -1.
  fileprivate var hasUnknown: Bool {
    switch self {
    case .sizes(let sizes): sizes.contains(-1)
    case .list(let shapes): shapes.contains { $0.hasUnknown }
    }
  }

  /// Tensors of these shapes.
  fileprivate func tensors(unknown: Int) -> PyTree {
    switch self {
    case .sizes(let sizes): PyTree(zeros(sizes.map { $0 == -1 ? unknown : $0 }))
    case .list(let shapes): .list(shapes.map { $0.tensors(unknown: unknown) })
    }
  }

  /// This shape, found for unknown sizes of 1, with -1 where there is 2 when they are 2; nil if it depends on them otherwise.
  fileprivate func unknown(_ other: stax.Shape) -> stax.Shape? {
    switch (self, other) {
    case (.sizes(let ones), .sizes(let twos)) where ones.count == twos.count:
      let sizes = zip(ones, twos).map { $0 == $1 ? $0 : $0 == 1 && $1 == 2 ? -1 : nil }
      return sizes.contains(nil) ? nil : .sizes(sizes.map { $0! })
    case (.list(let ones), .list(let twos)) where ones.count == twos.count:
      let shapes = zip(ones, twos).map { $0.unknown($1) }
      return shapes.contains(nil) ? nil : .list(shapes.map { $0! })
    default: return nil
    }
  }
}
