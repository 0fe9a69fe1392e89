import Autodiff
import Params
import Random
import Tensor

// Cells keep the kernels of their gates side by side, so that a step is few products. Each gate's kernel is drawn as a
// matrix of its own.

/// A cell without gates: h ← activation(x · inputKernel + h · stateKernel + bias).
///
/// - Parameters:
///   - size: the number of elements of the state, which is the output, too.
///   - activation: a function of each element.
///   - kernelInit: makes the kernel of the inputs.
///   - recurrentInit: makes the kernel of the state.
///   - biasInit: makes the bias; nil for none.
///
/// Parameters: `inputKernel` [inputs, size], `stateKernel` [size, size], `bias` [size]. The state is a tensor of shape
/// [batch.., size]. Source: Elman, "Finding Structure in Time"; `flax.linen.SimpleCell`.
public func SimpleCell(
  _ size: Int, activation: @escaping @Sendable (Tensor) -> Tensor = { tanh($0) },
  kernelInit: @escaping Initializer = glorot(), recurrentInit: @escaping Initializer = glorot(),
  biasInit: Initializer? = zeros()
) -> RecurrentCell<Tensor> {
  cell("simpleCell", size) { h, x in
    let gates = Gates(1, size, x, kernelInit, recurrentInit, biasInit)
    let next = activation(gates.input(x) + dot(h, gates.stateKernel))
    return (next, next)
  }
}

/// A gated recurrent unit, which keeps of its state what a gate z says, and reads of it what a gate r says.
///
/// With r and z = sigmoid(x · inputKernel + h · stateKernel + bias), each of its own columns:
///
///     n = tanh(x · inputKernel + bias + r · (h · stateKernel + stateBias))
///     h ← (1 - z) · n + z · h
///
/// - Parameters:
///   - size: the number of elements of the state, which is the output, too.
///   - resetsFirst: whether the gate r is applied to the state before its product instead of after it:
///     n = tanh(x · inputKernel + bias + (r · h) · stateKernel), which needs no `stateBias`.
///   - kernelInit: makes the kernel of the inputs of each gate.
///   - recurrentInit: makes the kernel of the state of each gate.
///   - biasInit: makes the biases; nil for none.
///
/// Parameters: `inputKernel` [inputs, 3 · size], `stateKernel` [size, 3 · size] and `bias` [3 · size], with columns for
/// r, z, n in this order; `stateBias` [size]. The state is a tensor of shape [batch.., size].
///
/// Source: Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation",
/// whose first version resets after the product, as `flax.linen.GRUCell` does, and whose later ones before it.
public func GRUCell(
  _ size: Int, resetsFirst: Bool = false, kernelInit: @escaping Initializer = glorot(),
  recurrentInit: @escaping Initializer = glorot(), biasInit: Initializer? = zeros()
) -> RecurrentCell<Tensor> {
  cell("gruCell", size) { h, x in
    let gates = Gates(3, size, x, kernelInit, recurrentInit, biasInit)
    let inputs = split(gates.input(x), into: 3, axis: -1)
    let candidate: Tensor
    let z: Tensor
    if resetsFirst {
      let states = split(dot(h, gates.stateKernel[..., ..<(2 * size)]), into: 2, axis: -1)
      let r = sigmoid(inputs[0] + states[0])
      z = sigmoid(inputs[1] + states[1])
      candidate = tanh(inputs[2] + dot(r * h, gates.stateKernel[..., (2 * size)...]))
    } else {
      let states = split(dot(h, gates.stateKernel), into: 3, axis: -1)
      let r = sigmoid(inputs[0] + states[0])
      z = sigmoid(inputs[1] + states[1])
      let read = biasInit.map { states[2] + parameter("stateBias", [size], $0) } ?? states[2]
      candidate = tanh(inputs[2] + r * read)
    }
    let next = (1 - z) * candidate + z * h
    return (next, next)
  }
}

/// The state of `LSTMCell`.
public struct LSTMState: Tree, Sendable {
  /// What the cell keeps, shape [batch.., size].
  public var memory: Tensor
  /// What the cell shows, shape [batch.., size].
  public var hidden: Tensor

  /// A state of these tensors, which have one shape.
  public init(memory: Tensor, hidden: Tensor) {
    self.memory = memory
    self.hidden = hidden
  }

  /// Visits the memory and what is shown of it.
  public mutating func walk(_ walker: inout TreeWalker) {
    walker.visit(&memory, "memory")
    walker.visit(&hidden, "hidden")
  }
}

/// Long short-term memory, which writes to its memory c what a gate i says, forgets of it what a gate f does not keep,
/// and shows of it what a gate o says.
///
/// With i, f and o = sigmoid(x · inputKernel + h · stateKernel + bias), each of its own columns:
///
///     g = tanh(x · inputKernel + h · stateKernel + bias)
///     c ← f · c + i · g
///     h ← o · tanh(c)
///
/// - Parameters:
///   - size: the number of elements of the memory and of the output.
///   - forgetBias: what is added in the sigmoid of f, so that at first it keeps more.
///   - kernelInit: makes the kernel of the inputs of each gate.
///   - recurrentInit: makes the kernel of the state of each gate.
///   - biasInit: makes the bias; nil for none.
///
/// Parameters: `inputKernel` [inputs, 4 · size], `stateKernel` [size, 4 · size] and `bias` [4 · size], with columns for
/// i, f, g, o in this order. The state is `LSTMState`, its `hidden` the output.
///
/// Source: Hochreiter & Schmidhuber, "Long Short-Term Memory", and Gers et al., "Learning to Forget";
/// `flax.linen.LSTMCell`, whose gates have no `forgetBias`.
public func LSTMCell(
  _ size: Int, forgetBias: Double = 0, kernelInit: @escaping Initializer = glorot(),
  recurrentInit: @escaping Initializer = glorot(), biasInit: Initializer? = zeros()
) -> RecurrentCell<LSTMState> {
  checkSize("LSTMCell", size)
  return RecurrentCell(
    "lstmCell",
    initialState: { batchShape, dtype in
      let zeros = zeros(batchShape + [size], dtype: dtype)
      return LSTMState(memory: zeros, hidden: zeros)
    },
    step: { state, x in
      let gates = Gates(4, size, x, kernelInit, recurrentInit, biasInit)
      let sums = split(gates.input(x) + dot(state.hidden, gates.stateKernel), into: 4, axis: -1)
      let forget = sigmoid(forgetBias == 0 ? sums[1] : sums[1] + forgetBias)
      let memory = forget * state.memory + sigmoid(sums[0]) * tanh(sums[2])
      let hidden = sigmoid(sums[3]) * tanh(memory)
      return (LSTMState(memory: memory, hidden: hidden), hidden)
    })
}

/// A cell whose state is one tensor, zeros at first.
private func cell(
  _ name: String, _ size: Int, _ step: @escaping @Sendable (_ h: Tensor, _ x: Tensor) -> (Tensor, Tensor)
) -> RecurrentCell<Tensor> {
  checkSize(name, size)
  return RecurrentCell(
    name, initialState: { batchShape, dtype in zeros(batchShape + [size], dtype: dtype) }, step: step)
}

private func checkSize(_ name: String, _ size: Int) {
  if size < 0 { fail(name, [], "the number of elements of the state, \(size), is negative") }
}

/// The parameters of gates, side by side.
private struct Gates {
  let inputKernel: Tensor
  let stateKernel: Tensor
  let bias: Tensor?

  init(
    _ count: Int, _ size: Int, _ x: Tensor, _ kernelInit: @escaping Initializer,
    _ recurrentInit: @escaping Initializer, _ biasInit: Initializer?
  ) {
    let width = count * size
    inputKernel = parameter("inputKernel", [x.shape.last!, width], sideBySide(count, kernelInit))
    stateKernel = parameter("stateKernel", [size, width], sideBySide(count, recurrentInit))
    bias = biasInit.map { parameter("bias", [width], $0) }
  }

  /// What an input adds to the gates, which does not depend on the state.
  func input(_ x: Tensor) -> Tensor {
    let products = dot(x, inputKernel)
    return bias.map { products + $0 } ?? products
  }
}

/// An initializer for matrices side by side, each of them made by another initializer.
private func sideBySide(_ count: Int, _ initializer: @escaping Initializer) -> Initializer {
  if count == 1 { return initializer }
  return { key, shape in
    let keys = split(key, count)
    return concatenate((0..<count).map { initializer(keys[$0], [shape[0], shape[1] / count]) }, axis: 1)
  }
}
