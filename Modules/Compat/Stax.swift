import Autodiff
import Params
import Random
import Tensor

/// `jax.example_libraries.stax`: networks as pairs of functions, with its names, argument orders and random numbers.
///
///     let (initFun, applyFun) = stax.serial(
///       stax.Dense(1024), stax.Relu,
///       stax.Dense(10), stax.LogSoftmax)
///     let (outputShape, params) = initFun(PRNGKey(0), [-1, 784])
///     let predictions = applyFun(params, images)
///
/// The names are in a namespace, as they are in Python after `from jax.example_libraries import stax`: `stax.Dense` makes a pair of
/// functions and `Dense` a module, and a program that moves from one to the other has both. Where networks of many layers are written,
/// an extension of the namespace needs no prefixes:
///
///     extension stax {
///       static let classifier = serial(Dense(1024), Relu, Dense(10), LogSoftmax)
///     }
///
/// The same key gives the parameters that stax gives, and the same numbers to `Dropout`: keys are split as there.
public enum stax {
  /// What a layer is: a function that makes parameters, and one that applies them.
  ///
  /// Write your own as a pair: `(stax.InitFun { key, shape in (shape, .none) }, stax.ApplyFun { _, x, _ in x })`.
  public typealias Layer = (initFun: InitFun, applyFun: ApplyFun)

  /// The shape of a layer's inputs or outputs: the sizes of a tensor, or a list of shapes for a list of tensors.
  ///
  /// A size may be -1, as that of the batch when it is not known: it stays as it is where a layer does not touch it.
  public enum Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The sizes of a tensor.
    case sizes([Int])
    /// The shapes of a list of tensors.
    indirect case list([Shape])

    /// The sizes of a tensor.
    public init(arrayLiteral sizes: Int...) { self = .sizes(sizes) }

    /// The shapes of the tensors in a tree.
    public init(of values: PyTree) {
      self = values.isTensor ? .sizes(values.tensor.shape) : .list(values.parts.map { Shape(of: $0) })
    }

    /// The shape as Python prints it, such as `(3, 4)`.
    public var description: String {
      switch self {
      case .sizes(let sizes): "(\(sizes.map(String.init).joined(separator: ", "))\(sizes.count == 1 ? ",)" : ")")"
      case .list(let shapes): "[\(shapes.map(\.description).joined(separator: ", "))]"
      }
    }

    /// The sizes of one tensor; the shape of a list stops the program.
    public var dimensions: [Int] { sizes("stax.Shape") }

    /// The shapes of a list of tensors; the shape of one tensor stops the program.
    public var parts: [Shape] { list("stax.Shape") }

    /// The sizes of one tensor; a list stops the program.
    package func sizes(_ layer: String) -> [Int] {
      guard case .sizes(let sizes) = self else {
        fail(
          layer, [], "takes one tensor, but the input shape is the list \(self)",
          hint: "combine them with a FanIn layer")
      }
      return sizes
    }

    /// The shapes of a list of tensors; a single one stops the program.
    package func list(_ layer: String) -> [Shape] {
      guard case .list(let shapes) = self else {
        fail(layer, [], "takes a list of tensors, but the input shape is \(self)", hint: "make a list with FanOut")
      }
      return shapes
    }
  }

  /// The first function of a layer: from a key and the inputs' shape, the outputs' shape and the parameters.
  public struct InitFun: Sendable {
    private let body: @Sendable (PRNGKey, Shape) -> (outputShape: Shape, params: PyTree)

    /// A function of your own.
    public init(_ body: @escaping @Sendable (_ rng: PRNGKey, _ inputShape: Shape) -> (Shape, PyTree)) {
      self.body = { body($0, $1) }
    }

    /// The outputs' shape and the parameters, for inputs of one tensor with these sizes.
    public func callAsFunction(_ rng: PRNGKey, _ inputShape: [Int]) -> (outputShape: Shape, params: PyTree) {
      body(rng, .sizes(inputShape))
    }

    /// The outputs' shape and the parameters, for any inputs.
    @_disfavoredOverload
    public func callAsFunction(_ rng: PRNGKey, _ inputShape: Shape) -> (outputShape: Shape, params: PyTree) {
      body(rng, inputShape)
    }
  }

  /// The second function of a layer: from parameters, inputs, and a key if the layer is random, the outputs.
  public struct ApplyFun: Sendable {
    private let body: @Sendable (PyTree, PyTree, PRNGKey?) -> PyTree

    /// A function of your own.
    public init(_ body: @escaping @Sendable (_ params: PyTree, _ inputs: PyTree, _ rng: PRNGKey?) -> PyTree) {
      self.body = body
    }

    /// The output for one tensor, of a layer that gives one tensor; one that gives a list stops the program.
    public func callAsFunction(_ params: PyTree, _ inputs: Tensor, rng: PRNGKey? = nil) -> Tensor {
      let outputs = body(params, PyTree(inputs), rng)
      if !outputs.isTensor {
        fail(
          "stax", [inputs.type], "the layer gives \(outputs), not one tensor",
          hint: "call it with a PyTree to get one: applyFun(params, PyTree(inputs))")
      }
      return outputs.tensor
    }

    /// The outputs for any inputs: a tensor, or a list of them for layers such as `parallel`.
    public func callAsFunction(_ params: PyTree, _ inputs: PyTree, rng: PRNGKey? = nil) -> PyTree {
      body(params, inputs, rng)
    }
  }

  /// A layer that maps each tensor of its inputs to one, and has no parameters.
  static func function(
    _ name: String, outputShape: @escaping @Sendable ([Int]) -> [Int] = { $0 },
    _ apply: @escaping @Sendable (Tensor) -> Tensor
  ) -> Layer {
    (
      InitFun { _, shape in (.sizes(outputShape(shape.sizes(name))), .none) },
      ApplyFun { _, inputs, _ in PyTree(apply(tensor(inputs, name))) }
    )
  }

  /// The tensor that a layer is given, or the mistake of giving it a list.
  static func tensor(_ inputs: PyTree, _ layer: String) -> Tensor {
    if !inputs.isTensor {
      fail(
        layer, inputs.leaves.map(\.type), "takes one tensor, not the list \(inputs)",
        hint: "combine them with a FanIn layer")
    }
    return inputs.tensor
  }

  /// The list that a layer is given, or the mistake of giving it one tensor.
  static func list(_ inputs: PyTree, _ layer: String) -> [PyTree] {
    if inputs.isTensor {
      fail(layer, [inputs.tensor.type], "takes a list of tensors, not one", hint: "make a list with FanOut")
    }
    return inputs.parts
  }

  /// The parts of a layer's parameters, of which there must be a certain number.
  static func parts(_ params: PyTree, _ count: Int, _ layer: String) -> [PyTree] {
    let parts = params.parts
    if parts.count != count {
      fail(
        layer, [], "needs parameters with \(count) parts, not \(params)",
        hint: "make parameters with the layer's initFun")
    }
    return parts
  }
}
