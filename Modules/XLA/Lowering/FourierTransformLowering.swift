import Tensor

extension FourierTransform: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let size = results[0].shape[results[0].rank - 1]
    func complex(_ type: HLOType) -> HLOType { HLOType(type.dtype, type.shape, isComplex: true) }
    func transform(_ kind: String, _ x: HLOValue, _ length: Int, _ result: HLOType) -> HLOValue {
      writer.operation(
        "stablehlo.fft", [x],
        [HLOAttribute("fft_type", kind: "fft_type", kind), HLOAttribute("fft_length", [length])], result: result)
    }
    func parts(_ x: HLOValue) -> [HLOValue] {
      ["real", "imag"].map { writer.operation("stablehlo.\($0)", [x], result: HLOType(x.dtype, x.shape)) }
    }
    // StableHLO divides what its inverse transforms answer by the length.
    func scaled(_ x: HLOValue) -> HLOValue {
      writer.binary("multiply", x, writer.constant(integer: size, x.type))
    }
    switch self {
    case .complex(let isInverse):
      let x = writer.operation("stablehlo.complex", operands, result: complex(operands[0].type))
      let result = parts(transform(isInverse ? "IFFT" : "FFT", x, size, x.type))
      return isInverse ? result.map(scaled) : result
    case .toHalf:
      let length = operands[0].shape[operands[0].rank - 1]
      return parts(transform("RFFT", operands[0], length, complex(results[0])))
    case .fromHalf(let count):
      let x = writer.operation("stablehlo.complex", operands, result: complex(operands[0].type))
      return [scaled(transform("IRFFT", x, count, results[0]))]
    }
  }
}
