import Foundation

/// What is wrong with a file of saved parameters: which file, what was expected and what was found.
public enum ModelFileError: Error, Hashable, Sendable {
  /// The file cannot be opened or read, for the reason that the system gives.
  case unreadable(path: String, reason: String)
  /// The file cannot be written, for the reason that the system gives. Whatever stood there before still does.
  case unwritable(path: String, reason: String)
  /// The file is not a safetensors file: which of the format's rules is broken.
  case invalid(path: String, problem: String)
  /// The names in the file do not make a tree of parameters.
  case invalidTree(path: String, problem: String)
  /// The file has not the parameters that are asked for: those missing from it, those that nothing asks for, and those
  /// of another shape.
  case mismatch(path: String, missing: [String], unused: [String], wrongShapes: [WrongShape])

  /// A parameter that has another shape in a file than it should have.
  public struct WrongShape: Hashable, Sendable {
    /// Its path in the tree.
    public var name: String
    /// The shape that it should have.
    public var expected: [Int]
    /// The shape that it has in the file.
    public var found: [Int]

    /// A parameter with the shape that it should have, and the one that it has.
    public init(name: String, expected: [Int], found: [Int]) {
      self.name = name
      self.expected = expected
      self.found = found
    }
  }
}

extension ModelFileError: CustomStringConvertible {
  /// What is wrong, where, and what to do about it where that is known.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): return "cannot read \(path): \(reason)"
    case .unwritable(let path, let reason): return "cannot write \(path): \(reason)"
    case .invalid(let path, let problem): return "\(path) is not a safetensors file: \(problem)"
    case .invalidTree(let path, let problem): return "\(path) does not hold a tree of parameters: \(problem)"
    case .mismatch(let path, let missing, let unused, let wrongShapes):
      var lines = ["\(path) does not hold the parameters asked for"]
      if !missing.isEmpty { lines.append("  missing: " + missing.joined(separator: ", ")) }
      if !unused.isEmpty { lines.append("  not asked for: " + unused.joined(separator: ", ")) }
      for entry in wrongShapes {
        lines.append("  \(entry.name): expected shape \(entry.expected), found \(entry.found)")
      }
      return lines.joined(separator: "\n")
    }
  }
}

extension ModelFileError: LocalizedError {
  /// The description, for programs that print `localizedDescription`.
  public var errorDescription: String? { description }
}
