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
  /// The file has not what is asked for: see the report.
  case mismatch(path: String, LoadReport)
}

extension ModelFileError: CustomStringConvertible {
  /// What is wrong, where, and what to do about it where that is known.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): return "cannot read \(path): \(reason)"
    case .unwritable(let path, let reason): return "cannot write \(path): \(reason)"
    case .invalid(let path, let problem): return "\(path) is not a safetensors file: \(problem)"
    case .invalidTree(let path, let problem): return "\(path) does not hold a tree of parameters: \(problem)"
    case .mismatch(let path, let report):
      return (["\(path) does not hold the parameters asked for"] + report.problems.map { "  " + $0 })
        .joined(separator: "\n")
    }
  }
}

extension ModelFileError: LocalizedError {
  /// The description, for programs that print `localizedDescription`.
  public var errorDescription: String? { description }
}
