import Tensor
import TestSupport
import Testing

private let matrix = TensorType(.float32, [2, 3])
private let vector = TensorType(.float32, [3])

/// dot(a, b) + 1, summed.
private func lossGraph() -> Graph {
  var builder = GraphBuilder()
  let (a, b) = (builder.addInput(matrix), builder.addInput(vector))
  let product = builder.add(.dot(Dot(lhsContracting: [1], rhsContracting: [0])), [a, b])
  let one = builder.addConstant(ones([2]))
  let sum = builder.add(.binary(.add), [product[0], one])
  let result = builder.add(.reduce(Reduce(.sum, axes: [0])), sum)
  return builder.graph(name: "loss", outputs: result)
}

@Suite("Graphs")
struct GraphTests {
  @Test("print as programs")
  func description() {
    #expect(
      lossGraph().description == """
        graph loss(a: float32[2, 3], b: float32[3]) {
          c: float32[2] = dot(a, b) contracting: [1]·[0]
          d: float32[2] = add(c, 1.0: float32[2])
          e: float32[] = reduceSum(d) axes: [0]
          return e
        }
        """)
  }

  @Test("constants print as numbers where one stands for all, inner graphs below their call")
  func nestedDescription() {
    var builder = GraphBuilder()
    let x = builder.addInput(matrix)
    let y = builder.addConstant(Tensor([1.0, 2, 3]))
    let outer = builder.add(.call(Call(lossGraph())), [x, y])
    let scaled = builder.add(.binary(.multiply), [outer[0], builder.addConstant(Tensor(0.5))])
    #expect(
      builder.graph(name: "main", outputs: scaled + [x, y]).description == """
        graph main(a: float32[2, 3]) {
          b: float32[3] = constant
          c: float32[] = call(a, b) graph: loss
            graph loss(a: float32[2, 3], b: float32[3]) {
              c: float32[2] = dot(a, b) contracting: [1]·[0]
              d: float32[2] = add(c, 1.0: float32[2])
              e: float32[] = reduceSum(d) axes: [0]
              return e
            }
          d: float32[] = multiply(c, 0.5)
          return d, a, b
        }
        """)
  }

  @Test(
    "a constant in a line of a graph",
    arguments: [
      (Tensor(0.1), "0.1"), (Tensor(2), "2"), (Tensor(true), "true"), (2.0 as Tensor, "2.0"),
      (full([3], 1e-5), "1e-05: float32[3]"),
      (Tensor(UInt64.max), "18446744073709551615"), (Tensor(Double.infinity), "inf"), (Tensor([7]), "7: int32[1]"),
      (Tensor(1.0 / 3, dtype: .float64), "0.3333333333333333"),
    ])
  func inline(_ tensor: Tensor, _ text: String) {
    var builder = GraphBuilder()
    let id = builder.addConstant(tensor)
    #expect(builder.graph(name: "g", outputs: [id]).description == "graph g() {\n  return \(text)\n}")
  }

  @Test("run on tensors, and on elements in memory")
  func evaluation() throws {
    let graph = lossGraph()
    try graph.check()
    #expect(graph.inputTypes == [matrix, vector] && graph.outputTypes == [TensorType(.float32)])
    let inputs = [Tensor([[1.0, 2, 3], [4, 5, 6]]), Tensor([1.0, 0, -1])]
    #expect(graph.perform(inputs)[0].scalar(as: Double.self) == -2)
    #expect(Tensor(graph.evaluate(inputs.map { $0.concrete! })[0]).scalar(as: Double.self) == -2)
    #expect(Primitive.call(Call(graph))(inputs)[0].scalar(as: Double.self) == -2)
  }

  @Test("outputs may be inputs, constants, or one value twice")
  func outputs() throws {
    var builder = GraphBuilder()
    let x = builder.addInput(vector)
    let two = builder.addConstant(Tensor(2.0))
    let y = builder.add(.unary(.negate), [x])[0]
    let graph = builder.graph(name: "g", outputs: [y, x, two, y])
    try graph.check()
    let results = Primitive.call(Call(graph))([Tensor([1.0, 2, 3])])
    #expect(results.map { $0.array(of: Double.self) } == [[-1, -2, -3], [1, 2, 3], [2], [-1, -2, -3]])
  }

  @Test("what no output needs is left out; one tensor is one constant")
  func deadCode() {
    var builder = GraphBuilder()
    let x = builder.addInput(vector)
    let tensor = Tensor([1.0, 2, 3])
    let (first, again) = (builder.addConstant(tensor), builder.addConstant(tensor))
    #expect(first == again)
    let sum = builder.add(.binary(.add), [x, first])
    _ = builder.add(.unary(.exp), sum)
    let negative = builder.add(.unary(.negate), [x])
    let both = builder.graph(name: "g", outputs: sum + negative)
    #expect(both.equations.count == 2 && both.constants.count == 1)
    let one = both.keepingOutputs([false, true])
    #expect(one.equations.count == 1 && one.constants.isEmpty && one.inputs.count == 1 && one.outputTypes == [vector])
    #expect(both.keepingOutputs([true, true]) === both)
  }

  @Test("operations of several results")
  func severalResults() throws {
    var builder = GraphBuilder()
    let (keys, values) = (builder.addInput(vector), builder.addInput(TensorType(.int32, [3])))
    let sorted = builder.add(.sort(Sort(axis: 0)), [keys, values])
    let graph = builder.graph(name: "sorted", outputs: [sorted[1]])
    try graph.check()
    #expect(
      graph.description == """
        graph sorted(a: float32[3], b: int32[3]) {
          c: float32[3], d: int32[3] = sort(a, b) axis: 0
          return d
        }
        """)
    #expect(graph.perform([Tensor([3.0, 1, 2]), Tensor([10, 20, 30])])[0].array(of: Int.self) == [20, 30, 10])
  }

  @Test("equal means the same object")
  func identity() {
    let graph = lossGraph()
    #expect(graph == graph && graph != lossGraph())
    #expect(Set([graph, graph, lossGraph()]).count == 2)
    #expect(
      Primitive.call(Call(graph)) == .call(Call(graph)) && Primitive.call(Call(graph)) != .call(Call(lossGraph())))
  }

  /// A graph that breaks the rules, and what `check` says.
  fileprivate struct Broken: CustomTestStringConvertible {
    let graph: Graph
    let message: String

    /// A graph of these parts, whose equations are functions of one operand.
    init(
      _ types: [TensorType], inputs: [Int] = [0], constants: [Graph.Constant] = [], _ equations: [(Unary, Int, Int)],
      output: Int, _ message: String
    ) {
      graph = Graph(
        name: "g", types: types, inputs: inputs, constants: constants,
        equations: equations.map { .init(.unary($0.0), [$0.1], [$0.2]) }, outputs: [output])
      self.message = message
    }

    var testDescription: String { message }
  }

  private static let broken = [
    Broken([vector], [(.exp, 0, 1)], output: 0, "graph g: value 1 has no type"),
    Broken([vector, vector], [(.exp, 0, 0)], output: 0, "graph g: value 0 is defined twice"),
    Broken(
      [vector, vector], [(.exp, 1, 1)], output: 1, "graph g: equation 0, exp, reads value 1 before it is defined"),
    Broken(
      [vector, matrix], [(.exp, 0, 1)], output: 1,
      "graph g: equation 0, exp, defines [float32[2, 3]], but its rule answers [float32[3]]"),
    Broken([vector, vector], [], output: 1, "graph g: output 1 is not defined"),
    Broken(
      [TensorType(.int32, [3]), vector], [(.exp, 0, 1)], output: 1,
      "exp: is not defined for int32\n  operands: int32[3]"),
    Broken(
      [vector], inputs: [], constants: [.init(id: 0, tensor: zeros([2, 3]))], [], output: 0,
      "graph g: constant 0 has another type"),
  ]

  @Test("check finds what is wrong", arguments: broken)
  fileprivate func check(_ row: Broken) {
    let error = #expect(throws: TensorError.self) { try row.graph.check() }
    #expect(error?.description == row.message)
  }

  @Test("what transformations derive is made once")
  func derived() {
    let graph = lossGraph()
    var count = 0
    for _ in 0..<3 {
      let value: Int = graph.derived.value(for: "count") {
        count += 1
        return 42
      }
      #expect(value == 42)
    }
    #expect(count == 1)
  }
}
