import Tensor

/// The functions of the topic `activations`.
let activationTable: [String: Maker] = [
  "relu": unary(relu), "relu6": unary(relu6), "selu": unary(selu), "silu": unary(silu), "mish": unary(mish),
  "softplus": unary(softplus), "softsign": unary(softsign), "hardSigmoid": unary(hardSigmoid),
  "hardTanh": unary(hardTanh), "hardSilu": unary(hardSilu), "logSigmoid": unary(logSigmoid),
  "sigmoid": unary(sigmoid), "tanh": unary(tanh), "squareplus": unary { squareplus($0) },
  "sparsePlus": unary(sparsePlus), "sparseSigmoid": unary(sparseSigmoid), "identity": unary { $0 },
  "logMish": unary { mish(logSigmoid($0)) },
  "elu": many { row, x in elu(x[0], alpha: row.double("alpha") ?? 1) },
  "celu": many { row, x in celu(x[0], alpha: row.double("alpha") ?? 1) },
  "leakyRelu": many { row, x in leakyRelu(x[0], negativeSlope: row.double("negativeSlope") ?? 0.01) },
  "gelu": many { row, x in gelu(x[0], isApproximate: row.name.contains("tanh")) },
  "glu": many { row, x in glu(x[0], axis: row.int("axis")!) },
  "softmax": many { row, x in
    softmax(x[0] * (row.double("scale") ?? 1), axes: row.ints("axis") ?? row.int("axis").map { [$0] })
  },
  "softmax.masked": many { row, x in softmax(x[0], axes: [row.int("axis")!], where: x[1]) },
  "logSoftmax": many { row, x in
    logSoftmax(x[0] * (row.double("scale") ?? 1), axes: row.ints("axis") ?? row.int("axis").map { [$0] })
  },
  // As in the golden case, the elements that the mask hides are 0, not -∞.
  "logSoftmax.masked": many { row, x in
    select(x[1], logSoftmax(x[0], axes: [row.int("axis")!], where: x[1]), 0)
  },
  "standardize": many { row, x in
    standardize(
      x[0], axes: row.ints("axis") ?? row.int("axis").map { [$0] }, epsilon: row.double("epsilon")!)
  },
  "oneHot": many { row, x in
    oneHot(x[0], row.int("classes")!, axis: row.int("axis")!, dtype: row.dtype() ?? .float32)
  },
  "attention": many { row, x in
    dotProductAttention(
      x[0], x[1], x[2], bias: row.name.contains("bias") ? x[3] : nil, mask: row.name.contains("mask") ? x[3] : nil,
      isCausal: row.name.contains("causal"), scale: row.double("scale"),
      window: row.ints("window").map { (before: $0[0], after: $0[1]) })
  },
]
