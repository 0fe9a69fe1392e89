import Tensor

extension Tree {
  /// The tree with all of its tensors in a device's memory. Those that are there, or are traced by a transformation, stay as they are.
  ///
  /// Source: `jax.device_put`.
  public func moved(to device: Device) -> Self { mapLeaves { $0.moved(to: device) } }

  /// Waits until the elements of all tensors have been computed: devices go on with a program while the host does other things.
  ///
  /// Reading elements waits by itself. Source: `jax.block_until_ready`.
  public func waitUntilReady() { for leaf in leaves { _ = leaf.deviceValue?.wait() } }
}
