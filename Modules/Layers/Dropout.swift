import Params
import Random
import Tensor

/// Sets elements to 0 at random, and scales the others so that the mean stays: against overfitting.
///
/// - Parameter rate: the probability to drop an element, 0 to less than 1.
///
/// It drops in calls that are given a random key, as training is: `net(params, inputs, key: key)`. In calls without
/// one, as evaluation is, it changes nothing. Source: Srivastava et al., "Dropout".
public func Dropout(_ rate: Double) -> Layer {
  if !(0..<1 ~= rate) {
    fail(
      "Dropout", [], "the rate is \(rate), not in 0..<1",
      hint: "it is the probability to drop an element, not to keep it")
  }
  let kept = 1 - rate
  return parametrized("dropout") { inputs in
    guard rate > 0, let key = optionalRandomKey() else { return inputs }
    return select(bernoulli(key, kept, inputs.shape), inputs / kept, 0)
  }
}
