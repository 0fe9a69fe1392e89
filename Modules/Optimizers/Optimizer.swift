import Autodiff
import Params
import Random
import Tensor

/// A way to make parameters better by gradients: a value without state of its own.
///
///     let optimizer = Adam(1e-3)
///     var state = optimizer.initialize(loss.initParams(key, inputs, targets))
///     for (inputs, targets) in batches {
///       state = optimizer.update(loss, state, inputs, targets, jit: true)
///     }
///     let trained = optimizer.params(of: state)
///
/// The state is a tree: it can be saved, and updates can be transformed. The rules are those of
/// `jax.example_libraries.optimizers` where it has them.
public struct Optimizer: Sendable {
  /// Where an update is: what rules depend on besides the tensor that they update.
  public struct Step: Sendable {
    /// The number of updates before this one: an `int32` scalar.
    public let count: Tensor
    /// The learning rate: a scalar.
    public let rate: Tensor
    /// The path of the parameter in its tree, such as `layers[0].kernel`.
    public let path: String
  }

  /// Which parameters something is for, by their paths: `{ $0.hasSuffix("kernel") }`. A parameter that is used in several
  /// places has the path of the first.
  public typealias Mask = @Sendable (_ path: String) -> Bool

  /// What is done to all gradients before an update, with the parameters and their paths.
  private typealias Transform =
    @Sendable (_ gradients: [Tensor], _ parameters: [Tensor], _ paths: [String]) -> [Tensor]

  /// A tensor's update: from the parameter, its gradient, its slots and the step, the new parameter and slots.
  public typealias Rule =
    @Sendable (
      _ parameter: Tensor, _ gradient: Tensor, _ slots: [Tensor], _ step: Step
    ) -> (parameter: Tensor, slots: [Tensor])

  private let rate: Schedule
  private let slots: @Sendable (Tensor) -> [Tensor]
  private let rule: Rule
  private let transforms: [Transform]
  private let frozen: ParameterSelection?
  /// The updates that were compiled, by loss.
  private let compiled = CompiledCache()
  private let compiledInTraining = CompiledCache()

  /// An optimizer of your own.
  ///
  /// - Parameters:
  ///   - rate: the learning rate, a number or a schedule.
  ///   - slots: the tensors to keep for a parameter, as they are before the first update; none by default.
  ///   - rule: the update. What it returns is converted to the element types of parameter and slots.
  public init(
    _ rate: some LearningRate, slots: @escaping @Sendable (_ parameter: Tensor) -> [Tensor] = { _ in [] },
    rule: @escaping Rule
  ) {
    self.init(rate: rate.schedule, slots, rule, transforms: [])
  }

  private init(
    rate: Schedule, _ slots: @escaping @Sendable (Tensor) -> [Tensor], _ rule: @escaping Rule,
    transforms: [Transform], frozen: ParameterSelection? = nil
  ) {
    self.rate = rate
    self.slots = slots
    self.rule = rule
    self.transforms = transforms
    self.frozen = frozen
  }

  /// The same optimizer for gradients that a function has changed: all of them together, in the order of their tree.
  public func transformingGradients(_ transform: @escaping @Sendable (_ gradients: [Tensor]) -> [Tensor]) -> Optimizer {
    applyingFirst { gradients, _, _ in transform(gradients) }
  }

  /// The same optimizer for a loss to which the squared weights are added: each gradient becomes g + `factor` · x.
  ///
  /// - Parameters:
  ///   - factor: how strongly weights are pulled to 0; the term in the loss is `factor` / 2 · Σ x².
  ///   - mask: which parameters decay; all of them by default.
  ///
  /// In `Adam` this is not the same as in `AdamW`, whose decay is not scaled with the gradients. What is said later is
  /// done earlier: clipping that follows this in the source is done before it.
  /// Source: Krogh & Hertz, "A Simple Weight Decay Can Improve Generalization"; `optax.add_decayed_weights`.
  public func decayingWeights(by factor: Double, mask: Mask? = nil) -> Optimizer {
    applyingFirst { gradients, parameters, paths in
      gradients.indices.map { index in
        mask?(paths[index]) ?? true ? gradients[index] + parameters[index] * factor : gradients[index]
      }
    }
  }

  /// The same optimizer for some of the parameters: the others stay as they are, with nothing kept for them.
  ///
  ///     let optimizer = Adam(1e-3).freezing(.module(encoder))
  ///
  /// - Parameter selection: the parameters that stay as they are.
  ///
  /// Their gradients count as 0, so that clipping does not see them. The state of another selection does not fit: begin with
  /// `initialize`. Source: `optax.partition` with `optax.set_to_zero`.
  public func freezing(_ selection: ParameterSelection) -> Optimizer {
    let all = frozen.map { [$0, selection] as ParameterSelection } ?? selection
    return Optimizer(rate: rate, slots, rule, transforms: transforms, frozen: all)
  }

  private func applyingFirst(_ transform: @escaping Transform) -> Optimizer {
    Optimizer(rate: rate, slots, rule, transforms: [transform] + transforms, frozen: frozen)
  }

  // MARK: The state

  /// The state before the first update.
  public func initialize<P: Tree>(_ params: P) -> OptimizerState<P> {
    let isFrozen = frozenMarks(params)
    return OptimizerState(
      step: Tensor(Int32(0)), params: params, slots: zip(params.leaves, isFrozen).map { $1 ? [] : slots($0) })
  }

  private func frozenMarks(_ params: some Tree) -> [Bool] {
    frozen?.marks(Params(tree: params)) ?? params.leaves.map { _ in false }
  }

  /// The parameters of a state.
  public func params<P: Tree>(of state: OptimizerState<P>) -> P { state.params }

  /// The number of updates that led to a state: an `int32` scalar.
  public func step<P: Tree>(of state: OptimizerState<P>) -> Tensor { state.step }

  // MARK: Updates

  /// The state after an update by these gradients, which have the structure and shapes of the parameters.
  ///
  /// Gradients of other shapes, or of another number, stop the program.
  public func update<P: Tree>(from gradients: P, _ state: OptimizerState<P>) -> OptimizerState<P> {
    let parameters = state.params.leaves
    var changes = gradients.leaves
    if changes.map(\.shape) != parameters.map(\.shape) {
      fail(
        "update", changes.map(\.type),
        "the gradients do not have the shapes of the parameters, \(parameters.map(\.shape))",
        hint: "give the derivative of a loss with respect to these parameters")
    }
    let paths = state.params.leafPaths
    let isFrozen = frozenMarks(state.params)
    changes = zip(changes, isFrozen).map { $1 ? zerosLike($0) : $0 }
    for transform in transforms { changes = transform(changes, parameters, paths) }
    let rate = rate(state.step)
    let updates = parameters.indices.map { index in
      let (parameter, slots) = (parameters[index], state.slots[index])
      if isFrozen[index] { return (parameter: parameter, slots: slots) }
      let update = rule(parameter, changes[index], slots, Step(count: state.step, rate: rate, path: paths[index]))
      return (
        parameter: update.parameter.asType(parameter.dtype),
        slots: zip(update.slots, slots).map { $0.asType($1.dtype) }
      )
    }
    return OptimizerState(
      step: state.step + 1, params: state.params.replacingLeaves(with: updates.map(\.parameter)),
      slots: updates.map(\.slots))
  }

  /// The state after an update by the gradient of a loss for these inputs.
  ///
  /// - Parameters:
  ///   - loss: a module with a scalar as its result.
  ///   - key: what `randomKey()` in the loss draws from.
  ///   - jit: whether to compile the update; it is compiled once for a loss and types of inputs.
  public func update<each Input: Tree>(
    _ loss: Parametrized<Tensor, repeat each Input>, _ state: OptimizerState<Params>, _ inputs: repeat each Input,
    key: PRNGKey? = nil, jit: Bool = false
  ) -> OptimizerState<Params> {
    updateAndGetLoss(loss, state, repeat each inputs, key: key, jit: jit).state
  }

  /// The state after an update by the gradient of a loss for these inputs, and the loss before the update.
  ///
  /// - Parameters:
  ///   - loss: a module with a scalar as its result.
  ///   - key: what `randomKey()` in the loss draws from.
  ///   - jit: whether to compile the update; it is compiled once for a loss and types of inputs.
  public func updateAndGetLoss<each Input: Tree>(
    _ loss: Parametrized<Tensor, repeat each Input>, _ state: OptimizerState<Params>, _ inputs: repeat each Input,
    key: PRNGKey? = nil, jit isCompiled: Bool = false
  ) -> (state: OptimizerState<Params>, loss: Tensor) {
    if !isCompiled { return performUpdate(loss, state, key, repeat each inputs) }
    // The function keeps the loss alive, so that no other module takes over its identity.
    let function = compiled.value(for: ObjectIdentifier(loss)) {
      Autodiff.jit(name: "update(\(loss.name))") {
        (state: OptimizerState<Params>, key: PRNGKey?, inputs: repeat each Input) in
        performUpdate(loss, state, key, repeat each inputs)
      }
    }
    return function(state, key, repeat each inputs)
  }

  /// The state after an update by the gradient of a loss whose modules keep state, such as `BatchNorm` with running
  /// statistics; that state after the step; and the loss before the update.
  ///
  ///     (state, netState, _) = optimizer.updateInTraining(loss, state, netState, images, labels, jit: true)
  ///
  /// - Parameters:
  ///   - loss: a module with a scalar as its result.
  ///   - state: the optimizer's state.
  ///   - moduleState: the state of the loss, from `loss.initState(inputs)` or the update before.
  ///   - key: what `randomKey()` in the loss draws from.
  ///   - jit: whether to compile the update; it is compiled once for a loss and types of inputs.
  public func updateInTraining<each Input: Tree>(
    _ loss: Parametrized<Tensor, repeat each Input>, _ state: OptimizerState<Params>, _ moduleState: Params,
    _ inputs: repeat each Input, key: PRNGKey? = nil, jit isCompiled: Bool = false
  ) -> (state: OptimizerState<Params>, moduleState: Params, loss: Tensor) {
    if !isCompiled { return performUpdateInTraining(loss, state, moduleState, key, repeat each inputs) }
    let function = compiledInTraining.value(for: ObjectIdentifier(loss)) {
      Autodiff.jit(name: "updateInTraining(\(loss.name))") {
        (state: OptimizerState<Params>, moduleState: Params, key: PRNGKey?, inputs: repeat each Input) in
        performUpdateInTraining(loss, state, moduleState, key, repeat each inputs)
      }
    }
    return function(state, moduleState, key, repeat each inputs)
  }

  private func performUpdateInTraining<each Input: Tree>(
    _ loss: Parametrized<Tensor, repeat each Input>, _ state: OptimizerState<Params>, _ moduleState: Params,
    _ key: PRNGKey?, _ inputs: repeat each Input
  ) -> (state: OptimizerState<Params>, moduleState: Params, loss: Tensor) {
    let (value, next, gradient) = loss.valueAndGradInTraining(state.params, moduleState, repeat each inputs, key: key)
    return (update(from: gradient, state), next, value)
  }

  private func performUpdate<each Input: Tree>(
    _ loss: Parametrized<Tensor, repeat each Input>, _ state: OptimizerState<Params>, _ key: PRNGKey?,
    _ inputs: repeat each Input
  ) -> (state: OptimizerState<Params>, loss: Tensor) {
    let (value, gradient) = valueAndGrad(loss)(state.params, repeat each inputs, key: key)
    return (update(from: gradient, state), value)
  }
}

/// Parameters in training: with the number of updates so far and what the optimizer keeps for each of them.
public struct OptimizerState<P: Tree>: Tree {
  /// The number of updates: an `int32` scalar.
  public private(set) var step: Tensor
  /// The parameters.
  public private(set) var params: P
  /// For each tensor of the parameters what the optimizer keeps, such as a velocity.
  public private(set) var slots: [[Tensor]]

  package init(step: Tensor, params: P, slots: [[Tensor]]) {
    self.step = step
    self.params = params
    self.slots = slots
  }

  /// The same state as if another number of updates had led to it.
  package func at(step: Tensor) -> OptimizerState {
    OptimizerState(step: step, params: params, slots: slots)
  }

  /// Visits the step, the parameters and the slots.
  public mutating func walk(_ walker: inout TreeWalker) {
    walker.visit(&step, "step")
    walker.visit(&params, "params")
    walker.visit(&slots, "slots")
  }
}

extension OptimizerState: Sendable where P: Sendable {}
