import Autodiff
import Tensor

/// A function of the part of a tensor that devices along one axis of a mesh have, as a function of whole tensors.
///
/// - Parameters:
///   - function: a function of trees, whose result is a tree or a tuple of trees. It sees parts, and combines them with `psum`, `pmean`,
///     `allGather` and the like under the name of the axis.
///   - mesh: the devices.
///   - axis: the axis of the mesh along which the parts lie.
///   - inAxes: for each argument the dimension of its tensors that is divided, nil for an argument that each device has whole; the
///     first one if left out.
///   - outAxes: for each element of a tuple that is the result, or for the whole result, the dimension along which the devices' parts
///     are put together, nil for what is the same on all; the first one if left out.
///
/// It is `vmap` over the parts, each of which is on a device of its own where the function is compiled for the mesh: elsewhere it
/// gives the same values. A dimension that cannot be divided into parts of one size stops the program.
/// Source: `jax.shard_map`.
public func shardMap<Output, P: Tree, each A: Tree>(
  _ function: @escaping (P, repeat each A) -> Output, on mesh: Mesh, axis: String, inAxes: [Int?]? = nil,
  outAxes: [Int?]? = nil
) -> Function<Output, P, repeat each A> {
  guard let size = mesh.axes.first(where: { $0.name == axis })?.size else {
    fail(
      "shardMap", [], "the mesh has no axis named \"\(axis)\"",
      hint: "its axes are named \(mesh.axes.map { "\"\($0.name)\"" }.joined(separator: ", "))")
  }
  return Function { (p: P, a: repeat each A) in
    var position = 0
    func divided<Part: Tree>(_ part: Part) -> Part {
      let dimension = inAxes.map { $0.indices.contains(position) ? $0[position] : nil } ?? 0
      position += 1
      guard let dimension else { return part }
      return part.mapLeaves { $0.dividedIntoParts(along: dimension, size, on: mesh, axis) }
    }
    let (first, rest) = (divided(p), (repeat divided(each a)))
    let mapped = vmap(function, inAxes: inAxes, outAxes: outAxes, axisName: axis, axisSize: size)
    let output = mapped(first, repeat each rest)
    return mappingParts(of: output, "shardMap") { tensor, part in
      let axes = outAxes ?? [0]
      guard let dimension = axes.count == 1 ? axes[0] : axes[part] else { return tensor }
      return tensor.partsPutTogether(along: dimension, on: mesh, axis)
    }
  }
}

extension Tensor {
  /// The tensor with a new dimension before `dimension`, along which its parts lie, each on a device of its own.
  fileprivate func dividedIntoParts(along dimension: Int, _ count: Int, on mesh: Mesh, _ axis: String) -> Tensor {
    let dimension = normalizedAxis(dimension, "shardMap")
    if shape[dimension] % count != 0 {
      fail(
        "shardMap", [type],
        "dimension \(dimension) of size \(shape[dimension]) cannot be divided over the \(count) devices along \"\(axis)\"",
        hint: "choose a size that is a multiple of \(count)")
    }
    var parts = shape
    parts.replaceSubrange(dimension...dimension, with: [count, shape[dimension] / count])
    return reshaped(to: parts).partitioned(on: mesh, .along(axis, dimension))
  }

  fileprivate func partsPutTogether(along dimension: Int, on mesh: Mesh, _ axis: String) -> Tensor {
    let dimension = dimension < 0 ? dimension + rank : dimension
    if dimension + 1 >= rank {
      fail(
        "shardMap", [type], "a result has no dimension \(dimension) along which parts can be put together",
        hint:
          "results without dimensions are made the same on all devices with psum or pmean, and outAxes is nil for them")
    }
    var whole = shape
    whole.replaceSubrange(dimension...(dimension + 1), with: [shape[dimension] * shape[dimension + 1]])
    return partitioned(on: mesh, .along(axis, dimension)).reshaped(to: whole)
      .partitioned(on: mesh, .along(axis, dimension))
  }
}

extension PartitionSpec {
  fileprivate static func along(_ axis: String, _ dimension: Int) -> PartitionSpec {
    PartitionSpec([Dimension](repeating: nil, count: dimension) + [Dimension(stringLiteral: axis)])
  }
}
