import Tensor
import TestSupport
import Testing

/// An operation and operands of which each has one number throughout, so that the number may stand for all elements.
private struct Sample: CustomStringConvertible, Sendable {
  let primitive: Primitive
  let operands: [(value: Double, type: TensorType)]

  init(_ primitive: Primitive, _ operands: (Double, TensorType)...) {
    self.primitive = primitive
    self.operands = operands.map { ($0.0, $0.1) }
  }

  var description: String { "\(primitive.name) of \(operands.map { "\($0.value) as \($0.type)" })" }
}

/// Every family with every variant and element type it takes, in a shape that has something to do.
private let samples: [Sample] = {
  let shape = [3, 4]
  func value(_ type: DType) -> Double { type == .bool ? 1 : type.isFloating ? 0.75 : 3 }
  func operand(_ type: DType, _ shape: [Int] = [3, 4]) -> (Double, TensorType) {
    (value(type), TensorType(type, shape))
  }
  func isAllowed(_ primitive: Primitive, _ types: TensorType...) -> Bool {
    (try? primitive.resultTypes(of: types)) != nil
  }
  var samples: [Sample] = []
  for dtype in DType.allCases {
    let type = TensorType(dtype, shape)
    for function in Unary.allCases where isAllowed(.unary(function), type) {
      samples.append(Sample(.unary(function), operand(dtype)))
    }
    for function in Binary.allCases where isAllowed(.binary(function), type, type) {
      samples.append(Sample(.binary(function), operand(dtype), (1, type)))
    }
    for comparison in Comparison.allCases { samples.append(Sample(.compare(comparison), operand(dtype), (1, type))) }
    for operation in Reduce.Operation.allCases {
      for axes in [[], [0], [1], [0, 1]] where isAllowed(.reduce(Reduce(operation, axes: axes)), type) {
        samples.append(Sample(.reduce(Reduce(operation, axes: axes)), operand(dtype)))
      }
      for isReversed in [false, true] {
        let primitive = Primitive.cumulative(Cumulative(operation, axis: 1, isReversed: isReversed))
        if isAllowed(primitive, type) { samples.append(Sample(primitive, operand(dtype))) }
      }
    }
    if dtype.isFloating {
      samples.append(Sample(.isFinite(IsFinite()), operand(dtype)))
      samples.append(Sample(.isFinite(IsFinite()), (.infinity, type)))
      samples.append(Sample(.multiplyAdd(MultiplyAdd()), operand(dtype), (2, type), (0.5, type)))
    }
    for condition in [0.0, 1] {
      samples.append(Sample(.select(Select()), (condition, TensorType(.bool, shape)), operand(dtype), (0, type)))
    }
    for target in DType.allCases { samples.append(Sample(.convert(Convert(target)), operand(dtype))) }
    for target in DType.allCases where isAllowed(.bitcast(Bitcast(target)), type) {
      samples.append(Sample(.bitcast(Bitcast(target)), operand(dtype)))
    }
    samples += [
      Sample(.broadcastInDim(BroadcastInDim(shape: [2, 3, 4], dimensions: [1, 2])), operand(dtype)),
      Sample(.broadcastInDim(BroadcastInDim(shape: [3, 5], dimensions: [0, 1])), operand(dtype, [3, 1])),
      Sample(.broadcastInDim(BroadcastInDim(shape: [0, 3], dimensions: [1])), operand(dtype, [3])),
      Sample(.broadcastInDim(BroadcastInDim(shape: [2, 2], dimensions: [0])), operand(dtype, [1])),
      Sample(.reshape(Reshape([2, 6])), operand(dtype)), Sample(.reshape(Reshape([])), operand(dtype, [1, 1])),
      Sample(.transpose(Transpose([1, 0])), operand(dtype)), Sample(.reverse(Reverse([0])), operand(dtype)),
      Sample(.concatenate(Concatenate(1)), operand(dtype), (0, TensorType(dtype, [3, 2])), operand(dtype, [3, 0])),
      Sample(.concatenate(Concatenate(0)), operand(dtype)),
      Sample(.pad(Pad(low: [1, -1], high: [0, 2], interior: [1, 0])), operand(dtype), (0, TensorType(dtype))),
      Sample(.slice(Slice(start: [1, 0], limit: [3, 4], stride: [1, 2])), operand(dtype)),
      Sample(.slice(Slice(start: [1, 0], limit: [2, 1], stride: [1, 1])), operand(dtype)),
      Sample(.dynamicSlice(DynamicSlice([2, 2])), operand(dtype), (1, TensorType(.int32)), (9, TensorType(.int8))),
      Sample(
        .dynamicUpdateSlice(DynamicUpdateSlice()), operand(dtype), (0, TensorType(dtype, [2, 2])),
        (1, TensorType(.int32)),
        (-1, TensorType(.int32))),
      Sample(.argReduce(ArgReduce(largest: true, axis: 1)), operand(dtype)),
      Sample(.argReduce(ArgReduce(largest: false, axis: 0, indexType: .uint8)), operand(dtype)),
      Sample(.sort(Sort(axis: 1)), operand(dtype)),
      Sample(.sort(Sort(axis: 0, keyCount: 2)), operand(dtype), (1, type), (2, TensorType(.int32, shape))),
      Sample(.dot(Dot(lhsContracting: [1], rhsContracting: [0])), operand(dtype), (1, TensorType(dtype, [4, 5]))),
      Sample(.dot(Dot(lhsContracting: [0], rhsContracting: [1])), operand(dtype), (1, TensorType(dtype, [5, 3]))),
      Sample(
        .dot(Dot(lhsContracting: [2], rhsContracting: [1], lhsBatch: [0], rhsBatch: [0])), operand(dtype, [2, 3, 4]),
        (1, TensorType(dtype, [2, 4, 2]))),
      Sample(.dot(Dot(lhsContracting: [], rhsContracting: [])), operand(dtype), (1, TensorType(dtype, [2]))),
      Sample(.marker(.stopGradient), operand(dtype)),
    ]
  }
  let words = TensorType(.uint32, shape)
  samples.append(Sample(.threefry2x32(Threefry2x32()), (1, words), (2, words), (3, words), (4, words)))

  // Those that hold graphs.
  let number = TensorType(.float32, shape)
  func graph(_ name: String, _ inputs: [TensorType], _ body: (inout GraphBuilder, [Int]) -> [Int]) -> Graph {
    var builder = GraphBuilder()
    let ids = inputs.map { builder.addInput($0) }
    let outputs = body(&builder, ids)
    return builder.graph(name: name, outputs: outputs)
  }
  let sum = graph("sum", [number, number]) { $0.add(.binary(.add), $1) }
  let double = graph("double", [number]) { $0.add(.binary(.add), [$1[0], $1[0]]) }
  let row = TensorType(.float32, [4])
  let running = graph("running", [row, row]) { builder, inputs in
    let next = builder.add(.binary(.add), inputs)
    return next + next
  }
  let below = graph("below", [TensorType(.float32)]) { builder, inputs in
    builder.add(.compare(.less), [inputs[0], builder.addConstant(Tensor(10.0))])
  }
  let twice = graph("twice", [TensorType(.float32)]) { $0.add(.binary(.add), [$1[0], $1[0]]) }
  samples += [
    Sample(.call(Call(sum)), (1, number), (2, number)),
    Sample(.customDerivative(CustomDerivative(double, .jvp { ([$0[0] + $0[0]], [$1[0]]) })), (1, number)),
    Sample(.switch(Switch([double, double])), (1, TensorType(.int32)), (0.5, number)),
    Sample(
      .scan(Scan(body: running, length: 3, isReversed: false, constantCount: 0, carryCount: 1)), (1, row), (2, number)),
    Sample(
      .whileLoop(WhileLoop(condition: below, body: twice, conditionConstantCount: 0, bodyConstantCount: 0)),
      (1, TensorType(.float32))),
  ]
  return samples
}()

@Suite("One number in memory for all elements behaves as if each had its own")
struct SplatTests {
  @Test(
    "in every operation, for every choice of operands stored so", arguments: Set(samples.map(\.primitive.name)).sorted()
  )
  func everyOperation(_ name: String) throws {
    for sample in samples where sample.primitive.name == name {
      let types = try sample.primitive.resultTypes(of: sample.operands.map(\.type))
      let splats = sample.operands.map { Tensor.splat($0.value, $0.type) }
      let dense = splats.map { Tensor($0.concrete!.dense) }
      let expected = sample.primitive(dense)
      #expect(expected.map(\.type) == types, "\(sample)")
      for choice in 1..<max(2, 1 << splats.count) {
        let operands = splats.indices.map { choice >> $0 & 1 == 1 ? splats[$0] : dense[$0] }
        for (result, expected) in zip(sample.primitive(operands), expected) {
          #expect(result.type == expected.type, "\(sample)")
          expectEqual(result, expected, "\(sample), operands stored once: \(String(choice, radix: 2))")
        }
      }
    }
  }

  @Test("constants take no memory, however large, and stay so through functions of each element")
  func memory() {
    let x = zeros([1 << 20, 1 << 20])
    for result in [x + 1, exp(x), x.asType(.float64), x .> 0, x.T, x[.every(2), 5], x.reshaped(to: [-1]), -x * 2 + x] {
      #expect(result.concrete!.isSplat)
      #expect(result.concrete!.storage.byteCount <= 8)
    }
    #expect((x + 1)[3, 4].scalar(as: Double.self) == 1)
  }

  @Test("a tensor of one element is not marked so")
  func single() {
    #expect(!zeros([]).concrete!.isSplat && !ones([1, 1]).concrete!.isSplat && zeros([2]).concrete!.isSplat)
  }
}
