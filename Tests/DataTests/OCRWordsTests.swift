import Data
import Foundation
import Tensor
import TestSupport
import Testing

/// A line of a file, whose pixels are all 0 but the first `ink`.
private func line(
  _ number: Int, _ letter: String, next: Int, word: Int, _ position: Int, fold: Int = 0, ink: Int = 0,
  end: String = "\t"
) -> String {
  let pixels = (0..<128).map { $0 < ink ? "1" : "0" }
  return ([String(number), letter, String(next), String(word), String(position), String(fold)] + pixels)
    .joined(separator: "\t") + end
}

/// The words "ab", "c" and "dad", in folds 0, 9 and 3.
private let lines = [
  line(1, "a", next: 2, word: 1, 1, ink: 1), line(2, "b", next: -1, word: 1, 2, ink: 2),
  line(3, "c", next: -1, word: 2, 1, fold: 9, ink: 3), line(7, "d", next: 8, word: 5, 1, fold: 3, ink: 4),
  line(8, "a", next: 9, word: 5, 2, fold: 3, ink: 5), line(9, "d", next: -1, word: 5, 3, fold: 3, ink: 6),
]

private func file(_ lines: [String]) -> [UInt8] { Array(lines.map { $0 + "\n" }.joined().utf8) }

@Suite("Handwritten words")
struct OCRWordsTests {
  // MARK: Reading

  @Test func theSampleThatComesWithThePackage() throws {
    let words = try OCRWords.load(.sample)
    #expect(words.count == 1000 && words.letterCount == 7488 && words.longest == 14)
    #expect(words.images.type == TensorType(.uint8, [7488, 16, 8]))
    #expect(words.labels.type == TensorType(.int32, [7488]))
    #expect(words.words.prefix(2).map(\.text) == ["ommanding", "ommanding"])
    #expect(words.words.prefix(3).map(\.fold) == [7, 4, 2])
    #expect(Set(words.words.map(\.text)).count == 55)
    #expect(Int(sum(words.images.asType(.int32))) == 209_656)
    for fold in 0..<10 { #expect(words.inFolds(fold...fold).count == 100) }
    #expect(words.inFolds(0...6).count == 700 && words.inFolds(7...9).count == 300)
  }

  @Test func theWordsOfAFile() throws {
    let words = try OCRWords.decode(file(lines))
    #expect(words.words.map(\.text) == ["ab", "c", "dad"])
    #expect(words.words.map(\.fold) == [0, 9, 3])
    #expect(words.words.map(\.letters) == [0..<2, 2..<3, 3..<6])
    #expect(words.labels.array(of: Int.self) == [0, 1, 2, 3, 0, 3])
    #expect(sum(words.images.asType(.int32), axes: [1, 2]).array(of: Int.self) == [1, 2, 3, 4, 5, 6])
    #expect(words.images[5].reshaped(to: [128]).array(of: Int.self).prefix(8) == [1, 1, 1, 1, 1, 1, 0, 0])
    #expect((0..<26).map { String(OCRWords.letter($0)) }.joined() == "abcdefghijklmnopqrstuvwxyz")
  }

  @Test("A file or its folder, compressed or not", arguments: ["letter.data", "letter.data.gz"])
  func places(name: String) throws {
    let folder = try TemporaryFolder()
    let contents = file(lines)
    let path = try folder.file(name, name.hasSuffix(".gz") ? Gzip.compress(contents) : contents)
    for place in [path, folder.path] { #expect(try OCRWords.load(from: place).count == 3) }
    let empty = try folder.folder("empty")
    #expect(
      throws: DataError.unreadable(
        path: empty + "/letter.data.gz", reason: "there is no such file, nor one without .gz in its name")
    ) {
      try OCRWords.load(from: empty)
    }
  }

  @Test func linesMayEndWithoutATabAndTheLastWithoutItsEnd() throws {
    let short = [line(1, "a", next: 2, word: 1, 1, end: ""), line(2, "b", next: -1, word: 1, 2, end: "")]
    #expect(try OCRWords.decode(file(short).dropLast()).words.map(\.text) == ["ab"])
    #expect(try OCRWords.decode([]).count == 0)
    #expect(try OCRWords.decode([]).images.shape == [0, 16, 8])
  }

  // MARK: Choosing and padding

  @Test func theWordsOfSomeFolds() throws {
    let words = try OCRWords.decode(file(lines)).inFolds(1...)
    #expect(words.words.map(\.text) == ["c", "dad"])
    #expect(words.words.map(\.letters) == [0..<1, 1..<4])
    #expect(words.labels.array(of: Int.self) == [2, 3, 0, 3])
    #expect(sum(words.images.asType(.int32), axes: [1, 2]).array(of: Int.self) == [3, 4, 5, 6])
    let none = words.inFolds(4...4)
    #expect(none.count == 0 && none.letterCount == 0 && none.longest == 0)
    #expect(none.padded(to: 5).images.shape == [0, 5, 128])
  }

  @Test("Words of one length", arguments: [nil, 3, 5])
  func padding(length: Int?) throws {
    let padded = try OCRWords.decode(file(lines)).padded(to: length)
    let size = length ?? 3
    #expect(padded.count == 3 && padded.length == size)
    #expect(padded.images.type == TensorType(.float32, [3, size, 128]))
    #expect(padded.labels.type == TensorType(.int32, [3, size]))
    #expect(padded.mask.type == TensorType(.float32, [3, size]))
    let rest = [Int](repeating: 0, count: size - 3)
    #expect(padded.labels.array(of: Int.self) == [0, 1, 0] + rest + [2, 0, 0] + rest + [3, 0, 3] + rest)
    #expect(padded.mask.array(of: Int.self) == [1, 1, 0] + rest + [1, 0, 0] + rest + [1, 1, 1] + rest)
    let ink = sum(padded.images, axis: 2).array(of: Int.self)
    #expect(ink == [1, 2, 0] + rest + [3, 0, 0] + rest + [4, 5, 6] + rest)
  }

  // MARK: What is no file of letters

  struct Fault: CustomTestStringConvertible {
    let testDescription: String
    let contents: [UInt8]
    let lineNumber: Int
    let expected: String
    let found: String

    init(_ description: String, _ lines: [String], _ lineNumber: Int, _ expected: String, _ found: String) {
      testDescription = description
      contents = file(lines)
      self.lineNumber = lineNumber
      self.expected = expected
      self.found = found
    }
  }

  private static let faults: [Fault] = {
    let pixels = line(1, "a", next: 2, word: 1, 1).split(separator: "\t").dropFirst(6).joined(separator: "\t")
    let following = "letter 2 of word 1 in fold 0, after the line before"
    return [
      Fault("a web page", ["<html>"], 1, "the letter's number, an integer, in column 1", "\"<html>\""),
      Fault("an empty line", [lines[0], "", lines[1]], 2, "the letter's number, an integer, in column 1", "\"\""),
      Fault("a capital", [line(1, "A", next: -1, word: 1, 1)], 1, "a letter from a to z in column 2", "\"A\""),
      Fault("two letters", [line(1, "ab", next: -1, word: 1, 1)], 1, "a letter from a to z in column 2", "\"ab\""),
      Fault("no letter", ["1"], 1, "a letter from a to z in column 2", "the end of the line"),
      Fault(
        "a fold too many", [line(1, "a", next: -1, word: 1, 1, fold: 10)], 1, "a fold from 0 to 9 in column 6", "\"10\""
      ),
      Fault(
        "too few pixels", [lines[0], "2\tb\t-1\t1\t2\t0\t" + pixels.dropLast(2)], 2,
        "a pixel of 0 or 1 in column 134 of 134", "the end of the line"),
      Fault("a pixel too many", [lines[0] + "1\t"], 1, "134 columns", "\"1\""),
      Fault(
        "a grey pixel", ["1\ta\t-1\t1\t1\t0\t2\t" + pixels], 1, "a pixel of 0 or 1 in column 7 of 134", "\"2\""),
      Fault("a missing letter", [lines[0], lines[2]], 2, following, "letter 3 of word 2 in fold 9"),
      Fault(
        "another fold", [lines[0], line(2, "b", next: -1, word: 1, 2, fold: 1)], 2, following,
        "letter 2 of word 1 in fold 1"),
      Fault("another place", [lines[0], line(2, "b", next: -1, word: 1, 3)], 2, "the place 2 in the word", "3"),
      Fault("a start in the middle", [lines[1]], 1, "the place 1 in the word", "2"),
      Fault("no end", [lines[0]], 2, "letter 2 of word 1", "the end of the file"),
    ]
  }()

  @Test("What is wrong is told, and in which line", arguments: faults)
  func fault(_ fault: Fault) {
    let error = #expect(
      throws: DataError.invalidOCR(
        path: "a/letter.data", line: fault.lineNumber, expected: fault.expected, found: fault.found)
    ) {
      try OCRWords.decode(fault.contents, name: "a/letter.data")
    }
    #expect(
      error?.description == """
        a/letter.data:\(fault.lineNumber) is not the line of letters that it should be
          expected: \(fault.expected)
          found: \(fault.found)
        """)
  }

  @Test func accidentsAreToldOrRead() {
    var generator = SplitMix64(seed: 2)
    for _ in 0..<1000 {
      do throws(DataError) {
        let words = try OCRWords.decode(mutated(file(lines), &generator))
        #expect(words.words.map(\.letters.count).reduce(0, +) == words.letterCount)
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }
}
