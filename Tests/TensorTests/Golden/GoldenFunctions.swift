import Tensor
import TestSupport

/// The functions that golden cases of integers, arg-reductions, statistics, sorts and one-hot rows are cases of, by the part of
/// their names before the first full stop. (`operationCases` of TestSupport has the differentiable ones.)
typealias GoldenFunction = @Sendable (GoldenCase, [Tensor]) -> [Tensor]

/// A golden case with its function.
struct FunctionCase: Sendable, CustomStringConvertible {
  let golden: GoldenCase
  let function: GoldenFunction

  var description: String { golden.description }
  /// The results for the operands as they are.
  var results: [Tensor] { function(golden, golden.numbered("in")) }

  /// The cases of a topic that are in the table, but those excluded.
  static func all(_ topic: String, _ table: [String: GoldenFunction], excluding excluded: [String] = [])
    -> [FunctionCase]
  {
    let golden = Golden(topic)
    return golden.caseNames.compactMap { name in
      guard let function = table[String(name.prefix { $0 != "." })] else { return nil }
      return excluded.contains { name.hasPrefix($0) } ? nil : FunctionCase(golden: golden(name), function: function)
    }
  }
}

private func unary(_ function: @escaping @Sendable (Tensor) -> Tensor) -> GoldenFunction {
  { _, x in [function(x[0])] }
}
private func binary(_ function: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> GoldenFunction {
  { _, x in [function(x[0], x[1])] }
}
/// A primitive, whose operands have one shape.
private func primitive(_ operation: Binary) -> GoldenFunction {
  { _, x in Primitive.binary(operation)(broadcastShapes("test", x)) }
}

let integerFunctions: [String: GoldenFunction] = [
  "abs": unary(abs), "add": binary(+), "and": binary(&), "bitcast": { row, x in [x[0].bitcast(to: row.dtype()!)] },
  "bitwiseAnd": binary(&), "bitwiseNot": unary { ~$0 }, "bitwiseOr": binary(|), "bitwiseXor": binary(^),
  "clz": unary(countLeadingZeros), "convert": { row, x in [x[0].asType(row.dtype()!)] }, "div": primitive(.divide),
  "equal": binary(.==), "greater": binary(.>), "greaterEqual": binary(.>=), "less": binary(.<),
  "lessEqual": binary(.<=),
  "logicalAnd": binary { $0.asType(.bool) & $1.asType(.bool) }, "logicalNot": unary { ~$0.asType(.bool) },
  "max": binary(maximum), "min": binary(minimum), "mul": binary(*), "neg": unary { -$0 }, "not": unary { ~$0 },
  "notEqual": binary(.!=), "or": binary(|), "popcount": unary(populationCount), "pow": binary(pow),
  "rem": primitive(.remainder), "shiftLeft": binary(<<), "shiftRightArithmetic": primitive(.shiftRightArithmetic),
  "shiftRightLogical": primitive(.shiftRightLogical), "sign": unary(sign), "square": unary(square), "sub": binary(-),
  "trueDivide": binary(/), "xor": binary(^),
]

private func axes(_ row: GoldenCase) -> [Int]? { row.ints("axes") ?? row.int("axes").map { [$0] } }

private func statistic(_ function: @escaping @Sendable (Tensor, [Int]?, Double) -> Tensor) -> GoldenFunction {
  { row, x in [function(x[0], axes(row), row.double("ddof") ?? 0)] }
}

private func arg(
  _ along: @escaping @Sendable (Tensor, Int, Bool) -> Tensor, _ overall: @escaping @Sendable (Tensor) -> Tensor
) -> GoldenFunction {
  { row, x in [row.int("axis").map { along(x[0], $0, row.bool("keepDimensions") ?? false) } ?? overall(x[0])] }
}

let statistics: [String: GoldenFunction] = [
  "variance": statistic { variance($0, axes: $1, correction: $2) },
  "standardDeviation": statistic { std($0, axes: $1, correction: $2) },
  "logsumexp": { row, x in [logSumExp(x[0] * (row.double("scale") ?? 1), axes: axes(row))] },
  "all": statistic { x, axes, _ in all(x, axes: axes) }, "any": statistic { x, axes, _ in any(x, axes: axes) },
  "countNonzero": statistic { x, axes, _ in sum(x .!= 0, axes: axes) },
  "reduceSum": { row, x in Primitive.reduce(Reduce(.sum, axes: axes(row)!))(x) },
  "argmax": arg({ argMax($0, axis: $1, keepDims: $2) }, { argMax($0) }),
  "argmin": arg({ argMin($0, axis: $1, keepDims: $2) }, { argMin($0) }),
]

let sortFunctions: [String: GoldenFunction] = [
  "sort": { row, x in
    guard let axis = row.int("axis") else { return [sort(ravel(x[0]))] }
    return Primitive.sort(Sort(axis: axis, keyCount: row.int("keys") ?? 1))(x)
  },
  "argsort": { row, x in [argSort(x[0], axis: row.int("axis")!)] },
]

let movements: [String: GoldenFunction] = [
  "append": { row, x in [concatenate(x, axis: row.int("axis")!)] },
  "broadcastTo": { row, x in [x[0].broadcast(to: row.ints("shape")!)] },
  "expandDims": { row, x in [row.ints("dimensions")!.reduce(x[0]) { $0.expandingDims($1) }] },
  "eye": { row, _ in [eye(row.int("rows")!, row.int("columns")!)] },
  "flip": { row, x in [x[0].reversed(row.ints("axis") ?? row.int("axis").map { [$0] })] },
  "iota": { row, _ in
    [Primitive.iota(Iota(TensorType(row.dtype()!, row.ints("shape")!), dimension: row.int("dimension")!))()]
  },
  "moveaxis": { row, x in [x[0].movingAxis(row.int("source")!, to: row.int("destination")!)] },
  "numpyPad": { row, x in
    [pad(x[0], row.attribute("widths")!.array!.map { ($0.array![0].int!, $0.array![1].int!) })]
  },
  "ravel": unary(ravel), "squeeze": { row, x in [x[0].squeezed(row.ints("dimensions")!)] },
  "split": { row, x in split(x[0], into: row.int("sections")!, axis: row.int("axis")!) },
  "swapaxes": { row, x in [x[0].swappingAxes(row.ints("axes")![0], row.ints("axes")![1])] },
]

let oneHotFunction: [String: GoldenFunction] = [
  "oneHot": { row, x in [oneHot(x[0], row.int("classes")!, dtype: row.dtype() ?? .float32)] }
]
