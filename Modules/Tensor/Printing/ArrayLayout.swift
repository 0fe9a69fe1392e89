/// Words between nested brackets, on lines of limited width: what NumPy's `_formatArray` does.
struct ArrayLayout {
  /// The size of each dimension.
  let shape: [Int]
  /// How many words each dimension has: its size, or less where the middle is left out.
  let keptShape: [Int]
  /// The words, row by row.
  let words: [String]
  /// What stands between words, with a space at the end.
  let separator: String

  private var keptStrides: [Int] { keptShape.rowMajorStrides }
  private var trimmedSeparator: String { String(separator.dropLast()) }

  /// The text.
  ///
  /// - Parameters:
  ///   - lineWidth: the most characters of a line, if its words can be separated.
  ///   - indent: how far continued lines are moved to the right, to stand below the first.
  func text(lineWidth: Int, indent: Int) -> String {
    words.isEmpty ? "[]" : part(0, first: 0, indent: indent + 1, lineWidth: lineWidth)
  }

  /// The words from `first` on that belong to one index of the dimensions before `axis`.
  private func part(_ axis: Int, first: Int, indent: Int, lineWidth: Int) -> String {
    if axis == shape.count { return words[first] }
    let text =
      axis == shape.count - 1
      ? row(first: first, indent: indent, lineWidth: lineWidth)
      : parts(axis, first: first, indent: indent, lineWidth: lineWidth)
    return "[\(text)]"
  }

  /// The number of parts before the ones left out, nil if all are there.
  private func omission(_ axis: Int) -> Int? { keptShape[axis] < shape[axis] ? keptShape[axis] / 2 : nil }

  private func parts(_ axis: Int, first: Int, indent: Int, lineWidth: Int) -> String {
    let lineEnd = trimmedSeparator + String(repeating: "\n", count: shape.count - axis - 1)
    var parts = (0..<keptShape[axis]).map {
      part(axis + 1, first: first + $0 * keptStrides[axis], indent: indent + 1, lineWidth: lineWidth - 1)
    }
    if let position = omission(axis) { parts.insert("...", at: position) }
    return parts.joined(separator: lineEnd + String(repeating: " ", count: indent))
  }

  private func row(first: Int, indent: Int, lineWidth: Int) -> String {
    // A separator or the closing bracket must fit behind a word.
    let limit = lineWidth - max(trimmedSeparator.utf8.count, 1)
    var rowWords = words[first..<(first + keptShape[shape.count - 1])]
    if let position = omission(shape.count - 1) { rowWords.insert("...", at: first + position) }
    var (lines, line, lineLength) = ([String](), "", indent)
    for (index, word) in rowWords.enumerated() {
      if lineLength + word.utf8.count > limit && lineLength > indent {
        lines.append(line.trimmingTrailingSpaces)
        (line, lineLength) = ("", indent)
      }
      let ending = index == rowWords.count - 1 ? "" : separator
      line += word + ending
      lineLength += word.utf8.count + ending.utf8.count
    }
    return (lines + [line]).joined(separator: "\n" + String(repeating: " ", count: indent))
  }
}

extension String {
  fileprivate var trimmingTrailingSpaces: String {
    var result = self
    while result.hasSuffix(" ") { result.removeLast() }
    return result
  }
}
