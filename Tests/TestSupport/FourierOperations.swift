import Autodiff
import Tensor

/// The functions of the topic `fft`, whose complex operands and results are two tensors.
let fourierTable: [String: Maker] = [
  "fft": { row in
    { x in
      let (n, axis, norm) = (row.int("n"), row.int("axis") ?? -1, row.fourierNorm)
      return (x.count == 1 ? fft(x[0], n: n, axis: axis, norm: norm) : fft(x.complex, n: n, axis: axis, norm: norm))
        .parts
    }
  },
  "ifft": { row in
    { x in ifft(x.complex, n: row.int("n"), axis: row.int("axis") ?? -1, norm: row.fourierNorm).parts }
  },
  "rfft": { row in
    { x in rfft(x[0], n: row.int("n"), axis: row.int("axis") ?? -1, norm: row.fourierNorm).parts }
  },
  "irfft": many { row, x in irfft(x.complex, n: row.int("n"), axis: row.int("axis") ?? -1, norm: row.fourierNorm) },
  "fft2": { row in
    { x in fft2(x.complex, sizes: row.ints("sizes"), axes: row.ints("axes") ?? [-2, -1], norm: row.fourierNorm).parts }
  },
  "ifft2": { row in
    { x in ifft2(x.complex, sizes: row.ints("sizes"), axes: row.ints("axes") ?? [-2, -1], norm: row.fourierNorm).parts }
  },
  "rfft2": { row in
    { x in rfft2(x[0], sizes: row.ints("sizes"), axes: row.ints("axes") ?? [-2, -1], norm: row.fourierNorm).parts }
  },
  "irfft2": many { row, x in
    irfft2(x.complex, sizes: row.ints("sizes"), axes: row.ints("axes") ?? [-2, -1], norm: row.fourierNorm)
  },
  "fftn": { _ in { x in fftn(x.complex).parts } },
  "ifftn": { _ in { x in ifftn(x.complex).parts } },
  "rfftn": { _ in { x in rfftn(x[0]).parts } },
  "irfftn": many { _, x in irfftn(x.complex) },
  "fftShift": many { row, x in fftShift(x[0], axes: row.ints("axes")) },
  "ifftShift": many { _, x in ifftShift(x[0]) },
  "fftFrequencies": many { row, _ in
    fftFrequencies(row.int("n")!, spacing: row.double("spacing")!, dtype: .float64)
  },
  "rfftFrequencies": many { row, _ in
    rfftFrequencies(row.int("n")!, spacing: row.double("spacing")!, dtype: .float64)
  },
  "circularConvolution": many { _, x in irfft(rfft(x[0]) * rfft(x[1]), n: 9) },
  "magnitude": many { _, x in abs(x.complex) },
  "angle": many { _, x in angle(x.complex) },
  "arithmetic": { _ in
    { x in
      let (a, b) = (ComplexTensor(x[0], x[1]), ComplexTensor(x[2], x[3]))
      return [a + b, a - b, a * b, a / b, -a, a.conjugate, exp(a)].flatMap(\.parts)
    }
  },
]

extension [Tensor] {
  fileprivate var complex: ComplexTensor { ComplexTensor(self[0], self[1]) }
}

extension ComplexTensor {
  fileprivate var parts: [Tensor] { [real, imaginary] }
}

extension GoldenCase {
  fileprivate var fourierNorm: FourierNorm {
    switch string("norm") {
    case "ortho": .ortho
    case "forward": .forward
    default: .backward
    }
  }
}
