import Params
import Random
import Tensor

// Values are those of `jax.nn.initializers` for the same key, shape and element type, up to the rounding of LAPACK's.

/// An initializer that draws matrices with orthonormal columns, or rows if there are fewer of these.
///
/// - Parameters:
///   - scale: what they are multiplied by.
///   - columnAxis: the dimension of the columns, counted from the end if negative; all others together are the rows.
///   - dtype: the element type.
///
/// Shapes of fewer than two dimensions stop the program. Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics
/// of learning in deep linear neural networks"; `jax.nn.initializers.orthogonal`.
public func orthogonal(
  _ scale: Double = 1, columnAxis: Int = -1, dtype: DType = .defaultFloat
) -> Initializer {
  { key, shape in orthogonalWeights("orthogonal", key, shape, scale, columnAxis, dtype) }
}

/// An initializer for kernels of convolutions that keep the length of every signal: an orthogonal matrix from inputs to outputs in the
/// middle, zeros around it.
///
/// - Parameters:
///   - scale: what the matrix is multiplied by.
///   - columnAxis: which of the last two dimensions has the columns of the matrix.
///   - dtype: the element type.
///
/// Shapes have one to three spatial dimensions, then inputs, then at least as many outputs; others stop the program. Source: Xiao et al.,
/// "Dynamical Isometry and a Mean Field Theory of CNNs"; `jax.nn.initializers.delta_orthogonal`.
public func deltaOrthogonal(
  _ scale: Double = 1, columnAxis: Int = -1, dtype: DType = .defaultFloat
) -> Initializer {
  { key, shape in
    if !(3...5 ~= shape.count) {
      fail(
        "deltaOrthogonal", [], "the shape \(shape) is not that of a kernel with one to three spatial dimensions",
        hint: "use `orthogonal` for a matrix")
    }
    let matrixShape = Array(shape.suffix(2))
    if matrixShape[1] < matrixShape[0] {
      fail(
        "deltaOrthogonal", [], "the shape \(shape) has fewer outputs than inputs, \(matrixShape[1]) < \(matrixShape[0])"
      )
    }
    let matrix = orthogonalWeights("deltaOrthogonal", key, matrixShape, scale, columnAxis, dtype)
    let spatial = shape.dropLast(2)
    let widths = spatial.map { size in (before: (size - 1) / 2, after: size - 1 - (size - 1) / 2) }
    let none = (before: 0, after: 0)
    return pad(matrix.reshaped(to: spatial.map { _ in 1 } + matrixShape), widths + [none, none])
  }
}

private func orthogonalWeights(
  _ name: String, _ key: PRNGKey, _ shape: [Int], _ scale: Double, _ columnAxis: Int, _ dtype: DType
) -> Tensor {
  let axis = columnAxis < 0 ? columnAxis + shape.count : columnAxis
  if shape.count < 2 || !shape.indices.contains(axis) {
    fail(
      name, [], "the shape \(shape) has no rows and columns, these along dimension \(columnAxis)",
      hint: "weights need two dimensions; use `zeros` for a bias")
  }
  if shape.contains(0) { return zeros(shape, dtype: dtype) }
  var others = shape
  let columns = others.remove(at: axis)
  let matrix = orthogonal(key, others.reduce(1, *), m: columns, dtype: dtype)
  return Tensor(scale, dtype: dtype) * matrix.reshaped(to: others + [columns]).movingAxis(-1, to: axis)
}
