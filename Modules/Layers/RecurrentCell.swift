import Autodiff
import Params
import Tensor

/// One step of a recurrent network: from a state and an input the next state and an output, with the same parameters at
/// every step.
///
///     let cell = GRUCell(200)
///     let net = Sequential { RNN(cell); RNN(GRUCell(200)); Dense(26) }
///
/// In the body of a module a cell can go through a sequence and tell its last state, too:
///
///     let summarize = parametrized("summarize") { (words: Tensor, mask: Tensor) in
///       cell(over: words, mask: mask).state
///     }
///
/// The identity of `step` decides sharing: a cell that is used in several places has one set of parameters.
public struct RecurrentCell<State: Tree>: Sendable {
  /// The step as a module of state and input; its results are the next state and the output.
  public let step: Parametrized<(State, Tensor), State, Tensor>
  private let initial: @Sendable (_ batchShape: [Int], _ dtype: DType) -> State

  /// A cell of your own.
  ///
  /// - Parameters:
  ///   - name: what paths call it where nothing else names it.
  ///   - initialState: the state before the first step, whose tensors begin with the dimensions of the batch.
  ///   - step: from a state and an input of shape [batch.., inputs], the next state, of the same shapes and element
  ///     types, and the output. Its body asks for parameters and uses modules as that of any module does.
  public init(
    _ name: String, initialState: @escaping @Sendable (_ batchShape: [Int], _ dtype: DType) -> State,
    step: @escaping @Sendable (_ state: State, _ input: Tensor) -> (State, Tensor)
  ) {
    self.step = parametrized(name) { (state: State, input: Tensor) in step(state, input) }
    initial = initialState
  }

  /// The state before the first step: zeros for the cells of this library.
  ///
  /// - Parameters:
  ///   - batchShape: the shape of a batch of sequences, without time and features; empty for a single sequence.
  ///   - dtype: the element type.
  public func initialState(_ batchShape: [Int], dtype: DType = .defaultFloat) -> State { initial(batchShape, dtype) }

  /// One step, in the body of a module.
  ///
  /// - Parameters:
  ///   - state: the state before the step.
  ///   - input: shape [batch.., inputs].
  public func callAsFunction(_ state: State, _ input: Tensor) -> (state: State, output: Tensor) {
    let (next, output) = step(state, input)
    return (next, output)
  }

  /// A step for each input of a sequence, in the body of a module: compiled as one loop.
  ///
  /// - Parameters:
  ///   - inputs: shape [batch.., time, inputs].
  ///   - mask: which inputs there are, shape [batch.., time]: 1 or true for an input, 0 or false for padding, at the
  ///     end or anywhere. There the state stays as it is, and the outputs are 0. Nil for sequences without padding.
  ///   - initialState: the state before the first step; nil for that of the cell.
  ///   - timeAxis: the dimension of time, if it is not the last but one.
  ///   - isReversed: whether to go from the last input to the first. Outputs stay beside their inputs.
  ///   - unroll: how many steps a round of the loop takes.
  /// - Returns: the outputs, shape [batch.., time, outputs] with time where it is in `inputs`, and the state after the
  ///   last step.
  ///
  /// Inputs with fewer than two dimensions, and a mask of another shape, stop the program. Source: `flax.linen.RNN`
  /// with `keep_order`, whose `seq_lengths` are a mask.
  public func callAsFunction(
    over inputs: Tensor, mask: Tensor? = nil, initialState: State? = nil, timeAxis: Int = -2,
    reversed isReversed: Bool = false, unroll: Int = 1
  ) -> (outputs: Tensor, state: State) {
    if inputs.rank < 2 {
      fail(step.name, [inputs.type], "sequences have at least two dimensions, time and features")
    }
    let axis = inputs.normalizedAxis(timeAxis, step.name)
    if axis == inputs.rank - 1 {
      fail(
        step.name, [inputs.type], "the last dimension is that of features, so it cannot be that of time",
        hint: "the shape is [.., time, features]; give the dimension of time as `timeAxis:`")
    }
    let sequence = inputs.asFloating.movingAxis(axis, to: 0)
    let batchShape = Array(sequence.shape[1..<inputs.rank - 1])
    let first = initialState ?? initial(batchShape, sequence.dtype)
    guard let mask else {
      let result = scan(first, sequence, reversed: isReversed, unroll: unroll) { state, input in step(state, input) }
      return (result.ys.movingAxis(0, to: axis), result.carry)
    }
    if mask.shape != Array(inputs.shape.dropLast()) {
      fail(
        step.name, [inputs.type, mask.type], "the mask must have the shape of the inputs without features",
        hint: "here it is \(Array(inputs.shape.dropLast()))")
    }
    let slices = Trees(sequence, mask.asType(.bool).movingAxis(axis, to: 0))
    let result = scan(first, slices, reversed: isReversed, unroll: unroll) { state, slice in
      let (input, isThere) = slice.parts
      func chosen(_ new: Tensor, _ old: Tensor) -> Tensor {
        let ones = [Int](repeating: 1, count: new.rank - isThere.rank)
        return select(isThere.reshaped(to: isThere.shape + ones), new, old)
      }
      let (next, output) = step(state, input)
      return (next.zipLeaves(state, chosen), chosen(output, zerosLike(output)))
    }
    return (result.ys.movingAxis(0, to: axis), result.carry)
  }
}

extension RecurrentCell: ModuleHolder {
  package var heldModule: AnyModule? { step }
}

/// A recurrent layer: the outputs of a cell at every step of a sequence.
///
/// - Parameters:
///   - cell: the step.
///   - timeAxis: the dimension of time, if it is not the last but one.
///   - isReversed: whether to go from the last input to the first. Outputs stay beside their inputs.
///   - unroll: how many steps a round of the loop takes.
///
/// Shapes: [batch.., time, inputs] → [batch.., time, outputs]. Parameters: those of the cell, in `cell`. For padded
/// sequences, other initial states and the last state, call the cell itself: `cell(over: inputs, mask: mask)`.
public func RNN<State: Tree>(
  _ cell: RecurrentCell<State>, timeAxis: Int = -2, reversed isReversed: Bool = false, unroll: Int = 1
) -> Layer {
  parametrized("rnn", DeclaredCell(cell: cell)) { declared, inputs in
    declared.cell(over: inputs, timeAxis: timeAxis, reversed: isReversed, unroll: unroll).outputs
  }
}

/// Two recurrent layers side by side, one through the sequence from its start and one from its end.
///
/// - Parameters:
///   - forward: the step from start to end.
///   - backward: the step from end to start.
///   - timeAxis: the dimension of time, if it is not the last but one.
///
/// Shapes: [batch.., time, inputs] → [batch.., time, outputs of `forward` + outputs of `backward`]. Parameters: those of
/// the cells, in `forward` and `backward`. Source: Schuster & Paliwal, "Bidirectional Recurrent Neural Networks".
public func BidirectionalRNN<Forward: Tree, Backward: Tree>(
  _ forward: RecurrentCell<Forward>, _ backward: RecurrentCell<Backward>, timeAxis: Int = -2
) -> Layer {
  parametrized("bidirectionalRNN", DeclaredCells(forward: forward, backward: backward)) { declared, inputs in
    let there = declared.forward(over: inputs, timeAxis: timeAxis).outputs
    let back = declared.backward(over: inputs, timeAxis: timeAxis, reversed: true).outputs
    return concatenate([there, back], axis: -1)
  }
}

private struct DeclaredCell<State: Tree>: Sendable {
  let cell: RecurrentCell<State>
}

private struct DeclaredCells<Forward: Tree, Backward: Tree>: Sendable {
  let forward: RecurrentCell<Forward>
  let backward: RecurrentCell<Backward>
}
