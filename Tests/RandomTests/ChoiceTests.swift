import Random
import Tensor
import TestSupport
import Testing

/// Choices among numbers and slices, to the bit as JAX's.
@Suite struct ChoiceTests {
  @Test(arguments: Golden("distributions").cases("choice.")) func drawsAreJAXs(_ row: GoldenCase) {
    let (key, replacing) = (PRNGKey(data: row["key"]), row.bool("replace")!)
    let p = row.has("p") ? row["p"] : nil
    if let count = row.int("a") {
      expectEqual(choice(key, count, row.ints("shape")!, replacing: replacing, p: p), row["out"], "\(row)")
    } else {
      let axis = row.int("axis")!
      let drawn = choice(key, row["a"], [row.ints("shape")![axis]], replacing: replacing, p: p, axis: axis)
      expectEqual(drawn, row["out"], "\(row)")
    }
  }

  @Test func shapesTakeThePlaceOfTheDimension() {
    let x = arange(24).reshaped(to: [2, 3, 4])
    #expect(choice(PRNGKey(1), x, [5, 2], axis: 1).shape == [2, 5, 2, 4])
    #expect(choice(PRNGKey(1), x, [], replacing: false, axis: 2).shape == [2, 3])
    #expect(choice(PRNGKey(1), 5, [0]).shape == [0])
    let all = choice(PRNGKey(3), 6, [6], replacing: false)
    expectEqual(sort(all), arange(6))
  }
}
