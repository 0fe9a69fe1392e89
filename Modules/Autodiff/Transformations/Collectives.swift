import Tensor

// Combinations of the examples of an enclosing `vmap(f, axisName: …)`. A name that no enclosing vmap has stops the program.

/// The sum over all examples of each tensor of a tree: the same for every example.
///
///     vmap({ (x: Tensor) in x / psum(x, "i") }, axisName: "i")(xs)      // xs / sum(xs)
///
/// Source: `jax.lax.psum`.
public func psum<Value: Tree>(_ x: Value, _ axisName: String) -> Value {
  let collective = Primitive.collective(Collective(.sum, axisName, size: size("psum", axisName)))
  return x.mapLeaves { collective($0.dtype == .bool ? $0.asType(.defaultInt) : $0) }
}

/// The mean over all examples of each tensor of a tree: the same for every example. Source: `jax.lax.pmean`.
public func pmean<Value: Tree>(_ x: Value, _ axisName: String) -> Value {
  let count = size("pmean", axisName)
  return psum(x, axisName).mapLeaves { $0 / Double(count) }
}

/// The largest value over all examples, place by place, of each tensor of a tree; equal ones share the derivative equally.
///
/// Source: `jax.lax.pmax`.
public func pmax<Value: Tree>(_ x: Value, _ axisName: String) -> Value {
  x.mapLeaves { max(gathered("pmax", $0, axisName), axis: 0) }
}

/// The smallest value over all examples, place by place, of each tensor of a tree; equal ones share the derivative equally.
///
/// Source: `jax.lax.pmin`.
public func pmin<Value: Tree>(_ x: Value, _ axisName: String) -> Value {
  x.mapLeaves { min(gathered("pmin", $0, axisName), axis: 0) }
}

/// The values of all examples along a new axis of each tensor of a tree: the same for every example.
///
/// Source: `jax.lax.all_gather`.
public func allGather<Value: Tree>(_ x: Value, _ axisName: String, axis: Int = 0) -> Value {
  x.mapLeaves { gathered("allGather", $0, axisName).movingAxis(0, to: axis) }
}

/// The values of other examples: example `target` receives that of `source` for each pair; what none is sent receives zeros.
///
/// Source: `jax.lax.ppermute`.
public func ppermute<Value: Tree>(_ x: Value, _ axisName: String, _ pairs: [(source: Int, target: Int)]) -> Value {
  let count = size("ppermute", axisName)
  var sources = [Int](repeating: count, count: count)
  for pair in pairs {
    if !(0..<count ~= pair.source && 0..<count ~= pair.target) || sources[pair.target] != count {
      fail(
        "ppermute", [], "the pairs must be examples in 0..<\(count), no target twice", hint: "the pairs are \(pairs)")
    }
    sources[pair.target] = pair.source
  }
  let source = dynamicIndex(Tensor(sources), axisIndex(axisName))
  return x.mapLeaves { x in
    // One example more, of zeros, is what a target without a source reads.
    dynamicIndex(concatenate([gathered("ppermute", x, axisName), zeros([1] + x.shape, dtype: x.dtype)]), source)
  }
}

/// The number of the example, 0 ..< the number of examples: an `int32` scalar. Source: `jax.lax.axis_index`.
public func axisIndex(_ axisName: String) -> Tensor {
  Primitive.collective(Collective(.index, axisName, size: size("axisIndex", axisName)))()
}

/// The number of examples. Source: `jax.lax.axis_size`.
public func axisSize(_ axisName: String) -> Int { size("axisSize", axisName) }

private func gathered(_ operation: String, _ x: Tensor, _ axisName: String) -> Tensor {
  Primitive.collective(Collective(.gather, axisName, size: size(operation, axisName)))(x)
}

private func size(_ operation: String, _ axisName: String) -> Int {
  let axes = BatchTrace.namedAxes
  guard let axis = axes.first(where: { $0.name == axisName }) else {
    fail(
      operation, [], "there is no vmap whose axis is named \"\(axisName)\" around",
      hint: axes.isEmpty
        ? "name the axis: vmap(f, axisName: \"\(axisName)\")"
        : "the axes around are named \(axes.map { "\"\($0.name!)\"" }.joined(separator: ", "))")
  }
  return axis.size
}
