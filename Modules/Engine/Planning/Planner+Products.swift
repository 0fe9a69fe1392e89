import CKernels
import Tensor

// Products whose only reader is a kernel that goes through their elements in order, as the update of a parameter does through its
// gradient: the kernel takes each part of the product while it is in the cache, and the whole never is in memory.
extension Planner {
  /// Products with fewer elements stay steps of their own.
  private static let smallestJoined = 1 << 14

  mutating func joinProducts() {
    var readerCounts = ValueTable<Int>()
    for (index, node) in nodes.nodes.enumerated() where !node.isAbsorbed {
      for root in reads(index) { readerCounts[root, default: 0] += 1 }
    }
    for id in graph.outputs { readerCounts[nodes.view(id).root, default: 0] += 1 }
    for (index, node) in nodes.nodes.enumerated() where !node.isAbsorbed {
      guard let layout = layouts[index], layout.isLinear, layout.count >= Self.smallestJoined else { continue }
      let product = layout.inputs.first { readerCounts[$0.root] == 1 && isProduct($0, count: layout.count) }
      guard let product, let producer = nodes.producer[product.root],
        case .equation(let equation) = nodes.nodes[producer].work
      else { continue }
      nodes.join(product: equation, of: producer, to: index)
    }
  }

  /// Whether an array is all of one product of matrices, in order.
  private func isProduct(_ array: KernelLayout.Array, count: Int) -> Bool {
    guard array.offset == 0, array.strides.last == 1, nodes.types[array.root].elementCount == count,
      let node = nodes.producer[array.root], case .equation(let index) = nodes.nodes[node].work,
      case .dot(let dot) = graph.equations[index].primitive, dot.lhsBatch.isEmpty
    else { return false }
    let step = productStep(index, out: Place(slot: 0, offset: 0)) { _ in nil }
    // A transposed right operand would be brought into order once more for each part.
    return nodes.types[array.root].dtype == .float32 && step?.isRightTransposed == false
  }

  /// The step of a product, if there is one; `place` gives the places of operands.
  func productStep(_ index: Int, out: Place, place: (View) -> Place?) -> ProductStep? {
    let equation = graph.equations[index]
    guard case .dot(let dot) = equation.primitive else { return nil }
    let operands = equation.operands.map { operandView($0, equation) }
    return dot.product(
      operands[0], operands[1], graph.types[equation.results[0]].dtype,
      place: { place($0) ?? Place(slot: 0, offset: 0) }, out: out)
  }

  /// The product that a kernel makes itself.
  func productRoot(_ node: Int) -> Graph.ValueID? { nodes.nodes[node].product.map { graph.equations[$0].results[0] } }

  /// What it is a product of.
  func productOperands(_ node: Int) -> [Graph.ValueID] {
    guard let index = nodes.nodes[node].product else { return [] }
    let equation = graph.equations[index]
    return equation.operands.map { operandView($0, equation).root }
  }
}
