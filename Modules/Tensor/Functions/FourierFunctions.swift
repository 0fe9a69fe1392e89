// Discrete Fourier transforms. Integers and 16-bit floats become `float32`.

/// How a Fourier transform and its inverse share the factor 1 / n, for n transformed elements.
public enum FourierNorm: Hashable, Sendable {
  /// The inverse is divided by n.
  case backward
  /// Both are divided by √n.
  case ortho
  /// The transform is divided by n.
  case forward

  fileprivate func factor(_ count: Int, isInverse: Bool) -> Double? {
    switch self {
    case .backward: isInverse ? 1 / Double(count) : nil
    case .ortho: 1 / Double(count).squareRoot()
    case .forward: isInverse ? nil : 1 / Double(count)
    }
  }
}

// MARK: Along one dimension

/// The spectrum X[k] = Σⱼ x[j]·exp(-2πi·jk / n) along a dimension.
///
/// - Parameters:
///   - x: the numbers, [.., m, ..].
///   - n: how many of them are transformed; further ones are left out, missing ones are 0. m if nil.
///   - axis: the dimension.
///   - norm: how the result is scaled.
///
/// Shape [.., n, ..]. Source: `jax.numpy.fft.fft`.
public func fft(_ x: ComplexTensor, n: Int? = nil, axis: Int = -1, norm: FourierNorm = .backward) -> ComplexTensor {
  fftn(x, sizes: n.map { [$0] }, axes: [axis], norm: norm, "fft")
}
/// The spectrum of real numbers along a dimension, all n elements of it; `rfft` gives the half that decides the rest.
public func fft(_ x: Tensor, n: Int? = nil, axis: Int = -1, norm: FourierNorm = .backward) -> ComplexTensor {
  fft(ComplexTensor(x), n: n, axis: axis, norm: norm)
}

/// The numbers x[j] = 1/n·Σₖ X[k]·exp(2πi·jk / n) of a spectrum along a dimension. The parameters are those of `fft`.
///
/// Source: `jax.numpy.fft.ifft`.
public func ifft(_ x: ComplexTensor, n: Int? = nil, axis: Int = -1, norm: FourierNorm = .backward) -> ComplexTensor {
  ifftn(x, sizes: n.map { [$0] }, axes: [axis], norm: norm, "ifft")
}

/// The first n / 2 + 1 elements of the spectrum of real numbers along a dimension: the others are their conjugates.
///
/// - Parameters:
///   - x: the numbers, [.., m, ..].
///   - n: how many of them are transformed; further ones are left out, missing ones are 0. m if nil.
///   - axis: the dimension.
///   - norm: how the result is scaled.
///
/// Shape [.., n / 2 + 1, ..]. Source: `jax.numpy.fft.rfft`.
public func rfft(_ x: Tensor, n: Int? = nil, axis: Int = -1, norm: FourierNorm = .backward) -> ComplexTensor {
  rfftn(x, sizes: n.map { [$0] }, axes: [axis], norm: norm, "rfft")
}

/// The real numbers whose spectrum begins with the given elements along a dimension.
///
/// - Parameters:
///   - x: the first elements of the spectrum, [.., m, ..].
///   - n: the number of real numbers, 2 (m - 1) if nil. Of the spectrum n / 2 + 1 elements count; missing ones are 0.
///   - axis: the dimension.
///   - norm: how the result is scaled.
///
/// Shape [.., n, ..]. The imaginary parts of the first element and, for even n, of the last one do not count.
/// Source: `jax.numpy.fft.irfft`.
public func irfft(_ x: ComplexTensor, n: Int? = nil, axis: Int = -1, norm: FourierNorm = .backward) -> Tensor {
  irfftn(x, sizes: n.map { [$0] }, axes: [axis], norm: norm, "irfft")
}

// MARK: Along two dimensions

/// The spectrum along two dimensions, the last two if no others are named. The other parameters are those of `fftn`.
/// Source: `jax.numpy.fft.fft2`.
public func fft2(
  _ x: ComplexTensor, sizes: [Int]? = nil, axes: [Int] = [-2, -1], norm: FourierNorm = .backward
) -> ComplexTensor {
  fftn(x, sizes: sizes, axes: twoAxes(axes, x.real, "fft2"), norm: norm, "fft2")
}
/// The spectrum of real numbers along two dimensions, all elements of it.
public func fft2(
  _ x: Tensor, sizes: [Int]? = nil, axes: [Int] = [-2, -1], norm: FourierNorm = .backward
) -> ComplexTensor {
  fft2(ComplexTensor(x), sizes: sizes, axes: axes, norm: norm)
}
/// The numbers of a spectrum along two dimensions: the inverse of `fft2`. Source: `jax.numpy.fft.ifft2`.
public func ifft2(
  _ x: ComplexTensor, sizes: [Int]? = nil, axes: [Int] = [-2, -1], norm: FourierNorm = .backward
) -> ComplexTensor {
  ifftn(x, sizes: sizes, axes: twoAxes(axes, x.real, "ifft2"), norm: norm, "ifft2")
}
/// Half of the spectrum of real numbers along two dimensions: the last of them has n / 2 + 1 elements. Source: `jax.numpy.fft.rfft2`.
public func rfft2(
  _ x: Tensor, sizes: [Int]? = nil, axes: [Int] = [-2, -1], norm: FourierNorm = .backward
) -> ComplexTensor {
  rfftn(x, sizes: sizes, axes: twoAxes(axes, x, "rfft2"), norm: norm, "rfft2")
}
/// The real numbers of half a spectrum along two dimensions: the inverse of `rfft2`. Source: `jax.numpy.fft.irfft2`.
public func irfft2(
  _ x: ComplexTensor, sizes: [Int]? = nil, axes: [Int] = [-2, -1], norm: FourierNorm = .backward
) -> Tensor {
  irfftn(x, sizes: sizes, axes: twoAxes(axes, x.real, "irfft2"), norm: norm, "irfft2")
}

private func twoAxes(_ axes: [Int], _ x: Tensor, _ operation: String) -> [Int] {
  if axes.count != 2 { fail(operation, [x.type], "needs two axes, not \(axes)") }
  return axes
}

// MARK: Along any dimensions

/// The spectrum along several dimensions.
///
/// - Parameters:
///   - x: the numbers.
///   - sizes: for each of these dimensions, how many elements are transformed; further ones are left out, missing ones are 0. All of them if
///     nil.
///   - axes: the dimensions; if nil the last ones for which there are sizes, or all.
///   - norm: how the result is scaled.
///
/// Source: `jax.numpy.fft.fftn`.
public func fftn(
  _ x: ComplexTensor, sizes: [Int]? = nil, axes: [Int]? = nil, norm: FourierNorm = .backward
) -> ComplexTensor {
  fftn(x, sizes: sizes, axes: axes, norm: norm, "fftn")
}
/// The numbers of a spectrum along several dimensions: the inverse of `fftn`. Source: `jax.numpy.fft.ifftn`.
public func ifftn(
  _ x: ComplexTensor, sizes: [Int]? = nil, axes: [Int]? = nil, norm: FourierNorm = .backward
) -> ComplexTensor {
  ifftn(x, sizes: sizes, axes: axes, norm: norm, "ifftn")
}
/// Half of the spectrum of real numbers along several dimensions, of which the last has n / 2 + 1 elements.
/// Source: `jax.numpy.fft.rfftn`.
public func rfftn(
  _ x: Tensor, sizes: [Int]? = nil, axes: [Int]? = nil, norm: FourierNorm = .backward
) -> ComplexTensor {
  rfftn(x, sizes: sizes, axes: axes, norm: norm, "rfftn")
}
/// The real numbers of half a spectrum along several dimensions: the inverse of `rfftn`; `sizes` are those of the result.
/// Source: `jax.numpy.fft.irfftn`.
public func irfftn(
  _ x: ComplexTensor, sizes: [Int]? = nil, axes: [Int]? = nil, norm: FourierNorm = .backward
) -> Tensor {
  irfftn(x, sizes: sizes, axes: axes, norm: norm, "irfftn")
}

private func fftn(
  _ x: ComplexTensor, sizes: [Int]?, axes: [Int]?, norm: FourierNorm, _ name: String
) -> ComplexTensor {
  complexTransform(x, FourierLines(name, x.real, sizes, axes), isInverse: false, norm)
}

private func ifftn(
  _ x: ComplexTensor, sizes: [Int]?, axes: [Int]?, norm: FourierNorm, _ name: String
) -> ComplexTensor {
  complexTransform(x, FourierLines(name, x.real, sizes, axes), isInverse: true, norm)
}

private func complexTransform(
  _ x: ComplexTensor, _ lines: FourierLines, isInverse: Bool, _ norm: FourierNorm
) -> ComplexTensor {
  let sized = x.mapParts { lines.resized($0.asWide, lines.sizes) }
  let result = lines.axes.reversed().reduce(sized) { $0.transformed(along: $1, isInverse: isInverse) }
  return result.scaled(norm.factor(lines.count, isInverse: isInverse))
}

private func rfftn(_ x: Tensor, sizes: [Int]?, axes: [Int]?, norm: FourierNorm, _ name: String) -> ComplexTensor {
  let lines = FourierLines(name, x, sizes, axes)
  let last = lines.axes.last!
  let moved = lines.resized(x.asFloating.asWide, lines.sizes).movingAxis(last, to: -1)
  let parts = Primitive.fourier(.toHalf)([moved])
  let half = ComplexTensor(parts: parts[0].movingAxis(-1, to: last), parts[1].movingAxis(-1, to: last))
  let result = lines.axes.dropLast().reversed().reduce(half) { $0.transformed(along: $1, isInverse: false) }
  return result.scaled(norm.factor(lines.count, isInverse: false))
}

private func irfftn(_ x: ComplexTensor, sizes: [Int]?, axes: [Int]?, norm: FourierNorm, _ name: String) -> Tensor {
  let lines = FourierLines(name, x.real, sizes, axes, isHalf: true)
  let last = lines.axes.last!
  var halfSizes = lines.sizes
  halfSizes[halfSizes.count - 1] = lines.sizes.last! / 2 + 1
  let sized = x.mapParts { lines.resized($0.asWide, halfSizes) }
  let half = lines.axes.dropLast().reduce(sized) { $0.transformed(along: $1, isInverse: true) }
  let moved = half.mapParts { $0.movingAxis(last, to: -1) }
  let result = Primitive.fourier(.fromHalf(count: lines.sizes.last!))(moved.real, moved.imaginary)
  return result.movingAxis(-1, to: last).scaled(norm.factor(lines.count, isInverse: true))
}

extension ComplexTensor {
  fileprivate func transformed(along axis: Int, isInverse: Bool) -> ComplexTensor {
    let moved = mapParts { $0.movingAxis(axis, to: -1) }
    let parts = Primitive.fourier(.complex(isInverse: isInverse))([moved.real, moved.imaginary])
    return ComplexTensor(parts: parts[0], parts[1]).mapParts { $0.movingAxis(-1, to: axis) }
  }

  fileprivate func scaled(_ factor: Double?) -> ComplexTensor { mapParts { $0.scaled(factor) } }
}

extension Tensor {
  fileprivate func scaled(_ factor: Double?) -> Tensor { factor.map { self * $0 } ?? self }
}

/// The dimensions of a transform, and how many elements each has.
private struct FourierLines {
  var axes: [Int]
  var sizes: [Int]

  /// - Parameter isHalf: whether half a spectrum is transformed to real numbers, which `sizes` are those of.
  init(_ name: String, _ x: Tensor, _ sizes: [Int]?, _ axes: [Int]?, isHalf: Bool = false) {
    let given = axes ?? Array((x.rank - min(x.rank, sizes?.count ?? x.rank))..<x.rank)
    self.axes = given.map { x.normalizedAxis($0, name) }
    if self.axes.isEmpty { fail(name, [x.type], "needs at least one axis") }
    if Set(self.axes).count != given.count { fail(name, [x.type], "the axes \(given) name a dimension twice") }
    if let sizes, sizes.count != given.count {
      fail(name, [x.type], "\(sizes.count) sizes for \(given.count) axes")
    }
    self.sizes = sizes ?? self.axes.map { x.shape[$0] }
    if isHalf && sizes == nil { self.sizes[given.count - 1] = 2 * (x.shape[self.axes.last!] - 1) }
    if let size = self.sizes.first(where: { $0 < 1 }) {
      fail(name, [x.type], "there is nothing to transform in a dimension of size \(size)")
    }
  }

  var count: Int { sizes.reduce(1, *) }

  /// A tensor with `sizes` elements along the axes: the first ones, and zeros for what is missing.
  func resized(_ x: Tensor, _ sizes: [Int]) -> Tensor {
    var widths = [(before: Int, after: Int)](repeating: (0, 0), count: x.rank)
    for (axis, size) in zip(axes, sizes) { widths[axis].after = size - x.shape[axis] }
    return widths.allSatisfy { $0.after == 0 } ? x : pad(x, widths)
  }
}

// MARK: Frequencies

/// The frequencies of the elements of a spectrum: 0, 1, …, -2, -1 divided by n·spacing, shape [n].
///
/// Source: `jax.numpy.fft.fftfreq`.
public func fftFrequencies(_ n: Int, spacing: Double = 1, dtype: DType = .defaultFloat) -> Tensor {
  if n < 1 { fail("fftFrequencies", [], "the number of elements, \(n), is not positive") }
  let (places, positiveCount) = (arange(n), (n + 1) / 2)
  let signed = select(places .< positiveCount, places, places - n)
  return signed.asType(dtype) / Tensor(spacing * Double(n)).asType(dtype)
}

/// The frequencies of the elements that `rfft` gives: 0, 1, … divided by n·spacing, shape [n / 2 + 1].
///
/// Source: `jax.numpy.fft.rfftfreq`.
public func rfftFrequencies(_ n: Int, spacing: Double = 1, dtype: DType = .defaultFloat) -> Tensor {
  if n < 1 { fail("rfftFrequencies", [], "the number of elements, \(n), is not positive") }
  return arange(n / 2 + 1).asType(dtype) / Tensor(spacing * Double(n)).asType(dtype)
}

/// A spectrum with the frequency 0 in the middle of dimensions, all of them if none are named. Source: `jax.numpy.fft.fftshift`.
public func fftShift(_ x: Tensor, axes: [Int]? = nil) -> Tensor {
  x.normalizedAxes(axes, "fftShift").reduce(x) { $0.rotated($1, first: ($0.shape[$1] + 1) / 2) }
}
/// A spectrum with the frequency 0 in the middle of dimensions, all of them if none are named.
public func fftShift(_ x: ComplexTensor, axes: [Int]? = nil) -> ComplexTensor {
  x.mapParts { fftShift($0, axes: axes) }
}

/// The inverse of `fftShift`. Source: `jax.numpy.fft.ifftshift`.
public func ifftShift(_ x: Tensor, axes: [Int]? = nil) -> Tensor {
  x.normalizedAxes(axes, "ifftShift").reduce(x) { $0.rotated($1, first: $0.shape[$1] / 2) }
}
/// The inverse of `fftShift`.
public func ifftShift(_ x: ComplexTensor, axes: [Int]? = nil) -> ComplexTensor {
  x.mapParts { ifftShift($0, axes: axes) }
}

extension Tensor {
  /// The elements along an axis from position `first` on, then those before it.
  fileprivate func rotated(_ axis: Int, first: Int) -> Tensor {
    func part(_ range: Range<Int>) -> Tensor {
      var slice = Slice(start: shape.map { _ in 0 }, limit: shape, stride: shape.map { _ in 1 })
      (slice.start[axis], slice.limit[axis]) = (range.lowerBound, range.upperBound)
      return Primitive.slice(slice)(self)
    }
    return first == 0 ? self : concatenate([part(first..<shape[axis]), part(0..<first)], axis: axis)
  }
}
