import Tensor

/// Runs a graph that is linear in some inputs backwards: from cotangents of the outputs (nil for zero) to cotangents of the linear
/// inputs (nil for zero, and for the known ones).
func transpose(_ graph: Graph, _ operands: [LinearOperand], _ cotangents: [Tensor?]) -> [Tensor?] {
  var known = [Tensor?](repeating: nil, count: graph.types.count)
  var isLinear = [Bool](repeating: false, count: graph.types.count)
  for (id, operand) in zip(graph.inputs, operands) {
    known[id] = operand.known
    isLinear[id] = operand.isLinear
  }
  for constant in graph.constants { known[constant.id] = constant.tensor }

  // What depends on known values alone is computed forward.
  var linearEquations: [Graph.Equation] = []
  for equation in graph.equations {
    if equation.operands.contains(where: { isLinear[$0] }) {
      for result in equation.results { isLinear[result] = true }
      linearEquations.append(equation)
    } else {
      let results = equation.inItsPlace { equation.primitive(equation.operands.map { known[$0]! }) }
      for (id, result) in zip(equation.results, results) {
        known[id] = result
      }
    }
  }

  var sums = [Tensor?](repeating: nil, count: graph.types.count)
  for (id, cotangent) in zip(graph.outputs, cotangents) where isLinear[id] {
    sums[id] = addTangents(sums[id], cotangent)
  }
  for equation in linearEquations.reversed() {
    let results = equation.results.map { sums[$0] }
    for id in equation.results { sums[id] = nil }
    if results.allSatisfy({ $0 == nil }) { continue }
    guard let family = equation.primitive.linearFamily else {
      preconditionFailure("\(equation.primitive.name) was recorded as linear, but has no transpose")
    }
    let operands = equation.operands.map { id in
      isLinear[id] ? .linear(graph.types[id]) : LinearOperand.known(known[id]!)
    }
    let cotangents = equation.inItsPlace { family.transpose(results, operands) }
    for (id, cotangent) in zip(equation.operands, cotangents) where isLinear[id] {
      sums[id] = addTangents(sums[id], cotangent)
    }
  }
  return graph.inputs.map { sums[$0] }
}
