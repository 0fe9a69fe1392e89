/// The identity on one operand, with a statement of how its elements lie on the devices of a mesh.
///
/// A back end that divides a program over devices divides the tensor so; elsewhere it means nothing. Source: JAX's
/// `sharding_constraint_p`.
public struct Partition: Hashable, Sendable {
  /// The number of devices along each axis of the mesh.
  public var meshShape: [Int]
  /// For each dimension the axes of the mesh, by number, along which it is divided, the first in the largest parts: none where it is
  /// whole on every device, nil where the back end may choose.
  public var dimensions: [[Int]?]

  /// A division of dimensions along axes of a mesh.
  public init(meshShape: [Int], dimensions: [[Int]?]) {
    self.meshShape = meshShape
    self.dimensions = dimensions
  }
}

extension Partition: PrimitiveFamily {
  package var name: String { "partition" }
  package var attributes: [(name: String, value: String)] {
    let axes = dimensions.map { $0.map { "\($0)" } ?? "open" }
    return [("mesh", "\(meshShape)"), ("dimensions", "[\(axes.joined(separator: ", "))]")]
  }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(1, operands)
    try require(
      dimensions.count == operands[0].rank, operands,
      "says of \(dimensions.count) dimensions how they are divided, the operand has \(operands[0].rank)")
    let used = dimensions.flatMap { $0 ?? [] }
    try require(
      Set(used).count == used.count && used.allSatisfy { meshShape.indices.contains($0) }, operands,
      "an axis of the mesh can divide one dimension only: \(dimensions.map { $0 ?? [] })")
    return operands
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] { operands }
}
