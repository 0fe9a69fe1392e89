import Tensor

/// A golden case together with the function of this library that it is a case of.
public struct OperationCase: Sendable, CustomStringConvertible {
  /// The reference values.
  public let golden: GoldenCase
  /// The function, of the operands `in0`, `in1`, …
  public let function: @Sendable ([Tensor]) -> [Tensor]

  /// The case's name.
  public var description: String { golden.description }
  /// The operands, floats in float64: the type in which the references were computed.
  public var operands: [Tensor] { golden.numbered("in").map { $0.dtype.isFloating ? $0.asType(.float64) : $0 } }
  /// Which operands have a derivative.
  public var isDifferentiable: [Bool] { operands.indices.map { golden.has("grad\($0)") } }
  /// Whether the results are those of the operands' own element types, to be compared bit by bit.
  public var isExact: Bool { !golden.parts.contains { $0.hasSuffix("_f32") } }
}

/// The cases of a topic whose functions are in the table below, by their names or the part before the first full stop.
public func operationCases(_ topic: String) -> [OperationCase] {
  let golden = Golden(topic)
  guard let table = tables[topic] else { fatalError("no table of operations for \(topic)") }
  return golden.caseNames.compactMap { name in
    guard let make = table[name] ?? table[String(name.prefix { $0 != "." })], !otherFunctions.contains(name) else {
      return nil
    }
    let row = golden(name)
    return OperationCase(golden: row, function: make(row))
  }
}

/// Cases that share the first part of their names with those of another function.
private let otherFunctions: Set<String> = ["select.functions", "where.scalar"]

typealias Maker = @Sendable (GoldenCase) -> @Sendable ([Tensor]) -> [Tensor]

func unary(_ function: @escaping @Sendable (Tensor) -> Tensor) -> Maker { { _ in { [function($0[0])] } } }
func binary(_ function: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> Maker {
  { _ in { [function($0[0], $0[1])] } }
}
func ternary(_ function: @escaping @Sendable (Tensor, Tensor, Tensor) -> Tensor) -> Maker {
  { _ in { [function($0[0], $0[1], $0[2])] } }
}
func many(_ function: @escaping @Sendable (GoldenCase, [Tensor]) -> Tensor) -> Maker {
  { row in { [function(row, $0)] } }
}
private func reduction(
  _ function: @escaping @Sendable (_ x: Tensor, _ axes: [Int]?, _ keepDims: Bool) -> Tensor
) -> Maker {
  many { row, x in
    let axes = row.ints("axes") ?? row.int("axes").map { [$0] }
    return function(x[0], axes, row.bool("keepDimensions") ?? false)
  }
}
private func cumulative(_ function: @escaping @Sendable (_ x: Tensor, _ axis: Int, _ reversed: Bool) -> Tensor) -> Maker
{
  many { row, x in
    guard let axis = row.int("axis") else { return function(ravel(x[0]), 0, false) }
    return function(x[0], axis, row.bool("reverse") ?? false)
  }
}

private let tables: [String: [String: Maker]] = [
  "elementwise": [
    "abs": unary(abs), "acos": unary(acos), "acosh": unary(acosh), "add": binary(+), "asin": unary(asin),
    "asinh": unary(asinh), "atan": unary(atan), "atan2": binary(atan2), "atanh": unary(atanh), "cbrt": unary(cbrt),
    "ceil": unary(ceil), "cos": unary(cos), "cosh": unary(cosh), "digamma": unary(digamma), "div": binary(/),
    "erf": unary(erf), "erfInv": unary(erfInv), "erfc": unary(erfc), "exp": unary(exp), "expm1": unary(expm1),
    "floor": unary(floor), "lgamma": unary(lgamma), "log": unary(log), "log1p": unary(log1p),
    "logaddexp": binary(logAddExp), "logistic": unary { Primitive.unary(.logistic)($0) }, "max": binary(maximum),
    "min": binary(minimum), "mul": binary(*), "neg": unary { -$0 }, "pow": binary(pow), "reciprocal": unary(reciprocal),
    "rsqrt": unary(rsqrt), "select": ternary(select), "sign": unary(sign), "sin": unary(sin), "sinh": unary(sinh),
    "sqrt": unary(sqrt), "square": unary(square), "sub": binary(-), "tan": unary(tan), "tanh": unary(tanh),
    "where": ternary(select),
  ],
  "reductions": [
    "sum": reduction { sum($0, axes: $1, keepDims: $2) }, "prod": reduction { product($0, axes: $1, keepDims: $2) },
    "max": reduction { max($0, axes: $1, keepDims: $2) }, "min": reduction { min($0, axes: $1, keepDims: $2) },
    "mean": reduction { mean($0, axes: $1, keepDims: $2) },
    "cumsum": cumulative { cumulativeSum($0, axis: $1, reversed: $2) },
    "cumprod": cumulative { cumulativeProduct($0, axis: $1, reversed: $2) },
    "cummax": cumulative { cumulativeMax($0, axis: $1, reversed: $2) },
    "cummin": cumulative { cumulativeMin($0, axis: $1, reversed: $2) },
    "median": reduction { median($0, axes: $1, keepDims: $2) },
    "quantile": many { row, x in
      let methods: [String: QuantileMethod] = [
        "linear": .linear, "lower": .lower, "higher": .higher, "midpoint": .midpoint, "nearest": .nearest,
      ]
      let shares =
        row.double("q").map { Tensor($0) } ?? Tensor(row.attribute("q")!.array!.map { $0.double! }, dtype: .float64)
      return quantile(
        x[0], shares, axis: row.int("axis")!, method: row.string("method").map { methods[$0]! } ?? .linear)
    },
    "percentile": many { row, x in percentile(x[0], Tensor(row.double("q")!), axis: row.int("axis")!) },
  ],
  "dot": [
    "dot": binary(dot), "matmul": binary(matmul),
    "dotGeneral": many { row, x in
      let pairs = { (name: String) in row.attribute(name)!.array!.map { $0.array!.map { $0.int! } } }
      let (contracting, batch) = (pairs("contracting"), pairs("batch"))
      return Primitive.dot(
        Dot(lhsContracting: contracting[0], rhsContracting: contracting[1], lhsBatch: batch[0], rhsBatch: batch[1]))(
          x[0], x[1])
    },
  ],
  "shapes": [
    "broadcastInDim": many { row, x in
      Primitive.broadcastInDim(BroadcastInDim(shape: row.ints("shape")!, dimensions: row.ints("dimensions")!))(x[0])
    },
    "concatenate": many { row, x in concatenate(x, axis: row.int("axis")!) },
    "diag": many { row, x in diag(x[0], offset: row.int("offset")!) },
    "diagonal": many { row, x in diagonal(x[0], offset: row.int("offset")!) },
    "trace": many { row, x in trace(x[0], offset: row.int("offset")!) },
    "tril": many { row, x in tril(x[0], offset: row.int("offset")!) },
    "triu": many { row, x in triu(x[0], offset: row.int("offset")!) },
    "eye": many { row, _ in eye(row.int("rows")!, row.int("columns")!, offset: row.int("offset")!) },
    "dynamicSlice": many { row, x in dynamicSlice(x[0], Array(x[1...]), sizes: row.ints("sizes")!) },
    "dynamicUpdateSlice": many { _, x in dynamicUpdateSlice(x[0], x[1], Array(x[2...])) },
    "pad": many { row, x in
      let config = row.attribute("config")!.array!.map { $0.array!.map { $0.int! } }
      let pad = Pad(low: config.map { $0[0] }, high: config.map { $0[1] }, interior: config.map { $0[2] })
      return Primitive.pad(pad)(x[0], x[1])
    },
    "reshape": many { row, x in x[0].reshaped(to: row.ints("shape")!) },
    "reverse": many { row, x in x[0].reversed(row.ints("dimensions")!) },
    "slice": many { row, x in
      Primitive.slice(
        Slice(
          start: row.ints("start")!, limit: row.ints("limit")!, stride: row.ints("strides") ?? x[0].shape.map { _ in 1 }
        ))(
          x[0])
    },
    "stack": many { row, x in stack(x, axis: row.int("axis")!) },
    "transpose": many { row, x in x[0].transposed(row.ints("permutation")!) },
  ],
  "convolution": [
    "convGeneralDilated": many { row, x in
      convGeneralDilated(
        x[0], x[1], strides: row.ints("strides"), padding: row.padding, lhsDilation: row.ints("lhsDilation"),
        rhsDilation: row.ints("rhsDilation"), dimensionNumbers: row.dimensionNumbers,
        featureGroupCount: row.int("featureGroupCount")!, batchGroupCount: row.int("batchGroupCount")!)
    },
    "conv": many { row, x in
      convGeneralDilated(
        x[0], x[1], strides: row.ints("strides"), padding: row.padding, dimensionNumbers: row.dimensionNumbers,
        featureGroupCount: row.int("featureGroupCount")!)
    },
    "convTranspose": many { row, x in
      convTranspose(
        x[0], x[1], strides: row.ints("strides")!, padding: row.padding, dimensionNumbers: row.dimensionNumbers,
        transposesKernel: row.bool("transposeKernel")!)
    },
    "convPatches": many { row, x in
      convPatches(
        x[0], filterShape: row.ints("filterShape")!, strides: row.ints("strides"), padding: row.padding,
        dimensionNumbers: row.dimensionNumbers)
    },
  ],
  "windows": [
    "reduceWindow": many { row, x in
      reduceWindow(
        x[0], row.windowOperation, window: row.ints("window")!, strides: row.ints("strides"), padding: row.padding,
        baseDilation: row.ints("baseDilation"), windowDilation: row.ints("windowDilation"))
    },
    "selectAndScatterAdd": many { row, x in
      selectAndScatterAdd(
        x[0], x[1], largest: row.name.contains("greaterEqual"), window: row.ints("window")!,
        strides: row.ints("strides"), padding: row.padding)
    },
  ],
  "indexing": indexingTable,
  "sorting": sortingTable,
]

extension GoldenCase {
  /// `SAME`, `VALID` or a pair for each dimension.
  fileprivate var padding: Padding {
    switch attribute("padding")! {
    case .string("SAME"): .same
    case .string: .valid
    case let pairs: .explicit(pairs.array!.map { ($0.array![0].int!, $0.array![1].int!) })
    }
  }

  /// By letters or by numbers.
  fileprivate var dimensionNumbers: ConvolutionDimensionNumbers {
    if let names = attribute("dimensionNumbers")?.array?.map({ $0.string! }) {
      return ConvolutionDimensionNumbers(names[0], names[1], names[2])
    }
    return ConvolutionDimensionNumbers(lhs: ints("lhsSpec")!, rhs: ints("rhsSpec")!, out: ints("outSpec")!)
  }

  /// What the second part of the name says.
  fileprivate var windowOperation: Reduce.Operation {
    let operations: [Substring: Reduce.Operation] = [
      "max": .maximum, "min": .minimum, "add": .sum, "multiply": .product,
    ]
    return operations[name.split(separator: ".")[1]]!
  }
}
