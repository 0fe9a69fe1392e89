import Random
import Tensor

/// One look at the shapes in a module: which parameters it uses, of which shapes, and how they make a tree.
final class Shaping {
  let trace = ShapeTrace()
  /// A key without elements, for looks at initializers.
  let key: PRNGKey
  private let reuse: Reuse
  /// By module, so that a module has one set of parameters wherever it is used. Builders keep their modules alive.
  private var builders: [ObjectIdentifier: ParamsBuilder] = [:]
  /// Modules that were made anew for what another one had stood for.
  private var successors: [AnyModule] = []
  private var plans: [ObjectIdentifier: ParameterPlan] = [:]

  private init(_ reuse: Reuse) {
    self.reuse = reuse
    key = PRNGKey(0).mapLeaves { [trace] in trace.tensor($0.type) }
  }

  /// What a module's parameters are, found by running its body on tensors without elements.
  static func look(
    at module: AnyModule, reuse: Reuse, _ body: (ShapeTrace, _ enter: ([Tensor]) -> Frame) -> Void
  ) -> ShapedParams {
    let (skeleton, plans) = run(module, reuse, body)
    // By now all modules are gone that live in the bodies only.
    let (structure, leaves) = skeleton.made
    return ShapedParams(structure: structure, plans: leaves.map { plans[$0]! })
  }

  private static func run(
    _ module: AnyModule, _ reuse: Reuse, _ body: (ShapeTrace, _ enter: ([Tensor]) -> Frame) -> Void
  ) -> (ParamsSkeleton, [ObjectIdentifier: ParameterPlan]) {
    let shaping = Shaping(reuse)
    let root = shaping.builder(for: module) { nil }
    Trace.with(shaping.trace) {
      body(shaping.trace) { Frame(module, .building(root), KeySource(shaping.trace), inputs: $0) }
    }
    shaping.trace.finish()
    reuse.checkUse(in: module, shaping.builders.keys)
    return (root.finish(), shaping.plans)
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
}

/// What a module's parameters are, before they exist.
struct ShapedParams {
  let structure: ParamsStructure
  /// One for each tensor of the structure.
  let plans: [ParameterPlan]

  /// The parameters: those taken over as they are, others made by their initializers, each with a key of its own.
  func initialized(_ key: PRNGKey) -> Params {
    Params(
      structure,
      plans.enumerated().map { index, plan in
        if let existing = plan.existing { return existing }
        let value = ModulePath.with(InitializerPath(plan.path)) { plan.initializer(foldIn(key, index), plan.shape) }
        return value.converted(to: value.dtype, isWeak: false)
      })
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
    if let given = given[ObjectIdentifier(module)] { return given }
    guard let found = found[ObjectIdentifier(module)] else { return nil }
    if found.isAmbiguous {
      fail(
        "reuse", [], "what is to be reused has different parameters for `\(module.name)` in several places",
        hint: "give the right ones for that module itself: [\(module.name): …]")
    }
    return found.params
  }
}
