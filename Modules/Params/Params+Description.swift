import Tensor

extension Params: CustomStringConvertible {
  /// A tensor prints its elements; a tree prints its names, indented, with element types and shapes.
  ///
  /// A parameter that has appeared before prints the path of its first place.
  public var description: String {
    if isTensor { return tensors[0].description }
    var lines: [String] = []
    var firstPlaces = [ParamsPath?](repeating: nil, count: tensors.count)
    describe(structure, Array(tensors.indices), ParamsPath(), &firstPlaces, &lines)
    return lines.isEmpty ? "no parameters" : lines.joined(separator: "\n")
  }

  private func describe(
    _ structure: ParamsStructure, _ indices: [Int], _ path: ParamsPath, _ firstPlaces: inout [ParamsPath?],
    _ lines: inout [String]
  ) {
    for (position, child) in structure.children.enumerated() where child.structure.leafCount > 0 {
      let childPath = path + structure.component(position)
      let childIndices = child.leafIndices.map { indices[$0] }
      var line = String(repeating: "  ", count: path.components.count)
      line += structure.kind == .list ? "[\(position)]" : child.name
      guard child.structure.kind == .leaf else {
        lines.append(line)
        describe(child.structure, childIndices, childPath, &firstPlaces, &lines)
        continue
      }
      if let first = firstPlaces[childIndices[0]] {
        lines.append("\(line) = \(first)")
      } else {
        firstPlaces[childIndices[0]] = childPath
        lines.append("\(line): \(tensors[childIndices[0]].type.strong)")
      }
    }
  }
}
