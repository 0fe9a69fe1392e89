import Tensor

/// The functions of the topic `shapes`.
let shapeTable: [String: Maker] = [
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

  "append": many { row, x in append(x[0], x[1], axis: row.int("axis")) },
  "arraySplit": { row in { arraySplit($0[0], into: row.int("sections")!, axis: row.int("axis")!) } },
  "broadcastTo": many { row, x in x[0].broadcast(to: row.ints("shape")!) },
  "columnStack": many { _, x in columnStack(x) },
  "delete": many { row, x in delete(x[0], [row.int("index")!], axis: row.int("axis")!) },
  "diff": many { row, x in diff(x[0], order: row.int("n")!) },
  "dstack": many { _, x in dstack(x) },
  "expandDims": many { row, x in x[0].expandingDims(row.ints("dimensions")!) },
  "flip": many { row, x in x[0].reversed(row.ints("axis") ?? row.int("axis").map { [$0] }) },
  "hstack": many { _, x in hstack(x) },
  "insert": many { row, x in insert(x[0], row.int("index")!, Tensor(row.double("value")!), axis: row.int("axis")!) },
  "iota": many { row, _ in
    Primitive.iota(Iota(TensorType(row.dtype()!, row.ints("shape")!), dimension: row.int("dimension")!))()
  },
  "meshgrid": { row in { meshgrid($0, indexing: row.string("indexing") == "ij" ? .ij : .xy) } },
  "moveaxis": many { row, x in x[0].movingAxis(row.int("source")!, to: row.int("destination")!) },
  "moveaxis.several": many { row, x in x[0].movingAxes(row.ints("source")!, to: row.ints("destination")!) },
  "numpyPad": many { row, x in
    let widths = row.attribute("widths")!.array!.map { (before: $0.array![0].int!, after: $0.array![1].int!) }
    let modes: [String: PadMode] = ["edge": .edge, "reflect": .reflect, "symmetric": .symmetric, "wrap": .wrap]
    return modes[row.string("mode")!].map { pad(x[0], widths, mode: $0) } ?? pad(x[0], widths)
  },
  "ravel": unary(ravel),
  "repeat": many { row, x in
    if let counts = row.ints("repeats") { return repeatElements(x[0], counts: counts, axis: row.int("axis")) }
    return repeatElements(x[0], row.int("repeats")!, axis: row.int("axis"))
  },
  "roll": many { row, x in
    if let shifts = row.ints("shift") { return roll(x[0], shifts, axes: row.ints("axis")!) }
    return roll(x[0], row.int("shift")!, axis: row.int("axis"))
  },
  "rot90": many { row, x in rot90(x[0], row.int("k")!) },
  "split": { row in
    { x in
      if let positions = row.ints("indices") { return split(x[0], at: positions, axis: row.int("axis")!) }
      return split(x[0], into: row.int("sections")!, axis: row.int("axis")!)
    }
  },
  "squeeze": many { row, x in x[0].squeezed(row.ints("dimensions")!) },
  "swapaxes": many { row, x in x[0].swappingAxes(row.ints("axes")![0], row.ints("axes")![1]) },
  "tile": many { row, x in tile(x[0], row.ints("repetitions")!) },
  "tri": many { row, _ in tri(row.int("rows")!, row.int("columns")!, offset: row.int("offset")!) },
  "vstack": many { _, x in vstack(x) },
]
