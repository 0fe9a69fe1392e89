import Autodiff
import Foundation
import Tensor

/// Numbers of events where `lambda` are expected: the Poisson distribution. Source: `jax.random.poisson`.
///
/// - Parameters:
///   - key: where they come from.
///   - lambda: the expected number, 0 or more; used as `float32`.
///   - shape: the shape of the result, to which `lambda` broadcasts; that of `lambda` if it is nil.
///   - dtype: the type of the result, an integer.
///
/// Not differentiable.
public func poisson(_ key: PRNGKey, _ lambda: Tensor, _ shape: [Int]? = nil, dtype: DType = .int32) -> Tensor {
  if !dtype.isInteger { fail("poisson", [lambda.type], "draws integers, not \(dtype)") }
  key.check("poisson")
  let shape = drawShape("poisson", shape, [lambda])
  let lambda = stopGradient(lambda.asType(.float32).broadcast(to: shape))
  // Each method runs for all elements, with a harmless rate where the other one counts.
  let isSmall = isNaN(lambda) | (lambda .< 10)
  let small = poissonByProducts(key, select(isSmall, lambda, zerosLike(lambda))).asType(dtype)
  let large = poissonByRejection(key, select(isSmall, full(shape, 1e5), lambda)).asType(dtype)
  let result = select(isSmall, small, large)
  return select(lambda .== 0, zerosLike(result), result)
}

/// Values carried through a loop of draws, and the key of the next round.
private struct Draws: Tree {
  var key: PRNGKey
  var values: [Tensor]

  mutating func walk(_ walker: inout TreeWalker) {
    walker.visit(&key, "key")
    walker.visit(&values, "values")
  }
}

/// How many uniform numbers are multiplied until the product is below e^(-λ), without the last. Source: Knuth.
private func poissonByProducts(_ key: PRNGKey, _ lambda: Tensor) -> Tensor {
  let start = Draws(key: key, values: [zeros(lambda.shape, dtype: .int32), zerosLike(lambda)])
  let end = whileLoop(start) {
    any($0.values[1] .> -lambda)
  } _: { state in
    let (count, logProduct) = (state.values[0], state.values[1])
    let (next, subkey) = split(state.key)
    let fractions = uniform(subkey, lambda.shape)
    return Draws(
      key: next, values: [select(logProduct .> -lambda, count + 1, count), logProduct + log(fractions)])
  }
  return end.values[0] - 1
}

/// Source: Hörmann, "The transformed rejection method for generating Poisson random variables".
private func poissonByRejection(_ key: PRNGKey, _ lambda: Tensor) -> Tensor {
  let logLambda = log(lambda)
  // Products and sums are rounded once where XLA does, so that the same numbers are accepted.
  let b = multiplyAdd(sqrt(lambda), 2.53, 0.931)
  let a = multiplyAdd(b, 0.02483, -0.059)
  let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
  let vr = 0.9277 - 3.6224 / (b - 2)
  let start = Draws(key: key, values: [-onesLike(lambda), zeros(lambda.shape, dtype: .bool)])
  let end = whileLoop(start) {
    ~all($0.values[1])
  } _: { state in
    let keys = split(state.key, 3)
    let u = uniform(keys[1], lambda.shape) - 0.5
    let v = uniform(keys[2], lambda.shape)
    let distance = 0.5 - abs(u)
    let k = floor(multiplyAdd(2 * a / distance + b, u, lambda) + 0.43)
    let s = log(v * inverseAlpha / (a / (distance * distance) + b))
    let t = multiplyAdd(k, logLambda, -lambda) - logFactorial(k)
    let isEasy = (distance .>= 0.07) & (v .<= vr)
    let isRejected = (k .< 0) | (distance .< 0.013) & (v .> distance)
    let isAccepted = isEasy | ~isRejected & (s .<= t)
    // An element accepted again takes the later number, as in JAX.
    return Draws(key: keys[0], values: [select(isAccepted, k, state.values[0]), state.values[1] | isAccepted])
  }
  return end.values[0]
}

/// log k! by Lanczos' formula, each step rounded as XLA rounds it: for large rates, whether a number is accepted hangs on the last
/// bits. Source: Lanczos, "A Precision Approximation of the Gamma Function"; XLA's `lgamma`.
private func logFactorial(_ k: Tensor) -> Tensor {
  let coefficients = [
    676.520368121885098567, -1259.13921672240287047, 771.323428777653078849, -176.615029162140599066,
    12.5073432786869048145, -0.138571095265720116896, 9.98436957801957085956e-6, 1.50563273514931155834e-7,
  ]
  var series = scalar(0.999999999999809932, .float32)
  for (index, coefficient) in coefficients.enumerated() { series = series + coefficient / (k + Double(index + 1)) }
  let ratio = k * (1 / 7.5)
  let logOnePlusRatio = select(ratio .< 0.41421357, log1p(ratio), log(ratio + 1))
  let logT = logOnePlusRatio + Foundation.log(7.5)
  let quotient = (k + 0.5) - (k + 7.5) / logT
  let halfLogTwoPi = (Foundation.log(2.0) + Foundation.log(.pi)) / 2
  return multiplyAdd(quotient, logT, scalar(halfLogTwoPi, .float32)) + log(series)
}

/// Numbers of successes in `n` trials, each with probability `p`: the binomial distribution. Source: `jax.random.binomial`.
///
/// - Parameters:
///   - key: where they come from.
///   - n: the numbers of trials, 0 or more, a fraction cut off.
///   - p: the probabilities, 0 to 1.
///   - shape: the shape of the result, to which `n` and `p` broadcast; the one that they broadcast to if it is nil.
///   - dtype: the floating-point type of the result; the numbers are drawn in the type of `p`.
///
/// NaN for a negative or undefined `n` or `p`, infinity for an infinite `n`. Not differentiable.
public func binomial(
  _ key: PRNGKey, _ n: Tensor, _ p: Tensor, _ shape: [Int]? = nil, dtype: DType = .float32
) -> Tensor {
  key.check("binomial")
  _ = FloatFormat(dtype, for: "binomial")
  let shape = drawShape("binomial", shape, [n, p])
  let p = stopGradient(p.asFloating.broadcast(to: shape))
  let trials = stopGradient(n.asType(p.dtype).broadcast(to: shape))
  let isRare = p .< 0.5
  let chance = select(isRare, p, 1 - p)
  let isUndefined = isNaN(trials) | (trials .< 0)
  let isBadChance = isNaN(chance) | (chance .< 0)
  let q = select(isBadChance, full(shape, 0.01, dtype: p.dtype), chance)
  // Each method runs for all elements, with harmless parameters where the other one counts.
  let isSmall = isUndefined | (trials * q .<= 10)
  let count = floor(trials)
  let small = binomialByInversion(key, select(isSmall, count, zerosLike(count)), q)
  let large = binomialByRejection(
    key, select(isSmall, full(shape, 1e4, dtype: p.dtype), count), select(isSmall, full(shape, 0.5, dtype: p.dtype), q))
  var result = select(isSmall, small, large).asType(dtype)
  let isInvalid = isBadChance | isUndefined
  result = select(isInvalid, full(shape, .nan, dtype: dtype), result)
  result = select(isInfinite(trials) & ~isInvalid, full(shape, .infinity, dtype: dtype), result)
  let isFinal = isRare | isUndefined | isNaN(chance) | isInfinite(trials)
  return select(isFinal, result, count.asType(dtype) - result)
}

/// How many geometric waiting times fit into the trials.
private func binomialByInversion(_ key: PRNGKey, _ count: Tensor, _ p: Tensor) -> Tensor {
  let logMiss = log1p(-p)
  let end = whileLoop(Draws(key: key, values: [zerosLike(p), zerosLike(p)])) {
    any($0.values[1] .<= count)
  } _: { state in
    let (successes, waited) = (state.values[0], state.values[1])
    // The first of the two keys is the one that is used up here.
    let (subkey, next) = split(state.key)
    let waiting = ceil(log(uniform(subkey, p.shape, dtype: p.dtype)) / logMiss)
    return Draws(
      key: next, values: [select(waited .<= count, successes + 1, successes), waited + waiting])
  }
  return end.values[0] - 1
}

/// Source: Hörmann, "The generation of binomial random variates" (BTRS).
private func binomialByRejection(_ key: PRNGKey, _ count: Tensor, _ p: Tensor) -> Tensor {
  func constant(_ value: Double) -> Tensor { scalar(value, p.dtype) }
  let deviation = sqrt(count * p * (1 - p))
  let b = multiplyAdd(deviation, constant(2.53), constant(1.15))
  let a = multiplyAdd(p, constant(0.01), multiplyAdd(b, constant(0.0248), constant(-0.0873)))
  let c = multiplyAdd(count, p, constant(0.5))
  let vr = constant(0.92) - constant(4.2) / b
  let odds = p / (1 - p)
  let alpha = (constant(2.83) + constant(5.1) / b) * deviation
  let mode = floor((count + 1) * p)
  let start = Draws(key: key, values: [-onesLike(p), zeros(p.shape, dtype: .bool)])
  let end = whileLoop(start) {
    ~all($0.values[1])
  } _: { state in
    let keys = split(state.key, 3)
    let u = uniform(keys[1], p.shape, dtype: p.dtype) - 0.5
    let fractions = uniform(keys[2], p.shape, dtype: p.dtype)
    let distance = 0.5 - abs(u)
    let isEasy = (distance .>= constant(0.07)) & (fractions .<= vr)
    let k = floor(multiplyAdd(2 * a / distance + b, u, c))
    let isRejected = (k .< 0) | (k .> count)
    let v = log(fractions * alpha / (a / (distance * distance) + b))
    let rest = count - mode + 1
    let bound =
      (mode + 0.5) * log((mode + 1) / (odds * rest)) + (count + 1) * log(rest / (count - k + 1))
      + (k + 0.5) * log(odds * (count - k + 1) / (k + 1)) + stirlingTail(mode) + stirlingTail(count - mode)
      - stirlingTail(k) - stirlingTail(count - k)
    let isAccepted = isEasy | ~isRejected & (v .<= bound)
    return Draws(key: keys[0], values: [select(isAccepted, k, state.values[0]), state.values[1] | isAccepted])
  }
  return end.values[0]
}

/// What Stirling's formula leaves of log k!.
private func stirlingTail(_ k: Tensor) -> Tensor {
  let exact = [
    0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
    0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287,
  ]
  func constant(_ value: Double) -> Tensor { scalar(value, k.dtype) }
  let bounded = clip(k, min: constant(0), max: constant(9))
  let square = (bounded + 1) * (bounded + 1)
  let series =
    (constant(1.0 / 12) - (constant(1.0 / 360) - constant(1.0 / 1260) / square) / square) / (bounded + 1)
  let known = dot(oneHot(floor(bounded).asType(.int32), 10, dtype: k.dtype), Tensor(exact, dtype: k.dtype))
  return select(k .<= 9, known, series)
}

/// How often each of several outcomes occurs in `n` trials: the multinomial distribution. Source: `jax.random.multinomial`.
///
/// - Parameters:
///   - key: where the numbers come from.
///   - n: the numbers of trials, which broadcast to the shape of the result without its last dimension.
///   - p: the probabilities of the outcomes along the last dimension, which sum to 1.
///   - shape: the shape of the result, to which `p` broadcasts; that of `p` if it is nil.
///   - dtype: the floating-point type of the result.
///
/// Not differentiable.
public func multinomial(
  _ key: PRNGKey, _ n: Tensor, _ p: Tensor, _ shape: [Int]? = nil, dtype: DType = .float32
) -> Tensor {
  key.check("multinomial")
  let shape = drawShape("multinomial", shape ?? p.shape, [p])
  if shape.isEmpty { fail("multinomial", [p.type], "the probabilities need a dimension of outcomes") }
  let operands = promote("multinomial", [n, p]).map(\.asFloating)
  let trials = operands[0].broadcast(to: drawShape("multinomial", shape.dropLast(), [n]))
  let chances = operands[1].broadcast(to: shape).movingAxis(-1, to: 0)
  // One outcome after the other: how many of the trials that are left, by its share of the probability that is left.
  let left = cumulativeSum(chances, axis: 0, reversed: true)
  let shares = chances / select(left .== 0, onesLike(left), left)
  let keys = split(key, shape: [shares.shape[0]])
  let steps = Steps(shares: shares, keys: keys)
  let counts = scan(trials, steps) { remaining, step -> (Tensor, Tensor) in
    let drawn = binomial(step.keys, remaining, clip(step.shares, min: 0, max: 1), dtype: remaining.dtype)
    return (remaining - drawn, drawn)
  }.ys
  return counts.movingAxis(0, to: -1).asType(dtype)
}

/// What each round of `multinomial` takes.
private struct Steps: Tree {
  var shares: Tensor
  var keys: PRNGKey

  mutating func walk(_ walker: inout TreeWalker) {
    walker.visit(&shares, "shares")
    walker.visit(&keys, "keys")
  }
}
