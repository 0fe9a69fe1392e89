import Autodiff
import Random
import Tensor

extension Parametrized {
  /// This module's parameters, found in those of other modules, such as a loss of which it is a part.
  ///
  /// - Parameter reuse: parameters by the module that they are for.
  /// - Returns: what is given for this module itself; or its part of what is given for others; or, if it declares its
  ///   submodules, those of them that are found so. Where several trees have parameters for a module, those given for
  ///   it directly win, also within what is given for a module around it; then those nearest to the root of a tree.
  ///
  /// The parameters of a module that is only related to the given ones, by modules that it uses in its body, are not
  /// known without its inputs: `paramsFrom(reuse, inputs…)` finds those, too. What is not found stops the program.
  public func paramsFrom(_ reuse: [AnyModule: Params]) -> Params {
    let known = Reuse(reuse)
    if let params = known.params(of: self) { return params }
    if let declared {
      let found = parts(declared, known)
      if !found.isEmpty { return Params(declaredAs: declared, found, module: self) }
    }
    let given = reuse.keys.map { "`\($0.name)`" }.sorted().joined(separator: ", ")
    fail(
      "paramsFrom", [],
      "there are no parameters for `\(name)` in what was given for \(given.isEmpty ? "nothing" : given)",
      hint: "give example inputs, so that its parts are known: \(name).paramsFrom(reuse, inputs)")
  }

  /// This module's parameters for inputs of certain shapes, all of them found in those of other modules.
  ///
  /// As `paramsFrom` without inputs, but for any module: it looks at the shapes in the module, as `initParams` does, to
  /// find which modules it uses. Parameters that have names only, such as those from a file, are matched by name, and
  /// checked. What is not found stops the program.
  public func paramsFrom(_ reuse: [AnyModule: Params], _ inputs: repeat each Input) -> Params {
    switch shapedParams(repeat each inputs, reuse: Reuse(reuse)).takenOver {
    case .success(let params): return params
    case .failure(let missing):
      fail(
        "paramsFrom", [],
        "what was given has no parameters for these of `\(name)`: \(missing.paths.joined(separator: ", "))",
        hint: "initialize the rest with `initParams(key, inputs, reuse: …)`")
    }
  }

  /// The result for these inputs, with parameters found in those of other modules: short for `paramsFrom` and a call.
  ///
  /// - Parameters:
  ///   - reuse: parameters by the module that they are for.
  ///   - key: what `randomKey()` draws from.
  ///   - jit: whether to compile the call; it is compiled once for the given modules and types of inputs.
  public func applyFrom(
    _ reuse: [AnyModule: Params], _ inputs: repeat each Input, key: PRNGKey? = nil, jit isCompiled: Bool = false
  ) -> Output {
    if !isCompiled { return self(foundParams(reuse, repeat each inputs), repeat each inputs, key: key) }
    let given = Reuse.resolved(reuse).sorted { ObjectIdentifier($0.key) < ObjectIdentifier($1.key) }
    let modules = given.map(\.key)
    // The function lives in this object, so it must not keep the object alive.
    let compiled = reusing.value(for: modules.map(ObjectIdentifier.init)) { [unowned self] in
      let others = modules.map { $0 === self ? nil : $0 }
      return jit(name: name) { (params: [Params], key: PRNGKey?, inputs: repeat each Input) in
        let modules = others.map { $0 ?? self }
        let reuse = Dictionary(uniqueKeysWithValues: zip(modules, params))
        return self(self.foundParams(reuse, repeat each inputs), repeat each inputs, key: key)
      }
    }
    return compiled(given.map(\.value), key, repeat each inputs)
  }

  private func foundParams(_ reuse: [AnyModule: Params], _ inputs: repeat each Input) -> Params {
    Reuse(reuse).params(of: self) ?? paramsFrom(reuse, repeat each inputs)
  }

  /// The parts of this module's tree that are found for its declared submodules.
  private func parts(_ declared: Declarations, _ known: Reuse) -> [ObjectIdentifier: Params] {
    var found: [ObjectIdentifier: Params] = [:]
    for case let module? in declared.entries.map(\.module) {
      if let params = known.params(of: module) {
        found[ObjectIdentifier(module)] = params
      } else if let group = module as? ModuleGroup {
        found.merge(parts(group.declared!, known)) { first, _ in first }
      }
    }
    return found
  }
}

extension Params {
  /// The tree of a module that declares its submodules, from the parts that there are.
  fileprivate init(declaredAs declared: Declarations, _ parts: [ObjectIdentifier: Params], module: AnyModule) {
    let children: [(name: String, params: Params)] = declared.entries.compactMap { entry in
      if let params = entry.module.flatMap({ parts[ObjectIdentifier($0)] }) { return (entry.name, params) }
      if let group = entry.module as? ModuleGroup {
        let params = Params(declaredAs: group.declared!, parts, module: group)
        if !params.tensors.isEmpty { return (entry.name, params) }
      }
      return declared.kind == .list ? ("", .none) : nil
    }
    self.init(declared.kind, children.map { ($0.name, $0.params) }, module: module)
  }
}
