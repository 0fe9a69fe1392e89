import Tensor
import TestSupport
import Testing

@Suite("Values agree with JAX's")
struct GoldenTests {
  // MARK: Functions of each element

  @Test("float32 is at most 2 ulp from the exact value", arguments: operationCases("elementwise").filter(\.isFloat32))
  func elementwise(_ row: OperationCase) {
    let (result, exact) = (row.function(row.golden.numbered("in"))[0], row.golden["out0"])
    #expect(result.dtype == .float32)
    switch row.golden.name {
    case "erfInv.tails":
      // The formula is XLA's, so that normal random numbers are; it is less accurate here.
      expectClose(result, row.golden["out0_f32"], ulp: 4)
    case let name where name.hasPrefix("logaddexp"):
      // Close to a zero of the result, the terms' last digits are lost.
      expectClose(result, exact, relative: 3e-7, absolute: 3e-7)
    default: expectClose(result, exact, ulp: 2)
    }
  }

  @Test("float64 agrees to 14 digits", arguments: operationCases("elementwise").filter(\.isFloat32))
  func elementwiseFloat64(_ row: OperationCase) {
    let result = row.function(row.operands)[0]
    #expect(result.dtype == .float64)
    expectClose(result, row.golden["out0"], relative: 1e-14, absolute: 1e-14)
  }

  @Test("16-bit floats are at most 1 ulp from JAX's", arguments: operationCases("elementwise").filter { !$0.isFloat32 })
  func elementwiseHalf(_ row: OperationCase) {
    let result = row.function(row.golden.numbered("in"))[0]
    #expect(result.dtype == row.golden["out0"].dtype)
    expectClose(result, row.golden["out0"], ulp: 1)
  }

  @Test(
    "integers, booleans, comparisons, conversions",
    arguments: FunctionCase.all(
      "integers", integerFunctions,
      // JAX on the CPU rounds these twice; `ConversionTests` has what is right.
      excluding: ["convert.doubleRounding"]))
  func integers(_ row: FunctionCase) { compareExactly(row.results, row.golden) }

  // MARK: Reductions and products

  @Test("reductions and running combinations", arguments: operationCases("reductions"))
  func reductions(_ row: OperationCase) { compare(row.function(row.golden.numbered("in")), row.golden) }

  @Test(
    "statistics and arg-reductions",
    arguments: FunctionCase.all("reductions", statistics, excluding: ["logsumexp.weighted"]))
  func statisticalValues(_ row: FunctionCase) { compare(row.results, row.golden) }

  @Test(
    "products",
    // Not offered: results of another type than the operands.
    arguments: operationCases("dot").filter { $0.golden.attribute("preferredElementType") == nil })
  func products(_ row: OperationCase) { compare(row.function(row.golden.numbered("in")), row.golden) }

  // MARK: Movements of elements

  @Test("movements", arguments: operationCases("shapes"))
  func shapes(_ row: OperationCase) { compareExactly(row.function(row.golden.numbered("in")), row.golden) }

  @Test(
    "movements that are compositions",
    arguments: FunctionCase.all(
      "shapes", movements,
      // Not offered: other diagonals, several axes at once, padding with copies, parts of different sizes.
      excluding: [
        "eye.1", "eye.-2", "moveaxis.several", "numpyPad.edge", "numpyPad.reflect", "numpyPad.symmetric",
        "numpyPad.wrap",
        "split.indices",
      ]))
  func moreMovements(_ row: FunctionCase) { compareExactly(row.results, row.golden) }

  @Test(
    "one-hot rows", arguments: FunctionCase.all("activations", oneHotFunction, excluding: ["oneHot.0", "oneHot.1"]))
  func oneHotRows(_ row: FunctionCase) { compareExactly(row.results, row.golden) }

  @Test(
    "sorts",
    arguments: FunctionCase.all(
      "sorting", sortFunctions,
      // Not offered: descending order.
      excluding: ["sort.descending", "argsort.descending", "argsort.ties.descending"]))
  func sortedValues(_ row: FunctionCase) { compareExactly(row.results, row.golden) }

  @Test("ranges", arguments: Golden("sorting").cases("arange."))
  func ranges(_ row: GoldenCase) {
    let bounds = [row.double("start")!, row.double("stop")!, row.double("step")!]
    let result =
      row["out0"].dtype == .int32
      ? arange(Int(bounds[0]), Int(bounds[1]), step: Int(bounds[2])) : arange(bounds[0], bounds[1], step: bounds[2])
    #expect(result.dtype == row["out0"].dtype)
    // JAX adds up the steps in float32; here they are made in float64.
    expectClose(result, row["out0"], ulp: result.dtype.isFloating ? 1 : 0)
  }

  // MARK: Comparison

  /// Floats by their accumulated rounding: float32 against the exact value relative to the largest of an array, whose sums may
  /// cancel; other types, of which the reference is JAX's own result, to some ulp. Everything else exactly.
  private func compare(_ results: [Tensor], _ golden: GoldenCase) {
    #expect(results.count == golden.numbered("out").count)
    for (index, result) in results.enumerated() {
      let expected = golden["out\(index)"]
      if golden.has("out\(index)_f32") {
        #expect(result.dtype == .float32)
        expectClose(result, expected, relativeToLargest: 1e-6)
      } else if result.dtype.isFloating {
        #expect(result.dtype == expected.dtype)
        expectClose(result, expected, ulp: result.dtype.itemSize == 2 ? 1 : 4)
      } else {
        expectEqual(result, expected)
      }
    }
  }

  private func compareExactly(_ results: [Tensor], _ golden: GoldenCase) {
    #expect(results.count == golden.numbered("out").count)
    for (index, result) in results.enumerated() {
      expectEqual(result, golden[golden.has("out\(index)_f32") ? "out\(index)_f32" : "out\(index)"])
    }
  }
}

extension OperationCase {
  /// Whether its operands are float32 and its reference exact, not in 16 bits throughout.
  fileprivate var isFloat32: Bool { golden.has("out0_f32") }
}
