import Random
import Tensor
import TestSupport
import Testing

@Suite("Normal numbers")
struct NormalTests {
  @Test("normal is JAX's", arguments: golden.cases("normal.", "legacy.normal"))
  func normalNumbers(_ row: GoldenCase) {
    expectEqual(normal(row.key, row.shape, dtype: row.dtype()!), row["out"])
  }
}
