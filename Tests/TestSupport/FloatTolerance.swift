import Tensor

/// How far results in a floating-point type may be from the reference in float64, in units in the last place.
public struct FloatTolerance: Sendable {
  /// The number of units.
  public var ulp: Double
  /// Whether the units are those of the largest element of a result, not of each: where terms cancel, as in sums, an element's
  /// own unit says nothing of the function.
  public var isRelativeToLargest: Bool

  static func ofEach(_ ulp: Double) -> FloatTolerance { FloatTolerance(ulp: ulp, isRelativeToLargest: false) }
  static func ofLargest(_ ulp: Double) -> FloatTolerance { FloatTolerance(ulp: ulp, isRelativeToLargest: true) }

  /// The largest error of a result in these units; infinite where one is NaN or infinite and the other is not.
  public func error(_ actual: Tensor, _ expected: Tensor) -> Double {
    let (a, e) = (actual.array(of: Double.self), expected.array(of: Double.self))
    let largest = e.lazy.filter(\.isFinite).map { abs($0) }.max() ?? 0
    return zip(a, e).reduce(0) { worst, pair in
      let (a, e) = pair
      if a == e || a.isNaN && e.isNaN { return worst }
      if !a.isFinite || !e.isFinite { return .infinity }
      return max(worst, abs(a - e) / unit(isRelativeToLargest ? largest : abs(e), actual.dtype))
    }
  }

  /// The distance of neighbouring numbers at a number.
  private func unit(_ number: Double, _ dtype: DType) -> Double {
    switch dtype {
    case .float64: number.ulp
    case .float32: Double(max(Float(number), .leastNormalMagnitude).ulp)
    // The significands of float16 and bfloat16 have 11 and 8 bits.
    case .float16: max(number.binade, 0x1p-14) * 0x1p-10
    default: max(number.binade, 0x1p-126) * 0x1p-7
    }
  }
}

extension Double {
  fileprivate var binade: Double { self == 0 ? 0 : Double(sign: .plus, exponent: exponent, significand: 1) }
}

extension OperationCase {
  /// What is asked of the results in float32, and in 16 bits where the case is in them.
  public var floatTolerance: FloatTolerance {
    let (name, first) = (golden.name, String(golden.name.prefix { $0 != "." }))
    let table = tolerances[topic] ?? [:]
    if isHalf { return halfTolerances[first] ?? .ofLargest(2) }
    return table[name] ?? table[first] ?? table["*"] ?? .ofLargest(8)
  }

  /// Whether the operands are 16-bit floats.
  private var isHalf: Bool { golden.numbered("in").contains { $0.dtype.isFloating && $0.dtype.itemSize == 2 } }
}

/// The tolerances of topics, by the name of a case or its first part, `*` for the rest; 8 units of the largest element for all others,
/// which are sums and products of few terms.
private let tolerances: [String: [String: FloatTolerance]] = [
  // `AccuracyTests` holds the kernels to these units number by number.
  "elementwise": [
    "*": .ofEach(2),
    "copysign": .ofEach(0), "trunc": .ofEach(0), "round": .ofEach(0), "round.decimals": .ofEach(1),
    // The bounds, decimal numbers, are rounded.
    "clip": .ofEach(0.5), "clamp": .ofEach(0.5), "select": .ofEach(0), "selectN": .ofEach(0), "where": .ofEach(0),
    // Compositions of several steps.
    "hypot": .ofEach(4), "entr": .ofEach(4), "exp2": .ofEach(4), "log2": .ofEach(4), "log10": .ofEach(4),
    "integerPow": .ofEach(4), "xlogy": .ofEach(4), "xlog1py": .ofEach(4), "squaredDifference": .ofLargest(2),
    // 1 - x² of a number near 1 has lost as many bits as its logarithm gains.
    "erfInv.tails": .ofEach(20),
    // The relative error of erfc(-x/√2) is x² times that of its argument.
    "ndtr": .ofEach(8),
    // These have zeros where larger numbers cancel.
    "logaddexp": .ofLargest(2), "logaddexp2": .ofLargest(2), "logit": .ofLargest(2),
    "mod": .ofLargest(2), "sinc": .ofLargest(2),
    "ndtri": .ofLargest(4),
  ],
  "linalg": ["*": .ofEach(0)],
  // As `FourierTests` has it for all lengths.
  "fft": [
    "*": .ofLargest(2),
    // One transform after the other.
    "fft2": .ofLargest(4), "ifft2": .ofLargest(4), "rfft2": .ofLargest(4), "irfft2": .ofLargest(4),
    "fftn": .ofLargest(4), "ifftn": .ofLargest(4), "rfftn": .ofLargest(4), "irfftn": .ofLargest(4),
  ],
  "functions": ["nanToNum": .ofEach(0), "ldexp": .ofEach(0), "frexp": .ofEach(0)],
  // Running sums and products are kept in float64.
  "reductions": ["cumsum": .ofEach(1), "cumprod": .ofEach(1)],
  // An element is moved; only a few of these cases compute.
  "shapes": ["*": .ofEach(0), "diff": .ofLargest(2), "trace": .ofLargest(2)],
  "indexing": ["*": .ofEach(0), "scatter": .ofLargest(2), "at": .ofLargest(2)],
  "sorting": [
    "*": .ofEach(0), "segment": .ofLargest(2), "convolve": .ofLargest(4), "correlate": .ofLargest(4),
    "corrcoef": .ofLargest(4), "cov": .ofLargest(4), "gradient": .ofLargest(1), "interp": .ofLargest(4),
    "nanmean": .ofLargest(4), "polyval": .ofLargest(4), "trapezoid": .ofLargest(2),
    // Numbers in a row are rounded once here and after every step in JAX.
    "arange": .ofLargest(1), "linspace": .ofLargest(1), "logspace": .ofEach(4), "geomspace": .ofEach(4),
  ],
]

/// The tolerances of functions in 16 bits against JAX's own results in them. Both are rounded once from float32 as a rule, so that they
/// may fall to either side; JAX rounds after each step of what is a composition there.
private let halfTolerances: [String: FloatTolerance] = [:]
