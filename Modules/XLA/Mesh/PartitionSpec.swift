import Autodiff
import Tensor

/// How a tensor is divided over a mesh: for each dimension the axis along which it is, or several, or nil where it is whole.
/// Dimensions that are not mentioned are whole.
///
///     images.moved(to: mesh, ["data"])            // the first dimension divided
///     kernel.moved(to: mesh, [nil, "model"])      // the second one
///     table.moved(to: mesh, [["data", "model"]])  // the first one along both axes
///
/// Source: `jax.sharding.PartitionSpec`.
public struct PartitionSpec: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// The axes of one dimension.
  public struct Dimension: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
    ExpressibleByNilLiteral
  {
    /// The names of the axes, none where the dimension is whole.
    public var axes: [String]

    /// A dimension divided along one axis.
    public init(stringLiteral value: String) { axes = [value] }
    /// A dimension divided along several axes, the first in the largest parts.
    public init(arrayLiteral elements: String...) { axes = elements }
    /// A dimension that is whole.
    public init(nilLiteral: ()) { axes = [] }
  }

  /// What is said of each dimension.
  public var dimensions: [Dimension]

  /// What is said of each dimension.
  public init(_ dimensions: [Dimension]) { self.dimensions = dimensions }
  /// What is said of each dimension.
  public init(arrayLiteral elements: Dimension...) { dimensions = elements }

  /// Whole on every device.
  public static let whole: PartitionSpec = []
}

extension PartitionSpec: CustomStringConvertible {
  /// For example `[nil, model]`.
  public var description: String {
    let texts = dimensions.map { dimension in
      switch dimension.axes.count {
      case 0: "nil"
      case 1: dimension.axes[0]
      default: "[\(dimension.axes.joined(separator: ", "))]"
      }
    }
    return "[\(texts.joined(separator: ", "))]"
  }
}
