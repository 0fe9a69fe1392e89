import Autodiff
import Tensor

/// Devices in a grid with named axes, which work as one: a program is divided over them by XLA, following how its inputs are divided.
///
///     let mesh = Mesh(["data": 2, "model": 2], devices)
///     let images = images.moved(to: mesh, ["data"])
///     let state = state.moved(to: mesh)               // whole on every device
///     let step = jit(update, on: mesh)
///
/// The program is the one for a single device. Results of operations on divided tensors are divided, too, where each element comes from
/// those at its place, as an optimizer's update does; others are whole on every device. `partitioned` says it otherwise.
/// Source: `jax.sharding.Mesh`.
public final class Mesh: XLAPlacement, @unchecked Sendable {
  /// An axis of the grid.
  public struct Axis: Hashable, Sendable {
    /// What divisions and collective operations call it.
    public let name: String
    /// The number of devices along it.
    public let size: Int
  }

  /// The axes; devices that are neighbours in the list are neighbours along the last one.
  public let axes: [Axis]
  /// The devices, row by row.
  public let devices: [XLADevice]

  override var meshShape: [Int] { axes.map(\.size) }

  /// A grid of devices of one client, as many as the sizes of the axes multiply to; anything else stops the program.
  public init(_ axes: KeyValuePairs<String, Int>, _ devices: [XLADevice]) {
    self.axes = axes.map { Axis(name: $0.key, size: $0.value) }
    self.devices = devices
    let count = axes.map(\.value).product
    let names = axes.map(\.key)
    if count != devices.count || devices.isEmpty {
      fail("Mesh", [], "the axes \(axes) make a grid of \(count), but there are \(devices.count) devices")
    }
    if Set(names).count != names.count { fail("Mesh", [], "two axes have one name: \(names)") }
    if Set(devices).count != devices.count || devices.contains(where: { $0.core !== devices[0].core }) {
      fail("Mesh", [], "the devices must be different ones of one client: \(devices)")
    }
    super.init(devices[0].core, devices.map { $0.members[0] })
  }

  /// The axes and devices, such as `mesh(data: 2, model: 2 of cpu:0 … cpu:3)`.
  public override var description: String {
    let sizes = axes.map { "\($0.name): \($0.size)" }.joined(separator: ", ")
    return "mesh(\(sizes) of \(devices[0])\(devices.count > 1 ? " … \(devices[devices.count - 1])" : ""))"
  }

  /// How a tensor of a shape is divided, checked.
  func partition(_ spec: PartitionSpec, _ type: TensorType, _ operation: String) -> Partition {
    if spec.dimensions.count > type.rank {
      fail(
        operation, [type], "\(spec) says how \(spec.dimensions.count) dimensions are divided, there are \(type.rank)")
    }
    var result = standardLayout(rank: type.rank)
    for (index, dimension) in spec.dimensions.enumerated() {
      result.dimensions[index] = dimension.axes.map { name in
        guard let axis = axes.firstIndex(where: { $0.name == name }) else {
          fail(
            operation, [type], "the mesh has no axis named \"\(name)\"",
            hint: "its axes are named \(axes.map { "\"\($0.name)\"" }.joined(separator: ", "))")
        }
        return axis
      }
    }
    let used = result.dimensions.flatMap { $0 ?? [] }
    if Set(used).count != used.count { fail(operation, [type], "\(spec) uses an axis of the mesh twice") }
    if let dimension = result.indivisible(type.shape).first {
      fail(
        operation, [type],
        "dimension \(dimension) of size \(type.shape[dimension]) cannot be divided over \(result.tileCounts[dimension]) devices",
        hint: "choose a size that is a multiple of \(result.tileCounts[dimension]), or leave the dimension whole")
    }
    return result
  }

  /// The names for how a tensor is divided.
  func spec(_ partition: Partition) -> PartitionSpec {
    var dimensions = partition.dimensions.map { numbers -> PartitionSpec.Dimension in
      var result: PartitionSpec.Dimension = nil
      result.axes = (numbers ?? []).map { axes[$0].name }
      return result
    }
    while dimensions.last?.axes.isEmpty == true { dimensions.removeLast() }
    return PartitionSpec(dimensions)
  }
}

extension Tensor {
  /// How the tensor is divided over the devices of the mesh that it is on; nil if it is on none.
  public var partitionSpec: PartitionSpec? {
    guard let value = deviceValue as? XLAValue, let mesh = value.device as? Mesh else { return nil }
    return mesh.spec(value.layout)
  }

  /// The tensor on the devices of a mesh, divided as `spec` says; traced by a transformation, it is itself.
  ///
  /// A dimension that cannot be divided into parts of one size stops the program. Source: `jax.device_put` with a `NamedSharding`.
  public func moved(to mesh: Mesh, _ spec: PartitionSpec) -> Tensor {
    if isTraced { return self }
    let layout = mesh.partition(spec, type, "moved(to:)")
    if let value = deviceValue as? XLAValue, value.device == mesh, value.layout == layout { return self }
    return mesh.receive(self, layout)
  }

  /// Inside a function that is compiled for a mesh, the tensor divided as `spec` says; elsewhere it is the tensor itself.
  ///
  /// Differentiable: cotangents are divided alike. Source: `jax.lax.with_sharding_constraint`.
  public func partitioned(on mesh: Mesh, _ spec: PartitionSpec) -> Tensor {
    Primitive.partition(mesh.partition(spec, type, "partitioned(on:)"))(self)
  }
}

extension Tree {
  /// The tree on the devices of a mesh, each of its tensors divided as `spec` says.
  public func moved(to mesh: Mesh, _ spec: PartitionSpec) -> Self { mapLeaves { $0.moved(to: mesh, spec) } }

  /// The tree on the devices of a mesh, each of its tensors divided as `spec` says of its path, such as `layers[0].kernel`, and shape.
  public func moved(to mesh: Mesh, by spec: (_ path: String, _ shape: [Int]) -> PartitionSpec) -> Self {
    let moved = zip(leafPaths, leaves).map { path, leaf in leaf.moved(to: mesh, spec(path, leaf.shape)) }
    return replacingLeaves(with: moved)
  }
}
