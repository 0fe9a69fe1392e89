import Foundation
import Tensor

extension OCRWords {
  /// Loads the set of this name from the first place that has a folder for it, as `ImageDataset.load` does.
  ///
  /// - Throws: `DataError.datasetNotFound`, which lists the places; otherwise as `load(from:)` does.
  public static func load(_ name: Name) throws(DataError) -> OCRWords {
    try load(from: DatasetSearch().folder(of: name.description))
  }

  /// Loads a set from a file in the format of Stanford's `letter.data`, or from a folder with such a file; it may be
  /// compressed by gzip.
  ///
  /// A line is a letter: its number, the letter, the number of the word's next letter (-1 at the end), the number of the
  /// word, the place in the word from 1, the fold, and 16 x 8 pixels of 0 or 1 row by row, with tabs between.
  /// Source: <http://ai.stanford.edu/~btaskar/ocr/letter.names>.
  ///
  /// - Throws: `DataError`: the file is unreadable or damaged; `invalidOCR` names the line, and what is wrong with it.
  public static func load(from path: String) throws(DataError) -> OCRWords {
    var isDirectory: ObjCBool = false
    var file = path
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue {
      let names = ["letter.data.gz", "letter.data"].map { "\(path)/\($0)" }
      guard let found = names.first(where: FileManager.default.fileExists) else {
        throw .unreadable(path: names[0], reason: "there is no such file, nor one without .gz in its name")
      }
      file = found
    }
    let source = try openDecompressing(file)
    return try decode(source.rest(limit: 1 << 30), name: source.name)
  }

  /// The words in the bytes of a file, which are not compressed.
  ///
  /// - Parameter name: what errors call the bytes, usually the path of the file.
  /// - Throws: `DataError.invalidOCR`.
  public static func decode(_ bytes: [UInt8], name: String = "the data") throws(DataError) -> OCRWords {
    var parser = OCRParser(name: name)
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      try parser.take(bytes[start..<end])
      start = end + 1
    }
    return try parser.finish()
  }
}

/// Reads a file of letters line by line.
private struct OCRParser {
  let name: String
  private var lineNumber = 0
  private var words: [OCRWords.Word] = []
  private var pixels: [UInt8] = []
  private var labels: [Int32] = []
  private var word: [Letter] = []

  private struct Letter {
    let number: Int
    let character: UInt8
    let next: Int
    let word: Int
    let position: Int
    let fold: Int
  }

  init(name: String) { self.name = name }

  /// Takes a line without its end.
  mutating func take(_ line: ArraySlice<UInt8>) throws(DataError) {
    lineNumber += 1
    var fields = Fields(rest: line)
    let number = try integer(&fields, "the letter's number")
    let letter = fields.next()
    guard let letter, letter.count == 1, let character = letter.first,
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(character)
    else { throw invalid("a letter from a to z in column 2", letter) }
    let next = try integer(&fields, "the number of the next letter")
    let word = try integer(&fields, "the number of the word")
    let position = try integer(&fields, "the place in the word")
    let foldField = fields.peek()
    let fold = try integer(&fields, "the fold")
    guard (0...9).contains(fold) else { throw invalid("a fold from 0 to 9 in column 6", foldField) }
    try takePixels(&fields)
    try take(Letter(number: number, character: character, next: next, word: word, position: position, fold: fold))
  }

  private mutating func takePixels(_ fields: inout Fields) throws(DataError) {
    let count = OCRWords.height * OCRWords.width
    for place in 0..<count {
      let field = fields.next()
      guard let field, field.count == 1, let digit = field.first, digit | 1 == UInt8(ascii: "1") else {
        throw invalid("a pixel of 0 or 1 in column \(7 + place) of \(6 + count)", field)
      }
      pixels.append(digit - UInt8(ascii: "0"))
    }
    // The published file has a tab at the end of each line.
    if let more = fields.next(), !(more.isEmpty && fields.next() == nil) {
      throw invalid("\(6 + count) columns", more)
    }
  }

  /// Takes the letter of a line into the word that it is part of.
  private mutating func take(_ letter: Letter) throws(DataError) {
    if let previous = word.last {
      guard letter.number == previous.next, letter.word == previous.word, letter.fold == previous.fold else {
        throw .invalidOCR(
          path: name, line: lineNumber,
          expected: "letter \(previous.next) of word \(previous.word) in fold \(previous.fold), after the line before",
          found: "letter \(letter.number) of word \(letter.word) in fold \(letter.fold)")
      }
    }
    guard letter.position == word.count + 1 else {
      throw .invalidOCR(
        path: name, line: lineNumber, expected: "the place \(word.count + 1) in the word", found: "\(letter.position)")
    }
    word.append(letter)
    labels.append(Int32(letter.character - UInt8(ascii: "a")))
    if letter.next == -1 {
      words.append(
        OCRWords.Word(
          text: String(decoding: word.map(\.character), as: UTF8.self), fold: letter.fold,
          letters: labels.count - word.count..<labels.count))
      word = []
    }
  }

  /// The words of all lines.
  func finish() throws(DataError) -> OCRWords {
    if let last = word.last {
      throw .invalidOCR(
        path: name, line: lineNumber + 1, expected: "letter \(last.next) of word \(last.word)",
        found: "the end of the file")
    }
    let shape = [labels.count, OCRWords.height, OCRWords.width]
    return OCRWords(
      words: words, images: pixels.withUnsafeBytes { Tensor(bytes: $0, shape: shape, dtype: .uint8) },
      labels: labels.withUnsafeBytes { Tensor(bytes: $0, shape: [labels.count], dtype: .int32) })
  }

  private func integer(_ fields: inout Fields, _ meaning: String) throws(DataError) -> Int {
    let field = fields.next()
    guard let field, let value = Int(String(decoding: field, as: UTF8.self)) else {
      throw invalid("\(meaning), an integer, in column \(fields.count)", field)
    }
    return value
  }

  private func invalid(_ expected: String, _ field: ArraySlice<UInt8>?) -> DataError {
    .invalidOCR(
      path: name, line: lineNumber, expected: expected,
      found: field.map { "\"\(String(decoding: $0.prefix(40), as: UTF8.self))\"" } ?? "the end of the line")
  }
}

/// The fields of a line, between tabs.
private struct Fields {
  var rest: ArraySlice<UInt8>?
  /// The number of fields taken.
  private(set) var count = 0

  init(rest: ArraySlice<UInt8>) { self.rest = rest }

  func peek() -> ArraySlice<UInt8>? { rest?.prefix { $0 != UInt8(ascii: "\t") } }

  mutating func next() -> ArraySlice<UInt8>? {
    guard let field = peek(), let rest else { return nil }
    count += 1
    self.rest = field.endIndex < rest.endIndex ? rest[(field.endIndex + 1)...] : nil
    return field
  }
}
