import Tensor

/// Something that stands for a module among defaults, such as an entry of `Sequential`.
package protocol ModuleHolder {
  /// The module, nil for a plain function.
  var heldModule: AnyModule? { get }
}

extension Declarations {
  /// The modules and parameters in a value: a tuple or struct of them, an array, a dictionary by names, or one alone,
  /// nested to any depth. Other values hold none.
  ///
  /// Labels name what they stand for. What has no label stands in a list, except one module alone, which keeps its own
  /// name. A label that is also a member of every module stops the program, for `net.label` would not reach the
  /// submodule.
  package init?(of defaults: Any, in module: String) {
    if let single = Self.module(in: defaults, label: "", of: module) {
      guard let group = single as? ModuleGroup else {
        self.init(.named, [Entry(name: single.name, module: single)])
        return
      }
      self = group.declared!
    } else {
      return nil
    }
  }

  private static func module(in value: Any, label: String, of owner: String) -> AnyModule? {
    if let module = value as? AnyModule { return module }
    if let holder = value as? any ModuleHolder { return holder.heldModule }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional: return mirror.children.first.flatMap { module(in: $0.value, label: label, of: owner) }
    case .collection: return group(mirror.children.map { ("", $0.value) }, .list, label, owner)
    case .dictionary:
      let pairs = mirror.children.compactMap { child in
        let parts = Array(Mirror(reflecting: child.value).children)
        return (parts[0].value as? String).map { (name: $0, value: parts[1].value) }
      }
      return group(pairs.sorted { $0.name < $1.name }, .named, label, owner)
    case .tuple, .struct:
      let children = mirror.children.map { (name: $0.label ?? "", value: $0.value) }
      // The labels of an unlabelled tuple are .0, .1, …
      let isLabelled = children.allSatisfy { !$0.name.isEmpty && !$0.name.hasPrefix(".") }
      return group(children, isLabelled ? .named : .list, label, owner)
    default: return nil
    }
  }

  /// The parts as a group, nil if none of them holds a module.
  private static func group(
    _ parts: [(name: String, value: Any)], _ kind: ParamsStructure.Kind, _ label: String, _ owner: String
  ) -> ModuleGroup? {
    var entries = parts.map {
      Entry(name: kind == .list ? "" : $0.name, module: module(in: $0.value, label: $0.name, of: owner))
    }
    if entries.allSatisfy({ $0.module == nil }) { return nil }
    if kind == .named {
      entries.removeAll { $0.module == nil }
      for entry in entries { check(entry.name, owner) }
    }
    return ModuleGroup(
      name: label.isEmpty || label.hasPrefix(".") ? "group" : label, declared: Declarations(kind, entries))
  }

  private static func check(_ name: String, _ owner: String) {
    if !ParamsPath.isName(name) {
      fail(
        "parametrized", [], "\"\(name)\" in `\(owner)` cannot name a submodule", hint: "names have none of . [ ] / \"")
    }
    if membersOfModules.contains(name) {
      fail(
        "parametrized", [],
        "`\(name)` in `\(owner)` is a member of every module, so that `\(owner).\(name)` is not the submodule",
        hint: "declare it under another name")
    }
  }

  private static let membersOfModules: Set<String> = [
    "name", "submodule", "initParams", "paramsFrom", "applyFrom", "loadParams", "shaped", "currentParams", "summary",
    "initState", "applyInTraining", "stateFrom", "valueAndGradInTraining", "callAsFunction", "hash", "hashValue",
    "self",
  ]
}
