import Tensor
import TestSupport
import Testing

/// Integers, bits, comparisons and conversions: every case of the topic, to the last bit.
@Suite struct IntegerTests {
  static let golden = Golden("integers")

  static let functions: [String: @Sendable ([Tensor]) -> Tensor] = [
    "add": { $0[0] + $0[1] }, "sub": { $0[0] - $0[1] }, "mul": { $0[0] * $0[1] }, "max": { maximum($0[0], $0[1]) },
    "min": { minimum($0[0], $0[1]) }, "div": { Primitive.binary(.divide)($0[0], $0[1]) },
    "rem": { Primitive.binary(.remainder)($0[0].broadcast(to: shape($0)), $0[1].broadcast(to: shape($0))) },
    "floorDivide": { floorDivide($0[0], $0[1]) }, "mod": { remainder($0[0], $0[1]) }, "fmod": { fmod($0[0], $0[1]) },
    "bitwiseAnd": { $0[0] & $0[1] }, "bitwiseOr": { $0[0] | $0[1] }, "bitwiseXor": { $0[0] ^ $0[1] },
    "and": { $0[0] & $0[1] }, "or": { $0[0] | $0[1] }, "xor": { $0[0] ^ $0[1] }, "not": { ~$0[0] },
    "logicalAnd": { $0[0].asType(.bool) & $0[1].asType(.bool) }, "logicalNot": { ~$0[0].asType(.bool) },
    "bitwiseNot": { ~$0[0] }, "popcount": { populationCount($0[0]) }, "clz": { countLeadingZeros($0[0]) },
    "abs": { abs($0[0]) }, "sign": { sign($0[0]) }, "neg": { -$0[0] }, "square": { square($0[0]) },
    "shiftLeft": { $0[0] << $0[1] }, "shiftRightLogical": { shiftRightLogical($0[0], $0[1]) },
    "shiftRightArithmetic": { shiftRightArithmetic($0[0], $0[1]) }, "pow": { pow($0[0], $0[1]) },
    "trueDivide": { $0[0] / $0[1] }, "equal": { $0[0] .== $0[1] }, "notEqual": { $0[0] .!= $0[1] },
    "less": { $0[0] .< $0[1] }, "lessEqual": { $0[0] .<= $0[1] }, "greater": { $0[0] .> $0[1] },
    "greaterEqual": { $0[0] .>= $0[1] },
  ]

  private static func shape(_ x: [Tensor]) -> [Int] { (x[0] + x[1]).shape }

  /// Numbers just above a tie, which JAX on the CPU rounds twice, by way of float32; here they are rounded once.
  static let roundedTwice: Set<String> = [
    "convert.doubleRounding.float64.bfloat16", "convert.doubleRounding.float64.float16",
  ]

  /// Functions that stand in a layer above, and the suite that tests them.
  static let elsewhere = ["gcd": "AutodiffTests.IntegerFunctionTests", "lcm": "AutodiffTests.IntegerFunctionTests"]

  @Test(arguments: golden.cases()) func valuesAreJAXs(_ row: GoldenCase) {
    let name = String(row.name.prefix { $0 != "." })
    if Self.elsewhere[name] != nil || Self.roundedTwice.contains(row.name) { return }
    let operands = row.numbered("in")
    let result: Tensor
    switch name {
    case "convert": result = operands[0].asType(row.dtype()!)
    case "bitcast": result = operands[0].bitcast(to: row.dtype()!)
    default:
      guard let function = Self.functions[name] else {
        Issue.record("\(row) has no function")
        return
      }
      result = function(operands)
    }
    expectEqual(result, row["out0"], "\(row)")
  }
}
