import Foundation
import Params
import Tensor

extension PyTree {
  /// The tree of tuples and lists in a safetensors file that `Tools/export-params` wrote in Python.
  ///
  /// - Throws: `ModelFileError.invalidTree` for a file whose metadata have no such structure, as those of dictionaries, and of other
  ///   programs: load these with `loadParams` of a module. A tree that Swift saved is read by `loadingLeaves(from:)` of one like it.
  ///
  /// The pairs that layers of stax have are recognized by their shapes, so that `Params(tree)` knows their names.
  public init(contentsOf path: String) throws(ModelFileError) {
    let file = try Safetensors(contentsOf: path)
    guard let text = file.metadata["pytree"] else {
      throw .invalidTree(
        path: path,
        problem: "its metadata have no structure of tuples and lists, `pytree`, as Tools/export-params writes it")
    }
    guard let value = try? JSONSerialization.jsonObject(with: Foundation.Data(text.utf8), options: .fragmentsAllowed)
    else {
      throw .invalidTree(path: path, problem: "its metadata `pytree` is not JSON")
    }
    var count = 0
    try self.init(value, "", file, path, depth: 0, &count)
    if count != file.tensors.count {
      throw .invalidTree(path: path, problem: "it has \(file.tensors.count) tensors, but a structure of \(count)")
    }
  }

  private static let deepest = 200

  private init(
    _ value: Any, _ name: String, _ file: Safetensors, _ path: String, depth: Int, _ count: inout Int
  ) throws(ModelFileError) {
    if value as? String == "*" {
      guard let tensor = file[name] else { throw .invalidTree(path: path, problem: "there is no tensor \"\(name)\"") }
      count += 1
      self.init(tensor)
      return
    }
    let list = (value as? [String: Any])?["list"] as? [Any]
    guard let parts = list ?? value as? [Any], depth < Self.deepest else {
      throw .invalidTree(path: path, problem: "its metadata `pytree` is not a structure of tuples and lists")
    }
    var trees: [PyTree] = []
    for (index, part) in parts.enumerated() {
      trees.append(try PyTree(part, "\(name)[\(index)]", file, path, depth: depth + 1, &count))
    }
    self = list != nil ? .list(trees) : PyTree(.tuple(trees, names: Self.names(of: trees)))
  }

  /// The names of a pair as a layer of stax makes it, which shapes tell: (W, b) with a matrix and a vector, or a kernel and a bias of
  /// its rank; (beta, gamma) of one shape, of which each may be absent. None for other tuples.
  private static func names(of parts: [PyTree]) -> [String] {
    guard parts.count == 2, parts.allSatisfy({ $0.isTensor || $0.count == 0 }) else { return [] }
    let shapes = parts.filter(\.isTensor).map(\.tensor.shape)
    if shapes.count == 2 {
      let (first, second) = (shapes[0], shapes[1])
      let isVector = second.count { $0 != 1 } <= 1
      if isVector && (first.count == 2 && second.count == 1 || first.count > 2 && second.count == first.count) {
        return ["kernel", "bias"]
      }
      if first != second { return [] }
    }
    return shapes.isEmpty ? [] : ["bias", "scale"]
  }
}
