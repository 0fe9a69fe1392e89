/// The cases of golden files that no row tests, because this library lacks the function: by their names, or by the first part
/// of the names for all that share it. Every other case has a row.
public let missingOperations: [String: Set<String>] = [
  "elementwise": [
    "clamp", "clip", "copysign", "degrees", "entr", "exp2", "floorDivide", "fmod", "hypot", "integerPow", "log10",
    "log2", "logaddexp2", "logit", "mod", "ndtr", "ndtri", "radians", "rem", "round", "select.functions", "selectN",
    "sinc", "squaredDifference", "trunc", "where.scalar", "xlog1py", "xlogy",
  ],
  "reductions": [
    "all", "any", "argmax", "argmin", "average", "countNonzero", "cumlogsumexp", "logmeanexp", "logsumexp", "nonzero",
    "ptp", "reduceSum", "reduceXor", "standardDeviation", "variance",
  ],
  "dot": [
    "cross", "einsum", "inner", "kron", "outer", "tensordot", "vdot", "vecdot",
  ],
  "shapes": [
    "append", "arraySplit", "broadcastTo", "columnStack", "delete", "diff", "dstack", "expandDims", "flip", "hstack",
    "insert", "iota", "meshgrid", "moveaxis", "numpyPad", "ravel", "repeat", "roll", "rot90", "split", "squeeze",
    "swapaxes", "tile", "tri", "vstack",
  ],
  "windows": [
    "averagePool", "maxWithTies",
  ],
  "sorting": [
    "arange", "convolve", "corrcoef", "correlate", "cov", "geomspace", "gradient", "intersect1d", "linspace",
    "logspace", "polyval", "trapezoid",
  ],
  "activations": [
    "attention", "celu", "elu", "gelu", "glu", "hardSigmoid", "hardSilu", "hardTanh", "identity", "leakyRelu",
    "logMish", "logSigmoid", "logSoftmax", "mish", "oneHot", "relu", "relu6", "selu", "sigmoid", "silu", "softmax",
    "softplus", "softsign", "sparsePlus", "sparseSigmoid", "squareplus", "standardize", "tanh",
  ],
]

/// The cases that no row tests because their results are not unique: a test of their own compares them.
let casesWithTestsOfTheirOwn: [String: Set<String>] = [
  "linalg": ["eigh.vectors", "qr.complete", "qr.vectors", "svd.vectors"]
]
