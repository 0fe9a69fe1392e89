import Layers
import Params
import Random
import Tensor

extension stax {
  /// A fully connected layer: `stax.Dense`. Parameters: (W, b), of shapes [inputs, outDim] and [outDim].
  ///
  /// As a module it is `Dense`, whose parameters are `kernel` and `bias`.
  public static func Dense(
    _ outDim: Int, _ W_init: @escaping Initializer = glorotNormal(), _ b_init: @escaping Initializer = randn()
  ) -> Layer {
    (
      InitFun { rng, inputShape in
        let shape = inputShape.sizes("Dense")
        guard let inDim = shape.last else { fail("Dense", [], "needs inputs with at least one dimension") }
        let (k1, k2) = split(rng)
        return (
          .sizes(shape.dropLast() + [outDim]),
          .named(["kernel": PyTree(W_init(k1, [inDim, outDim])), "bias": PyTree(b_init(k2, [outDim]))])
        )
      },
      ApplyFun { params, inputs, _ in
        let params = parts(params, 2, "Dense")
        return PyTree(dot(tensor(inputs, "Dense"), params[0].tensor) + params[1].tensor)
      }
    )
  }

  /// Standardization of each feature over the examples at hand: `stax.BatchNorm`. Parameters: (beta, gamma), `()` for an absent one.
  ///
  /// - Parameters:
  ///   - axis: the dimensions to standardize over; the others are those of the parameters.
  ///   - epsilon: what is added to the variance.
  ///   - center: whether there is a beta.
  ///   - scale: whether there is a gamma.
  ///   - beta_init: makes beta.
  ///   - gamma_init: makes gamma.
  ///
  /// There are no running statistics: in evaluation, too, a batch is standardized by its own mean and variance.
  public static func BatchNorm(
    axis: [Int] = [0, 1, 2], epsilon: Double = 1e-5, center: Bool = true, scale: Bool = true,
    beta_init: @escaping Initializer = zeros(), gamma_init: @escaping Initializer = ones()
  ) -> Layer {
    if axis.contains(where: { $0 < 0 }) {
      fail("BatchNorm", [], "the dimensions \(axis) are counted from the front, as stax counts them: none is negative")
    }
    return (
      InitFun { rng, inputShape in
        let sizes = inputShape.sizes("BatchNorm")
        let shape = sizes.indices.filter { !axis.contains($0) }.map { sizes[$0] }
        let (k1, k2) = split(rng)
        let beta = center ? PyTree(beta_init(k1, shape)) : .none
        let gamma = scale ? PyTree(gamma_init(k2, shape)) : .none
        return (inputShape, .named(["bias": beta, "scale": gamma]))
      },
      ApplyFun { params, inputs, _ in
        let params = parts(params, 2, "BatchNorm")
        let x = tensor(inputs, "BatchNorm")
        func expanded(_ parameter: PyTree) -> Tensor {
          parameter.tensor.reshaped(to: x.shape.indices.map { axis.contains($0) ? 1 : x.shape[$0] })
        }
        var z = standardize(x, axes: axis, epsilon: epsilon)
        if scale { z = expanded(params[1]) * z }
        if center { z = z + expanded(params[0]) }
        return PyTree(z)
      }
    )
  }

  /// Whether a network is trained or tested.
  public enum Mode: Sendable, Hashable {
    /// Elements are dropped.
    case train
    /// Inputs pass unchanged.
    case test
  }

  /// Sets elements to 0 at random, and divides the others by `rate`: `stax.Dropout`.
  ///
  /// - Parameters:
  ///   - rate: the probability to *keep* an element. It is the opposite of what `Dropout`, and most other libraries, call the rate.
  ///   - mode: whether anything is dropped at all.
  ///
  /// Without `rng:` in the call of `applyFun` the program stops, whatever the mode, as in Python.
  public static func Dropout(_ rate: Double, mode: Mode = .train) -> Layer {
    if !(rate > 0 && rate <= 1) {
      fail(
        "stax.Dropout", [], "the rate is \(rate), not in 0...1 without 0",
        hint: "it is the probability to keep an element")
    }
    return (
      InitFun { _, shape in (shape, .none) },
      ApplyFun { _, inputs, rng in
        let x = tensor(inputs, "stax.Dropout")
        guard let rng else {
          fail(
            "stax.Dropout", [x.type], "the call was given no random key",
            hint: "pass one: applyFun(params, inputs, rng: key)")
        }
        if mode == .test { return inputs }
        return PyTree(select(bernoulli(rng, rate, x.shape), x / rate, 0))
      }
    )
  }

  /// The first dimension stays, the others become one: `stax.Flatten`.
  public static let Flatten = function("Flatten", outputShape: { [$0.first ?? 1, $0.dropFirst().reduce(1, *)] }) {
    if $0.rank == 0 { fail("Flatten", [$0.type], "needs inputs with at least one dimension") }
    return $0.reshaped(to: [$0.shape[0], $0.shape.dropFirst().reduce(1, *)])
  }

  /// The inputs as they are: `stax.Identity`.
  public static let Identity: Layer = (InitFun { _, shape in (shape, .none) }, ApplyFun { _, inputs, _ in inputs })

  // MARK: Activations

  /// A function of each element, or another that keeps the shape: `stax.elementwise`.
  public static func elementwise(_ fun: @escaping @Sendable (Tensor) -> Tensor) -> Layer {
    function("elementwise", fun)
  }

  /// The hyperbolic tangent: `stax.Tanh`.
  public static let Tanh = elementwise { tanh($0) }
  /// max(x, 0): `stax.Relu`.
  public static let Relu = elementwise { relu($0) }
  /// eˣ: `stax.Exp`.
  public static let Exp = elementwise { exp($0) }
  /// log softmax along the last dimension: `stax.LogSoftmax`.
  public static let LogSoftmax = elementwise { logSoftmax($0) }
  /// Softmax along the last dimension: `stax.Softmax`.
  public static let Softmax = elementwise { softmax($0) }
  /// log(1 + eˣ): `stax.Softplus`.
  public static let Softplus = elementwise { softplus($0) }
  /// 1 / (1 + e⁻ˣ): `stax.Sigmoid`.
  public static let Sigmoid = elementwise { sigmoid($0) }
  /// `elu`: `stax.Elu`.
  public static let Elu = elementwise { elu($0) }
  /// `leakyRelu`: `stax.LeakyRelu`.
  public static let LeakyRelu = elementwise { leakyRelu($0) }
  /// `selu`: `stax.Selu`.
  public static let Selu = elementwise { selu($0) }
  /// `gelu`, approximated by tanh: `stax.Gelu`.
  public static let Gelu = elementwise { gelu($0) }
}
