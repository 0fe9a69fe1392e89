import Random
import Tensor
import TestSupport
import Testing

@Suite("Normal numbers")
struct NormalTests {
  @Test("normal is JAX's to 4 ulp", arguments: golden.cases("normal.", "legacy.normal"))
  func normalNumbers(_ row: GoldenCase) {
    expectClose(normal(row.key, row.shape, dtype: row.dtype()!), row["out"], ulp: 4)
  }
}
