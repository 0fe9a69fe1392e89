import Tensor

/// The functions of the topic `sorting`.
let sortingTable: [String: Maker] = [
  "sort": { row in
    { x in
      guard let axis = row.int("axis") else { return [sort(ravel(x[0]))] }
      return sort(x, axis: axis, keyCount: row.int("keys") ?? 1, descending: row.bool("descending") ?? false)
    }
  },
  "argsort": many { row, x in
    argSort(x[0], axis: row.int("axis")!, descending: row.bool("descending") ?? false)
  },
  "lexsort": many { _, x in lexSort(x, axis: 1) },
  "topK": { row in
    { x in
      let (values, indices) = topK(x[0], row.int("k")!)
      return [values, indices]
    }
  },
  "partition": many { row, x in sort(partition(x[0], row.int("k")!)[.all, ..<row.int("k")!]) },
  "searchSorted": many { row, x in searchSorted(x[0], x[1], side: row.string("side") == "left" ? .left : .right) },
  "digitize": many { row, x in digitize(x[0], x[1], right: row.bool("right")!) },
  "unique": { row in
    { x in
      let result = uniqueElements(x[0], size: row.int("size")!, fillValue: row.int("fillValue").map { Tensor($0) })
      let all = [result.values, result.indices, result.inverse, result.counts]
      return row.name == "unique.everything" ? all : [result.values]
    }
  },
  "intersect1d": many { row, x in intersection(x[0], x[1], size: row.int("size")!) },
  "isin": many { _, x in isIn(x[0], x[1]) },
  "bincount": many { row, x in bincount(x[0], weights: x.count > 1 ? x[1] : nil, length: row.int("length")) },
  "histogram": many { _, x in histogram(x[0], edges: x[1]).counts.asType(.int32) },
  "interp": many { row, x in
    interp(
      x[0], x[1], x[2], left: row.int("left").map { Tensor($0) }, right: row.int("right").map { Tensor($0) },
      period: row.double("period"))
  },
  "nanmean": many { row, x in nanMean(select(x[1], Tensor(Double.nan), x[0]), axis: row.int("axis")!) },
  "arange": many { row, _ in
    if let step = row.int("step") { return arange(row.int("start")!, row.int("stop")!, step: step) }
    return arange(row.double("start")!, row.double("stop")!, step: row.double("step")!)
  },
  "convolve": many { row, x in convolve(x[0], x[1], mode: row.string("mode") == "same" ? .same : .full) },
  "correlate": many { _, x in correlate(x[0], x[1]) },
  "cov": unary { cov($0) }, "corrcoef": unary { corrcoef($0) },
  "gradient": unary { gradient($0, axis: 0) },
  "linspace": many { row, _ in
    linspace(
      row.double("start")!, row.double("stop")!, row.int("count")!, endpoint: row.bool("endpoint") ?? true)
  },
  "logspace": many { row, _ in logspace(row.double("start")!, row.double("stop")!, row.int("count")!) },
  "geomspace": many { row, _ in geomspace(row.double("start")!, row.double("stop")!, row.int("count")!) },
  "polyval": binary(polyval),
  "trapezoid": many { row, x in
    x.count > 1
      ? trapezoid(x[0], x[1], axis: row.int("axis")!)
      : trapezoid(x[0], dx: row.double("dx")!, axis: row.int("axis")!)
  },
  "segment.sum": many { row, x in segmentSum(x[0], x[1], count: row.int("segments")!) },
  "segment.prod": many { row, x in segmentProduct(x[0], x[1], count: row.int("segments")!) },
  "segment.max": many { row, x in segmentMax(x[0], x[1], count: row.int("segments")!) },
  "segment.min": many { row, x in segmentMin(x[0], x[1], count: row.int("segments")!) },
]
