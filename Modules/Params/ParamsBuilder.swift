import Autodiff
import Random
import Tensor

/// A parameter in the making.
final class ParameterPlan {
  /// Where its first value comes from.
  enum Origin {
    /// An initializer of its own.
    case alone(Initializer)
    /// One of the tensors that are made together.
    case together(TreeInitializer, position: Int)
  }

  /// Without elements, for the look at shapes.
  let tensor: Tensor
  let shape: [Int]
  let origin: Origin
  /// Where it was first used, for errors.
  let path: String
  /// The tensor that it takes over.
  let existing: Tensor?

  init(_ tensor: Tensor, _ origin: Origin, path: String, existing: Tensor?) {
    self.tensor = tensor
    shape = tensor.shape
    self.origin = origin
    self.path = path
    self.existing = existing
  }
}

/// What makes the tensors of one tree from one key.
final class TreeInitializer {
  let leaves: (PRNGKey) -> [Tensor]

  init(_ leaves: @escaping (PRNGKey) -> [Tensor]) { self.leaves = leaves }
}

/// The parameters of a module in the making, or one parameter.
final class ParamsBuilder {
  fileprivate enum Part { case parameter(name: String), inline(InlinePlace) }

  /// The module, nil for a parameter without one.
  let module: AnyModule?
  /// Parameters that are taken over, if there are any for this module.
  private let existing: Params?
  private unowned let shaping: Shaping

  private var leaf: ParameterPlan?
  /// The tensors of a module that holds one tree, and their structure.
  private var whole: (structure: ParamsStructure, plans: [ParameterPlan])?
  /// Declared modules that were used.
  private var declaredParts: [ObjectIdentifier: ParamsBuilder] = [:]
  /// Parameters, and modules that were not declared, in order of their first use.
  private var parts: [(part: Part, builder: ParamsBuilder)] = []
  private var skeleton: ParamsSkeleton?
  private var isFinishing = false

  init(_ module: AnyModule?, existing: Params?, _ shaping: Shaping) {
    self.module = module
    self.existing = existing
    self.shaping = shaping
  }

  // MARK: The parts

  /// The builder of a declared module or parameter.
  func declaredPart(_ callee: AnyModule, _ path: ParamsPath) -> ParamsBuilder {
    if let known = declaredParts[ObjectIdentifier(callee)] { return known }
    let builder = shaping.builder(for: callee) { existing.map { $0.partIfPresent(path) ?? .none } }
    declaredParts[ObjectIdentifier(callee)] = builder
    return builder
  }

  /// The builder of a module or parameter that was not declared.
  func inlinePart(_ callee: AnyModule, _ place: InlinePlace) -> ParamsBuilder {
    if let known = shaping.knownBuilder(for: callee) {
      if parts.contains(where: { $0.builder === known }) { return known }
    } else if let earlier = parts.first(where: { $0.part.place == place }) {
      // A body that makes its modules anew in each call means the same ones.
      shaping.register(callee, earlier.builder)
      return earlier.builder
    }
    let builder = shaping.builder(for: callee) { existing.map { $0.inlinePart(callee, place, in: module!) ?? .none } }
    let number = parts.count { $0.part.place?.name == place.name }
    parts.append((.inline(InlinePlace(name: place.name, number: number)), builder))
    return builder
  }

  /// The plan of a parameter.
  func parameter(_ name: String, _ shape: [Int], _ initializer: @escaping Initializer) -> ParameterPlan {
    if let known = parts.first(where: { $0.part.parameterName == name }) {
      return known.builder.plan(name, shape, initializer)
    }
    if let existing, existing.partIfPresent(.name(name)) == nil {
      fail(
        "parameter", [],
        "the parameters to be reused have no `\(name)` of shape \(shape); they have: \(existing.contents)")
    }
    let builder = ParamsBuilder(nil, existing: existing?.partIfPresent(.name(name)), shaping)
    parts.append((.parameter(name: name), builder))
    return builder.plan(name, shape, initializer)
  }

  /// The plan of the parameter that this builder makes.
  func plan(_ name: String, _ shape: [Int], _ initializer: @escaping Initializer) -> ParameterPlan {
    if let leaf {
      if leaf.shape != shape {
        fail(
          "parameter", [],
          "the shared parameter `\(name)` has shape \(leaf.shape) at its first use, \(leaf.path), but \(shape) here")
      }
      return leaf
    }
    let reused = existing.map { Frame.checked($0, name, shape) }
    let plan = ParameterPlan(
      shaping.trace.tensor(reused?.type ?? typeOfParameter(name, shape, initializer)), .alone(initializer),
      path: (ModulePath.current.map { $0 + "." } ?? "") + name, existing: reused)
    leaf = plan
    shaping.add(plan)
    return plan
  }

  /// The tensors of the one tree that this module holds, made by one initializer.
  func wholeTree<Value: Tree>(_ initialize: @escaping (PRNGKey) -> Value) -> Value {
    let value = Trace.with(shaping.trace) { initialize(shaping.key) }
    let types = value.leaves.map(\.type.strong)
    if let whole {
      if types.map(\.shape) != whole.plans.map(\.shape) {
        fail(
          "Parameter", types,
          "the shared tree has shapes \(whole.plans.map(\.shape)) at its first use, but \(types.map(\.shape)) here")
      }
      return value.replacingLeaves(with: whole.plans.map(\.tensor))
    }
    let initializer = TreeInitializer { initialize($0).leaves }
    let structure = ParamsStructure.of(value)
    let here = ModulePath.current ?? ""
    let plans = zip(types, structure.leafPaths).enumerated().map { position, leaf in
      let (type, path) = leaf
      let reused = existing.map {
        Frame.checked($0.partIfPresent(path) ?? .none, path.components.isEmpty ? module!.name : "\(path)", type.shape)
      }
      return ParameterPlan(
        shaping.trace.tensor(reused?.type ?? type), .together(initializer, position: position),
        path: path.components.isEmpty ? here : "\(here).\(path)", existing: reused)
    }
    whole = (structure, plans)
    for plan in plans { shaping.add(plan) }
    return value.replacingLeaves(with: plans.map(\.tensor))
  }

  /// Changes the first values of these parameters.
  func add(_ transform: @escaping InitialTransform) { shaping.add(transform, to: self) }

  private func typeOfParameter(_ name: String, _ shape: [Int], _ initializer: Initializer) -> TensorType {
    // Even where the module is used within another transformation, its parameters come from outside of that.
    let type = Trace.with(shaping.trace) { initializer(shaping.key, shape).type.strong }
    if type.shape != shape {
      fail("parameter", [type], "the initializer of `\(name)` was asked for shape \(shape), but makes \(type.shape)")
    }
    return type
  }

  // MARK: The result

  /// The finished tree, from which structures are made when the modules that nobody holds are gone.
  func finish() -> ParamsSkeleton {
    if let skeleton { return skeleton }
    let result = soFar { $0.finish() }
    skeleton = result
    return result
  }

  /// The parameters that were asked for up to now, without elements.
  func paramsSoFar() -> Params {
    func skeleton(_ builder: ParamsBuilder) -> ParamsSkeleton { builder.soFar(skeleton) }
    let (structure, leaves) = skeleton(self).made
    return Params(structure, leaves.map(shaping.tensor))
  }

  private func soFar(_ part: (ParamsBuilder) -> ParamsSkeleton) -> ParamsSkeleton {
    if isFinishing {
      fail("initParams", [], "modules use each other in a circle, so that their parameters do not make a tree")
    }
    isFinishing = true
    defer { isFinishing = false }
    if let leaf { return ParamsSkeleton(leaf: leaf.tensor.identity, module: module) }
    if let whole { return ParamsSkeleton(whole.structure, whole.plans.map(\.tensor.identity), module: module) }
    return tree(part)
  }

  private func tree(_ part: (ParamsBuilder) -> ParamsSkeleton) -> ParamsSkeleton {
    let declared = module?.declared
    let used = parts.map { (name(of: $0.part), part($0.builder)) }.filter { !leavesOut($0.1) }
    if let declared, declared.kind == .list {
      if !used.isEmpty {
        fail(
          "initParams", [], "`\(module!.name)` declares a list without a label, but uses `\(used[0].0)`, too",
          hint: "declare a labelled tuple, a struct or a dictionary, so that all parts have names")
      }
      return ParamsSkeleton(.list, entries(declared, part), module: module)
    }
    let all = (declared.map { entries($0, part) } ?? []) + used
    if let name = all.map(\.0).firstDuplicate {
      fail("initParams", [], "two parts of `\(module!.name)` are named `\(name)`", hint: "rename one of them")
    }
    return ParamsSkeleton(.named, all, module: module)
  }

  /// The declared parts: all positions of a list, and the names that were used.
  private func entries(
    _ declared: Declarations, _ part: (ParamsBuilder) -> ParamsSkeleton
  ) -> [(String, ParamsSkeleton)] {
    declared.entries.compactMap { entry in
      var skeleton: ParamsSkeleton?
      if let group = entry.module as? ModuleGroup {
        let parts = entries(group.declared!, part)
        if parts.contains(where: { !$0.1.isEmpty }) {
          skeleton = ParamsSkeleton(group.declared!.kind, parts, module: group)
        }
      } else if let module = entry.module {
        skeleton = declaredParts[ObjectIdentifier(module)].map(part)
        if let found = skeleton, declared.kind == .named && leavesOut(found) { skeleton = nil }
      }
      return skeleton.map { (entry.name, $0) } ?? (declared.kind == .list ? ("", .empty) : nil)
    }
  }

  private func leavesOut(_ part: ParamsSkeleton) -> Bool { shaping.leavesOutEmptyParts && part.isEmpty }

  private func name(of part: Part) -> String {
    switch part {
    case .parameter(let name): return name
    case .inline(let place):
      let isAlone =
        parts.count { $0.part.place?.name == place.name } == 1 && module?.declared?.names(place.name) != true
      return isAlone ? place.name : "\(place.name)\(place.number)"
    }
  }
}

extension ParamsBuilder.Part {
  fileprivate var place: InlinePlace? { if case .inline(let place) = self { place } else { nil } }
  fileprivate var parameterName: String? { if case .parameter(let name) = self { name } else { nil } }
}

/// A finished tree that does not keep its modules alive.
final class ParamsSkeleton {
  /// A tree without parameters.
  static var empty: ParamsSkeleton { ParamsSkeleton(.named, [], module: nil) }

  private let kind: ParamsStructure.Kind
  private let parts: [(name: String, skeleton: ParamsSkeleton)]
  private let leaf: ObjectIdentifier?
  private weak var module: AnyModule?
  /// The structure, and the plans' tensors in the order of the tree. The structure remembers its module if that is
  /// still alive.
  private(set) lazy var made = make()

  init(_ kind: ParamsStructure.Kind, _ parts: [(String, ParamsSkeleton)], module: AnyModule?) {
    (self.kind, self.parts, leaf, self.module) = (kind, parts, nil, module)
  }

  init(leaf: ObjectIdentifier, module: AnyModule?) {
    (kind, parts, self.leaf, self.module) = (.leaf, [], leaf, module)
  }

  /// A tree of known structure with these tensors.
  convenience init(_ structure: ParamsStructure, _ leaves: [ObjectIdentifier], module: AnyModule?) {
    if structure.kind == .leaf {
      self.init(leaf: leaves[0], module: module)
    } else {
      let parts = structure.children.map { child in
        let leaves = child.leafIndices.map { leaves[$0] }
        return (child.name, ParamsSkeleton(child.structure, leaves, module: child.structure.module))
      }
      self.init(structure.kind, parts, module: module)
    }
  }

  var isEmpty: Bool { kind != .leaf && parts.allSatisfy(\.skeleton.isEmpty) }

  private func make() -> (structure: ParamsStructure, leaves: [ObjectIdentifier]) {
    if let leaf { return (.leaf(of: module), [leaf]) }
    let parts = parts.map { (name: $0.name, structure: $0.skeleton.made.structure, leaves: $0.skeleton.made.leaves) }
    return ParamsStructure.tree(kind, parts, module: module)
  }
}
