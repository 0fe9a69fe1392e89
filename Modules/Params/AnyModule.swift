import Tensor

/// A module of any type, known by its identity: what sharing and reuse of parameters go by.
///
/// A module with declared submodules gives them by the names under which they were declared, and by position:
///
///     let params = net.initParams(key, inputs, reuse: [net.layers[0]: trained])
///
/// Modules are immutable. To call one that was reached this way, cast it: `net.layers[0] as! Layer`.
@dynamicMemberLookup
public class AnyModule: Hashable, @unchecked Sendable {  // its subclasses are final, with constant Sendable properties
  /// What paths and errors call it where nothing else names it.
  public let name: String
  /// The submodules and parameters that were declared with it.
  package let declared: Declarations?

  package init(name: String, declared: Declarations?) {
    if !ParamsPath.isName(name) {
      fail(
        "parametrized", [], "\"\(name)\" cannot name a module", hint: "names are not empty and have none of . [ ] / \"")
    }
    self.name = name
    self.declared = declared
  }

  /// The module that parameters given for this object belong to.
  var reuseTarget: AnyModule { self }
  /// Parameters given for this object, in the structure of the module that they belong to.
  func fitted(_ params: Params) -> Params { params }

  /// Whether both are the same module.
  public static func == (a: AnyModule, b: AnyModule) -> Bool { a === b }
  /// Hashes the identity.
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

  /// The submodule, or the group of submodules, that was declared under a name. A missing name stops the program.
  public subscript(dynamicMember name: String) -> AnyModule { submodule(.name(name)) }
  /// The submodule at a position of a declared list, counting plain functions, too. A position outside, and a plain
  /// function, stop the program.
  public subscript(index: Int) -> AnyModule { submodule(.index(index)) }

  /// The declared submodule that a path leads to, such as `layers[0]`. A path that leads nowhere stops the program.
  public func submodule(_ path: String) -> AnyModule {
    guard let path = ParamsPath(path) else {
      fail(name, [], "\"\(path)\" is not a path", hint: "a path looks like `layers[3].net`")
    }
    return path.components.reduce(self) { $0.submodule($1) }
  }

  private func submodule(_ component: PathComponent) -> AnyModule {
    let entries = declared?.entries ?? []
    let position: Int?
    switch component {
    case .name(let name): position = declared?.kind == .named ? entries.firstIndex { $0.name == name } : nil
    case .index(let index): position = declared?.kind == .list && entries.indices.contains(index) ? index : nil
    }
    let what = ParamsPath([component])
    guard let position else {
      fail(
        name, [], "no submodule `\(what)` was declared; there is: \(declared?.contents ?? "none")",
        hint: declared == nil ? "modules that a body uses without declaring them are not known from outside" : nil)
    }
    guard let module = entries[position].module else {
      fail(name, [], "`\(what)` is a plain function, not a module: it has no parameters")
    }
    return module
  }
}

/// Modules and parameters that were declared together as a tuple, an array, a dictionary or a struct within others.
package final class ModuleGroup: AnyModule, @unchecked Sendable {}

/// The submodules and parameters that were declared with a module, by name or position.
package struct Declarations: Sendable {
  package struct Entry: Sendable {
    /// Its name; empty in a list.
    package let name: String
    /// The module, parameter or group; nil for a plain function or another value, which has no parameters.
    package let module: AnyModule?
  }

  /// `named` or `list`.
  package let kind: ParamsStructure.Kind
  package let entries: [Entry]
  /// The first way to each module and parameter, through groups but not into modules.
  private let paths: [ObjectIdentifier: ParamsPath]

  package init(_ kind: ParamsStructure.Kind, _ entries: [Entry]) {
    self.kind = kind
    self.entries = entries
    var paths: [ObjectIdentifier: ParamsPath] = [:]
    for (position, entry) in entries.enumerated() {
      guard let module = entry.module else { continue }
      let component: PathComponent = kind == .list ? .index(position) : .name(entry.name)
      if module is ModuleGroup {
        paths.merge(module.declared!.paths.mapValues { ParamsPath([component] + $0.components) }) { first, _ in first }
      } else if paths[ObjectIdentifier(module)] == nil {
        paths[ObjectIdentifier(module)] = ParamsPath([component])
      }
    }
    self.paths = paths
  }

  /// The first way to a module or parameter that was declared here.
  package func path(to module: AnyModule) -> ParamsPath? { paths[ObjectIdentifier(module)] }

  /// Whether a module or group was declared under this name.
  package func names(_ name: String) -> Bool { kind == .named && entries.contains { $0.name == name } }

  package var contents: String {
    kind == .list ? "\(entries.count) entries, counted from 0" : entries.map { "`\($0.name)`" }.joined(separator: ", ")
  }
}
