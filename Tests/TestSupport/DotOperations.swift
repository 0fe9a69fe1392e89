import Tensor

/// The functions of the topic `dot`.
let dotTable: [String: Maker] = [
  "dot": binary(dot), "matmul": binary(matmul), "multiDot": many { _, x in multiDot(x) },
  "matrixPower": many { row, x in matrixPower(x[0], row.int("power")!) },
  "dotGeneral": many { row, x in
    let pairs = { (name: String) in row.attribute(name)!.array!.map { $0.array!.map { $0.int! } } }
    let (contracting, batch) = (pairs("contracting"), pairs("batch"))
    return Primitive.dot(
      Dot(lhsContracting: contracting[0], rhsContracting: contracting[1], lhsBatch: batch[0], rhsBatch: batch[1]))(
        x[0], x[1])
  },
]
