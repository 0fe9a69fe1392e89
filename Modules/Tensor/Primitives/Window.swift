import CKernels

/// A window that slides over a tensor: its size and how it moves, for each dimension.
public struct SlidingWindow: Hashable, Sendable {
  /// The number of elements under the window.
  public var sizes: [Int]
  /// The distance between windows; positive.
  public var strides: [Int]
  /// Padding before the first element; negative numbers cut off.
  public var low: [Int]
  /// Padding after the last element; negative numbers cut off.
  public var high: [Int]
  /// The distance of neighbours of the tensor once padding is put between; positive.
  public var baseDilation: [Int]
  /// The distance of neighbours under the window; positive.
  public var windowDilation: [Int]

  /// A window; strides and dilations are 1 and padding is 0 if not given.
  public init(
    _ sizes: [Int], strides: [Int]? = nil, low: [Int]? = nil, high: [Int]? = nil, baseDilation: [Int]? = nil,
    windowDilation: [Int]? = nil
  ) {
    self.sizes = sizes
    self.strides = strides ?? sizes.map { _ in 1 }
    self.low = low ?? sizes.map { _ in 0 }
    self.high = high ?? sizes.map { _ in 0 }
    self.baseDilation = baseDilation ?? sizes.map { _ in 1 }
    self.windowDilation = windowDilation ?? sizes.map { _ in 1 }
  }

  /// How many windows there are along each dimension of a tensor.
  package func counts(_ shape: [Int]) -> [Int] {
    shape.indices.map { i in
      (shape[i].dilated(baseDilation[i]) + low[i] + high[i]).windowCount(
        sizes[i].dilated(windowDilation[i]), stride: strides[i])
    }
  }

  /// This window with another dimension, along which it has size 1, before dimension `axis`.
  package func inserting(dimension axis: Int) -> SlidingWindow {
    var result = self
    for list in [\SlidingWindow.sizes, \.strides, \.baseDilation, \.windowDilation] {
      result[keyPath: list].insert(1, at: axis)
    }
    result.low.insert(0, at: axis)
    result.high.insert(0, at: axis)
    return result
  }

  fileprivate var attributes: [(name: String, value: String)] {
    func list(_ name: String, _ values: [Int], default value: Int) -> [(name: String, value: String)] {
      values.allSatisfy { $0 == value } ? [] : [(name, "\(values)")]
    }
    return [("window", "\(sizes)")] + list("strides", strides, default: 1) + list("low", low, default: 0)
      + list("high", high, default: 0) + list("baseDilation", baseDilation, default: 1)
      + list("windowDilation", windowDilation, default: 1)
  }

  /// What the kernels take.
  package func forKernels(_ shape: [Int]) -> [jn_sliding_dimension] {
    let counts = counts(shape)
    return shape.indices.map { i in
      jn_sliding_dimension(
        input: Int64(shape[i]), output: Int64(counts[i]), window: Int64(sizes[i]), stride: Int64(strides[i]),
        low: Int64(low[i]), base_dilation: Int64(baseDilation[i]), dilation: Int64(windowDilation[i]))
    }
  }
}

extension PrimitiveFamily {
  fileprivate func requireFits(_ window: SlidingWindow, _ operands: [TensorType]) throws(TensorError) {
    let rank = operands[0].rank
    let lists = [
      window.sizes, window.strides, window.low, window.high, window.baseDilation, window.windowDilation,
    ]
    try require(
      lists.allSatisfy { $0.count == rank }, operands,
      "needs a window size, stride, padding and dilation for each of \(rank) dimensions",
      hint: "dimensions that are not reduced have size 1")
    try require(
      (window.sizes + window.strides + window.baseDilation + window.windowDilation).allSatisfy { $0 > 0 }, operands,
      "window sizes, strides and dilations must be positive")
  }
}

extension TensorType {
  /// The type that sums of this type are made in.
  fileprivate var computed: DType { dtype == .float16 || dtype == .bfloat16 ? .float32 : dtype }
}

/// A combination of the elements under a sliding window.
///
/// Of no elements it is 0, 1, the lowest value, the highest, true, false. Sums of `float16` and `bfloat16` are made in `float32`.
public struct ReduceWindow: Hashable, Sendable {
  /// How elements are combined.
  public var operation: Reduce.Operation
  /// The window.
  public var window: SlidingWindow

  /// A combination of the elements under a window.
  public init(_ operation: Reduce.Operation, _ window: SlidingWindow) {
    self.operation = operation
    self.window = window
  }
}

extension ReduceWindow: PrimitiveFamily {
  package var name: String { "reduceWindow" + "\(operation)".prefix(1).uppercased() + "\(operation)".dropFirst() }
  package var attributes: [(name: String, value: String)] { window.attributes }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(1, operands)
    try requireFits(window, operands)
    if operation == .and || operation == .or {
      try require(!operands[0].dtype.isFloating, operands, "needs an integer or bool operand")
    } else {
      try require(operands[0].dtype != .bool, operands, "needs numbers")
    }
    return [operands[0].with(shape: window.counts(operands[0].shape))]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let computed = operands[0].type.computed
    let operand = operands[0].dense.converted(to: computed)
    let result = ConcreteValue(uninitialized: results[0].with(dtype: computed))
    let dimensions = window.forKernels(operand.type.shape)
    jn_reduce_window(
      jn_reduce_op(rawValue: operation.rawValue), computed.kernelType, dimensions.count, dimensions, result.pointer,
      operand.pointer)
    return [result.converted(to: results[0].dtype)]
  }
}

/// Which element under a window is selected: the largest or the smallest, of equal ones the first in row-major order.
///
/// The elements under a window are compared one after the other; one takes the place of the selected one unless that is at least
/// (at most) as large, which decides where there are NaNs.
public struct WindowSelection: Hashable, Sendable {
  /// Whether the largest is selected, not the smallest.
  public var largest: Bool
  /// The window.
  public var window: SlidingWindow

  /// A selection of an element under each window.
  public init(largest: Bool, _ window: SlidingWindow) {
    self.largest = largest
    self.window = window
  }

  fileprivate var attributes: [(name: String, value: String)] {
    [("select", largest ? "largest" : "smallest")] + window.attributes
  }
}

/// For each window, the element of the first operand where the element of the second operand is selected; 0 where there is none.
///
/// Floats; the operands have one type. It is how the extrema under windows change, and the transpose of `SelectAndScatter`.
public struct SelectAndGather: Hashable, Sendable {
  /// Which elements are selected.
  public var selection: WindowSelection

  /// The elements at the places of extrema.
  public init(_ selection: WindowSelection) { self.selection = selection }
}

extension SelectAndGather: PrimitiveFamily {
  package var name: String { "selectAndGather" }
  package var attributes: [(name: String, value: String)] { selection.attributes }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(2, operands)
    try requireSameType(operands)
    try require(operands[0].dtype.isFloating, operands, "needs floats")
    try requireFits(selection.window, operands)
    return [operands[0].with(shape: selection.window.counts(operands[0].shape))]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let computed = operands[0].type.computed
    let (values, keys) = (operands[0].dense.converted(to: computed), operands[1].dense.converted(to: computed))
    let result = ConcreteValue(uninitialized: results[0].with(dtype: computed))
    let dimensions = selection.window.forKernels(keys.type.shape)
    jn_select_gather(
      selection.largest, computed.kernelType, dimensions.count, dimensions, result.pointer, values.pointer, keys.pointer
    )
    return [result.converted(to: results[0].dtype)]
  }
}

/// A tensor of the second operand's shape with each element of the first, which belongs to a window, added where the element of the
/// second operand under that window is selected; elsewhere 0.
///
/// Floats of one type. It is the gradient of extrema under windows.
public struct SelectAndScatter: Hashable, Sendable {
  /// Which elements are selected.
  public var selection: WindowSelection

  /// Sums at the places of extrema.
  public init(_ selection: WindowSelection) { self.selection = selection }
}

extension SelectAndScatter: PrimitiveFamily {
  package var name: String { "selectAndScatter" }
  package var attributes: [(name: String, value: String)] { selection.attributes }

  package func resultTypes(of operands: [TensorType]) throws(TensorError) -> [TensorType] {
    try requireCount(2, operands)
    let (source, operand) = (operands[0], operands[1])
    try require(source.dtype == operand.dtype && operand.dtype.isFloating, operands, "needs floats of one element type")
    try requireFits(selection.window, [operand])
    try require(
      source.shape == selection.window.counts(operand.shape), operands,
      "the first operand must have an element for each window: \(selection.window.counts(operand.shape))")
    return [operand]
  }

  package func evaluate(_ operands: [ConcreteValue], _ results: [TensorType]) -> [ConcreteValue] {
    let computed = operands[1].type.computed
    let (source, keys) = (operands[0].dense.converted(to: computed), operands[1].dense.converted(to: computed))
    let result = ConcreteValue(uninitialized: results[0].with(dtype: computed))
    let dimensions = selection.window.forKernels(keys.type.shape)
    jn_select_scatter(
      selection.largest, computed.kernelType, dimensions.count, dimensions, result.pointer, source.pointer, keys.pointer
    )
    return [result.converted(to: results[0].dtype)]
  }
}
