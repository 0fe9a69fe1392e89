import Foundation
import Tensor
import TestSupport
import Testing

/// What NumPy prints, from `Tests/Golden/printing.json`, which `Tools/golden/printing.py` writes.
private struct PrintingTable: Decodable {
  struct Array: Decodable, CustomTestStringConvertible, Sendable {
    struct Options: Decodable {
      var precision, threshold, edgeItems, lineWidth: Int?
    }

    var name: String
    var dtype: String
    var shape: [Int]
    var hex: String?
    var str: String?
    var debug: String?
    var options: Options?
    var formatted: String?

    var testDescription: String { name }
    var tensor: Tensor {
      if let hex { return Tensor(hex: hex, shape: shape, dtype: elementType(dtype)) }
      return arange(shape.reduce(1, *), dtype: elementType(dtype)).reshaped(to: shape)
    }
  }

  struct Scalars: Decodable, CustomTestStringConvertible, Sendable {
    var dtype: String
    var hex: String
    var texts: [String]

    var testDescription: String { dtype }
  }

  var arrays: [Array]
  var scalars: [Scalars]

  static let shared: PrintingTable = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Golden/printing.json")
    do {
      return try JSONDecoder().decode(PrintingTable.self, from: Data(contentsOf: file))
    } catch {
      fatalError("cannot read \(file.path), which Tools/golden/printing.py writes: \(error)")
    }
  }()
}

private func elementType(_ name: String) -> DType { DType.allCases.first { "\($0)" == name }! }

extension Tensor {
  /// Elements from their memory, two hexadecimal digits a byte.
  fileprivate init(hex: String, shape: [Int], dtype: DType) {
    let digits = Array(hex.utf8)
    let bytes = stride(from: 0, to: digits.count, by: 2).map {
      UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)!
    }
    self = bytes.withUnsafeBytes { Tensor(bytes: $0, shape: shape, dtype: dtype) }
  }
}

@Suite("Tensors print as NumPy prints arrays")
struct PrintingTests {
  @Test("description is str(array)", arguments: PrintingTable.shared.arrays.filter { $0.str != nil })
  fileprivate func description(_ row: PrintingTable.Array) {
    #expect(row.tensor.description == row.str)
  }

  @Test(
    "debugDescription is repr(array) with a Tensor's names",
    arguments: PrintingTable.shared.arrays.filter { $0.debug != nil })
  fileprivate func debugDescription(_ row: PrintingTable.Array) {
    #expect(row.tensor.debugDescription == row.debug)
  }

  @Test("formatted is array2string(array)", arguments: PrintingTable.shared.arrays.filter { $0.formatted != nil })
  fileprivate func formatted(_ row: PrintingTable.Array) throws {
    let options = try #require(row.options)
    let text = row.tensor.formatted(
      precision: options.precision ?? 8, threshold: options.threshold ?? 1000, edgeItems: options.edgeItems ?? 3,
      lineWidth: options.lineWidth ?? 75)
    #expect(text == row.formatted)
  }

  @Test("numbers have the fewest digits", arguments: PrintingTable.shared.scalars)
  fileprivate func scalars(_ row: PrintingTable.Scalars) {
    let numbers = Tensor(hex: row.hex, shape: [row.texts.count], dtype: elementType(row.dtype))
    for (index, text) in row.texts.enumerated() {
      #expect(numbers[index].description == text)
    }
  }

  @Test("one number that stands for all elements prints as many")
  func splat() {
    #expect(zeros([2, 3]).description == "[[0. 0. 0.]\n [0. 0. 0.]]")
    #expect(full([2000], 0.5).description == "[0.5 0.5 0.5 ... 0.5 0.5 0.5]")
    #expect(ones([2], dtype: .bool).description == "[ True  True]")
  }

  @Test("bfloat16 has exponents from 1000 on, as float16, and the ones below")
  func bfloat16() {
    #expect(Tensor([516.0, 1.0], dtype: .bfloat16).description == "[516.   1.]")
    #expect(Tensor([1024.0, 1.0], dtype: .bfloat16).description == "[1.024e+03 1.000e+00]")
    #expect(Tensor(3.140625, dtype: .bfloat16).description == "3.14")
  }

  @Test("an abbreviated tensor is not read but at its edges")
  func abbreviation() {
    let large = zeros([1 << 20, 1 << 20, 1 << 10])
    #expect(
      large.formatted(edgeItems: 1)
        == "[[[0. ... 0.]\n  ...\n  [0. ... 0.]]\n\n ...\n\n [[0. ... 0.]\n  ...\n  [0. ... 0.]]]")
  }

  @Test("debugDescription says the type, weak ones with a star")
  func debugTypes() {
    #expect((2.0 as Tensor).debugDescription == "Tensor(2., float32*)")
    #expect((2 as Tensor).debugDescription == "Tensor(2, int32*)")
    #expect(Tensor([true]).debugDescription == "Tensor([ True], bool)")
    #expect(zeros([0, 3]).debugDescription == "Tensor([], float32[0, 3])")
    #expect(zeros([0]).debugDescription == "Tensor([], float32)")
    #expect(zeros([2000]).debugDescription == "Tensor([0., 0., 0., ..., 0., 0., 0.], float32[2000])")
  }

  @Test("a debugger sees the shape, the type and a few elements")
  func mirror() {
    var text = ""
    dump(arange(100).reshaped(to: [10, 10]), to: &text)
    #expect(text.contains("shape: 2 elements") && text.contains("dtype: int32"))
    let elements = Mirror(reflecting: arange(100)).children.first { $0.label == "elements" }?.value as? String
    #expect(elements == "[ 0  1  2 ... 97 98 99]")
  }

  @Test("a traced tensor prints its type and what traces it")
  func traced() {
    final class Transformation: Trace {
      override var name: String { "grad" }
    }
    let x = Tensor(Tracer(TensorType(.float32, [3, 5]), Transformation()))
    #expect(x.description == "float32[3, 5] traced by grad")
    #expect(x.formatted(precision: 2) == "float32[3, 5] traced by grad")
    #expect(x.debugDescription == "Tensor(float32[3, 5] traced by grad)")
    #expect(Mirror(reflecting: x).children.count == 3)
  }

  @Test("tensors in memory print while a transformation traces")
  func insideTrace() {
    final class Transformation: Trace {}
    Trace.with(Transformation()) {
      #expect(Tensor([1.5, 2]).description == "[1.5 2. ]")
      #expect(Tensor([1.5, 2]).debugDescription == "Tensor([1.5, 2. ], float32)")
    }
  }
}
