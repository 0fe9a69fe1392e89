/// One step from a tree of parameters or modules to a part of it.
package enum PathComponent: Hashable, Sendable {
  /// The part with a name.
  case name(String)
  /// The part with a position, counted from 0.
  case index(Int)
}

/// The way from a tree of parameters or modules to a part of it, such as `layers[3].bias`.
package struct ParamsPath: Hashable, Sendable {
  package var components: [PathComponent]

  package init(_ components: [PathComponent] = []) { self.components = components }

  /// The path that a text describes, nil if it describes none.
  package init?(_ text: String) {
    components = []
    var rest = text[...]
    while let first = rest.first {
      if first == "[" {
        guard let end = rest.firstIndex(of: "]") else { return nil }
        let digits = rest[rest.index(after: rest.startIndex)..<end]
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let index = Int(digits) else { return nil }
        components.append(.index(index))
        rest = rest[rest.index(after: end)...]
      } else {
        if !components.isEmpty {
          if first != "." { return nil }
          rest.removeFirst()
        }
        let name = rest.prefix { $0 != "." && $0 != "[" }
        if !ParamsPath.isName(name) { return nil }
        components.append(.name(String(name)))
        rest = rest[name.endIndex...]
      }
    }
  }

  /// Whether a text can name a part: it is not empty and has none of the characters that paths and files are written
  /// with.
  package static func isName(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && !text.contains { ".[]/\"".contains($0) || $0.isNewline }
  }

  package static func + (path: ParamsPath, component: PathComponent) -> ParamsPath {
    ParamsPath(path.components + [component])
  }
}

extension ParamsPath: CustomStringConvertible {
  package var description: String {
    components.enumerated().map { position, component in
      switch component {
      case .name(let name): position == 0 ? name : "." + name
      case .index(let index): "[\(index)]"
      }
    }.joined()
  }
}
