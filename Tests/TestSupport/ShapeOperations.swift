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
]
