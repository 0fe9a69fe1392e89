import Tensor

/// Which of a graph's inputs a derived graph treats specially.
struct DerivedKey: Hashable {
  var derivation: String
  var marks: [Int?]
  var size = 0
}

/// A graph that computes what another does, and what the other's derivative needs; and that derivative.
struct LinearizedGraph {
  /// From the inputs to the outputs and then the residuals.
  var known: Graph
  /// From residuals and tangents of the chosen inputs to tangents of the outputs that depend on them.
  var linear: Graph
  var depends: [Bool]
}

extension Graph {
  /// The graph split into what does not depend on the tangents of the marked inputs, and what is linear in them.
  func linearized(_ marks: [Bool]) -> LinearizedGraph {
    derived.value(for: DerivedKey(derivation: "linearized", marks: marks.map { $0 ? 1 : 0 })) {
      var linear: LinearFunction?
      let known = Graph.closed(name: name, inputTypes) { inputs in
        let (outputs, function) = linearize({ self.perform($0) }, inputs, depending: marks)
        linear = function
        return outputs + function.residuals
      }
      return LinearizedGraph(known: known, linear: linear!.graph, depends: linear!.depends)
    }
  }

  /// From the inputs and tangents of the marked ones to the outputs and tangents of those that depend on them: forward mode.
  func pushedForward(_ marks: [Bool]) -> (graph: Graph, depends: [Bool]) {
    derived.value(for: DerivedKey(derivation: "pushedForward", marks: marks.map { $0 ? 1 : 0 })) {
      var depends: [Bool] = []
      let changing = zip(inputTypes, marks).filter(\.1).map(\.0.strong)
      let graph = Graph.closed(name: name + "Forward", inputTypes + changing) { values in
        var tangents = values[self.inputs.count...]
        let (outputs, changes) = pushForward(
          { self.perform($0) }, Array(values[..<self.inputs.count]), marks.map { $0 ? tangents.removeFirst() : nil })
        depends = changes.map { $0 != nil }
        return outputs + changes.compactMap { $0 }
      }
      return (graph, depends)
    }
  }

  /// From the inputs and tangents of the marked ones to tangents of the outputs that depend on them.
  func recomputing(_ marks: [Bool]) -> (graph: Graph, depends: [Bool]) {
    derived.value(for: DerivedKey(derivation: "recomputing", marks: marks.map { $0 ? 1 : 0 })) {
      let parts = linearized(marks)
      let changing = zip(inputTypes, marks).filter(\.1).map(\.0)
      let graph = Graph.closed(name: name + "Recomputing", inputTypes + changing) { values in
        let residuals = Array(parts.known.perform(Array(values[..<self.inputs.count]))[self.outputs.count...])
        return parts.linear.perform(residuals + values[self.inputs.count...])
      }
      return (graph, parts.depends)
    }
  }

  /// From the known inputs and the cotangents that are not nil to the cotangents of the marked inputs that depend on these.
  func transposed(_ isLinear: [Bool], _ hasCotangent: [Bool]) -> (graph: Graph, depends: [Bool]) {
    let marks = (isLinear + hasCotangent).map { $0 ? 1 : 0 }
    return derived.value(for: DerivedKey(derivation: "transposed", marks: marks)) {
      var depends: [Bool] = []
      let knownTypes = zip(inputTypes, isLinear).filter { !$0.1 }.map(\.0)
      let cotangentTypes = zip(outputTypes, hasCotangent).filter(\.1).map(\.0)
      let graph = Graph.closed(name: name + "Transposed", knownTypes + cotangentTypes) { inputs in
        var inputs = inputs[...]
        let operands = zip(self.inputTypes, isLinear).map { type, isLinear in
          isLinear ? .linear(type) : LinearOperand.known(inputs.removeFirst())
        }
        let cotangents = hasCotangent.map { $0 ? inputs.removeFirst() : nil }
        let results = zip(transpose(self, operands, cotangents), isLinear).filter(\.1).map(\.0)
        depends = results.map { $0 != nil }
        return results.compactMap { $0 }
      }
      return (graph, depends)
    }
  }

  /// The graph for a batch of `size` examples, which lie along `axes` in the inputs; and which outputs are batches, along their first
  /// axis: those that depend on one, and those that `forced` marks.
  func vectorized(_ axes: [Int?], size: Int, forced: [Bool]) -> (graph: Graph, isBatched: [Bool]) {
    let marks = axes + forced.map { $0 ? 1 : 0 }
    let axis = BatchAxis(size: size, name: BatchAxis.currentName)
    let derivation = axis.name.map { "vectorized over \($0)" } ?? "vectorized"
    return derived.value(for: DerivedKey(derivation: derivation, marks: marks, size: size)) {
      let types = zip(inputTypes, axes).map { type, axis in
        axis.map { type.with(shape: type.shape.inserting(size, at: $0)) } ?? type
      }
      var isBatched: [Bool] = []
      let graph = Graph.closed(name: name, types) { inputs in
        let results = vectorize({ self.perform($0) }, inputs, axes, axis)
        isBatched = zip(results, forced).map { $0.axis != nil || $1 }
        return zip(results, isBatched).map { result, isBatched in
          isBatched ? result.batch.withBatch(from: result.axis, to: 0, size: size) : result.batch
        }
      }
      return (graph, isBatched)
    }
  }

  /// The graph for a batch of `size` examples, which lie along `axes` in the inputs and along the first axis in all outputs.
  func batched(_ axes: [Int?], size: Int) -> Graph {
    vectorized(axes, size: size, forced: outputs.map { _ in true }).graph
  }

  /// This graph with the inputs in another order.
  func withInputs(_ inputs: [ValueID]) -> Graph {
    Graph(name: name, types: types, inputs: inputs, constants: constants, equations: equations, outputs: outputs)
  }
}
