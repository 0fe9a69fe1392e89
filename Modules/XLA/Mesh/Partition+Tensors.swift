import Tensor

// How the elements of tensors lie on the devices of a placement. A single device is a mesh without axes.

extension Partition {
  /// Whole on every device.
  static func whole(rank: Int, meshShape: [Int]) -> Partition {
    Partition(meshShape: meshShape, dimensions: [[Int]?](repeating: [], count: rank))
  }

  /// The shape of the part of a tensor that a device has.
  func partShape(_ shape: [Int]) -> [Int] { zip(shape, tileCounts).map { $0 / $1 } }

  /// The dimensions of a shape that cannot be divided into parts of one size.
  func indivisible(_ shape: [Int]) -> [Int] { shape.indices.filter { shape[$0] % tileCounts[$0] != 0 } }

  /// Which part, counted along each dimension, a device has.
  private func tile(of device: Int) -> [Int] {
    let strides = meshShape.rowMajorStrides
    let place = meshShape.indices.map { device / strides[$0] % meshShape[$0] }
    return dimensions.map { axes in (axes ?? []).reduce(0) { $0 * meshShape[$1] + place[$1] } }
  }

  /// The part of a tensor in the host's memory that a device has.
  func part(of tensor: Tensor, _ device: Int) -> Tensor {
    let size = partShape(tensor.shape)
    if size == tensor.shape { return tensor }
    let start = zip(tile(of: device), size).map { $0 * $1 }
    let slice = Slice(
      start: start, limit: zip(start, size).map { $0 + $1 }, stride: [Int](repeating: 1, count: tensor.rank))
    return Trace.with(nil) { Primitive.slice(slice)(tensor) }
  }

  /// Copies all elements to the host.
  func copy(
    _ buffers: XLABuffers, _ type: TensorType, to destination: UnsafeMutableRawBufferPointer
  ) throws(PluginFailure) {
    let size = partShape(type.shape)
    if size == type.shape { return try buffers.download(0, rank: type.rank, to: destination) }
    // Of devices that have the same part, one will do.
    var parts: [[Int]: Tensor] = [:]
    for device in 0..<meshShape.product where parts[tile(of: device)] == nil {
      parts[tile(of: device)] = try buffers.part(device, type.with(shape: size).strong)
    }
    let whole = Trace.with(nil) { joined(parts, [], tileCounts) }.concrete!
    destination.copyMemory(from: UnsafeRawBufferPointer(start: whole.pointer, count: type.byteCount))
    withExtendedLifetime(whole) {}
  }

  /// The parts whose numbers begin with `prefix`, put together.
  private func joined(_ parts: [[Int]: Tensor], _ prefix: [Int], _ counts: [Int]) -> Tensor {
    if prefix.count == counts.count { return parts[prefix]! }
    let along = (0..<counts[prefix.count]).map { joined(parts, prefix + [$0], counts) }
    return along.count == 1 ? along[0] : concatenate(along, axis: prefix.count)
  }
}

extension XLABuffers {
  /// The elements of one of the buffers, in the host's memory.
  fileprivate func part(_ index: Int, _ type: TensorType) throws(PluginFailure) -> Tensor {
    var failure: PluginFailure?
    let result = Tensor(unsafeUninitializedShape: type.shape, dtype: type.dtype) { bytes in
      do throws(PluginFailure) { try download(index, rank: type.rank, to: bytes) } catch { failure = error }
    }
    if let failure { throw failure }
    return result
  }
}
