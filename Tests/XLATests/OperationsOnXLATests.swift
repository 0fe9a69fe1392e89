import JAXnet
import TestSupport
import Testing
import XLA

/// Rows of the table of operations that are compiled together, since compiling a program takes a tenth of a second at
/// least.
struct OperationGroup: Sendable, CustomStringConvertible {
  var rows: [OperationCase]
  var description: String { "\(rows[0].topic), \(rows[0]) … \(rows[rows.count - 1])" }

  /// The rows of a topic in groups.
  static func all(_ rows: [OperationCase]) -> [OperationGroup] {
    // Read before programs are compiled.
    for row in rows { _ = row.golden.attributes }
    return stride(from: 0, to: rows.count, by: 24).map {
      OperationGroup(rows: Array(rows[$0..<min($0 + 24, rows.count)]))
    }
  }
}

/// Corners whose derivatives differ from the engine's, besides those that differ from JAX's, and why.
private let differingOnXLA: [String: String] = [
  "reduceMax.nan": chosen, "reduceMin.nan": chosen,
  "square.special": "2 · x · c of the smallest normal number, whose first product is below the normal ones",
]

private let chosen = "XLA takes a product with a truth value for a choice of the other factor or 0, even if that is NaN"

/// The rows of the table of operations on XLA: their values and gradients are the engine's.
@Suite("Operations on XLA", .enabled(if: TestDevice.isThere, "there is no plugin"))
struct OperationsOnXLATests {
  static let groups = operationTopics.flatMap { OperationGroup.all(operationCases($0)) }
  static let factorizationGroups = OperationGroup.all(operationCases("linalg").filter(\.hasFloat32Bound))
  static let cornerGroups = OperationGroup.all(cornerCases().filter { differingValues[$0.golden.name] == nil })

  /// Values in the operands' own types, within the row's tolerance of the reference, or as near as JAX, which runs on
  /// XLA, is itself: its formulas for special functions in float32 are less exact than the engine's.
  ///
  /// Not frequencies, which the table asks for in float64.
  @Test(arguments: groups) func valuesAreWithinTolerance(_ group: OperationGroup) throws {
    let rows = group.rows.filter {
      !$0.isFactorization && ($0.isExact || !$0.golden.name.contains("Frequencies"))
    }
    let results = try onDevice(rows.map(\.function), rows.map { $0.golden.numbered("in") })
    for (row, results) in zip(rows, results) { row.expectWithinTolerance(results, allowsErrorOfJAX: true) }
  }

  @Test(arguments: factorizationGroups) func float32IsAsNearAsTheProblemAllows(_ group: OperationGroup) throws {
    let results = try onDevice(group.rows.map(\.function), group.rows.map(\.float32Operands))
    for (row, results) in zip(group.rows, results) { row.expectBackwardStable(results) }
  }

  /// Values and gradients in float64, to as many digits as the engine's agree with JAX's.
  @Test(arguments: groups) func valuesAndGradientsAreTheEngines(_ group: OperationGroup) throws {
    let rows = group.rows.filter { !$0.isExact || $0.isDifferentiable.contains(true) }
    try compare(rows, rows.map(\.operands)) { a, b, what in expectClose(a, b, relativeToLargest: 1e-11, what) }
  }

  /// Kinks, ties, NaN, infinities and tensors without elements, in float32.
  @Test(arguments: cornerGroups) func cornersAreTheEngines(_ group: OperationGroup) throws {
    try compare(group.rows, group.rows.map { $0.golden.numbered("in") }) { a, b, what in
      if a.dtype == .float32 {
        // XLA takes results below the normal numbers as 0.
        expectClose(a, b, relative: 1e-4, absolute: 0x1p-126, what)
      } else {
        expectEqual(a, b, what)
      }
    }
  }

  /// Compares the values of rows, and the gradients where they have one, with the engine's.
  private func compare(
    _ rows: [OperationCase], _ operands: [[Tensor]], _ expect: (Tensor, Tensor, String) -> Void
  ) throws {
    let functions: [@Sendable ([Tensor]) -> [Tensor]] = rows.map { row in
      let name = row.golden.name
      return row.isDifferentiable.contains(true) && differingDerivatives[name] == nil && differingOnXLA[name] == nil
        ? valuesAndGradients(row.function) : row.function
    }
    for (index, results) in try onDevice(functions, operands).enumerated() {
      let expected = functions[index](operands[index])
      #expect(results.count == expected.count, "\(rows[index])")
      for (place, (a, b)) in zip(results, expected).enumerated() {
        #expect(a.dtype == b.dtype, "\(rows[index]), result \(place)")
        expect(a, b, "\(rows[index]), result \(place)")
      }
    }
  }

  private func valuesAndGradients(
    _ function: @escaping @Sendable ([Tensor]) -> [Tensor]
  ) -> @Sendable ([Tensor]) -> [Tensor] {
    { x in
      let (outputs, pullback) = vjp(function, x)
      // Not ones: of a softmax the derivative would be 0.
      let cotangents = outputs.map { output in
        output.dtype.isFloating
          ? sin(arange(output.count, dtype: output.dtype) + 1).reshaped(to: output.shape) : zerosLike(output)
      }
      return outputs + pullback(cotangents)
    }
  }
}

/// Random numbers on XLA: every bit is the engine's, which is JAX's.
@Suite("Random numbers on XLA", .enabled(if: TestDevice.isThere, "there is no plugin"))
struct RandomOnXLATests {
  @Test(arguments: [RandomScheme.partitionable, .legacy]) func bitsAreTheSame(_ scheme: RandomScheme) throws {
    @Sendable func draws(_ data: Tensor) -> [Tensor] {
      let key = PRNGKey(data: data, scheme: scheme)
      let keys = split(key, 8)
      let words = [DType.uint8, .uint16, .uint32, .uint64].map { bits(keys[0], [101], dtype: $0) }
      let numbers = [DType.float16, .bfloat16, .float32, .float64].map {
        uniform(keys[1], [101], dtype: $0, min: -1.5, max: 3)
      }
      let normals = [DType.float16, .bfloat16, .float32].map { normal(keys[2], [1001], dtype: $0) }
      let integers = [DType.int8, .int32, .int64].map { randint(keys[3], [101], min: -7, max: 93, dtype: $0) }
      return words + numbers + normals + integers + [
        permutation(keys[4], 100), bernoulli(keys[5], 0.3, [99]), exponential(keys[6], [100]),
        poisson(keys[7], Tensor([0.3, 4, 50]), [3]), foldIn(key, 9).data,
      ]
    }
    let seed = PRNGKey(42).data
    let results = try onDevice([{ draws($0[0]) }], [[seed]])[0]
    for (index, (a, b)) in zip(results, draws(seed)).enumerated() { expectEqual(a, b, "draw \(index)") }
  }
}

/// The results of functions, each of its own operands, by one program on the device.
private func onDevice(
  _ functions: [@Sendable ([Tensor]) -> [Tensor]], _ operands: [[Tensor]]
) throws -> [[Tensor]] {
  var counts: [Int] = []
  let lowered = lower { (all: [Tensor]) -> [Tensor] in
    var rest = all[...]
    let results = zip(functions, operands).map { function, operands in
      defer { rest = rest.dropFirst(operands.count) }
      return function(Array(rest.prefix(operands.count)))
    }
    counts = results.map(\.count)
    return results.flatMap { $0 }
  }(operands.flatMap { $0 })
  var results = try lowered.compile(on: TestDevice.first)(operands.flatMap { $0 })[...]
  return counts.map { count in
    defer { results = results.dropFirst(count) }
    return results.prefix(count).map { $0.moved(to: .host) }
  }
}
