import Autodiff
import Tensor

/// Numbers with the gamma distribution, or their logarithms: one for each element of `a`, from a key of its own.
///
/// Differentiable with respect to `a`, though rejection is not a smooth function: by how the quantile that a number is moves.
/// Source: Marsaglia and Tsang, "A simple method for generating gamma variables"; JAX's `random_gamma_p`.
func gammaSamples(_ key: PRNGKey, _ a: Tensor, inLogSpace: Bool) -> Tensor {
  key.check(inLogSpace ? "loggamma" : "gamma")
  if a.count == 0 { return a }
  let scheme = key.scheme
  let (graph, _) = Graph.trace(name: "gamma", [key.data.type, TensorType(a.dtype, [a.count])]) { inputs in
    let keys = split(PRNGKey(unchecked: inputs[0], scheme), shape: [a.count])
    return [vmap { (key: PRNGKey, a: Tensor) in gammaSample(key, a, inLogSpace: inLogSpace) }(keys, inputs[1])]
  }
  let samples = gammaPrimitive(graph, inLogSpace: inLogSpace)([key.data, ravel(a)])[0]
  return samples.reshaped(to: a.shape)
}

private func gammaPrimitive(_ graph: Graph, inLogSpace: Bool) -> Primitive {
  .customDerivative(
    CustomDerivative(
      graph,
      .jvp { primals, tangents in
        let samples = gammaPrimitive(graph, inLogSpace: inLogSpace)(primals)
        guard let tangent = tangents[1] else { return (samples, [nil]) }
        return (samples, [tangent * gammaDerivative(samples[0], primals[1], inLogSpace: inLogSpace)])
      }))
}

/// A round of rejection: a candidate v³ d, and the uniform number that decides on it.
private struct Trial: Tree {
  var key: PRNGKey
  var square, cube, fraction: Tensor

  mutating func walk(_ walker: inout TreeWalker) {
    walker.visit(&key, "key")
    walker.visit(&square, "square")
    walker.visit(&cube, "cube")
    walker.visit(&fraction, "fraction")
  }
}

/// A search for a normal number x with v = 1 + c x above 0.
private struct Candidate: Tree {
  var key: PRNGKey
  var x, v: Tensor

  mutating func walk(_ walker: inout TreeWalker) {
    walker.visit(&key, "key")
    walker.visit(&x, "x")
    walker.visit(&v, "v")
  }
}

/// One number with the gamma distribution of the scalar `a`, or its logarithm.
private func gammaSample(_ key: PRNGKey, _ a: Tensor, inLogSpace: Bool) -> Tensor {
  let dtype = a.dtype
  func constant(_ value: Double) -> Tensor { scalar(value, dtype) }
  // The method is for a ≥ 1: Gamma(a) is Gamma(a + 1) times a power of a uniform number.
  let isLarge = a .>= 1
  let d = select(isLarge, a, a + 1) - constant(1.0 / 3)
  let c = constant(1.0 / 3) * rsqrt(d)
  let (loopKey, boostKey) = split(key)
  let start = Trial(key: loopKey, square: constant(0), cube: constant(1), fraction: constant(2))
  let accepted = whileLoop(start) { trial in
    let bound = trial.square * 0.5 + d * (1 - trial.cube + log(trial.cube))
    return (trial.fraction .>= 1 - constant(0.0331) * (trial.square * trial.square)) & (log(trial.fraction) .>= bound)
  } _: { trial in
    let keys = split(trial.key, 3)
    let candidate = whileLoop(Candidate(key: keys[1], x: constant(0), v: constant(-1))) {
      $0.v .<= 0
    } _: { candidate in
      let (next, subkey) = split(candidate.key)
      let x = normal(subkey, dtype: dtype)
      return Candidate(key: next, x: x, v: multiplyAdd(x, c, constant(1)))
    }
    return Trial(
      key: keys[0], square: candidate.x * candidate.x, cube: candidate.v * candidate.v * candidate.v,
      fraction: uniform(keys[2], dtype: dtype))
  }
  if inLogSpace {
    let power = -exponential(boostKey, dtype: dtype)
    let boost = select(isLarge | (power .== 0), constant(0), power * (1 / a))
    return log(d) + log(accepted.cube) + boost
  }
  let boost = select(isLarge, constant(1), pow(1 - uniform(boostKey, dtype: dtype), 1 / a))
  return d * accepted.cube * boost
}
