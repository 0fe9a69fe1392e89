import Params
import Tensor

/// A fully connected layer: x · kernel + bias.
///
/// - Parameters:
///   - outDim: the number of outputs.
///   - kernelInit: makes the kernel, shape [inputs, outputs].
///   - biasInit: makes the bias, shape [outputs]; nil for none.
///
/// Shapes: [.., inputs] → [.., outputs]. Parameters: `kernel`, `bias`. Inputs without a dimension stop the program.
public func Dense(
  _ outDim: Int, kernelInit: @escaping Initializer = glorot(), biasInit: Initializer? = randn()
) -> Layer {
  if outDim < 0 { fail("Dense", [], "the number of outputs, \(outDim), is negative") }
  return parametrized("dense") { inputs in
    guard let inDim = inputs.shape.last else {
      fail("Dense", [inputs.type], "needs inputs with at least one dimension")
    }
    let products = dot(inputs, parameter("kernel", [inDim, outDim], kernelInit))
    guard let biasInit else { return products }
    return products + parameter("bias", [outDim], biasInit)
  }
}
