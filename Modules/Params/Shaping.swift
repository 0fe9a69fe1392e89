import Random
import Tensor

/// One look at the shapes in a module: which parameters it uses, or which state, of which shapes, and how they make a
/// tree.
final class Shaping {
  let trace: ShapeTrace
  /// Whether modules without anything are left out where parts have names.
  let leavesOutEmptyParts: Bool
  /// A key without elements, for looks at initializers.
  let key: PRNGKey
  private let reuse: Reuse
  /// By module, so that a module has one set of parameters wherever it is used. Builders keep their modules alive.
  private var builders: [ObjectIdentifier: ParamsBuilder] = [:]
  /// Modules that were made anew for what another one had stood for.
  private var successors: [AnyModule] = []
  private var plans: [ObjectIdentifier: ParameterPlan] = [:]
  /// What changes first values once all of them are made, by the module whose parameters it changes.
  private var transforms: [(builder: ParamsBuilder, transform: InitialTransform)] = []

  private init(_ reuse: Reuse, _ trace: ShapeTrace, leavesOutEmptyParts: Bool = false) {
    self.reuse = reuse
    self.trace = trace
    self.leavesOutEmptyParts = leavesOutEmptyParts
    key = PRNGKey(0).mapLeaves { [trace] in trace.tensor($0.type) }
  }

  /// What a module's parameters and state are, found by running its body on tensors without elements.
  static func look(
    at module: AnyModule, reuse: Reuse, stateReuse: Reuse, _ body: (ShapeTrace, _ enter: ([Tensor]) -> Frame) -> Void
  ) -> (params: ShapedParams, state: ShapedParams) {
    let found = run(module, reuse, stateReuse, body)
    // By now all modules are gone that live in the bodies only.
    return (found.params.shaped, found.state.shaped)
  }

  private struct Found {
    let skeleton: ParamsSkeleton
    let plans: [ObjectIdentifier: ParameterPlan]
    let transforms: [(ParamsSkeleton, InitialTransform)]

    init(_ root: ParamsBuilder, _ shaping: Shaping) {
      skeleton = root.finish()
      plans = shaping.plans
      transforms = shaping.transforms.map { ($0.builder.finish(), $0.transform) }
    }

    var shaped: ShapedParams {
      let (structure, leaves) = skeleton.made
      let positions = Dictionary(uniqueKeysWithValues: leaves.enumerated().map { ($1, $0) })
      return ShapedParams(
        structure: structure, plans: leaves.map { plans[$0]! },
        transforms: transforms.map { skeleton, transform in
          let (structure, leaves) = skeleton.made
          return (structure, leaves.map { positions[$0]! }, transform)
        })
    }
  }

  private static func run(
    _ module: AnyModule, _ reuse: Reuse, _ stateReuse: Reuse, _ body: (ShapeTrace, _ enter: ([Tensor]) -> Frame) -> Void
  ) -> (params: Found, state: Found) {
    let trace = ShapeTrace()
    let (params, state) = (Shaping(reuse, trace), Shaping(stateReuse, trace, leavesOutEmptyParts: true))
    let (root, stateRoot) = (params.builder(for: module) { nil }, state.builder(for: module) { nil })
    Trace.with(trace) {
      body(trace) { Frame(module, .building(root), .building(stateRoot), KeySource(trace), inputs: $0) }
    }
    trace.finish()
    reuse.checkUse(in: module, params.builders.keys)
    return (Found(root, params), Found(stateRoot, state))
  }

  func knownBuilder(for module: AnyModule) -> ParamsBuilder? { builders[ObjectIdentifier(module)] }

  /// The builder of a module's parameters. If there are parameters for it to take over, they are those given for it;
  /// otherwise what the module around it has for it; otherwise those of the same module anywhere in what is reused.
  func builder(for module: AnyModule, _ existing: () -> Params?) -> ParamsBuilder {
    if let known = knownBuilder(for: module) { return known }
    let builder = ParamsBuilder(
      module, existing: reuse.given[ObjectIdentifier(module)] ?? existing() ?? reuse.params(of: module), self)
    builders[ObjectIdentifier(module)] = builder
    return builder
  }

  func register(_ successor: AnyModule, _ builder: ParamsBuilder) {
    successors.append(successor)
    builders[ObjectIdentifier(successor)] = builder
  }

  func add(_ plan: ParameterPlan) { plans[plan.tensor.identity] = plan }

  /// The tensor without elements that stands for a planned parameter.
  func tensor(_ identity: ObjectIdentifier) -> Tensor { plans[identity]!.tensor }

  /// Changes the first values of a module's parameters, once for each module.
  func add(_ transform: @escaping InitialTransform, to builder: ParamsBuilder) {
    if !transforms.contains(where: { $0.builder === builder }) { transforms.append((builder, transform)) }
  }
}

/// A change of a module's first parameters, for those of the same structure and shapes.
package typealias InitialTransform = (Params) -> Params

/// What a module's parameters are, before they exist.
struct ShapedParams {
  let structure: ParamsStructure
  /// One for each tensor of the structure.
  let plans: [ParameterPlan]
  /// Changes of parts of the tree, with the positions of their tensors.
  let transforms: [(structure: ParamsStructure, positions: [Int], transform: InitialTransform)]

  /// How many bytes of freed memory are kept at most from one parameter to the next.
  private static let largestCache = 64 << 20

  /// The parameters: those taken over as they are, others made by their initializers, each with a key of its own.
  func initialized(_ key: PRNGKey, _ progress: ProgressHandler? = nil) -> Params {
    var trees: [ObjectIdentifier: [Tensor]] = [:]
    var done = 0
    let total = plans.reduce(0) { $0 + ($1.existing == nil ? $1.tensor.type.byteCount : 0) }
    var tensors = plans.enumerated().map { index, plan in
      if let existing = plan.existing { return existing }
      defer {
        done += plan.tensor.type.byteCount
        progress?(done, total)
        // Smaller parameters have no use for what the initializer of a large one needed meanwhile.
        if Trace.current == nil && TensorMemory.cachedByteCount > Self.largestCache { TensorMemory.clearCache() }
      }
      let value = ModulePath.with(InitializerPath(plan.path)) {
        switch plan.origin {
        case .alone(let initializer): return initializer(foldIn(key, index), plan.shape)
        case .together(let tree, let position):
          let leaves = trees[ObjectIdentifier(tree)] ?? tree.leaves(foldIn(key, index))
          trees[ObjectIdentifier(tree)] = leaves
          return leaves[position]
        }
      }
      return value.converted(to: value.dtype, isWeak: false)
    }
    for (structure, positions, transform) in transforms {
      let old = Params(structure, positions.map { tensors[$0] })
      let new = transform(old)
      if new.tensors.map(\.shape) != old.tensors.map(\.shape) {
        fail(
          "initTransform", new.tensors.map(\.type),
          "the first parameters have shapes \(old.tensors.map(\.shape)), which a change of them must keep")
      }
      for (position, tensor) in zip(positions, new.tensors) where plans[position].existing == nil {
        tensors[position] = tensor
      }
    }
    return Params(structure, tensors)
  }

  /// The parameters if all of them are taken over; otherwise the paths of those that are not.
  var takenOver: Result<Params, MissingParams> {
    let missing = zip(plans, structure.leafPaths).filter { $0.0.existing == nil }.map { "\($0.1)" }
    return missing.isEmpty
      ? .success(Params(structure, plans.map { $0.existing! })) : .failure(MissingParams(paths: missing))
  }
}

/// The paths of parameters that are not in what was given.
struct MissingParams: Error {
  let paths: [String]
}

/// The place of a parameter whose initializer runs, for errors.
private final class InitializerPath: ModulePath {
  private let parameterPath: String

  init(_ path: String) { parameterPath = path }

  override var path: String { parameterPath }
}

/// Parameters that others are to be taken over from, by module.
struct Reuse {
  /// Those given for a module.
  let given: [ObjectIdentifier: Params]
  private let found: [ObjectIdentifier: Found]
  /// What each of the given trees is for: the module and the modules within it. Empty if they need not be of use.
  private let mustBeUsed: [(name: String, modules: Set<ObjectIdentifier>)]

  private struct Found {
    var params: Params
    var depth: Int
    /// Whether there are others as near to the root of what was given.
    var isAmbiguous = false
  }

  /// - Parameter mustBeUsed: whether it is a mistake to give parameters for modules that are not there.
  init(_ given: [AnyModule: Params], mustBeUsed: Bool = false) {
    let given = Reuse.resolved(given)
    self.given = Dictionary(uniqueKeysWithValues: given.map { (ObjectIdentifier($0), $1) })
    var found: [ObjectIdentifier: Found] = [:]
    func visit(_ params: Params, _ depth: Int) {
      for child in params.structure.children {
        let part = params.part(child)
        if let module = child.structure.module {
          let known = found[ObjectIdentifier(module)]
          if known == nil || known!.depth > depth {
            found[ObjectIdentifier(module)] = Found(params: part, depth: depth)
          } else if known!.depth == depth && known!.params !== part {
            found[ObjectIdentifier(module)]!.isAmbiguous = true
          }
        }
        visit(part, depth + 1)
      }
    }
    for params in given.values { visit(params, 1) }
    self.found = found
    self.mustBeUsed = mustBeUsed ? given.map { ($0.name, $1.structure.modules.union([ObjectIdentifier($0)])) } : []
  }

  /// Stops the program if something was given that none of the modules that a module uses has a use for.
  func checkUse(in module: AnyModule, _ used: some Sequence<ObjectIdentifier>) {
    for (name, modules) in mustBeUsed where modules.isDisjoint(with: used) {
      fail(
        "reuse", [],
        "parameters were given for `\(name)`, but `\(module.name)` uses neither that module nor a part of it",
        hint: "sharing goes by the identity of module objects: use the object that the parameters were made for")
    }
  }

  /// The parameters of a module: those given for it, otherwise those nearest to the root of what was given for others.
  func params(of module: AnyModule) -> Params? {
    if let given = given[ObjectIdentifier(module)] { return overlaid(given) }
    guard let found = found[ObjectIdentifier(module)] else { return nil }
    if found.isAmbiguous {
      fail(
        "reuse", [], "what is to be reused has different parameters for `\(module.name)` in several places",
        hint: "give the right ones for that module itself: [\(module.name): …]")
    }
    return overlaid(found.params)
  }

  /// What is given, by the modules that parameters belong to.
  static func resolved(_ given: [AnyModule: Params]) -> [AnyModule: Params] {
    if !given.keys.contains(where: { $0.reuseTarget !== $0 }) { return given }
    return Dictionary(given.map { ($0.reuseTarget, $0.fitted($1)) }) { _, _ in
      fail(
        "reuse", [], "parameters are given for one module twice", hint: "give them for the module or `shaped` inputs")
    }
  }

  /// These parameters, with what is given for modules within in the place of their own: the innermost wins.
  private func overlaid(_ params: Params) -> Params {
    if given.count == 1 { return params }
    var tensors = params.tensors
    func visit(_ structure: ParamsStructure, _ positions: [Int]) {
      for child in structure.children {
        let positions = child.leafIndices.map { positions[$0] }
        if let module = child.structure.module, let inner = given[ObjectIdentifier(module)] {
          for (position, path) in zip(positions, child.structure.leafPaths) {
            tensors[position] = Frame.checked(
              inner.partIfPresent(path) ?? .none, "\(module.name).\(path)", tensors[position].shape)
          }
        }
        visit(child.structure, positions)
      }
    }
    visit(params.structure, Array(tensors.indices))
    return Params(params.structure, tensors)
  }
}
