import Random
import Tensor

extension stax {
  /// Layers one after the other: `stax.serial`. Parameters: a list with those of each layer.
  ///
  /// The key of `initFun` is split in a chain, a half for each layer; that of `applyFun` all at once into one for each layer.
  public static func serial(_ layers: Layer...) -> Layer { serial(layers) }

  /// Layers one after the other, in an array.
  public static func serial(_ layers: [Layer]) -> Layer {
    (
      InitFun { rng, inputShape in
        var (rng, shape, params) = (rng, inputShape, [PyTree]())
        for layer in layers {
          let (next, layerKey) = split(rng)
          let (outputShape, layerParams) = layer.initFun(layerKey, shape)
          (rng, shape) = (next, outputShape)
          params.append(layerParams)
        }
        return (shape, .list(params))
      },
      ApplyFun { params, inputs, rng in
        let keys = rng.map { split($0, layers.count) }
        return zip(layers, parts(params, layers.count, "serial")).enumerated().reduce(inputs) { values, layer in
          layer.element.0.applyFun(layer.element.1, values, rng: keys?[layer.offset])
        }
      }
    )
  }

  /// Layers side by side, each with its own of a list of inputs: `stax.parallel`. Parameters: a tuple with those of each layer.
  ///
  /// The keys of `initFun` and `applyFun` are split all at once into one for each layer. Another number of inputs than of layers stops
  /// the program, where Python drops what is left over.
  public static func parallel(_ layers: Layer...) -> Layer { parallel(layers) }

  /// Layers side by side, in an array.
  public static func parallel(_ layers: [Layer]) -> Layer {
    @Sendable func check(_ count: Int) {
      if count != layers.count {
        fail(
          "parallel", [], "\(layers.count) layers need as many inputs, not \(count)",
          hint: "make them with FanOut(\(layers.count))")
      }
    }
    return (
      InitFun { rng, inputShape in
        let shapes = inputShape.list("parallel")
        check(shapes.count)
        let results = zip(zip(layers, split(rng, layers.count)), shapes).map { $0.0.initFun($0.1, $1) }
        return (.list(results.map(\.outputShape)), .tuple(results.map(\.params)))
      },
      ApplyFun { params, inputs, rng in
        let values = list(inputs, "parallel")
        check(values.count)
        let keys = rng.map { split($0, layers.count) }
        let params = parts(params, layers.count, "parallel")
        return .list(layers.indices.map { layers[$0].applyFun(params[$0], values[$0], rng: keys?[$0]) })
      }
    )
  }

  /// A layer that is made when its inputs' shape is known: `stax.shape_dependent`.
  ///
  /// - Parameter makeLayer: gives the same layer for the same shape.
  public static func shapeDependent(_ makeLayer: @escaping @Sendable (_ inputShape: [Int]) -> Layer) -> Layer {
    (
      InitFun { rng, shape in makeLayer(shape.sizes("shapeDependent")).initFun(rng, shape) },
      ApplyFun { params, inputs, rng in
        makeLayer(tensor(inputs, "shapeDependent").shape).applyFun(params, inputs, rng: rng)
      }
    )
  }

  // MARK: Fanning out and in

  /// `num` times the inputs, for `parallel`: `stax.FanOut`.
  public static func FanOut(_ num: Int) -> Layer {
    if num < 1 { fail("FanOut", [], "\(num) is not a positive number of copies") }
    return (
      InitFun { _, shape in (.list(Array(repeating: shape, count: num)), .none) },
      ApplyFun { _, inputs, _ in .list(Array(repeating: inputs, count: num)) }
    )
  }

  /// The sum of a list of tensors: `stax.FanInSum`.
  public static let FanInSum: Layer = (
    InitFun { _, shape in (first(shape.list("FanInSum"), "FanInSum"), .none) },
    ApplyFun { _, inputs, _ in
      let tensors = list(inputs, "FanInSum").map { tensor($0, "FanInSum") }
      return PyTree(tensors.dropFirst().reduce(first(tensors, "FanInSum"), +))
    }
  )

  /// A list of tensors joined along a dimension: `stax.FanInConcat`.
  public static func FanInConcat(_ axis: Int = -1) -> Layer {
    (
      InitFun { _, shape in
        let shapes = shape.list("FanInConcat").map { $0.sizes("FanInConcat") }
        var result = first(shapes, "FanInConcat")
        let position = axis < 0 ? axis + result.count : axis
        if !result.indices.contains(position) || shapes.contains(where: { $0.count != result.count }) {
          fail("FanInConcat", [], "the shapes \(shape) cannot be joined along dimension \(axis)")
        }
        result[position] = shapes.reduce(0) { $0 + $1[position] }
        return (.sizes(result), .none)
      },
      ApplyFun { _, inputs, _ in
        PyTree(concatenate(list(inputs, "FanInConcat").map { tensor($0, "FanInConcat") }, axis: axis))
      }
    )
  }

  private static func first<Element>(_ list: [Element], _ layer: String) -> Element {
    guard let first = list.first else { fail(layer, [], "takes a list of at least one tensor") }
    return first
  }
}
