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
  "choose": many { _, x in choose(x[0], (0..<3).map { x[1][$0] }) },
  "dynamicIndexInDim": many { row, x in
    let taken = x[0][.all, x[1]]
    return row.bool("keepDimensions") ?? true ? taken.expandingDims(row.int("axis")!) : taken
  },
  "unravelIndex": { row in { unravelIndex($0[0], row.ints("shape")!) } },
  "ravelMultiIndex": many { row, x in ravelMultiIndex(x, row.ints("shape")!) },

  "index.x[1]": indexing { x, _, _ in x[1] },
  "index.x[-1]": indexing { x, _, _ in x[-1] },
  "index.x[1,2]": indexing { x, _, _ in x[1, 2] },
  "index.x[1,2,0]": indexing { x, _, _ in x[1, 2, 0] },
  "index.x[:,2]": indexing { x, _, _ in x[.all, 2] },
  "index.x[...,-1]": indexing { x, _, _ in x[..., -1] },
  "index.x[1:3]": indexing { x, _, _ in x[1..<3] },
  "index.x[::-1]": indexing { x, _, _ in x[.every(-1)] },
  "index.x[:,::2]": indexing { x, _, _ in x[.all, .every(2)] },
  "index.x[:,4:0:-2,1]": indexing { x, _, _ in x[.all, .strided(from: 4, to: 0, by: -2), 1] },
  "index.x[None,:,1]": indexing { x, _, _ in x[.newAxis, .all, 1] },
  "index.x[:,None]": indexing { x, _, _ in x[.all, .newAxis] },
  "index.x[1:,:-1,1:]": indexing { x, _, _ in x[1..., ..<(-1), 1...] },
  "index.x[5:]": indexing { x, _, _ in x[5...] },
  "index.x[-2:,...,::-1]": indexing { x, _, _ in x[(-2)..., ..., .every(-1)] },
  "index.x[i]": indexing { x, i, _ in x[i] },
  "index.x[:,i]": indexing { x, i, _ in x[.all, i] },
  "index.x[i,1]": indexing { x, i, _ in x[i, 1] },
  "index.x[i,:,2]": indexing { x, i, _ in x[i, .all, 2] },
  "index.x[i,j]": indexing { x, i, j in x[i, j] },
  "index.x[j,i]": indexing { x, i, j in x[j, i] },
  "index.x[i[0],j]": indexing { x, i, j in x[i[0], j] },
  "index.x[:,i,0]": indexing { x, i, _ in x[.all, i, 0] },
  "index.x[i,:,i%3]": indexing { x, i, _ in x[i, .all, modulo(i, 3)] },
  "index.x[1:3,i]": indexing { x, i, _ in x[1..<3, i] },
  "index.x[i,1:3]": indexing { x, i, _ in x[i, 1..<3] },
  "index.x[j%4,:,[2]]": indexing { x, _, j in x[modulo(j, 4), .all, [2]] },
  "index.x[j]": indexing { x, _, j in x[j] },
  "index.mask": many { row, x in x[0][row.attribute("mask")!.array!.map { $0.bool! }] },
  "index.int32": many { _, x in x[0][x[1]] },
  "index.outside.int32": many { _, x in x[0][x[1]] },

  "at.[1].set(0.5)": updating { x, _, _, _ in x.at[1].set(0.5) },
  "at.[:,2].set(u)": updating { x, u, _, _ in x.at[.all, 2].set(u) },
  "at.[1:3,::2].set(row)": updating { x, _, row, _ in x.at[1..<3, .every(2)].set(row) },
  "at.[1,2].add(row)": updating { x, _, row, _ in x.at[1, 2].add(row) },
  "at.[i].add(1.5)": updating { x, _, _, i in x.at[i].add(1.5) },
  "at.[:,i].add(u)": updating { x, u, _, i in x.at[.all, i].add(u) },
  "at.[i,1].add(u)": updating { x, u, _, i in x.at[i, 1].add(u) },
  "at.[2].multiply(row)": updating { x, _, row, _ in x.at[2].multiply(row) },
  "at.[:,1].divide(1+u*u)": updating { x, u, _, _ in x.at[.all, 1].divide(1 + u * u) },
  "at.[i%2].add(u[:,None])": updating { x, u, _, i in x.at[modulo(i, 2)].add(u[.all, .newAxis]) },
  "at.[0,1].min(row)": updating { x, _, row, _ in x.at[0, 1].min(row) },
  "at.[0,1].max(row)": updating { x, _, row, _ in x.at[0, 1].max(row) },
  "at.[::-1].set(x)": updating { x, _, _, _ in x.at[.every(-1)].set(x) },
  "at.[i].get()": updating { x, _, _, i in x.at[i].get() },
  "at.[i,0].subtract(u)": updating { x, u, _, i in x.at[i, 0].subtract(u) },
  "at.mode.clip": many { _, x in x[0].at[x[1]].add(1, mode: .clip) },
  "at.mode.drop": many { _, x in x[0].at[x[1]].add(1, mode: .drop) },
]

private func indexing(_ function: @escaping @Sendable (_ x: Tensor, _ i: Tensor, _ j: Tensor) -> Tensor) -> Maker {
  many { _, x in function(x[0], x[1], x[2]) }
}

private func updating(
  _ function: @escaping @Sendable (_ x: Tensor, _ u: Tensor, _ row: Tensor, _ i: Tensor) -> Tensor
) -> Maker {
  many { _, x in function(x[0], x[1], x[2], x[3]) }
}

/// Python's `%`.
private func modulo(_ i: Tensor, _ count: Int) -> Tensor {
  let rest = Primitive.binary(.remainder)(i, full(i.shape, Double(count), dtype: i.dtype))
  return select(rest .< 0, rest + Tensor(count), rest)
}

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
