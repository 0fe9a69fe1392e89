import Tensor

extension Call: FamilyRules, LinearFamily {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let marks = tangents.map { $0 != nil }
    if !(Trace.current is LinearTrace) {
      let (forward, depends) = graph.pushedForward(marks)
      let results = Primitive.call(Call(forward))(primals + tangents.compactMap { $0 })
      var changes = results[graph.outputs.count...]
      return (Array(results[..<graph.outputs.count]), depends.map { $0 ? changes.removeFirst() : nil })
    }
    if recomputes {
      // The linear part starts from the inputs alone, and computes for itself what else it needs.
      let (recomputing, depends) = graph.recomputing(marks)
      var changes = Primitive.call(Call(recomputing))(primals + tangents.compactMap { $0 })[...]
      return (Primitive.call(self)(primals), depends.map { $0 ? changes.removeFirst() : nil })
    }
    let parts = graph.linearized(marks)
    let results = Primitive.call(Call(parts.known))(primals)
    let residuals = Array(results[graph.outputs.count...])
    var changes = Primitive.call(Call(parts.linear))(residuals + tangents.compactMap { $0 })[...]
    return (Array(results[..<graph.outputs.count]), parts.depends.map { $0 ? changes.removeFirst() : nil })
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    let isLinear = operands.map(\.isLinear)
    let (transposed, depends) = graph.transposed(isLinear, cotangents.map { $0 != nil })
    var results = Primitive.call(Call(transposed))(operands.compactMap(\.known) + cotangents.compactMap { $0 })[...]
    var isPresent = depends[...]
    return isLinear.map { $0 && isPresent.removeFirst() ? results.removeFirst() : nil }
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let results = Primitive.call(Call(graph.batched(axes, size: size), recomputes: recomputes))(operands)
    return (results, results.map { _ in 0 })
  }
}

extension CustomDerivative: FamilyRules {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    switch rule {
    case .jvp(let rule): return rule(primals, tangents)
    case .vjp(let forward, let backward):
      let (outputs, residuals) = forward(primals)
      let isFloating = primals.map(\.dtype.isFloating)
      let linear = CustomLinear(
        functionName: graph.name, residualCount: residuals.count, outputTypes: outputs.map(\.type.strong)
      ) { residuals, cotangents in
        zip(backward(residuals, cotangents), isFloating).filter(\.1).map(\.0)
      }
      let changes = zip(zip(primals, tangents), isFloating).filter(\.1).map { parts, _ in parts.1 ?? .zero(parts.0.type)
      }
      let results = Primitive.customLinear(linear)(residuals + changes)
      return (outputs, zip(outputs, results).map { $0.dtype.isFloating ? $1 : nil })
    }
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let axis = BatchAxis(size: size, name: BatchAxis.currentName)
    let batched: Rule
    switch rule {
    case .jvp(let rule):
      batched = .jvp { primals, tangents in
        // Tangents of zero stay out of the vectorised function, so that its rule sees them as such.
        let isPresent = tangents.map { $0 != nil }
        var outputIsPresent: [Bool] = []
        let tangentAxes = zip(axes, isPresent).filter(\.1).map { axis, _ in axis }
        let results = vectorizeToFront(
          { inputs in
            var given = inputs[primals.count...]
            let (outputs, changes) = rule(
              Array(inputs[..<primals.count]), isPresent.map { $0 ? given.removeFirst() : nil })
            outputIsPresent = changes.map { $0 != nil }
            return outputs + changes.compactMap { $0 }
          }, primals + tangents.compactMap { $0 }, axes + tangentAxes, axis)
        var changes = results[outputIsPresent.count...]
        return (Array(results[..<outputIsPresent.count]), outputIsPresent.map { $0 ? changes.removeFirst() : nil })
      }
    case .vjp(let forward, let backward):
      let outputCount = graph.outputs.count
      batched = .vjp(
        forward: { primals in
          let results = vectorizeToFront(
            { inputs in
              let (outputs, residuals) = forward(inputs)
              return outputs + residuals
            }, primals, axes, axis)
          return (Array(results[..<outputCount]), Array(results[outputCount...]))
        },
        backward: { residuals, cotangents in
          let isPresent = cotangents.map { $0 != nil }
          var resultIsPresent: [Bool] = []
          let present = cotangents.compactMap { $0 }
          var results = vectorizeToFront(
            { inputs in
              var given = inputs[residuals.count...]
              let results = backward(
                Array(inputs[..<residuals.count]), isPresent.map { $0 ? given.removeFirst() : nil })
              resultIsPresent = results.map { $0 != nil }
              return results.compactMap { $0 }
            }, residuals + present, (residuals + present).map { _ in 0 }, axis)[...]
          // An input common to all examples receives the sum of theirs; the others lie along the axis that they came along.
          return zip(axes, resultIsPresent).map { axis, isPresent in
            guard isPresent else { return nil }
            let result = results.removeFirst()
            return axis.map { result.movingAxis(0, to: $0) } ?? sum(result, axis: 0)
          }
        })
    }
    let results = Primitive.customDerivative(CustomDerivative(graph.batched(axes, size: size), batched))(operands)
    return (results, results.map { _ in 0 })
  }
}

extension CustomLinear: FamilyRules, LinearFamily {
  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    forwardModeError()
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    forwardModeError()
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    let residuals = operands[..<residualCount].map { $0.known! }
    return residuals.map { _ in nil } + backward(Array(residuals), cotangents)
  }
}
