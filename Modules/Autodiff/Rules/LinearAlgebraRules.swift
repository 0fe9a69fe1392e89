import Tensor

extension Factorization: FamilyRules {
  private func perform(_ x: Tensor) -> [Tensor] { Primitive.factorization(self)([x]) }

  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let (x, t) = (primals[0], tangents[0]!)
    switch self {
    case .cholesky:
      let l = perform(x)[0]
      return ([l], [tangentOfCholesky(l, t)])
    case .lu:
      let outputs = perform(x)
      return (outputs, [tangentOfLU(outputs[0], order: outputs[2], t), nil, nil])
    case .qr(let isFull):
      let outputs = perform(x)
      let changes = tangentsOfQR(x, outputs[0], outputs[1], t, isFull)
      return (outputs, [changes.q, changes.r])
    case .svd(let isFull):
      let (m, n) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
      if isFull && m != n {
        fail(
          name, [x.type], "full factors of matrices that are not square have no derivative",
          hint: "use `fullMatrices: false`, or `singularValues`")
      }
      let outputs = Factorization.svd(isFull: false).perform(x)
      return (outputs, tangentsOfSVD(outputs[0], outputs[1], outputs[2], t))
    case .singularValues:
      let factors = Factorization.svd(isFull: false).perform(x)
      return ([factors[1]], [matmul(matmul(factors[0].mT, t), factors[2].mT).matrixDiagonal])
    case .eigh:
      let outputs = perform(x)
      let (values, vectors) = (outputs[0], outputs[1])
      let inner = matmul(matmul(vectors.mT, t), vectors)
      let differences = values.expandingDims(-2) - values.expandingDims(-1)
      return (outputs, [inner.matrixDiagonal, matmul(vectors, reciprocalOffDiagonal(differences) * inner)])
    }
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let results = perform(operands[0].movingAxis(axes[0]!, to: 0))
    return (results, results.map { _ in 0 })
  }
}

/// 1 / x off the diagonals of matrices, where the numbers on them are 0, and 0 on them.
private func reciprocalOffDiagonal(_ x: Tensor) -> Tensor {
  let identity = eye(x.shape[x.rank - 1], dtype: x.dtype)
  return 1 / (x + identity) - identity
}

private func solveTriangular(
  _ a: Tensor, _ b: Tensor, leftSide: Bool = true, lower: Bool, transposed: Bool = false, unitDiagonal: Bool = false
) -> Tensor {
  let solve = TriangularSolve(leftSide: leftSide, lower: lower, transposed: transposed, unitDiagonal: unitDiagonal)
  return Primitive.triangularSolve(solve)(a, b)
}

/// L·Φ(L⁻¹·t·L⁻ᵀ), where Φ takes the lower triangle and half of the diagonal. Source: Murray, "Differentiation of the Cholesky
/// decomposition".
private func tangentOfCholesky(_ l: Tensor, _ t: Tensor) -> Tensor {
  let half = solveTriangular(l, t, leftSide: false, lower: true, transposed: true)
  let inner = tril(solveTriangular(l, half, lower: true))
  // Where there is no factor, NaN stays in the triangle.
  return tril(matmul(l, inner / (1 + eye(l.shape[l.rank - 1], dtype: l.dtype))))
}

/// With N = L⁻¹·(P·t)·U⁻¹: L times the part of N below the diagonal, and the rest of N times U. L and U are filled up to square
/// matrices. Source: de Hoog, Anderssen and Lukas, "Differentiation of matrix functionals using triangular factorization".
private func tangentOfLU(_ packed: Tensor, order: Tensor, _ t: Tensor) -> Tensor {
  let (m, n) = (packed.shape[packed.rank - 2], packed.shape[packed.rank - 1])
  let k = min(m, n)
  let below = tril(packed.block(rows: 0..<m, columns: 0..<k), offset: -1).paddingMatrices(columns: m - k)
  let l = below + eye(m, dtype: packed.dtype)
  let above = triu(packed.block(rows: 0..<k, columns: 0..<n)).paddingMatrices(rows: n - k)
  let isBeyond = (arange(n) .>= k).asType(packed.dtype)
  let u = above + eye(n, dtype: packed.dtype) * isBeyond
  let half = solveTriangular(l, t.takingRows(order), lower: true, unitDiagonal: true)
  let inner = solveTriangular(u, half, leftSide: false, lower: false)
  return matmul(l, tril(inner, offset: -1)) + matmul(triu(inner), u)
}

/// Of Q·R with at least as many rows as columns. Source: Townsend, "Differentiating the QR decomposition".
private func tangentsOfThinQR(_ q: Tensor, _ r: Tensor, _ t: Tensor) -> (q: Tensor, r: Tensor) {
  let scaled = solveTriangular(r, t, leftSide: false, lower: false)
  let inner = matmul(q.mT, scaled)
  let below = tril(inner, offset: -1)
  let rotation = below - below.mT
  return (matmul(q, rotation - inner) + scaled, matmul(inner - rotation, r))
}

private func tangentsOfQR(
  _ x: Tensor, _ q: Tensor, _ r: Tensor, _ t: Tensor, _ isFull: Bool
) -> (q: Tensor, r: Tensor) {
  let (m, n) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
  if m < n {
    // The first columns decide Q; the others give the rest of R.
    let thin = tangentsOfThinQR(
      q, r.block(rows: 0..<m, columns: 0..<m), t.block(rows: 0..<m, columns: 0..<m))
    let (rest, change) = (x.block(rows: 0..<m, columns: m..<n), t.block(rows: 0..<m, columns: m..<n))
    return (thin.q, concatenate([thin.r, matmul(thin.q.mT, rest) + matmul(q.mT, change)], axis: -1))
  }
  let thinQ = q.block(rows: 0..<m, columns: 0..<n)
  let thin = tangentsOfThinQR(thinQ, r.block(rows: 0..<n, columns: 0..<n), t)
  if !isFull || m == n { return thin }
  // Source: Roberts and Roberts, "QR and LQ decomposition matrix backpropagation algorithms", for what completes Q: arXiv 2009.10071,
  // 2409.13374.
  let (top, bottom) = (thinQ.block(rows: 0..<n, columns: 0..<n), thinQ.block(rows: n..<m, columns: 0..<n))
  let (topChange, bottomChange) = (
    thin.q.block(rows: 0..<n, columns: 0..<n), thin.q.block(rows: n..<m, columns: 0..<n)
  )
  let zTransposed = solve((top - eye(n, dtype: q.dtype)).mT, bottom.mT)
  let z = zTransposed.mT
  let completion = q.block(rows: 0..<m, columns: n..<m)
  let change =
    matmul(thin.q, zTransposed)
    - matmul(thinQ + matmul(completion, z), (bottomChange - matmul(z, topChange)).mT)
  return (concatenate([thin.q, change], axis: -1), thin.r.paddingMatrices(rows: m - n))
}

/// Source: Giles, "An extended collection of matrix derivative results for forward and reverse mode algorithmic differentiation".
private func tangentsOfSVD(_ u: Tensor, _ s: Tensor, _ vt: Tensor, _ t: Tensor) -> [Tensor?] {
  let (m, n) = (u.shape[u.rank - 2], vt.shape[vt.rank - 1])
  let v = vt.mT
  let (row, column) = (s.expandingDims(-2), s.expandingDims(-1))
  let inner = matmul(matmul(u.mT, t), v)
  let gaps = reciprocalOffDiagonal((row + column) * (row - column))
  let (scaledRight, scaledLeft) = (row * inner, column * inner)
  var uChange = matmul(u, gaps * (scaledRight + scaledRight.mT))
  var vChange = matmul(v, gaps * (scaledLeft + scaledLeft.mT))
  if m > n {
    let right = matmul(t, v)
    uChange = uChange + (right - matmul(u, matmul(u.mT, right))) / row
  }
  if n > m {
    let left = matmul(t.mT, u)
    vChange = vChange + (left - matmul(v, matmul(vt, left))) / row
  }
  return [uChange, inner.matrixDiagonal, vChange.mT]
}

// MARK: Equations

extension TriangularSolve: FamilyRules, LinearFamily {
  private func perform(_ a: Tensor, _ b: Tensor) -> Tensor { Primitive.triangularSolve(self)(a, b) }

  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let a = primals[0]
    let x = perform(a, primals[1])
    let byB = tangents[1].map { perform(a, $0) }
    let byA = tangents[0].map { t in
      let offset = unitDiagonal ? 1 : 0
      let triangle = lower ? tril(t, offset: -offset) : triu(t, offset: offset)
      let change = transposed ? triangle.mT : triangle
      return -perform(a, leftSide ? matmul(change, x) : matmul(x, change))
    }
    return ([x], [addTangents(byA, byB)])
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    var opposite = self
    opposite.transposed.toggle()
    return [nil, cotangents[0].map { opposite.perform(operands[0].known!, $0) }]
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let (a, b) = (operands[0], operands[1])
    if axes[0] == nil, let axis = axes[1] {
      return foldingExamples(b, axis, into: leftSide ? b.rank - 2 : b.rank - 3) { perform(a, $0) }
    }
    let moved = (0..<2).map { operands[$0].withBatch(from: axes[$0], to: 0, size: size) }
    return ([perform(moved[0], moved[1])], [0])
  }
}

extension LinearSolve: FamilyRules, LinearFamily {
  private func perform(_ a: Tensor, _ factors: Tensor, _ order: Tensor, _ b: Tensor) -> Tensor {
    Primitive.linearSolve(self)(a, factors, order, b)
  }

  func jvp(_ primals: [Tensor], _ tangents: [Tensor?]) -> (outputs: [Tensor], tangents: [Tensor?]) {
    let (a, factors, order) = (primals[0], primals[1], primals[2])
    let x = perform(a, factors, order, primals[3])
    // From A·X = B: A·dX = dB - dA·X.
    let byA = tangents[0].map { -matmul(transposed ? $0.mT : $0, x) }
    let change = addTangents(byA, tangents[3])
    return ([x], [change.map { perform(a, factors, order, $0) }])
  }

  func transpose(_ cotangents: [Tensor?], _ operands: [LinearOperand]) -> [Tensor?] {
    let opposite = LinearSolve(transposed: !transposed)
    let known = operands[..<3].map { $0.known! }
    return [nil, nil, nil, cotangents[0].map { opposite.perform(known[0], known[1], known[2], $0) }]
  }

  func batch(_ operands: [Tensor], _ axes: [Int?], size: Int) -> (results: [Tensor], axes: [Int?]) {
    let b = operands[3]
    if axes[..<3].allSatisfy({ $0 == nil }), let axis = axes[3] {
      return foldingExamples(b, axis, into: b.rank - 2) { perform(operands[0], operands[1], operands[2], $0) }
    }
    let moved = zip(operands, axes).map { $0.withBatch(from: $1, to: 0, size: size) }
    return ([perform(moved[0], moved[1], moved[2], moved[3])], [0])
  }
}

/// One matrix for all examples: those of the right-hand side become further columns of it, or rows, along a dimension of the result
/// of `function`.
private func foldingExamples(
  _ b: Tensor, _ axis: Int, into dimension: Int, _ function: (Tensor) -> Tensor
) -> (results: [Tensor], axes: [Int?]) {
  let moved = b.movingAxis(axis, to: dimension + 1)
  var folded = moved.shape
  folded[dimension] *= folded.remove(at: dimension + 1)
  return ([function(moved.reshaped(to: folded)).reshaped(to: moved.shape)], [dimension + 1])
}
