import Tensor

/// The functions of the topic `dot`.
let dotTable: [String: Maker] = [
  "dot": binary(dot), "multiDot": many { _, x in multiDot(x) },
  "matrixPower": many { row, x in matrixPower(x[0], row.int("power")!) },
  "matmul": many { row, x in
    let operands = row.dtype("preferredElementType").map { type in x.map { $0.asType(type) } } ?? x
    return matmul(operands[0], operands[1])
  },
  "cross": binary { cross($0, $1) }, "inner": binary(inner), "kron": binary(kron), "outer": binary(outer),
  "vdot": binary(vdot), "vecdot": binary { vecdot($0, $1) },
  "einsum": many { row, x in einsum(row.string("spec")!, x) },
  "tensordot": many { row, x in
    if let count = row.int("axes") { return tensordot(x[0], x[1], axes: count) }
    let axes = row.attribute("axes")!.array!.map { $0.array!.map { $0.int! } }
    return tensordot(x[0], x[1], axes: (axes[0], axes[1]))
  },
  "dotGeneral": many { row, x in
    let pairs = { (name: String) in row.attribute(name)!.array!.map { $0.array!.map { $0.int! } } }
    let (contracting, batch) = (pairs("contracting"), pairs("batch"))
    return Primitive.dot(
      Dot(lhsContracting: contracting[0], rhsContracting: contracting[1], lhsBatch: batch[0], rhsBatch: batch[1]))(
        x[0], x[1])
  },
]
