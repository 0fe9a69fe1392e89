import Tensor

/// The functions of the topic `convolution`.
let convolutionTable: [String: Maker] = [
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
]

/// The functions of the topic `windows`.
let windowTable: [String: Maker] = [
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
