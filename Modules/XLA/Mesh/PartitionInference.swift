import Tensor

extension Graph {
  /// How the outputs are divided, for inputs that are divided so: as `partitioned` says, or as operands that each element comes from
  /// at its place are; whole otherwise.
  ///
  /// XLA divides the values between by rules of its own; this decides only what a caller gets.
  func outputPartitions(_ inputPartitions: [Partition], meshShape: [Int]) -> [Partition] {
    var known = [Partition?](repeating: nil, count: types.count)
    for (id, partition) in zip(inputs, inputPartitions) { known[id] = partition }
    func partition(_ id: ValueID) -> Partition {
      known[id] ?? .whole(rank: types[id].rank, meshShape: meshShape)
    }
    for equation in equations {
      let operands = equation.operands.map(partition)
      let results = equation.primitive.resultPartitions(
        operands, equation.operands.map { types[$0] }, equation.results.map { types[$0] }, meshShape)
      for (id, result) in zip(equation.results, results) { known[id] = result }
    }
    return outputs.map(partition)
  }
}

extension Primitive {
  fileprivate func resultPartitions(
    _ operands: [Partition], _ operandTypes: [TensorType], _ results: [TensorType], _ meshShape: [Int]
  ) -> [Partition?] {
    switch self {
    case .partition(let partition):
      let chosen = partition.dimensions.indices.map { partition.dimensions[$0] ?? operands[0].dimensions[$0] }
      return [Partition(meshShape: meshShape, dimensions: chosen)]
    case .unary, .binary, .multiplyAdd, .compare, .isFinite, .select, .convert, .bitcast, .marker, .threefry2x32:
      // Of operands that are divided in different ways, the first counts, which in an update is the parameter.
      let divided = operands.first { $0.tileCounts.contains { $0 > 1 } }
      return results.map { _ in divided }
    case .transpose(let transpose):
      return [
        Partition(meshShape: meshShape, dimensions: transpose.permutation.map { operands[0].dimensions[$0] })
      ]
    case .call(let call): return call.graph.outputPartitions(operands, meshShape: meshShape)
    case .customDerivative(let custom): return custom.graph.outputPartitions(operands, meshShape: meshShape)
    case .whileLoop(let loop): return loop.parts(operands).carry
    case .scan(let scan): return scan.parts(operands).carry + results.dropFirst(scan.carryCount).map { _ in nil }
    default: return results.map { _ in nil }
    }
  }
}
