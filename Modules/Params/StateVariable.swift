import Autodiff
import Random
import Tensor

/// What a module keeps from one call in training to the next, in the body of a module: something that is learned without
/// a gradient, such as the running mean of `BatchNorm`.
///
/// - Parameters:
///   - name: its name in the module's state; a body asks for each name once.
///   - shape: its shape, which may depend on the shapes of inputs.
///   - initializer: what makes its first value.
/// - Returns: its value in the state that the call was given, and the means to change it.
///
///     let average = stateVariable("average", [features], zeros())
///     if average.isTraining { average.update(to: average.value * 0.9 + mean(inputs, axis: 0) * 0.1) }
///
/// State is a tree of its own beside the parameters: `initState` makes it, `applyInTraining` takes one and returns the
/// next, calls with `state:` leave it as it is. A module that is used twice in a call has one state, and the second use
/// finds what the first one left. Outside of a module, in calls without state, and where the state given has no such
/// tensor of this shape, this stops the program.
public func stateVariable(_ name: String, _ shape: [Int], _ initializer: @escaping Initializer) -> StateVariable {
  guard let frame = Frame.here else {
    fail(
      "stateVariable", [], "the state `\(name)` is asked for outside of any module",
      hint: "ask for it in the body of a `parametrized` function")
  }
  return frame.stateVariable(name, shape, initializer)
}

/// All state of the module whose body asks for it, which keeps no other: a tree whose first values are made from one key.
///
/// - Returns: the tensors in the order of the tree's leaves.
package func stateTree(_ initialize: @escaping @Sendable (PRNGKey) -> Params) -> [StateVariable] {
  // Bodies run within the call of their module only.
  let frame = Frame.here!
  return frame.state.tree(initialize, frame.rootName)
}

/// A tensor of a module's state, in one call; from `stateVariable`.
public struct StateVariable {
  /// Its value before this use of the module.
  public let value: Tensor
  /// Whether the call is one of `applyInTraining` (or a look at shapes, which follows all that training does).
  public let isTraining: Bool
  fileprivate let name: String
  /// Where it lies; nil in a look at shapes.
  fileprivate let place: (store: StateStore, index: Int)?

  /// Changes it, to a tensor of the same shape, which is converted to its element type.
  ///
  /// In calls that are not in training, and within a loop or another transformation that began within the call, this
  /// stops the program.
  public func update(to newValue: Tensor) {
    if newValue.shape != value.shape {
      fail("update", [newValue.type], "the state `\(name)` has shape \(value.shape), not \(newValue.shape)")
    }
    guard let place else { return }
    if !isTraining {
      fail(
        "update", [newValue.type], "the state `\(name)` is changed in a call that is not in training",
        hint: "ask for `isTraining` before, and train with `applyInTraining`")
    }
    if Trace.current !== place.store.trace {
      fail(
        "update", [newValue.type],
        "the state `\(name)` is changed within \(Trace.current?.name ?? "a transformation"), which began within the call",
        hint:
          "have the body of the loop call `applyInTraining` with parameters and state of its own, and carry the state")
    }
    place.store.tensors[place.index] = newValue.asType(value.dtype)
  }
}

/// The state of one call of a network, which changes while it goes on.
final class StateStore {
  let structure: ParamsStructure
  var tensors: [Tensor]
  let isTraining: Bool
  /// The transformation that the call is in, whose values the state may have.
  let trace = Trace.current

  init(_ state: Params, isTraining: Bool) {
    structure = state.structure
    tensors = state.tensors
    self.isTraining = isTraining
  }

  /// The whole of it.
  var root: StatePart { StatePart(store: self, structure: structure, indices: Array(tensors.indices)) }
  /// The tree as it is now.
  var state: Params { Params(structure, tensors) }
}

/// A module's part of a state.
struct StatePart {
  fileprivate let store: StateStore
  fileprivate let structure: ParamsStructure
  /// Which of the store's tensors its own are.
  fileprivate let indices: [Int]

  fileprivate func part(_ child: ParamsStructure.Child) -> StatePart {
    StatePart(store: store, structure: child.structure, indices: child.leafIndices.map { indices[$0] })
  }

  fileprivate var none: StatePart { StatePart(store: store, structure: .empty, indices: []) }

  /// The tensor at a path. One that is not there, or of another shape, stops the program.
  fileprivate func variable(_ path: ParamsPath, _ shape: [Int]) -> StateVariable {
    let part = path.components.reduce(self as StatePart?) { part, component in
      part.flatMap { part in part.structure.child(component).map(part.part) }
    }
    guard let part, part.structure.kind == .leaf else {
      let contents = structure.children.map { "`\($0.name)`" }.joined(separator: ", ")
      fail(
        "stateVariable", [],
        "the state given has no `\(path)` of shape \(shape); it has: \(contents.isEmpty ? "no parts" : contents)",
        hint: "make state for this module with `initState`")
    }
    let value = store.tensors[part.indices[0]]
    if value.shape != shape {
      fail(
        "stateVariable", [value.type], "the state given for `\(path)` should have shape \(shape), not \(value.shape)",
        hint: "state fits inputs of the shapes that it was made with, except the number of examples")
    }
    return StateVariable(
      value: value, isTraining: store.isTraining, name: "\(path)", place: (store, part.indices[0]))
  }
}

/// Where the state of a module's call comes from and goes to.
enum StateSource {
  /// It comes into being: a look at shapes.
  case building(ParamsBuilder)
  /// It was given.
  case given(StatePart)
  /// None was given.
  case missing

  /// The part of a module or parameter that was declared.
  func declaredPart(_ callee: AnyModule, _ path: ParamsPath) -> StateSource {
    switch self {
    case .building(let builder): return .building(builder.declaredPart(callee, path))
    case .given(let state):
      let found = path.components.reduce(state as StatePart?) { part, component in
        part.flatMap { part in part.structure.child(component).map(part.part) }
      }
      return .given(found ?? state.none)
    case .missing: return .missing
    }
  }

  /// The part of a module or parameter that was not.
  func inlinePart(_ callee: AnyModule, _ place: InlinePlace, in module: AnyModule) -> StateSource {
    switch self {
    case .building(let builder): .building(builder.inlinePart(callee, place))
    case .given(let state):
      .given(state.structure.inlineChild(callee, place, in: module).map(state.part) ?? state.none)
    case .missing: .missing
    }
  }

  func variable(
    _ name: String, _ shape: [Int], _ initializer: @escaping Initializer, _ rootName: String
  ) -> StateVariable {
    switch self {
    case .building(let builder):
      let value = builder.parameter(name, shape, initializer).tensor
      return StateVariable(value: value, isTraining: true, name: name, place: nil)
    case .given(let state): return state.variable(ParamsPath([.name(name)]), shape)
    case .missing: isMissing(name, rootName)
    }
  }

  func tree(_ initialize: @escaping @Sendable (PRNGKey) -> Params, _ rootName: String) -> [StateVariable] {
    switch self {
    case .building(let builder):
      return builder.wholeTree(initialize).leaves.map {
        StateVariable(value: $0, isTraining: true, name: "", place: nil)
      }
    case .given(let state):
      let template = evalShape { (key: PRNGKey) in initialize(key) }(PRNGKey(0))
      return zip(template.structure.leafPaths, template.leaves).map { state.variable($0, $1.shape) }
    case .missing:
      isMissing(evalShape { (key: PRNGKey) in initialize(key) }(PRNGKey(0)).leafPaths[0], rootName)
    }
  }

  private func isMissing(_ name: String, _ rootName: String) -> Never {
    fail(
      "stateVariable", [], "the module keeps the state `\(name)`, but the call was given none",
      hint:
        "make it with \(rootName).initState(inputs); train with \(rootName).applyInTraining(params, state, inputs), "
        + "which returns the next state, and evaluate with \(rootName)(params, inputs, state: state)")
  }
}
