extension Tensor {
  /// The elements as text, as NumPy's `array2string` writes them: nested brackets, numbers below each other, each with the
  /// fewest digits that tell it from its neighbours.
  ///
  /// - Parameters:
  ///   - precision: the most digits behind the point.
  ///   - threshold: a tensor with more elements than this is abbreviated: `[   0    1    2 ... 1997 1998 1999]`.
  ///   - edgeItems: how many elements (rows, …) of an abbreviated dimension are shown at either end, at least 1.
  ///   - lineWidth: the most characters of a line.
  ///
  /// Of an abbreviated tensor only the elements shown are read. A traced tensor, which has none, gives its type and what
  /// traces it.
  public func formatted(
    precision: Int = 8, threshold: Int = 1000, edgeItems: Int = 3, lineWidth: Int = 75
  ) -> String {
    guard let value = fetched else { return tracedDescription }
    let style = PrintStyle(precision: precision, threshold: threshold, edgeItems: edgeItems, lineWidth: lineWidth)
    return value.formatted(style, separator: " ", indent: 0)
  }

  fileprivate var tracedDescription: String { "\(type) traced by \(tracer!.trace.name)" }

  /// The number, if one number stands for all elements: how printed graphs show a constant.
  var inlineDescription: String? {
    guard let value = concrete, value.isSplat || value.type.elementCount == 1 else { return nil }
    let scalar = ConcreteValue(TensorType(dtype), value.storage)
    let text = dtype == .bool ? "\(scalar.elements(of: Bool.self)[0])" : ElementFormat.scalar(scalar)
    return type.rank == 0 ? text : "\(text): \(type)"
  }
}

extension Tensor: CustomStringConvertible {
  /// The elements, as NumPy's `str` prints an array:
  ///
  ///     [[1.   2.5 ]
  ///      [3.   4.25]]
  ///
  /// A scalar prints as a number, `1.0`; more than 1,000 elements are abbreviated; a traced tensor prints its type and what
  /// traces it, `float32[3, 5] traced by grad`.
  public var description: String {
    guard rank == 0, let value = fetched else { return formatted() }
    return ElementFormat.scalar(value)
  }
}

extension Tensor: CustomDebugStringConvertible {
  /// The elements and their type, as NumPy's `repr` but with this library's names: `Tensor([1., 2.5], float32)`.
  ///
  /// A weak type has a star. Where the elements do not show the shape, because they are abbreviated or there are none, the
  /// type has it: `Tensor([], float32[0, 3])`.
  public var debugDescription: String {
    guard let value = fetched else { return "Tensor(\(tracedDescription))" }
    let style = PrintStyle()
    let start = "Tensor("
    let elements = value.formatted(
      style.with(lineWidth: style.lineWidth - 1), separator: ", ", indent: start.utf8.count)
    let showsShape = count <= style.threshold && (count > 0 || rank == 1)
    let end =
      (showsShape ? TensorType(dtype, isWeak: isWeaklyTyped).description.dropLast(2) : type.description[...]) + ")"
    let text = start + elements + ","
    let lastLine = text.utf8.reversed().prefix { $0 != UInt8(ascii: "\n") }.count
    let fits = lastLine + 1 + end.utf8.count <= style.lineWidth
    return text + (fits ? " " : "\n" + String(repeating: " ", count: start.utf8.count)) + end
  }
}

extension Tensor: CustomReflectable {
  /// What debuggers and `dump` show: the shape, the element type and a few elements.
  public var customMirror: Mirror {
    Mirror(
      self,
      children: [
        "shape": shape, "dtype": dtype, "elements": formatted(precision: 4, threshold: 32, lineWidth: .max),
      ], displayStyle: .struct)
  }
}

/// How much of an array is printed, and how wide.
private struct PrintStyle {
  var precision = 8
  var threshold = 1000
  var edgeItems = 3
  var lineWidth = 75

  func with(lineWidth: Int) -> PrintStyle {
    PrintStyle(precision: precision, threshold: threshold, edgeItems: edgeItems, lineWidth: lineWidth)
  }
}

extension ConcreteValue {
  fileprivate func formatted(_ style: PrintStyle, separator: String, indent: Int) -> String {
    let edge = max(style.edgeItems, 1)
    let isAbbreviated = type.elementCount > style.threshold
    let kept = isAbbreviated ? edges(edge) : self
    let words = ElementFormat.words(kept, precision: max(style.precision, 0))
    let layout = ArrayLayout(shape: type.shape, keptShape: kept.type.shape, words: words, separator: separator)
    return layout.text(lineWidth: style.lineWidth, indent: indent)
  }

  /// The first and last `count` elements of every dimension that has more than twice as many.
  private func edges(_ count: Int) -> ConcreteValue {
    let kept = type.with(shape: type.shape.map { Swift.min($0, 2 * count) })
    if isSplat { return retyped(kept) }
    let result = ConcreteValue(uninitialized: kept)
    let strides = type.shape.rowMajorStrides
    // The positions of the elements to keep, in their order: a dimension's choices for each of those before it.
    var positions = [0]
    for (size, stride) in zip(type.shape, strides) {
      let indices = size > 2 * count ? Array(0..<count) + Array((size - count)..<size) : Array(0..<size)
      positions = positions.flatMap { position in indices.map { position + $0 * stride } }
    }
    let itemSize = type.dtype.itemSize
    for (index, position) in positions.enumerated() {
      (result.pointer + index * itemSize).copyMemory(from: pointer + position * itemSize, byteCount: itemSize)
    }
    return result
  }

  /// The elements converted to a Swift type.
  func elements<Scalar: TensorScalar>(of scalar: Scalar.Type) -> [Scalar] {
    let value = dense.converted(to: Scalar.dtype)
    defer { withExtendedLifetime(value) {} }
    return Array(
      UnsafeBufferPointer(start: value.pointer.assumingMemoryBound(to: Scalar.self), count: type.elementCount))
  }
}
