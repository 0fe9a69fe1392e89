import Layers
import Params
import Random
import Tensor

extension stax {
  /// The letters of a convolution's dimensions: those of inputs, kernel and outputs, such as ("NHWC", "HWIO", "NHWC").
  public typealias DimensionNumbers = (inputs: String, kernel: String, outputs: String)

  /// A convolution with dimensions in any order: `stax.GeneralConv`. Parameters: (W, b), b of the outputs' rank: (1, 1, 1, C).
  ///
  /// - Parameters:
  ///   - dimensionNumbers: which dimensions are which.
  ///   - outChan: the number of output features.
  ///   - filterShape: the size of the kernel, for each spatial dimension in the order in which the kernel has them.
  ///   - strides: the distance between windows; 1 if left out.
  ///   - padding: the zeros around the inputs.
  ///   - W_init: makes the kernel; `glorotNormal` for these dimensions if left out.
  ///   - b_init: makes the bias.
  public static func GeneralConv(
    _ dimensionNumbers: DimensionNumbers, _ outChan: Int, _ filterShape: [Int], _ strides: [Int]? = nil,
    padding: Padding = .valid, W_init: Initializer? = nil, b_init: @escaping Initializer = randn(1e-6)
  ) -> Layer {
    let convolution = Convolution(
      "GeneralConv", dimensionNumbers, outChan, filterShape, strides, padding, W_init: W_init, b_init: b_init)
    return convolution.layer { size, window, stride, index in
      let total: Int
      switch padding {
      case .valid: total = 0
      case .same, .sameLower: return (size + stride - 1) / stride
      case .explicit(let widths): total = widths[index].low + widths[index].high
      }
      return (size + total - window) / stride + 1
    } apply: { x, W, strides, numbers in
      convGeneralDilated(x, W, strides: strides, padding: padding, dimensionNumbers: numbers)
    }
  }

  /// A convolution of images: `stax.Conv`. Shapes: (N, H, W, C), kernels (H, W, I, O), bias (1, 1, 1, C).
  public static func Conv(
    _ outChan: Int, _ filterShape: [Int], _ strides: [Int]? = nil, padding: Padding = .valid,
    W_init: Initializer? = nil, b_init: @escaping Initializer = randn(1e-6)
  ) -> Layer {
    GeneralConv(
      ("NHWC", "HWIO", "NHWC"), outChan, filterShape, strides, padding: padding, W_init: W_init, b_init: b_init)
  }

  /// A transposed convolution with dimensions in any order: `stax.GeneralConvTranspose`. Parameters and arguments are those of
  /// `GeneralConv`; `padding` is that of `convTranspose`.
  public static func GeneralConvTranspose(
    _ dimensionNumbers: DimensionNumbers, _ outChan: Int, _ filterShape: [Int], _ strides: [Int]? = nil,
    padding: Padding = .valid, W_init: Initializer? = nil, b_init: @escaping Initializer = randn(1e-6)
  ) -> Layer {
    let convolution = Convolution(
      "GeneralConvTranspose", dimensionNumbers, outChan, filterShape, strides, padding, W_init: W_init, b_init: b_init)
    return convolution.layer { size, window, stride, index in
      switch padding {
      case .valid: size * stride + Swift.max(window - stride, 0)
      case .same, .sameLower: size * stride
      case .explicit(let widths): (size - 1) * stride - window + 2 + widths[index].low + widths[index].high
      }
    } apply: { x, W, strides, numbers in
      convTranspose(x, W, strides: strides, padding: padding, dimensionNumbers: numbers)
    }
  }

  /// A transposed convolution of lines: `stax.Conv1DTranspose`. Shapes: (N, H, C), kernels (H, I, O).
  public static func Conv1DTranspose(
    _ outChan: Int, _ filterShape: [Int], _ strides: [Int]? = nil, padding: Padding = .valid,
    W_init: Initializer? = nil, b_init: @escaping Initializer = randn(1e-6)
  ) -> Layer {
    GeneralConvTranspose(
      ("NHC", "HIO", "NHC"), outChan, filterShape, strides, padding: padding, W_init: W_init, b_init: b_init)
  }

  /// A transposed convolution of images: `stax.ConvTranspose`. Shapes: (N, H, W, C), kernels (H, W, I, O).
  public static func ConvTranspose(
    _ outChan: Int, _ filterShape: [Int], _ strides: [Int]? = nil, padding: Padding = .valid,
    W_init: Initializer? = nil, b_init: @escaping Initializer = randn(1e-6)
  ) -> Layer {
    GeneralConvTranspose(
      ("NHWC", "HWIO", "NHWC"), outChan, filterShape, strides, padding: padding, W_init: W_init, b_init: b_init)
  }

  /// What convolutions and their transposes have in common.
  private struct Convolution: Sendable {
    let name: String
    let numbers: ConvolutionDimensionNumbers
    let outChan: Int
    let filterShape, strides: [Int]
    let W_init, b_init: Initializer

    init(
      _ name: String, _ dimensionNumbers: DimensionNumbers, _ outChan: Int, _ filterShape: [Int], _ strides: [Int]?,
      _ padding: Padding, W_init: Initializer?, b_init: @escaping Initializer
    ) {
      self.name = name
      numbers = ConvolutionDimensionNumbers(dimensionNumbers.0, dimensionNumbers.1, dimensionNumbers.2)
      self.outChan = outChan
      self.filterShape = filterShape
      self.strides = strides ?? filterShape.map { _ in 1 }
      self.W_init = W_init ?? glorotNormal(inAxes: [numbers.rhs[1]], outAxes: [numbers.rhs[0]])
      self.b_init = b_init
      let rank = dimensionNumbers.kernel.count - 2
      if filterShape.count != rank || self.strides.count != rank
        || (filterShape + self.strides).contains(where: { $0 < 1 })
      {
        fail(
          name, [],
          "\(dimensionNumbers.kernel) needs \(rank) positive filter sizes and strides, "
            + "not \(filterShape) and \(self.strides)")
      }
      if case .explicit(let widths) = padding, widths.count != rank {
        fail(name, [], "\(widths.count) pairs of padding were given for \(rank) spatial dimensions")
      }
    }

    func layer(
      outputSize: @escaping @Sendable (_ size: Int, _ window: Int, _ stride: Int, _ index: Int) -> Int,
      apply: @escaping @Sendable (Tensor, Tensor, [Int], ConvolutionDimensionNumbers) -> Tensor
    ) -> Layer {
      (
        InitFun { rng, inputShape in
          let inputs = inputShape.sizes(name)
          if inputs.count != numbers.lhs.count {
            fail(name, [], "needs inputs with \(numbers.lhs.count) dimensions, not \(inputShape)")
          }
          var kernel = [Int](repeating: 1, count: inputs.count)
          var (outputs, bias) = (kernel, kernel)
          (kernel[numbers.rhs[0]], kernel[numbers.rhs[1]]) = (outChan, inputs[numbers.lhs[1]])
          (outputs[numbers.out[0]], outputs[numbers.out[1]]) = (inputs[numbers.lhs[0]], outChan)
          bias[numbers.out[1]] = outChan
          for (i, window) in filterShape.enumerated() {
            kernel[numbers.rhs[i + 2]] = window
            let size = outputSize(inputs[numbers.lhs[i + 2]], window, strides[i], i)
            if size < 0 { fail(name, [], "a window of \(filterShape) is larger than inputs of \(inputShape)") }
            outputs[numbers.out[i + 2]] = size
          }
          let (k1, k2) = split(rng)
          return (
            .sizes(outputs), .named(["kernel": PyTree(W_init(k1, kernel)), "bias": PyTree(b_init(k2, bias))])
          )
        },
        ApplyFun { params, inputs, _ in
          let params = parts(params, 2, name)
          return PyTree(apply(tensor(inputs, name), params[0].tensor, strides, numbers) + params[1].tensor)
        }
      )
    }
  }

  // MARK: Pooling

  /// The largest element under each window: `stax.MaxPool`.
  ///
  /// - Parameters:
  ///   - windowShape: the size of the window, for each spatial dimension.
  ///   - strides: the distance between windows; 1 if left out.
  ///   - padding: `valid` or `same`; another one stops the program, as in Python.
  ///   - spec: the letters of the dimensions, such as "NCHW"; N first and C last if left out.
  public static func MaxPool(
    _ windowShape: [Int], _ strides: [Int]? = nil, padding: Padding = .valid, spec: String? = nil
  ) -> Layer {
    pooling("MaxPool", .maximum, windowShape, strides, padding, spec)
  }

  /// The sum of the elements under each window: `stax.SumPool`; its arguments are those of `MaxPool`.
  public static func SumPool(
    _ windowShape: [Int], _ strides: [Int]? = nil, padding: Padding = .valid, spec: String? = nil
  ) -> Layer {
    pooling("SumPool", .sum, windowShape, strides, padding, spec)
  }

  /// The mean of the elements under each window, without the padding: `stax.AvgPool`; its arguments are those of `MaxPool`.
  public static func AvgPool(
    _ windowShape: [Int], _ strides: [Int]? = nil, padding: Padding = .valid, spec: String? = nil
  ) -> Layer {
    pooling("AvgPool", .sum, windowShape, strides, padding, spec, isMean: true)
  }

  private static func pooling(
    _ name: String, _ operation: Reduce.Operation, _ windowShape: [Int], _ strides: [Int]?, _ padding: Padding,
    _ spec: String?, isMean: Bool = false
  ) -> Layer {
    let strides = strides ?? windowShape.map { _ in 1 }
    if strides.count != windowShape.count || (windowShape + strides).contains(where: { $0 < 1 }) {
      fail(name, [], "needs positive window sizes and as many strides, not \(windowShape) and \(strides)")
    }
    if case .explicit = padding { fail(name, [], "the padding must be `valid` or `same`") }
    let others = positions(spec, windowShape.count, name)
    func whole(_ list: [Int]) -> [Int] {
      var result = list
      for position in others.sorted() { result.insert(1, at: position) }
      return result
    }
    let (window, steps) = (whole(windowShape), whole(strides))
    return (
      InitFun { _, shape in
        let sizes = shape.sizes(name)
        if sizes.count != window.count {
          fail(name, [], "needs inputs with \(window.count) dimensions, not \(shape)")
        }
        let output = sizes.indices.map { i in
          if window[i] == 1 && steps[i] == 1 { return sizes[i] }
          if case .valid = padding { return (sizes[i] - window[i]) / steps[i] + 1 }
          return (sizes[i] + steps[i] - 1) / steps[i]
        }
        return (.sizes(output), .none)
      },
      ApplyFun { _, inputs, _ in
        let x = tensor(inputs, name)
        func reduce(_ x: Tensor) -> Tensor {
          reduceWindow(x, operation, window: window, strides: steps, padding: padding)
        }
        if !isMean { return PyTree(reduce(x)) }
        // The elements under each window: fewer at the edges, where it reaches over them.
        let elements = ones(x.shape.indices.map { others.contains($0) ? 1 : x.shape[$0] }, dtype: x.dtype)
        return PyTree(reduce(x) / reduce(elements))
      }
    )
  }

  /// The positions of batch and features.
  private static func positions(_ spec: String?, _ spatialRank: Int, _ layer: String) -> [Int] {
    guard let spec else { return [0, spatialRank + 1] }
    let letters = Array(spec)
    guard letters.count == spatialRank + 2, let batch = letters.firstIndex(of: "N"),
      let features = letters.firstIndex(of: "C")
    else {
      fail(
        layer, [],
        "the spec \"\(spec)\" should have \(spatialRank + 2) letters, with N for the batch and C for features",
        hint: "write \"NHWC\" or \"NCHW\" for images")
    }
    return [batch, features]
  }
}
