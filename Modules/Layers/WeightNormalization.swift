import Autodiff
import Params
import Random
import Tensor

/// A module whose weights have a direction and a length that are trained apart: scale · w / ‖w‖.
///
///     let net = WeightNorm(Sequential { Dense(64); relu; Dense(10) })
///
/// - Parameters:
///   - model: a module or a whole network.
///   - featureAxes: the dimensions of outputs: each output has a length of its own.
///   - epsilon: is added to the squares, so that no division fails.
///   - scaleInit: makes the lengths; nil for none, so that all are 1.
///   - names: the names of the parameters that are normalized; others stay as they are.
///
/// Parameters: `model`, and `scale` with the lengths by the paths of the weights: `params.scale.layers[0].kernel`. A weight
/// without these dimensions stops the program. Source: Salimans & Kingma, "Weight Normalization"; `flax.linen.WeightNorm`.
public func WeightNorm<Output, each Input: Tree>(
  _ model: Parametrized<Output, repeat each Input>, featureAxes: [Int] = [-1], epsilon: Double = 1e-12,
  scaleInit: Initializer? = ones(), names: Set<String> = ["kernel"]
) -> Parametrized<Output, repeat each Input> {
  reparametrized("weightNorm", model) { params in
    func lengthShape(_ weight: Tensor) -> [Int] {
      weight.normalizedAxes(featureAxes, "WeightNorm").map { weight.shape[$0] }
    }
    let isNormalized = params.leafPaths.map { names.contains(lastName($0)) }
    let weights = zip(params.leaves, isNormalized).filter(\.1).map(\.0)
    let places = zip(params.leafPaths, isNormalized).filter(\.1).map(\.0)
    var scales: [Tensor]?
    if let scaleInit, !weights.isEmpty {
      let shapes = weights.map(lengthShape)
      scales =
        Parameter("scale") { key in
          Params(paths: zip(places, shapes).enumerated().map { ($1.0, scaleInit(foldIn(key, $0), $1.1)) })
        }().leaves
    }
    var position = 0
    return params.replacingLeaves(
      with: zip(params.leaves, isNormalized).map { weight, isNormalized in
        if !isNormalized { return weight }
        defer { position += 1 }
        let features = weight.normalizedAxes(featureAxes, "WeightNorm")
        let others = weight.shape.indices.filter { !features.contains($0) }
        let direction = weight * rsqrt(sum(square(weight), axes: others, keepDims: true) + epsilon)
        guard let scale = scales?[position] else { return direction }
        return direction
          * scale.reshaped(to: weight.shape.indices.map { features.contains($0) ? weight.shape[$0] : 1 })
      })
  }
}

/// The name at the end of a path.
private func lastName(_ path: String) -> String { String(path.split { ".[]".contains($0) }.last ?? "") }

/// A module whose weights are divided by their largest singular value, so that it changes distances by a bounded factor.
///
///     let critic = SpectralNorm(Sequential { Dense(64); relu; Dense(1) })
///     var (params, state) = (critic.initParams(key, inputs), critic.initState(inputs))
///     let (scores, next) = critic.applyInTraining(params, state, inputs)
///     critic(params, inputs, state: next)
///
/// - Parameters:
///   - model: a module or a whole network.
///   - steps: the number of steps of the power iteration that estimates the singular value in each call. It begins at the vector
///     that the call in training before left, so that few steps are enough where weights change little.
///   - epsilon: is added to squares, so that no division fails.
///   - names: the names of the parameters that are normalized; others stay as they are.
///
/// A weight of more than two dimensions counts as a matrix to the last one; those of fewer stay as they are. Parameters: `model`.
/// State: `singularVector`, with a vector of shape [1, outputs] by the path of each weight; in calls that are not in training the
/// iteration begins at it, too, but it stays as it is. Calls without state stop the program. The derivative takes the singular
/// vectors as constants. Source: Miyato et al., "Spectral Normalization for Generative Adversarial Networks";
/// `flax.linen.SpectralNorm`.
public func SpectralNorm<Output, each Input: Tree>(
  _ model: Parametrized<Output, repeat each Input>, steps: Int = 1, epsilon: Double = 1e-12,
  names: Set<String> = ["kernel"]
) -> Parametrized<Output, repeat each Input> {
  if steps < 1 { fail("SpectralNorm", [], "the number of steps is \(steps), but at least 1 is needed") }
  return reparametrized("spectralNorm", model) { params in
    let (paths, leaves) = (params.leafPaths, params.leaves)
    let places = leaves.indices.filter { names.contains(lastName(paths[$0])) && leaves[$0].rank > 1 }
    if places.isEmpty { return params }
    let weights = places.map { leaves[$0] }
    let normalized = spectralNormalizing(places.map { paths[$0] }, weights.map(\.shape), steps, epsilon)(weights)
    var result = leaves
    for (place, weight) in zip(places, normalized) { result[place] = weight }
    return params.replacingLeaves(with: result)
  }
}

/// The module that keeps the singular vectors of weights with these paths and shapes.
private func spectralNormalizing(
  _ paths: [String], _ shapes: [[Int]], _ steps: Int, _ epsilon: Double
) -> Parametrized<[Tensor], [Tensor]> {
  parametrized("singularVector") { (weights: [Tensor]) in
    let vectors = stateTree { key in
      Params(
        paths: zip(paths, shapes).enumerated().map { index, weight in
          (weight.0, normal(foldIn(key, index), [1, weight.1.last!]))
        })
    }
    return zip(weights, vectors).map { weight, vector in
      let result = spectralNormalized(
        weight, start: vector.value.asType(weight.dtype), steps: steps, epsilon: epsilon)
      if vector.isTraining { vector.update(to: result.vector) }
      return result.weight
    }
  }
}

/// A weight divided by an estimate of its largest singular value, as `SpectralNorm` does it.
///
/// - Parameters:
///   - weight: shape [.., outputs], a matrix to the last dimension.
///   - start: where the power iteration begins, shape [1, outputs].
///   - steps: the number of its steps.
///   - epsilon: is added to squares, so that no division fails.
/// - Returns: the weight; the singular value, a scalar; and its vector, shape [1, outputs], from which the next iteration may
///   begin.
///
/// Vectors are constants for derivatives. A weight of fewer than two dimensions stops the program.
public func spectralNormalized(
  _ weight: Tensor, start: Tensor, steps: Int = 1, epsilon: Double = 1e-12
) -> (weight: Tensor, singularValue: Tensor, vector: Tensor) {
  if weight.rank < 2 || start.shape != [1, weight.shape.last!] || steps < 1 {
    fail(
      "spectralNormalized", [weight.type, start.type], "needs a weight [.., n], a vector [1, n], and at least one step")
  }
  let columns = weight.shape[weight.rank - 1]
  let matrix = weight.reshaped(to: [weight.count / Swift.max(columns, 1), columns])
  func unit(_ x: Tensor) -> Tensor { x * rsqrt(sum(square(x), keepDims: true) + epsilon) }
  let constant = stopGradient(matrix)
  var (right, left) = (start, start)
  for _ in 0..<steps {
    left = unit(dot(right, constant.transposed()))
    right = unit(dot(left, constant))
  }
  (right, left) = (stopGradient(right), stopGradient(left))
  let value = dot(dot(left, matrix), right.transposed()).reshaped(to: [])
  return (weight / select(value .!= 0, value, 1), value, right)
}
