import Foundation
import Tensor

/// Handwritten words, an image for each letter: Stanford's OCR letters and samples of them.
///
/// ```swift
/// let words = try OCRWords.load(.sample)
/// let (train, test) = (words.inFolds(0...6), words.inFolds(7...9))
/// let padded = train.padded()
/// print(padded.images.shape)  // [700, 14, 128]
/// ```
///
/// The words lack their first letters, which were capitals and are not part of the set. There are only 55 different
/// words, each written by many people and all its examples in a row: split the set by its folds, never by position.
public struct OCRWords: Sendable {
  /// One word.
  public struct Word: Hashable, Sendable {
    /// Its letters, `a` to `z`.
    public let text: String
    /// The fold that it belongs to, 0 to 9.
    public let fold: Int
    /// Which letters of the set are its own.
    public let letters: Range<Int>
  }

  /// The name of a set: that of its folder.
  public struct Name: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The folder's name.
    public let description: String

    /// The set in folders of this name.
    public init(stringLiteral folder: String) { description = folder }

    /// All 6,877 words, of 52,152 letters.
    public static let all: Name = "ocr"
    /// 1,000 of the words, 100 from each fold, which come with the package.
    public static let sample: Name = "ocr-1k"
  }

  /// The words, in the order of the file.
  public let words: [Word]
  /// The images of their letters, uint8 0 (paper) and 1 (ink): shape [letterCount, 16, 8].
  public let images: Tensor
  /// The letters, int32 from 0 for `a` to 25 for `z`: shape [letterCount].
  public let labels: Tensor

  /// The number of words.
  public var count: Int { words.count }
  /// The number of letters.
  public var letterCount: Int { labels.count }
  /// The number of letters of the longest word.
  public var longest: Int { words.map(\.letters.count).max() ?? 0 }

  /// The number of different letters.
  public static let classCount = 26
  /// The size of an image.
  public static let (height, width) = (16, 8)

  /// The letter of a class.
  public static func letter(_ label: Int) -> Character { Character(UnicodeScalar(UInt8(ascii: "a") + UInt8(label))) }

  /// The words of some folds, such as `0...6`, as a set of their own.
  public func inFolds(_ folds: some RangeExpression<Int>) -> OCRWords {
    var chosen: [Word] = []
    var places: [Range<Int>] = []
    var next = 0
    for word in words where folds.contains(word.fold) {
      chosen.append(Word(text: word.text, fold: word.fold, letters: next..<next + word.letters.count))
      places.append(word.letters)
      next += word.letters.count
    }
    return OCRWords(words: chosen, images: rows(of: images, places), labels: rows(of: labels, places))
  }

  /// The words as a batch of sequences of one length, the shorter ones filled up at the end.
  ///
  /// - Parameter length: the length, by default that of the longest word. A word that does not fit stops the program.
  public func padded(to length: Int? = nil) -> PaddedWords {
    let length = length ?? longest
    if longest > length {
      fail("OCRWords.padded", [images.type], "the length is \(length), and the longest word has \(longest) letters")
    }
    let wordStarts = words.indices.map { $0 * length }
    let pieces = zip(words, wordStarts).map { (from: $0.letters, to: $1) }
    let slots = words.count * length
    let shape = [words.count, length]
    return PaddedWords(
      images: placed(images, pieces, slots).reshaped(to: shape + [Self.height * Self.width]).asType(.float32),
      labels: placed(labels, pieces, slots).reshaped(to: shape),
      mask: placed(ones([letterCount]), pieces, slots).reshaped(to: shape))
  }
}

/// Words as sequences of one length.
public struct PaddedWords: Sendable {
  /// The images as rows of pixels, float32, 0 in the padding: shape [count, length, 128].
  public let images: Tensor
  /// The letters, int32 from 0 for `a` to 25 for `z`, 0 in the padding: shape [count, length].
  public let labels: Tensor
  /// float32 1 for a letter, 0 for padding: shape [count, length].
  public let mask: Tensor

  /// The number of words.
  public var count: Int { labels.shape[0] }
  /// The number of letters that a word has with its padding.
  public var length: Int { labels.shape[1] }
}

/// Slices of a tensor along its first axis, one after another.
private func rows(of tensor: Tensor, _ places: [Range<Int>]) -> Tensor {
  var next = 0
  let pieces = places.map { range in
    defer { next += range.count }
    return (from: range, to: next)
  }
  return placed(tensor, pieces, places.reduce(0) { $0 + $1.count })
}

/// A tensor of `count` slices along its first axis: zeros, but for slices of another tensor at the places given.
private func placed(_ tensor: Tensor, _ pieces: [(from: Range<Int>, to: Int)], _ count: Int) -> Tensor {
  tensor.withUnsafeBytes { source in
    let rowSize = source.count / max(tensor.shape[0], 1)
    return Tensor(unsafeUninitializedShape: [count] + tensor.shape.dropFirst(), dtype: tensor.dtype) { target in
      guard let from = source.baseAddress, let to = target.baseAddress else { return }
      memset(to, 0, target.count)
      for piece in pieces {
        memcpy(to + piece.to * rowSize, from + piece.from.lowerBound * rowSize, piece.from.count * rowSize)
      }
    }
  }
}
