import Autodiff
import Tensor
import TestSupport
import Testing

/// Divisors and multiples of integers, which take loops of a length that depends on them.
@Suite struct IntegerFunctionTests {
  @Test(arguments: Golden("integers").cases("gcd.", "lcm.")) func valuesAreJAXs(_ row: GoldenCase) {
    let function = { (x: [Tensor]) in row.name.hasPrefix("gcd") ? gcd(x[0], x[1]) : lcm(x[0], x[1]) }
    let operands = row.numbered("in")
    expectEqual(function(operands), row["out0"], "\(row)")
    expectEqual(jit(function)(operands), row["out0"], "\(row), compiled")
    let columns = operands.map { $0.reshaped(to: [-1, 1]) }
    expectEqual(vmap(function)(columns), row["out0"].reshaped(to: [-1, 1]), "\(row), vectorized")
  }

  @Test func zerosAndSignsAreAsInNumPy() {
    expectEqual(gcd(Tensor([0, 0, -4, 6, 7]), Tensor([0, 5, 6, -4, 0])), Tensor([0, 5, 2, 2, 7]))
    expectEqual(lcm(Tensor([0, 4, -4]), Tensor([0, 6, 6])), Tensor([0, 12, 12]))
    expectEqual(gcd(Tensor([UInt8(200)]), Tensor([UInt8(75)])), Tensor([UInt8(25)]))
  }
}
