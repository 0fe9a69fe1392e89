import Tensor
import Testing

private func float32(_ shape: Int...) -> TensorType { TensorType(.float32, shape) }
private func int32(_ shape: Int...) -> TensorType { TensorType(.int32, shape) }

/// An operation on operands that break its rule, and the whole text of the error.
private struct Mistake: Sendable, CustomTestStringConvertible {
  let primitive: Primitive
  let operands: [TensorType]
  let text: String

  init(_ primitive: Primitive, _ operands: [TensorType], _ text: String) {
    self.primitive = primitive
    self.operands = operands
    self.text = text
  }

  var testDescription: String { text.split(separator: "\n")[0].description }
}

private let mistakes: [Mistake] = [
  Mistake(
    .binary(.add), [float32(2), float32(3)],
    "add: the operands must have one shape and element type\n  operands: float32[2], float32[3]"),
  Mistake(
    .binary(.add), [float32(2), int32(2)],
    "add: the operands must have one shape and element type\n  operands: float32[2], int32[2]"),
  Mistake(.binary(.add), [float32(2)], "add: takes 2 operands, not 1\n  operands: float32[2]"),
  Mistake(
    .binary(.and), [float32(2), float32(2)], "and: is not defined for float32\n  operands: float32[2], float32[2]"),
  Mistake(.unary(.exp), [int32(2)], "exp: is not defined for int32\n  operands: int32[2]"),
  Mistake(.unary(.not), [float32()], "not: is not defined for float32\n  operands: float32[]"),
  Mistake(
    .compare(.less), [float32(2), float32(2, 1)],
    "less: the operands must have one shape and element type\n  operands: float32[2], float32[2, 1]"),
  Mistake(.isFinite(IsFinite()), [int32(2)], "isFinite: needs a floating-point operand\n  operands: int32[2]"),
  Mistake(
    .select(Select()), [int32(2), float32(2), float32(2)],
    "select: the condition must be bool\n  operands: int32[2], float32[2], float32[2]"),
  Mistake(
    .select(Select()), [TensorType(.bool, [2]), float32(2), int32(2)],
    "select: the condition and both cases must have one shape, and the cases one element type\n"
      + "  operands: bool[2], float32[2], int32[2]"),
  Mistake(
    .bitcast(Bitcast(.int16)), [float32(2)], "bitcast: int16 has elements of another size\n  operands: float32[2]"),
  Mistake(
    .broadcastInDim(BroadcastInDim(shape: [2, 3], dimensions: [1])), [float32(2)],
    "broadcastInDim: size 2 cannot become size 3 of the shape [2, 3]\n  operands: float32[2]\n"
      + "  hint: only dimensions of size 1 repeat"),
  Mistake(
    .broadcastInDim(BroadcastInDim(shape: [2, 3], dimensions: [1, 0])), [float32(2, 3)],
    "broadcastInDim: the dimensions [1, 0] must name, in order, one of 2 for each of the operand's 2\n"
      + "  operands: float32[2, 3]"),
  Mistake(
    .reshape(Reshape([4])), [float32(2, 3)], "reshape: 6 elements do not fit the shape [4]\n  operands: float32[2, 3]"),
  Mistake(
    .reshape(Reshape([-2, -3])), [float32(2, 3)],
    "reshape: 6 elements do not fit the shape [-2, -3]\n  operands: float32[2, 3]"),
  Mistake(
    .transpose(Transpose([0, 0])), [float32(2, 3)],
    "transpose: [0, 0] is not an order of the 2 dimensions\n  operands: float32[2, 3]"),
  Mistake(
    .reverse(Reverse([2])), [float32(2, 3)],
    "reverse: the axes [2] must be distinct and in 0..<2\n  operands: float32[2, 3]"),
  Mistake(.concatenate(Concatenate(0)), [], "concatenate: needs at least one operand"),
  Mistake(
    .concatenate(Concatenate(0)), [float32(2, 3), float32(2, 4)],
    "concatenate: the operands must agree in element type and in every dimension but 0\n"
      + "  operands: float32[2, 3], float32[2, 4]"),
  Mistake(
    .concatenate(Concatenate(0)), [float32(2), float32(2, 1)],
    "concatenate: the operands have different numbers of dimensions\n  operands: float32[2], float32[2, 1]"),
  Mistake(
    .pad(Pad(low: [-3], high: [0], interior: [0])), [float32(2), float32()],
    "pad: the padding makes a negative size: [-1]\n  operands: float32[2], float32[]"),
  Mistake(
    .pad(Pad(low: [0], high: [0], interior: [0])), [float32(2), int32()],
    "pad: the padding value must be a scalar of the operand's element type\n  operands: float32[2], int32[]"),
  Mistake(
    .slice(Slice(start: [0, 1], limit: [2, 4], stride: [1, 1])), [float32(2, 3)],
    "slice: 1..<4 is not within 0..<3 of dimension 1\n  operands: float32[2, 3]"),
  Mistake(
    .slice(Slice(start: [0], limit: [2], stride: [0])), [float32(2)],
    "slice: the stride 0 of dimension 0 must be positive\n  operands: float32[2]"),
  Mistake(
    .dynamicSlice(DynamicSlice([3])), [float32(2), int32()],
    "dynamicSlice: a part of size [3] does not fit\n  operands: float32[2], int32[]"),
  Mistake(
    .dynamicSlice(DynamicSlice([1])), [float32(2), float32()],
    "dynamicSlice: the starts must be integer scalars\n  operands: float32[2], float32[]"),
  Mistake(
    .dynamicUpdateSlice(DynamicUpdateSlice()), [float32(2), float32(3), int32()],
    "dynamicUpdateSlice: the update must have the operand's element type and fit into it\n"
      + "  operands: float32[2], float32[3], int32[]"),
  Mistake(
    .reduce(Reduce(.sum, axes: [1, 1])), [float32(2, 3)],
    "reduceSum: the axes [1, 1] must be distinct and in 0..<2\n  operands: float32[2, 3]"),
  Mistake(
    .reduce(Reduce(.and, axes: [0])), [float32(2)],
    "reduceAnd: needs an integer or bool operand\n  operands: float32[2]"),
  Mistake(
    .argReduce(ArgReduce(largest: true, axis: 1)), [float32(2, 0)],
    "argMax: dimension 1 is empty, so it has no extremum\n  operands: float32[2, 0]"),
  Mistake(
    .argReduce(ArgReduce(largest: false, axis: 0, indexType: .float32)), [float32(2)],
    "argMin: the index type float32 is not an integer\n  operands: float32[2]"),
  Mistake(
    .cumulative(Cumulative(.sum, axis: 0)), [TensorType(.bool, [2])],
    "cumulativeSum: needs numbers\n  operands: bool[2]"),
  Mistake(
    .sort(Sort(axis: 0, keyCount: 2)), [float32(2)], "sort: needs at least 2 operands, the keys\n  operands: float32[2]"
  ),
  Mistake(
    .sort(Sort(axis: 0)), [float32(2), float32(3)],
    "sort: the operands must have one shape\n  operands: float32[2], float32[3]"),
  Mistake(
    .iota(Iota(TensorType(.bool, [2]), dimension: 0)), [], "iota: needs a number type\n  operands: bool[2]"),
  Mistake(
    .dot(Dot(lhsContracting: [1], rhsContracting: [0])), [float32(3, 5), float32(4, 7)],
    "dot: the contracted dimension 1 of the left operand has size 5, dimension 0 of the right one size 4\n"
      + "  operands: float32[3, 5], float32[4, 7]\n  hint: transpose or reshape an operand so that the sizes agree"),
  Mistake(
    .dot(Dot(lhsContracting: [], rhsContracting: [], lhsBatch: [0], rhsBatch: [0])), [float32(3), float32(4)],
    "dot: the batch dimension 0 of the left operand has size 3, dimension 0 of the right one size 4\n"
      + "  operands: float32[3], float32[4]"),
  Mistake(
    .threefry2x32(Threefry2x32()), [int32(), int32(), int32(), int32()],
    "threefry2x32: the operands must be uint32\n  operands: int32[], int32[], int32[], int32[]"),
]

@Suite("Mistakes are explained")
struct ErrorTests {
  @Test("by shape rules", arguments: mistakes)
  fileprivate func shapeRules(_ mistake: Mistake) {
    let error = #expect(throws: TensorError.self) { try mistake.primitive.resultTypes(of: mistake.operands) }
    #expect(error?.description == mistake.text)
  }

  @Test("with all that is known, in one order")
  func text() {
    let error = TensorError(
      "dot", [float32(2), int32(3)], "the problem", hint: "the way out", path: "sequential.layers[3].dense")
    #expect(
      error.description == """
        dot: the problem
          operands: float32[2], int32[3]
          in: sequential.layers[3].dense
          hint: the way out
        """)
    #expect(TensorError("arange", [], "the step is zero").description == "arange: the step is zero")
  }

  @Test("with the modules that the program is in")
  func modulePath() {
    final class Place: ModulePath {
      override var path: String { "net.layers[0]" }
    }
    ModulePath.with(Place()) {
      #expect(TensorError("exp", [], "no").description == "exp: no\n  in: net.layers[0]")
    }
    #expect(TensorError("exp", [], "no").path == nil)
  }
}

/// Mistakes in a program stop it; each runs in a process of its own.
@Suite("Mistakes stop the program with their text")
struct FatalErrorTests {
  private func expect(_ result: ExitTest.Result?, _ text: String, _ location: SourceLocation = #_sourceLocation) throws
  {
    let output = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(output.contains("Fatal error: " + text + "\n"), "\(output.prefix(600))", sourceLocation: location)
  }

  @Test func broadcasting() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = zeros([2, 3]) + zeros([4])
    }
    try expect(
      result,
      """
      +: the shapes do not broadcast
        operands: float32[2, 3], float32[4]
        hint: sizes must be equal, or 1, matched from the last dimension; reshape with `reshaped(to:)` or `x[.newAxis]`
      """)
  }

  @Test func broadcastTo() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = zeros([2, 3]).broadcast(to: [2, 4])
    }
    try expect(
      result,
      """
      broadcast(to:): does not broadcast to [2, 4]
        operands: float32[2, 3]
        hint: sizes must be equal, or 1, matched from the last dimension
      """)
  }

  @Test func reshaping() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = zeros([2, 3]).reshaped(to: [4, -1])
    }
    try expect(result, "reshaped(to:): 6 elements do not fit the shape [4, -1]\n  operands: float32[2, 3]")
  }

  @Test func matrixProduct() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = dot(zeros([3, 5]), zeros([4, 7]))
    }
    try expect(
      result,
      """
      dot: the contracted dimension 1 of the left operand has size 5, dimension 0 of the right one size 4
        operands: float32[3, 5], float32[4, 7]
        hint: transpose or reshape an operand so that the sizes agree
      """)
  }

  @Test func unsupportedType() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1.5]) & Tensor([1])
    }
    try expect(result, "&: is not defined for float32\n  operands: float32[1], int32[1]")
  }

  @Test func indexing() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = zeros([2, 3])[0, 3]
    }
    try expect(result, "subscript: index 3 is outside dimension 1 of size 3\n  operands: float32[2, 3]")
  }

  @Test func tooManyIndices() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = zeros([2])[0, 0]
    }
    try expect(
      result,
      """
      subscript: 2 indices for 1 dimensions
        operands: float32[2]
        hint: use at most one `...`, and one index a dimension
      """)
  }

  @Test func axes() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = sum(zeros([2, 3]), axis: 2)
    }
    try expect(result, "sum: there is no axis 2\n  operands: float32[2, 3]\n  hint: axes go from -2 to 1")
  }

  @Test func raggedArrays() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([[1, 2], [3]])
    }
    try expect(result, "Tensor: the nested arrays are ragged: the first ones have shape [2, 2], others differ")
  }

  @Test func integerRange() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1, 300], dtype: .int8)
    }
    try expect(
      result,
      """
      Tensor: a number is outside the range of int8
        operands: int8[2]
        hint: give a wider dtype, such as .int64
      """)
  }

  @Test func readingATracer() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let x = Tensor(Tracer(TensorType(.float32, [3]), NamedTrace()))
      _ = x.array(of: Float.self)
    }
    try expect(
      result,
      """
      array(of:): the elements were asked for, but inside grad the tensor only stands for those of a later call
        operands: float32[3]
        hint: read elements outside the transformed function; branch with `select` instead of `if`
      """)
  }

  @Test func leakedTracer() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let x = Tensor(Tracer(TensorType(.float32, [3]), NamedTrace()))
      _ = exp(x)
    }
    try expect(
      result,
      """
      exp: an operand is a value traced by grad, used after the traced function had returned or on another thread
        operands: float32[3]
        hint: return the value from the traced function instead of storing it outside
      """)
  }

  @Test func scalarOfSeveral() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Double(zeros([2]))
    }
    try expect(
      result,
      """
      scalar(as:): needs exactly one element
        operands: float32[2]
        hint: use array(of:) for several
      """)
  }
}

private final class NamedTrace: Trace {
  override var name: String { "grad" }
}
