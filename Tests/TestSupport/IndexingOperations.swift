import Tensor

/// The functions of the topic `indexing`.
let indexingTable: [String: Maker] = [
  "gather": many { row, x in
    gather(
      x[0], x[1], row.gatherDimensions, sliceSizes: row.ints("sliceSizes")!, mode: row.gatherScatterMode,
      fillValue: row.double("fillValue"))
  },
  "scatter": many { row, x in
    let operations: [Substring: Scatter.Operation] = [
      "set": .set, "add": .add, "mul": .multiply, "min": .minimum, "max": .maximum,
    ]
    return scatter(
      operations[row.name.split(separator: ".")[1]]!, x[0], x[1], x[2], row.gatherDimensions,
      mode: row.gatherScatterMode, uniqueIndices: row.bool("uniqueIndices")!)
  },
  "take": many { row, x in
    let modes: [String: IndexMode] = ["fill": .fill, "clip": .clip, "wrap": .wrap]
    return take(
      x[0], x[1], axis: row.int("axis"), mode: row.string("mode").map { modes[$0]! } ?? .fill,
      fillValue: row.double("fillValue"))
  },
  "takeAlong": many { row, x in takeAlong(x[0], x[1], axis: row.int("axis")!) },
]

extension GoldenCase {
  fileprivate var gatherDimensions: GatherDimensions {
    let isGather = name.hasPrefix("gather")
    return GatherDimensions(
      offsetDims: ints(isGather ? "offsetDims" : "updateWindowDims")!,
      collapsedSliceDims: ints(isGather ? "collapsedSliceDims" : "insertedWindowDims")!,
      startIndexMap: ints(isGather ? "startIndexMap" : "scatterDimsToOperandDims")!,
      operandBatchingDims: ints("operandBatchingDims")!,
      startIndicesBatchingDims: ints(isGather ? "startIndicesBatchingDims" : "scatterIndicesBatchingDims")!)
  }

  fileprivate var gatherScatterMode: GatherScatterMode { string("mode") == "clip" ? .clip : .fillOrDrop }
}
