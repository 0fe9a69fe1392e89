import Autodiff
import Tensor

/// Factorizations that StableHLO has no operation for, as functions of other primitives: they are traced, and lowered
/// like any function of a program.
enum FactorizationGraphs {
  /// L and U in one matrix, the exchanges of rows, and their order, as `Factorization.lu` has them.
  ///
  /// Column by column, the largest element first.
  static func lu(_ a: Tensor) -> [Tensor] {
    let batch = Array(a.shape.dropLast(2))
    if batch.isEmpty { return luOfOne(a) }
    let matrices = a.reshaped(to: [batch.reduce(1, *)] + a.shape.suffix(2))
    return vmap(luOfOne)(matrices).map { $0.reshaped(to: batch + $0.shape.dropFirst()) }
  }

  private static func luOfOne(_ a: Tensor) -> [Tensor] {
    let (m, n) = (a.shape[0], a.shape[1])
    let count = min(m, n)
    let (rows, columns, steps) = (arange(m), arange(n), arange(count))
    let rowOfEach = rows.expandingDims(-1)
    func exchanged(_ x: Tensor, _ places: Tensor, _ i: Tensor, _ j: Tensor) -> Tensor {
      select(places .== i, part(x, at: j), select(places .== j, part(x, at: i), x))
    }
    return foriLoop(0, count, [a, zeros([count], dtype: .int32), rows]) { step, state in
      let column = part(state[0].mT, at: step)[0]
      let pivot = argMax(select(rows .>= step, abs(column), -1), axis: 0)
      var matrix = exchanged(state[0], rowOfEach, step, pivot)
      let head = part(matrix.mT, at: step)[0]
      let diagonal = part(head, at: step)
      let factors = select(rows .> step, select(diagonal .== 0, head, head / diagonal), 0).expandingDims(-1)
      let row = part(matrix, at: step)
      let isBelow = rowOfEach .> step
      matrix = select(isBelow & (columns .> step), matrix - factors * row, matrix)
      matrix = select(isBelow & (columns .== step), factors, matrix)
      return [matrix, select(steps .== step, pivot, state[1]), exchanged(state[2], rows, step, pivot)]
    }
  }

  /// The part of size 1 at a place of the first dimension.
  private static func part(_ x: Tensor, at place: Tensor) -> Tensor {
    let zero = zerosLike(place)
    return Primitive.dynamicSlice(DynamicSlice([1] + x.shape.dropFirst()))(
      [x, place] + x.shape.dropFirst().map { _ in zero })[0]
  }

  /// Q and R, given what XLA's own operation makes of a matrix: R and below it the vectors of its reflections, and
  /// their factors.
  ///
  /// The product of the reflections is I - V·T·Vᵀ, where the inverse of T is the upper triangle of Vᵀ·V with the
  /// factors' reciprocals on the diagonal. Source: Joffrain et al., "Accumulating Householder transformations,
  /// revisited".
  static func product(_ reflections: Tensor, _ factors: Tensor, columns: Int) -> [Tensor] {
    let (m, n) = (reflections.shape[reflections.rank - 2], reflections.shape[reflections.rank - 1])
    let count = factors.shape[factors.rank - 1]
    let dtype = factors.dtype
    func block(_ x: Tensor, rows: Int, columns: Int) -> Tensor {
      split(split(x, at: [rows], axis: -2)[0], at: [columns], axis: -1)[0]
    }
    // A reflection with the factor 0 is none.
    let isNone = factors .== 0
    var vectors = tril(block(reflections, rows: m, columns: count), offset: -1) + eye(m, count, dtype: dtype)
    vectors = select(isNone.expandingDims(-2), 0, vectors)
    let reciprocals = select(isNone, 1, 1 / factors)
    let inverse =
      triu(matmul(vectors.mT, vectors), offset: 1) + reciprocals.expandingDims(-1) * eye(count, dtype: dtype)
    let part = block(vectors, rows: columns, columns: count).mT
    let q = eye(m, columns, dtype: dtype) - matmul(vectors, triangularSolve(inverse, part))
    return [q, triu(block(reflections, rows: columns, columns: n))]
  }

  /// The eigenvalues in increasing order, and the eigenvectors, of symmetric matrices of which the lower triangle is
  /// read.
  ///
  /// A shift makes the matrix positive definite, so that what makes its columns orthogonal are its eigenvectors.
  static func eigh(_ a: Tensor) -> [Tensor] {
    let n = a.shape[a.rank - 1]
    let dtype = a.dtype
    let (matrix, scale) = scaled(tril(a) + tril(a, offset: -1).mT)
    let identity = eye(n, dtype: dtype)
    let shift = 2 * max(sum(abs(matrix), axis: -1), axis: -1)
    let shifted = matrix + shift.expandingDims([-1, -2]) * identity
    let vectors = split(
      orthogonalized(concatenate([shifted, identity.broadcast(to: a.shape)], axis: -2), rows: n), at: [n], axis: -2)[1]
    let values = sum(vectors * matmul(matrix, vectors), axis: -2)
    let order = argSort(values, axis: -1)
    let results = [
      takeAlong(values * scale, order, axis: -1), takeAlong(vectors, order.expandingDims(-2), axis: -1),
    ]
    return nanUnlessFinite(results, a)
  }

  /// U, the singular values and Vᵀ, as `Factorization.svd` has them.
  static func svd(_ a: Tensor, isFull: Bool) -> [Tensor] {
    let (m, n) = (a.shape[a.rank - 2], a.shape[a.rank - 1])
    if m < n {
      let results = svd(a.mT, isFull: isFull)
      return [results[2].mT, results[1], results[0].mT]
    }
    let (matrix, scale) = scaled(a)
    let first = qr(matrix, complete: isFull)
    let triangle = split(first.r, at: [n], axis: -2)[0]
    let identity = eye(n, dtype: a.dtype).broadcast(to: triangle.shape)
    let columns = orthogonalized(concatenate([triangle, identity], axis: -2), rows: n)
    let sizes = sqrt(sum(square(split(columns, at: [n], axis: -2)[0]), axis: -2))
    let order = argSort(sizes, axis: -1, descending: true)
    let sorted = split(takeAlong(columns, order.expandingDims(-2), axis: -1), at: [n], axis: -2)
    // Orthonormal even where columns are 0.
    let second = qr(sorted[0])
    let isNegative = diagonal(second.r, axis1: -2, axis2: -1).expandingDims(-2) .< 0
    let vectors = split(first.q, at: [n], axis: -1)
    let turned = matmul(vectors[0], select(isNegative, -second.q, second.q))
    let u = isFull ? concatenate([turned, vectors[1]], axis: -1) : turned
    return nanUnlessFinite([u, takeAlong(sizes, order, axis: -1) * scale, sorted[1].mT], a)
  }

  /// The singular values in decreasing order.
  static func singularValues(_ a: Tensor) -> [Tensor] {
    let tall = a.shape[a.rank - 2] < a.shape[a.rank - 1] ? a.mT : a
    let n = tall.shape[tall.rank - 1]
    let (matrix, scale) = scaled(tall)
    let columns = orthogonalized(qr(matrix).r, rows: n)
    let sizes = sort(sqrt(sum(square(columns), axis: -2)), axis: -1, descending: true)
    return nanUnlessFinite([sizes * scale], a)
  }

  // MARK: Rotations

  /// Matrices with their largest element as 1, so that squares stay in range, and what it was.
  private static func scaled(_ a: Tensor) -> (matrix: Tensor, scale: Tensor) {
    let largest = max(abs(a), axes: [-2, -1], keepDims: true)
    let scale = select(largest .== 0, 1, largest)
    return (a / scale, scale.squeezed([-1]))
  }

  private static func nanUnlessFinite(_ results: [Tensor], _ a: Tensor) -> [Tensor] {
    let areFinite = all(isFinite(a), axes: [-2, -1])
    return results.map { result in
      select(areFinite.expandingDims(Array(areFinite.rank..<result.rank)), result, Tensor(Double.nan))
    }
  }

  /// Columns that are orthogonal in their first rows, by rotations of two at a time (one-sided Jacobi), which the rows
  /// below follow.
  ///
  /// Half of the columns stand on each side; in each round those that stand across from each other are rotated, and all
  /// but the first move on a place. Source: Brent and Luk, "The solution of singular-value and symmetric eigenvalue
  /// problems on multiprocessor arrays".
  private static func orthogonalized(_ x: Tensor, rows: Int) -> Tensor {
    let n = x.shape[x.rank - 1]
    let half = (n + 1) / 2
    // A column of zeros stays as it is.
    let even = n == 2 * half ? x : concatenate([x, zeros(x.shape.dropLast() + [1], dtype: x.dtype)], axis: -1)
    let ulp = x.dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne)
    let tolerance = ulp * Double(rows).squareRoot()
    let worst = full([], .infinity, dtype: x.dtype)
    let sides = whileLoop(
      split(even, at: [half], axis: -1) + [worst, Tensor(Int32(0))],
      while: { ($0[2] .> Tensor(tolerance)) & ($0[3] .< Tensor(mostSweeps)) }
    ) { state in
      let start = [state[0], state[1], zerosLike(worst)]
      let swept = foriLoop(0, 2 * half - 1, start) { _, sides in
        let rotated = rotated(sides[0], sides[1], rows: rows, tolerance: tolerance)
        return moved(rotated.left, rotated.right) + [maximum(sides[2], rotated.cosine)]
      }
      return swept + [state[3] + 1]
    }
    return split(concatenate([sides[0], sides[1]], axis: -1), at: [n], axis: -1)[0]
  }

  /// Far more than are needed: convergence is quadratic.
  private static let mostSweeps = 30

  /// Columns across from each other made orthogonal, and the largest cosine that they had before.
  private static func rotated(
    _ left: Tensor, _ right: Tensor, rows: Int, tolerance: Double
  ) -> (left: Tensor, right: Tensor, cosine: Tensor) {
    func product(_ a: Tensor, _ b: Tensor) -> Tensor {
      sum(split(a, at: [rows], axis: -2)[0] * split(b, at: [rows], axis: -2)[0], axis: -2, keepDims: true)
    }
    let (a, b, mixed) = (product(left, left), product(right, right), product(left, right))
    let bound = sqrt(a) * sqrt(b)
    let isRotated = abs(mixed) .> tolerance * bound
    let ratio = (b - a) / (2 * select(isRotated, mixed, 1))
    let size = 1 / (abs(ratio) + sqrt(1 + square(ratio)))
    let tangent = select(isRotated, select(ratio .< 0, -size, size), 0)
    let cosine = rsqrt(1 + square(tangent))
    let sine = cosine * tangent
    let cosines = select(isRotated, abs(mixed) / select(isRotated, bound, 1), 0)
    return (cosine * left - sine * right, sine * left + cosine * right, max(cosines))
  }

  private static func moved(_ left: Tensor, _ right: Tensor) -> [Tensor] {
    let half = left.shape[left.rank - 1]
    if half == 1 { return [left, right] }
    let (l, r) = (split(left, at: [1, half - 1], axis: -1), split(right, at: [1], axis: -1))
    return [concatenate([l[0], r[0], l[1]], axis: -1), concatenate([r[1], l[2]], axis: -1)]
  }
}
