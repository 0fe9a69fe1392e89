import Autodiff
import Tensor
import TestSupport
import Testing

/// The statement of how a tensor is divided over devices: on the host it is the identity in every transformation.
@Suite struct PartitionTests {
  let x = arange(12, dtype: .float32).reshaped(to: [3, 4])

  private func divided(_ x: Tensor) -> Tensor {
    Primitive.partition(Partition(meshShape: [2, 2], dimensions: [[], [1]]))(x)
  }

  @Test func itIsTheIdentity() {
    #expect(divided(x).array(of: Float.self) == x.array(of: Float.self))
    #expect(jit { (x: Tensor) in divided(x * 2) + 1 }(x).array(of: Float.self) == (x * 2 + 1).array(of: Float.self))
  }

  @Test func itsDerivativesAreDividedAlike() {
    let f = { (x: Tensor) in sum(divided(x) * x) }
    #expect(grad(f)(x).array(of: Float.self) == (2 * x).array(of: Float.self))
    #expect(jvp(f, x, onesLike(x)).tangent.scalar(as: Float.self) == sum(2 * x).scalar(as: Float.self))
    let graph = makeGraph(grad { (x: Tensor) in sum(divided(x)) })(x)
    #expect(graph.equations.contains { $0.primitive.name == "partition" })
  }

  /// The axis of examples is for the back end to divide.
  @Test func batchesAreDividedAsTheirExamples() {
    let batched = vmap({ (x: Tensor) in divided(x) }, inAxes: [1])
    let examples = stack([x, x + 1], axis: 1)
    #expect(batched(examples).array(of: Float.self) == stack([x, x + 1]).array(of: Float.self))
    let partitions = makeGraph(batched)(examples).equations.compactMap { equation -> Partition? in
      if case .partition(let partition) = equation.primitive { partition } else { nil }
    }
    #expect(partitions == [Partition(meshShape: [2, 2], dimensions: [[], nil, [1]])])
  }

  @Test func whatItSaysMustFit() {
    let type = TensorType(.float32, [3, 4])
    for dimensions in [[[0]], [[0], [0]], [[2], []]] as [[[Int]?]] {
      #expect(throws: TensorError.self) {
        try Primitive.partition(Partition(meshShape: [2, 2], dimensions: dimensions)).resultTypes(of: [type])
      }
    }
  }
}
