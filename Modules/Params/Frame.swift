import Autodiff
import Random
import Tensor

/// The call of a module that the current thread is in: where its parameters and random keys come from.
///
/// Frames make a stack by way of `ModulePath`; a body finds the innermost one and is otherwise an ordinary function.
final class Frame: ModulePath {
  /// Where parameters come from.
  enum Source {
    /// They come into being: a look at shapes.
    case building(ParamsBuilder)
    /// They were given.
    case given(Params)
  }

  let module: AnyModule
  let source: Source
  /// Where state comes from and goes to.
  let state: StateSource
  /// Where `randomKey()` draws from.
  let keys: KeySource
  /// The tensors of the inputs.
  let inputs: [Tensor]
  /// The call that this call is part of, nil for one that was given parameters of its own.
  private let outer: Frame?
  private let location: ModuleLocation
  /// What notes this call and those within it, for a summary.
  var recorder: CallRecorder?
  /// Modules that were used without being declared, in order of their first use in this call. They are kept alive so
  /// that another one does not take an identity over.
  private var inlineModules: [(module: AnyModule, place: InlinePlace)] = []
  private var parameterNames: Set<String> = []
  private var stateNames: Set<String> = []

  /// The call of a module that is given parameters, or for which they come into being.
  init(_ module: AnyModule, _ source: Source, _ state: StateSource, _ keys: KeySource, inputs: [Tensor]) {
    self.module = module
    self.source = source
    self.state = state
    self.keys = keys
    self.inputs = inputs
    outer = nil
    location = .root(caller: ModulePath.current)
  }

  private init(
    _ module: AnyModule, _ source: Source, _ state: StateSource, _ keys: KeySource, inputs: [Tensor], outer: Frame,
    _ location: ModuleLocation
  ) {
    self.module = module
    self.source = source
    self.state = state
    self.keys = keys
    self.inputs = inputs
    self.outer = outer
    self.location = location
  }

  /// The innermost call on this thread, if any.
  static var here: Frame? { ModulePath.innermost as? Frame }

  override var path: String { wholePath }

  private lazy var wholePath: String =
    switch location {
    case .root(let caller): (caller.map { $0 + " → " } ?? "") + module.name
    case .declared(let path):
      // A position alone does not say what is there.
      outer!.path + (path.startsWithName ? "." : "") + path.description + (path.endsWithIndex ? "." + module.name : "")
    case .inline(let place): outer!.path + "." + place.provisionalName
    case .itself: outer!.path + "." + module.name
    }

  // MARK: Modules within the module

  /// The call of a module within this one.
  func entering(_ callee: AnyModule, inputs: [Tensor], key: PRNGKey?) -> Frame {
    let (source, state, location) = find(callee)
    let frame = Frame(callee, source, state, key.map(KeySource.init) ?? keys, inputs: inputs, outer: self, location)
    frame.recorder = recorder
    return frame
  }

  /// Where the parameters and the state of a module, or a declared parameter, that is used here come from.
  func find(_ callee: AnyModule) -> (source: Source, state: StateSource, location: ModuleLocation) {
    // A module that is used within itself has the parameters that it has.
    if let same = enclosing(where: { $0.module === callee }) { return (same.source, same.state, .itself) }
    if let path = module.declared?.path(to: callee) {
      return (source.declaredPart(callee, path), state.declaredPart(callee, path), .declared(path))
    }
    let place = inlinePlace(of: callee)
    return (source.inlinePart(callee, place, in: module), state.inlinePart(callee, place, in: module), .inline(place))
  }

  private func enclosing(where condition: (Frame) -> Bool) -> Frame? {
    var frame: Frame? = self
    while let candidate = frame {
      if condition(candidate) { return candidate }
      frame = candidate.outer
    }
    return nil
  }

  private func inlinePlace(of callee: AnyModule) -> InlinePlace {
    if let known = inlineModules.first(where: { $0.module === callee }) { return known.place }
    let place = InlinePlace(name: callee.name, number: inlineModules.count { $0.place.name == callee.name })
    inlineModules.append((callee, place))
    return place
  }

  // MARK: Parameters

  /// The parameter of this name.
  func parameter(_ name: String, _ shape: [Int], _ initializer: @escaping Initializer) -> Tensor {
    if !ParamsPath.isName(name) {
      fail(
        "parameter", [], "\"\(name)\" cannot name a parameter", hint: "names are not empty and have none of . [ ] / \"")
    }
    if !parameterNames.insert(name).inserted {
      fail(
        "parameter", [], "the parameter `\(name)` is asked for twice in one call",
        hint: "keep it in a constant to use it twice, or give two parameters two names")
    }
    switch source {
    case .building(let builder): return builder.parameter(name, shape, initializer).tensor
    case .given(let params):
      guard let part = params.partIfPresent(.name(name)) else {
        fail(
          "parameter", [], "the parameters given have no `\(name)` of shape \(shape); they have: \(params.contents)",
          hint: "make parameters for this module with `initParams`")
      }
      return Frame.checked(part, name, shape)
    }
  }

  /// The parameter that a declared or shared one stands for.
  func parameter(_ param: Param, _ shape: [Int], _ initializer: @escaping Initializer) -> Tensor {
    let (source, _, location) = find(param)
    let name: String
    switch location {
    case .declared(let path): name = path.description
    case .inline(let place): name = place.provisionalName
    case .itself, .root: name = param.name
    }
    switch source {
    case .building(let builder): return builder.plan(name, shape, initializer).tensor
    case .given(let part): return Frame.checked(part, name, shape)
    }
  }

  /// The one tree that this module holds.
  func wholeTree<Value: Tree>(_ initialize: @escaping @Sendable (PRNGKey) -> Value) -> Value {
    switch source {
    case .building(let builder): return builder.wholeTree(initialize)
    case .given(let params):
      let value = evalShape { (key: PRNGKey) in initialize(key) }(PRNGKey(0))
      let leaves = zip(value.leaves, ParamsStructure.of(value).leafPaths).map { leaf, path in
        Frame.checked(
          params.partIfPresent(path) ?? .none, path.components.isEmpty ? module.name : "\(path)", leaf.shape)
      }
      return value.replacingLeaves(with: leaves)
    }
  }

  // MARK: State

  /// The state of a module that belongs to this one, however it is called.
  func knownState(of callee: AnyModule) -> StateSource? {
    let isKnown = module.declared?.path(to: callee) != nil || inlineModules.contains { $0.module === callee }
    return isKnown ? find(callee).state : nil
  }

  /// The state of this name.
  func stateVariable(_ name: String, _ shape: [Int], _ initializer: @escaping Initializer) -> StateVariable {
    if !ParamsPath.isName(name) {
      fail(
        "stateVariable", [], "\"\(name)\" cannot name a part of a state",
        hint: "names are not empty and have none of . [ ] / \"")
    }
    if !stateNames.insert(name).inserted {
      fail(
        "stateVariable", [], "the state `\(name)` is asked for twice in one call", hint: "keep it in a constant")
    }
    return state.variable(name, shape, initializer, rootName)
  }

  /// The module that was called with parameters of its own, for errors.
  var rootName: String { outer?.rootName ?? module.name }

  /// A given parameter, or the mistake of giving one that does not fit.
  static func checked(_ part: Params, _ name: String, _ shape: [Int]) -> Tensor {
    if part.structure == .empty {
      fail(
        "parameter", [], "the parameters given have no `\(name)` of shape \(shape)",
        hint: "make parameters for this module with `initParams`")
    }
    if !part.isTensor {
      fail("parameter", [], "`\(name)` should be a tensor of shape \(shape), but is a tree; it has: \(part.contents)")
    }
    if part.tensor.shape != shape {
      fail(
        "parameter", [part.tensor.type],
        "the parameter given for `\(name)` should have shape \(shape), not \(part.tensor.shape)",
        hint: "parameters fit inputs of the shapes that they were made with, except the number of examples")
    }
    return part.tensor
  }
}

extension Frame.Source {
  /// The part of a module or parameter that was declared.
  fileprivate func declaredPart(_ callee: AnyModule, _ path: ParamsPath) -> Frame.Source {
    switch self {
    case .building(let builder): .building(builder.declaredPart(callee, path))
    case .given(let params): .given(params.partIfPresent(path) ?? .none)
    }
  }

  /// The part of a module or parameter that was not.
  fileprivate func inlinePart(_ callee: AnyModule, _ place: InlinePlace, in module: AnyModule) -> Frame.Source {
    switch self {
    case .building(let builder): .building(builder.inlinePart(callee, place))
    case .given(let params): .given(params.inlinePart(callee, place, in: module) ?? .none)
    }
  }
}

extension Params {
  /// What a module without parameters is given.
  package static let none = Params(.empty, [])

  /// The part for a module that was used without being declared.
  func inlinePart(_ callee: AnyModule, _ place: InlinePlace, in module: AnyModule) -> Params? {
    structure.inlineChild(callee, place, in: module).map(part)
  }
}

extension ParamsStructure {
  /// The part for a module that was used without being declared: that of this very module if it is here, otherwise by
  /// its name.
  func inlineChild(_ callee: AnyModule, _ place: InlinePlace, in module: AnyModule) -> Child? {
    children.first { $0.structure.module === callee }
      ?? place.candidateNames(in: module).lazy.compactMap { self.child(named: $0) }.first
  }
}

/// How a call is named by the one that it is part of.
enum ModuleLocation {
  /// It is part of none; `caller` is the path of the module in whose body it happens.
  case root(caller: String?)
  /// By the place where the module was declared.
  case declared(ParamsPath)
  /// By the module's own name.
  case inline(InlinePlace)
  /// A module used within itself.
  case itself
}

/// The name of a module that was used without being declared, and its number among those of that name in one call.
struct InlinePlace: Hashable {
  let name: String
  let number: Int

  /// The name as far as it is known before the call has ended.
  var provisionalName: String { number == 0 ? name : "\(name)\(number)" }

  /// The names that it may have in a tree: its own if no other module has it, otherwise with its number.
  func candidateNames(in module: AnyModule) -> [String] {
    let numbered = "\(name)\(number)"
    return number == 0 && module.declared?.names(name) != true ? [name, numbered] : [numbered]
  }
}

/// Random keys for one call of a network.
final class KeySource {
  private enum Key {
    case given(PRNGKey)
    case shapesOnly(ShapeTrace)
    case missing
  }

  private let key: Key
  private var count = 0

  /// Keys drawn from one.
  init(_ key: PRNGKey) { self.key = .given(key) }
  /// Keys without elements.
  init(_ trace: ShapeTrace) { key = .shapesOnly(trace) }
  private init() { key = .missing }

  /// No keys.
  static var missing: KeySource { KeySource() }

  /// The next key, nil if there is none.
  func next() -> PRNGKey? {
    switch key {
    case .given(let key):
      defer { count += 1 }
      return foldIn(key, count)
    case .shapesOnly(let trace): return PRNGKey(0).mapLeaves { trace.tensor($0.type) }
    case .missing: return nil
    }
  }
}

extension ParamsPath {
  fileprivate var startsWithName: Bool { if case .name = components.first { true } else { false } }
  fileprivate var endsWithIndex: Bool { if case .index = components.last { true } else { false } }
}
