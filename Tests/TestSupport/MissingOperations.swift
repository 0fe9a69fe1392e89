/// The cases of golden files that no row tests, because this library lacks the function, or nobody has compared them yet: by their
/// names, or by the first part of the names for all that share it. Every other case has a row.
public let missingOperations: [String: Set<String>] = [
  "reductions": ["reduceXor"],
  // Of matrices that have no inverse.
  "corners": ["cholesky", "det", "inv", "norm", "slogdet"],
]

/// The cases that no row tests because a test of their own compares them: results that are not unique, and, in `windows`, ties.
let casesWithTestsOfTheirOwn: [String: Set<String>] = [
  "linalg": ["eigh.vectors", "qr.complete", "qr.vectors", "svd.vectors"],
  "windows": ["averagePool", "maxWithTies"],
]
