import CKernels
import Testing

@Suite("Small products")
struct SmallProductTests {
  @Test("are sums of products, for every instruction set, shape and arrangement")
  func values() {
    for isa in 0..<jn_isa_count() where jn_isa_available(isa) {
      let before = jn_isa_current()
      #expect(jn_isa_select(isa))
      defer { _ = jn_isa_select(before) }
      for (m, n, k) in [(1, 1, 1), (3, 2, 5), (4, 16, 4), (5, 17, 3), (32, 64, 4), (32, 2, 64), (7, 33, 20), (4, 8, 0)]
      {
        for (aIsTransposed, bIsTransposed) in [(false, false), (true, false), (false, true), (true, true)] {
          let a = (0..<m * k).map { Float($0 % 7) - 3 }
          let b = (0..<k * n).map { Float($0 % 5) - 2 }
          let (aRow, aColumn) = aIsTransposed ? (1, m) : (k, 1)
          let (bRow, bColumn) = bIsTransposed ? (1, k) : (n, 1)
          var out = [Float](repeating: .nan, count: m * n + 1)
          #expect(jn_small_product(&out, a, aRow, aColumn, b, bRow, bColumn, m, n, k))
          for i in 0..<m {
            for j in 0..<n {
              // Small whole numbers, so that every order of summation gives the same.
              let expected = (0..<k).reduce(Float(0)) { $0 + a[i * aRow + $1 * aColumn] * b[$1 * bRow + j * bColumn] }
              #expect(out[i * n + j] == expected, "\(m) x \(n) x \(k) at \(i), \(j)")
            }
          }
          #expect(out[m * n].isNaN)
        }
      }
    }
  }

  @Test func largeProductsAreLeftToOthers() {
    var out: [Float] = [1]
    #expect(!jn_small_product(&out, [], 1, 1, [], 1, 1, 1000, 1000, 1000))
    #expect(out == [1])
  }
}
